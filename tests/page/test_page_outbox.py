"""The outbox: what is recorded, changed and deleted while the line is bad, in a real Chromium."""

import re
from collections.abc import Callable

import pytest
from pages import (
    NewContext,
    delete,
    error,
    field,
    form,
    give,
    lose,
    opened,
    own,
    record,
    row_button,
    rows,
    set_balance,
    start_fresh,
    toast,
)
from playwright.sync_api import Page, Route, expect

WAITS = re.compile("waiting to be sent")


def balances(page: Page, url: str) -> list[str]:
    return [entry["balance"] for entry in own(page, url)]


def expect_all_sent(page: Page) -> None:
    expect(page.locator(".unsent")).to_have_count(0, timeout=20_000)


BAD: dict[str, Callable[[Route], None]] = {
    "no line": lambda route: route.abort(),
    "answer lost": lose,
    "another page": lambda route: route.fulfill(body="<html>"),
    "proxy": lambda route: route.fulfill(status=502, body="<html>"),
}


@pytest.mark.parametrize("way", BAD)
def test_balance_waits_in_its_row_and_is_recorded_once(page: Page, url: str, way: str) -> None:
    opened(page, url)
    bad = [True]
    page.route("**/api/update", lambda route: BAD[way](route) if bad else route.fallback())
    page.route("**/api/balances", lambda route: route.abort() if bad else route.fallback())
    set_balance(page, "5")
    expect(toast(page)).to_contain_text(re.compile(r"Waiting to be sent: .*R\s5,00"))
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text(WAITS)
    expect(field(page)).to_have_value("")
    set_balance(page, "6")
    expect(rows(page)).to_have_count(2)
    bad.clear()
    expect(toast(page)).to_contain_text(re.compile(r"Recorded .*R\s6,00"), timeout=20_000)
    expect_all_sent(page)
    expect(rows(page)).to_have_count(2)
    assert balances(page, url) == ["5.00", "6.00"]


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "without IndexedDB"])
def test_reload_while_an_answer_is_on_its_way_records_once(
    page: Page, url: str, kept: bool
) -> None:
    if not kept:
        page.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    opened(page, url)

    recorded = []

    def leave(route: Route) -> None:
        recorded.append(route.fetch())

    page.route("**/api/update", leave, times=1)
    set_balance(page, "5")
    while not recorded:
        page.wait_for_timeout(20)
    page.reload()
    expect(rows(page)).to_have_count(1)
    expect(field(page)).to_have_value("")
    expect_all_sent(page)
    record(page, "6")
    assert balances(page, url) == ["5.00", "6.00"]


def test_reload_before_anything_is_sent_records_once(page: Page, url: str) -> None:
    opened(page, url)
    held: list[Route] = []
    page.route("**/api/update", lambda route: held.append(route), times=1)
    set_balance(page, "5")
    while not held:
        page.wait_for_timeout(20)
    page.reload()
    expect(rows(page)).to_contain_text([re.compile(r"R\s5,00")])
    expect_all_sent(page)
    expect(field(page)).to_have_value("")
    assert balances(page, url) == ["5.00"]


def test_form_is_free_again_while_an_answer_takes_long(page: Page, url: str) -> None:
    opened(page, url)
    held: list[Route] = []
    page.route("**/api/update", lambda route: held.append(route), times=1)
    set_balance(page, "5")
    expect(rows(page)).to_contain_text([WAITS], timeout=10_000)
    set_balance(page, "6")
    expect(rows(page)).to_have_count(2, timeout=10_000)
    assert len(held) == 1
    held[0].continue_()
    expect_all_sent(page)
    assert balances(page, url) == ["5.00", "6.00"]


