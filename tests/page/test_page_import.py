"""The page: importing a statement, with its preview, in a real Chromium."""

import re
from datetime import date, timedelta

from pages import Bank, lose
from playwright.sync_api import Locator, Page, Route, expect

FIRST = date(2026, 3, 1)
PNG = b"\x89PNG\r\n\x1a\n\x00"
PASTE = """text => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  const target = document.activeElement;
  target.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
}"""


def statement(days: int, first: date = FIRST, opening: int = 1000) -> str:
    """Return a statement with a balance a day, above and below lines without one."""
    lines = [
        f"{first + timedelta(days=n)},Coffee,-10.00,{opening - 10 * (n + 1)}.00"
        for n in range(days)
    ]
    head = ["Statement of account 62 0000 0000", "Date,Description,Amount,Balance"]
    return "\n".join([*head, *lines, "Closing balance,,,"])


def lines(bank: Bank) -> Locator:
    """What the preview shows of the lines of the file."""
    table = bank.dialog.get_by_role("region", name="Lines of the file")
    return table.get_by_role("row", name=re.compile(r"^\d"))


def expect_days(bank: Bank, *days: str) -> None:
    """Wait until these days and balances were read."""
    expect(lines(bank)).to_contain_text(list(days), use_inner_text=True)
    expect(lines(bank)).to_have_count(len(days))


def tallies(bank: Bank) -> Locator:
    return bank.dialog.locator(".tallies li")


def alert(bank: Bank) -> Locator:
    return bank.dialog.get_by_role("alert")


def add(bank: Bank) -> Locator:
    return bank.dialog.get_by_role("button", name=re.compile("^(Add|Try again)"))


def expect_added(bank: Bank, days: int) -> None:
    """Press Add, and wait until that is said."""
    add(bank).click()
    expect(bank.toast).to_contain_text(f"Added {days} days")


def choose(bank: Bank, name: str, option: str) -> None:
    bank.dialog.get_by_label(name, exact=True).select_option(option)


# The preview


def test_preview_shows_lines_and_differing_days_and_adds_the_chosen(page: Page, bank: Bank) -> None:
    bank.open()
    bank.give(["2026-03-01,990", "2026-03-02,980", "2026-03-08,5"])
    bank.pick(statement(15))
    expect(tallies(bank)).to_have_text(["13 days to add", "2 there already", "1 differs"])
    expect_days(
        bank,
        "3 2026-03-01 990.00 1 Mar 2026 R 990,00 there",
        "4 2026-03-02 980.00 2 Mar 2026 R 980,00 there",
        "10 2026-03-08 920.00 8 Mar 2026 mine R 5,00 file R 920,00 differs",
        "16 2026-03-14 860.00 14 Mar 2026 R 860,00 add",
        "17 2026-03-15 850.00 15 Mar 2026 R 850,00 add",
    )
    expect(bank.dialog).to_contain_text("an older download, or another account?")
    expect(page.locator(".doubt + .line")).to_contain_text("8 Mar 2026")
    expect(add(bank)).to_have_text("Add 13 days")
    page.get_by_label("keep mine").check()
    expect(add(bank)).to_have_text("Add 12 days")
    expect(page.get_by_label("keep mine")).to_be_focused()
    expect(bank.dialog.get_by_role("status").first).to_have_text(
        "12 days to add, 2 there already, 1 different"
    )
    bank.dialog.get_by_role("button", name="Show all 15 days").click()
    expect(lines(bank)).to_have_count(15)
    page.get_by_text("2 lines skipped, with the reason").click()
    skipped = bank.dialog.get_by_label("Lines skipped").get_by_role("listitem")
    expect(skipped).to_have_text(["Line 1 It stands above the header.", re.compile("^Line 18 ")])
    assert bank.balances() == ["990.00", "980.00", "5.00"]
    expect_added(bank, 12)
    assert "920.00" not in bank.balances()
    bank.undo.click()
    expect(bank.toast).to_contain_text("Undone: added 12 days")
    assert bank.balances() == ["990.00", "980.00", "5.00"]
    bank.pick(statement(2))
    expect(bank.dialog).to_contain_text("Nothing is to be added.")
    expect(add(bank)).to_have_count(0)
    bank.pick(statement(3))
    expect(add(bank)).to_have_text("Add 1 day")
    earlier = bank.dialog.get_by_role("region", name="Earlier imports").get_by_role("listitem")
    expect(earlier).to_have_count(1)
    bank.give(["2026-03-03,970"])  # as another tab may
    bank.look_again()
    expect(earlier).to_have_count(2)
    add(bank).click()
    expect(bank.toast).to_contain_text("All of it was there already.")
    expect(bank.undo).to_have_count(0)


