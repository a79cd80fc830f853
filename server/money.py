"""Money: rand in whole cents, bitcoin in whole satoshi, decimal strings at the edge. No floats."""

import re
from decimal import Decimal

SATOSHI_PER_BITCOIN = 10**8

_RAND = re.compile(r"-?0*[0-9]{1,12}(\.[0-9]{1,2})?")


def parse_rand(text: object) -> int:
    """Return the cents in a decimal string of rand: "-1.5" is -150.

    Raises ValueError, with a sentence for people, for anything that is not a plain amount
    with at most 2 decimals and an absolute value of at most 999 999 999 999.99.
    """
    if text is None or text == "":
        raise ValueError("Enter a balance in rand, such as 1234.56.")
    if not isinstance(text, str) or not _RAND.fullmatch(text):
        raise ValueError(
            "A balance is a plain amount of at most 12 digits and 2 decimals, such as 1234.56."
        )
    return int(Decimal(text).scaleb(2))


def decimal_string(units: int, places: int) -> str:
    """Write a whole number of 10**-places units: decimal_string(-5, 2) is "-0.05"."""
    whole, part = divmod(abs(units), 10**places)
    return f"{'-' if units < 0 else ''}{whole}.{part:0{places}}"


def bitcoin(cents: int, price: Decimal) -> str:
    """Return what `cents` are worth at `price` (rand for one bitcoin), as a decimal string.

    The exact quotient, rounded half-even to 8 decimals.
    """
    numerator, denominator = price.as_integer_ratio()
    dividend, divisor = cents * SATOSHI_PER_BITCOIN * denominator, 100 * numerator
    satoshi, rest = divmod(dividend, divisor)
    if 2 * rest > divisor or (2 * rest == divisor and satoshi % 2):
        satoshi += 1
    return decimal_string(satoshi, 8)
