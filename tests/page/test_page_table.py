"""The page's table: its rows, their order, the search, and a history of thousands."""

import re
from datetime import date, timedelta

import pytest
from pages import (
    NewContext,
    daily,
    delete,
    give,
    look_again,
    opened,
    own,
    plain,
    record,
    row_button,
    rows,
    search,
    toast,
    today,
    told,
    undo,
    written,
)
from playwright.sync_api import Page, expect

MANY = 10_000


def months(page: Page) -> list[str]:
    return [plain(row) for row in page.locator("tbody tr.month").all_inner_texts()]


def many(page: Page, url: str) -> None:
    """Fill the history up to its limit, with a balance a day until the end of 2025."""
    give(
        page, url, daily((f"{n}.25" for n in range(MANY)), date(2026, 1, 1) - timedelta(days=MANY))
    )


# Rows


def test_row_tells_day_balance_change_and_bitcoin_then(page: Page, url: str) -> None:
    rate = ",,,800000.00"
    give(page, url, ["2024-01-05,1000", f"2024-02-05,800{rate}", f"2025-02-28,800{rate}"])
    opened(page, url)
    assert told(page) == [
        "5 Jan 2024 Fri R 1 000,00 first 0,00100000 not known",
        "5 Feb 2024 Mon -R 200,00 0,00080000 0,00100000 +25,0 %".replace("Mon", "Mon R 800,00"),
        "28 Feb 2025 Fri R 800,00 R 0,00 0,00080000 0,00100000 +25,0 %",
    ]
    expect(rows(page).nth(1).locator(".change")).to_have_class("change loss")


def test_months_head_their_balances_with_their_change(page: Page, url: str) -> None:
    give(page, url, ["2024-01-05,10", "2024-01-06,30", "2024-02-05,20", "2024-02-09,25"])
    opened(page, url)
    assert months(page) == ["January 2024", "February 2024 -R 5,00"]
    assert told(page)[0].startswith("5 Jan Fri R 10,00"), "the year stands above"


def test_months_are_left_out_where_they_would_be_as_many(page: Page, url: str) -> None:
    give(page, url, ["2024-01-05,10", "2024-02-05,20", "2024-03-05,20"])
    opened(page, url)
    assert months(page) == []
    assert told(page)[0].startswith("5 Jan 2024")


def test_columns_without_a_value_are_not_there(page: Page, url: str) -> None:
    give(page, url, ["2024-01-05,10"])
    opened(page, url)
    names = ["Date ▲", "Balance", "Change", "Bitcoin now", "Edit or delete"]
    heads = page.get_by_role("columnheader").all_text_contents()
    assert [head.strip() for head in heads] == names
    record(page, "5")
    expect(page.get_by_role("columnheader", name="Bitcoin that day")).to_be_visible()


def test_header_turns_the_order_round_and_it_is_remembered(page: Page, url: str) -> None:
    give(page, url, daily((1, 2, 3), date(2024, 1, 29)))
    opened(page, url)
    head = page.get_by_role("columnheader", name="Date")
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert [row.split()[0] for row in told(page)] == ["29", "30", "31"]
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert [row.split()[0] for row in told(page)] == ["31", "30", "29"]
    assert "+R 1,00" in told(page)[0], "the change stays the one since the day before"
    page.reload()
    expect(rows(page).first).to_contain_text("31")
    expect(page.get_by_role("status").filter(has_text="3 balances, newest first")).to_be_visible()
    record(page, "4")
    expect(rows(page).first).to_contain_text(re.compile(r"R\s4,00"))


def test_date_heads_its_row(page: Page, url: str) -> None:
    give(page, url, ["2024-01-05,10"])
    opened(page, url)
    expect(page.get_by_role("rowheader")).to_have_text([re.compile(r"5 Jan 2024\s+Fri")])


def test_each_row_has_its_year_on_paper(page: Page, url: str) -> None:
    give(page, url, ["2024-01-05,10", "2024-01-06,30", f"{today(page, url)},20"])
    opened(page, url)
    page.emulate_media(media="print")
    assert [row.split()[2] for row in told(page)] == ["2024", "2024", str(today(page, url).year)]


