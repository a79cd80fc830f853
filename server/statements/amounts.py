"""Amounts of rand as banks and spreadsheets write them, read as whole cents."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from .model import LARGEST, TOO_LARGE, UNCALCULATED, Cell, quote
from .names import other_currency

WORDS = {".": "a decimal point", ",": "a decimal comma"}

_MINUS = str.maketrans("−–‐‑‒", "-----")
_SPACES = " \u00a0\u2007\u2009\u202f"
_CURRENCY = r"(?:zar|r)?"
_PLAIN = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{2})?")
_SHAPE = re.compile(r"([^0-9]*)([0-9](?:.*[0-9])?)([^0-9]*)", re.DOTALL)
_BARE_CENTS = re.compile(r"^([-+(]?)(?=[.,][0-9])")  # .50
_BEFORE = re.compile(rf"[-+(]?{_CURRENCY}|{_CURRENCY}[-+(]")
_AFTER = re.compile(rf"{_CURRENCY}[-+]?\)?{_CURRENCY}(?:(?:(d[rbt]?|s)|(cr?|kt|h))\.?)?")
_NUMBER = {  # by decimal sign; thousands are set apart by one and the same other sign
    sign: re.compile(
        rf"([0-9]+|[1-9][0-9]{{0,2}}([{_SPACES}'’{other}])[0-9]{{3}}(?:\2[0-9]{{3}})*)"
        rf"(?:[{sign}]([0-9]+))?"
    )
    for sign, other in ((".", ","), (",", "."))
}
_NOISE = Decimal("0.000001")  # of a rand: what binary arithmetic adds to a sum
_NOISY = 6  # decimals from which on they may be such noise
_ZERO = re.compile(r"(zar|r)\s*-|-\s*(zar|r)", re.IGNORECASE)  # as Excel's accounting writes 0
_ERRORS = re.compile(r"#[A-Z/0]+[!?]?|#N/A|Err:[0-9]+")


class Amount(NamedTuple):
    """An amount as it is written."""

    digits: str  # with what stands between them
    sign: int  # -1 where it says that it is negative, 1 where it says the opposite, else 0
    mark: str  # "debit" for Dr, Db, D or the S of Soll, "credit" for Cr, Kt or H of Haben
    signs: str  # the decimal signs with which the digits are a number: "." or "," or both


def parse(cell: Cell) -> Amount | None:
    """Return the parts of an amount, None for any other cell."""
    if isinstance(cell, Decimal):
        return Amount("", 0 if cell > 0 else -1, "", ".,")
    return _parse(cell) if isinstance(cell, str) else None


@lru_cache(4096)
def _parse(text: str) -> Amount | None:
    if _PLAIN.fullmatch(text):  # most are, and this is quick
        sign = -1 if text[0] == "-" else 0
        return Amount(text.lstrip("-"), sign, "", "." if "." in text else ".,")
    text = _BARE_CENTS.sub(r"\g<1>0", text.translate(_MINUS).strip())
    if _ZERO.fullmatch(text):
        return Amount("0", 0, "", ".,")
    match = _SHAPE.fullmatch(text) if len(text) <= 60 else None
    if match is None:
        return None
    before, after = ("".join(part.split()).lower() for part in match.group(1, 3))
    behind = _AFTER.fullmatch(after)
    if not behind or not _BEFORE.fullmatch(before) or before.count("(") != after.count(")"):
        return None
    mark = "debit" if behind[1] else "credit" if behind[2] else ""
    minus, plus = (before + after).replace("(", "-").count("-"), (before + after).count("+")
    negative, positive = minus > 0 or mark == "debit", plus > 0 or mark == "credit"
    signs = "".join(sign for sign, number in _NUMBER.items() if number.fullmatch(match[2]))
    if minus + plus > 1 or (negative and positive) or not signs:
        return None
    return Amount(match[2], -1 if negative else 1 if positive else 0, mark, signs)


def is_amount(cell: Cell) -> bool:
    """Tell whether a cell is an amount, with either decimal sign."""
    return parse(cell) is not None


def mark(cell: Cell) -> str:
    """Return "credit" or "debit" where letters behind an amount say so, else ""."""
    amount = parse(cell)
    return amount.mark if amount else ""


def is_plain(cell: Cell) -> bool:
    """Tell whether an amount says nothing of its sign, as one without Cr among others with it."""
    amount = parse(cell)
    return amount is not None and amount.sign == 0


def shown_sign(cell: Cell) -> str:
    """Return the decimal sign that an amount shows: ".," for 1,234, and "" for none."""
    amount = parse(cell)
    return amount.signs if amount and re.search("[.,]", amount.digits) else ""


def decimal_sign(cells: Iterable[Cell], choice: str | None = None) -> str | None:
    """Return the decimal sign of a column, None where every value that has one reads two ways.

    A column without any decimal sign counts as one with points.
    """
    if choice:
        return choice
    shown = Counter(map(shown_sign, cells))
    if shown["."] or shown[","]:
        return "." if shown["."] >= shown[","] else ","
    return None if shown[".,"] else "."


def to_cents(cell: Cell, sign: str) -> int:
    """Return an amount in cents; raise ValueError, with a sentence, for anything else."""
    if sign == "." and isinstance(cell, str) and _PLAIN.fullmatch(cell):
        return int(cell.replace(".", "")) * (1 if "." in cell else 100)
    value = cell if isinstance(cell, Decimal) else _decimal(cell, sign)
    if abs(value) < 10**14:
        rounded = value.quantize(Decimal("0.01"))
        if abs(rounded - value) > _NOISE:
            raise ValueError(f"{quote(cell)} has more than 2 decimals.")
        value = rounded
    cents = int(value.scaleb(2))
    if abs(cents) > LARGEST:
        raise ValueError(TOO_LARGE.format(quote(cell)))
    return cents


def cents_or_none(cells: Sequence[Cell], sign: str) -> list[int | None]:
    """Return the amounts of a column in cents, None for what is none.

    `sign` is the decimal sign where the column does not show its own.
    """
    own = decimal_sign(cells) or sign
    result: list[int | None] = []
    for cell in cells:
        try:
            result.append(to_cents(cell, own) if cell != "" else None)
        except ValueError:
            result.append(None)
    return result


def _decimal(cell: Cell, sign: str) -> Decimal:
    amount = parse(cell)
    match = _NUMBER[sign].fullmatch(amount.digits) if amount else None
    if amount is None or match is None:
        raise ValueError(_why_not(cell, sign))
    fraction = (match[3] or "").rstrip("0")  # zeros behind the cents add nothing
    if 2 < len(fraction) < _NOISY:
        raise ValueError(f"{quote(cell)} has {len(match[3])} decimals: at most 2 are possible.")
    value = Decimal(f"{re.sub('[^0-9]', '', match[1])}.{fraction or 0}")
    return -value if amount.sign < 0 else value


def _why_not(cell: Cell, sign: str) -> str:
    text = str(cell).strip()
    if text.startswith("="):
        return UNCALCULATED.format(quote(cell))
    if _ERRORS.fullmatch(text):
        return f"{quote(cell)} is the error value of a formula."
    if currency := other_currency(text):
        return f"{quote(cell)} is in another currency than rand: {currency}."
    if is_amount(cell):
        return f"{quote(cell)} cannot be read with {WORDS[sign]}, as this column is."
    return f"{quote(cell)} is not an amount."
