"""The page: recording a balance, in a real Chromium, over real HTTP."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from conftest import MakeApp, Serve
from pages import (
    SAMPLES,
    NewContext,
    day,
    field,
    look_again,
    lose,
    opened,
    record,
    rows,
    said,
    set_balance,
    summary,
)
from playwright.sync_api import Page, Route, expect


def test_a_balance_appears_without_a_reload_and_stays(page: Page, url: str) -> None:
    opened(page, url)
    page.evaluate("window.same = true")
    set_balance(page, " 1234.5 ")
    expect(rows(page)).to_have_count(SAMPLES + 1)
    expect(rows(page).last).to_have_text(re.compile(r"\d{4}-\d\d-\d\d\s*R\s1\s234,50\s*0,00123450"))
    expect(rows(page).last.locator(".tag")).to_have_count(0)
    expect(said(page)).to_have_text(re.compile(r"R\s1\s234,50 is recorded for \d{4}-\d\d-\d\d\."))
    expect(field(page)).to_have_value("")
    expect(field(page)).to_be_focused()
    assert page.evaluate("window.same")
    page.reload()
    expect(rows(page)).to_have_count(SAMPLES + 1)
    expect(rows(page).last).to_contain_text("234,50")


def test_the_date_is_the_servers_today(
    new_context: NewContext, make_app: MakeApp, serve: Serve
) -> None:
    """On the server it is a day or two before what the browser's clock says."""
    app = make_app(TIMEZONE="Etc/GMT+12")
    context = new_context(timezone_id="Pacific/Kiritimati")
    page = opened(context.new_page(), serve(app))
    west, east = ((datetime.now(UTC) + timedelta(hours=h)).date() for h in (-12, 14))
    expect(day(page)).to_have_value(west.isoformat())
    set_balance(page, "5", east.isoformat())
    assert day(page).evaluate("date => date.validity.rangeOverflow")
    expect(rows(page)).to_have_count(SAMPLES)
    day(page).fill(west.isoformat())
    app.config["TIMEZONE"] = "Etc/GMT-14"  # midnight passes
    look_again(page)
    expect(day(page)).to_have_value(east.isoformat())
    record(page, "5")
    expect(rows(page).last).to_contain_text(east.isoformat())


def test_an_earlier_day_keeps_its_place(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "1")
    field(page).fill("2")
    day(page).fill("2024-02-29")
    expect(page.locator("#understood")).to_have_text(re.compile(r"That is R\s2,00 on 2024-02-29\."))
    page.get_by_role("button", name="Set balance").click()
    expect(rows(page).nth(SAMPLES)).to_contain_text("2024-02-29")
    expect(day(page)).not_to_have_value("2024-02-29")
    assert "Current balance R 1,00" in summary(page)


def test_a_refused_balance_is_kept_beside_its_error(page: Page, url: str) -> None:
    opened(page, url)
    set_balance(page, "abc")
    alert = page.locator("#error")
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
        ("-0", "R 0,00"),
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
    expect(page.locator("#error")).to_contain_text(reason)
    expect(page.locator("#understood")).to_have_text("")
    expect(field(page)).to_have_value(typed)
    assert sent == []


def test_what_the_server_refuses_is_shown(page: Page, url: str) -> None:
    opened(page, url)
    detail = "The history has no mood for this."
    refusal = {"detail": detail, "status": 422, "errors": [{"field": "date", "detail": detail}]}
    page.route("**/api/update", lambda route: route.fulfill(status=422, json=refusal))
    set_balance(page, "5")
    expect(page.locator("#error")).to_have_text(detail)
    expect(field(page)).to_have_attribute("aria-invalid", "false")
    expect(day(page)).to_have_attribute("aria-invalid", "true")


