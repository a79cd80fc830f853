"""The page: its headline and price, and how it keeps up to date, in a real Chromium."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from conftest import OUTSIDE, Cdn, MakeApp, Serve
from flask import Flask
from pages import (
    NO_LUNO,
    SAMPLES,
    SCHEMES,
    NewContext,
    daily,
    delete,
    error,
    field,
    from_menu,
    give,
    headline,
    look_again,
    notice,
    opened,
    own,
    plain,
    record,
    rows,
    sample_rows,
    search,
    set_balance,
    set_price,
    start_fresh,
    toast,
    today,
    told,
    violations,
    wide,
    written,
)
from playwright.sync_api import Browser, Locator, Page, Request, Route, expect

from demo.luno import Luno


def price(page: Page) -> Locator:
    return page.get_by_role("region", name="Bitcoin price")


def choose(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


# The headline


def test_newcomer_sees_samples_marked_as_such(page: Page, url: str) -> None:
    opened(page, url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Account History")
    expect(rows(page)).to_have_count(0)
    expect(sample_rows(page).get_by_text("Sample")).to_have_count(SAMPLES)
    assert "Sample R 14 730,90 In bitcoin now 0,01473090 BTC Made up" in headline(page)
    expect(page.get_by_text("These 12 balances are samples.")).to_be_visible()
    expect(sample_rows(page).last).to_contain_text(re.compile(r"R\s14\s730,90"))


def test_headline_tells_balance_change_and_bitcoin(page: Page, url: str) -> None:
    now = today(page, url)
    before = now - timedelta(days=20)
    give(page, url, [f"{before},100.10", f"{now},-0.05"])
    opened(page, url)
    assert headline(page) == (
        f"Current balance, {written(now, now)} -R 0,05 In bitcoin now -0,00000005 BTC "
        f"▼ -R 100,15 since {written(before, now)}"
    )
    record(page, "999999999999.99")
    assert "R 999 999 999 999,99" in headline(page)
    assert "▲ +R 999 999 999 899,89" in headline(page)


def test_change_from_an_overdraft_has_no_percentage(page: Page, url: str) -> None:
    now = today(page, url)
    give(page, url, [f"{now - timedelta(days=9)},-50", f"{now},100"])
    opened(page, url)
    assert "▲ +R 150,00 since" in headline(page)


@pytest.mark.parametrize("width", [320, 1080, 1280, 1920])
def test_largest_figures_fit(new_context: NewContext, url: str, width: int) -> None:
    page = new_context(viewport={"width": width, "height": 900}).new_page()
    now = today(page, url)
    give(page, url, [f"{now - timedelta(days=9)},999999999999.99", f"{now},-999999999999.99"])
    opened(page, url)
    parts = page.locator(".figure, .second, .chip, .record, .price, .history")
    boxes = parts.evaluate_all("parts => parts.map(part => part.getBoundingClientRect().toJSON())")
    assert len(boxes) == 6
    assert page.locator(".figure").evaluate("figure => figure.scrollWidth <= figure.clientWidth")
    for number, one in enumerate(boxes):
        assert one["right"] <= width
        for other in boxes[:number]:
            beside = one["left"] >= other["right"] or one["right"] <= other["left"]
            assert beside or one["top"] >= other["bottom"] or one["bottom"] <= other["top"]


def test_backdated_entry_does_not_become_the_current_balance(page: Page, url: str) -> None:
    now = today(page, url)
    give(page, url, [f"{now},7"])
    opened(page, url)
    record(page, "5", str(now - timedelta(days=10)))
    assert f"Current balance, {written(now, now)} R 7,00" in headline(page)
    assert f"+R 2,00 · +40,0 % since {written(now - timedelta(days=10), now)}" in headline(page)


def test_headline_compares_with_a_day_before_not_with_an_hour_ago(page: Page, url: str) -> None:
    now = today(page, url)
    give(page, url, [f"{now - timedelta(days=1)},100", f"{now},150", f"{now},160"])
    opened(page, url)
    assert "+R 60,00 · +60,0 % since" in headline(page)


def test_change_follows_the_chosen_range_which_is_remembered(page: Page, url: str) -> None:
    """It is the change from the balance that was carried into the range."""
    now = today(page, url)
    days = [now - timedelta(days=back) for back in (900, 800, 100, 20, 0)]
    give(page, url, [f"{day},{number}0" for number, day in enumerate(days, 1)])
    opened(page, url)
    for name, change in (("1M", "+R 20,00"), ("6M", "+R 30,00"), ("All", "+R 40,00")):
        choose(page, name)
        assert change in headline(page), name
    assert f"since {written(days[0], now)}" in headline(page)
    page.reload()
    expect(page.get_by_role("button", name="All")).to_have_attribute("aria-pressed", "true")
    assert "+R 40,00" in headline(page)


def test_range_without_a_second_balance_compares_with_the_last_before(page: Page, url: str) -> None:
    now = today(page, url)
    before = now - timedelta(days=200)
    give(page, url, [f"{now - timedelta(days=300)},1", f"{before},5", f"{now},7"])
    opened(page, url)
    choose(page, "1M")
    assert f"+R 2,00 · +40,0 % since {written(before, now)}" in headline(page)


def test_change_speaks_bitcoin_where_the_chart_does(page: Page, url: str) -> None:
    """From the first day whose rate is known, at that rate, to the value beside it."""
    now = today(page, url)
    first, second, third = (now - timedelta(days=back) for back in (30, 20, 10))
    rate = ",,,500000.00"
    give(page, url, [f"{first},900", f"{second},1000{rate}", f"{third},1500{rate}"])
    opened(page, url)
    choose(page, "Bitcoin")
    assert f"▼ -0,00050000 BTC · -25,0 % since {written(second, now)}" in headline(page)


def test_percentage_in_bitcoin_does_not_depend_on_its_rounding(page: Page, url: str) -> None:
    """One cent is 2 and 1 units of bitcoin: by the rates, 0.000000017 and 0.00000001."""
    now = today(page, url)
    give(page, url, [f"{now - timedelta(days=9)},0.01,,,600000.00", f"{now},0.01,,,1000000.00"])
    opened(page, url)
    choose(page, "Bitcoin")
    assert "▼ -0,00000001 BTC · -40,0 % since" in headline(page)


def test_first_balance_and_an_unchanged_one_show_no_gain(page: Page, url: str) -> None:
    now = today(page, url)
    give(page, url, [f"{now - timedelta(days=3)},5"])
    opened(page, url)
    assert "Your first day" in headline(page)
    assert "▲" not in headline(page)
    record(page, "5")
    assert "no change since" in headline(page)
    expect(page.locator(".chip")).to_have_class("chip nil")


def test_samples_are_never_compared_with_own_balances(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "5", "2020-01-01")
    assert headline(page).startswith("Current balance, 1 Jan 2020 R 5,00 In bitcoin now 0,00000500")
    assert "Your first day" in headline(page)
    assert "R 5,00 first" in told(page)[0]
    expect(sample_rows(page).first).to_contain_text("first")


# The price


def test_price_tells_its_age_and_what_became_of_it(
    page: Page, url: str, app: Flask, luno: Luno
) -> None:
    now = today(page, url)
    give(page, url, [f"{now - timedelta(days=9)},10,,,800000.00", f"{now},11"])
    opened(page, url)
    assert "Bitcoin price 1 BTC = R 1 000 000,00 Luno · " in plain(price(page).inner_text())
    expect(price(page)).to_contain_text("just now")
    expect(price(page)).to_contain_text(f"Price since {written(now - timedelta(days=9), now)}")
    expect(price(page)).to_contain_text("+25,0")


def test_headline_and_table_follow_a_new_price(
    page: Page, url: str, app: Flask, luno: Luno
) -> None:
    """The value then stays, the value now changes in place."""
    opened(page, url)
    record(page, "1000")
    assert "0,00100000 0,00100000 same" in told(page)[-1]
    row = rows(page).last.element_handle()
    set_price(app, luno, "800000.00")
    look_again(page)
    expect(rows(page).last).to_contain_text("0,00125000")
    assert "0,00125000 0,00100000 -20,0 %" in told(page)[-1]
    assert page.evaluate("row => row.isConnected", row)
    assert "In bitcoin now 0,00125000 BTC" in headline(page)


def test_other_rows_follow_a_price_that_came_with_a_record(
    page: Page, url: str, app: Flask, luno: Luno
) -> None:
    """What is answered is the new entry alone, at a price that the others are not shown at yet."""
    opened(page, url)
    record(page, "1000")
    set_price(app, luno, "800000.00")
    record(page, "2000")
    expect(rows(page).last).to_contain_text("0,00250000")
    expect(rows(page).first).to_contain_text("0,00125000")


def test_nothing_is_drawn_again_while_only_seconds_pass(page: Page, url: str) -> None:
    """A price tells its age in minutes."""
    page.clock.install(time=datetime.now(UTC))
    opened(page, url)
    expect(price(page)).to_contain_text("just now")
    page.route("**/api/balances", lambda route: None)  # an answer would have the server's time
    page.evaluate("""window.drawn = 0;
        new MutationObserver((all) => (window.drawn += all.length)).observe(
            document.querySelector("main"),
            { subtree: true, childList: true, characterData: true, attributes: true })""")
    page.clock.run_for(40_000)
    assert page.evaluate("window.drawn") == 0
    page.clock.run_for(25_000)
    expect(price(page)).to_contain_text(re.compile(r"1\smin ago"))


def test_old_price_says_how_old_and_what_it_waits_for(page: Page, url: str, luno: Luno) -> None:
    luno.ticker = {"timestamp": 1527784000000}
    opened(page, url)
    expect(price(page)).to_contain_text(re.compile(r"\d+\sdays ago, waiting for a newer one"))
    assert re.search(r"In bitcoin, \d+ days ago", headline(page))


def test_missing_price_is_said_and_nothing_is_made_up(
    page: Page, make_app: MakeApp, serve: Serve
) -> None:
    opened(page, serve(make_app(LUNO_URLS=NO_LUNO)))
    record(page, "5")
    assert "No price yet Luno did not answer · trying again" in plain(price(page).inner_text())
    assert "In bitcoin waiting for a price" in headline(page)
    expect(page.get_by_role("columnheader")).to_have_text(
        [re.compile("Date"), "Balance", "Change", "Edit or delete"]
    )
    field(page).fill("7")
    expect(form_hint(page)).to_have_text(re.compile(r"^\s*That is R\s7,00\s*$"))


def form_hint(page: Page) -> Locator:
    return page.locator("#understood")


# How it keeps up to date


def test_page_looks_again_every_minute_while_it_is_in_view(page: Page, url: str) -> None:
    page.clock.install(time=datetime.now(UTC))
    opened(page, url)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    with page.expect_response("**/api/balances") as answer:
        page.clock.run_for(60_000)
    assert answer.value.status == 304
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, writable: true })")
    page.clock.run_for(600_000)
    assert len(asked) == 1
    expect(price(page)).to_contain_text(re.compile(r"1\d\smin ago, waiting"))
    with page.expect_response("**/api/balances"):
        page.evaluate("document.hidden = false")
        look_again(page)
    expect(price(page)).not_to_contain_text("waiting")  # the server's clock has not moved


def test_entry_of_one_tab_appears_in_the_other(new_context: NewContext, url: str) -> None:
    context = new_context()
    one, other = context.new_page(), context.new_page()
    opened(one, url)
    assert [cookie.get("name") for cookie in context.cookies()] == ["good_bank"]
    opened(other, url)
    record(one, "1")
    expect(rows(other)).to_have_count(1)
    record(other, "2")
    expect(rows(one)).to_have_count(2)


def test_fresh_start_in_one_tab_is_told_in_the_other(new_context: NewContext, url: str) -> None:
    context = new_context()
    one, other = opened(context.new_page(), url), opened(context.new_page(), url)
    record(one, "1")
    start_fresh(one)
    expect(toast(other)).to_contain_text("Everything was deleted in another tab.")
    expect(other.get_by_text("Your history starts")).to_be_visible()
    expect(notice(other)).to_have_count(0)


def test_what_another_tab_does_during_an_action_is_not_missed(
    new_context: NewContext, url: str
) -> None:
    context = new_context()
    one, other = opened(context.new_page(), url), opened(context.new_page(), url)
    held: list[tuple[Route, Any]] = []
    one.route("**/api/update", lambda route: held.append((route, route.fetch())), times=1)
    set_balance(one, "1")
    while not held:
        one.wait_for_timeout(20)
    other.get_by_role("button", name="Remove samples").click()
    expect(sample_rows(other)).to_have_count(0)
    route, answer = held[0]
    route.fulfill(response=answer)
    expect(rows(one)).to_have_count(1)
    expect(sample_rows(one)).to_have_count(0)


def test_answer_older_than_the_one_shown_is_dropped(page: Page, url: str) -> None:
    opened(page, url)
    held: list[Route] = []
    page.route("**/api/balances", lambda route: route.fallback() if held else held.append(route))
    look_again(page)
    record(page, "5")
    assert len(held) == 1
    with page.expect_response("**/api/balances"):
        held[0].fulfill(json={"balances": [], "rate": None})
    expect(rows(page)).to_have_count(1)


def test_refresh_that_a_record_overtook_is_repeated(page: Page, url: str) -> None:
    """It may have known of what the record's answer, the new entry alone, does not."""
    opened(page, url)
    held: list[tuple[Route, Any]] = []
    page.request.post(f"{url}/api/update", form={"balance": "1"})
    page.route(
        "**/api/balances",
        lambda route: route.fallback() if held else held.append((route, route.fetch())),
    )
    look_again(page)
    record(page, "2")
    route, answer = held[0]
    route.fulfill(response=answer)
    expect(rows(page)).to_have_count(2)
    expect(rows(page).last).to_contain_text(re.compile(r"R\s2,00"))


