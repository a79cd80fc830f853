"""The page's libraries: from the CDN, or local copies, or a sentence that says what is missing."""

from collections.abc import Callable

from conftest import OUTSIDE, Cdn
from pages import SAMPLES, Bank, NewContext
from playwright.sync_api import Browser, Page, Route, expect

FAILURES: dict[str, Callable[[Route, bytes], None]] = {
    "blocked": lambda route, body: route.abort(),
    "missing": lambda route, body: route.fulfill(status=404),
    "tampered": lambda route, body: route.fulfill(
        body=body + b";window.hacked = true", headers={"Access-Control-Allow-Origin": "*"}
    ),
    "silent": lambda route, body: None,
}


def test_where_the_cdn_fails_local_copies_serve_and_where_there_are_none_the_page_says_so(
    page: Page, bank: Bank, cdn: Cdn
) -> None:
    page.route("**/vendor/*", lambda route: route.fulfill(status=404))
    bank.open()  # with the bytes of the npm packages: their integrity is as the page says
    page.unroute("**/vendor/*")
    for failure, cdn.reply in FAILURES.items():
        page.goto(bank.url, wait_until="commit")
        expect(bank.sample_rows).to_have_count(SAMPLES)
        assert page.evaluate("typeof hacked") == "undefined", failure
        assert len(set(cdn.asked)) == 2, failure
        cdn.asked.clear()
    bank.record("5")
    page.route("**/vendor/*", lambda route: route.fulfill(status=404))
    page.goto(bank.url, wait_until="commit")
    said = bank.notice
    expect(said).to_contain_text("came neither from")
    expect(said).to_contain_text("make run")
    expect(said).to_be_in_viewport(ratio=1)
    expect(bank.field).to_have_count(0)


def test_failing_start_is_told_and_a_reload_offered(new_context: NewContext, url: str) -> None:
    """And without JavaScript, what is missing."""
    too_old = Bank(new_context().new_page(), url)
    too_old.page.add_init_script("CSS.supports = () => false")
    too_old.page.goto(url)
    expect(too_old.notice).to_contain_text("this browser is too old")
    expect(too_old.notice.get_by_role("link", name="Reload")).to_be_visible()
    page = new_context().new_page()
    page.add_init_script("Object.defineProperty(navigator, 'cookieEnabled', { value: false })")
    bank = Bank(page, url).open()
    expect(bank.notice).to_contain_text("This browser refuses cookies")
    page.route("**/table.js", lambda route: route.fulfill(status=500))
    page.goto(url)
    expect(bank.notice).to_contain_text("its own scripts cannot be loaded")
    expect(bank.notice.get_by_role("link", name="Reload")).to_be_visible()
    page.unroute("**/table.js")
    page.route("**/main.js", lambda route: route.fulfill(status=500))
    page.goto(url)
    late = page.get_by_text("This takes longer than usual.")
    expect(late).to_be_hidden()
    page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
    expect(late).to_be_visible()
    expect(page.get_by_role("link", name="Reload")).to_be_visible()
    page = new_context(java_script_enabled=False).new_page()
    page.goto(url)
    text = page.locator("main").inner_text()
    assert "Good Bank needs JavaScript" in text
    assert "Loading" not in text


def test_error_in_drawing_is_told_and_offers_reload(browser: Browser, url: str, cdn: Cdn) -> None:
    """An answer that no version of the server gives."""
    context = browser.new_context(service_workers="block")
    context.route(OUTSIDE, cdn)
    page = context.new_page()
    balances = [{"id": "1", "date": "2024-01-01", "balance": None, "sample": False}]
    page.route("**/api/balances", lambda route: route.fulfill(json={"balances": balances}))
    page.goto(url)
    bank = Bank(page, url)
    expect(bank.notice).to_contain_text("Something went wrong")
    expect(bank.notice.get_by_role("link", name="Reload")).to_be_visible()
    context.close()