def test_folded_table_turns_round_too(new_context: NewContext, url: str) -> None:
    page = new_context(viewport={"width": 360, "height": 740}).new_page()
    give(page, url, daily((1, 2, 3), date(2024, 1, 29)))
    opened(page, url)
    page.get_by_role("button", name="Oldest first").click()
    assert [row.split()[0] for row in told(page)] == ["31", "30", "29"]


def test_folded_row_opens_for_what_else_it_has(new_context: NewContext, url: str) -> None:
    """What is empty takes no room: a balance is two lines, until it is opened."""
    page = new_context(viewport={"width": 360, "height": 740}, has_touch=True).new_page()
    give(page, url, daily((f"{n}00,,,1000000.00" for n in (1, 2, 3)), date(2024, 1, 29)))
    opened(page, url)
    row = rows(page).first
    assert row.evaluate("row => row.offsetHeight") < 66
    expect(row.get_by_role("button", name=re.compile("^Delete"))).to_have_count(0)
    row.get_by_role("button", name=re.compile("Change or delete")).tap()
    expect(row.get_by_text("That day 0,00010000 price same")).to_be_visible()
    for name in ("Edit", "Delete"):
        box = row.get_by_role("button", name=re.compile(f"^{name}")).bounding_box()
        assert box
        assert box["height"] >= 44
    row.get_by_role("button", name=re.compile("^Delete")).tap()
    expect(rows(page)).to_have_count(2)


def test_sticky_head_covers_no_row_that_is_highlighted(page: Page, url: str) -> None:
    give(page, url, daily(range(1, 80), date(2024, 1, 1)))
    opened(page, url)
    page.get_by_role("button", name="Show 49 earlier").click()
    expect(rows(page)).to_have_count(79)
    delete(page, 10)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    undo(page).click()
    restored = row_button(page, 10, "Edit")
    expect(restored).to_be_focused()
    head = page.locator("thead th").first.bounding_box()
    row = rows(page).nth(10).bounding_box()
    assert head
    assert row
    assert row["y"] >= head["y"] + head["height"] - 1


def test_wide_screen_shows_the_newest_rows_beside_the_form(
    new_context: NewContext, url: str
) -> None:
    page = new_context(viewport={"width": 1920, "height": 1080}).new_page()
    give(page, url, daily(range(1, 80), date(2024, 1, 1)))
    opened(page, url)
    expect(rows(page).last).to_be_in_viewport(ratio=0.99)  # of a box of broken px
    expect(page.get_by_role("button", name="Record balance")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollHeight") == 1080
    record(page, "5")
    expect(rows(page).last).to_contain_text(re.compile(r"R\s5,00"))
    expect(rows(page).last).to_be_in_viewport(ratio=0.99)  # of a box of broken px


# Search


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("20/11/2026", ["20"]),
        ("5/11/2026", ["5"]),
        ("2026-11-20", ["20"]),
        ("2026/11", ["5", "20"]),
        ("20 Nov", ["20"]),
        ("Nov 2026", ["5", "20"]),
        ("november", ["5", "20"]),
        ("OCTOBER 2025", ["7"]),
        ("R 1 234,50", ["20"]),
        ("1234.5", ["20"]),
        ("1,234.50", ["20"]),
        ("-3", ["7"]),
        ("nothing", []),
    ],
)
def test_search_finds_a_date_or_an_amount(
    page: Page, url: str, query: str, found: list[str]
) -> None:
    page.route(  # today is after those days
        "**/api/balances",
        lambda route: route.fulfill(
            json={
                "rate": None,
                "balances": [
                    {**{"id": f"id {day}", "date": day, "balance": balance, "sample": False}}
                    | dict.fromkeys(("btc", "btc_then", "rate_then"))
                    for day, balance in (
                        ("2025-10-07", "-3.00"),
                        ("2026-11-05", "70.00"),
                        ("2026-11-20", "1234.50"),
                    )
                ],
            },
            headers={"Good-Bank-Today": "2026-11-25"},
        ),
    )
    opened(page, url)
    search(page).fill(query)
    tail = page.locator(".tail [role=status]")
    expect(tail).to_have_text(f"{len(found)} of 3 balances")
    assert [row.split()[0] for row in told(page)] == found
    search(page).fill("")
    expect(tail).to_have_text("3 balances, oldest first")


