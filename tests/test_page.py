"""The page: what it shows and how it keeps up to date, in a real Chromium, over real HTTP."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from conftest import MakeApp, Serve
from flask import Flask
from pages import (
    NO_LUNO,
    SAMPLES,
    NewContext,
    field,
    import_csv,
    look_again,
    opened,
    plain,
    record,
    rows,
    set_balance,
    summary,
    wide,
)
from playwright.sync_api import Locator, Page, Request, Route, expect

from demo.luno import Luno
from server.exchange import Exchange

MANY = 10_000


def many(page: Page) -> None:
    """Fill the history up to its limit, with a balance a day, and show it."""
    first = date(2026, 1, 1) - timedelta(days=MANY)
    import_csv(page, (f"{first + timedelta(days=n)},{n}.25" for n in range(MANY)))
    page.reload()
    expect(rows(page).last).to_contain_text("2025-12-31")


def readout(page: Page) -> Locator:
    return page.locator("figcaption > span")


def ask(app: Flask) -> None:
    """Have the exchange asked now, as it is every 30 seconds."""
    app.extensions["exchange"].ask()


# What it shows


def test_a_newcomer_sees_samples_marked_as_such(page: Page, url: str) -> None:
    opened(page, url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Account History")
    expect(page.locator("tbody .tag")).to_have_count(SAMPLES)
    expect(page.locator(".notice")).to_contain_text("made up")
    expect(page.locator(".summary .tag")).to_have_text("sample")
    expect(page.locator(".chart g.sample")).to_have_count(1)
    expect(rows(page).last).to_have_text(re.compile(r"sample.*R\s14\s730,90.*0,01473090"))
    expect(page.locator("[v-cloak], #start")).to_have_count(0)


def test_samples_are_never_mixed_with_ones_own(page: Page, url: str) -> None:
    """Neither the chart nor the change since the entry before compares the two."""
    opened(page, url)
    record(page, "5", "2020-01-01")
    assert summary(page) == "Current balance R 5,00 on 2020-01-01 In bitcoin 0,00000500 BTC now"
    expect(readout(page)).to_have_text("2020-01-01")
    expect(page.locator(".chart g.sample")).to_have_count(0)
    expect(page.locator("tbody .tag")).to_have_count(SAMPLES)


def test_the_summary_is_the_last_row_and_its_change_since_the_one_before(
    page: Page, url: str
) -> None:
    opened(page, url)
    import_csv(page, ["2024-01-01,100.10", "2024-03-01,-0.05"])
    look_again(page)
    expect(rows(page)).to_have_count(SAMPLES + 2)
    assert "Current balance -R 0,05 on 2024-03-01" in summary(page)
    assert "Change -R 100,15 since 2024-01-01" in summary(page)
    record(page, "7", "2024-02-01")
    assert "Current balance -R 0,05 on 2024-03-01" in summary(page), "a back-dated entry"
    assert "Change -R 7,05 since 2024-02-01" in summary(page)
    record(page, "999999999999.99")
    assert "Current balance R 999 999 999 999,99" in summary(page)
    assert "Change +R 1 000 000 000 000,04 since 2024-03-01" in summary(page)


def test_both_bitcoin_values_and_their_difference_are_shown(
    page: Page, url: str, app: Flask, luno: Luno
) -> None:
    """The value when recorded stays; the value now changes in place."""
    opened(page, url)
    record(page, "1000")
    cells = rows(page).last.locator("td")
    expect(cells).to_contain_text(["20", "R", "0,00100000", "0,00100000", "0,00%", "✕"])
    row = rows(page).last.element_handle()
    luno.ticker = {"last_trade": "800000.00"}
    ask(app)
    look_again(page)
    expect(cells).to_contain_text(["20", "R", "0,00125000", "0,00100000", "+25,00%", "✕"])
    assert page.evaluate("row => row.isConnected", row)
    record(page, "1", "2026-01-01")
    assert rows(page).nth(SAMPLES).locator("td").all_inner_texts()[3:5] == ["–", "–"]


def test_with_a_new_price_the_other_entries_follow(
    page: Page, url: str, app: Flask, luno: Luno
) -> None:
    """What is answered is the new entry alone, at a price that the others are not shown at yet."""
    opened(page, url)
    record(page, "1000")
    luno.ticker = {"last_trade": "800000.00"}
    ask(app)
    record(page, "2000")
    expect(rows(page).last).to_contain_text("0,00250000")
    expect(rows(page).nth(-2)).to_contain_text("0,00125000")


def test_the_chart_reads_out_what_is_pointed_at(
    page: Page, url: str, app: Flask, luno: Luno
) -> None:
    opened(page, url)
    import_csv(page, ["2026-01-01,10", "2026-01-11,30"])
    record(page, "20")
    luno.ticker = {"last_trade": "2000000.00"}
    ask(app)
    look_again(page)
    today = rows(page).last.locator("time").inner_text()
    expect(readout(page)).to_have_text(f"2026-01-01 to {today}")
    plot = page.locator(".plot").bounding_box()
    assert plot
    page.mouse.move(plot["x"] + plot["width"] - 12, plot["y"] + 100)
    expect(readout(page)).to_have_text(re.compile(rf"{today}: R\s20,00"))
    expect(page.locator(".cursor")).to_have_count(1)
    page.get_by_label("Bitcoin").check()
    expect(readout(page)).to_have_text(f"2026-01-01 to {today}")
    slider = page.get_by_role("slider", name="Balance in the chart")
    slider.focus()
    page.keyboard.press("End")
    read = f"{today}: 0,00001000 BTC now, 0,00002000 when recorded"
    expect(readout(page)).to_have_text(read)
    expect(slider).to_have_attribute("aria-valuetext", read)
    page.keyboard.press("ArrowLeft")
    expect(readout(page)).to_have_text("2026-01-11: 0,00001500 BTC now")
    page.keyboard.press("Tab")
    expect(page.locator(".cursor")).to_have_count(0)


def test_the_chart_is_read_by_touch(new_context: NewContext, url: str) -> None:
    context = new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = opened(context.new_page(), url)
    page.locator(".plot").tap()
    expect(readout(page)).to_have_text(re.compile(r"\d{4}-\d\d-01: R\s1\d\s\d{3},\d\d"))


def test_the_chart_follows_the_window_and_the_scheme(page: Page, url: str) -> None:
    opened(page, url)
    line = page.locator(".chart .balance path").first

    def drawn() -> Any:
        return line.evaluate("path => [path.getBBox().width, getComputedStyle(path).stroke]")

    width, colour = drawn()
    page.set_viewport_size({"width": 500, "height": 700})
    page.wait_for_function(
        "width => document.querySelector('.chart .balance path').getBBox().width < width",
        arg=width - 100,
    )
    page.emulate_media(color_scheme="dark")
    assert drawn()[1] != colour


@pytest.mark.parametrize(
    "balances",
    [["0"], ["-5", "-5"], ["0.01", "0.02"], ["999999999999.99", "-999999999999.99"]],
    ids=["one", "level", "tiny", "huge"],
)
def test_the_chart_holds_any_balances(page: Page, url: str, balances: list[str]) -> None:
    """Every point lies between the lowest and the highest level, and no label is empty."""
    opened(page, url)
    import_csv(page, (f"2026-01-0{day},{balance}" for day, balance in enumerate(balances, 1)))
    look_again(page)
    expect(rows(page)).to_have_count(SAMPLES + len(balances))
    for unit in ("Rand", "Bitcoin"):
        page.get_by_label(unit, exact=True).check()
        dots = page.locator(".chart .dots").first.get_attribute("d") or ""
        found = re.findall(r"M([\d.]+) ([\d.]+)h0", dots)
        assert len(found) == len(balances)
        levels = [
            float(y)
            for y in page.locator(".plot line").evaluate_all(
                "lines => lines.map(line => line.getAttribute('y1'))"
            )
        ]
        assert all(min(levels) <= float(y) <= max(levels) for _, y in found)
        labels = page.locator(".plot g text").all_text_contents()
        assert len(set(labels)) == len(labels) >= 2


def test_ten_thousand_entries_are_shown_found_and_printed(page: Page, url: str) -> None:
    opened(page, url)
    many(page)
    assert rows(page).count() < 200
    expect(page.locator("table")).to_have_attribute("aria-rowcount", str(MANY + SAMPLES + 1))
    box = page.get_by_role("region", name="Your balances by date")
    bottom = box.evaluate("box => box.getBoundingClientRect().bottom")
    assert 0 <= bottom - rows(page).last.evaluate("row => row.getBoundingClientRect().bottom") < 5
    box.evaluate("box => box.scrollTo(0, 0)")
    expect(rows(page).first).to_contain_text("sample")
    box.evaluate("box => box.scrollTo(0, box.scrollHeight / 2)")
    middle = rows(page).filter(has_text=re.compile(r"R\s5\s0\d\d,25"))
    expect(middle.first).to_be_attached()
    page.get_by_label("Find a date").fill("5 000,25")
    expect(rows(page)).to_have_count(1)
    expect(page.locator(".find [role=status]")).to_have_text(f"1 of {MANY + SAMPLES}")
    for found, count in (("2025-12-3", 2), ("2025/12", 32), ("R1,234.25", 1), ("1234.2", 1)):
        page.get_by_label("Find a date").fill(found)
        expect(rows(page)).to_have_count(count)
    page.get_by_label("Find a date").fill("nothing")
    expect(rows(page)).to_have_count(0)
    page.get_by_label("Find a date").fill("")
    expect(rows(page).last).to_contain_text("2025-12-31")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(rows(page)).to_have_count(MANY + SAMPLES)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(rows(page).nth(200)).to_have_count(0)


def test_ten_thousand_entries_can_all_be_read_off_the_chart(page: Page, url: str) -> None:
    opened(page, url)
    many(page)
    slider = page.get_by_role("slider")
    expect(slider).to_have_attribute("max", str(MANY - 1))
    slider.focus()
    page.keyboard.press("Home")
    expect(readout(page)).to_have_text(re.compile(r"1998-08-16: R\s0,25"))


def test_the_chart_draws_what_it_has_room_for_and_every_peak(page: Page, url: str) -> None:
    opened(page, url)
    balances = [1_000_000 if number == 2_503 else 5 for number in range(5_000)]
    days = (date(2010, 1, 1) + timedelta(days=number) for number in range(5_000))
    import_csv(page, (f"{day},{balance}" for day, balance in zip(days, balances, strict=True)))
    look_again(page)
    expect(page.get_by_role("slider")).to_have_attribute("max", "4999")
    path = page.locator(".chart .balance path").first.get_attribute("d") or ""
    points = [point.split() for point in path.removeprefix("M").split("L")]
    assert 500 < len(points) < 4 * 1100
    heights = sorted(float(y) for _, y in points)
    assert heights[0] < 60 < 180 < heights[1]


def test_the_focus_stays_in_the_table_when_its_row_is_scrolled_away(page: Page, url: str) -> None:
    opened(page, url)
    import_csv(page, (f"{date(2020, 1, 1) + timedelta(days=n)},{n}" for n in range(1000)))
    look_again(page)
    expect(page.get_by_role("slider")).to_have_attribute("max", "999")
    box = page.get_by_role("region", name="Your balances by date")
    box.evaluate("box => box.scrollTo(0, box.scrollHeight)")
    rows(page).last.get_by_role("button").focus()
    box.evaluate("box => box.scrollTo(0, 0)")
    expect(box).to_be_focused()


def test_the_slider_stays_at_an_entry_when_another_comes(page: Page, url: str) -> None:
    opened(page, url)
    import_csv(page, ["2026-01-01,10", "2026-01-11,30"])
    look_again(page)
    slider = page.get_by_role("slider")
    slider.focus()
    page.request.post(f"{url}/api/update", form={"balance": "20"})
    look_again(page)
    expect(slider).to_have_attribute("max", "2")
    expect(readout(page)).to_contain_text(re.compile(r"R\s20,00"))


def test_a_phone_that_is_turned_keeps_its_place(page: Page, url: str) -> None:
    opened(page, url)
    import_csv(page, (f"{date(2020, 1, 1) + timedelta(days=n)},{n}" for n in range(2000)))
    look_again(page)
    box = page.get_by_role("region", name="Your balances by date")
    box.evaluate("box => box.scrollTo(0, box.scrollHeight / 2)")
    page.set_viewport_size({"width": 360, "height": 740})
    shown = "() => document.elementFromPoint(100, document.querySelector('.scroll')"
    shown += ".getBoundingClientRect().top + 100)?.closest('.entry') !== null"
    box.scroll_into_view_if_needed()
    page.wait_for_function(shown)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_without_a_sideways_scroll(
    new_context: NewContext, url: str, scheme: str
) -> None:
    context = new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = opened(context.new_page(), url)
    for balance in ("999999999999.99", "-999999999999.99"):
        record(page, balance)
    assert wide(page) == 360
    expect(page.locator(".said")).to_be_in_viewport(ratio=1)
    set_balance(page, "x" * 80)
    expect(page.locator("#error")).not_to_be_empty()
    expect(page.locator("#error")).to_be_in_viewport(ratio=1)
    assert wide(page) == 360
    page.get_by_role("button", name="Start fresh…").click()
    assert wide(page) == 360
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    dark = sum(int(part) for part in re.findall(r"\d+", background)) < 3 * 128
    assert dark == (scheme == "dark")


# How it keeps up to date


def test_the_rate_is_shown_with_its_age(page: Page, url: str) -> None:
    opened(page, url)
    rate = page.locator(".rate")
    expect(rate).to_have_text(
        re.compile(r"One bitcoin last traded for R\s1\s000\s000,00.*(now|second)")
    )


def test_the_page_looks_again_every_minute_while_it_is_in_view(page: Page, url: str) -> None:
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
    expect(page.locator(".rate time")).to_have_text("10 minutes ago")
    with page.expect_response("**/api/balances"):
        page.evaluate("document.hidden = false")
        look_again(page)
    expect(page.locator(".rate time")).to_have_text("now")  # the server's clock has not moved


def test_an_old_rate_says_since_when(page: Page, luno: Luno, app: Flask, serve: Serve) -> None:
    luno.ticker = {"timestamp": 1527784000000}
    now = [0.0]
    exchange = app.extensions["exchange"] = Exchange([luno.url], clock=lambda: now[0])
    exchange.ask()
    luno.status = 500
    now[0] = 600
    opened(page, serve(app))
    expect(page.locator(".rate")).to_contain_text("days ago")
    expect(page.locator(".rate")).to_contain_text(re.compile("no newer price since 31 May 2018"))
    exchange.close()


def test_without_a_rate_that_is_said_once_and_nothing_is_made_up(
    page: Page, make_app: MakeApp, serve: Serve
) -> None:
    opened(page, serve(make_app(LUNO_URLS=NO_LUNO)))
    record(page, "5")
    assert plain(page.locator("main").inner_text()).count("no bitcoin values") == 1
    for column in (3, 4, 5):
        values = page.locator(f"tbody td:nth-child({column})").all_inner_texts()
        assert values == ["–"] * (SAMPLES + 1)
    assert "In bitcoin – no price is known" in summary(page)
    expect(page.get_by_label("Bitcoin")).to_be_disabled()


def test_an_entry_of_one_tab_appears_in_the_other(new_context: NewContext, url: str) -> None:
    context = new_context()
    one, other = context.new_page(), context.new_page()
    opened(one, url)
    assert [cookie.get("name") for cookie in context.cookies()] == ["good_bank"]
    opened(other, url)
    record(one, "1")
    expect(rows(other)).to_have_count(SAMPLES + 1)
    record(other, "2")
    expect(rows(one)).to_have_count(SAMPLES + 2)


def test_what_another_tab_does_during_an_action_is_not_missed(
    new_context: NewContext, url: str
) -> None:
    context = new_context()
    one, other = opened(context.new_page(), url), opened(context.new_page(), url)
    held: list[tuple[Route, Any]] = []
    one.route("**/api/update", lambda route: held.append((route, route.fetch())), times=1)
    set_balance(one, "1")
    expect(one.get_by_role("button", name="Saving…")).to_be_visible()
    record(other, "2")
    route, answer = held[0]
    route.fulfill(response=answer)
    expect(rows(one)).to_have_count(SAMPLES + 2)


def test_an_answer_that_was_overtaken_is_not_shown(page: Page, url: str) -> None:
    """A look at the rate that began before a balance was set knows nothing of it."""
    opened(page, url)
    held: list[Route] = []
    page.route("**/api/balances", lambda route: held.append(route), times=1)
    look_again(page)
    record(page, "5")
    assert len(held) == 1
    with page.expect_response("**/api/balances"):
        held[0].fulfill(json={"balances": [], "rate": None})
    expect(rows(page)).to_have_count(SAMPLES + 1)


def test_a_look_that_a_record_overtook_is_taken_again(page: Page, url: str) -> None:
    """It may have known of what the record's answer, the new entry alone, does not."""
    opened(page, url)
    held: list[tuple[Route, Any]] = []
    page.request.post(f"{url}/api/update", form={"balance": "1"})
    page.route("**/api/balances", lambda route: held.append((route, route.fetch())), times=1)
    look_again(page)
    record(page, "2")
    route, answer = held[0]
    route.fulfill(response=answer)
    expect(rows(page)).to_have_count(SAMPLES + 2)
    expect(rows(page).last).to_contain_text(re.compile(r"R\s2,00"))