def test_page_says_when_the_history_has_become_another_one(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "1")
    page.context.clear_cookies()
    record(page, "2")
    expect(notice(page)).to_contain_text("This is another history")
    expect(notice(page).get_by_role("button", name="I have a key…")).to_be_visible()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text([re.compile(r"R\s2,00")])
    notice(page).get_by_role("button", name="Close").click()
    expect(notice(page)).to_have_count(0)


def test_history_that_another_device_wiped_is_told(
    page: Page, new_context: NewContext, url: str
) -> None:
    """By the next look, also where the visitor changes something before it."""
    opened(page, url)
    record(page, "1")
    record(page, "2")
    key = page.request.post(f"{url}/api/key").json()["key"]
    device = {"Authorization": f"Bearer {key}"}
    new_context().request.delete(f"{url}/api/balances", headers=device)
    look_again(page)
    expect(notice(page).get_by_role("alert")).to_have_text(
        "Everything was deleted on another device."
    )
    expect(sample_rows(page)).to_have_count(SAMPLES)
    record(page, "3")
    expect(notice(page)).to_have_count(1)
    notice(page).get_by_role("button", name="Close").click()
    record(page, "4")
    expect(notice(page)).to_have_count(0)


def test_record_after_another_device_wiped_the_history_is_told(
    page: Page, new_context: NewContext, url: str
) -> None:
    opened(page, url)
    record(page, "1")
    key = page.request.post(f"{url}/api/key").json()["key"]
    device = {"Authorization": f"Bearer {key}"}
    new_context().request.delete(f"{url}/api/balances", headers=device)
    record(page, "2")
    expect(notice(page).get_by_role("alert")).to_contain_text(
        "Everything was deleted on another device"
    )


