"""The five stages of the task: one file drives them all."""

import random
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
import requests
from conftest import OUTSIDE, ROOT, Cdn, Serve
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect
from time_machine import Traveller

from demo.luno import Luno
from gallery.stages import ADDS, folder, load

STAGES = list(ADDS)
RECORDING = [3, 4, 5]
VALUING = [4, 5]

GOOD = {"1234.56": "R 1,234.56", "-50": "-R 50.00", " 7.5 ": "R 7.50", "-0": "R 0.00"}
GOOD |= {"007": "R 7.00", "0.05": "R 0.05", "-999999999999.99": "-R 999,999,999,999.99"}
BAD = ["", " ", "abc", "NaN", "1e400", "1_000", "1,5", "1.234", "1.", "1000000000000", "１", "<b>"]
BAD += ["R", "-", "--1", "+1", ".5", "- 5", "R5", "1,234", "R 1,234.56", "-R 20.50", "1 234"]
BAD += ["1\n2", "٣"]

PRICES = ["null", "true", "[]", "{}", '""', '"abc"', '"0"', '"-1"', '"NaN"', '"Infinity"']
PRICES += ['"1e400"', "1e400", "NaN", "0", '"1e-300"', "1" * 5000]
ANSWERS = [b"", b"<html>", b"null", b"[]", b"\xff", b'{"last_trade": "5']
ANSWERS += [b'{"error": "Market not available", "error_code": "ErrMarketUnavailable"}']
ANSWERS += [f'{{"last_trade": {price}}}'.encode() for price in PRICES]


@pytest.fixture
def apps(clock: Traveller, luno: Luno, monkeypatch: pytest.MonkeyPatch) -> dict[int, Flask]:
    monkeypatch.setenv("LUNO_URL", luno.url)
    return {number: load(number) for number in STAGES}


def cells(html: str) -> list[list[str]]:
    """Return the text of the table's cells, row by row."""
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    return [re.findall(r"<td>(.*?)</td>", row) for row in body.split("<tr>")[1:]]


def history(client: FlaskClient, number: int) -> list[list[str]]:
    """Return the entries that a visitor of a stage sees, as rows of text."""
    if number < 5:
        return cells(client.get("/").text)
    shown = client.get("/api/balances").get_json()["balances"]
    return [[row["date"], rand(row["balance"]), row["btc"] or "–"] for row in shown]


def rand(balance: str) -> str:
    sign = "-" if balance.startswith("-") else ""
    return f"{sign}R {abs(Decimal(balance)):,.2f}"


def send(client: FlaskClient, number: int, balance: str) -> int:
    """Set a balance, the way the stage does it; return the status."""
    path = "/" if number < 5 else "/api/update"
    return client.post(path, data={"balance": balance}).status_code


def set_balance(page: Page, balance: str, count: int) -> None:
    """Set a balance in a browser; wait for a page with so many rows."""
    page.get_by_label("Current balance").fill(balance)
    page.get_by_role("button").click()
    expect(page.locator("tbody tr")).to_have_count(count)
    page.wait_for_load_state()  # with its style sheet


# Every stage


@pytest.mark.parametrize("number", STAGES)
def test_simulated_balances_are_one_a_week(apps: dict[int, Flask], number: int) -> None:
    rows = history(apps[number].test_client(), number)
    days = [date.fromisoformat(row[0]) for row in rows]
    assert days == [date.today() - timedelta(weeks=weeks) for weeks in range(6, 0, -1)]


