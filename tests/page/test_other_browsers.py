"""What a visitor does with the page, in Firefox and in WebKit, where they are installed.

No browser here reaches the CDN, so the page is made of this server's copies of the libraries.
`make faults` runs them: two more browsers beside those of `make test` take too long.
"""

import shutil
from collections.abc import Iterator

import pytest
from browsers import BROWSERS, Browser
from pages import SAMPLES, plain

pytestmark = pytest.mark.long
STATEMENT = "Date,Description,Balance\n2035-05-01,Salary,37400.00\n2035-05-02,Rent,27900.00\n"
CHOOSE = """
    const chosen = new DataTransfer();
    chosen.items.add(new File([arguments[0]], "statement.csv"));
    const input = document.querySelector("input[type=file]");
    input.files = chosen.files;
    input.dispatchEvent(new Event("change"));
"""


@pytest.fixture(scope="module", params=BROWSERS)
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    start, programs = BROWSERS[request.param]
    if missing := [program for program in programs if not shutil.which(program)]:
        pytest.skip(f"{' and '.join(missing)} are not installed")
    with start(tmp_path_factory.mktemp(request.param)) as browser:
        yield browser


@pytest.fixture
def page(running: Browser, url: str) -> Browser:
    """The page, as a new visitor sees it."""
    running.open(f"{url}/api/health")
    running.call("DeleteAllCookies", {})
    running.open(url)
    running.find("button", "Import")
    return running


def test_balances_are_kept_and_the_focus_comes_back(page: Browser, url: str) -> None:
    """Without the CDN."""
    page.wait(lambda: len(page.all("row", "R ")) == SAMPLES, "a row for each sample")
    assert "1 000 000" in page.text()
    page.fill("Balance", "1,234")
    page.press("Enter")
    page.find("alert", "could mean")
    assert "Recorded" not in page.text()
    page.fill("Balance", "1234.56")
    page.press("Enter")
    page.find("status", "Recorded")
    page.click("button", "Edit R 1 234,56")
    page.fill("Balance of", "-99.5")
    page.press("Enter")
    page.click("button", "Delete -R 99,50")
    page.find("status", "Deleted")
    page.click("button", "Undo")
    page.find("row", "-R 99,50")
    page.open(url)
    page.find("row", "-R 99,50")
    page.click("button", "Start fresh…")
    page.find("dialog", "Delete 1 balance")
    page.press("Escape")
    page.wait(lambda: not page.all("dialog"), "an end of the dialog")
    assert page.run("return document.activeElement.textContent").strip() == "Start fresh…"
    page.find("row", "-R 99,50")


def test_statement_is_imported_and_is_in_the_chart_and_searched(page: Browser) -> None:
    page.click("button", "Import")
    page.find("dialog")
    page.run(CHOOSE, STATEMENT)
    dialog = page.find("dialog", "37 400,00")
    page.click("button", "Add 2", dialog)
    page.find("row", "R 27 900,00")
    page.wait(lambda: not page.all("dialog"), "an end of the dialog")
    slider = page.find("slider")
    page.run("arguments[0].focus()", slider)
    page.press("ArrowLeft")
    value = "return arguments[0].getAttribute('aria-valuetext')"
    page.wait(lambda: "37 400,00" in plain(page.run(value, slider)), "the day before")
    page.fill("Find", "279")
    page.wait(lambda: len(page.all("row", "R ")) == 1, "one row")
    page.find("row", "R 27 900,00")
