"""Amounts: what is read as rand, and the exactness of the bitcoin value."""

import random
from decimal import ROUND_HALF_EVEN, Context, Decimal

import pytest
from helpers import BAD

from server.money import converter, parse_rand, rand


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("0", 0),
        ("-0", 0),
        ("007", 700),
        ("1", 100),
        ("1.5", 150),
        ("1234.56", 123456),
        ("-0.01", -1),
        ("999999999999.99", 99999999999999),
        ("-999999999999.99", -99999999999999),
    ],
)
def test_a_plain_amount_is_read(text: str, cents: int) -> None:
    assert parse_rand(text) == cents


@pytest.mark.parametrize("text", [*BAD, None, True, 5, 1.5, [], {}])
def test_anything_else_is_refused_in_words(text: object) -> None:
    with pytest.raises(ValueError, match=r"(?s)(balance|amount of rand).*\.$"):
        parse_rand(text)


@pytest.mark.parametrize(
    ("cents", "text"),
    [(0, "0.00"), (-5, "-0.05"), (123456, "1234.56"), (-99999999999999, "-999999999999.99")],
)
def test_cents_are_written_as_decimal_strings(cents: int, text: str) -> None:
    assert rand(cents) == text


@pytest.mark.parametrize(
    ("cents", "price", "value"),
    [
        (123456, "1000000.00", "0.00123456"),
        (-5000, "1000000.00", "-0.00005000"),
        (0, "1000000.00", "0.00000000"),
        (1, "2000000.00", "0.00000000"),  # exactly half a satoshi: to even, down
        (3, "2000000.00", "0.00000002"),  # one and a half: to even, up
        (-3, "2000000.00", "-0.00000002"),
        (99999999999999, "0.00000001", "99999999999999000000.00000000"),
    ],
)
def test_bitcoin_is_rounded_half_even(cents: int, price: str, value: str) -> None:
    assert converter(Decimal(price))(cents) == value


def test_bitcoin_is_the_exact_quotient_rounded_once() -> None:
    """Decimal with more digits than any quotient of these can need is the reference."""
    exact = Context(prec=200, rounding=ROUND_HALF_EVEN)
    numbers = random.Random(1)
    for _ in range(2000):
        cents = numbers.randint(-99999999999999, 99999999999999)
        price = Decimal(numbers.randint(1, 10**14)).scaleb(-numbers.randint(0, 8))
        quotient = exact.divide(Decimal(cents).scaleb(-2), price)
        rounded = quotient.quantize(Decimal("1e-8"), context=exact)
        assert converter(price)(cents) == f"{rounded + 0:f}"