def test_what_is_not_the_servers_goes_after_a_record(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "1")
    page.context.clear_cookies()
    record(page, "2")
    expect(rows(page)).to_have_count(SAMPLES + 1)


def test_going_offline_shows_and_coming_back_recovers(page: Page, url: str) -> None:
    opened(page, url)
    page.context.set_offline(True)
    trouble = page.locator(".trouble")
    expect(trouble).to_contain_text("out of date")
    set_balance(page, "5")
    expect(page.locator("#error")).to_contain_text("cannot be reached")
    expect(field(page)).to_have_value("5")
    page.context.set_offline(False)
    expect(trouble).to_have_count(0)
    field(page).press("Enter")
    expect(rows(page)).to_have_count(SAMPLES + 1)


def test_a_server_that_comes_back_is_found_by_itself(page: Page, url: str) -> None:
    page.clock.install()
    opened(page, url)
    page.route("**/api/balances", lambda route: route.fulfill(status=503, body=""), times=1)
    look_again(page)
    expect(page.locator(".trouble")).to_contain_text("out of date")
    page.clock.run_for(5_000)
    expect(page.locator(".trouble")).to_have_count(0)


def test_a_slow_server_is_caught_up_with(page: Page, url: str) -> None:
    """Although its answers take longer than the page waits between two tries."""
    page.clock.install()
    opened(page, url)
    page.route("**/api/balances", lambda route: route.abort(), times=1)
    look_again(page)
    expect(page.locator(".trouble")).to_be_visible()
    held: list[Route] = []
    page.route("**/api/balances", lambda route: held.append(route))
    with page.expect_request("**/api/balances"):
        page.clock.run_for(5_000)
    page.clock.run_for(15_000)
    page.wait_for_timeout(200)
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator(".trouble")).to_have_count(0)


