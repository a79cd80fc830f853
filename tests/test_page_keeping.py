"""The page: deleting, bringing back, starting fresh, taking along, in a real Chromium."""

import re
from pathlib import Path
from typing import Any

import pytest
from conftest import MakeApp, Serve
from flask import Flask
from pages import (
    SAMPLES,
    NewContext,
    field,
    import_csv,
    look_again,
    lose,
    opened,
    pick,
    plain,
    record,
    rows,
    said,
    start_fresh,
    summary,
)
from playwright.sync_api import Locator, Page, Route, expect

from demo.luno import Luno


def own(page: Page) -> list[Any]:
    """Return the visitor's own entries, as the API tells them."""
    balances = page.request.get(page.url + "api/balances").json()["balances"]
    return [entry for entry in balances if not entry["sample"]]


def delete(page: Page, row: int) -> None:
    rows(page).nth(row).get_by_role("button", name="Delete").click()


def undo(page: Page) -> Locator:
    return page.get_by_role("button", name="Undo deleting")


# Delete and undo


def test_a_deleted_entry_can_be_brought_back_the_very_same(
    page: Page, url: str, app: Flask, luno: Luno
) -> None:
    opened(page, url)
    for balance in ("1", "2", "3"):
        record(page, balance)
    before = own(page)
    delete(page, SAMPLES + 1)
    expect(rows(page)).to_have_count(SAMPLES + 2)
    expect(said(page)).to_have_text("The balance is deleted.")
    expect(undo(page)).to_have_text(re.compile(r"Undo deleting R\s2,00 of \d{4}-\d\d-\d\d"))
    expect(undo(page)).to_be_focused()
    page.reload()
    expect(rows(page)).to_have_count(SAMPLES + 2)
    luno.ticker = {"last_trade": "500000.00"}
    app.extensions["exchange"].ask()
    undo(page).click()
    expect(said(page)).to_have_text("The balance is back.")
    expect(undo(page)).to_have_count(0)
    expect(rows(page).nth(SAMPLES + 1)).to_contain_text("2,00")
    expect(rows(page).nth(SAMPLES + 1).get_by_role("button")).to_be_focused()
    same = ("id", "date", "balance", "btc_then")
    assert [[e[k] for k in same] for e in own(page)] == [[e[k] for k in same] for e in before]


def test_several_deleted_entries_come_back_one_by_one(page: Page, url: str) -> None:
    opened(page, url)
    for balance in ("1", "2"):
        record(page, balance)
    delete(page, SAMPLES)
    expect(rows(page)).to_have_count(SAMPLES + 1)
    delete(page, SAMPLES)
    expect(rows(page)).to_have_count(SAMPLES)
    undo(page).click()
    expect(rows(page).last).to_contain_text("2,00")
    undo(page).click()
    expect(rows(page).nth(SAMPLES)).to_contain_text("1,00")
    expect(undo(page)).to_have_count(0)


def test_a_deletion_whose_answer_is_lost_can_be_undone(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "5")

    page.route("**/api/balances/*", lose, times=1)
    delete(page, SAMPLES)
    expect(page.locator(".toast .error")).to_contain_text("cannot be reached")
    expect(rows(page)).to_have_count(SAMPLES)
    undo(page).click()
    expect(rows(page)).to_have_count(SAMPLES + 1)


def test_a_deletion_that_fails_changes_nothing(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "5")
    page.route("**/api/balances/*", lambda route: route.abort(), times=1)
    delete(page, SAMPLES)
    expect(page.locator(".toast .error")).to_contain_text("cannot be reached")
    expect(rows(page)).to_have_count(SAMPLES + 1)
    expect(undo(page)).to_have_count(0)
    delete(page, SAMPLES)
    expect(rows(page)).to_have_count(SAMPLES)


def test_what_another_tab_has_deleted_for_good_cannot_be_undone(
    new_context: NewContext, url: str
) -> None:
    context = new_context()
    one, other = opened(context.new_page(), url), opened(context.new_page(), url)
    record(one, "5")
    delete(one, SAMPLES)
    expect(undo(one)).to_be_visible()
    start_fresh(other)
    expect(rows(one)).to_have_count(0)
    expect(undo(one)).to_have_count(0)


def test_an_entry_that_is_gone_for_good_is_not_offered_twice(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "5")
    delete(page, SAMPLES)
    expect(undo(page)).to_be_visible()
    assert page.request.delete(f"{url}/api/balances").ok
    undo(page).click()
    expect(page.locator(".toast .error")).to_contain_text("no such entry")
    expect(undo(page)).to_have_count(0)


