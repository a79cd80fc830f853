"""The five stages of the task: one file drives them all."""

import ast
import random
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import OUTSIDE, ROOT, Cdn
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page, expect

from demo.luno import Luno
from gallery.stages import ADDS, TASKS, load
from gallery.steps import changes

STAGES = list(ADDS)
FORMS = [3, 4]
VALUES = [4, 5]
BAD = ["", " ", "abc", "NaN", "1e400", "1_000", "1,5", "1.234", "1.", "1000000000000", "１", "<b>"]
BAD += ["R", "-", "1,23", "12,34.56", "1234,567", ",123", "1,000,000,000,000", "5 R", "1 234"]

Stage = Callable[..., Flask]


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, luno: Luno) -> Stage:
    """Load a stage, with its Luno at the stand-in."""

    def loaded(number: int, luno_url: str = luno.url) -> Flask:
        monkeypatch.setenv("LUNO_URL", luno_url)
        return load(number)

    return loaded


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
    """Return an amount as the page shows it."""
    sign = "-" if balance.startswith("-") else ""
    return f"{sign}R {abs(Decimal(balance)):,.2f}"


def send(client: FlaskClient, number: int, balance: str) -> int:
    """Set a balance, the way the stage does it; return the status."""
    if number < 5:
        return client.post("/", data={"balance": balance}).status_code
    return client.post("/api/update", data={"balance": balance}).status_code


@pytest.mark.parametrize("number", STAGES)
def test_the_page_has_a_table_of_simulated_balances(stage: Stage, number: int) -> None:
    client = stage(number).test_client()
    page = client.get("/").text
    assert ">Date</th>" in page
    assert ">Balance (ZAR)</th>" in page
    assert (">Value (BTC)</th>" in page) == (number >= 4)
    rows = history(client, number)
    assert len(rows) == 6
    for row in rows:
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", row[0])
        assert re.fullmatch(r"R \d{1,2},\d{3}\.\d\d", row[1])
    days = [date.fromisoformat(row[0]) for row in rows]
    assert days == sorted(days)
    assert date.today() - timedelta(days=8) < days[-1] < date.today()


@pytest.mark.parametrize("number", STAGES[1:])
def test_the_layout_is_the_mockups(
    stage: Stage,
    serve: Callable[[Flask], str],
    new_context: Callable[..., BrowserContext],
    number: int,
) -> None:
    url = serve(stage(number))
    for width in (1280, 360):
        page = new_context(viewport={"width": width, "height": 700}).new_page()
        page.goto(url)
        expect(page.locator("header")).to_contain_text("Good Bank")
        expect(page.locator("header")).to_contain_text("Better than other banks")
        expect(page.locator("header")).to_contain_text("☺ Welcome James")
        expect(page.get_by_role("heading", name="Account History")).to_be_visible()
        expect(page.locator("tbody tr")).to_have_count(6)
        links = page.get_by_role("navigation").get_by_role("link")
        assert links.all_inner_texts() == ["Bank Balances", "Transfer", "Pay"]
        hrefs = links.evaluate_all("links => links.map(link => link.href)")
        assert hrefs == [f"{url}/"] * 3
        if number >= 3:
            page.get_by_label("Current balance").fill("-999999999999.99")
            page.get_by_role("button").click()
            expect(page.locator("tbody tr")).to_have_count(7)
            page.wait_for_load_state()  # with its style sheet
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide == width
        below = page.locator("nav").bounding_box()
        main = page.locator("main").bounding_box()
        assert below is not None
        assert main is not None
        assert (main["x"] > below["x"]) == (width == 1280)


@pytest.mark.parametrize("number", [3, 4, 5])
def test_balances_are_appended(stage: Stage, number: int) -> None:
    client = stage(number).test_client()
    before = history(client, number)
    balances = {
        **{"1234.56": "R 1,234.56", "-50": "-R 50.00", " 7.5 ": "R 7.50", "-0": "R 0.00"},
        **{"1,234,567": "R 1,234,567.00", "R5": "R 5.00", "-R\xa020.50": "-R 20.50"},
        **{text: text for text in ("R 8,250.00", "-R 999,999,999,999.99", "R 0.05")},
    }
    for balance in balances:
        assert send(client, number, balance) in (200, 302)
    rows = history(client, number)
    assert rows[: len(before)] == before
    assert [row[1] for row in rows[len(before) :]] == list(balances.values())
    assert {row[0] for row in rows[len(before) :]} == {date.today().isoformat()}


