"""Amounts of rand as banks and spreadsheets write them, read as whole cents."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

from server.money import LARGEST
from server.statements.model import Cell, quote
from server.statements.names import other_currency

WORDS = {".": "a decimal point", ",": "a decimal comma"}

_MINUS = str.maketrans("−–‐‑‒", "-----")
_SPACES = " \u00a0\u2007\u2009\u202f"
_CURRENCY = r"(?:zar|r)?"
_PLAIN = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{2})?")
_SHAPE = re.compile(r"([^0-9]*)([0-9](?:.*[0-9])?)([^0-9]*)", re.DOTALL)
_BEFORE = re.compile(rf"[-+(]?{_CURRENCY}|{_CURRENCY}[-+(]")
_AFTER = re.compile(rf"{_CURRENCY}[-+]?\)?{_CURRENCY}(?:(?:d[rbt]?|cr?|kt|[hs])\.?)?")
_DEBIT = re.compile("[ds]")  # Dr, Db, Dt, D, and the S of Soll
_CREDIT = re.compile("[ckh]")  # Cr, C, Kt, and the H of Haben
_NUMBER = {  # by decimal sign; thousands are set apart by one and the same other sign
    sign: re.compile(
        rf"([0-9]+|[1-9][0-9]{{0,2}}([{_SPACES}'’{other}])[0-9]{{3}}(?:\2[0-9]{{3}})*)"
        rf"(?:[{sign}]([0-9]+))?"
    )
    for sign, other in ((".", ","), (",", "."))
}
_NOISE = Decimal("0.000001")  # of a rand: what binary arithmetic adds to a sum
_NOISY = 6  # decimals from which on they may be such noise
_ERRORS = re.compile(r"#[A-Z/0]+[!?]?|#N/A|Err:[0-9]+")


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
    if isinstance(cell, str) and _PLAIN.fullmatch(cell):  # most are, and this is quick
        return "." if "." in cell else ""
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


def is_marked(cell: Cell, side: str) -> bool:
    """Tell whether an amount says that it is a "credit" or a "debit", by letters behind it."""
    match = _SHAPE.fullmatch(cell) if isinstance(cell, str) and len(cell) <= 60 else None
    letters = match[3].lower() if match else ""
    return bool(letters and (_CREDIT if side == "credit" else _DEBIT).search(letters))


def is_plain(cell: Cell) -> bool:
    """Tell whether an amount says nothing of its sign, as one without Cr among others with it."""
    if isinstance(cell, Decimal):
        return cell > 0
    parts = _parts(cell) if isinstance(cell, str) else None
    return bool(parts and not parts[0] and not is_marked(cell, "credit") and "+" not in str(cell))


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
        raise ValueError(f"{quote(cell)} is too large: the limit is 999 999 999 999.99.")
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
    parts = _parts(cell) if isinstance(cell, str) else None
    match = _NUMBER[sign].fullmatch(parts[1]) if parts else None
    if parts is None or match is None:
        raise ValueError(_why_not(cell, sign))
    fraction = (match[3] or "").rstrip("0")  # zeros behind the cents add nothing
    if 2 < len(fraction) < _NOISY:
        raise ValueError(f"{quote(cell)} has {len(match[3])} decimals: at most 2 are possible.")
    whole = match[1] if match[2] is None else re.sub("[^0-9]", "", match[1])
    value = Decimal(f"{whole}.{fraction or 0}")
    return -value if parts[0] else value


def _why_not(cell: Cell, sign: str) -> str:
    text = str(cell).strip()
    if text.startswith("="):
        return (
            f"{quote(cell)} is a formula that has not been calculated: open the file in a"
            " spreadsheet, save it, and import it again."
        )
    if _ERRORS.fullmatch(text):
        return f"{quote(cell)} is the error value of a formula."
    if currency := other_currency(text):
        return f"{quote(cell)} is in another currency than rand: {currency}."
    if is_amount(cell):
        return f"{quote(cell)} cannot be read with {WORDS[sign]}, as this column is."
    return f"{quote(cell)} is not an amount."


def _parts(text: str) -> tuple[bool, str] | None:
    """Return whether an amount is negative, and its digits with what stands between them."""
    if _PLAIN.fullmatch(text):
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
