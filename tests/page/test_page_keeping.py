"""The page: changing, deleting, bringing back, samples, starting fresh, in a real Chromium."""

import re
from datetime import date, timedelta
from pathlib import Path

from conftest import NOON
from pages import COMPOSED, SAMPLES, Bank, NewContext, daily
from playwright.sync_api import Locator, Page, Request, Route, expect

FIRST = date(2024, 1, 1)
FRESH = "Your history starts with one number"


def undo_later(page: Page, done: str = "") -> Locator:
    """Where undo is offered after the toast has gone."""
    return page.locator("main").get_by_role("button", name=f"Undo: {done}")


# Change


def test_balance_is_corrected_in_its_row_and_moved_and_put_back(page: Page, bank: Bank) -> None:
    bank.give(daily((10, 20, 30), FIRST))
    bank.open()
    before = bank.own()
    bank.change(1, "1 234,56")
    expect(bank.toast).to_contain_text("Changed to 2 Jan 2024, R 1 234,56")
    assert "R 1 234,56 +R 1 224,56" in bank.told()[1]
    bank.edit(0).get_by_label("Date").fill("2024-01-09")
    page.get_by_role("button", name="Save").click()
    expect(bank.rows.last).to_contain_text("R 10,00")
    expect(bank.row_button(2, "Edit")).to_be_focused()
    assert "Current balance, 9 Jan 2024 R 10,00" in bank.headline()
    after = {entry["id"]: (entry["date"], entry["balance"]) for entry in bank.own()}
    assert after[before[0]["id"]] == ("2024-01-09", "10.00")
    assert after[before[1]["id"]] == ("2024-01-02", "1234.56")
    page.reload()
    undo_later(page, "Changed 1 Jan 2024").click()
    expect(bank.rows.first).to_contain_text("R 10,00")
    undo_later(page, "Changed 2 Jan 2024, R 20,00").click()
    expect(bank.rows.nth(1)).to_contain_text("R 20,00")
    expect(undo_later(page)).to_have_count(0)
    assert bank.own() == before


def test_editor_saves_only_changes_and_stays_open_when_refused(page: Page, bank: Bank) -> None:
    """Another device changes the entry while the editor is open, and before Undo."""
    bank.give(daily((-10.5, 20), FIRST))
    bank.open()
    entry = f"{bank.url}/api/balances/{bank.own()[0]['id']}"

    def day_and_balance() -> tuple[str, str]:
        return bank.own()[0]["date"], bank.own()[0]["balance"]

    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request))
    bank.edit(0)
    page.request.patch(entry, data={"date": "2023-12-09"})
    bank.editor.get_by_label("Balance").fill("7")
    page.keyboard.press("Enter")
    expect(bank.toast).to_contain_text("Changed to 1 Jan 2024, R 7,00")
    expect(bank.editor).to_have_count(0)
    assert day_and_balance() == ("2023-12-09", "7.00")
    bank.edit(0)
    page.request.patch(entry, data={"balance": "99"})
    bank.editor.get_by_label("Date").fill("2023-12-24")
    page.get_by_role("button", name="Save").click()
    expect(bank.toast).to_contain_text("Changed to 24 Dec 2023")
    expect(bank.editor).to_have_count(0)
    assert day_and_balance() == ("2023-12-24", "99.00")
    page.request.patch(entry, data={"balance": "77"})
    bank.undo.click()
    expect(bank.toast).to_contain_text("Undone: changed 9 Dec 2023, R 7,00")
    assert day_and_balance() == ("2023-12-09", "77.00")
    changes = [request.post_data_json for request in sent if request.method == "PATCH"]
    assert changes == [{"balance": "7.00"}, {"date": "2023-12-24"}, {"date": "2023-12-09"}]
    bank.change(0, "8")
    expect(bank.undo).to_be_visible()
    page.request.patch(entry, data={"balance": "9"})
    bank.look_again()
    expect(bank.rows.first).to_contain_text("R 9,00")
    bank.undo.click()
    expect(bank.toast).to_contain_text("changed or deleted since")
    assert bank.balances() == ["9.00", "20.00"]
    row = bank.edit(0)
    for balance, day, reason in (
        ("1,234", "2024-01-01", "could mean 1234 rand or 1.23 rand"),
        ("5", "0024-01-01", "before 1900: write the whole year"),
        ("5", "2999-01-01", "lies in the future"),
    ):
        row.get_by_label("Balance").fill(balance)
        row.get_by_label("Date").fill(day)
        row.get_by_role("button", name="Save").click()
        expect(row.get_by_role("alert")).to_contain_text(reason)
        wrong = row.locator("[aria-invalid=true]")
        expect(wrong).to_be_focused()
        expect(wrong).to_have_accessible_description(re.compile(reason))
    refusal = {"detail": "The history has no mood for this.", "status": 422}
    refuse = lambda route: route.fulfill(status=422, json=refusal)  # noqa: E731
    page.route("**/api/balances/*", refuse, times=1)
    row.get_by_label("Date").fill("2024-01-01")
    row.get_by_role("button", name="Save").click()
    expect(row.get_by_role("alert")).to_contain_text("no mood for this")
    expect(row.get_by_label("Balance")).to_have_value("5")
    row.get_by_role("button", name="Save").click()
    expect(bank.editor).to_have_count(0)
    assert bank.balances() == ["5.00", "20.00"]
    held: list[Route] = []
    page.route("**/api/balances/*", lambda route: held.append(route), times=1)
    bank.edit(0).get_by_label("Balance").fill("6")
    page.keyboard.press("Enter")
    bank.until(lambda: held)
    page.keyboard.press("Escape")
    held[0].fulfill(status=422, json=refusal)
    expect(bank.toast).to_contain_text("no mood for this")
    expect(bank.notice).to_have_count(0)


