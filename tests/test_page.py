"""The page, in a real Chromium, over real HTTP."""

import base64
import hashlib
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from conftest import CDN, ROOT, Cdn, MakeApp
from flask import Flask
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from demo.luno import Luno
from server.exchange import Exchange

NO_LUNO = ["http://127.0.0.1:1/"]
SAMPLES = 12

NewContext = Callable[..., BrowserContext]


@pytest.fixture
def url(app: Flask, serve: Callable[[Flask], str]) -> str:
    return serve(app)


def rows(page: Page) -> Locator:
    return page.locator("tbody tr")


def field(page: Page) -> Locator:
    return page.get_by_label("Current balance")


def set_balance(page: Page, balance: str) -> None:
    field(page).fill(balance)
    field(page).press("Enter")


def opened(page: Page, url: str) -> Page:
    page.goto(url)
    expect(rows(page)).to_have_count(SAMPLES)
    return page


def wide(page: Page) -> int:
    result: int = page.evaluate("document.documentElement.scrollWidth")
    return result


def test_a_newcomer_sees_samples_marked_as_such(page: Page, url: str) -> None:
    opened(page, url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Account History")
    expect(page.locator("tbody .tag")).to_have_count(SAMPLES)
    expect(page.locator(".samples")).to_contain_text("made up")
    expect(rows(page).last).to_have_text(re.compile(r"sample.*R\s14\s730,90.*0,01473090"))
    expect(page.locator("[v-cloak], #loading")).to_have_count(0)


def test_a_balance_appears_without_a_reload_and_stays(page: Page, url: str) -> None:
    opened(page, url)
    page.evaluate("window.same = true")
    set_balance(page, " 1234.5 ")
    expect(rows(page)).to_have_count(SAMPLES + 1)
    expect(rows(page).last).to_have_text(re.compile(r"\d{4}-\d\d-\d\d\s*R\s1\s234,50\s*0,00123450"))
    expect(rows(page).last.locator(".tag")).to_have_count(0)
    expect(page.locator(".said")).to_have_text("Your balance is recorded.")
    expect(field(page)).to_have_value("")
    expect(field(page)).to_be_focused()
    assert page.evaluate("window.same")
    page.reload()
    expect(rows(page)).to_have_count(SAMPLES + 1)
    expect(rows(page).last).to_contain_text("234,50")


def test_a_refused_balance_is_kept_beside_its_error(page: Page, url: str) -> None:
    opened(page, url)
    set_balance(page, "abc")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Write the balance in rand")
    expect(field(page)).to_have_value("abc")
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_attribute("aria-invalid", "true")
    expect(field(page)).to_have_accessible_description(re.compile("Write the balance"))
    expect(rows(page)).to_have_count(SAMPLES)
    set_balance(page, "5")
    expect(rows(page)).to_have_count(SAMPLES + 1)
    expect(alert).to_have_text("")
    expect(field(page)).to_have_attribute("aria-invalid", "false")


@pytest.mark.parametrize(
    ("typed", "recorded"),
    [
        ("1234.5", "R 1 234,50"),
        ("1 234,56", "R 1 234,56"),
        ("1\u00a0234\u202f567,8", "R 1 234 567,80"),
        ("R1,234.56", "R 1 234,56"),
        ("1.234,56", "R 1 234,56"),
        ("1,234,567", "R 1 234 567,00"),
        ("-50", "R -50,00"),
        ("-R 50", "R -50,00"),
        ("r−0,5", "R -0,50"),
        ("ZAR 999999999999,99", "R 999 999 999 999,99"),
    ],
)
def test_an_amount_is_read_as_people_type_it(
    page: Page, url: str, typed: str, recorded: str
) -> None:
    """What was understood is shown before it is sent, and is what is recorded."""
    opened(page, url)
    field(page).fill(typed)
    understood = page.locator("#understood").inner_text()
    plain = re.sub(r"\s", " ", understood).replace("−", "-").replace("-R ", "R -")
    assert plain == f"That is {recorded}."
    field(page).press("Enter")
    expect(rows(page)).to_have_count(SAMPLES + 1)
    assert understood == f"That is {rows(page).last.locator('td').nth(1).inner_text()}."


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("1,234", "could mean 1234 rand or 1.23 rand"),
        ("1.234", "could mean 1234 rand or 1.23 rand"),
        ("R 12,345", "could mean 12345 rand or 12.34 rand"),
        *((text, "Write the balance") for text in ("abc", "R", "1,23,4", "12 34", "1.2345", "--5")),
        *((text, "Write the balance") for text in ("0,123", "1e3", "5 rand", "1234567890123")),
    ],
)
def test_an_amount_that_is_unclear_is_not_sent(
    page: Page, url: str, typed: str, reason: str
) -> None:
    opened(page, url)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    set_balance(page, typed)
    expect(page.get_by_role("alert")).to_contain_text(reason)
    expect(page.locator("#understood")).to_have_text("")
    expect(field(page)).to_have_value(typed)
    assert sent == []