def test_balances_deleted_one_by_one_on_another_device_are_told_of_when_none_is_left(
    page: Page, url: str
) -> None:
    give(page, url, daily((1, 2), date(2024, 1, 1)))
    opened(page, url)
    for left, entry in ((1, own(page, url)[0]), (0, own(page, url)[1])):
        page.request.delete(f"{url}/api/balances/{entry['id']}")
        look_again(page)
        expect(rows(page)).to_have_count(left)
        expect(notice(page)).to_have_count(1 - left)


def test_balances_deleted_in_this_browser_are_no_alarm(new_context: NewContext, url: str) -> None:
    context = new_context()
    one, other = context.new_page(), context.new_page()
    give(one, url, daily((1, 2), date(2024, 1, 1)))
    opened(one, url)
    opened(other, url)
    for left in (1, 0):
        delete(one)
        expect(rows(one)).to_have_count(left)
        expect(rows(other)).to_have_count(left)
    for page in (one, other):
        look_again(page)
        expect(notice(page)).to_have_count(0)


def test_lost_cookie_is_noticed_without_recording(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "1")
    page.context.clear_cookies()
    look_again(page)
    expect(notice(page)).to_contain_text("This is another history")


def test_offline_is_said_until_back(page: Page, url: str) -> None:
    opened(page, url)
    page.context.set_offline(True)
    expect(notice(page)).to_contain_text("You are offline. What is shown may be out of date")
    expect(price(page)).to_contain_text("Good Bank cannot be reached")
    set_balance(page, "5")
    expect(rows(page)).to_contain_text("waiting to be sent")
    page.context.set_offline(False)
    expect(notice(page)).to_have_count(0)
    expect(rows(page)).not_to_contain_text("waiting")
    expect(price(page)).not_to_contain_text("cannot be reached")


