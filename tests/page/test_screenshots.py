"""The images in docs/, which `make screenshots` takes of the pages, still show them."""

import os
import re
import struct
from datetime import timedelta

import pytest
from conftest import ROOT, Serve
from pages import Bank
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


def shown(page: Page, name: str) -> None:
    """Take the image and keep the page's outline; else compare it with the one that is kept."""
    outline = re.sub(r"\d{4}-\d\d-\d\d", "DATE", page.locator("body").aria_snapshot()) + "\n"
    kept = OUTLINES / f"{name}.yml"
    if TAKING:
        page.screenshot(path=DOCS / f"{name}.png", full_page=True)
        kept.write_text(outline)
    assert outline == kept.read_text(), f"docs/{name}.png is outdated: run make screenshots"


def test_stages(monkeypatch: pytest.MonkeyPatch, luno: Luno, serve: Serve, page: Page) -> None:
    monkeypatch.setenv("LUNO_URL", luno.url)
    page.set_viewport_size({"width": 800, "height": 420})
    for number in ADDS:
        page.goto(serve(load(number)))
        expect(page.locator("tbody tr")).to_have_count(6)
        shown(page, f"stage-{number}")


def test_product(bank: Bank, luno: Luno, page: Page) -> None:
    """No outline is kept of it, since its words tell of today; other tests of the page do that."""
    luno.ticker = {"last_trade": PRICE}
    now = bank.today()
    days = [now - timedelta(days=15 * ago) for ago in range(len(RAND))][::-1]
    entries = zip(days, RAND, RATES, strict=True)
    bank.give([f"{day},{rand},,,{rate}" for day, rand, rate in entries])
    bank.open()
    expect(page.get_by_text("15 480").first).to_be_visible()
    if TAKING:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.screenshot(path=DOCS / "page.png", full_page=True)
        page.set_viewport_size({"width": 360, "height": 740})
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")  # its colours at once
        page.screenshot(path=DOCS / "page-phone-dark.png")


def test_icons_for_the_home_screen(page: Page) -> None:
    """`client/icon.svg` on its own green up to the edges, out of which phones cut their shape."""
    style = "<style>body { margin: 0; background: #2b7a33 } svg { display: block }</style>"
    page.set_content(style + (ROOT / "client" / "icon.svg").read_text())
    for size in (180, 192, 512):
        path = ROOT / "client" / f"icon-{size}.png"
        if TAKING:
            page.set_viewport_size({"width": size, "height": size})
            page.screenshot(path=path)
        assert struct.unpack(">II", path.read_bytes()[16:24]) == (size, size)
