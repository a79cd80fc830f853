"""Dates as banks and spreadsheets write them, by a table of forms."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from server.statements.model import Cell

ORDERS = ("dmy", "mdy", "ymd")
WORDS = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}

_MONTHS = {  # English and Afrikaans
    name: number
    for number, names in enumerate(
        (
            "jan january januarie",
            "feb february februarie",
            "mar mrt march maart",
            "apr april",
            "may mei",
            "jun june junie",
            "jul july julie",
            "aug august augustus",
            "sep sept september",
            "oct okt october oktober",
            "nov november",
            "dec des december desember",
        ),
        start=1,
    )
    for name in names.split()
}
_WEEKDAY = (
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|(?:ma|maan|di|dins|wo|woens|do|donder|vr|vry|sa|sater|so|son)(?:dag)?"
)
_TIME = (
    r"(?:[T,\s]\s*[0-9]{1,2}[:h][0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?"
    r"\s*(?:[ap]\.?m\.?)?\s*(?:Z|UTC|SAST|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def _form(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?:(?:{_WEEKDAY})\.?,?\s+)?{text}{_TIME}", re.IGNORECASE)


_COMPACT = _form(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")
_NUMBERS = _form(r"([0-9]{1,4})([-/. ])([0-9]{1,2})\2([0-9]{1,4})")
_NAMED = _form(r"([0-9]{1,4})(?:st|nd|rd|th)?[-/. ]*([a-z]{3,10})\.?[-/., ]*([0-9]{2,4})")
_MONTH_FIRST = _form(r"([a-z]{3,10})\.?[-/. ]*([0-9]{1,2})(?:st|nd|rd|th)?[-/., ]+([0-9]{2,4})")

_SERIAL_START = date(1899, 12, 30)  # day 0 of Excel and LibreOffice
_SERIAL_END = 80_000  # in the year 2119


def readings(cell: Cell) -> Mapping[str, date] | None:
    """Return the date that a cell is in each order that it can be read in.

    None where it is no date; empty where it is written as one that the calendar does not have.
    """
    if isinstance(cell, str):
        text = cell.strip()
        return _read(text) if 6 <= len(text) <= 45 else None
    if isinstance(cell, date):
        return dict.fromkeys(ORDERS, cell)
    return _read(str(cell))  # a number such as 20260131


def serial(cell: Cell) -> Mapping[str, date] | None:
    """Return the date that a number is in a workbook whose dates have lost their format."""
    if isinstance(cell, Decimal) and 1 <= cell < _SERIAL_END:
        return dict.fromkeys(ORDERS, _SERIAL_START + timedelta(days=int(cell)))
    return None


def written_order(cell: Cell) -> str:
    """Return the order in which the parts of a date stand."""
    text = cell.strip() if isinstance(cell, str) else ""
    if _MONTH_FIRST.fullmatch(text):
        return "mdy"
    return "dmy" if _NAMED.fullmatch(text) and not re.match("[0-9]{4}", text) else "ymd"


def resembles_date(cell: Cell) -> bool:
    """Tell whether a cell that is no date was probably meant as one, such as 2026-O1-31."""
    text = str(cell)
    digits, letters = sum(map(str.isdigit, text)), sum(map(str.isalpha, text))
    return 4 <= digits <= 14 and letters <= 4


@lru_cache(4096)
def _read(text: str) -> Mapping[str, date] | None:
    forms = list(_parts(text))
    if not forms:
        return None
    return {order: day for order, parts in forms if (day := _day(*parts)) is not None}


def _parts(text: str) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """Yield each order that the text can be read in, with its year, month and day."""
    if match := _COMPACT.fullmatch(text):
        yield "ymd", (match[1], match[2], match[3])
    elif match := _NUMBERS.fullmatch(text):
        first, middle, last = match[1], match[3], match[4]
        if len(last) in (2, 4) and len(first) <= 2:
            yield "dmy", (last, middle, first)
            yield "mdy", (last, first, middle)
        if len(first) in (2, 4) and len(last) <= 2:
            yield "ymd", (first, middle, last)
    elif match := _NAMED.fullmatch(text) or _MONTH_FIRST.fullmatch(text):
        first, middle, last = match.groups()
        if first.isalpha():
            first, middle = middle, first
        if len(first) == 4:
            first, last = last, first
        if middle.lower() in _MONTHS and len(last) in (2, 4) and len(first) <= 2:
            yield from dict.fromkeys(ORDERS, (last, str(_MONTHS[middle.lower()]), first)).items()


def _day(year: str, month: str, day: str) -> date | None:
    """Return a date; a year of two digits lies between 1970 and 2069."""
    number = int(year)
    if len(year) == 2:
        number += 2000 if number < 70 else 1900
    try:
        return date(number, int(month), int(day))
    except ValueError:
        return None
