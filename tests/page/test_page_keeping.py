"""The page: changing, deleting, bringing back, samples, starting fresh, in a real Chromium."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from conftest import MakeApp, Serve
from flask import Flask
from pages import (
    SAMPLES,
    NewContext,
    daily,
    delete,
    field,
    give,
    headline,
    look_again,
    notice,
    opened,
    own,
    record,
    row_button,
    rows,
    sample_rows,
    search,
    set_balance,
    set_price,
    start_fresh,
    toast,
    told,
    undo,
)
from playwright.sync_api import Locator, Page, Route, expect

from demo.luno import Luno


def editor(page: Page) -> Locator:
    return page.locator("tr.editor")


def edit(page: Page, row: int) -> Locator:
    rows(page).nth(row).hover()
    row_button(page, row, "Edit").click()
    expect(editor(page).get_by_label("Balance")).to_be_focused()
    return editor(page)


# Change


def test_entry_is_changed_in_its_row(page: Page, url: str) -> None:
    give(page, url, daily((10, 20, 30), date(2024, 1, 1)))
    opened(page, url)
    (_, before, _) = own(page, url)
    edit(page, 1).get_by_label("Balance").fill("1 234,56")
    page.keyboard.press("Enter")
    expect(editor(page)).to_have_count(0)
    expect(toast(page)).to_contain_text(re.compile(r"Changed to 2 Jan 2024, R\s1\s234,56"))
    expect(row_button(page, 1, "Edit")).to_be_focused()
    assert "R 1 234,56 +R 1 224,56" in told(page)[1]
    after = own(page, url)[1]
    assert (after["id"], after["date"], after["balance"]) == (before["id"], "2024-01-02", "1234.56")


def test_entry_moves_to_another_day(page: Page, url: str) -> None:
    give(page, url, daily((10, 20, 30), date(2024, 1, 1)))
    opened(page, url)
    edit(page, 0).get_by_label("Date").fill("2024-01-09")
    page.get_by_role("button", name="Save").click()
    expect(rows(page).last).to_contain_text(re.compile(r"9 Jan.*R\s10,00"))
    expect(rows(page).last.get_by_role("button", name=re.compile("^Edit"))).to_be_focused()
    assert "Current balance, 9 Jan 2024 R 10,00" in headline(page)


@pytest.mark.parametrize(
    ("named", "value", "sent", "kept"),
    [
        ("Balance", "7", {"balance": "7.00"}, ("2024-01-09", "7.00")),
        ("Date", "2024-01-05", {"date": "2024-01-05"}, ("2024-01-05", "99.00")),
    ],
)
def test_editor_sends_only_what_was_changed(
    page: Page, url: str, named: str, value: str, sent: dict[str, str], kept: tuple[str, str]
) -> None:
    """Another device changes the other field, or both, while the editor is open."""
    give(page, url, daily((10, 20), date(2024, 1, 1)))
    opened(page, url)
    row = edit(page, 0)
    elsewhere = {"date": "2024-01-09", "balance": "99"}
    page.request.patch(f"{url}/api/balances/{own(page, url)[0]['id']}", data=elsewhere)
    row.get_by_label(named).fill(value)
    with page.expect_request("**/api/balances/*") as request:
        page.get_by_role("button", name="Save").click()
    assert request.value.post_data_json == sent
    expect(toast(page)).to_contain_text("Changed to")
    assert kept in [(entry["date"], entry["balance"]) for entry in own(page, url)]


def test_editor_without_a_change_sends_nothing(page: Page, url: str) -> None:
    give(page, url, daily((-10.5, 20), date(2024, 1, 1)))
    opened(page, url)
    edit(page, 0)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    page.keyboard.press("Enter")
    expect(editor(page)).to_have_count(0)
    expect(row_button(page, 0, "Edit")).to_be_focused()
    assert "PATCH" not in asked
    expect(toast(page)).to_have_text("")


@pytest.mark.parametrize("key", ["Escape", "Enter"])
def test_key_that_ends_a_composition_leaves_the_editor_alone(
    page: Page, url: str, key: str
) -> None:
    give(page, url, daily((10, 20), date(2024, 1, 1)))
    opened(page, url)
    amount = edit(page, 0).get_by_label("Balance")
    amount.fill("7")
    taken = """(field, key) => !field.dispatchEvent(new KeyboardEvent("keydown",
        { key, isComposing: true, bubbles: true, cancelable: true }))"""
    assert amount.evaluate(taken, key) == (key == "Enter")
    expect(amount).to_have_value("7")
    expect(amount).to_be_focused()


def test_half_typed_date_in_the_editor_holds_back_nothing_else(page: Page, url: str) -> None:
    give(page, url, daily((10, 20), date(2024, 1, 1)))
    opened(page, url)
    row = edit(page, 0)
    row.get_by_label("Date").press("Backspace")
    record(page, "5")
    expect(rows(page)).to_have_count(2)
    row.get_by_role("button", name="Save").click()
    expect(row.get_by_role("alert")).to_contain_text("Write a whole date")
    assert len(own(page, url)) == 3


def test_change_is_undone_with_one_click(page: Page, url: str) -> None:
    """Only the field that was changed goes back; another device has changed the other one."""
    give(page, url, daily((10, 20), date(2024, 1, 1)))
    opened(page, url)
    edit(page, 0).get_by_label("Balance").fill("7")
    page.keyboard.press("Enter")
    expect(toast(page)).to_contain_text("Changed to")
    entry = f"{url}/api/balances/{own(page, url)[0]['id']}"
    page.request.patch(entry, data={"date": "2024-01-09"})
    undo(page).click()
    expect(toast(page)).to_contain_text(re.compile(r"Undone: changed 1 Jan 2024, R\s10,00"))
    expect(row_button(page, 1, "Edit")).to_be_focused()
    assert (own(page, url)[1]["date"], own(page, url)[1]["balance"]) == ("2024-01-09", "10.00")


def test_changes_are_undone_one_by_one_also_after_a_reload(page: Page, url: str) -> None:
    give(page, url, daily((10, 20), date(2024, 1, 1)))
    opened(page, url)
    for balance in ("7", "8"):
        edit(page, 0).get_by_label("Balance").fill(balance)
        page.keyboard.press("Enter")
        expect(editor(page)).to_have_count(0)
    page.reload()
    for balance in ("7,00", "10,00"):
        page.get_by_role("button", name=re.compile("^Undo: Changed")).click()
        expect(rows(page).first).to_contain_text(re.compile(rf"R\s{balance}"))
    expect(page.get_by_role("button", name=re.compile("^Undo: Changed"))).to_have_count(0)


def test_change_that_was_changed_again_elsewhere_is_not_undone(page: Page, url: str) -> None:
    give(page, url, daily((10, 20), date(2024, 1, 1)))
    opened(page, url)
    edit(page, 0).get_by_label("Balance").fill("7")
    page.keyboard.press("Enter")
    expect(undo(page)).to_be_visible()
    page.request.patch(f"{url}/api/balances/{own(page, url)[0]['id']}", data={"balance": "99"})
    look_again(page)
    expect(rows(page).first).to_contain_text(re.compile(r"R\s99,00"))
    undo(page).click()
    expect(toast(page)).to_contain_text("changed or deleted since")
    assert own(page, url)[0]["balance"] == "99.00"


@pytest.mark.parametrize("way", ["Escape", "Cancel"])
def test_editing_is_left_as_it_was(page: Page, url: str, way: str) -> None:
    give(page, url, daily((10, 20), date(2024, 1, 1)))
    opened(page, url)
    edit(page, 0).get_by_label("Balance").fill("7")
    if way == "Escape":
        page.keyboard.press("Escape")
    else:
        page.get_by_role("button", name="Cancel").click()
    expect(editor(page)).to_have_count(0)
    expect(row_button(page, 0, "Edit")).to_be_focused()
    assert [entry["balance"] for entry in own(page, url)] == ["10.00", "20.00"]


@pytest.mark.parametrize("action", ["Edit", "Delete"])
def test_other_rows_wait_while_one_is_edited(page: Page, url: str, action: str) -> None:
    give(page, url, daily((10, 20), date(2024, 1, 1)))
    opened(page, url)
    edit(page, 0).get_by_label("Balance").fill("7")
    row_button(page, 0, action).click(force=True)
    expect(toast(page)).to_have_text(re.compile("First save or cancel the balance"))
    expect(editor(page).get_by_label("Balance")).to_have_value("7")
    assert len(own(page, url)) == 2


def test_row_that_is_edited_turns_round_with_the_others(page: Page, url: str) -> None:
    give(page, url, daily((10, 20), date(2024, 1, 1)))
    opened(page, url)
    edit(page, 0).get_by_label("Balance").fill("7")
    header = page.get_by_role("columnheader", name="Date")
    header.get_by_role("button", name="Oldest first").click()
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(editor(page).get_by_label("Balance")).to_have_value("7")
    expect(page.locator("tbody tr").last).to_have_class("editor")


def test_refused_change_stays_open_with_its_reason(page: Page, url: str) -> None:
    give(page, url, daily((10, 20), date(2024, 1, 1)))
    opened(page, url)
    row = edit(page, 0)
    for balance, day, reason in (
        ("1,234", "2024-01-01", "could mean 1234 rand or 1.23 rand"),
        ("5", "0024-01-01", "whole date from 1900"),
        ("5", "2999-01-01", "whole date from 1900 to today"),
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
    expect(editor(page)).to_have_count(0)
    assert own(page, url)[0]["balance"] == "5.00"


def test_row_that_is_changed_stays_during_a_search_which_keeps_the_focus(
    page: Page, url: str
) -> None:
    give(page, url, daily((1000, 2000), date(2024, 1, 1)))
    opened(page, url)
    edit(page, 0).get_by_label("Balance").fill("7")
    search(page).press_sequentially("2000")
    expect(rows(page)).to_have_count(1)
    expect(editor(page).get_by_label("Balance")).to_have_value("7")
    expect(search(page)).to_be_focused()


def test_editing_ends_when_another_tab_deletes_the_entry(page: Page, url: str) -> None:
    give(page, url, daily((10, 20, 30), date(2024, 1, 1)))
    opened(page, url)
    edit(page, 1).get_by_label("Balance").fill("7")
    page.request.delete(f"{url}/api/balances/{own(page, url)[1]['id']}")
    editor(page).get_by_label("Balance").focus()
    look_again(page)
    expect(toast(page)).to_have_text(re.compile("that you were changing is no longer there"))
    expect(editor(page)).to_have_count(0)
    expect(page.get_by_role("table")).to_be_focused()
    edit(page, 0)


def test_editing_ends_when_the_entry_is_undone(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "1")
    record(page, "2")
    edit(page, -1)
    undo(page).click()
    expect(toast(page)).to_contain_text("Undone: recorded")
    expect(editor(page)).to_have_count(0)
    edit(page, 0)


# Delete and undo


def test_deleted_entry_comes_back_the_very_same(
    page: Page, url: str, app: Flask, luno: Luno
) -> None:
    opened(page, url)
    for balance in ("1", "2", "3"):
        record(page, balance)
    before = own(page, url)
    delete(page, 1)
    expect(rows(page)).to_have_count(2)
    expect(toast(page)).to_contain_text(re.compile(r"Deleted \d+ \w+, R\s2,00"))
    expect(undo(page)).to_be_focused()
    set_price(app, luno, "700000.00")
    undo(page).click()
    expect(toast(page)).to_contain_text("Undone: deleted")
    expect(undo(page)).to_have_count(0)
    expect(rows(page).nth(1)).to_contain_text("2,00")
    expect(row_button(page, 1, "Edit")).to_be_focused()
    same = ("id", "date", "balance", "btc_then", "rate_then")
    assert [[e[k] for k in same] for e in own(page, url)] == [[e[k] for k in same] for e in before]


def later(page: Page) -> Locator:
    """Where undo is offered after the toast has gone."""
    return page.locator("main").get_by_role("button", name=re.compile("^Undo: Deleted"))


def test_undo_outlives_the_toast_and_a_reload(page: Page, url: str) -> None:
    give(page, url, daily((1, 2, 3), date(2024, 1, 1)))
    opened(page, url)
    delete(page, 0)
    expect(rows(page)).to_have_count(2)
    page.reload()
    expect(later(page)).to_have_text(re.compile(r"Undo: Deleted 1 Jan 2024, R\s1,00"))
    later(page).click()
    expect(rows(page)).to_have_count(3)
    expect(later(page)).to_have_count(0)


def test_several_deleted_entries_come_back_one_by_one(page: Page, url: str) -> None:
    give(page, url, daily((1, 2), date(2024, 1, 1)))
    opened(page, url)
    for left in (1, 0):
        delete(page, 0)
        expect(rows(page)).to_have_count(left)
    expect(page.get_by_text("Your history starts")).to_be_visible()
    later(page).click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page).last).to_contain_text("2,00")
    later(page).click()
    expect(rows(page).first).to_contain_text("1,00")
    expect(later(page)).to_have_count(0)


def test_what_another_tab_has_deleted_for_good_cannot_be_undone(
    new_context: NewContext, url: str
) -> None:
    context = new_context()
    one, other = opened(context.new_page(), url), opened(context.new_page(), url)
    record(one, "5")
    delete(one)
    expect(undo(one)).to_be_visible()
    start_fresh(other)
    expect(one.get_by_text("Your history starts")).to_be_visible()
    expect(undo(one)).to_have_count(0)
    expect(later(one)).to_have_count(0)


def test_entry_that_is_gone_for_good_is_not_offered_twice(page: Page, url: str) -> None:
    give(page, url, daily((1, 2), date(2024, 1, 1)))
    opened(page, url)
    delete(page, 0)
    expect(undo(page)).to_be_visible()
    page.route(
        "**/restore", lambda route: route.fulfill(status=404, json={"detail": "It is gone."})
    )
    undo(page).click()
    expect(toast(page)).to_contain_text("It is gone.")
    expect(undo(page)).to_have_count(0)
    expect(later(page)).to_have_count(0)


def test_toast_goes_by_itself_but_not_from_under_the_pointer(page: Page, url: str) -> None:
    page.clock.install()
    opened(page, url)
    record(page, "5")
    page.clock.run_for(4_000)
    toast(page).get_by_text("Recorded").hover()
    page.clock.run_for(60_000)
    expect(toast(page)).to_contain_text("Recorded")
    page.mouse.move(600, 400)
    page.clock.run_for(8_000)
    expect(toast(page)).to_have_text("")


def test_toast_can_be_closed(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "5")
    toast(page).get_by_role("button", name="Close").click()
    expect(toast(page)).to_have_text("")


def test_rows_are_deleted_one_after_the_other_by_keyboard(page: Page, url: str) -> None:
    give(page, url, daily((10, 20, 30, 40), date(2024, 1, 1)))
    opened(page, url)
    row_button(page, 1, "Delete").focus()
    page.keyboard.press("Enter")
    expect(undo(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(row_button(page, 1, "Edit")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(undo(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(row_button(page, 1, "Edit")).to_be_focused()
    assert [entry["balance"] for entry in own(page, url)] == ["10.00", "40.00"]


@pytest.mark.parametrize("width", [360, 1280])
def test_toast_covers_nothing_but_the_band(new_context: NewContext, url: str, width: int) -> None:
    viewport = {"width": width, "height": 740}
    page = new_context(viewport=viewport, reduced_motion="reduce").new_page()
    opened(page, url)
    record(page, "5")
    box, band = toast(page).locator(".toast").bounding_box(), page.locator("header").bounding_box()
    assert box
    assert band
    assert band["y"] <= box["y"]
    assert box["y"] + box["height"] <= band["y"] + band["height"]


def test_double_click_deletes_one_and_brings_one_back(page: Page, url: str) -> None:
    """Although another entry moves up under the pointer before the second click."""
    give(page, url, daily(range(1, 31), date(2024, 1, 1)))
    opened(page, url)
    rows(page).nth(20).hover()
    for target, left in ((row_button(page, 20, "Delete"), 29), (undo(page), 30)):
        box = target.bounding_box()
        assert box
        at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.click(*at)
        expect(rows(page)).to_have_count(left)
        page.mouse.down(click_count=2)
        page.mouse.up(click_count=2)
        look_again(page)
        assert len(own(page, url)) == left


def test_held_enter_deletes_one(page: Page, url: str) -> None:
    give(page, url, daily((1, 2), date(2024, 1, 1)))
    opened(page, url)
    row_button(page, 1, "Delete").focus()
    for _ in range(20):
        page.keyboard.down("Enter")
    expect(undo(page)).to_be_focused()
    for _ in range(20):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    assert [entry["balance"] for entry in own(page, url)] == ["1.00"]


def test_undo_ends_a_search_and_shows_the_entry(page: Page, url: str) -> None:
    give(page, url, daily(range(300), date(2024, 1, 1)))
    opened(page, url)
    search(page).fill("2024/02/05")
    expect(rows(page)).to_have_count(1)
    delete(page, 0)
    expect(rows(page)).to_have_count(0)
    undo(page).press("Enter")
    back = page.get_by_role("button", name=re.compile("Edit .* of 5 Feb"))
    expect(back).to_be_focused()
    expect(back).to_be_in_viewport()


# Samples


def test_samples_stay_among_own_balances(page: Page, url: str) -> None:
    """In their places by date, grey, and compared with samples only."""
    opened(page, url)
    record(page, "5")
    record(page, "7", "2020-01-01")
    assert "7,00 first" in told(page)[0]
    assert "R 5,00 -R 2,00" in told(page)[1]
    entries = page.locator("tbody tr.entry")
    expect(entries).to_have_count(SAMPLES + 2)
    expect(entries.first).to_contain_text(re.compile(r"R\s7,00"))
    expect(entries.last).to_contain_text(re.compile(r"R\s5,00"))
    sample = entries.nth(1)
    expect(sample).to_contain_text(re.compile("Sample.*first"))
    expect(page.get_by_text("12 of these 14 balances are samples.")).to_be_visible()
    cells = (row.locator(".balance") for row in (sample, entries.last))
    assert len({cell.evaluate("cell => getComputedStyle(cell).color") for cell in cells}) == 2


def test_samples_go_with_one_click_that_one_click_takes_back(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "5")
    page.get_by_role("button", name="Remove samples").click()
    expect(toast(page)).to_contain_text("Removed the samples")
    expect(page.locator(".strip")).to_have_count(0)
    expect(sample_rows(page)).to_have_count(0)
    undo(page).click()
    expect(sample_rows(page)).to_have_count(SAMPLES)
    expect(page.locator(".strip")).to_be_visible()
    page.get_by_role("button", name="Remove samples").click()
    expect(sample_rows(page)).to_have_count(0)
    page.reload()
    page.get_by_role("button", name="Undo: Removed the samples").click()
    expect(sample_rows(page)).to_have_count(SAMPLES)
    expect(rows(page)).to_have_count(1)


# Start fresh


def test_start_fresh_asks_first_and_offers_the_export(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "5")
    start = page.get_by_role("button", name="Start fresh…")
    dialog = page.get_by_role("dialog", name="Start fresh?")
    start.click()
    expect(dialog).to_contain_text("This deletes the one balance here and on every device")
    expect(dialog).to_contain_text("cannot be undone")
    expect(dialog.get_by_role("button", name="Keep my history")).to_be_focused()
    with page.expect_download() as download:
        dialog.get_by_role("link", name="Export").click()
    assert "5.00" in Path(download.value.path()).read_text()
    for leave in ("Keep my history", "Close", "Escape"):
        if leave == "Escape":
            page.keyboard.press("Escape")
        else:
            dialog.get_by_role("button", name=leave).click()
        expect(dialog).to_be_hidden()
        expect(start).to_be_focused()
        expect(rows(page)).to_have_count(1)
        start.click()
        expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Delete 1 balance").click()
    expect(page.get_by_text("Your history starts with one number")).to_be_visible()
    expect(field(page)).to_be_focused()
    expect(page.get_by_role("heading", name="Record your first balance")).to_be_visible()
    expect(page.locator("table")).to_have_count(0)
    expect(notice(page)).to_have_count(0)
    record(page, "7")
    expect(rows(page)).to_have_count(1)
    page.reload()
    expect(rows(page)).to_have_count(1)


def test_start_fresh_leaves_nothing_to_undo(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "5")
    record(page, "6")
    delete(page)
    expect(undo(page)).to_be_visible()
    start_fresh(page)
    expect(undo(page)).to_have_count(0)
    expect(later(page)).to_have_count(0)
    assert page.evaluate("sessionStorage.getItem('good-bank-undo')") == "[]"


def test_fresh_start_waits_for_what_is_under_way(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "5")
    held: list[Route] = []
    page.route("**/api/update", lambda route: held.append(route))
    set_balance(page, "6")
    page.get_by_role("button", name="Start fresh…").click()
    confirm = page.get_by_role("button", name="Delete 1 balance")
    expect(confirm).to_have_attribute("aria-disabled", "true")
    confirm.press("Enter")
    held[0].continue_()
    page.get_by_role("button", name="Delete 2 balances").click()
    expect(page.get_by_text("Your history starts with one number")).to_be_visible()


def test_focus_is_not_lost_with_what_had_it(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "4")
    record(page, "5")
    undo(page).focus()
    page.keyboard.press("Enter")
    expect(toast(page)).to_contain_text("Undone")
    expect(toast(page).get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Enter")
    expect(field(page)).to_be_focused()
    page.get_by_role("button", name="Remove samples").focus()
    page.keyboard.press("Enter")
    expect(row_button(page, -1, "Edit")).to_be_focused()


def test_escape_from_a_row_that_was_searched_for_keeps_the_search(page: Page, url: str) -> None:
    give(page, url, daily((9000, 8000, 7000), date(2024, 1, 1)))
    opened(page, url)
    search(page).fill("8000")
    expect(rows(page)).to_have_count(1)
    rows(page).first.hover()
    row_button(page, 0, "Edit").click()
    page.keyboard.press("Escape")
    expect(row_button(page, 0, "Edit")).to_be_focused()
    expect(rows(page)).to_have_count(1)


def test_failed_fresh_start_is_told(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "5")
    page.route("**/api/balances", lambda route: route.abort(), times=1)
    page.get_by_role("button", name="Start fresh…").click()
    page.get_by_role("button", name="Delete 1 balance").click()
    expect(toast(page)).to_contain_text("cannot be reached")
    assert len(own(page, url)) == 1


def test_page_says_how_long_the_history_lasts(page: Page, make_app: MakeApp, serve: Serve) -> None:
    app = make_app()
    opened(page, serve(app))
    assert app.permanent_session_lifetime == timedelta(days=365)
    page.get_by_text("Kept for a year after your last change").click()
    expect(page.get_by_text("a month later it is deleted unless it has a key")).to_be_visible()


def test_part_that_cannot_be_loaded_is_told_and_can_be_tried_again(page: Page, url: str) -> None:
    opened(page, url)
    page.route("**/import-dialog.js*", lambda route: route.abort(), times=2)
    for _ in range(2):
        page.get_by_role("button", name="Import", exact=True).click()
        expect(toast(page)).to_contain_text("cannot be loaded")
        toast(page).get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