def test_what_the_server_refuses_is_shown(page: Page, url: str) -> None:
    opened(page, url)
    refusal = {"detail": "The history has no mood for this.", "status": 422}
    page.route("**/api/update", lambda route: route.fulfill(status=422, json=refusal))
    set_balance(page, "5")
    expect(page.get_by_role("alert")).to_have_text("The history has no mood for this.")
    expect(field(page)).to_have_attribute("aria-invalid", "true")


def test_an_answer_that_was_overtaken_is_not_shown(page: Page, url: str) -> None:
    """A look at the rate that began before a balance was set knows nothing of it."""
    opened(page, url)
    held: list[Route] = []
    page.route("**/api/balances", lambda route: held.append(route), times=1)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    set_balance(page, "5")
    expect(rows(page)).to_have_count(SAMPLES + 1)
    assert len(held) == 1
    with page.expect_response("**/api/balances"):
        held[0].fulfill(json={"balances": [], "rate": None})
    expect(rows(page)).to_have_count(SAMPLES + 1)


def test_sending_twice_at_once_records_once(page: Page, url: str) -> None:
    opened(page, url)
    held = threading.Event()
    routes: list[Route] = []

    def hold(route: Route) -> None:
        routes.append(route)
        held.set()

    page.route("**/api/update", hold)
    set_balance(page, "5")
    button = page.get_by_role("button", name="Saving…")
    expect(button).to_have_attribute("aria-disabled", "true")
    button.click(force=True)  # Playwright would wait until it is enabled
    field(page).press("Enter")
    assert len(routes) == 1
    routes[0].continue_()
    expect(rows(page)).to_have_count(SAMPLES + 1)
    expect(page.get_by_role("button", name="Set balance")).to_be_visible()
    page.reload()
    expect(rows(page)).to_have_count(SAMPLES + 1)


def test_a_lost_answer_can_be_sent_again_and_records_once(page: Page, url: str) -> None:
    opened(page, url)

    def lose(route: Route) -> None:
        route.fetch()  # the server hears it, the page never does
        route.abort()

    page.route("**/api/update", lose, times=1)
    set_balance(page, "5")
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(field(page)).to_have_value("5")
    expect(rows(page)).to_have_count(SAMPLES)
    field(page).press("Enter")
    expect(rows(page)).to_have_count(SAMPLES + 1)
    set_balance(page, "5")
    expect(rows(page)).to_have_count(SAMPLES + 2)


def test_another_page_in_place_of_an_answer_is_put_in_words(page: Page, url: str) -> None:
    opened(page, url)
    page.route("**/api/update", lambda route: route.fulfill(body="<html>"), times=1)
    set_balance(page, "5")
    expect(page.get_by_role("alert")).to_contain_text("Something else than Good Bank")
    expect(field(page)).to_have_attribute("aria-invalid", "false")
    expect(rows(page)).to_have_count(SAMPLES)


