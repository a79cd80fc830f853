"""The gallery: the five stages side by side, and what each step changes."""

import os
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest
from conftest import ROOT, Serve
from flask import Flask
from pages import violations, wide
from playwright.sync_api import FrameLocator, Page, expect

from demo.luno import Luno
from gallery import create_app
from gallery.stages import ADDS, TASKS, folder

LEFT = "part => part.offsetLeft"


@pytest.fixture
def app(luno: Luno, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setenv("LUNO_URL", luno.url)
    return create_app()


def stage(page: Page, number: int) -> FrameLocator:
    return page.frame_locator(f"iframe[title='The page of stage {number}']")


def test_every_stage_is_usable_on_a_phone_or_desktop(app: Flask, serve: Serve, page: Page) -> None:
    url = serve(app)
    page.goto(url)
    for number in ADDS:
        expect(stage(page, number).locator("tbody tr")).to_have_count(6)
    for number in (2, 3, 4, 5):
        links = stage(page, number).get_by_role("navigation").get_by_role("link")
        hrefs = links.evaluate_all("links => links.map(link => link.href)")
        assert hrefs == [f"{url}/stage-{number}/"] * 3
    for desktop in (True, False):
        page.get_by_label("as on a desktop").set_checked(desktop)
        nav, main = (stage(page, 2).locator(part) for part in ("nav", "main"))
        assert (main.evaluate(LEFT) > nav.evaluate(LEFT)) == desktop
    for width in (360, 1300, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        for number in ADDS:
            assert stage(page, number).locator("html").evaluate("html => html.clientWidth") >= 360
        assert wide(page) == width
    recording = [3, 4, 5]
    for number in recording:
        stage(page, number).get_by_label("Current balance").fill(f"{number}")
        stage(page, number).get_by_role("button").click()
        expect(stage(page, number).locator("tbody tr")).to_have_count(7)
    page.reload()
    for number in recording:
        expect(stage(page, number).locator("tbody tr")).to_have_count(7)
        expect(stage(page, number).locator("tbody tr").last).to_contain_text(f"R {number}.00")

    page.set_viewport_size({"width": 360, "height": 800})
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert wide(page) == 360
    assert violations(page) == []
    page.locator("#step-3 summary").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")  # which scrolls a long line
    page.wait_for_function(
        "document.activeElement.matches('pre') && document.activeElement.scrollLeft"
    )


# What each step changes


def files_of(stage: Path) -> dict[str, str]:
    paths = (path for path in stage.rglob("*") if "__pycache__" not in path.parts)
    return {
        path.relative_to(stage).as_posix(): path.read_text() for path in paths if path.is_file()
    }


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


@pytest.mark.parametrize("number", ADDS)
def test_each_step_is_shown_with_its_task_its_size_its_diff_and_its_source(
    app: Flask, number: int, tmp_path: Path
) -> None:
    page = app.test_client().get("/").text
    step = page.partition(f'<section id="step-{number}"')[2].partition("</section>")[0]
    assert f"<q>{TASKS[number]}</q>" in step
    assert f"<p>{ADDS[number]}</p>" in unescape(step)
    *diffs, source = step.split("<details")[1:]
    patch, sizes = "", {"ins": 0, "del": 0}
    for diff in diffs:
        path = re.findall("<code>(.*?)</code>", diff)[0]
        lines = re.findall(r"<(ins|del|span)[^>]*>(.*?)</\1>", diff.partition("<pre")[2], re.DOTALL)
        sizes |= {kind: sizes[kind] + [name for name, _ in lines].count(kind) for kind in sizes}
        there = number > 1 and (folder(number - 1) / path).exists()
        patch += f"--- {f'a/{path}' if there else '/dev/null'}\n+++ b/{path}\n"
        patch += unescape("".join(f"{line}\n" for _, line in lines))
    assert patched(number - 1, patch, tmp_path) == files_of(folder(number))
    size = f"<ins>+{sizes['ins']}</ins>\n<del>−{sizes['del']}</del> lines\n"
    assert page.count(f"{len(diffs)} files,\n{size}") == 2  # in the list and at the step
    shown = re.findall("<code>([^<]*)</code></h3>.*?<span>(.*?)</span>", source, re.DOTALL)
    assert {path: f"{unescape(text)}\n" for path, text in shown} == files_of(folder(number))


def compare(before: object, after: object) -> subprocess.CompletedProcess[str]:
    command = ["make", "compare", f"FROM={before}", f"TO={after}"]
    # As in a terminal, also where these tests are run by make, which would tell its level.
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=30)


def test_compare_prints_what_makes_one_stage_the_other(tmp_path: Path) -> None:
    for before, after in ((3, 4), (1, 5), (5, 4), (2, 2)):
        printed = compare(before, after)
        assert (printed.returncode, printed.stderr) == (0, "")
        assert patched(before, printed.stdout, tmp_path) == files_of(folder(after))


def test_compare_tells_what_it_needs() -> None:
    for bad in (("", ""), ("3", ""), ("0", "1"), ("3", "6"), ("3", "three")):
        printed = compare(*bad)
        assert printed.returncode != 0
        assert printed.stdout == ""
        told = [line for line in printed.stderr.splitlines() if not line.startswith("make:")]
        assert told == ["FROM and TO are each a stage, 1 to 5: make compare FROM=3 TO=4"]
