"""The gallery: the five stages side by side, and what each step changes."""

import os
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, Serve
from pages import NewContext, wide
from playwright.sync_api import FrameLocator, Page, expect
from test_page_everyone import violations

from demo.luno import Luno
from gallery import create_app, steps
from gallery.compare import main
from gallery.stages import ADDS
from gallery.steps import changes


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


def test_each_step_is_shown_with_its_size(page: Page, url: str) -> None:
    opened(page, url)
    for number, sentence in ADDS.items():
        step = page.locator(f"#step-{number}")
        expect(step).to_contain_text(sentence)
        size = step.locator("p").last.inner_text()
        expect(page.get_by_role("listitem").filter(has_text=sentence)).to_contain_text(size)
        assert size.startswith(f"{step.locator('details').count()} files, ")
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
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(new_context: NewContext, url: str, scheme: str, width: int) -> None:
    viewport = {"width": width, "height": 800}
    page = opened(new_context(viewport=viewport, color_scheme=scheme).new_page(), url)
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


@pytest.mark.parametrize(("before", "after"), [(3, 4), (1, 5), (5, 4)])
def test_compare_prints_the_same_diff(before: int, after: int) -> None:
    printed = compare(str(before), str(after))
    assert (printed.returncode, printed.stderr) == (0, "")
    lines = [line for change in changes(before, after) for line in change.lines]
    assert printed.stdout.splitlines() == lines


@pytest.mark.parametrize("bad", [("", ""), ("3", ""), ("0", "1"), ("3", "6"), ("3", "three")])
def test_compare_tells_what_it_needs(bad: tuple[str, str]) -> None:
    printed = compare(*bad)
    assert printed.returncode != 0
    assert printed.stdout == ""
    told = [line for line in printed.stderr.splitlines() if not line.startswith("make:")]
    assert told == ["FROM and TO are each a stage, 1 to 5: make compare FROM=3 TO=4"]


def test_compare_is_coloured_in_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    main("1", "2")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "\x1b[31m--- stage-1/static/style.css\x1b[0m"
    assert lines[-1] == "     <table>"
