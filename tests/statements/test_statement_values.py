"""Statements: dates and amounts as banks write them, one order and one sign for a file."""

from datetime import date

import pytest
from helpers import BAD
from readings import reading, reason, refused

THE_DAY = date(2026, 1, 31)
ENGLISH = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"]
AFRIKAANS = (
    *("Januarie", "Februarie", "Maart", "April", "Mei"),
    *("Junie", "Julie", "Augustus", "September", "Oktober"),
)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-01-31", "2026/01/31", "2026.01.31", "2026 01 31", "2026/1/31", "20260131"),
        *("31/01/2026", "31-01-2026", "31.01.2026", "31 01 2026", "31/1/26", "01/31/2026"),
        *("31 Jan 2026", "31Jan2026", "31-JAN-26", "31 January 2026", "31 Januarie 2026"),
        *("31 Jan. 2026", "31. Jan 2026", "31/Jan/2026", "2026-Jan-31", "2026 Jan 31"),
        *("Jan 31, 2026", "January 31st, 2026", "31st January 2026", "Sat 31 Jan 2026"),
        *("Saterdag, 31 Januarie 2026", "Sat 2026/01/31"),
        *("2026-01-31 23:59", "2026-01-30T23:59:59.123Z", "2026-01-31 00:00:00+02:00"),
        *("31/01/2026 7:05", "31/01/2026 07:05:01 PM", "20260131 12:00", "31 Jan 2026, 12:00"),
        " 31/01/2026 ",
    ],
)
def test_date_is_read(text: str) -> None:
    assert reading(f'Date;Balance\n"{text}";5\n').balances == [(THE_DAY, 500, None)]


@pytest.mark.parametrize(
    ("text", "month"),
    [
        *((f"1 {name} 2026", number) for number, name in enumerate(ENGLISH, 1)),
        *((f"1 {name} 2026", number) for number, name in enumerate(AFRIKAANS, 1)),
        *[("1 Mrt 2026", 3), ("1 Okt 2026", 10), ("1 Sept 2026", 9), ("1 Des 2025", 12)],
    ],
)
def test_month_is_named_in_english_or_afrikaans(text: str, month: int) -> None:
    assert reading(f"Date,Balance\n{text},5\n").balances[0].day.month == month


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("31/02/2026", "not a day of the calendar"),
        ("2026-13-01", "not a day of the calendar"),
        ("2026-O1-31", "not a date"),
        ("31 Foo 2026", "not a date"),
        ("1899-12-31", "before 1900"),
        ("46053", "not a date"),  # a day number counts in workbooks only
    ],
)
def test_bad_date_is_refused_with_its_line_and_what_stands_there(text: str, why: str) -> None:
    rows = f"Date,Balance\n13/01/2026,4\n{text},5\n"
    if "-" in text:
        rows = rows.replace("13/01/2026", "2026-01-13")
    assert refused(rows) == [("date", 3)]
    assert f"“{text}”" in reason(rows)
    assert why in reason(rows)


@pytest.mark.parametrize(
    ("dates", "order", "doubtful"),
    [
        (["13/02/2026", "01/03/2026"], "dmy", False),
        (["02/13/2026", "03/01/2026"], "mdy", False),
        (["2026-02-03"], "ymd", False),
        (["20260203"], "ymd", False),
        (["3 Feb 2026"], "dmy", False),
        (["Feb 3, 2026"], "mdy", False),
        (["02/02/2026"], "dmy", False),  # the same day either way
        (["01/02/2026", "02/02/2026"], "dmy", True),
        (["02/02/2026", "01/02/2026"], "dmy", True),
        (["01/02/2026", "01/09/2026", "02/03/2026"], "mdy", True),  # else they would jump
        (["02/03/2026", "01/09/2026", "01/02/2026"], "mdy", True),
        (["01/12/2026", "02/11/2026"], "mdy", True),  # else one would lie in the future
        (["26-01-31", "26-02-01"], "ymd", False),  # else the years would be scattered
        (["26-03-01", "26-04-02", "26-05-03"], "ymd", False),
    ],
)
def test_order_of_dates_is_one_for_the_file(dates: list[str], order: str, doubtful: bool) -> None:
    text = "Date,Balance\n" + "".join(f'"{day}",{i}\n' for i, day in enumerate(dates))
    found = reading(text)
    assert found.date_order == order
    assert bool(found.doubts) == doubtful
    assert all("more than one way" in doubt and dates[0] in doubt for doubt in found.doubts)