def test_earlier_import_can_be_undone_and_what_was_corrected_stays(page: Page, bank: Bank) -> None:
    bank.open()
    bank.pick(statement(4))
    expect_added(bank, 4)
    first = bank.own()[0]["id"]
    assert page.request.patch(f"{bank.url}/api/balances/{first}", data={"balance": "1"}).ok
    page.reload()
    bank.pick(statement(4))
    expect(tallies(bank).nth(1)).to_have_text("3 there already")
    earlier = bank.dialog.get_by_role("region", name="Earlier imports")
    item = earlier.get_by_role("listitem")
    expect(item).to_contain_text("CSV · 4 balances, 1 Mar 2026 to 4 Mar 2026")
    item.get_by_role("button", name="Undo").click()
    told = "Undone: 3 of 4 balances. Those corrected or deleted since stay so."
    expect(earlier.get_by_role("status")).to_have_text(told)
    expect(bank.toast).to_contain_text(told)
    expect(page.locator("#tail")).not_to_contain_text("Undo")
    expect(item).to_have_count(0)
    expect(tallies(bank).nth(1)).to_have_text("0 there already")
    expect(earlier.get_by_role("heading")).to_be_focused()
    assert bank.balances() == ["1.00"]


# How the file is read


def test_doubt_offers_its_choice_and_the_choice_is_made_for_the_next_file_too(bank: Bank) -> None:
    bank.open()
    header = "Transaction Date,Posting Date,Amount,Balance,Available"
    march = ["2026-03-01,2026-03-02,5.00,105.00,900.00", "2026-03-03,2026-03-04,5.00,110.00,905.00"]
    bank.pick("\n".join([header, *march]))
    doubt = bank.dialog.locator(".warning").filter(has_text="More than one column")
    expect(doubt.get_by_label("Date column")).to_have_value("2")
    expect_days(bank, "2 Mar 2026 R 105,00", "4 Mar 2026 R 110,00")
    doubt.get_by_label("Date column").focus()
    choose(bank, "Date column", "Transaction Date")
    expect_days(bank, "1 Mar 2026 R 105,00", "3 Mar 2026 R 110,00")
    expect(doubt).to_have_count(0)
    expect(bank.page.get_by_label("Date column")).to_be_focused()  # under "Read differently"
    choose(bank, "Balance column", "Available")
    expect_days(bank, "1 Mar 2026 R 900,00", "3 Mar 2026 R 905,00")
    expect_added(bank, 2)
    april = [line.replace("-03-", "-04-") for line in march]
    bank.pick("\n".join([header, *april]))
    expect(bank.dialog).to_contain_text("the choices you made for a file with these columns")
    expect_days(bank, "1 Apr 2026 R 900,00", "3 Apr 2026 R 905,00")
    bank.dialog.get_by_role("button", name="Read without them").click()
    expect_days(bank, "2 Apr 2026 R 105,00", "4 Apr 2026 R 110,00")


