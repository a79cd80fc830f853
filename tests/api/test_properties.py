"""What holds for every amount, price and file: no crash, no silent change of a value."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from server.money import converter, parse_rand
from server.statements import Choices, StatementError, read

TODAY = date(2026, 11, 22)
HIGHEST = 10**14 - 1  # cents

cents = st.integers(-HIGHEST, HIGHEST)
prices = st.decimals("0.00000001", "999999999999.99999999", places=8)
# What looks like an amount
nearly = st.text("0123456789.,-+eE_ \u0660\u00a0", max_size=18)


@given(st.text() | nearly)
def test_amount_is_read_exactly_or_refused(text: str) -> None:
    try:
        amount = parse_rand(text)
    except ValueError:
        return
    assert Fraction(text) * 100 == amount
    assert abs(amount) <= HIGHEST


@given(cents, prices | st.just(Decimal(2_000_000)))  # at which a cent is half a satoshi
def test_bitcoin_is_the_exact_quotient_rounded_half_even(amount: int, price: Decimal) -> None:
    satoshi = round(Fraction(amount, 100) / Fraction(price) * 10**8)
    whole, part = divmod(abs(satoshi), 10**8)
    assert converter(price)(amount) == f"{'-' if satoshi < 0 else ''}{whole}.{part:08}"


@given(st.binary() | st.text().map(str.encode))
def test_any_file_is_read_or_refused(file: bytes) -> None:
    for data in (file, b"date,balance\n" + file):
        try:
            read(data, Choices(), TODAY)
        except StatementError:
            continue
