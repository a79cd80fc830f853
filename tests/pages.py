"""What the tests of the page share: how to find its parts, and how to use them."""

import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any, Literal

from conftest import ROOT
from flask import Flask
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text()
SAMPLES = 12
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
NO_LUNO = ["http://127.0.0.1:1/"]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
EXPORT = "date,balance,btc,btc_then,rate_then"

NewContext = Callable[..., BrowserContext]


def opened(page: Page, url: str) -> Page:
    """Open the page and wait until all of it is there."""
    page.goto(url)
    expect(page.locator("table, .empty")).to_be_visible()
    return page


# Its parts


def rows(page: Page) -> Locator:
    """The visitor's own balances in the table, in order."""
    return page.locator("tbody tr.entry:not(.sample)")


def sample_rows(page: Page) -> Locator:
    return page.locator("tbody tr.entry.sample")


def form(page: Page) -> Locator:
    return page.locator("form.record")


def field(page: Page) -> Locator:
    return form(page).get_by_label("Balance")


def day(page: Page) -> Locator:
    return form(page).get_by_label("Date")


def error(page: Page) -> Locator:
    return form(page).get_by_role("alert")


def toast(page: Page) -> Locator:
    return page.locator("#toast")


def undo(page: Page) -> Locator:
    return toast(page).get_by_role("button", name="Undo")


def notice(page: Page) -> Locator:
    return page.locator(".notice:not([hidden])")


def search(page: Page) -> Locator:
    return page.get_by_role("searchbox", name="Find a date or an amount")


def headline(page: Page) -> str:
    return plain(page.get_by_role("region", name="Current balance").inner_text())


def told(page: Page) -> list[str]:
    """Return what each row says, its day first."""
    return [plain(row) for row in rows(page).all_inner_texts()]


def plain(text: str) -> str:
    """Return text with a space for each run of whitespace, and - for each minus."""
    return re.sub(r"\s+", " ", text).replace("−", "-").strip()


# Its days


def today(page: Page, url: str) -> date:
    """Return what day it is on the server."""
    answer = page.request.get(f"{url}/api/balances")
    return date.fromisoformat(answer.headers["good-bank-today"])


def written(day: date, today: date) -> str:
    """Write a day as the page does."""
    short = f"{day.day} {MONTHS[day.month - 1]}"
    return short if day.year == today.year else f"{short} {day.year}"


# What one does with it


def set_balance(page: Page, balance: str, date: str | None = None) -> None:
    field(page).fill(balance)
    if date:
        day(page).fill(date)
    field(page).press("Enter")


def from_menu(page: Page, menu: str, name: str) -> None:
    """Choose something in a menu of the grey side."""
    page.locator("#rail summary", has_text=menu).click()
    page.locator("#rail details[open]").get_by_text(name, exact=True).click()


def record(page: Page, balance: str, date: str | None = None) -> None:
    """Record a balance and wait until that is said."""
    set_balance(page, balance, date)
    expect(toast(page)).to_contain_text("Recorded")
    expect(field(page)).to_have_value("")


def row_button(page: Page, row: int, name: str) -> Locator:
    return rows(page).nth(row).get_by_role("button", name=re.compile(f"^{name} "))


def delete(page: Page, row: int = -1) -> None:
    rows(page).nth(row).hover()
    row_button(page, row, "Delete").click()


def start_fresh(page: Page) -> None:
    page.get_by_role("button", name="Start fresh…").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^(Delete|Remove) ")).click()
    expect(page.get_by_text("Your history starts with one number")).to_be_visible()


def look_again(page: Page) -> None:
    """Have the page look at the server, as it does when it comes back to the front."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


# What is done past it


def give(page: Page, url: str, lines: Iterable[str]) -> None:
    """Give the visitor balances: "2026-11-22,1234.56", or with ",,,RATE" the rate of its day."""
    file = "\n".join([EXPORT, *(line + "," * (4 - line.count(",")) for line in lines)])
    answer = page.request.post(
        f"{url}/api/import?duplicates=add", data=file, headers={"Content-Type": "text/csv"}
    )
    assert answer.ok, answer.text()


def daily(balances: Iterable[object], first: date) -> list[str]:
    """Return lines of a balance a day."""
    return [f"{first + timedelta(days=n)},{balance}" for n, balance in enumerate(balances)]


def own(page: Page, url: str) -> list[Any]:
    """Return the visitor's own entries, as the API tells them."""
    balances = page.request.get(f"{url}/api/balances").json()["balances"]
    return [entry for entry in balances if not entry["sample"]]


def set_price(app: Flask, luno: Any, price: str) -> None:
    """Have the exchange tell another price, and be asked, as it is every 30 seconds."""
    luno.ticker = {"last_trade": price, "bid": price, "ask": price}
    app.extensions["exchange"].ask()


def lose(route: Route) -> None:
    """Have the server hear a request whose answer the page never sees."""
    route.fetch()
    route.abort()


def wide(page: Page) -> int:
    result: int = page.evaluate("document.documentElement.scrollWidth")
    return result


# Accessibility


def violations(page: Page) -> list[str]:
    """Return what axe-core finds, contrast and best practices included, by day and by night."""
    page.evaluate(AXE)  # no script tag: the content security policy allows none
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # nothing half faded
        result = page.evaluate("axe.run({ resultTypes: ['violations'] })")
        for violation in result["violations"]:
            nodes = violation["nodes"]
            found += [f"{scheme}: {violation['id']}: {node['html']}" for node in nodes]
    return found
