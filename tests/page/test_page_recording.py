"""The page: recording a balance, in a real Chromium, over real HTTP."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from conftest import MakeApp, Serve
from pages import (
    SAMPLES,
    NewContext,
    daily,
    day,
    error,
    field,
    form,
    give,
    headline,
    look_again,
    lose,
    opened,
    own,
    plain,
    record,
    rows,
    sample_rows,
    search,
    set_balance,
    toast,
    today,
    told,
    undo,
    written,
)
from playwright.sync_api import Locator, Page, Route, expect


def understood(page: Page) -> Locator:
    return page.locator("#understood")


def test_balance_appears_without_a_reload_and_stays(page: Page, url: str) -> None:
    opened(page, url)
    page.evaluate("window.same = true")
    set_balance(page, " 1234.5 ")
    expect(rows(page)).to_have_count(1)
    now = written(today(page, url), today(page, url))
    assert told(page)[0].startswith(f"{now} ")
    assert "R 1 234,50 first 0,00123450 0,00123450 same" in told(page)[0]
    expect(toast(page)).to_contain_text(re.compile(rf"Recorded {now}, R\s1\s234,50"))
    expect(field(page)).to_have_value("")
    expect(field(page)).to_be_focused()
    assert page.evaluate("window.same")
    page.reload()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text([re.compile("234,50")])


def test_recording_keeps_the_eye_where_it_is(new_context: NewContext, url: str) -> None:
    """The form stays where it is, the toast names what was recorded, and the row is there."""
    for options in ({"width": 1280, "height": 720}, {"width": 360, "height": 740}):
        page = new_context(viewport=options).new_page()
        give(page, url, daily(range(1, 60), today(page, url) - timedelta(days=60)))
        opened(page, url)
        record(page, "4711")
        expect(toast(page)).to_contain_text(re.compile(r"R\s4\s711,00"))
        expect(rows(page).last).to_contain_text(re.compile(r"R\s4\s711,00"))
        expect(rows(page).last).to_have_class(re.compile("newest"))
        assert page.evaluate("scrollY") == 0
        expect(field(page)).to_be_focused()


def test_record_can_be_taken_back(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "1")
    record(page, "2")
    undo(page).click()
    expect(toast(page)).to_contain_text(re.compile(r"Undone: recorded .* R\s2,00"))
    expect(rows(page)).to_have_count(1)
    assert [entry["balance"] for entry in own(page, url)] == ["1.00"]


def test_date_is_the_servers_today(
    new_context: NewContext, make_app: MakeApp, serve: Serve
) -> None:
    """On the server it is a day or two before what the browser's clock says."""
    app = make_app(TIMEZONE="Etc/GMT+12")
    context = new_context(timezone_id="Pacific/Kiritimati")
    page = opened(context.new_page(), serve(app))
    west, east = ((datetime.now(UTC) + timedelta(hours=h)).date() for h in (-12, 14))
    expect(day(page)).to_have_value(west.isoformat())
    set_balance(page, "5", east.isoformat())
    expect(error(page)).to_have_text("The date lies in the future.")
    expect(day(page)).to_be_focused()
    day(page).fill(west.isoformat())
    app.config["TIMEZONE"] = "Etc/GMT-14"  # midnight passes
    look_again(page)
    expect(day(page)).to_have_value(east.isoformat())
    record(page, "5")
    assert own(page, page.url.rstrip("/"))[0]["date"] == east.isoformat()


@pytest.mark.parametrize(
    ("typed", "reason"),
    [("0026-11-20", "before 1900"), ("1899-12-31", "before 1900"), ("", "the whole date")],
    ids=["half-typed", "early", "cleared"],
)
def test_unlikely_date_is_not_sent(page: Page, url: str, typed: str, reason: str) -> None:
    opened(page, url)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    field(page).fill("5")
    day(page).fill(typed)
    expect(understood(page)).not_to_contain_text("on ")
    day(page).press("Enter")
    expect(error(page)).to_contain_text(reason)
    expect(day(page)).to_have_attribute("aria-invalid", "true")
    assert sent == []


