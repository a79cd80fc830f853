"""Money: rand in whole cents, decimal strings at the edge. No floats."""

import re
from collections.abc import Callable
from decimal import Decimal

CENT = Decimal("0.01")  # of a rand
SATOSHI = Decimal("0.00000001")  # of a bitcoin

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


def rand(cents: int) -> str:
    """Write cents as a decimal string of rand: rand(-5) is "-0.05"."""
    return str(cents * CENT)


def converter(price: Decimal) -> Callable[[int], str]:
    """Return a function that tells what cents are worth at `price` (rand for one bitcoin).

    As a decimal string: the exact quotient, rounded half-even to 8 decimals.
    """
    numerator, denominator = price.as_integer_ratio()
    factor, divisor = 10**8 * denominator, 100 * numerator

    def bitcoin(cents: int) -> str:
        satoshi, rest = divmod(cents * factor, divisor)
        if 2 * rest > divisor or (2 * rest == divisor and satoshi % 2):
            satoshi += 1
        value = satoshi * SATOSHI
        text = str(value)  # half the work of a format, but it writes what is very small as 1E-8
        return text if "E" not in text else f"{value:f}"

    return bitcoin