def test_row_that_is_being_changed_stays_while_the_page_goes_on(page: Page, bank: Bank) -> None:
    bank.give(daily((1000, 2000), FIRST))
    bank.open()
    first = bank.own()[0]["id"]
    amount = bank.edit(0).get_by_label("Balance")
    amount.fill("7")
    for action in ("Edit", "Delete"):
        bank.row_button(0, action).click(force=True)
        expect(bank.toast).to_contain_text("First save or cancel the balance")
        bank.toast.get_by_role("button", name="Close").click()
    bank.search.press_sequentially("2000")
    expect(bank.rows).to_have_count(1)
    expect(amount).to_have_value("7")
    expect(bank.search).to_be_focused()
    bank.search.fill("")
    header = page.get_by_role("columnheader", name="Date")
    header.get_by_role("button", name="Oldest first").click()
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(page.get_by_role("row").last.get_by_label("Balance")).to_have_value("7")
    bank.editor.get_by_label("Date").press("Backspace")  # half typed, it holds back nothing else
    bank.record("5")
    expect(bank.rows).to_have_count(2)
    bank.editor.get_by_role("button", name="Save").click()
    expect(bank.editor.get_by_role("alert")).to_contain_text("Write the whole date")
    amount.focus()
    page.request.delete(f"{bank.url}/api/balances/{first}")
    bank.look_again()
    expect(bank.toast).to_contain_text("that you were changing is no longer there")
    expect(bank.editor).to_have_count(0)
    expect(page.get_by_role("table")).to_be_focused()
    bank.edit(0)


# Delete and undo


def test_deleted_balances_come_back_the_very_same_one_by_one(page: Page, bank: Bank) -> None:
    bank.give(daily((f"{n},,,900000" for n in (1, 2, 3)), FIRST))
    bank.open()
    before = bank.own()
    bank.delete(1)
    bank.undo.click()
    expect(bank.row_button(1, "Edit")).to_be_focused()
    bank.delete(1)
    with bank.held("**/restore"):
        bank.undo.click()
        bank.field.focus()  # where one goes on typing
    expect(bank.toast).to_contain_text("Undone")
    expect(bank.field).to_be_focused()
    for left in (2, 1, 0):
        bank.delete(0)
        expect(bank.rows).to_have_count(left)
    expect(page.get_by_text(FRESH)).to_be_visible()
    page.reload()
    for day in (3, 2, 1):
        undo_later(page, f"Deleted {day} Jan 2024").click()
        expect(bank.rows.first).to_contain_text(f"R {day},00")
    expect(undo_later(page)).to_have_count(0)
    assert bank.own() == before