def test_sending_twice_at_once_records_once(page: Page, url: str) -> None:
    opened(page, url)
    routes: list[Route] = []
    page.route("**/api/update", lambda route: routes.append(route))
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

    page.route("**/api/update", lose, times=1)
    set_balance(page, "5")
    expect(page.locator("#error")).to_contain_text("cannot be reached")
    expect(field(page)).to_have_value("5")
    expect(rows(page)).to_have_count(SAMPLES + 1)  # the page has looked
    field(page).press("Enter")
    expect(said(page)).to_contain_text("is recorded")
    expect(rows(page)).to_have_count(SAMPLES + 1)
    record(page, "5")
    expect(rows(page)).to_have_count(SAMPLES + 2)


def test_what_was_recorded_and_deleted_can_be_recorded_again(page: Page, url: str) -> None:
    """Although the answer was lost and the values are the same: this is no repeat."""
    opened(page, url)

    page.route("**/api/update", lose, times=1)
    set_balance(page, "5")
    rows(page).nth(SAMPLES).get_by_role("button").click()
    expect(rows(page)).to_have_count(SAMPLES)
    field(page).press("Enter")
    expect(rows(page)).to_have_count(SAMPLES + 1)


def test_a_cleared_date_promises_nothing(page: Page, url: str) -> None:
    opened(page, url)
    day(page).fill("")
    set_balance(page, "5")
    expect(page.locator("#understood")).to_have_text("")
    expect(rows(page)).to_have_count(SAMPLES)


def test_a_new_balance_shows_also_while_another_is_searched_for(page: Page, url: str) -> None:
    opened(page, url)
    page.get_by_label("Find a date").fill("nothing")
    expect(rows(page)).to_have_count(0)
    record(page, "5")
    expect(rows(page)).to_have_count(SAMPLES + 1)


def test_another_page_in_place_of_an_answer_is_put_in_words(page: Page, url: str) -> None:
    opened(page, url)
    page.route("**/api/update", lambda route: route.fulfill(body="<html>"), times=1)
    set_balance(page, "5")
    expect(page.locator("#error")).to_contain_text("Something other than Good Bank")
    expect(field(page)).to_have_attribute("aria-invalid", "false")
    expect(rows(page)).to_have_count(SAMPLES)


def test_an_error_page_of_a_proxy_is_put_in_words(page: Page, url: str) -> None:
    opened(page, url)
    page.route("**/api/update", lambda route: route.fulfill(status=502, body="<html>"))
    set_balance(page, "5")
    expect(page.locator("#error")).to_contain_text("error 502")


def test_a_repeat_keeps_its_place(page: Page, url: str) -> None:
    opened(page, url)
    page.route("**/api/update", lose, times=1)
    set_balance(page, "100")
    expect(page.locator("#error")).to_contain_text("cannot be reached")
    page.request.post(f"{url}/api/update", form={"balance": "200"})
    look_again(page)
    expect(rows(page)).to_have_count(SAMPLES + 2)
    record(page, "100")
    expect(rows(page)).to_have_count(SAMPLES + 2)
    assert "Current balance R 200,00" in summary(page)


def test_a_repeat_of_what_was_deleted_since_is_told(page: Page, url: str) -> None:
    opened(page, url)
    page.route("**/api/update", lose, times=1)
    set_balance(page, "77")
    expect(page.locator("#error")).to_contain_text("cannot be reached")
    (entry,) = (e for e in page.request.get(f"{url}/api/balances").json()["balances"] if e["id"])
    page.request.delete(f"{url}/api/balances/{entry['id']}")
    set_balance(page, "77")
    expect(page.locator("#error")).to_contain_text("deleted since")
    expect(rows(page)).to_have_count(SAMPLES)
    record(page, "77")
    expect(rows(page)).to_have_count(SAMPLES + 1)


def test_an_answer_takes_the_focus_from_nobody(page: Page, url: str) -> None:
    opened(page, url)
    held: list[Route] = []
    page.route("**/api/update", lambda route: held.append(route), times=1)
    set_balance(page, "5")
    search = page.get_by_role("searchbox")
    search.fill("2026")
    held[0].continue_()
    expect(said(page)).to_contain_text("is recorded")
    expect(search).to_be_focused()
    expect(search).to_have_value("2026")