def test_order_of_dates_is_chosen_and_holds_for_every_row() -> None:
    text = "Date,Balance\n01/02/2026,1\n02/02/2026,2\n"
    for order, days in (("dmy", [(2, 1), (2, 2)]), ("mdy", [(1, 2), (2, 2)])):
        found = reading(text, date_order=order)
        assert [(b.day.month, b.day.day) for b in found.balances] == days
        assert found.doubts == []
    assert refused(text, date_order="ymd") == [("date", 2), ("date", 3)]
    assert refused("Date,Balance\n13/01/2026,1\n01/13/2026,2\n14/01/2026,3\n") == [("date", 3)]


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        *[("1234.56", 123456), ("1,234.56", 123456), ("1 234,56", 123456), ("1.234,56", 123456)],
        *[("1\u00a0234,56", 123456), ("1\u202f234.56", 123456), ("1\u2009234.56", 123456)],
        *[("1'234.56", 123456), ("1’234.56", 123456), ("1,234,567.89", 123456789)],
        *[("R1,234.56", 123456), ("R 1 234,56", 123456), ("ZAR 1234.56", 123456)],
        *[("1234.56 ZAR", 123456), ("+1234.56", 123456), ("1234.56+", 123456)],
        *[("(50.00)", -5000), ("50.00-", -5000), ("−50,00", -5000), ("–50.00", -5000)],
        *[("50.00 Dr", -5000), ("50.00DR.", -5000), ("50.00Cr", 5000), ("-50.00 Dr", -5000)],
        *[("-R50.00", -5000), ("R-50.00", -5000), ("-R 50,00", -5000), ("(R50.00)", -5000)],
        *[("R (50.00)", -5000), ("- 50.00", -5000), (" 50.00 ", 5000), ("50", 5000)],
        *[("1800.0000", 180000), ("0.500", 50), ("27350,149999999998", 2735015)],
        *[("0.5", 50), ("0,5", 50), ("-0", 0), ("007", 700), ("1,234,567", 123456700)],
        *[("999999999999.99", 10**14 - 1), ("-999 999 999 999,99", 1 - 10**14)],
    ],
)
def test_amount_is_read(text: str, cents: int) -> None:
    found = reading(f'Date;Balance\n2026-01-31;"{text}"\n')
    assert found.balances == [(THE_DAY, cents, None)]
    assert found.doubts == []


READ_HERE = ("", " ", "-", "1,000", "1 000", "+1", "R5", "1\n", " 1", "1 ", "−5")  # of those in BAD


@pytest.mark.parametrize(
    "text",
    [
        *(text for text in BAD if text not in READ_HERE and text.isprintable()),
        *("1 23", "12 34 567", "1,23,456.00", "1 234,567.89", "1.234.56", "50-00", "--50", "-50-"),
        *("-50.00 Cr", "(50.00", "50.00)", "$5.00", "€5", "=5", "=SUM(A1)", "<b>5</b>", "5%"),
        *("5 USD", "1234567,891", "0.505", "1000000000000.00"),
    ],
)
def test_anything_else_is_refused_with_its_line_and_what_stands_there(text: str) -> None:
    rows = f'Date;Balance\n2026-01-30;4.00\n2026-01-31;"{text}"\n'
    assert refused(rows) == [("balance", 3)]
    assert f"“{text[:39]}" in reason(rows)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1.234", "3 decimals"),
        ("1000000000000", "too large"),
        ("abc", "not an amount"),
        ("1,5", "decimal point"),
    ],
)
def test_refusal_says_what_is_wrong_with_this_value(text: str, why: str) -> None:
    assert why in reason(f'Date;Balance\n2026-01-30;4.00\n2026-01-31;"{text}"\n')


@pytest.mark.parametrize("text", ["", " ", "-", "–", "n/a", "Pending", "hangende"])
def test_dated_line_without_a_balance_is_passed_over(text: str) -> None:
    found = reading(f"Date;Balance\n2026-01-30;4.00\n2026-01-31;{text}\n")
    assert [skipped["line"] for skipped in found.skipped] == [3]


def test_decimal_sign_is_one_for_the_column() -> None:
    text = 'Date,Balance\n2026-01-01,"1,234"\n2026-01-02,{}\n'
    assert reading(text.format("1.50")).balances[0].cents == 123400
    assert refused(text.format('"1,50"')) == [("balance", 2)]
    assert reading(text.format('"1,234.00"')).decimal == "."
    assert reading(text.format('"1,234,567"')).decimal == "."


@pytest.mark.parametrize("values", [["1,234", "2,345"], ["1.234", "500"], ["1.234"]])
def test_amounts_that_read_two_ways_all_through_are_refused_unless_the_sign_is_chosen(
    values: list[str],
) -> None:
    text = "Date;Balance\n" + "".join(f"2026-01-0{i + 1};{v}\n" for i, v in enumerate(values))
    assert refused(text) == [("decimal", None)]
    assert f"“{values[0]}”" in reason(text)
    sign = "," if "." in values[0] else "."
    assert reading(text, decimal=sign).balances[0].cents == 123400
    assert ("balance", 2) in refused(text, decimal={",": ".", ".": ","}[sign])


def test_every_bad_line_is_named() -> None:
    text = "Date,Balance\n2026-01-31,abc\n2026-02-31,1.234\n2026-01-31,5.00\n2027-01-01,5\n"
    assert refused(text) == [("balance", 2), ("balance", 3), ("date", 3)]


def test_line_whose_cells_have_moved_is_refused_unless_the_chain_proves_it() -> None:
    assert refused("date,balance\n2026-01-31,1234,56\n") == [("balance", 2)]
    header = "Date,Description,Amount,Balance\n"
    assert refused(header + "2026-01-31,a,b,-5.00,100.00\n2026-02-01,c,-5.00,95.00\n") == [
        ("balance", 2)
    ]
    header = "Date,Amount,Balance,Description\n"
    rows = "2026-01-31,-5.00,100.00,a, b\n2026-02-01,-5.00,95.00,c, d, e\n"
    assert [b.cents for b in reading(header + rows).balances] == [10000, 9500]
    assert refused(header + rows.replace("95.00", "96.00")) == [("balance", 2), ("balance", 3)]