def test_balance_that_waited_and_is_refused_comes_back_into_the_form(page: Page, url: str) -> None:
    opened(page, url)
    page.context.set_offline(True)
    set_balance(page, "5", "2024-02-29")
    expect(rows(page)).to_contain_text([WAITS])
    field(page).fill("7")
    full = {"detail": "The history is full.", "status": 409}
    page.route("**/api/update", lambda route: route.fulfill(status=409, json=full))
    page.context.set_offline(False)
    expect(form(page)).to_contain_text(
        re.compile(r"Not recorded: 29 Feb 2024, R\s5,00\. The history is full\.")
    )
    expect(field(page)).to_have_value("7")
    field(page).fill("")
    expect(field(page)).to_have_value("5,00")
    expect(form(page).get_by_label("Date")).to_have_value("2024-02-29")
    expect(error(page)).to_have_text("The history is full.")
    expect_all_sent(page)
    page.unroute("**/api/update")
    field(page).press("Enter")
    expect(toast(page)).to_contain_text("Recorded")
    assert balances(page, url) == ["5.00"]


def test_two_tabs_send_what_each_kept_once(new_context: NewContext, url: str) -> None:
    context = new_context()
    pages = [opened(context.new_page(), url) for _ in "ab"]
    sent: list[str] = []
    context.set_offline(True)
    for number, page in enumerate(pages, 1):
        set_balance(page, str(number))
        expect(rows(page)).to_have_count(number)
    context.on("request", lambda request: sent.append(request.method))
    context.set_offline(False)
    for page in pages:
        expect_all_sent(page)
        expect(rows(page)).to_have_count(2)
    assert balances(pages[0], url) == ["1.00", "2.00"]
    assert sent.count("POST") == 2


def test_what_waits_is_not_sent_into_another_history(page: Page, url: str) -> None:
    opened(page, url)
    page.route("**/api/update", lambda route: route.abort())
    set_balance(page, "5")
    expect(rows(page)).to_contain_text([WAITS])
    page.unroute("**/api/update")
    page.context.clear_cookies()
    page.reload()
    expect(form(page)).to_contain_text(re.compile(r"this is another history: .*R\s5,00"))
    record(page, "7")
    assert balances(page, url) == ["7.00"]
    page.get_by_role("button", name="Discard").click()
    expect(form(page)).not_to_contain_text("another history")
    page.reload()
    expect(rows(page)).to_have_count(1)
    expect(form(page)).not_to_contain_text("another history")


def test_start_fresh_deletes_what_waits_too(page: Page, url: str) -> None:
    opened(page, url)
    page.route("**/api/update", lambda route: route.abort())
    set_balance(page, "5")
    expect(rows(page)).to_contain_text([WAITS])
    start_fresh(page)
    page.unroute("**/api/update")
    page.reload()
    expect(page.get_by_text("Your history starts with one number")).to_be_visible()
    expect_all_sent(page)
    assert balances(page, url) == []


@pytest.mark.parametrize(
    "script",
    [
        "Object.defineProperty(window, 'indexedDB', { value: undefined })",
        "IDBObjectStore.prototype.add = () => { throw new Error('QuotaExceededError'); }",
    ],
    ids=["private", "full"],
)
def test_browser_that_keeps_nothing_is_told_of(page: Page, url: str, script: str) -> None:
    page.add_init_script(script)
    opened(page, url)
    page.context.set_offline(True)
    set_balance(page, "5")
    expect(rows(page)).to_contain_text([WAITS])
    expect(form(page)).to_contain_text("leave this page open")
    page.context.set_offline(False)
    expect_all_sent(page)
    assert balances(page, url) == ["5.00"]


def test_balance_that_another_device_deleted_before_the_repeat_is_told(
    page: Page, url: str
) -> None:
    opened(page, url)
    bad = [True]
    page.route("**/api/update", lambda route: lose(route) if bad else route.fallback())
    page.route("**/api/balances", lambda route: route.abort() if bad else route.fallback())
    set_balance(page, "77")
    expect(rows(page)).to_contain_text([WAITS])
    (entry,) = own(page, url)
    page.request.delete(f"{url}/api/balances/{entry['id']}")
    bad.clear()
    expect(toast(page)).to_contain_text("and deleted since", timeout=20_000)
    expect_all_sent(page)
    assert balances(page, url) == []


