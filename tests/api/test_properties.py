"""What holds for every amount, day, price and file: no crash, no silent change of a value."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.api import spreadsheet
from server.api.describe import Balance
from server.money import converter, parse_rand, rand
from server.statements import Choices, StatementError, read
from server.web.inputs import FIRST_DAY, parse_day

TODAY = date(2026, 11, 22)
HIGHEST = 10**14 - 1  # cents

cents = st.integers(-HIGHEST, HIGHEST)
days = st.dates(FIRST_DAY, TODAY)
prices = st.decimals("0.00000001", "999999999999.99999999", places=8)
nearly = st.text(
    "0123456789.,-+eE_ \u0660\u00a0", max_size=18
)  # what looks like an amount or a day


def rows_of(file: bytes) -> list[tuple[date, int]] | None:
    """Return the days and cents of a file, or None where it is refused."""
    try:
        return [(day, cents) for day, cents, _ in read(file, Choices(), TODAY).balances]
    except StatementError:
        return None


@given(cents)
def test_an_amount_comes_back_as_it_was_written(amount: int) -> None:
    assert parse_rand(rand(amount)) == amount


@given(st.text() | nearly)
def test_an_amount_is_read_exactly_or_refused(text: str) -> None:
    try:
        amount = parse_rand(text)
    except ValueError:
        return
    assert Fraction(text) * 100 == amount
    assert abs(amount) <= HIGHEST


@given(st.text() | nearly | days.map(date.isoformat))
def test_a_day_is_read_exactly_or_refused(text: str) -> None:
    try:
        day = parse_day(text, TODAY)
    except ValueError:
        return
    assert day.isoformat() == text
    assert FIRST_DAY <= day <= TODAY


@given(days)
def test_every_day_up_to_today_is_read(day: date) -> None:
    assert parse_day(day.isoformat(), TODAY) == day


@given(st.integers(1, 3_000_000))
def test_no_later_day_is_read(ahead: int) -> None:
    day = min(TODAY.toordinal() + ahead, date.max.toordinal())
    with pytest.raises(ValueError, match="future"):
        parse_day(date.fromordinal(day).isoformat(), TODAY)


@given(cents, prices)
def test_bitcoin_is_the_exact_quotient_rounded_half_even(amount: int, price: Decimal) -> None:
    quotient = Fraction(amount, 100) / Fraction(price)
    assert converter(price)(amount) == written(round(quotient * 10**8))


@given(st.integers(-10_000, 10_000))
def test_a_half_goes_to_the_even_neighbour(satoshi: int) -> None:
    """At this price a cent is half a satoshi."""
    assert converter(Decimal(2_000_000))(satoshi) == written(round(Fraction(satoshi, 2)))


def written(satoshi: int) -> str:
    """Write bitcoin with whole numbers alone."""
    whole, part = divmod(abs(satoshi), 10**8)
    return f"{'-' if satoshi < 0 else ''}{whole}.{part:08}"


@given(st.lists(st.tuples(days, cents), min_size=1))
def test_an_export_is_read_as_it_was_written(rows: list[tuple[date, int]]) -> None:
    entries = [(day.isoformat(), rand(amount)) for day, amount in rows]
    file = spreadsheet.write_csv(Balance("", *entry, None, None, None, False) for entry in entries)
    assert rows_of(file.encode()) == rows


@given(st.binary() | st.text().map(str.encode))
def test_any_file_is_read_or_refused(file: bytes) -> None:
    rows_of(file)
    rows_of(b"date,balance\n" + file)
