"""The page: one history in several browsers, by its key, in a real Chromium."""

import re

import pytest
from conftest import NAME
from pages import SAMPLES, Bank, NewContext, give, lose
from playwright.sync_api import Locator, Page, Route, expect

from server.api.keys import qr_code

STORED = """() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie,
  history.state, location.href])"""


def button(bank: Bank, name: str) -> Locator:
    return bank.dialog.get_by_role("button", name=name, exact=True)


def open_key_dialog(bank: Bank) -> None:
    bank.from_menu("Devices", "Open on another device…")
    expect(bank.dialog.get_by_role("button", name=re.compile("Make a"))).to_be_visible()


def groups(bank: Bank) -> Locator:
    return bank.dialog.get_by_role("group", name="Your key")


def shown_key(bank: Bank) -> str:
    expect(groups(bank)).to_be_visible()
    return "-".join(groups(bank).locator("span").all_inner_texts())


def key_field(bank: Bank) -> Locator:
    return bank.dialog.get_by_label("Key", exact=True)


def use_key(bank: Bank, key: str, fate: str = "") -> None:
    """Open the history of a key; `fate` says what becomes of the one that is here."""
    bank.from_menu("Devices", "I have a key…")
    key_field(bank).fill(key)
    if fate:
        bank.dialog.get_by_label(re.compile(f"^{fate}")).check()
    button(bank, "Open the history").click()


def ask_to_leave(bank: Bank) -> None:
    open_key_dialog(bank)
    button(bank, "Leave this browser…").click()
    expect(bank.dialog).to_contain_text("Leave this browser?")


@pytest.fixture
def key(new_context: NewContext, url: str) -> str:
    """The key of a history with two balances, 5.00 and 7.00, that another browser has."""
    other = new_context()
    give(other, url, ["2026-11-01,5", "2026-11-02,7"])
    return str(other.request.post(f"{url}/api/key").json()["key"])


def test_new_key_is_shown_once_and_not_lost_unasked(new_context: NewContext, url: str) -> None:
    """It is stored nowhere in the browser, but where the password manager has been offered it."""
    page = new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    bank = Bank(page, url)
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    bank.open()
    bank.record("9")
    open_key_dialog(bank)
    expect(bank.dialog).not_to_contain_text("was made on")
    page.route("**/api/key", lose, times=1)
    button(bank, "Make a key").click()
    expect(bank.dialog.get_by_role("alert")).to_contain_text("Perhaps a key was made")
    button(bank, "Make a key").click()
    expect(bank.dialog).to_contain_text("Your key opens this history anywhere")
    expect(bank.dialog).to_contain_text("is an address of this computer alone")
    expect(bank.dialog.get_by_role("img")).to_have_count(0)
    expect(button(bank, "Copy link")).to_have_count(0)
    first = shown_key(bank)
    offered = bank.dialog.locator("form [type=password][autocomplete=new-password]")
    expect(offered).to_have_value(first)
    expect(bank.dialog.locator("form [autocomplete=username]")).to_have_value("Good Bank")
    button(bank, "Revoke or replace it…").click()
    expect(groups(bank)).to_have_count(0)
    button(bank, "Back to the key").click()
    assert shown_key(bank) == first
    for _ in range(3):  # a browser would close it at the second
        page.keyboard.press("Escape")
    expect(bank.dialog).to_contain_text("It was not copied, and it is not shown again.")
    expect(button(bank, "I have it: close")).to_be_focused()
    button(bank, "Close without it").click()
    expect(bank.dialog).to_have_count(0)
    ask_to_leave(bank)
    expect(bank.dialog).to_contain_text("never copied here")
    expect(bank.dialog.get_by_role("link", name="Excel workbook")).to_be_visible()
    button(bank, "Make a key first…").click()
    expect(bank.dialog).to_contain_text("A key was made on")
    expect(bank.dialog).to_contain_text("Make a new one, and this one opens nothing any more")
    button(bank, "Make a new key").click()
    expect(button(bank, "Copy key")).to_be_focused()
    button(bank, "Copy key").click()
    expect(button(bank, "Copied")).to_be_visible()
    second = shown_key(bank)
    assert page.evaluate("navigator.clipboard.readText()") == second
    button(bank, "Close").click()
    expect(bank.dialog).to_have_count(0)
    ask_to_leave(bank)
    expect(bank.dialog).to_contain_text("Without that key nobody can, so leave only if you have")
    button(bank, "Stay").click()
    open_key_dialog(bank)
    button(bank, "Revoke the key").click()
    expect(bank.dialog).to_contain_text("Revoked: no key opens this history any more.")
    expect(button(bank, "Make a key")).to_be_visible()
    assert page.request.get(f"{bank.url}/api/key").json()["made"] is None
    for key in (first, second):
        assert key not in page.evaluate(STORED) + page.content() + "".join(addresses)


