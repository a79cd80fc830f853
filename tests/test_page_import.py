"""The page's import of a file, in a real Chromium."""

from pathlib import Path

from pages import (
    SAMPLES,
    NewContext,
    field,
    give,
    lose,
    opened,
    own,
    rows,
    toast,
)
from playwright.sync_api import Locator, Page, expect


def pick(page: Page, file: str | bytes, name: str = "history.csv") -> Locator:
    """Pick a file to import; return the dialog that shows what it holds."""
    page.get_by_role("button", name="Import a statement…").click()
    dialog = page.get_by_role("dialog")
    body = file if isinstance(file, bytes) else file.encode()
    dialog.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": body}
    )
    return dialog


def test_export_is_imported_into_a_new_history(
    page: Page, new_context: NewContext, url: str
) -> None:
    give(page, url, ["2026-01-02,1", "2026-01-01,-2.50", "2026-01-02,3"])
    opened(page, url)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    assert download.value.suggested_filename == "good-bank.csv"
    other = opened(new_context().new_page(), url)
    dialog = pick(other, Path(download.value.path()).read_bytes(), "good-bank.csv")
    dialog.get_by_role("button", name="Add 3 balances").click()
    expect(dialog).to_be_hidden()
    expect(toast(other)).to_contain_text("Added 3 balances")
    expect(rows(other)).to_have_count(3)
    pairs = [[(e["date"], e["balance"]) for e in own(who, url)] for who in (page, other)]
    assert pairs[0] == pairs[1]


def test_import_can_be_left(page: Page, url: str) -> None:
    opened(page, url)
    dialog = pick(page, "date,balance\n2026-01-01,1\n")
    expect(dialog).to_contain_text("1 balance will be added. Nothing is recorded yet.")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Import a statement…")).to_be_focused()
    assert own(page, url) == []


def test_import_can_be_undone(page: Page, url: str) -> None:
    opened(page, url)
    pick(page, "date,balance\n2026-01-01,1\n2026-01-02,2\n")
    page.get_by_role("button", name="Add 2 balances").click()
    expect(rows(page)).to_have_count(2)
    toast(page).get_by_role("button", name="Undo").click()
    expect(rows(page)).to_have_count(SAMPLES)
    assert own(page, url) == []


def test_lost_answer_of_an_import_is_told_as_that(page: Page, url: str) -> None:
    opened(page, url)
    dialog = pick(page, "date,balance\n2026-01-01,1\n2026-01-02,2\n")
    page.route("**/api/import*", lose, times=1)
    add = dialog.get_by_role("button", name="Add 2 balances")
    add.click()
    expect(dialog.get_by_role("alert")).to_contain_text("Perhaps they were added")
    add.click()
    expect(dialog).to_be_hidden()
    expect(rows(page)).to_have_count(2)
    assert len(own(page, url)) == 2


def test_empty_page_offers_the_import(page: Page, url: str) -> None:
    opened(page, url)
    page.get_by_role("button", name="Start fresh…").click()
    page.get_by_role("button", name="Remove the samples").click()
    pick(page, "date,balance\n2026-01-01,1\n")
    page.get_by_role("button", name="Add 1 balance").click()
    expect(rows(page)).to_have_count(1)
    expect(field(page)).to_be_visible()