@pytest.mark.parametrize("number", FORMS)
def test_a_form_is_answered_with_a_redirect(stage: Stage, number: int) -> None:
    response = stage(number).test_client().post("/", data={"balance": "5"})
    assert response.status_code == 302
    assert response.location == "/"


@pytest.mark.parametrize("number", [3, 4, 5])
@pytest.mark.parametrize("balance", BAD)
def test_a_bad_balance_changes_nothing(stage: Stage, number: int, balance: str) -> None:
    client = stage(number).test_client()
    send(client, number, "5")
    before = history(client, number)
    assert send(client, number, balance) == 422
    assert history(client, number) == before


@pytest.mark.parametrize("number", FORMS)
def test_a_bad_balance_is_shown_with_its_error(stage: Stage, number: int) -> None:
    page = stage(number).test_client().post("/", data={"balance": '"<b>'}).text
    assert "Enter an amount of rand" in page
    assert 'value="&#34;&lt;b&gt;"' in page
    assert "<b>" not in page


@pytest.mark.parametrize("number", [3, 4, 5])
def test_visitors_do_not_see_each_other(stage: Stage, number: int) -> None:
    app = stage(number)
    one, other = app.test_client(), app.test_client()
    send(one, number, "5")
    assert len(history(one, number)) == 7
    assert len(history(other, number)) == 6


@pytest.mark.parametrize("number", [3, 4, 5])
def test_no_accepted_entry_is_lost_to_a_full_cookie(stage: Stage, number: int) -> None:
    """A browser keeps a cookie, with its name, of at most 4096 bytes: 50 of the longest fit."""
    client = stage(number).test_client()
    digits = random.Random(1)
    for accepted in range(1, 51):
        longest = f"-{digits.randrange(10**13, 10**14)}"
        assert send(client, number, f"{longest[:-2]}.{longest[-2:]}") < 400
        cookie = client.get_cookie(f"stage-{number}")
        assert cookie is not None
        assert len(cookie.key) + len(cookie.value) <= 4096
        assert len(history(client, number)) == 6 + accepted
    assert send(client, number, "5") == 422
    assert len(history(client, number)) == 6 + 50


@pytest.mark.parametrize("number", VALUES)
def test_each_balance_has_its_value_from_one_call(stage: Stage, number: int, luno: Luno) -> None:
    luno.ticker = {"last_trade": "99776.00"}
    client = stage(number).test_client()
    send(client, number, "-999999999999.99")
    luno.received.clear()
    rows = history(client, number)
    assert luno.calls == 1
    assert rows[-1][2] == "-10022450.28864647"
    assert rows[0][2] == "0.08268521"


PRICES = ["null", "true", "[]", "{}", '""', '"abc"', '"0"', '"-1"', '"NaN"', '"Infinity"']
PRICES += ['"1e400"', "1e400", "NaN", "0", '"1e-300"']


@pytest.mark.parametrize("number", VALUES)
@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<html>", b"null", b"[]", b"\xff", b'{"last_trade": "5'),
        b'{"error": "Market not available", "error_code": "ErrMarketUnavailable"}',
        *(f'{{"last_trade": {price}}}'.encode() for price in PRICES),
    ],
)
def test_without_a_price_the_page_still_comes(
    stage: Stage, number: int, luno: Luno, body: bytes
) -> None:
    luno.body = body
    assert no_values(stage(number), number)


@pytest.mark.parametrize("number", VALUES)
def test_with_the_exchange_down_the_page_still_comes(stage: Stage, number: int, luno: Luno) -> None:
    luno.status = 500
    assert no_values(stage(number), number)
    app = stage(number, "http://127.0.0.1:1/")
    assert no_values(app, number)


@pytest.mark.parametrize("number", VALUES)
def test_with_a_slow_exchange_the_page_still_comes(stage: Stage, number: int, luno: Luno) -> None:
    """The stand-in would answer with a price, but not before the stage gives up."""
    luno.let_go.clear()
    app = stage(number)
    assert {row[2] for row in history(app.test_client(), number)} == {"–"}
    luno.let_go.set()
    assert history(app.test_client(), number)[0][2] == "0.00825000"


@pytest.mark.parametrize("number", VALUES)
def test_a_refused_balance_does_not_ask_luno(stage: Stage, number: int, luno: Luno) -> None:
    assert send(stage(number).test_client(), number, "abc") == 422
    assert luno.calls == 0