# A link


def test_page_with_a_name_offers_a_link_and_its_qr_code(page: Page, bank: Bank) -> None:
    bank.url = bank.url.replace("127.0.0.1", NAME)
    bank.open()
    open_key_dialog(bank)
    button(bank, "Make a key").click()
    link = f"{bank.url}/#key={shown_key(bank)}"
    code = bank.dialog.get_by_role("img", name="QR code of the link")
    expect(code.locator("path")).to_have_attribute("d", str(qr_code(link)["path"]))
    expect(code).to_have_css("background-color", "rgb(255, 255, 255)")
    button(bank, "Copy link").click()
    expect(button(bank, "Copied")).to_be_visible()
    page.evaluate("document.execCommand = () => false")  # as where copying is not allowed
    button(bank, "Copy key").press("Enter")
    expect(bank.dialog).to_contain_text("The key is selected now")
    assert page.evaluate("`${getSelection()}`").split() == shown_key(bank).split("-")
    page.keyboard.press("Escape")
    bank.field.focus()
    page.keyboard.press("Control+V")
    expect(bank.field).to_have_value(link)


def test_link_asks_before_it_replaces_the_history(page: Page, bank: Bank, key: str) -> None:
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.request.post(f"{bank.url}/api/update", form={"balance": "9"})
    bank.open(f"/#key={key}")
    expect(bank.dialog).to_contain_text("Open the history of this link?")
    expect(bank.dialog).to_contain_text("This browser has 1 balance.")
    button(bank, "Cancel").click()
    expect(page.locator("dialog")).to_have_count(0)
    page.evaluate("key => location.hash = `key=${key}`", key)  # pasted over the open page
    expect(key_field(bank)).to_have_value(key)
    assert page.url == f"{bank.url}/"
    assert key not in page.evaluate(STORED)
    button(bank, "Open the history").click()
    assert page.locator("[name=fate]:invalid").count() == 2, "it is to be said what becomes of 9.00"
    assert bank.balances() == ["9.00"]
    leave = bank.dialog.get_by_label(re.compile("^Leave"))
    leave.check()
    expect(bank.dialog).to_contain_text("nobody could open them again")
    expect(bank.dialog.get_by_role("link", name="Export CSV")).to_be_visible()
    button(bank, "Make a key first…").click()
    button(bank, "Make a key").click()
    expect(groups(bank)).to_be_visible()
    button(bank, "I have a key…").click()
    button(bank, "I have it: close").click()
    bank.from_menu("Devices", "I have a key…")
    key_field(bank).fill(key)
    leave.check()
    expect(bank.dialog).to_contain_text("opens them again")
    button(bank, "Open the history").click()
    expect(bank.toast).to_contain_text("The history is open: 2 balances.")
    expect(page.get_by_role("button", name=re.compile("^Undo: "))).to_have_count(0)
    expect(bank.rows).to_have_count(2)
    assert not [address for address in addresses if key in address.partition("#")[0]]


def test_key_leaves_the_address_bar_before_vue_arrives(page: Page, url: str) -> None:
    held: list[Route] = []
    page.route("**/vue.global.prod.js", lambda route: held.append(route))
    page.goto(f"{url}/#key=AAAA-BBBB", wait_until="commit")
    page.wait_for_url(f"{url}/", wait_until="commit")
    assert page.evaluate("typeof Vue") == "undefined"


# What this browser has