def test_the_offer_to_undo_can_be_dismissed(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "5")
    delete(page, SAMPLES)
    page.get_by_role("button", name="Do not undo").click()
    expect(undo(page)).to_have_count(0)
    expect(field(page)).to_be_focused()
    page.reload()
    expect(rows(page)).to_have_count(SAMPLES)
    expect(undo(page)).to_have_count(0)


def test_a_double_click_deletes_one_and_brings_one_back(page: Page, url: str) -> None:
    """Although another entry moves up under the pointer before the second click."""
    opened(page, url)
    import_csv(page, (f"2026-01-{day:02},{day}" for day in range(1, 31)))
    look_again(page)
    expect(rows(page)).to_have_count(SAMPLES + 30)
    for target, left in (
        (rows(page).nth(SAMPLES + 20).get_by_role("button"), 29),
        (undo(page), 30),
    ):
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        assert box
        at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.click(*at)
        expect(rows(page)).to_have_count(SAMPLES + left)
        page.mouse.down(click_count=2)
        page.mouse.up(click_count=2)
        page.wait_for_timeout(200)
        assert len(own(page)) == left


def test_a_held_enter_deletes_one(page: Page, url: str) -> None:
    opened(page, url)
    for balance in ("1", "2"):
        record(page, balance)
    rows(page).last.get_by_role("button").focus()
    for _ in range(20):
        page.keyboard.down("Enter")
        page.wait_for_timeout(20)
    page.keyboard.up("Enter")
    expect(undo(page)).to_be_focused()
    assert [entry["balance"] for entry in own(page)] == ["1.00"]


def test_undo_ends_a_search_and_shows_the_entry(page: Page, url: str) -> None:
    opened(page, url)
    import_csv(page, (f"2024-{1 + n // 28:02}-{1 + n % 28:02},{n}" for n in range(300)))
    look_again(page)
    page.get_by_label("Find a date").fill("2024/01/05")
    expect(rows(page)).to_have_count(1)
    delete(page, 0)
    expect(rows(page)).to_have_count(0)
    undo(page).press("Enter")
    back = page.get_by_role("button", name=re.compile("Delete .* of 2024-01-05"))
    expect(back).to_be_focused()
    expect(back).to_be_in_viewport()


# Start fresh


def test_start_fresh_asks_first_and_offers_the_export(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "5")
    start = page.get_by_role("button", name="Start fresh…")
    dialog = page.get_by_role("dialog", name="Start fresh?")
    start.click()
    expect(dialog).to_contain_text("the one balance that you have recorded, and the samples")
    expect(dialog).to_contain_text("cannot be undone")
    with page.expect_download() as download:
        dialog.get_by_role("link", name="Export").click()
    assert "5.00" in Path(download.value.path()).read_text()
    dialog.get_by_role("button", name="Keep everything").click()
    expect(dialog).to_be_hidden()
    expect(rows(page)).to_have_count(SAMPLES + 1)
    start.click()
    dialog.get_by_role("button", name="Start fresh").click()
    expect(rows(page)).to_have_count(0)
    expect(page.get_by_text("No balances yet")).to_be_visible()
    expect(field(page)).to_be_focused()
    record(page, "7")
    expect(rows(page)).to_have_count(1)
    start.click()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(start).to_be_focused()
    expect(rows(page)).to_have_count(1)
    page.reload()
    expect(rows(page)).to_have_count(1)


def test_start_fresh_leaves_nothing_to_undo(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "5")
    delete(page, SAMPLES)
    expect(undo(page)).to_be_visible()
    start_fresh(page)
    expect(undo(page)).to_have_count(0)
    assert page.evaluate("sessionStorage.getItem('good-bank-deleted')") == "[]"


# Export and import


def test_an_export_is_imported_into_a_fresh_session(
    page: Page, new_context: NewContext, url: str
) -> None:
    opened(page, url)
    for balance, date in (("1", "2026-01-02"), ("-2.50", "2026-01-01"), ("3", None)):
        record(page, balance, date)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    assert download.value.suggested_filename == "good-bank.csv"
    other = opened(new_context().new_page(), url)
    dialog = pick(other, Path(download.value.path()).read_bytes(), "good-bank.csv")
    expect(dialog.get_by_role("heading")).to_have_text("Import good-bank.csv?")
    expect(dialog).to_contain_text("3 balances will be added. Nothing is recorded yet.")
    shown = [plain(item) for item in dialog.get_by_role("listitem").all_inner_texts()]
    assert shown[:2] == ["2026-01-01 -R 2,50", "2026-01-02 R 1,00"]
    assert own(other) == []
    dialog.get_by_role("button", name="Add 3 balances").click()
    expect(dialog).to_be_hidden()
    expect(said(other)).to_have_text("3 balances are added.")
    expect(rows(other)).to_have_count(SAMPLES + 3)
    expect(other.get_by_label("Import CSV…")).to_be_focused()
    pairs = [[(e["date"], e["balance"]) for e in own(who)] for who in (page, other)]
    assert pairs[0] == pairs[1]
    assert "Current balance R 3,00" in summary(other)


