"""Each state of the page that the design draws, as an image in screenshots/: `make screenshots`.

No test compares them: they are there to be looked at, in the order in which one meets the states.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from conftest import ROOT, MakeApp, Serve
from flask import Flask
from pages import (
    NO_LUNO,
    NewContext,
    delete,
    from_menu,
    give,
    look_again,
    notice,
    opened,
    record,
    row_button,
    rows,
    start_fresh,
    today,
    undo,
)
from playwright.sync_api import FilePayload, Page, expect

from demo.luno import Luno

FOLDER = ROOT / "screenshots"
STATEMENT = (
    "Date;Description;Amount;Balance\n"
    "25/08/2026;Opening;;12 400,00\n26/08/2026;Salary;25 000,00;37 400,00\n"
    "27/08/2026;Rent;-9 500,00;27 900,00\n28/08/2026;Pending;;\n28/08/2026;Food;-450,50;27 449,50\n"
)


@dataclass
class Visit:
    """A page at its address, and what is behind it."""

    page: Page
    url: str
    app: Flask
    luno: Luno

    def open(self, own: int = 24) -> Page:
        """Open the page with so many balances, nine days apart, and the price of each day."""
        now = today(self.page, self.url)
        days = [now - timedelta(days=9 * ago) for ago in range(own)][::-1]
        lines = [
            f"{day},{9000 + 310 * n + (n * 7919) % 900}.{n:02},,,{1_040_000 - 4_000 * n}"
            for n, day in enumerate(days)
        ]
        if own:
            self.page.request.delete(f"{self.url}/api/samples")
            give(self.page, self.url, lines)
        return opened(self.page, self.url)


def history(visit: Visit) -> None:
    visit.open()


def samples(visit: Visit) -> None:
    visit.open(own=0)


def empty(visit: Visit) -> None:
    start_fresh(visit.open(own=0))
    expect(visit.page.locator("#toast .toast")).to_have_count(0, timeout=15_000)


def loading(visit: Visit) -> None:
    visit.page.route("**/api/balances", lambda route: None)
    visit.page.goto(visit.url)
    visit.page.wait_for_timeout(400)


def recorded(visit: Visit) -> None:
    record(visit.open(), "15480")


def deleted(visit: Visit) -> None:
    delete(visit.open(), row=2)
    expect(undo(visit.page)).to_be_visible()


def edited(visit: Visit) -> None:
    page = visit.open()
    rows(page).nth(1).hover()
    row_button(page, 1, "Edit").click()


def unfolded(visit: Visit) -> None:
    row_button(visit.open(), 1, "Change or delete").click()


def edited_on_a_phone(visit: Visit) -> None:
    unfolded(visit)
    row_button(visit.page, 1, "Edit").click()


def chart_in_bitcoin(visit: Visit) -> None:
    page = visit.open()
    page.get_by_role("button", name="Bitcoin", exact=True).click()
    box = page.locator(".plot").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)


def stale(visit: Visit) -> None:
    visit.luno.ticker = {"status": "DISABLED"}
    visit.app.extensions["exchange"].ask()
    visit.open()


def offline(visit: Visit) -> None:
    page = visit.open()
    page.context.set_offline(True)
    look_again(page)
    expect(notice(page)).to_be_visible()


def importing(visit: Visit) -> None:
    page = visit.open()
    page.get_by_role("button", name="Import", exact=True).click()
    file: FilePayload = {
        "name": "statement.csv",
        "mimeType": "text/csv",
        "buffer": STATEMENT.encode(),
    }
    page.locator("dialog input[type=file]").set_input_files(file)
    expect(page.locator(".tallies")).to_be_visible()


def key(visit: Visit) -> None:
    page = visit.open()
    from_menu(page, "Devices", "Open on another device…")
    page.get_by_role("dialog").get_by_role("button", name="Make a key").click()
    expect(page.locator(".groups")).to_be_visible()


def fresh(visit: Visit) -> None:
    visit.open().get_by_role("button", name="Start fresh…").click()
    expect(visit.page.get_by_role("dialog")).to_be_visible()


DESKTOP, PHONE = (1280, 860), (360, 740)
Step = Callable[[Visit], None]
STATES: dict[str, tuple[tuple[int, int], str, Step]] = {
    "desktop": (DESKTOP, "light", history),
    "desktop-dark": (DESKTOP, "dark", history),
    "wide": ((1920, 1000), "light", history),
    "tablet": ((900, 1100), "light", history),
    "phone": (PHONE, "light", history),
    "phone-dark": (PHONE, "dark", history),
    "loading": (DESKTOP, "light", loading),
    "samples": (DESKTOP, "light", samples),
    "empty": (DESKTOP, "light", empty),
    "empty-phone": (PHONE, "light", empty),
    "recorded": (DESKTOP, "light", recorded),
    "recorded-phone": (PHONE, "light", recorded),
    "deleted": (DESKTOP, "dark", deleted),
    "edited": (DESKTOP, "light", edited),
    "unfolded-phone": (PHONE, "dark", unfolded),
    "edited-phone": (PHONE, "light", edited_on_a_phone),
    "chart-in-bitcoin": (DESKTOP, "light", chart_in_bitcoin),
    "stale": (DESKTOP, "light", stale),
    "no-price": (DESKTOP, "light", history),
    "no-price-phone": (PHONE, "dark", history),
    "offline": (DESKTOP, "light", offline),
    "import": (DESKTOP, "light", importing),
    "import-phone": (PHONE, "dark", importing),
    "key": (DESKTOP, "light", key),
    "key-phone": (PHONE, "light", key),
    "fresh": (DESKTOP, "light", fresh),
}


@pytest.mark.parametrize("name", STATES)
def test_state(
    name: str, make_app: MakeApp, serve: Serve, luno: Luno, new_context: NewContext
) -> None:
    (width, height), scheme, reach = STATES[name]
    app = make_app(**({"LUNO_URLS": NO_LUNO} if name.startswith("no-price") else {}))
    viewport = {"width": width, "height": height}
    context = new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    visit = Visit(context.new_page(), serve(app), app, luno)
    reach(visit)
    FOLDER.mkdir(exist_ok=True)
    visit.page.screenshot(path=FOLDER / f"{name}.png")