def test_server_that_comes_back_is_found_by_itself(page: Page, url: str) -> None:
    page.clock.install()
    opened(page, url)
    page.route("**/api/balances", lambda route: route.fulfill(status=503, body=""), times=1)
    look_again(page)
    expect(notice(page)).to_contain_text("out of date")
    page.clock.run_for(5_000)
    expect(notice(page)).to_have_count(0)


def test_slow_server_is_asked_once_at_a_time(page: Page, url: str) -> None:
    """Although its answers take longer than the page waits between two tries."""
    page.clock.install()
    opened(page, url)
    page.route("**/api/balances", lambda route: route.abort(), times=1)
    look_again(page)
    expect(notice(page)).to_be_visible()
    held: list[Route] = []
    page.route("**/api/balances", lambda route: held.append(route))
    with page.expect_request("**/api/balances"):
        page.clock.run_for(5_000)
    page.clock.run_for(15_000)
    page.evaluate("fetch('/api/health')")  # what was asked before has arrived by then
    assert len(held) == 1
    held[0].continue_()
    expect(notice(page)).to_have_count(0)


def test_history_that_cannot_be_fetched_can_be_fetched_again(page: Page, url: str) -> None:
    loading(page, url)[0].abort()
    expect(notice(page)).to_contain_text("cannot be reached")
    expect(page.get_by_text("No price yet")).to_have_count(0)
    page.get_by_role("button", name="Load again").click()
    expect(sample_rows(page)).to_have_count(SAMPLES)
    expect(notice(page)).to_have_count(0)