def test_a_rate_that_is_lost_takes_the_chart_back_to_rand(page: Page, url: str, app: Flask) -> None:
    opened(page, url)
    page.get_by_label("Bitcoin").check()
    app.extensions["exchange"] = Exchange(NO_LUNO)  # as after a restart
    look_again(page)
    expect(page.get_by_label("Bitcoin")).to_be_disabled()
    expect(page.get_by_label("Rand", exact=True)).to_be_checked()
    expect(page.locator(".chart .balance path")).to_have_count(2)
    expect(field(page)).to_be_visible()
    app.extensions["exchange"].close()


def test_a_history_that_cannot_be_fetched_can_be_fetched_again(page: Page, url: str) -> None:
    page.route("**/api/balances", lambda route: route.abort(), times=1)
    page.goto(url)
    expect(page.get_by_role("alert").first).to_contain_text("cannot be reached")
    expect(page.get_by_text("Luno gives no price")).to_have_count(0)
    page.get_by_role("button", name="Load again").click()
    expect(rows(page)).to_have_count(SAMPLES)
    expect(field(page)).to_be_focused()
    expect(page.locator(".trouble")).to_have_count(0)
    expect(page.get_by_text("Loading your balances")).to_have_count(0)


def test_loading_shows_the_shape_of_the_page(page: Page, url: str) -> None:
    held: list[Route] = []
    page.route("**/api/balances", lambda route: held.append(route), times=1)
    page.goto(url)
    expect(page.get_by_role("status").first).to_have_text("Loading your balances…")
    shape = page.locator(".shape").bounding_box()
    assert shape
    assert shape["height"] > 700
    held[0].continue_()
    expect(rows(page)).to_have_count(SAMPLES)
    expect(page.locator(".shape")).to_have_count(0)
