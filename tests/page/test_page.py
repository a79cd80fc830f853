"""The page: its headline and price, and how it keeps up to date, in a real Chromium."""

import re
from datetime import UTC, datetime, timedelta

from flask import Flask
from pages import Bank, NewContext, set_price
from playwright.sync_api import APIResponse, Locator, Page, Request, Route, expect

from demo.luno import Luno


def price(page: Page) -> Locator:
    return page.get_by_role("region", name="Bitcoin price")


def expect_headline(page: Page, text: str) -> None:
    region = page.get_by_role("region", name="Current balance")
    expect(region).to_contain_text(text.replace("-", "−"), use_inner_text=True)


# The headline and the price


def test_headline_tells_the_change_over_the_chosen_range(page: Page, bank: Bank) -> None:
    """From the balance that was carried into it; in bitcoin, by the rates of the days."""
    now = bank.today()
    years = [(900, "10"), (800, "20"), (100, "30"), (20, "40"), (0, "50")]
    half = ",,,500000.00"
    bank.open()
    expect_headline(page, "Sample R 14 730,90 In bitcoin now 0,01473090 BTC Made up")
    for history, chosen, said in (
        (
            [(20, "100.10"), (0, "-0.05")],
            "Rand",
            "Current balance, 16 May -R 0,05 In bitcoin now -0,00000005 BTC "
            "▼ -R 100,15 since 26 Apr",
        ),
        ([(9, "-50"), (0, "100")], "6M", "▲ +R 150,00 since"),  # no share of an overdraft
        ([(0, "7"), (10, "5")], "6M", "16 May R 7,00"),  # recorded later, dated earlier
        ([(1, "100"), (0, "150"), (0, "160")], "6M", "+R 60,00 · +60,0 % since"),
        ([(3, "5")], "6M", "Your first day"),
        ([(3, "6"), (0, "6")], "6M", "no change since"),
        (years, "All", "+R 40,00 · +400,0 % since 27 Nov 2032"),
        (years, "1M", "+R 20,00"),
        (
            [(30, "900"), (20, f"1000{half}"), (10, f"1500{half}")],
            "Bitcoin",
            "▼ -0,00050000 BTC · -25,0 % since 26 Apr",
        ),
        (  # 2 and 1 units of bitcoin, before they are rounded 1.7 and 1
            [(9, "0.01,,,600000.00"), (0, "0.01,,,1000000.00")],
            "Bitcoin",
            "▼ -0,00000001 BTC · -40,0 % since",
        ),
    ):
        page.request.delete(f"{bank.url}/api/balances")
        bank.give([f"{now - timedelta(days=ago)},{line}" for ago, line in history])
        bank.look_again()
        bank.choose(chosen)
        expect_headline(page, said)

    def drop_rates(route: Route) -> None:
        answer = route.fetch()
        body = re.sub('"rate_then":"[^"]+"', '"rate_then":null', answer.text())
        route.fulfill(response=answer, body=body)

    page.route("**/api/balances", drop_rates)  # which the oldest entries lack
    page.reload()
    expect(page.get_by_role("button", pressed=True)).to_have_text(["Bitcoin", "1M"])
    expect_headline(page, "▼ -0,00000001 BTC since")


def test_price_is_followed_by_the_headline_and_all_rows(
    page: Page, bank: Bank, app: Flask, luno: Luno
) -> None:
    """The value then stays, the value now changes in place."""
    bank.give(["2035-05-07,10,,,800000.00"])
    bank.open()
    bank.record("1000")
    expect(price(page)).to_contain_text("1 BTC = R 1 000 000,00")
    expect(price(page)).to_contain_text("Luno · just now")
    expect(price(page)).to_contain_text("Price since 7 May")
    expect(price(page)).to_contain_text("+25,0 %")
    row = bank.rows.last.element_handle()
    set_price(app, luno, "800000.00")
    bank.look_again()
    expect(bank.rows.last).to_contain_text("0,00125000")
    assert "0,00125000 0,00100000 -20,0 %" in bank.told()[-1]
    assert page.evaluate("row => row.isConnected", row)
    expect_headline(page, "In bitcoin now 0,00125000 BTC")
    set_price(app, luno, "500000.00")
    bank.record("2000")  # its answer has the new entry alone, at a price of its own
    expect(bank.rows.last).to_contain_text("0,00400000")
    expect(bank.rows.nth(1)).to_contain_text("0,00200000")


