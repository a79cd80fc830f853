"""The images in docs/, which `make screenshots` takes of the pages, still show them."""

import os
import re
import struct
from datetime import timedelta

import pytest
from conftest import ROOT, Serve
from pages import NewContext, give, opened, today
from playwright.sync_api import Page, expect

from demo.luno import Luno
from gallery.stages import ADDS, load

TAKING = "SCREENSHOTS" in os.environ
DOCS = ROOT / "docs"
OUTLINES = ROOT / "tests" / "stages" / "outlines"
RAND = ["7340", "8125.50", "7990", "9410.25", "10875", "10220.80", "11930", "13045.60", "12480"]
RAND += ["14015.35", "14730.90", "15480"]
RATES = ["1028800", "1011250", "1035400", "998700", "987300", "1002150", "991000", "976400"]
RATES += ["968900", "955300", "962000", "941500"]
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
    [("page", 1280, 900, "light"), ("page-phone-dark", 360, 740, "dark")],
)
def test_the_product(
    url: str, luno: Luno, new_context: NewContext, name: str, width: int, height: int, scheme: str
) -> None:
    """No outline is kept of it, since its words tell of today; other tests of the page do that."""
    luno.ticker = {"last_trade": PRICE}
    viewport = {"width": width, "height": height}
    page = new_context(viewport=viewport, color_scheme=scheme).new_page()
    now = today(page, url)
    days = [now - timedelta(days=15 * ago) for ago in range(len(RAND))][::-1]
    entries = zip(days, RAND, RATES, strict=True)
    give(page, url, [f"{day},{rand},,,{rate}" for day, rand, rate in entries])
    opened(page, url)
    expect(page.get_by_text("15 480").first).to_be_visible()
    if TAKING:
        page.screenshot(path=DOCS / f"{name}.png", full_page=name == "page")


@pytest.mark.parametrize("size", [180, 192, 512])
def test_an_icon_for_the_home_screen(new_context: NewContext, size: int) -> None:
    """`client/icon.svg` on its own green up to the edges, out of which phones cut their shape."""
    path = ROOT / "client" / f"icon-{size}.png"
    page = new_context(viewport={"width": size, "height": size}).new_page()
    style = "<style>body { margin: 0; background: #2b7a33 } svg { display: block }</style>"
    page.set_content(style + (ROOT / "client" / "icon.svg").read_text())
    if TAKING:
        page.screenshot(path=path)
    width, height = struct.unpack(">II", path.read_bytes()[16:24])
    assert (width, height) == (size, size)


def test_no_other_image_or_outline_is_kept() -> None:
    names = {"page", "page-phone-dark", *(f"stage-{number}" for number in ADDS)}
    assert {path.stem for path in DOCS.glob("*.*") if path.suffix != ".md"} == names
    assert {path.stem for path in OUTLINES.iterdir()} == {f"stage-{number}" for number in ADDS}