def test_refused_cookies_are_said(new_context: NewContext, url: str) -> None:
    context = new_context()
    context.add_init_script("Object.defineProperty(navigator, 'cookieEnabled', { value: false })")
    page = opened(context.new_page(), url)
    expect(notice(page)).to_contain_text("This browser refuses cookies")


# What it looks like


def loading(page: Page, url: str) -> list[Route]:
    """Open the page, and return the request for its history, which is held."""
    held: list[Route] = []
    page.route("**/api/balances", lambda route: held.append(route), times=1)
    page.goto(url)
    while not held:
        page.wait_for_timeout(20)
    return held


PLACES = """["record", "price", "chart", "history"].map((name) =>
    Math.round(document.querySelector(`.${name}`).getBoundingClientRect().y))"""


@pytest.mark.parametrize("width", [360, 900, 1280, 1920])
def test_loading_has_the_shape_of_the_page(new_context: NewContext, url: str, width: int) -> None:
    """Nothing moves when the history comes, and nothing can be typed that would be lost."""
    page = new_context(viewport={"width": width, "height": 900}).new_page()
    give(page, url, ["2024-01-01,1", "2024-01-02,2"])
    held = loading(page, url)
    expect(page.get_by_role("status").filter(has_text="Loading your balances…")).to_be_attached()
    expect(page.locator("input, button")).to_have_count(0)
    before = page.evaluate(PLACES)
    held[0].continue_()
    expect(rows(page)).to_have_count(2)
    assert page.evaluate(PLACES) == before


def test_a_start_that_takes_long_offers_to_reload(page: Page, url: str) -> None:
    page.route("**/main.js", lambda route: route.fulfill(status=500))
    page.goto(url)
    late = page.get_by_text("This takes longer than usual.")
    expect(late).to_be_hidden()
    page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
    expect(late).to_be_visible()
    expect(page.get_by_role("link", name="Reload")).to_be_visible()