def test_missing_price_is_said_and_the_first_one_is_for_all_rows(
    page: Page, bank: Bank, app: Flask, luno: Luno
) -> None:
    """It comes with a recording, and none is made up before."""
    luno.status = 500
    bank.open()
    bank.record("5")
    expect(price(page)).to_contain_text("No price yet")
    expect(price(page)).to_contain_text("Luno did not answer · trying again")
    expect_headline(page, "In bitcoin waiting for a price")
    heads = page.get_by_role("columnheader")
    expect(heads).to_have_text([re.compile("Date"), "Balance", "Change", "Edit or delete"])
    bank.field.fill("7")
    expect(bank.understood).to_have_text("That is R 7,00")
    page.route("**/api/balances", lambda route: route.abort())
    luno.status = 200
    app.extensions["exchange"].ask()
    bank.record("7")
    expect(bank.rows).to_contain_text(["0,00000500", "0,00000700"])
    expect(bank.sample_rows.first).to_contain_text("0,00734000")


# How it keeps up to date


def test_page_looks_again_every_minute_while_it_is_in_view(page: Page, bank: Bank) -> None:
    page.clock.install(time=datetime.now(UTC))
    page.add_init_script(
        "Object.defineProperty(document, 'hidden', { value: true, writable: true })"
    )
    bank.open()  # also in a tab behind another one
    page.evaluate("document.hidden = false")
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    with page.expect_response("**/api/balances") as answer:
        page.clock.run_for(60_000)
    assert answer.value.status == 304
    expect(price(page)).to_contain_text("just now")
    page.evaluate("document.hidden = true")
    page.clock.run_for(600_000)
    expect(price(page)).to_contain_text(re.compile(r"\d+\smin ago, waiting for a newer one"))
    expect(price(page).get_by_role("status")).to_have_text("The bitcoin price is out of date.")
    expect(page.get_by_text("In bitcoin, ")).to_have_text(re.compile(r"\d+\smin ago"))
    assert len(asked) == 1
    with page.expect_response("**/api/balances"):
        page.evaluate("document.hidden = false")
        bank.look_again()
    expect(price(page)).not_to_contain_text("waiting")  # the server's clock has not moved


def test_two_tabs_show_what_either_does(new_context: NewContext, url: str) -> None:
    context = new_context()
    one, other = (Bank(context.new_page(), url) for _ in "ab")
    one.open()
    assert [cookie.get("name") for cookie in context.cookies()] == ["good_bank"]
    other.open()
    held_back: list[tuple[Route, APIResponse]] = []
    one.page.route("**/api/update", lambda route: held_back.append((route, route.fetch())), times=1)
    one.set_balance("1")
    one.until(lambda: held_back)
    other.page.get_by_role("button", name="Remove samples").click()
    expect(other.sample_rows).to_have_count(0)
    route, answer = held_back[0]
    route.fulfill(response=answer)
    expect(one.rows).to_have_count(1)
    expect(one.sample_rows).to_have_count(0)
    expect(other.rows).to_have_count(1)
    one.delete()
    expect(one.rows).to_have_count(0)
    expect(other.rows).to_have_count(0)
    other.record("2")
    expect(one.rows).to_have_count(1)
    one.start_fresh()
    expect(other.toast).to_contain_text("Everything was deleted in another tab.")
    expect(other.page.get_by_text("Your history starts")).to_be_visible()
    expect(other.page.get_by_role("button", name=re.compile("^Undo"))).to_have_count(0)
    for bank in (one, other):
        expect(bank.notice).to_have_count(0)  # it was done in this browser


