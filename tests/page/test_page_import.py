"""The page: importing a statement, with its preview, in a real Chromium."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from pages import (
    SAMPLES,
    NewContext,
    give,
    look_again,
    lose,
    opened,
    own,
    plain,
    record,
    rows,
    sample_rows,
    toast,
    undo,
    violations,
    wide,
)
from playwright.sync_api import FilePayload, Locator, Page, Request, Route, expect

FIRST = date(2026, 3, 1)
DROP = """([files, type]) => {
  const dataTransfer = new DataTransfer();
  for (const [name, text] of files) dataTransfer.items.add(new File([text], name));
  const target = document.querySelector("dialog") ?? document.querySelector(".band");
  const options = { dataTransfer, bubbles: true, cancelable: true };
  const event = new DragEvent(type, options);
  target.dispatchEvent(event);
  return [event.defaultPrevented, document.body.className];
}"""
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


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def open_import(page: Page) -> None:
    page.get_by_role("button", name="Import", exact=True).click()
    expect(dialog(page)).to_be_visible()


def pick(page: Page, *files: str | bytes, name: str = "statement.csv") -> None:
    """Pick files in the dialog, which is opened where it is not."""
    if not dialog(page).count():
        open_import(page)
    buffers = [file if isinstance(file, bytes) else file.encode() for file in files]
    payloads = [FilePayload(name=name, mimeType="text/csv", buffer=each) for each in buffers]
    page.locator("dialog input[type=file]").set_input_files(payloads)


def tallies(page: Page) -> list[str]:
    """Return what the preview counts, once it is there."""
    expect(page.locator(".tallies")).to_be_visible()
    return [plain(text) for text in page.locator(".tallies li").all_inner_texts()]


def lines(page: Page) -> list[str]:
    """Return what the preview shows of the lines of the file."""
    return [plain(text) for text in page.locator(".read .line").all_inner_texts()]


def days(page: Page) -> list[str]:
    """Return the days and balances that were read."""
    shown = page.locator(".read .line").all()
    cells = [line.locator("td").all_inner_texts() for line in shown]
    return [plain(f"{each[2]} {each[3]}") for each in cells]


def differently(page: Page) -> None:
    """Open the selects."""
    page.get_by_text("Read differently").click()


def add(page: Page) -> Locator:
    return dialog(page).locator(".foot .main")


def imports(page: Page) -> list[Request]:
    """Return the requests for imports from now on, dry runs included."""
    seen: list[Request] = []

    def note(request: Request) -> None:
        if "/api/import?" in request.url:
            seen.append(request)

    page.on("request", note)
    return seen


def hold(page: Page, url: str) -> list[Route]:
    """Hold the next request to this address back; return the list that it comes into."""
    held: list[Route] = []
    page.route(url, lambda route: held.append(route), times=1)
    return held


def balances(page: Page, url: str) -> list[Any]:
    return [entry["balance"] for entry in own(page, url)]


# The preview


def test_preview_shows_lines_and_differing_days_and_adds_what_is_chosen(
    page: Page, url: str
) -> None:
    opened(page, url)
    give(page, url, ["2026-03-01,990", "2026-03-02,980", "2026-03-08,5"])
    pick(page, statement(15))
    assert tallies(page) == ["13 days to add", "2 there already", "1 differs"]
    assert lines(page) == [
        "3 2026-03-01 990.00 1 Mar 2026 R 990,00 there",
        "4 2026-03-02 980.00 2 Mar 2026 R 980,00 there",
        "10 2026-03-08 920.00 8 Mar 2026 mine R 5,00 file R 920,00 differs",
        "16 2026-03-14 860.00 14 Mar 2026 R 860,00 add",
        "17 2026-03-15 850.00 15 Mar 2026 R 850,00 add",
    ]
    doubt = page.locator(".doubt + .line")
    expect(doubt).to_contain_text("8 Mar 2026")
    expect(page.locator(".doubt")).to_contain_text("an older download, or another account?")
    expect(add(page)).to_have_text("Add 13 days")
    page.get_by_label("keep mine").check()
    expect(add(page)).to_have_text("Add 12 days")
    expect(page.get_by_label("keep mine")).to_be_focused()
    expect(dialog(page).get_by_role("status").first).to_have_text(
        "12 days to add, 2 there already, 1 different"
    )
    dialog(page).get_by_role("button", name="Show all 15 days").click()
    assert len(lines(page)) == 15
    page.get_by_text("2 lines skipped, with the reason").click()
    skipped = page.get_by_label("Lines skipped").locator("li").all_text_contents()
    assert plain(skipped[0]) == "Line 1 It stands above the header."
    assert plain(skipped[-1]).startswith("Line 18 ")
    assert len(own(page, url)) == 3
    add(page).click()
    expect(toast(page)).to_contain_text("Added 12 days")
    assert "920.00" not in balances(page, url)
    undo(page).click()
    expect(toast(page)).to_contain_text("Undone: added 12 days")
    assert balances(page, url) == ["990.00", "980.00", "5.00"]
    pick(page, statement(2))
    expect(dialog(page)).to_contain_text("Nothing is to be added.")
    expect(add(page)).to_have_count(0)


def test_earlier_import_can_be_undone_and_what_was_corrected_stays(page: Page, url: str) -> None:
    opened(page, url)
    pick(page, statement(4))
    add(page).click()
    expect(rows(page)).to_have_count(4)
    first = own(page, url)[0]["id"]
    assert page.request.patch(f"{url}/api/balances/{first}", data={"balance": "1"}).ok
    opened(page, url)
    pick(page, statement(4))
    expect(page.locator(".tallies li").nth(1)).to_have_text("3 there already")
    earlier = dialog(page).get_by_role("region", name="Earlier imports")
    expect(earlier.locator("li")).to_contain_text(
        "CSV · 4 balances, 1 Mar 2026 to 4 Mar 2026",
    )
    earlier.get_by_role("button", name=re.compile("^Undo")).click()
    told = "Undone: 3 of 4 balances. Those corrected or deleted since stay so."
    expect(earlier.get_by_role("status")).to_have_text(told)
    expect(toast(page)).to_contain_text(told)
    expect(earlier.locator("li")).to_have_count(0)
    expect(page.locator(".tallies li").nth(1)).to_have_text("0 there already")
    expect(earlier.get_by_role("heading")).to_be_focused()
    assert balances(page, url) == ["1.00"]


# How the file is read


def test_doubt_offers_its_choice_and_the_choice_is_made_for_the_next_file_too(
    page: Page, url: str
) -> None:
    opened(page, url)
    header = "Transaction Date,Posting Date,Amount,Balance,Available"
    march = ["2026-03-01,2026-03-02,5.00,105.00,900.00", "2026-03-03,2026-03-04,5.00,110.00,905.00"]
    pick(page, "\n".join([header, *march]))
    doubt = dialog(page).locator(".warning").filter(has_text="More than one column")
    expect(doubt.get_by_label("Date column")).to_have_value("2")
    assert days(page) == ["2 Mar 2026 R 105,00", "4 Mar 2026 R 110,00"]
    doubt.get_by_label("Date column").focus()
    doubt.get_by_label("Date column").select_option("Transaction Date")
    expect(page.locator(".read .line").first).to_contain_text("1 Mar 2026")
    expect(doubt).to_have_count(0)
    expect(page.get_by_label("Date column")).to_be_focused()  # under "Read differently"
    page.get_by_label("Balance column").select_option("Available")
    expect(page.locator(".read .line").first).to_contain_text("900,00")
    add(page).click()
    expect(rows(page)).to_have_count(2)
    april = [line.replace("-03-", "-04-") for line in march]
    pick(page, "\n".join([header, *april]))
    expect(dialog(page)).to_contain_text("the choices you made for a file with these columns")
    assert days(page) == ["1 Apr 2026 R 900,00", "3 Apr 2026 R 905,00"]
    dialog(page).get_by_role("button", name="Read without them").click()
    expect(page.locator(".read .line").first).to_contain_text("2 Apr 2026")
    assert days(page) == ["2 Apr 2026 R 105,00", "4 Apr 2026 R 110,00"]


def test_choosing_the_order_of_dates_and_every_row(page: Page, url: str) -> None:
    opened(page, url)
    pick(page, "Date,Balance\n01/02/2026,5.00\n01/02/2026,6.00\n03/02/2026,7.00")
    expect(page.get_by_label("Date order")).to_have_value("dmy")
    assert days(page) == ["1 Feb 2026 R 6,00", "3 Feb 2026 R 7,00"]
    page.get_by_label("Date order").select_option("Month, day, year")
    expect(page.locator(".read .line").first).to_contain_text("2 Jan 2026")
    differently(page)
    page.get_by_label("Balances").select_option("Every row")
    expect(page.locator(".tallies li").first).to_have_text("3 balances to add")
    expect(add(page)).to_have_text("Add 3 balances")
    expect(page.get_by_label("Date order")).to_have_value("mdy")


def test_ambiguous_amounts_are_asked_about(page: Page, url: str) -> None:
    opened(page, url)
    pick(page, 'Date,Balance\n2026-01-01,"1,234"\n2026-01-02,"1,235"')
    expect(dialog(page).get_by_role("alert")).to_contain_text("decimal point or a decimal comma")
    expect(page.get_by_label("Decimal sign")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Date column")).to_have_attribute("aria-invalid", "false")
    expect(add(page)).to_have_count(0)
    page.get_by_label("Decimal sign").focus()
    page.get_by_label("Decimal sign").select_option("Point (1,234.56)")
    expect(page.locator(".tallies li").first).to_have_text("2 days to add")
    expect(page.get_by_label("Decimal sign")).to_be_focused()
    assert days(page) == ["1 Jan 2026 R 1 234,00", "2 Jan 2026 R 1 235,00"]


def test_counted_balances_and_several_accounts(page: Page, url: str) -> None:
    opened(page, url)
    counted = ["Date,Description,Amount", "2026-01-01,Opening balance,100.00"]
    pick(page, "\n".join([*counted, "2026-01-02,Coffee,-10.00", "2026-01-03,Tea,-5.00"]))
    differently(page)
    expect(page.get_by_label("Balance column")).to_contain_text("None: counted from the amounts")
    assert days(page) == ["2 Jan 2026 R 90,00", "3 Jan 2026 R 85,00"]
    accounts = ["2026-01-01,Savings,5.00", "2026-01-02,Cheque,7.00", "2026-01-03,Savings,6.00"]
    pick(page, "\n".join(["Date,Account,Balance", *accounts]))
    expect(dialog(page).get_by_role("alert")).to_contain_text("The file has 2 accounts")
    page.get_by_label("Account", exact=True).select_option("Savings")
    expect(add(page)).to_have_text("Add 2 days")
    assert days(page) == ["1 Jan 2026 R 5,00", "3 Jan 2026 R 6,00"]


def test_lines_that_cannot_be_read_are_listed_and_can_be_skipped(page: Page, url: str) -> None:
    opened(page, url)
    bad = ["2026-01-02,<b>abc</b>", "2026-01-03,12.345"]
    pick(page, "\n".join(["Date,Balance", "2026-01-01,1.00", *bad, "2026-01-04,2.00"]))
    expect(dialog(page).get_by_role("alert")).to_have_text(
        "Nothing can be added: 2 values are refused."
    )
    refused = page.get_by_label("Refused values").locator("li")
    expect(refused.first).to_contain_text("Line 3")
    expect(refused.first).to_contain_text("“<b>abc</b>” is not an amount.")
    expect(add(page)).to_have_count(0)
    dialog(page).get_by_role("button", name="Skip 2 lines that cannot be read").click()
    expect(add(page)).to_have_text("Add 2 days")
    expect(page.get_by_text("2 lines skipped, with the reason")).to_be_visible()
    add(page).click()
    expect(toast(page)).to_contain_text("Added 2 days")
    assert balances(page, url) == ["1.00", "2.00"]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"", "The file is empty."),
        (b"\x89PNG\r\n\x1a\n\x00", "This is a picture."),
        (b"x" * (5 * 1024 * 1024 + 1), "The file is larger than 5 MiB."),
    ],
    ids=["empty", "picture", "large"],
)
def test_file_that_is_no_statement_is_refused_in_words(
    page: Page, url: str, file: bytes, reason: str
) -> None:
    opened(page, url)
    pick(page, file)
    expect(dialog(page).get_by_role("alert")).to_have_text(reason)
    expect(add(page)).to_have_count(0)
    pick(page, statement(2))
    expect(add(page)).to_have_text("Add 2 days")


# When answers are slow or lost


def test_import_whose_answer_is_lost_adds_nothing_twice(page: Page, url: str) -> None:
    opened(page, url)
    sent = imports(page)
    pick(page, statement(3))
    expect(add(page)).to_have_text("Add 3 days")
    page.route("**/api/import?*", lose, times=1)
    add(page).click()
    expect(dialog(page).get_by_role("alert")).to_contain_text("Perhaps they were added")
    expect(add(page)).to_have_text("Try again")
    add(page).click()
    expect(toast(page)).to_contain_text("Added 3 days")
    assert len(own(page, url)) == 3
    dry_run, first, second = (request.headers["idempotency-key"] for request in sent)
    assert dry_run == first == second
    undo(page).click()
    expect(toast(page)).to_contain_text("Undone")
    assert own(page, url) == []


def test_import_whose_answer_is_lost_can_be_undone_once_it_shows(page: Page, url: str) -> None:
    opened(page, url)
    pick(page, statement(3))
    expect(add(page)).to_have_text("Add 3 days")
    page.route("**/api/import?*", lose, times=1)
    add(page).click()
    expect(dialog(page).get_by_role("alert")).to_contain_text("Perhaps they were added")
    page.keyboard.press("Escape")
    look_again(page)
    page.get_by_role("button", name="Undo: Added 3 days").click()
    expect(toast(page)).to_contain_text("Undone")
    assert own(page, url) == []


def test_import_that_never_arrived_offers_no_undo(page: Page, url: str) -> None:
    opened(page, url)
    record(page, "5")
    pick(page, statement(3))
    expect(add(page)).to_have_text("Add 3 days")
    page.route("**/api/import?*", lambda route: route.abort(), times=1)
    add(page).click()
    expect(dialog(page).get_by_role("alert")).to_contain_text("Perhaps they were added")
    page.keyboard.press("Escape")
    look_again(page)
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("button", name="Undo: Added 3 days")).to_have_count(0)


def test_preview_that_fails_can_be_tried_again(page: Page, url: str) -> None:
    opened(page, url)
    open_import(page)
    page.route("**/api/import?*", lambda route: route.abort(), times=1)
    pick(page, statement(3))
    expect(dialog(page).get_by_role("alert")).to_contain_text("cannot be reached")
    add(page).click()
    expect(add(page)).to_have_text("Add 3 days")


def test_other_choices_make_another_import(page: Page, url: str) -> None:
    opened(page, url)
    sent = imports(page)
    pick(page, statement(3))
    expect(add(page)).to_have_text("Add 3 days")
    page.route("**/api/import?*", lose, times=1)
    add(page).click()
    expect(add(page)).to_have_text("Try again")
    differently(page)
    page.get_by_label("Balances").select_option("Every row")
    expect(page.locator(".tallies li").nth(1)).to_have_text("3 there already")
    keys = [request.headers["idempotency-key"] for request in sent]
    assert keys[1] == keys[0]
    assert keys[2] != keys[1]
    assert len(own(page, url)) == 3


def test_slow_answer_about_older_choices_is_dropped(page: Page, url: str) -> None:
    opened(page, url)
    pick(page, "Date,Balance\n01/02/2026,5.00\n03/02/2026,7.00")
    expect(page.get_by_label("Date order")).to_have_value("dmy")
    held = hold(page, "**/api/import?*date_order=ymd*")
    with page.expect_request("**/api/import?*date_order=ymd*"):
        page.get_by_label("Date order").select_option("Year, month, day")
    page.get_by_label("Date order").select_option("Month, day, year")
    expect(page.locator(".read .line").first).to_contain_text("2 Jan 2026")
    with page.expect_response("**/api/import?*date_order=ymd*"):
        held[0].continue_()
    expect(add(page)).to_have_text("Add 2 days")
    expect(dialog(page).get_by_role("alert")).to_have_count(0)
    expect(page.get_by_label("Date order")).to_have_value("mdy")


def test_second_press_while_days_are_added_sends_nothing(page: Page, url: str) -> None:
    opened(page, url)
    pick(page, statement(3))
    expect(add(page)).to_have_text("Add 3 days")
    sent = imports(page)
    held = hold(page, "**/api/import?*")
    with page.expect_request("**/api/import?*"):
        add(page).click()
    expect(add(page)).to_have_text("Adding…")
    differently(page)
    expect(page.get_by_label("Date order")).to_be_disabled()
    add(page).click(force=True)
    held[0].continue_()
    expect(toast(page)).to_contain_text("Added 3 days")
    assert len(sent) == 1


def test_what_another_tab_has_added_meanwhile_is_not_added_again(
    new_context: NewContext, url: str
) -> None:
    context = new_context()
    one, other = opened(context.new_page(), url), opened(context.new_page(), url)
    for page in (one, other):
        pick(page, statement(3))
        expect(add(page)).to_have_text("Add 3 days")
    add(one).click()
    expect(toast(one)).to_contain_text("Added 3 days")
    add(other).click()
    expect(toast(other)).to_contain_text("All of it was there already.")
    expect(undo(other)).to_have_count(0)
    expect(rows(other)).to_have_count(3)
    undo(one).click()
    expect(sample_rows(other)).to_have_count(SAMPLES)
    assert own(other, url) == []


# Files that come by themselves


def test_file_dropped_on_the_page_is_read(page: Page, url: str) -> None:
    opened(page, url)
    files = [["march.csv", statement(3)]]
    assert page.evaluate(DROP, [files, "dragover"]) == [True, "dropping"]
    assert page.evaluate(DROP, [files, "drop"]) == [True, ""]
    expect(dialog(page)).to_contain_text("march.csv")
    expect(add(page)).to_have_text("Add 3 days")
    page.evaluate(DROP, [[["april.csv", statement(2)]], "drop"])
    expect(dialog(page)).to_contain_text("april.csv")
    expect(add(page)).to_have_text("Add 2 days")


def test_file_dropped_on_another_dialog_changes_nothing(page: Page, url: str) -> None:
    opened(page, url)
    page.get_by_role("button", name="Start fresh…").click()
    expect(dialog(page)).to_be_visible()
    files = [["march.csv", statement(3)]]
    assert page.evaluate(DROP, [files, "dragover"]) == [True, ""]
    assert page.evaluate(DROP, [files, "drop"]) == [True, ""]
    expect(dialog(page)).to_contain_text("Start fresh?")


def test_file_dropped_while_another_is_added_comes_next(page: Page, url: str) -> None:
    opened(page, url)
    pick(page, statement(3))
    expect(add(page)).to_have_text("Add 3 days")
    held = hold(page, "**/api/import?*")
    with page.expect_request("**/api/import?*"):
        add(page).click()
    page.evaluate(DROP, [[["april.csv", statement(2, date(2026, 4, 1))]], "drop"])
    expect(dialog(page)).to_contain_text("1 file to come")
    held[0].continue_()
    expect(dialog(page)).to_contain_text("april.csv")
    add(page).click()
    expect(dialog(page)).to_have_count(0)
    assert len(own(page, url)) == 5


def test_several_files_are_shown_one_after_the_other(page: Page, url: str) -> None:
    opened(page, url)
    pick(page, statement(3), statement(2, date(2026, 4, 1)))
    expect(dialog(page)).to_contain_text("1 file to come")
    expect(add(page)).to_have_text("Add 3 days")
    add(page).click()
    expect(add(page)).to_have_text("Add 2 days")
    add(page).click()
    expect(dialog(page)).to_have_count(0)
    assert len(own(page, url)) == 5
    undo(page).click()
    expect(rows(page)).to_have_count(3)


def test_rows_pasted_from_a_spreadsheet_are_read(page: Page, url: str) -> None:
    opened(page, url)
    page.evaluate("document.activeElement.blur()")
    page.evaluate(PASTE, "Date\tBalance\n2026/01/31\tR 1 234,56\n")
    expect(dialog(page)).to_contain_text("Pasted rows")
    expect(dialog(page).locator(".tallies")).to_be_visible()
    assert days(page) == ["31 Jan 2026 R 1 234,56"]


def test_rows_pasted_into_a_field_stay_there(page: Page, url: str) -> None:
    opened(page, url)
    page.locator("#balance").focus()
    page.evaluate(PASTE, "Date\tBalance\n2026/01/31\tR 1 234,56\n")
    expect(page.locator("#balance")).to_be_focused()
    expect(dialog(page)).to_have_count(0)


# For everyone


def shown(page: Page) -> None:
    pick(page, statement(12) + "\n2026-03-14,Tea,,500.00")
    expect(page.locator(".tallies")).to_be_visible()
    dialog(page).get_by_role("button", name="Show all").click()
    differently(page)


def asked(page: Page) -> None:
    pick(page, 'Date,Balance\n2026-01-01,"1,234"\n2026-01-02,"1,235"')
    expect(dialog(page).get_by_role("alert")).to_be_visible()


def refused(page: Page) -> None:
    pick(page, "Date,Balance\n" + "2026-01-01,x\n" * 50)
    expect(dialog(page).get_by_role("alert")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("state", [open_import, shown, asked, refused])
def test_axe_finds_nothing_in_the_import_dialog(
    new_context: NewContext, url: str, state: Any, width: int
) -> None:
    page = new_context(viewport={"width": width, "height": 740}).new_page()
    opened(page, url)
    state(page)
    assert violations(page) == []
    assert wide(page) == width
    assert page.evaluate("document.querySelector('dialog .body').scrollWidth") <= width


def test_import_dialog_by_keyboard(page: Page, url: str) -> None:
    opened(page, url)
    opener = page.get_by_role("button", name="Import", exact=True)
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog input[type=file]")).to_be_focused()
    pick(page, statement(2))
    expect(add(page)).to_have_text("Add 2 days")
    expect(page.locator("dialog input[type=file]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)
    expect(opener).to_be_focused()
    assert own(page, url) == []