def no_values(app: Flask, number: int) -> bool:
    """Tell whether a stage shows all balances, a dash for each value, and the notice."""
    client = app.test_client()
    rows = history(client, number)
    assert len(rows) == 6
    if number == 4:
        assert "Luno gives no price right now" in client.get("/").text
    return {row[2] for row in rows} == {"–"}


def test_stage_5_answers_the_full_history(stage: Stage) -> None:
    client = stage(5).test_client()
    response = client.post("/api/update", data={"balance": "5"})
    assert response.status_code == 200
    assert response.get_json() == client.get("/api/balances").get_json()
    last = {"date": date.today().isoformat(), "balance": "5.00", "btc": "0.00000500"}
    assert response.get_json()["balances"][-1] == last
    assert response.get_json()["price"] == "1000000.00"


def test_stage_5_says_what_is_wrong(stage: Stage) -> None:
    client = stage(5).test_client()
    for data in ({}, {"balance": "abc"}):
        response = client.post("/api/update", data=data)
        assert response.status_code == 422
        assert "Enter an amount" in response.get_json()["error"]


@pytest.mark.parametrize("number", [3, 4, 5])
def test_a_reload_records_nothing_twice(
    stage: Stage, serve: Callable[[Flask], str], page: Page, number: int
) -> None:
    page.goto(serve(stage(number)))
    page.get_by_label("Current balance").fill("1234.5")
    page.get_by_role("button").click()
    expect(page.locator("tbody tr")).to_have_count(7)
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(7)
    expect(page.locator("tbody tr").last).to_contain_text("R 1,234.50")


@pytest.mark.parametrize("number", [3, 4, 5])
def test_what_the_page_shows_can_be_typed_back(
    stage: Stage, serve: Callable[[Flask], str], page: Page, number: int
) -> None:
    page.goto(serve(stage(number)))
    rows = page.locator("tbody tr")
    for count, text in ((7, "-1234567.8"), (8, None)):
        shown = rows.last.locator("td").nth(1).text_content()
        page.get_by_label("Current balance").fill(text or str(shown))
        page.get_by_role("button").click()
        expect(rows).to_have_count(count)
    for row in (6, 7):
        expect(rows.nth(row).locator("td").nth(1)).to_have_text("-R 1,234,567.80")


@pytest.mark.parametrize("number", STAGES)
@pytest.mark.parametrize("width", [1100, 360])
def test_nothing_scrolls_sideways(
    stage: Stage,
    serve: Callable[[Flask], str],
    new_context: Callable[..., BrowserContext],
    number: int,
    width: int,
) -> None:
    page = new_context(viewport={"width": width, "height": 700}).new_page()
    page.goto(serve(stage(number)))
    expect(page.locator("tbody tr")).to_have_count(6)
    if number >= 3:
        page.get_by_label("Current balance").fill("-123456.78")
        page.get_by_role("button").click()
        expect(page.locator("tbody tr")).to_have_count(7)
    wider = page.locator("*").evaluate_all(
        "all => all.filter(one => one.clientWidth && one.scrollWidth > one.clientWidth)"
        ".map(one => `${one.tagName} ${one.scrollWidth} > ${one.clientWidth}`)"
    )
    assert wider == []


def test_stage_5_appends_without_a_reload(
    stage: Stage, serve: Callable[[Flask], str], page: Page, cdn: Cdn
) -> None:
    page.goto(serve(stage(5)))
    expect(page.locator("tbody tr")).to_have_count(6)
    assert len(cdn.asked) == 2
    page.evaluate("window.same = true")
    field = page.get_by_label("Current balance")
    field.fill("abc")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Enter an amount of rand")
    expect(field).to_have_value("abc")
    expect(page.locator("tbody tr")).to_have_count(6)
    field.fill("1234.5")
    field.press("Enter")
    expect(page.locator("tbody tr").last).to_contain_text("R 1,234.50")
    expect(page.locator("tbody tr").last).to_contain_text("0.00123450")
    expect(page.locator("tbody tr")).to_have_count(7)
    expect(field).to_have_value("")
    expect(page.get_by_role("alert")).to_be_empty()
    assert page.evaluate("window.same")
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(7)