def test_old_statements_are_typed_in_one_after_the_other(page: Page, url: str) -> None:
    """The date stays if it was not today, and the form stays where it is."""
    opened(page, url)
    record(page, "1")
    page.evaluate("scrollTo(0, 0)")
    field(page).fill("2")
    day(page).fill("2024-02-29")
    expect(understood(page)).to_have_text(
        re.compile(r"That is R\s2,00 on 29 Feb 2024 · 0,00000200")
    )
    page.get_by_role("button", name="Record balance").click()
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_contain_text("29 Feb 2024")
    expect(day(page)).to_have_value("2024-02-29")
    expect(field(page)).to_be_focused()
    assert page.evaluate("scrollY") == 0
    day(page).fill("1900-01-01")
    set_balance(page, "3")
    expect(rows(page).first).to_contain_text("1 Jan 1900")
    assert "R 1,00" in headline(page)


def test_half_typed_form_outlives_a_reload(page: Page, url: str) -> None:
    opened(page, url)
    field(page).fill("12.")
    day(page).fill("2024-02-29")
    page.reload()
    expect(sample_rows(page)).to_have_count(SAMPLES)
    expect(field(page)).to_have_value("12.")
    expect(day(page)).to_have_value("2024-02-29")
    record(page, "13")
    page.reload()
    expect(rows(page)).to_have_count(1)
    expect(field(page)).to_have_value("")


def test_date_of_what_is_recorded_does_not_outlive_a_reload(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "5", "2024-02-29")
    expect(day(page)).to_have_value("2024-02-29")
    page.reload()
    expect(day(page)).to_have_value(today(page, url).isoformat())
    day(page).fill("2024-02-28")
    page.reload()
    expect(day(page)).to_have_value("2024-02-28")


def test_error_goes_when_the_balance_is_typed_anew(page: Page, url: str) -> None:
    opened(page, url)
    set_balance(page, "abc")
    expect(error(page)).to_contain_text("is no plain amount of rand")
    field(page).fill("1234.5")
    expect(error(page)).to_have_text("")
    expect(form(page)).to_contain_text("That is R")


def test_second_enter_after_recording_is_no_error(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "5")
    field(page).press("Enter")
    expect(error(page)).to_have_text("")
    assert len(own(page, url)) == 1


def test_date_is_todays_again_after_going_back(page: Page, url: str) -> None:
    """A browser would put back what stood there, which may be another day's today."""
    opened(page, url)
    day(page).evaluate("field => (field.value = '2024-02-29')")
    page.goto(f"{url}/api/docs")
    page.go_back()
    expect(sample_rows(page)).to_have_count(SAMPLES)
    expect(day(page)).to_have_value(today(page, url).isoformat())


def test_refused_balance_is_kept_beside_its_error(page: Page, url: str) -> None:
    opened(page, url)
    set_balance(page, "abc")
    expect(error(page)).to_contain_text("is no plain amount of rand")
    expect(field(page)).to_have_value("abc")
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_attribute("aria-invalid", "true")
    expect(field(page)).to_have_accessible_description(re.compile("is no plain amount"))
    assert own(page, url) == []
    set_balance(page, "5")
    expect(rows(page)).to_have_count(1)
    expect(error(page)).to_have_text("")
    expect(field(page)).to_have_attribute("aria-invalid", "false")


AMOUNTS = [
    ("1234.5", "R 1 234,50"),
    ("R1,234.56 Cr", "R 1 234,56"),
    ("(1\u00a0234,56)", "-R 1 234,56"),
]


