"""Amounts of rand as banks and spreadsheets write them, read as whole cents."""

import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from server.statements.model import Cell, quote

MAX_CENTS = 10**14 - 1  # 999 999 999 999.99
WORDS = {".": "a decimal point", ",": "a decimal comma"}

_MINUS = str.maketrans("−–‐‑‒", "-----")
_SPACES = " \u00a0\u2007\u2009\u202f"
_CURRENCY = r"(?:zar|r)?"
_PLAIN = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{2})?")
_SHAPE = re.compile(r"([^0-9]*)([0-9](?:.*[0-9])?)([^0-9]*)", re.DOTALL)
_BEFORE = re.compile(rf"[-+(]?{_CURRENCY}|{_CURRENCY}[-+(]")
_AFTER = re.compile(rf"{_CURRENCY}[-+]?\)?{_CURRENCY}(?:(?:dr|db|dt|cr|kt)\.?)?")
_DEBIT = re.compile(r"d[rbt]")
_CREDIT = re.compile(r"cr|kt")
_NUMBER = {  # by decimal sign; thousands are set apart by one and the same other sign
    sign: re.compile(
        rf"([0-9]+|[1-9][0-9]{{0,2}}([{_SPACES}'’{other}])[0-9]{{3}}(?:\2[0-9]{{3}})*)"
        rf"(?:[{sign}]([0-9]+))?"
    )
    for sign, other in ((".", ","), (",", "."))
}
_NOISE = Decimal("0.000001")  # of a rand: what binary arithmetic adds to a sum in a workbook


def decimal_sign(cells: Iterable[Cell], choice: str | None = None) -> str | None:
    """Return the decimal sign of a column, None where every value that has one reads two ways.

    A column without any decimal sign counts as one with points.
    """
    if choice:
        return choice
    signs = Counter(shown_sign(cell) for cell in cells)
    if signs["."] or signs[","]:
        return "." if signs["."] >= signs[","] else ","
    return None if signs["?"] else "."


def shown_sign(cell: Cell) -> str:
    """Return the decimal sign that an amount shows: "?" for 1,234, and "" for none."""
    parts = _parts(cell) if isinstance(cell, str) else None
    if parts is None or not re.search("[.,]", parts[1]):
        return ""
    fits = [sign for sign, number in _NUMBER.items() if number.fullmatch(parts[1])]
    return "?" if len(fits) == 2 else "".join(fits)


def is_amount(cell: Cell) -> bool:
    """Tell whether a cell is an amount, with either decimal sign."""
    if isinstance(cell, str):
        parts = _parts(cell)
        return parts is not None and any(n.fullmatch(parts[1]) for n in _NUMBER.values())
    return isinstance(cell, Decimal)


def to_cents(cell: Cell, sign: str) -> int:
    """Return an amount in cents; raise ValueError, with a sentence, for anything else."""
    if isinstance(cell, Decimal):
        value = cell.quantize(Decimal("0.01")) if abs(cell) < 10**14 else cell
        if abs(value - cell) > _NOISE:
            raise ValueError(f"{quote(cell)} has more than 2 decimals.")
    else:
        value = _decimal(cell, sign)
    cents = int(value.scaleb(2))
    if abs(cents) > MAX_CENTS:
        raise ValueError(f"{quote(cell)} is too large: the limit is 999 999 999 999.99.")
    return cents


def _decimal(cell: Cell, sign: str) -> Decimal:
    parts = _parts(cell) if isinstance(cell, str) else None
    match = _NUMBER[sign].fullmatch(parts[1]) if parts else None
    if parts is None or match is None:
        if is_amount(cell):
            raise ValueError(f"{quote(cell)} cannot be read with {WORDS[sign]}, as this column is.")
        raise ValueError(f"{quote(cell)} is not an amount.")
    fraction = match[3] or ""
    if len(fraction) > 2:
        raise ValueError(f"{quote(cell)} has {len(fraction)} decimals: at most 2 are possible.")
    whole = match[1] if match[2] is None else re.sub("[^0-9]", "", match[1])
    value = Decimal(f"{whole}.{fraction or 0}")
    return -value if parts[0] else value


def _parts(text: str) -> tuple[bool, str] | None:
    """Return whether an amount is negative, and its digits with what stands between them."""
    if _PLAIN.fullmatch(text):  # most are, and this is quick
        return text.startswith("-"), text.lstrip("-")
    match = _SHAPE.fullmatch(text.translate(_MINUS).strip()) if len(text) <= 60 else None
    if match is None:
        return None
    before, after = ("".join(part.split()).lower() for part in match.group(1, 3))
    if not _BEFORE.fullmatch(before) or not _AFTER.fullmatch(after):
        return None
    minus = before.count("-") + after.count("-") + before.count("(")
    plus = before.count("+") + after.count("+")
    debit, credit = bool(_DEBIT.search(after)), bool(_CREDIT.search(after))
    negative = minus > 0 or debit
    brackets = before.count("(") + after.count(")")
    if brackets == 1 or minus + plus > 1 or (negative and (plus or credit)):
        return None
    return negative, match[2]