def test_a_preview_can_be_left(page: Page, url: str) -> None:
    opened(page, url)
    import_csv(page, ["2026-01-01,1"])
    look_again(page)
    expect(rows(page)).to_have_count(SAMPLES + 1)
    file = "date;balance\r\n2026/01/02;1234,56\r\n"
    for leave in ("Cancel", "Escape"):
        dialog = pick(page, file)
        expect(dialog).to_contain_text("1 balance will be added")
        expect(dialog.get_by_role("listitem")).to_have_count(1)
        if leave == "Escape":
            page.keyboard.press("Escape")
        else:
            dialog.get_by_role("button", name=leave).click()
        expect(dialog).to_be_hidden()
        expect(rows(page)).to_have_count(SAMPLES + 1)
    assert len(own(page)) == 1


def test_each_refused_line_is_named(page: Page, url: str) -> None:
    opened(page, url)
    dialog = pick(page, "date,balance\n2026-01-01,1\n2999-01-01,x\n2026-01-02,1.234\n")
    expect(dialog.get_by_role("heading")).to_have_text("history.csv cannot be imported")
    expect(dialog).to_contain_text("Nothing is recorded.")
    refused = dialog.get_by_role("listitem").all_inner_texts()
    assert [line[:8] for line in refused] == ["Line 3: ", "Line 3: ", "Line 4: "]
    assert "future" in refused[1]
    expect(dialog.get_by_role("button")).to_have_count(1)
    dialog.get_by_role("button", name="Close").click()
    assert own(page) == []


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"\xff\xfe", "no CSV in UTF-8"),
        (b"x" * (1024 * 1024 + 1), "larger than 1 MiB"),
        (b"", "must name one column"),
        (b"date,balance\n" + b"2026-01-01,1\n" * 10_001, "limit of 10000 entries"),
    ],
    ids=["binary", "large", "empty", "many"],
)
def test_a_file_that_cannot_be_imported_is_refused_in_words(
    page: Page, url: str, file: bytes, reason: str
) -> None:
    opened(page, url)
    dialog = pick(page, file)
    expect(dialog).to_contain_text(reason)
    expect(dialog.get_by_role("button")).to_have_text("Close")
    assert own(page) == []


def test_a_file_without_balances_adds_none(page: Page, url: str) -> None:
    opened(page, url)
    dialog = pick(page, "date,balance\n")
    expect(dialog).to_contain_text("0 balances will be added.")
    expect(dialog.get_by_role("button")).to_have_text("Close")


def test_an_import_whose_answer_is_lost_can_be_sent_again(page: Page, url: str) -> None:
    opened(page, url)
    dialog = pick(page, "date,balance\n2026-01-01,1\n2026-01-01,1\n")

    page.route("**/api/import*", lose, times=1)
    add = dialog.get_by_role("button", name="Add 2 balances")
    add.click()
    expect(dialog.get_by_role("alert")).to_contain_text("cannot be reached")
    add.click()
    expect(dialog).to_be_hidden()
    expect(rows(page)).to_have_count(SAMPLES + 2)
    assert len(own(page)) == 2


def test_an_import_that_fails_after_its_dialog_is_closed_says_so(page: Page, url: str) -> None:
    opened(page, url)
    dialog = pick(page, "date,balance\n2026-01-01,1\n")
    held: list[Route] = []
    page.route("**/api/import*", lambda route: held.append(route), times=1)
    dialog.get_by_role("button", name="Add 1 balance").click()
    expect(dialog.get_by_role("button")).to_have_text("Adding…")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    held[0].fulfill(status=503, json={"detail": "The database does not answer."})
    expect(page.locator(".toast .error")).to_have_text("The database does not answer.")
    assert own(page) == []


def test_a_preview_shows_only_what_the_file_adds(page: Page, url: str) -> None:
    opened(page, url)
    import_csv(page, ["2026-01-01,1"])  # the page does not know
    dialog = pick(page, "date,balance\n2026-01-02,2\n")
    expect(dialog).to_contain_text("1 balance will be added.")


def test_the_page_says_how_long_the_history_lasts(
    page: Page, make_app: MakeApp, serve: Serve
) -> None:
    app = make_app()
    opened(page, serve(app))
    assert app.permanent_session_lifetime.days == 365
    expect(page.locator("main")).to_contain_text(
        re.compile("for a year\\s+after your last change.*export\\s+it", re.DOTALL)
    )