# Thousands


def test_newest_rows_are_there_and_earlier_ones_can_be_shown(page: Page, url: str) -> None:
    give(page, url, daily(range(1, 151), date(2024, 1, 1)))
    opened(page, url)
    expect(rows(page)).to_have_count(30)
    expect(rows(page).first).to_contain_text(re.compile(r"R\s121,00"))
    earlier = page.get_by_role("button", name="Show 120 earlier")
    assert earlier.bounding_box()["y"] < rows(page).first.bounding_box()["y"]  # type: ignore[index]
    status = page.get_by_role("status").filter(has_text="150 balances")
    expect(status).to_have_text("150 balances, the newest 30 shown")
    earlier.focus()
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(130)
    expect(status).to_have_text("150 balances, the newest 130 shown")
    expect(page.get_by_role("button", name="Show 20 earlier")).to_be_focused()
    page.get_by_role("button", name="Show 20 earlier").press("Enter")
    expect(rows(page)).to_have_count(150)
    expect(page.get_by_role("button", name=re.compile("earlier"))).to_have_count(0)
    expect(page.get_by_role("table")).to_be_focused()
    expect(page.get_by_text("150 balances, oldest first")).to_be_visible()


def test_row_that_is_changed_stays_when_a_new_one_comes(page: Page, url: str) -> None:
    give(page, url, daily(range(1, 41), date(2024, 1, 1)))
    opened(page, url)
    row_button(page, 0, "Edit").click(force=True)
    amount = page.locator("tr.editor").get_by_label("Balance")
    amount.fill("7")
    record(page, "5")
    expect(amount).to_have_value("7")


def test_earlier_rows_follow_where_the_newest_come_first(page: Page, url: str) -> None:
    give(page, url, daily(range(1, 41), date(2024, 1, 1)))
    opened(page, url)
    page.get_by_role("columnheader", name="Date").get_by_role("button").click()
    expect(rows(page).first).to_contain_text(re.compile(r"R\s40,00"))
    earlier = page.get_by_role("button", name="Show 10 earlier")
    assert earlier.bounding_box()["y"] > rows(page).last.bounding_box()["y"]  # type: ignore[index]
    earlier.click()
    expect(rows(page).last).to_contain_text(re.compile(r"R\s1,00"))


def test_ten_thousand_entries_are_shown_found_and_printed(page: Page, url: str) -> None:
    many(page, url)
    opened(page, url)
    expect(rows(page)).to_have_count(30)
    expect(rows(page).last).to_contain_text(re.compile(r"R\s9\s999,25"))
    search(page).fill("5 000,25")
    expect(rows(page)).to_have_count(1)
    expect(page.locator(".tail [role=status]")).to_have_text(f"1 of {MANY} balances")
    search(page).fill("")
    page.emulate_media(media="print")
    expect(rows(page)).to_have_count(MANY, timeout=60_000)
    page.emulate_media(media="screen")
    expect(rows(page)).to_have_count(30, timeout=60_000)


def test_new_row_after_thousands_is_the_last(page: Page, url: str) -> None:
    now = today(page, url)
    give(page, url, daily(range(3000), now - timedelta(days=3000)))
    opened(page, url)
    record(page, "4711")
    expect(rows(page).last).to_contain_text(re.compile(r"R\s4\s711,00"))
    assert f"{written(now, now)} " in told(page)[-1]


def test_history_at_its_limit_is_said(page: Page, url: str) -> None:
    many(page, url)
    opened(page, url)
    page.get_by_label("Balance", exact=True).fill("5")
    page.keyboard.press("Enter")
    expect(page.locator("form.record [role=alert]")).to_contain_text("limit of 10000 entries")
    look_again(page)
    assert len(own(page, url)) == MANY
    expect(toast(page)).to_have_text("")