def test_an_error_page_of_a_proxy_is_put_in_words(page: Page, url: str) -> None:
    opened(page, url)
    page.route("**/api/update", lambda route: route.fulfill(status=502, body="<html>"))
    set_balance(page, "5")
    expect(page.get_by_role("alert")).to_contain_text("error 502")


def test_a_history_that_cannot_be_fetched_can_be_fetched_again(page: Page, url: str) -> None:
    page.route("**/api/balances", lambda route: route.abort(), times=1)
    page.goto(url)
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(page.get_by_text("Luno gives no price")).to_have_count(0)
    page.get_by_role("button", name="Load again").click()
    expect(rows(page)).to_have_count(SAMPLES)
    expect(page.get_by_role("alert")).to_have_text("")
    expect(page.get_by_text("Loading your balances")).to_have_count(0)


def test_start_fresh_asks_first(page: Page, url: str) -> None:
    opened(page, url)
    set_balance(page, "5")
    expect(rows(page)).to_have_count(SAMPLES + 1)
    start = page.get_by_role("button", name="Start fresh…")
    dialog = page.get_by_role("dialog", name="Start fresh?")
    start.click()
    expect(dialog).to_contain_text("the one balance that you have recorded, and the samples")
    dialog.get_by_role("button", name="Keep everything").click()
    expect(dialog).to_be_hidden()
    expect(rows(page)).to_have_count(SAMPLES + 1)
    start.click()
    dialog.get_by_role("button", name="Start fresh").click()
    expect(rows(page)).to_have_count(0)
    expect(page.get_by_text("No balances yet")).to_be_visible()
    expect(field(page)).to_be_focused()
    set_balance(page, "7")
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Start fresh…").click()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(rows(page)).to_have_count(1)
    page.reload()
    expect(rows(page)).to_have_count(1)


def test_the_keyboard_alone_is_enough(page: Page, url: str) -> None:
    opened(page, url)
    reached = []
    for _ in range(7):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim().slice(0, 13)"))
        if page.evaluate("document.activeElement.id") == "balance":
            break
    assert reached[:4] == ["Bank Balances", "Transfer", "Pay", "Start fresh…"]
    page.keyboard.type("12.34")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(rows(page).last).to_contain_text("12,34")


def test_the_rate_is_shown_with_its_age(page: Page, url: str) -> None:
    opened(page, url)
    rate = page.locator(".rate")
    expect(rate).to_have_text(
        re.compile(r"One bitcoin last traded for R\s1\s000\s000,00.*(now|second)")
    )


def test_an_old_rate_says_so(
    page: Page, luno: Luno, app: Flask, serve: Callable[[Flask], str]
) -> None:
    luno.ticker = {"timestamp": 1527784000000}
    now = [0.0]
    exchange = app.extensions["exchange"] = Exchange([luno.url], clock=lambda: now[0])
    exchange.ask()
    luno.status = 500
    now[0] = 600
    opened(page, serve(app))
    expect(page.locator(".rate")).to_contain_text("days ago")
    expect(page.locator(".rate")).to_contain_text("no newer price")
    exchange.close()


def test_without_a_rate_there_is_a_notice_and_no_value(
    page: Page, make_app: MakeApp, serve: Callable[[Flask], str]
) -> None:
    opened(page, serve(make_app(LUNO_URLS=NO_LUNO)))
    expect(page.locator(".rate")).to_contain_text("Luno gives no price at the moment")
    assert page.locator("tbody td:last-child").all_inner_texts() == ["–"] * SAMPLES