def test_error_in_drawing_is_told_and_offers_to_reload(
    browser: Browser, url: str, cdn: Cdn
) -> None:
    """An answer that no version of the server gives."""
    context = browser.new_context(service_workers="block")
    context.route(OUTSIDE, cdn)
    page = context.new_page()
    balances = [{"id": "1", "date": "2024-01-01", "balance": None, "sample": False}]
    page.route("**/api/balances", lambda route: route.fulfill(json={"balances": balances}))
    page.goto(url)
    expect(notice(page)).to_contain_text("Something went wrong")
    expect(notice(page).get_by_role("link", name="Reload")).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", [360, 900, 1280, 1920])
def test_no_width_scrolls_sideways(new_context: NewContext, url: str, width: int) -> None:
    page = new_context(viewport={"width": width, "height": 900}).new_page()
    now = today(page, url)
    give(page, url, [f"{now - timedelta(days=1)},999999999999.99", f"{now},-999999999999.99"])
    opened(page, url)
    set_balance(page, "x" * 80)
    expect(error(page)).not_to_be_empty()
    assert wide(page) == width
    page.get_by_role("button", name="Start fresh…").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert wide(page) == width


def test_page_is_dark_where_that_is_preferred(page: Page, url: str) -> None:
    opened(page, url)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        dark = sum(int(part) for part in re.findall(r"\d+", background)) < 3 * 128
        assert dark == (scheme == "dark")


def test_form_is_on_the_first_screen_of_a_phone(new_context: NewContext, url: str) -> None:
    page = new_context(viewport={"width": 360, "height": 740}, has_touch=True).new_page()
    opened(page, url)
    record(page, "5", "2026-01-01")
    page.reload()
    expect(page.get_by_role("button", name="Record")).to_be_in_viewport(ratio=1)
    expect(field(page)).to_be_in_viewport(ratio=1)


def test_side_leads_to_the_balances_and_keeps_what_is_typed(page: Page, url: str) -> None:
    opened(page, url)
    field(page).fill("12.34")
    page.get_by_role("link", name="Balances").click()
    expect(sample_rows(page)).to_have_count(SAMPLES)
    expect(field(page)).to_have_value("12.34")
    expect(search(page)).to_be_visible()


def test_side_exports_a_workbook_and_a_csv(page: Page, url: str) -> None:
    opened(page, url)
    menu = page.locator("summary", has_text="Export")
    menu.click()
    expect(page.get_by_text("nothing of your own to export yet")).to_be_visible()
    record(page, "5")
    for name, file in (("Excel workbook", "good-bank.xlsx"), ("CSV", "good-bank.csv")):
        with page.expect_download() as download:
            from_menu(page, "Export", name)
        assert download.value.suggested_filename == file


@pytest.mark.parametrize("width", [360, 1280])
def test_menu_closes_by_escape_and_from_outside(
    new_context: NewContext, url: str, width: int
) -> None:
    page = opened(new_context(viewport={"width": width, "height": 800}).new_page(), url)
    menu = page.locator("summary", has_text="Devices")
    assert all(box["height"] >= 44 for box in map(Locator.bounding_box, rail(page)) if box)
    menu.click()
    expect(page.get_by_role("button", name="I have a key…")).to_be_in_viewport(ratio=1)
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="I have a key…")).to_have_count(0)
    expect(menu).to_be_focused()
    menu.click()
    page.get_by_text("Current balance,").click(position={"x": 4, "y": 4})
    expect(page.get_by_role("button", name="I have a key…")).to_have_count(0)


def rail(page: Page) -> list[Locator]:
    return page.locator("#rail > a, #rail > button, #rail summary").all()


def test_browser_that_is_too_old_is_told(new_context: NewContext, url: str) -> None:
    context = new_context()
    context.add_init_script("CSS.supports = () => false")
    page = context.new_page()
    page.goto(url)
    expect(notice(page)).to_contain_text("this browser is too old")
    expect(notice(page).get_by_role("link", name="Reload")).to_be_visible()


def test_type_follows_the_font_size_of_the_browser(page: Page, url: str) -> None:
    opened(page, url)
    size = "element => parseFloat(getComputedStyle(element).fontSize)"
    parts = ("body", ".figure", ".tag", ".rail a", ".value", ".pills button")
    before = [page.locator(part).first.evaluate(size) for part in parts]
    session = page.context.new_cdp_session(page)
    session.send("Page.setFontSizes", {"fontSizes": {"standard": 18}})
    after = [page.locator(part).first.evaluate(size) for part in parts]
    assert after == [size * 1.125 for size in before]