# Changing and deleting


@pytest.mark.parametrize("lost", [True, False], ids=["answer lost", "no line"])
def test_change_waits_in_its_row_and_is_sent(page: Page, url: str, lost: bool) -> None:
    give(page, url, ["2024-01-01,10", "2024-01-02,20"])
    opened(page, url)
    bad = [True]
    way = lose if lost else BAD["no line"]
    page.route("**/api/balances/*", lambda route: way(route) if bad else route.fallback())
    page.route("**/api/balances", lambda route: route.abort() if bad else route.fallback())
    rows(page).first.hover()
    row_button(page, 0, "Edit").click()
    page.locator("tr.editor").get_by_label("Balance").fill("15")
    page.keyboard.press("Enter")
    expect(rows(page).first).to_contain_text("change to be sent")
    expect(rows(page).first).to_contain_text("15,00")
    bad.clear()
    expect(toast(page)).to_contain_text("Changed to 1 Jan 2024", timeout=20_000)
    expect_all_sent(page)
    assert balances(page, url) == ["15.00", "20.00"]


@pytest.mark.parametrize("lost", [True, False], ids=["answer lost", "no line"])
def test_deletion_waits_in_its_row_and_is_sent(page: Page, url: str, lost: bool) -> None:
    """Its repeat is answered 404: done."""
    give(page, url, ["2024-01-01,10", "2024-01-02,20"])
    opened(page, url)
    bad = [True]
    way = lose if lost else BAD["no line"]
    page.route("**/api/balances/*", lambda route: way(route) if bad else route.fallback())
    page.route("**/api/balances", lambda route: route.abort() if bad else route.fallback())
    delete(page, 0)
    expect(rows(page).first).to_contain_text("deletion to be sent")
    expect(toast(page)).to_contain_text("Waiting to be sent")
    bad.clear()
    expect(rows(page)).to_have_count(1, timeout=20_000)
    expect_all_sent(page)
    assert balances(page, url) == ["20.00"]
    page.locator("main").get_by_role("button", name=re.compile("^Undo: Deleted")).click()
    expect(rows(page)).to_have_count(2)


def test_change_that_waited_and_is_refused_is_told_with_its_reason(page: Page, url: str) -> None:
    give(page, url, ["2024-01-01,10", "2024-01-02,20"])
    opened(page, url)
    page.context.set_offline(True)
    rows(page).first.hover()
    row_button(page, 0, "Edit").click()
    page.locator("tr.editor").get_by_label("Balance").fill("15")
    page.keyboard.press("Enter")
    expect(rows(page).first).to_contain_text("change to be sent")
    page.request.delete(f"{url}/api/balances/{own(page, url)[0]['id']}")
    page.context.set_offline(False)
    expect(toast(page)).to_contain_text(re.compile(r"Not changed to 1 Jan 2024, R\s15,00\. "))
    expect_all_sent(page)
    assert balances(page, url) == ["20.00"]


def test_balance_is_recorded_changed_and_deleted_without_a_line(page: Page, url: str) -> None:
    opened(page, url)
    page.context.set_offline(True)
    for count, balance in enumerate(("5", "6"), 1):
        set_balance(page, balance)
        expect(rows(page)).to_have_count(count)
        expect(field(page)).to_have_value("")
    rows(page).first.hover()
    row_button(page, 0, "Edit").click()
    page.locator("tr.editor").get_by_label("Balance").fill("15")
    page.keyboard.press("Enter")
    expect(rows(page).first).to_contain_text("15,00")
    delete(page, 1)
    expect(rows(page).nth(1)).to_contain_text("deletion to be sent")
    page.context.set_offline(False)
    expect_all_sent(page)
    expect(rows(page)).to_have_count(1)
    assert balances(page, url) == ["15.00"]
