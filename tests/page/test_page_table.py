"""The page's table: its rows, their order, the search, and a history of thousands."""

import re
from datetime import date

from pages import Bank, NewContext, daily, plain
from playwright.sync_api import Locator, Page, expect

FIRST = date(2024, 1, 1)


def months(page: Page) -> list[str]:
    return [plain(row) for row in page.locator("tr.month").all_inner_texts()]


def days(bank: Bank) -> list[str]:
    """Return the days of the month that the rows tell, in their order."""
    return [row.split()[0] for row in bank.told()]


def tail(page: Page) -> Locator:
    """What the table's foot counts."""
    return page.get_by_role("status").filter(has_text=re.compile(r"\d balances?"))


def test_row_tells_day_balance_change_and_bitcoin_then(page: Page, bank: Bank) -> None:
    """A column without a value is not there; months are left out where they would be as many."""
    bank.give(["2024-01-05,1000"])
    bank.open()
    heads = page.get_by_role("columnheader").all_text_contents()
    assert [head.strip() for head in heads] == [
        *("Date ▲", "Balance", "Change", "Bitcoin now", "Edit or delete")
    ]
    expect(page.get_by_role("rowheader")).to_have_text([re.compile(r"5 Jan 2024\s+Fri")])
    rate = ",,,800000.00"
    bank.give([f"2024-02-05,800{rate}", f"2025-02-28,800{rate}"])
    bank.look_again()
    expect(page.get_by_role("columnheader", name="Bitcoin that day")).to_be_visible()
    assert bank.told() == [
        "5 Jan 2024 Fri R 1 000,00 first 0,00100000 not known",
        "5 Feb 2024 Mon R 800,00 -R 200,00 0,00080000 0,00100000 +25,0 %",
        "28 Feb 2025 Fri R 800,00 R 0,00 0,00080000 0,00100000 +25,0 %",
    ]
    assert months(page) == []
    bank.give(["2024-01-06,30", "2024-02-09,25", "2025-02-28,20"])
    bank.look_again()
    expect(bank.rows).to_have_count(6)
    assert months(page) == ["January 2024", "February 2024 -R 5,00", "February 2025 -R 5,00"]
    assert bank.told()[0].startswith("5 Jan Fri R 1 000,00"), "the year stands above"


def test_folded_row_opens_for_what_else_it_has(new_context: NewContext, url: str) -> None:
    """What is empty takes no room: a balance is two lines, until it is opened."""
    page = new_context(viewport={"width": 360, "height": 740}, has_touch=True).new_page()
    bank = Bank(page, url)
    bank.give(daily((f"{n}00,,,1000000.00" for n in (1, 2, 3)), FIRST))
    bank.open()
    row = bank.rows.first
    assert row.evaluate("row => row.offsetHeight") < 66
    expect(bank.row_button(0, "Delete")).to_have_count(0)
    expect(row.get_by_role("rowheader")).to_have_accessible_name("1 Jan Mon")
    bank.row_button(0, "Change or delete").tap()
    expect(row.get_by_text("That day 0,00010000 price unchanged")).to_be_visible()
    for name in ("Edit", "Delete"):
        box = bank.row_button(0, name).bounding_box()
        assert box
        assert box["height"] >= 44
    bank.row_button(0, "Edit").tap()
    bank.editor.get_by_label("Balance").fill("5")
    page.keyboard.press("Enter")
    expect(bank.row_button(0, "Edit")).to_be_focused()
    bank.row_button(0, "Delete").tap()
    expect(bank.rows).to_have_count(2)


def test_date_or_amount_is_found_and_the_order_is_remembered(page: Page, bank: Bank) -> None:
    bank.give(["2025-10-07,-3.00", "2026-11-05,70.00", "2026-11-20,1234.50"])
    bank.open()
    for query, found in {
        "5/11/2026": ["5"],
        "2026-11-20": ["20"],
        "2026/11": ["5", "20"],
        "20 Nov": ["20"],
        "Nov 2026": ["5", "20"],
        "OCTOBER 2025": ["7"],
        "R 1 234,50": ["20"],
        "1234.5": ["20"],
        "1,234.50": ["20"],
        "-3": ["7"],
        "nothing": [],
    }.items():
        bank.search.fill(query)
        expect(tail(page)).to_have_text(f"{len(found)} of 3 balances")
        assert days(bank) == found, query
    bank.search.fill("")
    expect(tail(page)).to_have_text("3 balances, oldest first")
    head = page.get_by_role("columnheader", name="Date")
    expect(head).to_have_attribute("aria-sort", "ascending")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert days(bank) == ["20", "5", "7"]
    assert "+R 1 164,50" in bank.told()[0], "the change stays the one since the balance before"
    page.reload()
    expect(tail(page)).to_have_text("3 balances, newest first")
    bank.record("4")
    expect(bank.rows.first).to_contain_text("R 4,00")
    page.set_viewport_size({"width": 360, "height": 740})  # where the table folds
    page.get_by_role("button", name="Newest first").click()
    expect(bank.rows.last).to_contain_text("R 4,00")


# Thousands


def test_newest_rows_are_there_and_earlier_ones_can_be_shown(page: Page, bank: Bank) -> None:
    bank.give(daily(range(1, 151), FIRST))
    bank.open()
    expect(bank.rows).to_have_count(30)
    expect(bank.rows.first).to_contain_text("R 121,00")
    expect(tail(page)).to_have_text("150 balances, the newest 30 shown")
    earlier = page.get_by_role("button", name=re.compile(r"Show \d+ earlier"))
    above = page.get_by_role("row").nth(1)
    expect(above).to_have_text("Show 120 earlier")
    bank.edit(0).get_by_label("Balance").fill("7")
    bank.record("5")
    expect(bank.editor.get_by_label("Balance")).to_have_value("7")
    page.keyboard.press("Shift+Tab")
    bank.editor.get_by_role("button", name="Cancel").click()
    head = page.get_by_role("columnheader", name="Date")
    head.get_by_role("button").click()
    expect(bank.rows.first).to_contain_text("R 5,00")
    expect(page.get_by_role("row").last).to_have_text(re.compile("Show 12. earlier"))
    earlier.focus()
    page.keyboard.press("Enter")
    expect(bank.rows).to_have_count(131)
    expect(earlier).to_be_focused()
    page.keyboard.press("Enter")
    expect(bank.rows).to_have_count(151)
    expect(earlier).to_have_count(0)
    expect(page.get_by_role("table")).to_be_focused()
    expect(tail(page)).to_have_text("151 balances, newest first")
    head.get_by_role("button").click()
    bank.delete(10)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    bank.undo.click()
    expect(bank.row_button(10, "Edit")).to_be_focused()
    box, row = head.bounding_box(), bank.rows.nth(10).bounding_box()
    assert box
    assert row
    assert row["y"] >= box["y"] + box["height"] - 1, "the sticky head covers what is brought back"
