"""The outbox: what is recorded, changed and deleted while the line is bad, in a real Chromium."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import cycle

import pytest
from conftest import NOON
from pages import SAMPLES, Bank, NewContext, lose
from playwright.sync_api import Page, Route, expect

NO_INDEXED_DB = "Object.defineProperty(window, 'indexedDB', { value: undefined })"
FULL = """
    IDBObjectStore.prototype.add = () => { throw new Error("QuotaExceededError"); };
    Storage.prototype.setItem = () => { throw new DOMException("QuotaExceededError"); };
"""
WAITS = re.compile("waiting to be sent")
NOT_HEARD: list[Callable[[Route], None]] = [
    lambda route: route.abort(),
    lambda route: route.fulfill(body="<html>"),
    lambda route: route.fulfill(status=502, body="<html>"),  # a proxy's
]


@contextmanager
def bad_line(bank: Bank, *ways: Callable[[Route], None]) -> Iterator[None]:
    """Have writes go wrong in these ways in turn, and reads not arrive."""
    turns = cycle(ways)

    def spoil(route: Route) -> None:
        if route.request.method == "GET":
            route.abort()
        else:
            next(turns)(route)

    bank.page.route("**/api/**", spoil)
    yield
    bank.page.unroute("**/api/**", spoil)
    bank.look_again()


def expect_all_sent(page: Page) -> None:
    expect(page.get_by_text(re.compile("to be sent"))).to_have_count(0)


@pytest.mark.parametrize("ways", [NOT_HEARD, [lose]], ids=["not heard", "answer lost"])
def test_what_is_done_on_a_bad_line_waits_in_its_rows_and_is_done_once(
    bank: Bank, ways: list[Callable[[Route], None]]
) -> None:
    """To what the server has, and to what it has not heard of yet."""
    bank.give(["2024-01-01,10,,,1000000.00", "2024-01-02,20"])
    bank.open()
    with bad_line(bank, *ways):
        for count, balance in ((3, "5"), (4, "6")):
            bank.set_balance(balance)
            expect(bank.toast).to_contain_text(re.compile(f"Waiting to be sent: .*{balance},00"))
            expect(bank.rows).to_have_count(count)
            expect(bank.rows.last).to_contain_text(WAITS)
            expect(bank.field).to_have_value("")
        for row, balance in ((0, "15"), (2, "25")):
            bank.change(row, balance)
            expect(bank.rows.nth(row)).to_contain_text("change to be sent")
            expect(bank.rows.nth(row)).to_contain_text(f"R {balance},00")
        expect(bank.rows.first).to_contain_text("That day 0,00001500")
        for row in (3, 1):
            bank.delete(row)
            expect(bank.rows.nth(row)).to_contain_text("deletion to be sent")
    expect_all_sent(bank.page)
    expect(bank.toast).to_contain_text("Deleted 2 Jan 2024, R 20,00")
    expect(bank.rows).to_have_count(2)
    assert bank.balances() == ["15.00", "25.00"]
    bank.page.get_by_role("button", name="Undo: Deleted 2 Jan 2024").click()
    expect(bank.rows).to_have_count(3)


def test_what_is_on_its_way_during_a_reload_is_recorded_once(page: Page, bank: Bank) -> None:
    """The form is free again while an answer takes long."""
    page.clock.install()
    bank.open()
    asked: list[Route] = []
    page.route("**/api/update", lambda route: asked.append(route), times=1)
    bank.set_balance("5")
    bank.until(lambda: asked)
    page.clock.run_for(6_000)
    expect(bank.rows).to_contain_text([WAITS])
    bank.set_balance("6")
    page.clock.run_for(6_000)
    expect(bank.rows).to_have_count(2)
    page.reload()
    expect(bank.rows).to_have_count(2)
    expect_all_sent(page)
    expect(bank.field).to_have_value("")
    reload_before_the_answer(bank, "7")
    assert bank.balances() == ["5.00", "6.00", "7.00"]


def reload_before_the_answer(bank: Bank, balance: str) -> None:
    """Record a balance, and reload once the server has it, before the page knows."""
    before = bank.rows.count()
    answers: list[object] = []
    bank.page.route("**/api/update", lambda route: answers.append(route.fetch()), times=1)
    bank.set_balance(balance)
    bank.until(lambda: answers)
    bank.page.reload()
    expect(bank.rows).to_have_count(before + 1)
    expect(bank.field).to_have_value("")
    expect_all_sent(bank.page)


@pytest.mark.parametrize("script", [NO_INDEXED_DB, FULL], ids=["private", "full"])
def test_browser_that_keeps_nothing_still_records_once(page: Page, bank: Bank, script: str) -> None:
    page.add_init_script(script)
    bank.open()
    page.context.set_offline(True)
    bank.set_balance("5")
    expect(bank.rows).to_contain_text([WAITS])
    expect(bank.form).to_contain_text("leave this page open")
    page.context.set_offline(False)
    expect_all_sent(page)
    reload_before_the_answer(bank, "6")
    assert bank.balances() == ["5.00", "6.00"]


def test_what_waited_and_is_refused_is_told_with_its_reason(page: Page, bank: Bank) -> None:
    """A balance comes back into the form, once there is room for it."""
    bank.give(["2024-01-01,10", "2024-01-02,20"])
    bank.open()
    page.context.set_offline(True)
    for row, balance in enumerate(("15", "25")):
        bank.change(row, balance)
        expect(bank.rows.nth(row)).to_contain_text("change to be sent")
        page.request.delete(f"{bank.url}/api/balances/{bank.own()[0]['id']}")
    page.context.set_offline(False)
    for told in ("1 Jan 2024, R 15,00", "2 Jan 2024, R 25,00"):
        refused = bank.form.locator(".error", has_text=f"Not changed to {told}. ")
        refused.get_by_role("button", name="Close").click()
        expect(refused).to_have_count(0)
    page.context.set_offline(True)
    bank.set_balance("5", "2024-02-29")
    expect(bank.rows.last).to_contain_text(WAITS)
    bank.field.fill("7")
    full = {"detail": "The history is full.", "status": 409}
    page.route("**/api/update", lambda route: route.fulfill(status=409, json=full))
    page.context.set_offline(False)
    expect(bank.form).to_contain_text("Not recorded 29 Feb 2024, R 5,00. The history is full.")
    expect(bank.field).to_have_value("7")
    bank.field.fill("")
    expect(bank.field).to_have_value("5,00")
    expect(bank.day).to_have_value("2024-02-29")
    expect(bank.error).to_have_text("The history is full.")
    expect_all_sent(page)
    page.unroute("**/api/update")
    bank.field.press("Enter")
    expect(bank.toast).to_contain_text("Recorded")
    with bad_line(bank, lose):
        bank.set_balance("77")
        expect(bank.rows.last).to_contain_text(WAITS)
        page.request.delete(f"{bank.url}/api/balances/{bank.own()[-1]['id']}")
    expect(bank.toast).to_contain_text("and deleted since")
    expect_all_sent(page)
    assert bank.balances() == ["5.00"]


def test_two_tabs_send_what_each_kept_once(new_context: NewContext, url: str) -> None:
    context = new_context()
    banks = [Bank(context.new_page(), url).open() for _ in "ab"]
    sent: list[str] = []
    context.set_offline(True)
    for number, bank in enumerate(banks, 1):
        bank.set_balance(str(number))
        expect(bank.rows).to_have_count(number)
    context.on("request", lambda request: sent.append(request.method))
    context.set_offline(False)
    for bank in banks:
        expect_all_sent(bank.page)
        expect(bank.rows).to_have_count(2)
    assert bank.balances() == ["1.00", "2.00"]
    assert sent.count("POST") == 2


def test_what_waits_goes_with_its_history_and_not_into_another(page: Page, bank: Bank) -> None:
    page.clock.install(time=NOON)
    page.clock.pause_at(NOON + timedelta(minutes=1))  # so that nothing is sent again meanwhile
    bank.open()
    page.route("**/api/update", lambda route: route.abort())
    bank.set_balance("5")
    expect(bank.rows).to_contain_text([WAITS])
    bank.start_fresh()
    page.reload()
    expect(page.get_by_text("Your history starts with one number")).to_be_visible()
    expect_all_sent(page)
    bank.set_balance("6")
    expect(bank.rows).to_contain_text([WAITS])
    page.unroute("**/api/update")
    page.context.clear_cookies()
    page.clock.run_for(30_000)  # it is sent again, and meant for the history of before
    expect(bank.form).to_contain_text("Not sent, as this is another history: 16 May, R 6,00.")
    expect(bank.notice).to_contain_text("This is another history.")
    expect(bank.notice.get_by_role("button", name="I have a key…")).to_be_visible()
    expect(bank.sample_rows).to_have_count(SAMPLES)
    assert bank.balances() == []
    bank.open()
    bank.record("7")
    page.get_by_role("button", name="Discard").click()
    expect(bank.form).not_to_contain_text("another history")
    page.reload()
    expect(bank.rows).to_have_count(1)
    expect(bank.form).not_to_contain_text("another history")
    assert bank.balances() == ["7.00"]


def test_what_is_done_while_something_is_being_sent_comes_after_it(page: Page, bank: Bank) -> None:
    bank.give(["2024-01-01,10", "2024-01-02,20"])
    bank.open()
    with bank.held("**/api/update") as sent:
        bank.set_balance("6")
        bank.until(lambda: sent)
        assert bank.row_button(0, "Delete").is_enabled()
        bank.delete(0)
        bank.change(1, "25")
    expect_all_sent(page)
    page.request.post(f"{bank.url}/api/samples")
    bank.look_again()
    with bank.held("**/api/samples"):
        page.get_by_role("button", name="Remove samples").click()
        bank.set_balance("7")
    expect(bank.rows).to_have_count(3)
    expect_all_sent(page)
    assert bank.balances() == ["25.00", "6.00", "7.00"]


def test_undo_without_a_line_waits_and_what_another_device_did_meanwhile_is_told(
    page: Page, bank: Bank
) -> None:
    bank.give(["2024-01-01,10", "2024-01-02,20"])
    bank.open()
    bank.change(0, "15")
    expect(bank.toast).to_contain_text("Changed to 1 Jan 2024")
    page.context.set_offline(True)
    bank.undo.click()
    expect(bank.rows.first).to_contain_text("change to be sent")
    page.context.set_offline(False)
    expect_all_sent(page)
    assert bank.balances() == ["10.00", "20.00"]
    for online, told in ((True, "Deleted 1 Jan"), (False, "Waiting to be sent: deletion of 1 Jan")):
        page.context.set_offline(not online)
        bank.delete(0)
        expect(bank.toast).to_contain_text(told)
        if not online:
            expect(bank.row_button(0, "Edit")).to_be_disabled()
        page.context.set_offline(True)
        bank.undo.click()
        expect(bank.rows.first).to_contain_text("to be brought back")
        page.context.set_offline(False)
        expect(bank.toast).to_contain_text("Undone: deleted")
        expect_all_sent(page)
        assert bank.balances() == ["10.00", "20.00"]
    first, second = (f"{bank.url}/api/balances/{entry['id']}" for entry in bank.own())
    page.context.set_offline(True)
    bank.change(0, "15")
    bank.delete(1)
    expect(bank.form.get_by_text("2 changes wait")).to_be_visible()
    page.request.patch(first, data={"balance": "12"})
    page.request.patch(second, data={"balance": "21"})
    page.context.set_offline(False)
    told = (
        "Changed to 1 Jan 2024, R 15,00, which another device had made 1 Jan 2024, R 12,00. "
        "Deleted 2 Jan 2024, R 20,00, which another device had made 2 Jan 2024, R 21,00"
    )
    expect(bank.toast).to_contain_text(told)
    expect_all_sent(page)
    page.context.set_offline(True)
    for balance in ("1", "2"):
        bank.set_balance(balance)
        expect(bank.rows.last).to_contain_text(re.compile(rf"R.{balance},00"))
        expect(bank.rows.last).to_contain_text(WAITS)
    key = page.request.post(f"{bank.url}/api/key").json()["key"]
    page.request.delete(f"{bank.url}/api/balances", headers={"Authorization": f"Bearer {key}"})
    page.context.set_offline(False)
    expect(bank.notice).to_contain_text("Everything was deleted on another device")
    bank.until(lambda: bank.balances() == ["1.00", "2.00"])
    expect_all_sent(page)
    bank.notice.get_by_role("button", name="Close").click()
    expect(bank.notice).to_have_count(0)