def test_two_tabs_share_one_history(new_context: NewContext, url: str) -> None:
    context = new_context()
    one, other = context.new_page(), context.new_page()
    opened(one, url)
    assert [cookie.get("name") for cookie in context.cookies()] == ["good_bank"]
    opened(other, url)
    set_balance(one, "1")
    expect(rows(one)).to_have_count(SAMPLES + 1)
    set_balance(other, "2")
    expect(rows(other)).to_have_count(SAMPLES + 2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_without_a_sideways_scroll(
    new_context: NewContext, url: str, scheme: str
) -> None:
    context = new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = opened(context.new_page(), url)
    for balance in ("999999999999.99", "-999999999999.99"):
        set_balance(page, balance)
        expect(field(page)).to_have_value("")
    assert wide(page) == 360
    set_balance(page, "x" * 80)
    expect(page.get_by_role("alert")).not_to_be_empty()
    expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)
    assert wide(page) == 360
    page.get_by_role("button", name="Start fresh…").click()
    assert wide(page) == 360
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    dark = sum(int(part) for part in re.findall(r"\d+", background)) < 3 * 128
    assert dark == (scheme == "dark")


# The libraries


def test_the_integrity_hashes_are_those_of_the_npm_packages() -> None:
    for name in ("client/index.html", "stage-5/templates/index.html"):
        html = (ROOT / name).read_text()
        scripts = re.findall(rf'src="{CDN}([^"]+)"\s+integrity="([^"]+)"', html)
        assert len(scripts) == html.count("integrity=") == 2
        for path, integrity in scripts:
            package, _, file = path.partition("/")
            data = (ROOT / "node_modules" / package.partition("@")[0] / file).read_bytes()
            digest = base64.b64encode(hashlib.sha384(data).digest()).decode()
            assert integrity == f"sha384-{digest}"


def test_the_libraries_come_from_the_cdn(page: Page, url: str, cdn: Cdn) -> None:
    local: list[str] = []
    page.on("request", lambda r: local.append(r.url) if "/vendor/" in r.url else None)
    opened(page, url)
    assert len(cdn.asked) == 2
    assert local == []


def never(route: Route, body: bytes) -> None:
    """Leave a request without any answer."""


FAILURES: dict[str, Callable[[Route, bytes], Any]] = {
    "blocked": lambda route, body: route.abort(),
    "missing": lambda route, body: route.fulfill(status=404),
    "tampered": lambda route, body: route.fulfill(
        body=body + b";window.hacked = true", headers={"Access-Control-Allow-Origin": "*"}
    ),
    "silent": never,
}


@pytest.mark.parametrize("failure", FAILURES)
def test_where_the_cdn_fails_local_copies_serve(
    page: Page, url: str, cdn: Cdn, failure: str
) -> None:
    cdn.reply = FAILURES[failure]
    page.goto(url, wait_until="commit")
    expect(rows(page)).to_have_count(SAMPLES, timeout=30_000)
    assert page.evaluate("typeof hacked") == "undefined"
    set_balance(page, "5")
    expect(rows(page)).to_have_count(SAMPLES + 1)


@pytest.mark.parametrize("failure", FAILURES)
def test_where_there_is_neither_the_page_says_so(
    page: Page, url: str, cdn: Cdn, failure: str
) -> None:
    cdn.reply = FAILURES[failure]
    page.route("**/vendor/*", lambda route: route.fulfill(status=404))
    page.goto(url, wait_until="commit")
    said = page.get_by_role("status")
    expect(said).to_contain_text("came neither from", timeout=30_000)
    expect(said).to_contain_text("make run")
    expect(page.locator("#app")).to_be_hidden()


def test_where_its_own_scripts_fail_the_page_says_so(page: Page, url: str) -> None:
    page.route("**/client/app.js", lambda route: route.fulfill(status=500))
    page.goto(url)
    expect(page.get_by_role("status")).to_contain_text("its own scripts cannot be loaded")


def test_without_javascript_the_page_says_so(new_context: NewContext, url: str) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(url)
    text = page.locator("main").inner_text()
    assert "Good Bank needs JavaScript" in text
    assert "Loading" not in text
