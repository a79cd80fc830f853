"""Statements: dates and amounts as banks write them, one order and one sign for a file."""

from datetime import date

import pytest
from readings import reading, refusal

THE_DAY = date(2026, 1, 31)
ENGLISH = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
AFRIKAANS = ["Januarie", "Februarie", "Maart", "April", "Mei", "Junie", "Julie", "Augustus"]
AFRIKAANS += ["September", "Oktober", "November", "Desember"]


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


def test_month_is_named_in_english_or_afrikaans() -> None:
    named = [*enumerate(ENGLISH, 1), *enumerate(AFRIKAANS, 1)]
    for number, name in [*named, (3, "Mrt"), (9, "Sept"), (10, "Okt"), (12, "Des")]:
        assert reading(f"Date,Balance\n1 {name} 2025,5\n").balances[0].day.month == number


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
    good = "2026-01-13" if "-" in text else "13/01/2026"
    error = refusal(f"Date,Balance\n{good},4\n{text},5\n")
    assert (error["field"], error["line"]) == ("date", 3)
    assert f"“{text}”" in error["detail"]
    assert why in error["detail"]


@pytest.mark.parametrize(
    ("dates", "order", "doubtful"),
    [
        (["13/02/2026", "01/03/2026"], "dmy", False),
        (["02/13/2026", "03/01/2026"], "mdy", False),
        (["2026-02-03"], "ymd", False),
        (["3 Feb 2026"], "dmy", False),
        (["Feb 3, 2026"], "mdy", False),
        (["02/02/2026"], "dmy", False),  # the same day either way
        (["01/02/2026", "02/02/2026"], "dmy", True),
        (["02/02/2026", "01/02/2026"], "dmy", True),
        (["01/02/2026", "01/09/2026", "02/03/2026"], "mdy", True),  # else they would jump
        (["02/03/2026", "01/09/2026", "01/02/2026"], "mdy", True),
        (["01/12/2026", "02/11/2026"], "mdy", True),  # else one would lie in the future
        (["26-01-31", "26-02-01"], "ymd", False),  # else the years would be scattered
    ],
)
def test_order_of_dates_is_one_for_the_file(dates: list[str], order: str, doubtful: bool) -> None:
    text = "Date,Balance\n" + "".join(f'"{day}",{i}\n' for i, day in enumerate(dates))
    found = reading(text)
    assert found.date_order == order
    assert bool(found.doubts) == doubtful
    assert all("more than one way" in doubt and dates[0] in doubt for doubt in found.doubts)


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
        *[(".5", 50), ("-.50", -50), (",50", 50), ("0.5", 50), ("0,5", 50)],
        *[("-0", 0), ("007", 700), ("1,234,567", 123456700)],
        *[("999999999999.99", 10**14 - 1), ("-999 999 999 999,99", 1 - 10**14)],
    ],
)
def test_amount_is_read(text: str, cents: int) -> None:
    found = reading(f'Date;Balance\n2026-01-31;"{text}"\n')
    assert found.balances == [(THE_DAY, cents, None)]
    assert found.doubts == []


REASONS = {"1.234": "3 decimals", "1000000000000": "too large", "abc": "not an amount"}
REASONS |= {"1,5": "decimal point"}


@pytest.mark.parametrize(
    "text",
    [
        *("abc", "1.234", "1000000000000", "1e3", "1_000", "NaN", "1.", "１２", "½"),
        *("1 23", "12 34 567", "1,23,456.00", "1 234,567.89", "1.234.56", "50-00", "--50", "-50-"),
        *("-50.00 Cr", "(50.00", "50.00)", "$5.00", "€5", "=5", "=SUM(A1)", "<b>5</b>", "5%"),
        *("5 USD", "1234567,891", "0.505", "1000000000000.00", "1,5"),
    ],
)
def test_anything_else_is_refused_with_its_line_and_what_stands_there(text: str) -> None:
    error = refusal(f'Date;Balance\n2026-01-30;4.00\n2026-01-31;"{text}"\n')
    assert (error["field"], error["line"]) == ("balance", 3)
    assert f"“{text[:39]}" in error["detail"]
    assert REASONS.get(text, "") in error["detail"]
