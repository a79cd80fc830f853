"""The page: one history in two browsers and a script, by its key, in a real Chromium."""

import json
import re
from typing import Any
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

import pytest
from conftest import NAME, Cdn
from pages import (
    SAMPLES,
    NewContext,
    from_menu,
    give,
    look_again,
    lose,
    notice,
    opened,
    own,
    record,
    rows,
    sample_rows,
    start_fresh,
    toast,
    undo,
    violations,
    wide,
)
from playwright.sync_api import Locator, Page, Route, expect

from server.api.keys import qr_code

STORED = """() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie,
  history.state, location.href])"""
TWO = ["2026-11-01,5", "2026-11-02,7"]


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def button(page: Page, name: str) -> Locator:
    return dialog(page).get_by_role("button", name=name, exact=True)


def open_key_dialog(page: Page) -> None:
    from_menu(page, "Devices", "Open on another device…")
    expect(dialog(page).locator(".main")).to_be_visible()


def shown_key(page: Page) -> str:
    expect(page.locator(".groups")).to_be_visible()
    return "-".join(page.locator(".groups span").all_inner_texts())


def make_key(page: Page) -> str:
    """Make a key in the page and return it."""
    open_key_dialog(page)
    dialog(page).get_by_role("button", name=re.compile("^Make a (new )?key$")).click()
    key = shown_key(page)
    page.keyboard.press("Escape")
    button(page, "I have it: close").click()
    expect(dialog(page)).to_have_count(0)
    return key


def key_field(page: Page) -> Locator:
    return dialog(page).get_by_label("Key", exact=True)


def type_key(page: Page, key: str) -> None:
    open_key_dialog(page)
    button(page, "I have a key…").click()
    key_field(page).fill(key)


def use_key(page: Page, key: str, fate: str = "") -> None:
    """Open the history of a key; `fate` says what becomes of the one that is here."""
    type_key(page, key)
    if fate:
        dialog(page).get_by_label(re.compile(f"^{fate}")).check()
    button(page, "Open the history").click()


def script(url: str, key: str, body: Any = None) -> Any:
    """Call the API as a script does, with the key and no cookie."""
    request = HttpRequest(url, headers={"Authorization": f"Bearer {key}"})
    if body:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    with urlopen(request) as answer:
        return json.load(answer)


def balances(page: Page, url: str) -> list[str]:
    return [entry["balance"] for entry in own(page, url)]


@pytest.fixture
def other_page(new_context: NewContext) -> Page:
    """A page of another browser."""
    return new_context().new_page()


# One history


def test_two_browsers_and_a_script_share_one_history(
    page: Page, other_page: Page, url: str
) -> None:
    opened(page, url)
    record(page, "100")
    key = make_key(page)
    opened(other_page, url)
    use_key(other_page, key.lower().replace("-", " "))
    expect(toast(other_page)).to_contain_text("The history is open: 1 balance.")
    record(other_page, "200")
    script(f"{url}/api/update", key, {"balance": "300"})
    for each in (page, other_page):
        look_again(each)
        expect(rows(each)).to_have_count(3)
        assert balances(each, url) == ["100.00", "200.00", "300.00"]
    assert [entry["balance"] for entry in script(f"{url}/api/balances", key)["balances"]][-3:] == [
        *("100.00", "200.00", "300.00")
    ]


def test_new_key_is_shown_once_and_stored_nowhere_in_the_browser(page: Page, url: str) -> None:
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    opened(page, url)
    record(page, "100")
    open_key_dialog(page)
    expect(dialog(page)).not_to_contain_text("was made on")
    button(page, "Make a key").click()
    expect(dialog(page)).to_contain_text("Your key opens this history anywhere")
    expect(page.locator(".groups span")).to_have_count(6)
    key = shown_key(page)
    assert re.fullmatch("([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}", key)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    open_key_dialog(page)
    expect(dialog(page)).to_contain_text("A key was made on")
    expect(page.locator(".groups")).to_have_count(0)
    assert key not in page.evaluate(STORED)
    assert key not in page.content()
    assert not [address for address in addresses if key in address]