def test_amounts_are_read_as_people_type_them(page: Page, url: str) -> None:
    """What was understood is shown before it is sent, and is what is recorded."""
    opened(page, url)
    for count, (typed, recorded) in enumerate(AMOUNTS, 1):
        field(page).fill(typed)
        assert plain(understood(page).inner_text()).startswith(f"That is {recorded} · "), typed
        field(page).press("Enter")
        expect(rows(page)).to_have_count(count)
        assert f" {recorded} " in told(page)[-1], typed


def test_refused_amounts_are_not_sent_and_have_the_apis_reason(page: Page, url: str) -> None:
    opened(page, url)
    reasons = {"1,234": "1,234 could mean 1234 rand or 1.23 rand: write one of them."}
    for typed in ("", "abc", "1.2345", "1234567890123"):
        answer = page.request.post(f"{url}/api/update", data={"balance": typed})
        reasons[typed] = answer.json()["errors"][0]["detail"]
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    for typed, reason in reasons.items():
        set_balance(page, typed)
        expect(error(page)).to_have_text(reason)
        expect(understood(page)).to_have_count(0)
        expect(field(page)).to_have_value(typed)
    assert sent == []


def test_what_is_understood_is_worth_what_the_server_says(page: Page, url: str) -> None:
    """In bitcoin too, to the last digit, where the quotient lies between two."""
    opened(page, url)
    for balance, worth in (("0.005", ""), ("1.23", "0,00000123"), ("-7.77", "-0,00000777")):
        field(page).fill(balance)
        assert worth in plain(understood(page).inner_text() if worth else "")
    record(page, "-7.77")
    assert "-0,00000777" in told(page)[-1]


def test_what_the_server_refuses_is_shown_at_its_field(page: Page, url: str) -> None:
    opened(page, url)
    detail = "The history has no mood for this."
    refusal = {"detail": detail, "status": 422, "errors": [{"field": "date", "detail": detail}]}
    page.route("**/api/update", lambda route: route.fulfill(status=422, json=refusal))
    set_balance(page, "5")
    expect(error(page)).to_have_text(detail)
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
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("button", name="Record balance")).to_be_visible()
    assert len(own(page, url)) == 1


def test_double_click_records_once(page: Page, url: str) -> None:
    opened(page, url)
    field(page).fill("5")
    page.get_by_role("button", name="Record balance").dblclick()
    expect(toast(page)).to_contain_text("Recorded")
    assert len(own(page, url)) == 1


def test_lost_answer_is_found_out_and_told(page: Page, url: str) -> None:
    """The page looks what became of it, so that nobody has to send it again."""
    opened(page, url)
    page.route("**/api/update", lose, times=1)
    set_balance(page, "5")
    expect(toast(page)).to_contain_text(re.compile(r"Recorded .*R\s5,00"))
    expect(field(page)).to_have_value("")
    expect(error(page)).to_have_text("")
    assert len(own(page, url)) == 1


def test_what_was_recorded_and_deleted_can_be_recorded_again(page: Page, url: str) -> None:
    """The values are the same, but this is no repeat."""
    opened(page, url)
    record(page, "5")
    undo(page).click()
    expect(rows(page)).to_have_count(0)
    expect(toast(page)).to_contain_text("Undone")
    record(page, "5")
    expect(rows(page)).to_have_count(1)


def test_new_balance_shows_also_while_another_is_searched_for(page: Page, url: str) -> None:
    opened(page, url)
    search(page).fill("nothing")
    expect(rows(page)).to_have_count(0)
    record(page, "5")
    expect(rows(page)).to_have_count(1)


def test_answer_takes_the_focus_from_nobody(page: Page, url: str) -> None:
    opened(page, url)
    held: list[Route] = []
    page.route("**/api/update", lambda route: held.append(route), times=1)
    set_balance(page, "5")
    while not held:
        page.wait_for_timeout(20)
    search(page).fill("2026")
    held[0].continue_()
    expect(toast(page)).to_contain_text("Recorded")
    expect(search(page)).to_be_focused()
    expect(search(page)).to_have_value("2026")


