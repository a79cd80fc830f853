"""The gallery: the five stages side by side, and what each step changes."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, Serve
from flask import Flask
from pages import violations, wide
from playwright.sync_api import FloatRect, FrameLocator, Locator, Page, expect

from demo.luno import Luno
from gallery import create_app
from gallery.stages import ADDS, TASKS, folder
from gallery.steps import changes, files


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    with Luno() as luno, pytest.MonkeyPatch.context() as patch:
        patch.setenv("LUNO_URL", luno.url)
        yield create_app()


def stage(page: Page, number: int) -> FrameLocator:
    return page.frame_locator(f"iframe[title='The page of stage {number}']")


def opened(page: Page, url: str) -> Page:
    """Open the gallery and wait until every stage has loaded."""
    page.goto(url)
    for number in ADDS:
        expect(stage(page, number).locator("tbody tr")).to_have_count(6)
    return page


def box(part: Locator) -> FloatRect:
    """Return where a part of the page is, in pixels."""
    found = part.bounding_box()
    assert found is not None
    return found


def files_of(stage: Path) -> dict[str, str]:
    """Return the text of a folder's files, by path."""
    paths = (path for path in stage.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {path.relative_to(stage).as_posix(): path.read_text() for path in paths}


def patched(before: int, patch: str, tmp_path: Path) -> dict[str, str]:
    """Return what a patch makes of a stage; of stage 0, which has no files, too."""
    copy = tmp_path / "stage"
    if before:
        shutil.copytree(folder(before), copy, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        copy.mkdir()
    command = ["git", "apply", "--allow-empty", "-"]
    subprocess.run(command, cwd=copy, input=patch, text=True, check=True, timeout=30)
    found = files_of(copy)
    shutil.rmtree(copy)
    return found


def test_every_stage_is_usable_and_keeps_to_itself(app: Flask, serve: Serve, page: Page) -> None:
    opened(page, serve(app))
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


def test_a_stage_stays_under_its_path(app: Flask, serve: Serve, page: Page) -> None:
    url = serve(app)
    for number in list(ADDS)[1:]:
        page.goto(f"{url}/stage-{number}")
        for link in ("Bank Balances", "Transfer", "Pay"):
            page.get_by_role("link", name=link).click()
            expect(page).to_have_url(f"{url}/stage-{number}/")
        expect(page.locator("header")).to_have_css("background-color", "rgb(47, 122, 51)")


def test_pages_are_shown_as_on_a_phone_or_on_a_desktop(
    app: Flask, serve: Serve, page: Page
) -> None:
    opened(page, serve(app))
    for desktop in (True, False):
        page.get_by_label("as on a desktop").set_checked(desktop)
        nav, main = (box(stage(page, 2).locator(part)) for part in ("nav", "main"))
        assert (main["x"] > nav["x"]) == desktop
    for width in (360, 1300, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        for number in ADDS:
            assert stage(page, number).locator("html").evaluate("html => html.clientWidth") >= 360
        assert wide(page) == width
    scrollbar = 15  # pixels, which a headless browser does not show
    for number in ADDS:
        frame = box(page.get_by_title(f"The page of stage {number}"))
        assert 0 <= frame["x"] < frame["x"] + frame["width"] <= 1920 - scrollbar


def test_each_step_is_shown_with_its_task_its_size_its_diff_and_its_source(
    app: Flask, serve: Serve, page: Page, tmp_path: Path
) -> None:
    opened(page, serve(app))
    for number, sentence in ADDS.items():
        page.get_by_role("link", name=f"Stage {number}", exact=True).click()
        title = page.locator(f"#title-{number}")
        expect(title).to_be_in_viewport()
        nav = box(page.get_by_role("navigation"))
        assert 0 <= nav["y"] < nav["y"] + nav["height"] <= box(title)["y"]

        step = page.locator(f"#step-{number}")
        expect(step.locator("q")).to_have_text(TASKS[number])
        expect(step).to_contain_text(sentence)
        size = step.locator("p").last.inner_text()
        expect(page.get_by_role("listitem").filter(has_text=sentence)).to_contain_text(size)
        assert size.startswith(f"{step.locator('details').count() - 1} files, ")
        added, deleted = step.locator("pre ins"), step.locator("pre del")
        assert size.endswith(f" +{added.count()} −{deleted.count()} lines")

        patch = ""
        for file in step.locator("details").all()[:-1]:
            path = file.locator("summary code").text_content()
            lines = "\n".join(file.locator("pre code > *").all_text_contents())
            there = number > 1 and (folder(number - 1) / str(path)).exists()
            patch += f"--- {f'a/{path}' if there else '/dev/null'}\n+++ b/{path}\n{lines}\n"
        assert patched(number - 1, patch, tmp_path) == files_of(folder(number))

        step.get_by_text(f"The whole source of stage {number}").click()
        source = step.locator("details").last
        expect(source.locator("pre").first).to_be_visible()
        texts = [f"{text}\n" for text in source.locator("pre").all_text_contents()]
        paths = source.locator("h3").all_text_contents()
        assert dict(zip(paths, texts, strict=True)) == files_of(folder(number))
    mockup = page.locator("#step-2 img")
    assert mockup.evaluate("image => image.naturalWidth") == 960
    assert page.locator("img").count() == 1


def test_a_file_that_a_step_removes_is_a_change() -> None:
    removed = [change for change in changes(5, 4) if change.path == "static/app.js"]
    assert [(change.added, change.deleted) for change in removed] == [
        (0, len(files(5)["static/app.js"]))
    ]


def test_everyone_can_use_it(app: Flask, serve: Serve, page: Page) -> None:
    """Axe finds nothing, and the keyboard scrolls a long line."""
    opened(page, serve(app))
    page.set_viewport_size({"width": 360, "height": 800})
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert wide(page) == 360
    assert violations(page) == []
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
    assert patched(before, printed.stdout, tmp_path) == files_of(folder(after))


@pytest.mark.parametrize("bad", [("", ""), ("3", ""), ("0", "1"), ("3", "6"), ("3", "three")])
def test_compare_tells_what_it_needs(bad: tuple[str, str]) -> None:
    printed = compare(*bad)
    assert printed.returncode != 0
    assert printed.stdout == ""
    told = [line for line in printed.stderr.splitlines() if not line.startswith("make:")]
    assert told == ["FROM and TO are each a stage, 1 to 5: make compare FROM=3 TO=4"]