def test_key_can_be_copied(new_context: NewContext, url: str) -> None:
    context = new_context(permissions=["clipboard-read", "clipboard-write"])
    page = opened(context.new_page(), url)
    open_key_dialog(page)
    button(page, "Make a key").click()
    expect(button(page, "Copy key")).to_be_focused()
    button(page, "Copy key").click()
    expect(button(page, "Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == shown_key(page)


def test_password_managers_are_offered_the_key(page: Page, url: str) -> None:
    opened(page, url)
    open_key_dialog(page)
    button(page, "Make a key").click()
    made = page.locator("form.made")
    expect(made.locator("[autocomplete=username]")).to_have_value("Good Bank")
    expect(made.locator("[type=password][autocomplete=new-password]")).to_have_value(
        shown_key(page)
    )
    button(page, "Close").click()
    button(page, "I have it: close").click()
    from_menu(page, "Devices", "I have a key…")
    used = page.locator("form.use")
    expect(used.locator("[autocomplete=username]")).to_have_value("Good Bank")
    expect(used.locator("[type=password][autocomplete=current-password]")).to_be_visible()
    button(page, "Show the key").click()
    expect(used.locator("[autocomplete=current-password]")).to_have_attribute("type", "text")
    expect(button(page, "Hide the key")).to_be_visible()


def test_new_key_ends_the_old_one_and_says_so_first(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "5")
    old = make_key(page)
    open_key_dialog(page)
    expect(dialog(page)).to_contain_text("Make a new one, and this one opens nothing any more")
    page.keyboard.press("Escape")
    new = make_key(page)
    assert script(f"{url}/api/key", new)["made"]
    with pytest.raises(OSError, match="401"):
        script(f"{url}/api/key", old)


def test_key_that_was_not_copied_is_asked_about_once_before_it_is_gone(
    page: Page, url: str
) -> None:
    opened(page, url)
    record(page, "9")
    open_key_dialog(page)
    button(page, "Make a key").click()
    expect(page.locator(".groups")).to_be_visible()
    button(page, "Close").click()
    expect(dialog(page)).to_contain_text("It was not copied, and it is not shown again.")
    expect(button(page, "I have it: close")).to_be_focused()
    button(page, "Close without it").click()
    expect(dialog(page)).to_have_count(0)
    ask_to_leave(page)
    expect(dialog(page)).to_contain_text("never copied here")
    expect(dialog(page).get_by_role("link", name="Excel workbook")).to_be_visible()
    button(page, "Make a key first…").click()
    button(page, "Make a new key").click()
    button(page, "Copy key").click()
    expect(button(page, "Copied")).to_be_visible()
    button(page, "Close").click()
    expect(dialog(page)).to_have_count(0)
    ask_to_leave(page)
    expect(dialog(page)).to_contain_text(
        "Without that key nobody can, so leave only if you have it"
    )


def test_key_is_still_there_after_a_look_at_how_to_revoke_it(page: Page, url: str) -> None:
    opened(page, url)
    open_key_dialog(page)
    button(page, "Make a key").click()
    expect(page.locator(".groups")).to_be_visible()
    key = shown_key(page)
    button(page, "Revoke or replace it…").click()
    expect(page.locator(".groups")).to_have_count(0)
    button(page, "Back to the key").click()
    assert shown_key(page) == key


def test_revoked_key_opens_nothing(page: Page, url: str) -> None:
    opened(page, url)
    key = make_key(page)
    open_key_dialog(page)
    button(page, "Revoke the key").click()
    expect(dialog(page)).to_contain_text("Revoked: no key opens this history any more.")
    expect(button(page, "Make a key")).to_be_visible()
    with pytest.raises(OSError, match="401"):
        script(f"{url}/api/key", key)


def test_lost_answer_to_a_new_key_is_told(page: Page, url: str) -> None:
    opened(page, url)
    open_key_dialog(page)
    page.route("**/api/key", lose, times=1)
    button(page, "Make a key").click()
    expect(dialog(page).get_by_role("alert")).to_contain_text("Perhaps a key was made")
    button(page, "Make a key").click()
    expect(page.locator(".groups span")).to_have_count(6)


# A link


def test_page_of_this_computer_alone_offers_no_link(page: Page, url: str) -> None:
    opened(page, url)
    open_key_dialog(page)
    button(page, "Make a key").click()
    expect(dialog(page)).to_contain_text("is an address of this computer alone")
    expect(page.locator(".qr")).to_have_count(0)
    expect(button(page, "Copy link")).to_have_count(0)


def test_page_with_a_name_offers_a_link_and_its_qr_code(page: Page, url: str) -> None:
    url = url.replace("127.0.0.1", NAME)
    opened(page, url)
    open_key_dialog(page)
    button(page, "Make a key").click()
    link = f"{url}/#key={shown_key(page)}"
    expect(page.locator(".qr path")).to_have_attribute("d", str(qr_code(link)["path"]))
    background = page.locator(".qr").evaluate("svg => getComputedStyle(svg).backgroundColor")
    assert background == "rgb(255, 255, 255)"
    button(page, "Copy link").click()
    expect(button(page, "Copied")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#balance").focus()
    page.keyboard.press("Control+V")
    expect(page.locator("#balance")).to_have_value(link)


def test_link_asks_before_it_opens_the_history(page: Page, other_page: Page, url: str) -> None:
    opened(page, url)
    give(page, url, TWO)
    key = make_key(page)
    addresses: list[str] = []
    other_page.on("request", lambda request: addresses.append(request.url))
    opened(other_page, f"{url}/#key={key}")
    expect(dialog(other_page)).to_contain_text("Open the history of this link?")
    assert other_page.url == f"{url}/"
    assert balances(other_page, url) == []
    assert key not in other_page.evaluate(STORED)
    button(other_page, "Open the history").click()
    expect(toast(other_page)).to_contain_text("The history is open: 2 balances.")
    expect(rows(other_page)).to_have_count(2)
    other_page.reload()
    expect(rows(other_page)).to_have_count(2)
    assert not [address for address in addresses if key in address.partition("#")[0]]


def test_link_that_is_declined_changes_nothing(page: Page, other_page: Page, url: str) -> None:
    opened(page, url)
    give(page, url, TWO)
    key = make_key(page)
    opened(other_page, url)
    record(other_page, "9")
    opened(other_page, f"{url}/#key={key}")
    expect(dialog(other_page)).to_contain_text("This browser has 1 balance.")
    button(other_page, "Cancel").click()
    assert balances(other_page, url) == ["9.00"]
    assert other_page.url == f"{url}/"


def test_link_pasted_over_the_open_page_asks_too(page: Page, url: str) -> None:
    opened(page, url)
    key = make_key(page)
    page.evaluate("key => location.hash = `key=${key}`", key)
    expect(dialog(page)).to_contain_text("Open the history of this link?")
    expect(key_field(page)).to_have_value(key)
    assert page.url == f"{url}/"


def test_key_leaves_the_address_bar_before_vue_arrives(page: Page, url: str, cdn: Cdn) -> None:
    held: list[Route] = []
    cdn.reply = lambda route, body: held.append(route)
    page.route("**/vendor/*", lambda route: held.append(route))
    page.goto(f"{url}/#key=AAAA-BBBB", wait_until="commit")
    page.wait_for_url(f"{url}/", wait_until="commit")
    assert page.evaluate("typeof Vue") == "undefined"


# What this browser has


def test_nothing_is_opened_before_one_says_what_becomes_of_what_is_here(
    page: Page, other_page: Page, url: str
) -> None:
    opened(page, url)
    give(page, url, TWO)
    key = make_key(page)
    opened(other_page, url)
    record(other_page, "9")
    use_key(other_page, key)
    assert other_page.locator("[name=fate]:invalid").count() == 2
    assert balances(other_page, url) == ["9.00"]


def test_balances_here_are_added_to_the_opened_history(
    page: Page, other_page: Page, url: str
) -> None:
    opened(page, url)
    give(page, url, TWO)
    key = make_key(page)
    opened(other_page, url)
    record(other_page, "9")
    use_key(other_page, key, "Add")
    expect(toast(other_page)).to_contain_text("The history is open: 3 balances.")
    assert balances(page, url) == ["5.00", "7.00", "9.00"]
    expect(notice(other_page)).to_have_count(0)


def test_what_was_done_before_a_move_can_be_undone_after_it(
    page: Page, other_page: Page, url: str
) -> None:
    opened(page, url)
    key = make_key(page)
    opened(other_page, url)
    record(other_page, "9")
    rows(other_page).last.hover()
    rows(other_page).last.get_by_role("button", name=re.compile("^Delete ")).click()
    expect(undo(other_page)).to_be_visible()
    record(other_page, "10")
    use_key(other_page, key, "Add")
    expect(toast(other_page)).to_contain_text("The history is open")
    other_page.get_by_role("button", name=re.compile("^Undo: Deleted")).click()
    expect(toast(other_page)).to_contain_text("Undone")
    assert sorted(balances(page, url)) == ["10.00", "9.00"]


def test_balances_left_without_a_key_are_said_to_be_out_of_reach(
    page: Page, other_page: Page, url: str
) -> None:
    opened(page, url)
    give(page, url, TWO)
    key = make_key(page)
    opened(other_page, url)
    record(other_page, "9")
    type_key(other_page, key)
    dialog(other_page).get_by_label(re.compile("^Leave")).check()
    expect(dialog(other_page)).to_contain_text("nobody could open them again")
    expect(dialog(other_page).get_by_role("link", name="Export CSV")).to_be_visible()
    button(other_page, "Make a key first…").click()
    button(other_page, "Make a key").click()
    expect(other_page.locator(".groups")).to_be_visible()
    kept = shown_key(other_page)
    button(other_page, "I have a key…").click()
    button(other_page, "I have it: close").click()
    type_key(other_page, key)
    dialog(other_page).get_by_label(re.compile("^Leave")).check()
    expect(dialog(other_page)).to_contain_text("opens them again")
    button(other_page, "Open the history").click()
    expect(toast(other_page)).to_contain_text("The history is open: 2 balances.")
    expect(other_page.get_by_role("button", name=re.compile("^Undo: "))).to_have_count(0)
    use_key(other_page, kept, "Leave")
    expect(toast(other_page)).to_contain_text("The history is open: 1 balance.")
    assert balances(other_page, url) == ["9.00"]


def test_move_whose_answer_is_lost_moves_each_balance_once(
    page: Page, other_page: Page, url: str
) -> None:
    opened(page, url)
    give(page, url, TWO)
    key = make_key(page)
    opened(other_page, url)
    record(other_page, "9")
    other_page.route("**/api/session", lose, times=1)
    use_key(other_page, key, "Add")
    expect(dialog(other_page).get_by_role("alert")).to_contain_text("Perhaps it was opened")
    button(other_page, "Open the history").click()
    expect(toast(other_page)).to_contain_text("The history is open: 3 balances.")
    expect(notice(other_page)).to_have_count(0)
    assert balances(page, url) == ["5.00", "7.00", "9.00"]
    assert balances(other_page, url) == ["5.00", "7.00", "9.00"]


def test_wrong_key_is_refused_and_changes_nothing(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "9")
    use_key(page, "AAAA-BBBB", "Leave")
    expect(dialog(page).get_by_role("alert")).to_contain_text("This key opens no history.")
    expect(key_field(page)).to_be_focused()
    expect(key_field(page)).to_have_attribute("aria-invalid", "true")
    assert balances(page, url) == ["9.00"]


def test_second_press_while_a_history_opens_sends_nothing(
    page: Page, other_page: Page, url: str
) -> None:
    opened(page, url)
    key = make_key(page)
    opened(other_page, url)
    held: list[Route] = []
    other_page.route("**/api/session", lambda route: held.append(route))
    with other_page.expect_request("**/api/session"):
        use_key(other_page, key)
    key_field(other_page).press("Enter")
    expect(button(other_page, "Opening…")).to_be_visible()
    for route in held:
        route.continue_()
    expect(toast(other_page)).to_contain_text("The history is open")
    assert len(held) == 1


def test_other_tab_is_told_that_another_history_was_opened(
    page: Page, new_context: NewContext, url: str
) -> None:
    opened(page, url)
    give(page, url, TWO)
    key = make_key(page)
    context = new_context()
    one, other = opened(context.new_page(), url), opened(context.new_page(), url)
    use_key(one, key)
    expect(rows(other)).to_have_count(2)
    expect(toast(other)).to_contain_text("Another history was opened in another tab.")


def test_key_can_be_used_where_there_is_no_balance_yet(
    page: Page, other_page: Page, url: str
) -> None:
    opened(page, url)
    give(page, url, TWO)
    key = make_key(page)
    opened(other_page, url)
    start_fresh(other_page)
    other_page.get_by_role("button", name="I have a key…").click()
    key_field(other_page).fill(key)
    key_field(other_page).press("Enter")
    expect(rows(other_page)).to_have_count(2)


# Leaving


def ask_to_leave(page: Page) -> None:
    open_key_dialog(page)
    button(page, "Leave this browser…").click()
    expect(dialog(page)).to_contain_text("Leave this browser?")


def test_browser_that_is_left_forgets_the_history_and_the_key_opens_it_again(
    page: Page, url: str
) -> None:
    opened(page, url)
    record(page, "9")
    key = make_key(page)
    ask_to_leave(page)
    expect(dialog(page)).to_contain_text("opens it again")
    button(page, "Leave this browser").click()
    expect(toast(page)).to_contain_text("This browser has forgotten the history.")
    expect(sample_rows(page)).to_have_count(SAMPLES)
    expect(notice(page)).to_have_count(0)
    assert "9,00" not in page.evaluate(STORED)
    record(page, "1")
    expect(notice(page)).to_have_count(0)
    assert balances(page, url) == ["1.00"]
    use_key(page, key, "Leave")
    expect(toast(page)).to_contain_text("The history is open: 1 balance.")
    assert balances(page, url) == ["9.00"]


def test_leaving_without_a_key_offers_the_key_and_the_export_first(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "9")
    ask_to_leave(page)
    expect(dialog(page)).to_contain_text("nobody can open its 1 balance again")
    expect(dialog(page).get_by_role("link", name="Export CSV")).to_be_visible()
    expect(button(page, "Make a key first…")).to_be_visible()
    button(page, "Stay").click()
    assert balances(page, url) == ["9.00"]
    ask_to_leave(page)
    button(page, "Leave anyway").click()
    expect(toast(page)).to_contain_text("forgotten")
    assert balances(page, url) == []


def test_leaving_is_refused_where_the_page_did_not_know_that_no_key_is_left(
    page: Page, url: str
) -> None:
    opened(page, url)
    record(page, "9")
    make_key(page)
    ask_to_leave(page)
    expect(dialog(page)).to_contain_text("opens it again")
    assert page.request.delete(f"{url}/api/key").ok
    button(page, "Leave this browser").click()
    expect(dialog(page)).to_contain_text("No key opens this history.")
    assert balances(page, url) == ["9.00"]


def test_other_tab_is_told_that_this_browser_was_left(new_context: NewContext, url: str) -> None:
    context = new_context()
    one, other = opened(context.new_page(), url), opened(context.new_page(), url)
    record(one, "9")
    expect(rows(other)).to_have_count(1)
    ask_to_leave(one)
    button(one, "Leave anyway").click()
    expect(toast(other)).to_contain_text("This browser has left the history in another tab.")
    expect(sample_rows(other)).to_have_count(SAMPLES)


# For everyone


def made(page: Page) -> None:
    open_key_dialog(page)
    page.route("**/api/key", with_link)
    button(page, "Make a key").click()
    expect(page.locator(".qr")).to_be_visible()


def with_link(route: Route) -> None:
    """Answer what the server answers to a page that another device can reach."""
    body = {"page": "https://good-bank.example/"}
    headers = {**route.request.headers, "content-type": "application/json"}
    route.fulfill(response=route.fetch(post_data=json.dumps(body), headers=headers))


def made_before(page: Page) -> None:
    make_key(page)
    open_key_dialog(page)


def using(page: Page) -> None:
    use_key(page, "AAAA", "Leave")
    expect(dialog(page).get_by_role("alert")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("state", [open_key_dialog, made, made_before, using, ask_to_leave])
def test_axe_finds_nothing_in_the_key_dialogs(
    new_context: NewContext, url: str, state: Any, width: int
) -> None:
    page = new_context(viewport={"width": width, "height": 740}).new_page()
    opened(page, url)
    record(page, "9")
    state(page)
    assert violations(page) == []
    assert wide(page) == width
    assert page.evaluate("document.querySelector('dialog .body').scrollWidth") <= width


def test_key_dialogs_by_keyboard(page: Page, url: str) -> None:
    opened(page, url)
    opener = page.locator("summary", has_text="Devices")
    opener.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(button(page, "Make a key")).to_be_visible()
    button(page, "Make a key").focus()
    page.keyboard.press("Enter")
    expect(button(page, "Copy key")).to_be_focused()
    key = shown_key(page)
    page.keyboard.press("Escape")
    expect(button(page, "I have it: close")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog(page)).to_have_count(0)
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(key_field(page)).to_be_focused()
    page.keyboard.type(key)
    page.keyboard.press("Enter")
    expect(toast(page)).to_contain_text("The history is open")
    expect(opener).to_be_focused()