def test_what_a_file_leaves_open_is_asked(page: Page, bank: Bank) -> None:
    """The order of its dates, the decimal sign, the account; counted balances are said."""
    bank.open()
    bank.pick("Date,Balance\n01/02/2026,5.00\n01/02/2026,6.00\n03/02/2026,7.00")
    expect(page.get_by_label("Date order")).to_have_value("dmy")
    expect_days(bank, "1 Feb 2026 R 6,00", "3 Feb 2026 R 7,00")
    with bank.held("**/api/import?*date_order=ymd*") as asked:
        choose(bank, "Date order", "Year, month, day")
        bank.until(lambda: asked)
        choose(bank, "Date order", "Month, day, year")
        expect_days(bank, "2 Jan 2026 R 6,00", "2 Mar 2026 R 7,00")
    with page.expect_response("**/api/import?*date_order=mdy*"):  # the older answer is dropped
        page.get_by_text("Read differently").click()
        choose(bank, "Balances", "Every row")
    expect(add(bank)).to_have_text("Add 3 balances")
    expect(alert(bank)).to_have_count(0)
    expect(page.get_by_label("Date order")).to_have_value("mdy")
    bank.pick('Date,Balance\n2026-01-01,"1,234"\n2026-01-02,"1,235"')
    expect(alert(bank)).to_contain_text("decimal point or a decimal comma")
    expect(page.get_by_label("Decimal sign")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Date column")).to_have_attribute("aria-invalid", "false")
    expect(add(bank)).to_have_count(0)
    page.get_by_label("Decimal sign").focus()
    choose(bank, "Decimal sign", "Point (1,234.56)")
    expect_days(bank, "1 Jan 2026 R 1 234,00", "2 Jan 2026 R 1 235,00")
    expect(page.get_by_label("Decimal sign")).to_be_focused()
    counted = ["Date,Description,Amount", "2026-01-01,Opening balance,100.00"]
    bank.pick("\n".join([*counted, "2026-01-02,Coffee,-10.00", "2026-01-03,Tea,-5.00"]))
    expect_days(bank, "2 Jan 2026 R 90,00", "3 Jan 2026 R 85,00")
    expect(page.get_by_label("Balance column")).to_contain_text("None: counted from the amounts")
    accounts = ["2026-01-01,Savings,5.00", "2026-01-02,Cheque,7.00", "2026-01-03,Savings,6.00"]
    bank.pick("\n".join(["Date,Account,Balance", *accounts]))
    expect(alert(bank)).to_contain_text("The file has 2 accounts")
    choose(bank, "Account", "Savings")
    expect_days(bank, "1 Jan 2026 R 5,00", "3 Jan 2026 R 6,00")
    expect(add(bank)).to_have_text("Add 2 days")


def test_unreadable_file_is_refused_in_words_and_its_lines_can_be_skipped(bank: Bank) -> None:
    bank.open()
    for file, reason in (
        (b"", "The file is empty."),
        (PNG, "This is neither text nor a workbook. Download the statement as CSV, Excel or OFX."),
        (b"x" * (5 * 1024 * 1024 + 1), "The file is larger than 5 MiB."),
    ):
        bank.pick(file)
        expect(alert(bank)).to_have_text(reason)
        expect(add(bank)).to_have_count(0)
    bad = ["2026-01-02,<b>abc</b>", "2026-01-03,12.345"]
    bank.pick("\n".join(["Date,Balance", "2026-01-01,1.00", *bad, "2026-01-04,2.00"]))
    expect(alert(bank)).to_have_text("Nothing can be added: 2 values are refused.")
    refused = bank.dialog.get_by_label("Refused values").get_by_role("listitem")
    expect(refused.first).to_contain_text("Line 3 “<b>abc</b>” is not an amount.")
    expect(add(bank)).to_have_count(0)
    bank.dialog.get_by_role("button", name="Skip 2 lines that cannot be read").click()
    expect(bank.page.get_by_text("2 lines skipped, with the reason")).to_be_visible()
    expect_added(bank, 2)
    assert bank.balances() == ["1.00", "2.00"]


# When answers are slow or lost


def test_import_whose_answer_is_lost_adds_once_and_can_be_undone(page: Page, bank: Bank) -> None:
    bank.open()
    bank.open_import()
    page.route("**/api/import?*", lambda route: route.abort(), times=1)
    bank.pick(statement(3))
    expect(alert(bank)).to_contain_text("cannot be reached")
    add(bank).click()
    expect(add(bank)).to_have_text("Add 3 days")
    held: list[Route] = []
    page.route("**/api/import?*", lambda route: held.append(route), times=1)
    add(bank).click()
    bank.until(lambda: held)
    page.keyboard.press("Escape")
    held[0].abort()
    expect(bank.toast).to_contain_text("Perhaps they were added")
    bank.look_again()
    bank.record("5")
    undo_later = page.get_by_role("button", name="Undo: Added 3 days")
    expect(undo_later).to_have_count(0)  # for they were not
    bank.pick(statement(3))
    expect(add(bank)).to_have_text("Add 3 days")
    page.route("**/api/import?*", lose, times=1)
    add(bank).click()
    expect(alert(bank)).to_contain_text("Perhaps they were added")
    expect(add(bank)).to_have_text("Try again")
    expect_added(bank, 3)
    bank.undo.click()
    expect(bank.toast).to_contain_text("Undone")
    bank.pick(statement(3) + "\n2026-03-03,Tea,-5.00,965.00")
    expect(add(bank)).to_have_text("Add 3 days")
    page.route("**/api/import?*", lose, times=1)
    add(bank).click()
    expect(add(bank)).to_have_text("Try again")
    page.get_by_text("Read differently").click()
    choose(bank, "Balances", "Every row")
    expect(tallies(bank).nth(1)).to_have_text("3 there already")
    expect(add(bank)).to_have_text("Add 1 balance")
    add(bank).click()
    expect(bank.toast).to_contain_text("Added 1 balance")  # by another import
    bank.undo.click()
    expect(bank.toast).to_contain_text("Undone: added 1 balance")
    undo_later.click()
    expect(bank.rows).to_have_count(1)
    assert bank.balances() == ["5.00"]


# Files that come by themselves


def test_files_that_are_dropped_come_one_after_the_other(page: Page, bank: Bank) -> None:
    bank.open()
    march, april = statement(3), statement(2, date(2026, 4, 1))
    assert bank.drag("dragover", "march.csv", march) == [True, "dropping"]
    assert bank.drag("drop", "may.csv", statement(2, date(2026, 5, 1))) == [True, ""]
    expect(bank.dialog).to_contain_text("may.csv")
    assert bank.drag("drop", "march.csv", march) == [True, ""]
    expect(bank.dialog).to_contain_text("march.csv")
    expect(add(bank)).to_have_text("Add 3 days")
    with bank.held("**/api/import?*") as sent:
        add(bank).click()
        adding = bank.dialog.get_by_role("button", name="Adding…")
        page.get_by_text("Read differently").click()
        expect(page.get_by_label("Date order")).to_be_disabled()
        adding.click(force=True)
        assert bank.drag("drop", "april.csv", april) == [True, ""]
        expect(bank.dialog).to_contain_text("1 file to come")
    expect(bank.dialog).to_contain_text("april.csv")
    expect(add(bank)).to_have_text("Add 2 days")
    assert len(sent) == 1, "the second press sent something"
    add(bank).click()
    expect(bank.dialog).to_have_count(0)
    expect(bank.rows).to_have_count(5)
    with bank.held("**/api/imports/*") as undone:
        bank.undo.click()
        bank.undo.click()
        expect(bank.toast).to_contain_text("Undo again once that is done.")
    expect(bank.toast).to_contain_text("Undone: added 2 days")
    expect(bank.rows).to_have_count(3)
    assert len(undone) == 1


def test_dialog_is_opened_by_keyboard_and_by_rows_that_are_pasted(page: Page, bank: Bank) -> None:
    """But not into a field or a dialog. Where it cannot be loaded, it can be tried again."""
    bank.open()
    opener = page.get_by_role("button", name="Import", exact=True)
    page.route("**/import-dialog.js*", lambda route: route.abort(), times=2)
    for _ in range(2):
        opener.click()
        expect(bank.toast).to_contain_text("cannot be loaded")
        bank.toast.get_by_role("button", name="Close").click()
    opener.focus()
    page.keyboard.press("Enter")
    chooser = page.locator("dialog input[type=file]")
    expect(chooser).to_be_focused()
    bank.pick(statement(2))
    expect(add(bank)).to_have_text("Add 2 days")
    expect(chooser).to_be_focused()
    page.keyboard.press("Escape")
    expect(bank.dialog).to_have_count(0)
    expect(opener).to_be_focused()
    assert bank.own() == []
    copied = "Date\tBalance\n2026/01/31\tR 1 234,56\n"
    amount = page.get_by_label("Balance", exact=True)
    amount.focus()
    page.evaluate(PASTE, copied)
    expect(bank.dialog).to_have_count(0)
    expect(amount).to_be_focused()
    page.get_by_role("button", name="Start fresh…").click()
    expect(bank.dialog).to_contain_text("Start fresh?")
    assert bank.drag("dragover", "march.csv", statement(3)) == [True, ""]
    assert bank.drag("drop", "march.csv", statement(3)) == [True, ""]
    expect(bank.dialog).to_contain_text("Start fresh?")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)  # not only shut
    page.evaluate("document.activeElement.blur()")
    page.evaluate(PASTE, copied)
    expect(bank.dialog).to_contain_text("Pasted rows")
    expect_days(bank, "31 Jan 2026 R 1 234,56")
