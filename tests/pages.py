"""What the tests of the page share: how to find its parts, and how to use them."""

import re
from collections.abc import Callable, Iterable

from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

SAMPLES = 12
NO_LUNO = ["http://127.0.0.1:1/"]

NewContext = Callable[..., BrowserContext]


def opened(page: Page, url: str) -> Page:
    """Open the page and wait until it has loaded."""
    page.goto(url)
    expect(page.locator("[v-cloak]")).to_have_count(0)
    expect(field(page)).to_be_visible()
    return page


def rows(page: Page) -> Locator:
    return page.locator("tbody tr.entry")


def field(page: Page) -> Locator:
    return page.get_by_label("Balance in rand")


def day(page: Page) -> Locator:
    return page.get_by_label("Date", exact=True)


def said(page: Page) -> Locator:
    return page.locator(".said")


def summary(page: Page) -> str:
    return plain(page.get_by_role("region", name="Summary").inner_text())


def plain(text: str) -> str:
    """Return text with a space for each run of whitespace, and - for each minus."""
    return re.sub(r"\s+", " ", text).replace("−", "-")


def set_balance(page: Page, balance: str, date: str | None = None) -> None:
    field(page).fill(balance)
    if date:
        day(page).fill(date)
    field(page).press("Enter")


def record(page: Page, balance: str, date: str | None = None) -> None:
    """Record a balance and wait until that is said."""
    set_balance(page, balance, date)
    expect(said(page)).to_contain_text("is recorded")
    expect(field(page)).to_have_value("")


def import_csv(page: Page, lines: Iterable[str]) -> None:
    """Give the page's visitor these balances, past the page."""
    file = "\n".join(["date,balance", *lines])
    url = page.url.rstrip("/") + "/api/import"
    assert page.request.post(url, data=file, headers={"Content-Type": "text/csv"}).ok


def pick(page: Page, file: str | bytes, name: str = "history.csv") -> Locator:
    """Pick a file to import; return the dialog that shows what it holds."""
    body = file if isinstance(file, bytes) else file.encode()
    page.get_by_label("Import CSV…").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": body}
    )
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def lose(route: Route) -> None:
    """Have the server hear a request whose answer the page never sees."""
    route.fetch()
    route.abort()


def start_fresh(page: Page) -> None:
    page.get_by_role("button", name="Start fresh…").click()
    page.get_by_role("button", name="Start fresh", exact=True).click()
    expect(page.get_by_text("No balances yet")).to_be_visible()


def look_again(page: Page) -> None:
    """Have the page look at the server, as it does when it comes back to the front."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def wide(page: Page) -> int:
    result: int = page.evaluate("document.documentElement.scrollWidth")
    return result
