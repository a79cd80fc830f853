"""Each state of the page, as journeys of visitors who go from one to the next.

axe-core finds nothing in any of them, and nothing is too wide. `make screenshots` keeps an image of
each in screenshots/, to be looked at.
"""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Literal

import pytest
from conftest import NAME, ROOT
from flask import Flask
from pages import Bank, NewContext, daily, set_price, violations, wide
from playwright.sync_api import Page, expect

from demo.luno import Luno

Size = tuple[int, int]
Scheme = Literal["light", "dark"]
PHONE, DESKTOP = (360, 740), (1280, 860)
LOOKS: list[tuple[Size, Scheme]] = [(PHONE, "dark"), (DESKTOP, "light")]
STATEMENT = (
    "Date;Description;Amount;Balance\n"
    "25/08/2026;Opening;;12 400,00\n26/08/2026;Salary;25 000,00;37 400,00\n"
    "27/08/2026;Rent;-9 500,00;27 900,00\n28/08/2026;Pending;;\n28/08/2026;Food;-450,50;27 449,50\n"
)
DOUBTFUL = "Date,Balance\n01/02/2026,12400.00\n02/02/2026,37400.00\n03/02/2026,27900.00\n"
REFUSED = "Date,Balance\n2026-08-26,12400.00\n2026-08-27,lots\n2026-08-28,1.2345\n"


class Visit(Bank):
    """A page at its address, and what is behind it."""

    def __init__(self, page: Page, url: str, app: Flask, luno: Luno) -> None:
        super().__init__(page, url)
        self.app = app
        self.luno = luno

    def begin(self) -> Page:
        """Open the page with twelve balances, nine days apart, and the price of each day."""
        first = self.today() - timedelta(days=99)
        self.give(
            f"{first + timedelta(days=9 * n)},{9000 + 310 * n},,,{1_040_000 - 4_000 * n}"
            for n in range(12)
        )
        return self.open().page

    def look(self, size: Size, scheme: Scheme) -> None:
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # its colours at once


def arrives(visit: Visit) -> Iterator[str]:
    """Until there is an answer, a price, and a balance; then come the largest."""
    page = visit.page
    visit.luno.status = 500
    page.route("**/api/*", lambda route: None)
    page.goto(visit.url)
    expect(page.get_by_role("status")).to_contain_text(["Loading your balances…"])
    expect(page.locator("input, button")).to_have_count(0)  # what is typed would be lost
    yield "loading"
    page.route("**/api/*", lambda route: route.abort())
    page.goto(visit.url)
    expect(page.get_by_role("button", name="Load again")).to_be_visible()
    yield "never-reached"
    with visit.held("**/api/balances"):  # or it is asked for without a click
        page.unroute("**/api/*")
        page.get_by_role("button", name="Load again").click()
    expect(page.get_by_text("No price yet")).to_be_visible()
    expect(visit.notice).to_have_count(0)
    yield "no-price"
    visit.luno.status = 200
    set_price(visit.app, visit.luno, "1000000.00")
    visit.look_again()
    expect(page.get_by_text("No price yet")).to_have_count(0)
    yield "samples"
    visit.start_fresh()
    visit.toast.get_by_role("button", name="Close").click()
    yield "empty"
    largest = ["999999999999.99", "-999999999999.99,,,900000", "-1", "999999999999.99"]
    visit.give(daily(largest, visit.today() - timedelta(days=3)))
    visit.look_again()
    expect(visit.rows).to_have_count(4)
    assert page.locator(".figure").evaluate("figure => figure.scrollWidth <= figure.clientWidth")
    yield "largest"


def records(visit: Visit) -> Iterator[str]:
    page = visit.begin()
    yield "history"
    visit.field.fill("-15480")
    visit.day.fill(str(visit.today() - timedelta(days=9)))
    yield "second-of-its-day"
    visit.set_balance("1,234")
    expect(visit.error).not_to_be_empty()
    yield "refused"
    visit.record("15480")
    visit.undo.focus()  # which holds what is said
    yield "recorded"
    visit.search.fill("Apr")
    yield "searched"
    visit.search.fill("")
    page.locator("#rail summary", has_text="Export").click()
    yield "menu"
    page.keyboard.press("Escape")
    visit.look(*LOOKS[0])
    visit.row_button(1, "Change or delete").click()
    yield "unfolded"
    visit.look(*LOOKS[0])
    visit.row_button(1, "Edit").click()
    yield "edited-on-a-phone"
    page.get_by_role("button", name="Cancel").click()
    visit.edit(1)
    yield "edited"
    page.get_by_role("button", name="Cancel").click()
    visit.delete(row=2)
    expect(visit.undo).to_be_visible()
    yield "deleted"


