"""The images in docs/, which `make screenshots` takes of the pages, still show them."""

import os
import re
from datetime import date, timedelta

import pytest
from conftest import ROOT, MakeApp, Serve
from pages import NewContext, import_csv, opened, record, start_fresh
from playwright.sync_api import Page, expect

from demo.luno import Luno
from gallery.stages import ADDS, load

TAKING = "SCREENSHOTS" in os.environ
DOCS = ROOT / "docs"
OUTLINES = ROOT / "tests" / "outlines"
RAND = ["7340", "8125.50", "7990", "9410.25", "10875", "10220.80", "11930", "13045.60", "12480"]
RECORDED = [("14730.90", "1000000.00"), ("15480", "962000.00")]  # each with a price of its own
PRICE = "941500.00"


def shown(page: Page, name: str, whole: bool = True) -> None:
    """Take the image and keep the page's outline; else compare it with the one that is kept."""
    outline = re.sub(r"\d{4}-\d\d-\d\d", "DATE", page.locator("body").aria_snapshot()) + "\n"
    kept = OUTLINES / f"{name}.yml"
    if TAKING:
        page.screenshot(path=DOCS / f"{name}.png", full_page=whole)
        kept.write_text(outline)
    assert outline == kept.read_text(), f"docs/{name}.png is outdated: run make screenshots"


@pytest.mark.parametrize("number", ADDS)
def test_a_stage(
    monkeypatch: pytest.MonkeyPatch,
    luno: Luno,
    serve: Serve,
    new_context: NewContext,
    number: int,
) -> None:
    monkeypatch.setenv("LUNO_URL", luno.url)
    page = new_context(viewport={"width": 800, "height": 420}).new_page()
    page.goto(serve(load(number)))
    expect(page.locator("tbody tr")).to_have_count(6)
    shown(page, f"stage-{number}")


@pytest.mark.parametrize(
    ("name", "width", "height", "scheme"),
    [("page", 1100, 800, "light"), ("page-phone-dark", 390, 844, "dark")],
)
def test_the_product(
    make_app: MakeApp,
    luno: Luno,
    serve: Serve,
    new_context: NewContext,
    name: str,
    width: int,
    height: int,
    scheme: str,
) -> None:
    """Each price has an application of its own: one asks for it every 30 seconds only."""
    viewport = {"width": width, "height": height}
    page = new_context(viewport=viewport, color_scheme=scheme).new_page()
    start_fresh(opened(page, serve(make_app())))
    days = [date.today() - timedelta(days=30 * ago) for ago in range(len(RAND), 0, -1)]
    import_csv(page, map("{},{}".format, days, RAND))
    for balance, price in RECORDED:
        luno.ticker = {"last_trade": price}
        record(opened(page, serve(make_app())), balance)
    luno.ticker = {"last_trade": PRICE}
    opened(page, serve(make_app()))
    expect(page.locator(".rate")).to_contain_text("941")
    shown(page, name, whole=name == "page")


def test_no_other_image_or_outline_is_kept() -> None:
    names = {"page", "page-phone-dark", *(f"stage-{number}" for number in ADDS)}
    assert {path.stem for path in DOCS.glob("*.*") if path.suffix != ".md"} == names
    assert {path.stem for path in OUTLINES.iterdir()} == names