# The date


def today_button(page: Page) -> Locator:
    return form(page).get_by_role("button", name="Today")


def test_date_of_another_day_goes_back_by_a_button_and_by_itself(page: Page, url: str) -> None:
    page.clock.install()
    opened(page, url)
    now = day(page).input_value()
    expect(today_button(page)).to_have_count(0)
    day(page).fill("2024-02-29")
    today_button(page).click()
    expect(day(page)).to_have_value(now)
    expect(day(page)).to_be_focused()
    day(page).fill("2024-02-29")
    page.clock.run_for(90_000)
    field(page).fill("5")
    page.clock.run_for(110_000)
    expect(day(page)).to_have_value("2024-02-29")
    page.clock.run_for(15_000)
    expect(day(page)).to_have_value(now)
    expect(field(page)).to_have_value("5")
    expect(form(page)).to_contain_text("The date is today’s again.")


def test_date_of_another_day_goes_back_when_a_day_begins(
    page: Page, make_app: MakeApp, serve: Serve
) -> None:
    app = make_app(TIMEZONE="Etc/GMT+12")
    opened(page, serve(app))
    record(page, "5", "2024-02-29")
    expect(day(page)).to_have_value("2024-02-29")
    app.config["TIMEZONE"] = "Etc/GMT-14"  # midnight passes
    look_again(page)
    expect(today_button(page)).to_have_count(0)
    record(page, "6")
    dates = [entry["date"] for entry in own(page, page.url.rstrip("/"))]
    assert dates == ["2024-02-29", day(page).input_value()]


def test_day_begins_without_a_line_too(page: Page, url: str) -> None:
    page.clock.install()
    opened(page, url)
    before = today(page, url)
    page.context.set_offline(True)
    page.clock.fast_forward("24:00:00")
    expect(day(page)).to_have_value((before + timedelta(days=1)).isoformat())


def test_second_balance_of_a_day_is_told_before_it_is_recorded(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "5100")
    expect(form(page)).not_to_contain_text("already")
    field(page).fill("5")
    now = written(today(page, url), today(page, url))
    expect(form(page).locator(".hint")).to_contain_text(
        re.compile(rf"{now} has R\s5\s100,00 already; this is a second one\.")
    )
    day(page).fill("2024-02-29")
    expect(form(page)).not_to_contain_text("already")


# An overdraft


def test_overdraft_is_a_button_and_a_typed_minus(page: Page, url: str) -> None:
    opened(page, url)
    button = form(page).get_by_role("button", name="Overdraft")
    field(page).press("Shift+Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Space")
    expect(button).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    page.keyboard.type("50")
    assert "That is -R 50,00" in plain(understood(page).inner_text())
    button.click()
    expect(field(page)).to_have_value("50")
    expect(field(page)).to_be_focused()
    for typed, other in (("-50", "50"), ("(1,234.56)", "1\u00a0234,56")):
        field(page).fill(typed)
        expect(button).to_have_attribute("aria-pressed", "true")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "false")
        expect(field(page)).to_have_value(other)
    button.click()
    field(page).press("Enter")
    expect(toast(page)).to_contain_text("Recorded")
    assert [entry["balance"] for entry in own(page, url)] == ["-1234.56"]


def test_errors_do_not_push_the_button(page: Page, url: str) -> None:
    opened(page, url)
    button = page.get_by_role("button", name="Record balance")
    before = button.bounding_box()
    field(page).fill("x" * 40)
    button.click()
    expect(error(page)).to_contain_text("is no plain amount")
    assert button.bounding_box() == before


def test_enter_that_ends_a_composition_sends_nothing(page: Page, url: str) -> None:
    opened(page, url)
    field(page).fill("5")
    press = """(field, isComposing) => field.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, isComposing })
    )"""
    assert not field(page).evaluate(press, True), "it is prevented"
    assert field(page).evaluate(press, False)