def sees_the_price_and_the_line_fail(visit: Visit) -> Iterator[str]:
    page = visit.begin()
    page.get_by_role("button", name="Bitcoin", exact=True).click()
    page.locator(".plot").hover()
    yield "chart-in-bitcoin"
    visit.luno.ticker = {"status": "DISABLED"}
    visit.app.extensions["exchange"].ask()
    visit.look_again()
    expect(page.get_by_text("waiting for a newer one")).to_be_visible()
    yield "stale"
    page.context.set_offline(True)
    expect(visit.notice).to_be_visible()
    yield "offline"
    visit.set_balance("15480")
    expect(page.get_by_text("to be sent.")).to_be_visible()
    yield "unsent"


def imports(visit: Visit) -> Iterator[str]:
    """At last with a file that is held over the page."""
    page = visit.begin()
    visit.open_import()
    expect(page.get_by_text("Earlier imports")).to_be_visible()
    yield "import-opened"
    visit.pick(STATEMENT)
    expect(page.locator(".tallies")).to_be_visible()
    yield "import"
    visit.give(["2026-02-01,5"])  # which differs, as the file is read at first
    visit.pick(DOUBTFUL)
    expect(page.locator(".doubt").first).to_be_visible()
    page.get_by_text("Read differently").click()
    yield "import-doubtful"
    visit.pick(REFUSED)
    expect(page.locator(".lines")).to_be_visible()
    yield "import-refused"
    page.keyboard.press("Escape")
    expect(visit.dialog).to_have_count(0)
    visit.drag("dragover", "statement.csv", "1")
    yield "dropping"


def shares(visit: Visit) -> Iterator[str]:
    """At an address that other devices reach, so that there are a link and its QR code."""
    visit.url = visit.url.replace("127.0.0.1", NAME)
    page = visit.open().page
    visit.record("15480")
    page.get_by_role("button", name="Start fresh…").click()
    expect(visit.dialog).to_be_visible()
    yield "fresh"
    page.keyboard.press("Escape")
    visit.from_menu("Devices", "Open on another device…")
    page.get_by_role("button", name="Leave this browser…").click()
    expect(page.get_by_role("button", name="Leave anyway")).to_be_visible()
    yield "key-leave"
    page.get_by_role("button", name="Stay").click()
    visit.from_menu("Devices", "I have a key…")
    page.get_by_text("Leave", exact=True).click()
    yield "key-use"
    visit.dialog.get_by_label("Key", exact=True).fill("AAAA")
    visit.dialog.get_by_role("button", name="Open the history").click()
    expect(visit.dialog.get_by_role("alert")).to_be_visible()
    yield "key-refused"
    page.keyboard.press("Escape")
    visit.from_menu("Devices", "Open on another device…")
    visit.dialog.get_by_role("button", name="Make a key").click()
    expect(visit.dialog.get_by_role("img", name="QR code of the link")).to_be_visible()
    yield "key"
    visit.dialog.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_text("Close without the key?")).to_be_visible()
    yield "key-unsaved"


Journey = Callable[[Visit], Iterator[str]]
JOURNEYS: list[Journey] = [arrives, records, sees_the_price_and_the_line_fail, imports, shares]


@pytest.mark.parametrize("journey", JOURNEYS)
def test_axe_finds_nothing_and_nothing_is_too_wide_while_a_visitor(
    new_context: NewContext, app: Flask, url: str, luno: Luno, journey: Journey
) -> None:
    page = new_context(reduced_motion="reduce").new_page()
    visit = Visit(page, url, app, luno)
    visit.look(DESKTOP, "light")
    for state in journey(visit):
        for size, scheme in LOOKS:
            visit.look(size, scheme)
            assert wide(page) == size[0], state
            assert violations(page) == [], state
            if "SCREENSHOTS" in os.environ:
                page.screenshot(path=ROOT / "screenshots" / f"{state}-{scheme}.png")