def test_what_is_gone_for_good_is_not_offered_for_undo(new_context: NewContext, url: str) -> None:
    context = new_context()
    one, other = (Bank(context.new_page(), url).open() for _ in "ab")
    one.record("5")
    one.delete()
    expect(one.toast).to_contain_text("Deleted")
    gone = {"detail": "It is gone.", "status": 404}
    one.page.route("**/restore", lambda route: route.fulfill(status=404, json=gone))
    one.undo.click()
    expect(one.toast).to_contain_text("It is gone.")
    expect(other.toast).not_to_contain_text("It is gone.")
    expect(one.undo).to_have_count(0)
    expect(undo_later(one.page)).to_have_count(0)
    other.page.reload()
    one.record("6")


def test_double_click_deletes_one_and_brings_one_back(page: Page, bank: Bank) -> None:
    """Although another entry moves up under the pointer before the second click."""
    bank.give(daily(range(1, 31), FIRST))
    bank.open()
    bank.rows.nth(20).hover()
    for target, left in ((bank.row_button(20, "Delete"), 29), (bank.undo, 30)):
        box = target.bounding_box()
        assert box
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(bank.rows).to_have_count(left)
        page.mouse.down(click_count=2)
        page.mouse.up(click_count=2)
        with page.expect_response("**/api/balances"):
            bank.look_again()  # which comes after what a second click would have sent
        assert len(bank.own()) == left


def test_undo_ends_a_search_but_leaving_the_editor_does_not(page: Page, bank: Bank) -> None:
    bank.give(daily(range(300), FIRST))
    bank.open()
    bank.search.fill("2024/02/05")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    expect(bank.rows).to_have_count(1)
    for leave in ("Escape", "Enter"):  # with nothing changed
        amount = bank.edit(0).get_by_label("Balance")
        assert amount.evaluate(COMPOSED, leave) == (leave == "Enter")
        expect(amount).to_be_focused()
        page.keyboard.press(leave)
        expect(bank.row_button(0, "Edit")).to_be_focused()
    bank.edit(0).get_by_label("Balance").fill("1")
    page.get_by_role("button", name="Cancel").click()
    expect(bank.rows).to_have_count(1)
    bank.delete(0)
    expect(bank.rows).to_have_count(0)
    bank.undo.press("Enter")
    back = page.get_by_role("button", name=re.compile("Edit .* of 5 Feb"))
    expect(back).to_be_focused()
    expect(back).to_be_in_viewport()
    assert [method for method in sent if method != "GET"] == ["DELETE", "POST"]


# Samples


