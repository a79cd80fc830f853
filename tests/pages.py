"""What the tests of the page share: its parts, and what one does with them."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Self

from flask import Flask
from playwright.sync_api import BrowserContext, FilePayload, Locator, Page, Route, expect

AXE = Path(__file__).parent.parent / "node_modules" / "axe-core" / "axe.min.js"
SAMPLES = 12
EXPORT = "date,balance,btc,btc_then,rate_then"
DRAG = """([type, name, text]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([text], name));
  const target = document.querySelector("dialog") ?? document.querySelector(".band");
  const event = new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true });
  target.dispatchEvent(event);
  return [event.defaultPrevented, document.body.className];
}"""
# Press a key that ends a composition; return whether the browser's own deed is prevented.
COMPOSED = """(field, key) => !field.dispatchEvent(new KeyboardEvent("keydown",
    { key, isComposing: true, bubbles: true, cancelable: true }))"""

NewContext = Callable[..., BrowserContext]


class Bank:
    """The page of a server, in a tab."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        locate, role = page.locator, page.get_by_role
        self.rows = locate("tbody tr.entry:not(.sample)")  # of the visitor's own balances
        self.sample_rows = locate("tbody tr.entry.sample")
        self.editor = locate("tr", has=role("button", name="Cancel"))  # the row that is changed
        self.form = locate("form.record")
        self.field = self.form.get_by_label("Balance")
        self.day = self.form.get_by_label("Date")
        self.understood = locate("#understood")
        self.error = self.form.get_by_role("alert")
        self.toast = locate("#toast")
        self.undo = self.toast.get_by_role("button", name="Undo")
        self.dialog = role("dialog")
        self.notice = locate(".notice:not([hidden])")
        self.search = role("searchbox", name="Find a date or an amount")

    def open(self, path: str = "") -> Self:
        """Open the page and wait until all of it is there, as the server tells it."""
        self.page.goto(self.url + path)
        expect(self.page.locator("table, .empty")).to_be_visible()
        expect(self.page.locator("[aria-busy=true]")).to_have_count(0)
        expect(self.page.get_by_text("kept on this device")).to_have_count(0)
        return self

    # What it says

    def headline(self) -> str:
        return plain(self.page.get_by_role("region", name="Current balance").inner_text())

    def told(self) -> list[str]:
        """Return what each row says, its day first."""
        return [plain(row) for row in self.rows.all_inner_texts()]

    # What one does with it

    def set_balance(self, balance: str, date: str | None = None) -> None:
        expect(self.form.get_by_role("button", name="Saving…")).to_have_count(0)
        self.field.fill(balance)
        if date:
            self.day.fill(date)
        self.field.press("Enter")

    def record(self, balance: str, date: str | None = None) -> None:
        """Record a balance and wait until that is said."""
        self.set_balance(balance, date)
        expect(self.toast).to_contain_text("Recorded")
        expect(self.field).to_have_value("")

    def from_menu(self, menu: str, name: str) -> None:
        """Choose something in a menu of the grey side."""
        self.page.locator("#rail summary", has_text=menu).click()
        self.page.locator("#rail details[open]").get_by_text(name, exact=True).click()

    def choose(self, name: str) -> None:
        """Press one of the chart's buttons."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def row_button(self, row: int, name: str) -> Locator:
        return self.rows.nth(row).get_by_role("button", name=re.compile(f"^{name} "))

    def edit(self, row: int) -> Locator:
        """Open the editor of a row and return it."""
        self.rows.nth(row).hover()
        self.row_button(row, "Edit").click()
        expect(self.editor.get_by_label("Balance")).to_be_focused()
        return self.editor

    def change(self, row: int, balance: str) -> None:
        """Give a row another balance."""
        self.edit(row).get_by_label("Balance").fill(balance)
        self.page.keyboard.press("Enter")
        expect(self.editor).to_have_count(0)

    def delete(self, row: int = -1) -> None:
        self.rows.nth(row).hover()
        self.row_button(row, "Delete").click()

    def open_import(self) -> None:
        self.page.get_by_role("button", name="Import", exact=True).click()
        expect(self.dialog).to_be_visible()

    def pick(self, file: str | bytes) -> None:
        """Pick a file in the dialog of imports, which is opened where it is not."""
        if not self.dialog.count():
            self.open_import()
        buffer = file if isinstance(file, bytes) else file.encode()
        payload = FilePayload(name="statement.csv", mimeType="text/csv", buffer=buffer)
        self.page.locator("dialog input[type=file]").set_input_files(payload)

    def drag(self, event: str, name: str, text: str) -> Any:
        """Drag a file over the page; tell whether the page took it, and its class."""
        return self.page.evaluate(DRAG, [event, name, text])

    def start_fresh(self) -> None:
        self.page.get_by_role("button", name="Start fresh…").click()
        self.dialog.get_by_role("button", name=re.compile("^(Delete|Remove) ")).click()
        expect(self.toast).to_contain_text("Everything is deleted.")
        expect(self.page.get_by_text("Your history starts with one number")).to_be_visible()

    def look_again(self) -> None:
        """Have the page look at the server, as it does when it comes back to the front."""
        self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    # What is done past it

    def today(self) -> date:
        answer = self.page.request.get(f"{self.url}/api/balances")
        return date.fromisoformat(answer.headers["good-bank-today"])

    def give(self, lines: Iterable[str]) -> None:
        give(self.page, self.url, lines)

    def own(self) -> list[Any]:
        balances = self.page.request.get(f"{self.url}/api/balances").json()["balances"]
        return [entry for entry in balances if not entry["sample"]]

    def balances(self) -> list[str]:
        return [entry["balance"] for entry in self.own()]

    @contextmanager
    def held(self, url: str) -> Iterator[list[Route]]:
        """Hold the requests to an address back, of which one comes, until the block ends."""
        routes: list[Route] = []
        ended = False
        hold = lambda route: route.fallback() if ended else routes.append(route)  # noqa: E731
        self.page.route(url, hold)
        yield routes
        self.until(lambda: routes)
        ended = True
        for route in routes:
            route.continue_()
        self.page.unroute(url, hold)

    def until(self, condition: Callable[[], object]) -> None:
        """Let the page go on until a condition holds."""
        for _ in range(1000):
            if condition():
                return
            self.page.wait_for_timeout(20)
        raise AssertionError("it was waited for in vain")


def give(visitor: Page | BrowserContext, url: str, lines: Iterable[str]) -> None:
    """Give a visitor balances: "2026-11-22,1234.56", or with ",,,RATE" the rate of its day."""
    file = "\n".join([EXPORT, *(line + "," * (4 - line.count(",")) for line in lines)])
    answer = visitor.request.post(
        f"{url}/api/import?duplicates=add", data=file, headers={"Content-Type": "text/csv"}
    )
    assert answer.ok, answer.text()


def daily(balances: Iterable[object], first: date) -> list[str]:
    return [f"{first + timedelta(days=n)},{balance}" for n, balance in enumerate(balances)]


def set_price(app: Flask, luno: Any, price: str) -> None:
    """Have the exchange tell another price, and be asked, as it is every 30 seconds."""
    luno.ticker = {"last_trade": price, "bid": price, "ask": price}
    app.extensions["exchange"].ask()


def lose(route: Route) -> None:
    """Have the server hear a request whose answer the page never sees."""
    route.fetch()
    route.abort()


def plain(text: str) -> str:
    """Return text with a space for each run of whitespace, and - for each minus."""
    return re.sub(r"\s+", " ", text).replace("−", "-").strip()


# Of any page


def wide(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


def violations(page: Page) -> list[str]:
    """Return what axe-core finds, contrast and best practices included."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())  # no script tag: the content security policy allows none
    result = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    assert result["passes"], "axe-core has looked at nothing"
    return [
        f"{rule['id']}: {node['html']}" for rule in result["violations"] for node in rule["nodes"]
    ]