@pytest.mark.parametrize("number", STAGES)
def test_stage_needs_only_what_it_asks_for(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = (folder(number) / "requirements.txt").read_text().splitlines()
    assert [line.partition("==")[0] for line in asked] == ["Flask", "requests"][: 1 + number // 4]
    pinned = (ROOT / "requirements.txt").read_text()
    assert all(f"\n{line}  # " in pinned for line in asked)
    for name in ["server", "gallery", "demo", *(["requests"] if number < 4 else [])]:
        monkeypatch.setitem(sys.modules, name, None)  # so that an import of it fails
    assert load(number).test_client().get("/").status_code == 200


def check_layout(page: Page, number: int) -> None:
    """Assert that an open page has the mockup's layout, and that nothing scrolls sideways.

    `tests/page/test_screenshots.py` says what it shows.
    """
    if number >= 2:
        header = page.get_by_role("banner")
        expect(header).to_contain_text("☺ Welcome")
        expect(header).to_have_css("background-color", "rgb(47, 122, 51)")
    for width in (1280, 1100, 360):
        page.set_viewport_size({"width": width, "height": 700})
        wider = page.locator("*").evaluate_all(
            "all => all.filter(one => one.clientWidth && one.scrollWidth > one.clientWidth)"
            ".map(one => `${one.tagName} ${one.scrollWidth} > ${one.clientWidth}`)"
        )
        assert wider == [], width
        if number >= 2:
            left = "part => part.offsetLeft"
            nav, main = (page.locator(part).evaluate(left) for part in ("nav", "main"))
            assert (main > nav) == (width > 360)


def test_layout_is_the_mockups(apps: dict[int, Flask], serve: Serve, page: Page) -> None:
    for number in (1, 2):
        page.goto(serve(apps[number]))
        expect(page.locator("tbody tr")).to_have_count(6)
        check_layout(page, number)


@pytest.mark.parametrize("number", [3, 4])
def test_form_is_answered_with_a_page(
    apps: dict[int, Flask], serve: Serve, page: Page, number: int
) -> None:
    """A refusal shows the same page with the reason; a reload records nothing twice."""
    page.goto(serve(apps[number]))
    field, main = page.get_by_label("Current balance"), page.get_by_role("main")
    before = main.inner_text().strip()
    set_balance(page, '"<b>', 6)
    expect(field).to_have_value('"<b>')
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    reason = page.locator("#error").inner_text()
    assert reason.startswith("Enter an amount of rand")
    expect(field).to_have_accessible_description(reason)
    assert main.inner_text().replace(reason, "").strip() == before
    set_balance(page, "-123456.78", 7)
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(7)
    expect(page.locator("tbody tr").last).to_contain_text("-R 123,456.78")
    expect(field).to_have_value("")
    expect(field).not_to_be_focused()
    check_layout(page, number)
    set_balance(page, "-999999999999.99", 8)  # which makes at most the table scroll
    assert page.evaluate("document.documentElement.scrollWidth") == 360


# Recording


@pytest.mark.parametrize("number", RECORDING)
def test_good_balances_are_appended_and_bad_ones_not(apps: dict[int, Flask], number: int) -> None:
    client = apps[number].test_client()
    before = history(client, number)
    for balance in GOOD:
        assert send(client, number, balance) in (200, 302), balance
    rows = history(client, number)
    assert rows[: len(before)] == before
    assert [row[1] for row in rows[len(before) :]] == list(GOOD.values())
    assert {row[0] for row in rows[len(before) :]} == {date.today().isoformat()}
    for balance in BAD:
        assert send(client, number, balance) == 422, balance
    assert history(client, number) == rows
    assert history(apps[number].test_client(), number) == before  # of another visitor


@pytest.mark.parametrize("number", RECORDING)
def test_restart_with_the_same_key_keeps_the_sessions(
    monkeypatch: pytest.MonkeyPatch, luno: Luno, number: int
) -> None:
    monkeypatch.setenv("LUNO_URL", luno.url)
    for key, kept in (("", False), ("one of one's own", True)):
        monkeypatch.setenv("FLASK_SECRET_KEY", key)
        client = load(number).test_client()
        send(client, number, "5")
        cookie = client.get_cookie(f"stage-{number}")
        assert cookie
        again = load(number).test_client()
        again.set_cookie(cookie.key, cookie.value)
        assert len(history(again, number)) == (7 if kept else 6)


@pytest.mark.parametrize("number", RECORDING)
def test_no_accepted_entry_is_lost_to_a_full_cookie(apps: dict[int, Flask], number: int) -> None:
    """A browser keeps a cookie, with its name, of at most 4096 bytes: 50 of the longest fit."""
    client = apps[number].test_client()
    digits = random.Random(1)
    for _ in range(50):
        longest = f"-{digits.randrange(10**13, 10**14)}"
        assert send(client, number, f"{longest[:-2]}.{longest[-2:]}") < 400
    cookie = client.get_cookie(f"stage-{number}")
    assert cookie is not None
    assert len(cookie.key) + len(cookie.value) <= 4096
    assert len(history(client, number)) == 6 + 50
    assert send(client, number, "5") == 422
    assert len(history(client, number)) == 6 + 50


# The value in bitcoin


@pytest.mark.parametrize("number", VALUING)
def test_one_call_values_each_balance(apps: dict[int, Flask], luno: Luno, number: int) -> None:
    luno.ticker = {"last_trade": "99776.00"}
    client = apps[number].test_client()
    send(client, number, "-999999999999.99")
    luno.received.clear()
    rows = history(client, number)
    assert luno.calls == 1
    assert rows[-1][2] == "-10022450.28864647"
    assert rows[0][2] == "0.08268521"
    luno.ticker = {"last_trade": 3_000_000}
    send(client, number, "-0.01")
    assert history(client, number)[-1][2] == "0.00000000"


@pytest.mark.parametrize("number", VALUING)
def test_page_comes_without_a_price(apps: dict[int, Flask], luno: Luno, number: int) -> None:
    client = apps[number].test_client()

    def assert_no_values(reason: object) -> None:
        rows = history(client, number)
        assert len(rows) == 6, reason
        assert {row[2] for row in rows} == {"–"}, reason
        if number == 4:
            assert "Luno gives no price right now" in client.get("/").text, reason

    for luno.body in ANSWERS:
        assert_no_values(luno.body)
    luno.body, luno.status = None, 500
    assert_no_values("status 500")
    luno.status = 200
    assert history(client, number)[0][2] == "0.00825000"
    luno.on.clear()
    assert_no_values("no answer")


@pytest.mark.long
def test_with_a_slow_exchange_the_page_still_comes(apps: dict[int, Flask], luno: Luno) -> None:
    luno.let_go.clear()
    with ThreadPoolExecutor() as pool:
        waiting = [pool.submit(history, apps[each].test_client(), each) for each in VALUING]
        for rows in (each.result() for each in waiting):
            assert [row[2] for row in rows] == ["–"] * 6
    luno.let_go.set()


# Stage 5's API and page


def test_stage_5_answers_the_full_history_or_the_reason_without_asking_luno(
    apps: dict[int, Flask], luno: Luno
) -> None:
    client = apps[5].test_client()
    for data in ({}, {"balance": "abc"}):
        response = client.post("/api/update", data=data)
        assert response.status_code == 422
        assert "Enter an amount" in response.get_json()["error"]
    assert luno.calls == 0
    response = client.post("/api/update", data={"balance": "5"})
    assert response.status_code == 200
    assert response.get_json() == client.get("/api/balances").get_json()
    last = {"date": date.today().isoformat(), "balance": "5.00", "btc": "0.00000500"}
    assert response.get_json()["balances"][-1] == last
    assert response.get_json()["price"] == "1000000.00"


def test_stage_5_appends_without_a_reload(
    apps: dict[int, Flask],
    luno: Luno,
    serve: Serve,
    page: Page,
    cdn: Cdn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    get = requests.get
    monkeypatch.setattr(requests, "get", lambda url, timeout: get(url, timeout=10 * timeout))
    rows, status = page.locator("tbody tr"), page.get_by_role("status")
    field, button = page.get_by_label("Current balance"), page.get_by_role("button")
    alert = page.get_by_role("alert")
    luno.let_go.clear()
    page.goto(serve(apps[5]))
    expect(status).to_have_text("Loading…")
    expect(button).to_be_disabled()
    luno.let_go.set()
    expect(status).to_contain_text("R 1,000,000.00")
    expect(rows).to_have_count(6)
    assert len(cdn.asked) == 2
    page.evaluate("window.same = true")

    field.fill("abc")
    field.press("Enter")
    expect(alert).to_contain_text("Enter an amount of rand")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("abc")
    expect(rows).to_have_count(6)

    page.route("**/api/update", lambda route: route.abort())
    field.fill("1234.5")
    field.press("Enter")
    expect(alert).to_contain_text("cannot be reached")
    expect(field).to_have_attribute("aria-invalid", "false")
    expect(field).to_have_value("1234.5")
    page.unroute("**/api/update")

    luno.let_go.clear()
    field.press("Enter")
    expect(status).to_have_text("Loading…")
    expect(button).to_be_disabled()
    expect(rows).to_have_count(6)
    luno.let_go.set()
    expect(rows).to_have_count(7)
    expect(rows.last).to_contain_text("R 1,234.50")
    expect(rows.last).to_contain_text("0.00123450")
    expect(status).to_contain_text("R 1,000,000.00")
    expect(field).to_have_value("")
    expect(field).to_have_attribute("aria-invalid", "false")
    expect(alert).to_be_empty()
    expect(button).to_be_enabled()
    assert page.evaluate("window.same")
    check_layout(page, 5)
    set_balance(page, "-999999999999.99", 8)
    assert page.evaluate("document.documentElement.scrollWidth") == 360

    luno.status = 500
    page.reload()
    expect(rows).to_have_count(8)
    expect(status).to_contain_text("Luno gives no price right now")
    assert page.locator("tbody td:last-child").all_inner_texts() == ["–"] * 8


def test_stage_5_runs_no_other_bytes_than_those_it_names_and_says_what_it_lacks(
    apps: dict[int, Flask], serve: Serve, browser: Browser, cdn: Cdn
) -> None:
    """Its own script fails then, so this context is one that lets it."""
    cdn.reply = lambda route, body: route.fulfill(
        body=body + b";window.hacked = true", headers={"Access-Control-Allow-Origin": "*"}
    )
    with browser.new_context() as context:
        context.route(OUTSIDE, cdn)
        page = context.new_page()
        page.goto(serve(apps[5]))
        assert len(cdn.asked) == 2
        assert page.evaluate("[typeof Vue, typeof axios, typeof hacked]") == ["undefined"] * 3
        expect(page.get_by_text("their CDN cannot be reached")).to_be_visible()
        expect(page.get_by_label("Current balance")).to_be_hidden()
        expect(page.locator("table")).to_be_hidden()
