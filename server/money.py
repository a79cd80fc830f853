"""Money: rand in whole cents, decimal strings at the edge. No floats."""

import json
import re
from collections.abc import Callable
from decimal import Decimal

CENT = Decimal("0.01")  # of a rand
SATOSHI = Decimal("0.00000001")  # of a bitcoin

_PLAIN = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")
_WHOLE = 12  # digits of the rand in a balance


def parse_rand(text: object) -> int:
    """Return the cents in a decimal string of rand: "-1.5" is -150.

    Raises ValueError, with a sentence about this value, for anything that is not a plain amount
    with at most 2 decimals and an absolute value of at most 999 999 999 999.99.
    """
    if text is None or text == "":
        raise ValueError("Enter a balance in rand, such as 1234.56.")
    plain = _PLAIN.fullmatch(text) if isinstance(text, str) else None
    if plain is None:
        raise ValueError(f"{quoted(text)} is no plain amount of rand, such as 1234.56 or -50.")
    sign, whole, part = plain.groups(default="")
    if len(part) > 2:
        raise ValueError(f"{quoted(text)} has {len(part)} decimals: a balance has at most 2.")
    whole = whole.lstrip("0")
    if len(whole) > _WHOLE:
        raise ValueError(f"{quoted(text)} is too large: a balance is at most 999999999999.99.")
    return int(f"{sign}{whole}{part:0<2}")


def quoted(value: object) -> str:
    """Quote what somebody sent, in a sentence about it; the beginning, where it is long."""
    text = value if isinstance(value, str) else json.dumps(value, default=lambda _: "a file")
    return f"“{shortened(text)}”"


def shortened(text: str) -> str:
    """Return what somebody sent; the beginning, where it is long."""
    return text if len(text) <= 40 else f"{text[:40]}…"


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