def test_balances_here_are_added_to_the_opened_history_once(bank: Bank, key: str) -> None:
    """After a wrong key, and a lost answer; what was deleted here can still be undone."""
    bank.open()
    bank.record("9")
    bank.delete()
    expect(bank.undo).to_be_visible()
    bank.record("10")
    use_key(bank, "AAAA-BBBB", "Add")
    expect(bank.dialog.get_by_role("alert")).to_contain_text("This key opens no history.")
    expect(key_field(bank)).to_be_focused()
    expect(key_field(bank)).to_have_attribute("aria-invalid", "true")
    expect(key_field(bank)).to_have_attribute("type", "password")
    expect(key_field(bank)).to_have_attribute("autocomplete", "current-password")
    button(bank, "Show the key").click()
    expect(key_field(bank)).to_have_attribute("type", "text")
    expect(button(bank, "Hide the key")).to_be_visible()
    assert bank.balances() == ["10.00"]
    key_field(bank).fill(key)
    bank.page.route("**/api/session", lose, times=1)
    button(bank, "Open the history").click()
    expect(bank.dialog.get_by_role("alert")).to_contain_text("Perhaps it was opened")
    expect(bank.dialog).to_contain_text("This browser has 3 balances")
    with bank.held("**/api/session") as requests:
        button(bank, "Open the history").click()
        expect(button(bank, "Opening…")).to_be_visible()
        key_field(bank).press("Enter")
    expect(bank.toast).to_contain_text("The history is open: 3 balances.")
    expect(bank.notice).to_have_count(0)
    assert len(requests) == 1
    bank.page.get_by_role("button", name="Undo: Deleted").click()
    expect(bank.toast).to_contain_text("Undone")
    assert sorted(bank.balances()) == ["10.00", "5.00", "7.00", "9.00"]


def test_other_tab_hears_of_opening_and_leaving(
    new_context: NewContext, url: str, key: str
) -> None:
    context = new_context()
    one, other = (Bank(context.new_page(), url).open() for _ in "ab")
    one.start_fresh()
    one.page.get_by_role("main").get_by_role("button", name="I have a key…").click()
    key_field(one).fill(key)
    key_field(one).press("Enter")
    expect(other.rows).to_have_count(2)
    expect(other.toast).to_contain_text("Another history was opened in another tab.")
    one.page.request.delete(f"{url}/api/balances", headers={"Authorization": f"Bearer {key}"})
    other.look_again()
    expect(other.notice).to_contain_text("Everything was deleted on another device")
    ask_to_leave(one)
    button(one, "Leave anyway").click()
    expect(other.toast).to_contain_text("This browser has left the history in another tab.")
    expect(other.sample_rows).to_have_count(SAMPLES)


def test_what_waits_follows_a_history_that_is_added_to_another(bank: Bank, key: str) -> None:
    bank.open()
    bank.record("9")
    request, context = bank.page.request, bank.page.context
    mine = {"Authorization": f"Bearer {request.post(f'{bank.url}/api/key').json()['key']}"}
    context.set_offline(True)
    bank.set_balance("10")
    expect(bank.rows.last).to_contain_text("waiting to be sent")
    merge = {"key": key, "merge": True}
    assert request.post(f"{bank.url}/api/session", data=merge, headers=mine).ok
    context.set_offline(False)
    expect(bank.notice).to_contain_text("these balances were added to another history")
    bank.until(lambda: bank.balances() == ["5.00", "7.00", "9.00", "10.00"])
    expect(bank.page.get_by_text("to be sent")).to_have_count(0)


# Leaving


def test_browser_that_is_left_forgets_the_history_and_the_key_opens_it_again(bank: Bank) -> None:
    bank.open()
    bank.record("9")
    ask_to_leave(bank)
    expect(bank.dialog).to_contain_text("nobody can open its 1 balance again")
    button(bank, "Stay").click()
    open_key_dialog(bank)
    button(bank, "Make a key").click()
    key = shown_key(bank)
    bank.page.keyboard.press("Escape")
    button(bank, "I have it: close").click()
    expect(bank.dialog).to_have_count(0)
    ask_to_leave(bank)
    expect(bank.dialog).to_contain_text("opens it again")
    button(bank, "Leave this browser").click()
    expect(bank.toast).to_contain_text("This browser has forgotten the history.")
    expect(bank.sample_rows).to_have_count(SAMPLES)
    expect(bank.notice).to_have_count(0)
    assert not re.search("9[.,]00", bank.page.evaluate(STORED))
    use_key(bank, key)
    expect(bank.toast).to_contain_text("The history is open: 1 balance.")
    ask_to_leave(bank)
    expect(bank.dialog).to_contain_text("opens it again")
    assert bank.page.request.delete(f"{bank.url}/api/key").ok  # which the page does not know
    button(bank, "Leave this browser").click()
    expect(bank.dialog).to_contain_text("No key opens this history.")
    assert bank.balances() == ["9.00"]
    button(bank, "Leave anyway").click()
    expect(bank.toast).to_contain_text("forgotten")
    assert bank.balances() == []
