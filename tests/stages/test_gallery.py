"""The gallery: the five stages side by side, and what each step changes."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, Serve
from pages import NewContext, violations, wide
from playwright.sync_api import FrameLocator, Page, expect

from demo.luno import Luno
from gallery import create_app, steps
from gallery.stages import ADDS, TASKS, folder
from gallery.steps import changes, files


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch, luno: Luno, serve: Serve) -> str:
    monkeypatch.setenv("LUNO_URL", luno.url)
    return serve(create_app())


def stage(page: Page, number: int) -> FrameLocator:
    return page.frame_locator(f"iframe[title='The page of stage {number}']")


def opened(page: Page, url: str) -> Page:
    """Open the gallery and wait until every stage has loaded."""
    page.goto(url)
    for number in ADDS:
        expect(stage(page, number).locator("tbody tr")).to_have_count(6)
    return page


def test_every_stage_is_usable_and_keeps_to_itself(page: Page, url: str) -> None:
    opened(page, url)
    recording = [3, 4, 5]
    for number in recording:
        stage(page, number).get_by_label("Current balance").fill(f"{number}")
        stage(page, number).get_by_role("button").click()
        expect(stage(page, number).locator("tbody tr")).to_have_count(7)
    page.reload()
    for number in recording:
        last = stage(page, number).locator("tbody tr").last
        expect(last).to_contain_text(f"R {number}.00")
        expect(stage(page, number).locator("tbody tr")).to_have_count(7)
    for number in (1, 2):
        expect(stage(page, number).locator("tbody tr")).to_have_count(6)


@pytest.mark.parametrize("number", list(ADDS)[1:])
def test_a_stage_stays_under_its_path(page: Page, url: str, number: int) -> None:
    page.goto(f"{url}/stage-{number}")
    for link in ("Bank Balances", "Transfer", "Pay"):
        page.get_by_role("link", name=link).click()
        expect(page).to_have_url(f"{url}/stage-{number}/")
    expect(page.locator("header")).to_have_css("background-color", "rgb(47, 122, 51)")


def test_the_pages_are_shown_as_on_a_phone_or_on_a_desktop(page: Page, url: str) -> None:
    opened(page, url)
    for desktop in (False, True):
        page.get_by_label("as on a desktop").set_checked(desktop)
        nav, main = (stage(page, 2).locator(part).bounding_box() for part in ("nav", "main"))
        assert nav is not None
        assert main is not None
        assert (main["x"] > nav["x"]) == desktop


def test_a_page_is_shown_at_least_as_wide_as_a_phone(new_context: NewContext, url: str) -> None:
    for width in (1920, 1300, 360):
        viewport = {"width": width, "height": 800}
        page = opened(new_context(viewport=viewport).new_page(), url)
        for number in ADDS:
            inside = stage(page, number).locator("html").evaluate("html => html.clientWidth")
            assert inside >= 375


def test_the_links_between_the_steps_stay_in_sight(page: Page, url: str) -> None:
    opened(page, url)
    for number in ADDS:
        page.get_by_role("link", name=f"Stage {number}", exact=True).click()
        title = page.locator(f"#title-{number}")
        expect(title).to_be_in_viewport()
        below = page.get_by_role("navigation").bounding_box()
        top = title.bounding_box()
        assert below is not None
        assert top is not None
        assert 0 <= below["y"] < below["y"] + below["height"] <= top["y"]


def test_each_step_quotes_the_task_and_the_second_its_mockup(page: Page, url: str) -> None:
    opened(page, url)
    for number, task in TASKS.items():
        expect(page.locator(f"#step-{number} q")).to_have_text(task)
    mockup = page.locator("#step-2 img")
    assert mockup.evaluate("image => image.naturalWidth") == 960
    assert page.locator("img").count() == 1


def test_the_whole_source_of_a_stage_is_one_click_away(page: Page, url: str) -> None:
    opened(page, url)
    for number in ADDS:
        step = page.locator(f"#step-{number}")
        step.get_by_text(f"The whole source of stage {number}").click()
        source = step.locator("details").last
        texts = source.locator("pre").all_text_contents()
        assert dict(zip(source.locator("h3").all_text_contents(), texts, strict=True)) == {
            path: "\n".join(lines) for path, lines in files(number).items()
        }
        expect(source.locator("pre").first).to_be_visible()


def test_each_step_is_shown_with_its_size(page: Page, url: str) -> None:
    opened(page, url)
    for number, sentence in ADDS.items():
        step = page.locator(f"#step-{number}")
        expect(step).to_contain_text(sentence)
        size = step.locator("p").last.inner_text()
        expect(page.get_by_role("listitem").filter(has_text=sentence)).to_contain_text(size)
        assert size.startswith(f"{step.locator('details').count() - 1} files, ")
        added, deleted = step.locator("pre ins"), step.locator("pre del")
        assert size.endswith(f" +{added.count()} −{deleted.count()} lines")


def test_each_diff_is_shown_as_it_is(page: Page, url: str) -> None:
    opened(page, url)
    for number in ADDS:
        for change in changes(number - 1, number):
            file = page.locator(f"#step-{number} details").filter(
                has=page.locator("summary").get_by_text(change.path, exact=True)
            )
            lines = file.locator("pre code > *").all_text_contents()
            assert lines == change.lines[2:]


def test_a_step_is_made_of_what_is_new_changed_and_gone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, text in (
        *(("1/same.py", "a\n"), ("1/changed.py", "a\nb\n"), ("1/gone.py", "a\n")),
        *(("2/same.py", "a\n"), ("2/changed.py", "a\n<c>\n"), ("2/static/new.css", "a\nb\n")),
        ("2/__pycache__/same.pyc", "a\n"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(steps, "folder", lambda number: tmp_path / str(number))
    found = [(change.path, change.added, change.deleted) for change in changes(1, 2)]
    assert found == [("changed.py", 1, 1), ("gone.py", 0, 1), ("static/new.css", 2, 0)]
    (change,) = [change for change in changes(1, 2) if change.path == "changed.py"]
    names = ["--- stage-1/changed.py", "+++ stage-2/changed.py"]
    assert change.lines == [*names, "@@ -1,2 +1,2 @@", " a", "-b", "+<c>"]
    assert changes(1, 1) == []
    assert [change.path for change in changes(0, 1)] == ["changed.py", "gone.py", "same.py"]


@pytest.mark.parametrize("width", [1300, 360])
def test_axe_finds_nothing(new_context: NewContext, url: str, width: int) -> None:
    viewport = {"width": width, "height": 800}
    page = opened(new_context(viewport=viewport).new_page(), url)
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert violations(page) == []
    assert wide(page) == width


def test_the_keyboard_scrolls_a_long_line(new_context: NewContext, url: str) -> None:
    page = opened(new_context(viewport={"width": 360, "height": 800}).new_page(), url)
    page.locator("#step-3 summary").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "document.activeElement.matches('pre') && document.activeElement.scrollLeft"
    )


def compare(before: str, after: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "compare", f"FROM={before}", f"TO={after}"]
    # As in a terminal, also where these tests are run by make, which would tell its level.
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize(("before", "after"), [(3, 4), (1, 5), (5, 4), (2, 2)])
def test_compare_prints_what_makes_one_stage_the_other(
    before: int, after: int, tmp_path: Path
) -> None:
    printed = compare(str(before), str(after))
    assert (printed.returncode, printed.stderr) == (0, "")
    patched = tmp_path / "stage"
    shutil.copytree(folder(before), patched, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(
        ["git", "apply", "--allow-empty", "-"],
        cwd=patched,
        input=printed.stdout,
        text=True,
        check=True,
        timeout=30,
    )
    assert files_of(patched) == files_of(folder(after))


def files_of(stage: Path) -> dict[str, str]:
    paths = (path for path in stage.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {str(path.relative_to(stage)): path.read_text() for path in paths}


@pytest.mark.parametrize("bad", [("", ""), ("3", ""), ("0", "1"), ("3", "6"), ("3", "three")])
def test_compare_tells_what_it_needs(bad: tuple[str, str]) -> None:
    printed = compare(*bad)
    assert printed.returncode != 0
    assert printed.stdout == ""
    told = [line for line in printed.stderr.splitlines() if not line.startswith("make:")]
    assert told == ["FROM and TO are each a stage, 1 to 5: make compare FROM=3 TO=4"]