def test_answer_that_another_one_has_overtaken_is_dropped(page: Page, bank: Bank) -> None:
    """And asked for again, for it may have known of what that one does not."""
    bank.open()
    old: list[Route] = []
    page.route("**/api/balances", lambda route: old.append(route), times=1)
    bank.look_again()
    page.request.post(f"{bank.url}/api/update", form={"balance": "1"})
    bank.record("2")
    assert len(old) == 1
    with page.expect_response("**/api/balances"):
        old[0].fulfill(json={"balances": [], "rate": None})
    expect(bank.rows).to_have_count(2)
    expect(bank.rows.last).to_contain_text("R 2,00")


def test_history_that_another_device_wiped_is_told(new_context: NewContext, bank: Bank) -> None:
    """Where the visitor changes something before the next look."""
    device = new_context().request
    bank.open()
    bank.record("1")
    bank.page.wait_for_function("""localStorage["good-bank-history"]?.includes('"1.00"')""")
    key = bank.page.request.post(f"{bank.url}/api/key").json()["key"]
    device.delete(f"{bank.url}/api/balances", headers={"Authorization": f"Bearer {key}"})
    bank.record("3")
    said = "This is another history. Everything was deleted on another device"
    expect(bank.notice.get_by_role("alert")).to_contain_text(said)
    bank.record("4")
    expect(bank.notice).to_have_count(1)
    bank.notice.get_by_role("button", name="Close").click()
    bank.record("5")
    bank.page.wait_for_function("""localStorage["good-bank-history"]?.includes('"5.00"')""")
    expect(bank.notice).to_have_count(0)


def test_line_that_is_bad_is_said_until_it_is_good_again(page: Page, bank: Bank) -> None:
    """A slow server is asked once at a time, although its answers take long."""
    page.clock.install()
    bank.open()
    page.context.set_offline(True)
    expect(bank.notice).to_contain_text("You are offline. What is shown may be out of date")
    expect(price(page)).to_contain_text("Good Bank cannot be reached")
    page.context.set_offline(False)
    expect(bank.notice).to_have_count(0)
    expect(price(page)).not_to_contain_text("cannot be reached")
    broken = lambda route: route.fulfill(status=503, body="")  # noqa: E731
    page.route("**/api/balances", broken)
    bank.look_again()
    expect(bank.notice).to_contain_text("out of date")
    with bank.held("**/api/balances") as asked:
        page.unroute("**/api/balances", broken)
        page.clock.run_for(5_000)
        bank.until(lambda: asked)
        page.clock.run_for(15_000)
        page.evaluate("fetch('/api/health')")  # what was asked before has arrived by then
        assert len(asked) == 1
    expect(bank.notice).to_have_count(0)


# What it looks like


def test_side_leads_to_the_balances_and_exports_them(page: Page, bank: Bank) -> None:
    bank.open()
    menu = page.locator("summary", has_text="Devices")
    inside = page.get_by_role("button", name="I have a key…")
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        menu.click()
        expect(inside).to_be_in_viewport(ratio=1)
        page.keyboard.press("Escape")
        expect(inside).to_have_count(0)
        expect(menu).to_be_focused()
    page.locator("summary", has_text="Export").click()
    expect(page.get_by_text("nothing of your own to export yet")).to_be_visible()
    bank.record("5")
    for name, file in (("Excel workbook", "good-bank.xlsx"), ("CSV", "good-bank.csv")):
        with page.expect_download() as download:
            bank.from_menu("Export", name)
        assert download.value.suggested_filename == file
    bank.field.fill("12.34")
    page.get_by_role("link", name="Balances").click()
    expect(bank.rows).to_have_count(1)
    expect(bank.field).to_have_value("12.34")