def test_stage_5_shows_a_dash_and_a_notice_without_a_price(
    stage: Stage, serve: Callable[[Flask], str], page: Page, luno: Luno
) -> None:
    luno.status = 500
    page.goto(serve(stage(5)))
    expect(page.get_by_role("status")).to_contain_text("Luno gives no price right now")
    assert page.locator("tbody td:last-child").all_inner_texts() == ["–"] * 6


def test_stage_5_says_that_it_is_loading(
    stage: Stage, serve: Callable[[Flask], str], page: Page, luno: Luno
) -> None:
    status, button = page.get_by_role("status"), page.get_by_role("button")
    luno.let_go.clear()
    page.goto(serve(stage(5)))
    expect(status).to_have_text("Loading…")
    expect(button).to_be_disabled()
    luno.let_go.set()
    expect(status).to_contain_text("R 1,000,000.00")
    luno.let_go.clear()
    page.get_by_label("Current balance").fill("5")
    button.click()
    expect(status).to_have_text("Loading…")
    expect(page.locator("tbody tr")).to_have_count(6)
    luno.let_go.set()
    expect(page.locator("tbody tr")).to_have_count(7)
    expect(status).to_contain_text("R 1,000,000.00")
    expect(button).to_be_enabled()


def test_stage_5_says_when_it_cannot_reach_its_server(
    stage: Stage, serve: Callable[[Flask], str], page: Page
) -> None:
    page.goto(serve(stage(5)))
    expect(page.locator("tbody tr")).to_have_count(6)
    page.route("**/api/update", lambda route: route.abort())
    page.get_by_label("Current balance").fill("5")
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(page.get_by_label("Current balance")).to_have_value("5")


def test_stage_5_runs_no_other_bytes_than_those_it_names(
    stage: Stage, serve: Callable[[Flask], str], browser: Browser, cdn: Cdn
) -> None:
    """Its own script fails then, for want of Vue."""
    cdn.reply = lambda route, body: route.fulfill(
        body=body + b";window.hacked = true",
        headers={"Access-Control-Allow-Origin": "*"},
    )
    page = browser.new_context().new_page()
    page.route(OUTSIDE, cdn)
    page.goto(serve(stage(5)))
    assert len(cdn.asked) == 2
    assert page.evaluate("[typeof Vue, typeof axios, typeof hacked]") == ["undefined"] * 3
    page.context.close()


# The ladder


@pytest.mark.parametrize("number", STAGES[1:])
def test_each_step_is_small(number: int) -> None:
    step = changes(number - 1, number)
    python = [change for change in step if change.path == "app.py"]
    assert sum(change.added for change in python) <= 40
    assert sum(change.deleted for change in python) <= 5
    assert sum(change.deleted for change in step) <= 21


@pytest.mark.parametrize("number", STAGES)
def test_the_story_quotes_the_task(number: int) -> None:
    story = (ROOT / "docs" / "stages.md").read_text().replace("\n> ", " ")
    part = story.partition(f"\n## Stage {number}:")[2].partition("\n## ")[0]
    assert f" {TASKS[number]}\n" in part


@pytest.mark.parametrize("number", STAGES)
def test_a_stage_needs_nothing_but_its_packages(number: int) -> None:
    allowed = {"flask"} | ({"requests"} if number >= 4 else set())
    standard = {"datetime", "decimal", "os", "re", "secrets"}
    for node in ast.walk(ast.parse((ROOT / f"stage-{number}" / "app.py").read_text())):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = (
                [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            )
            assert {str(name).partition(".")[0] for name in names} <= allowed | standard


@pytest.mark.parametrize("number", STAGES)
def test_a_stage_asks_for_what_it_imports(number: int) -> None:
    folder = ROOT / f"stage-{number}"
    packages = [line.split(" ")[0] for line in (ROOT / "requirements.txt").read_text().split("\n")]
    asked = (folder / "requirements.txt").read_text().splitlines()
    assert set(asked) <= set(packages)
    imported = set(
        re.findall(r"^(?:import|from) (flask|requests)", (folder / "app.py").read_text(), re.M)
    )
    assert {line.partition("==")[0].lower() for line in asked} == imported


@pytest.mark.parametrize("number", STAGES)
def test_a_stage_holds_its_own_files_only(number: int) -> None:
    files = {"app.py", "requirements.txt", "templates/index.html"}
    files |= {"static/style.css"} if number >= 2 else set()
    files |= {"static/app.js"} if number == 5 else set()
    folder: Path = ROOT / f"stage-{number}"
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {path for path in found if "__pycache__" not in path} == files