def test_samples_stay_among_own_balances_until_they_are_removed(page: Page, bank: Bank) -> None:
    """In their places by date, grey, and compared with samples only."""
    bank.open()
    expect(page.get_by_role("heading", level=1)).to_have_text("Account History")
    expect(bank.sample_rows.get_by_text("Sample")).to_have_count(SAMPLES)
    expect(page.get_by_text("These 12 balances are samples.")).to_be_visible()
    bank.record("5")
    bank.undo.focus()
    page.keyboard.press("Enter")
    expect(bank.toast).to_contain_text("Undone")
    expect(bank.toast.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Enter")
    expect(bank.field).to_be_focused()
    bank.record("5")
    bank.record("7", "2020-01-01")
    assert "7,00 first" in bank.told()[0]
    assert "R 5,00 -R 2,00" in bank.told()[1]
    both = page.locator("tbody tr.entry")
    expect(both).to_have_count(SAMPLES + 2)
    expect(both.first).to_contain_text("R 7,00")
    expect(both.nth(1)).to_contain_text(re.compile("Sample.*first"))
    expect(both.last).to_contain_text("R 5,00")
    expect(page.get_by_text("12 of these 14 balances are samples.")).to_be_visible()
    colour = "row => getComputedStyle(row.cells[1]).color"
    assert both.nth(1).evaluate(colour) != both.last.evaluate(colour)
    page.get_by_role("button", name="Remove samples").click()
    expect(bank.toast).to_contain_text("Removed the samples")
    expect(bank.undo).to_be_visible()
    expect(bank.row_button(-1, "Edit")).to_be_focused()
    expect(page.get_by_text("are samples")).to_have_count(0)
    expect(bank.sample_rows).to_have_count(0)
    page.reload()
    undo_later(page, "Removed the samples").click()
    expect(bank.sample_rows).to_have_count(SAMPLES)
    expect(page.get_by_role("table")).to_be_focused()
    expect(bank.rows).to_have_count(2)


# Start fresh


def test_start_fresh_asks_first_waits_for_what_is_under_way_and_tells_failures(
    page: Page, bank: Bank
) -> None:
    """It leaves nothing to undo."""
    bank.open()
    page.get_by_text("Kept for a year after your last change").click()
    expect(page.get_by_text("a month later it is deleted unless it has a key")).to_be_visible()
    bank.record("5")
    bank.record("6")
    bank.delete()
    start = page.get_by_role("button", name="Start fresh…")
    for leave in ("Enter", "Escape"):  # Enter keeps the history, for that is offered first
        start.click()
        expect(bank.dialog).to_contain_text("This deletes the one balance here and on every device")
        expect(bank.dialog.get_by_role("button", name="Keep my history")).to_be_focused()
        page.keyboard.press(leave)
        expect(bank.dialog).to_be_hidden()
        expect(start).to_be_focused()
        expect(bank.rows).to_have_count(1)
    start.click()
    with page.expect_download() as download:
        bank.dialog.get_by_role("link", name="Export").click()
    assert "5.00" in Path(download.value.path()).read_text()
    bank.dialog.get_by_role("button", name="Delete 1 balance").click()
    expect(page.get_by_text(FRESH)).to_be_visible()
    expect(bank.field).to_be_focused()
    expect(page.get_by_role("heading", name="Record your first balance")).to_be_visible()
    expect(page.get_by_role("table")).to_have_count(0)
    expect(bank.notice).to_have_count(0)
    expect(bank.undo).to_have_count(0)
    page.reload()
    expect(page.get_by_text(FRESH)).to_be_visible()
    expect(undo_later(page)).to_have_count(0)
    bank.record("5")

    def start_fresh_meanwhile() -> None:
        bank.set_balance("6")
        page.get_by_role("button", name="Start fresh…").click()
        page.get_by_role("button", name=re.compile("^Delete . balance")).click()
        for _ in range(4):  # which a browser heeds unasked
            page.keyboard.press("Escape")
            expect(bank.dialog).to_contain_text("Deleting…")

    with bank.held("**/api/update"):
        start_fresh_meanwhile()
        page.route("**/api/balances", lambda route: route.abort())
    alert = bank.dialog.get_by_role("alert")
    expect(alert).to_contain_text("cannot be reached")
    expect(alert).to_contain_text("Perhaps everything was deleted.")
    page.context.set_offline(True)
    page.get_by_role("button", name="Delete 2 balances").click()
    expect(alert).not_to_contain_text("Perhaps")
    expect(alert).to_contain_text("cannot be reached")
    page.context.set_offline(False)
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    assert bank.balances() == ["5.00", "6.00"]
    page.unroute("**/api/balances")
    with bank.held("**/api/update"):
        start_fresh_meanwhile()
    expect(page.get_by_text(FRESH)).to_be_visible()
    assert bank.balances() == []


def test_what_is_recorded_while_another_tab_deletes_all_is_not_said_to_be(
    new_context: NewContext, url: str
) -> None:
    context = new_context()
    one, other = (Bank(context.new_page(), url) for _ in "ab")
    other.page.clock.install(time=NOON)
    other.page.clock.pause_at(NOON + timedelta(minutes=1))  # so that it waits for the answer
    other.open()
    one.open().record("5")
    expect(other.rows).to_have_count(1)
    with one.held("**/api/balances") as deleting:
        one.page.get_by_role("button", name="Start fresh…").click()
        one.dialog.get_by_role("button", name="Delete 1 balance").click()
        one.until(lambda: deleting)
        other.set_balance("6")
        expect(other.form.get_by_role("button", name="Saving…")).to_be_visible()
    expect(other.error).to_contain_text("deleted or left meanwhile")
    expect(other.field).to_have_value("6")
    expect(other.toast).not_to_contain_text("Recorded")
    assert other.balances() == []
