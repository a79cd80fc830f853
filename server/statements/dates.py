"""Dates as banks and spreadsheets write them, by a table of forms, and the order of their parts."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from server.statements.model import Cell, Doubt, quote

ORDERS = ("dmy", "mdy", "ymd")
WORDS = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}
FIRST_DAY = date(1900, 1, 1)

_MONTHS = {  # English, Afrikaans, Dutch, German, French
    name: number
    for number, names in enumerate(
        (
            "jan january januarie januari januar jänner janv janvier",
            "feb february februarie februari februar fév févr février fevr fevrier",
            "mar mrt march maart mär mrz märz maerz mars",
            "apr april avr avril",
            "may mei mai",
            "jun june junie juni juin",
            "jul july julie juli juil juillet",
            "aug august augustus août aout",
            "sep sept september septembre",
            "oct okt october oktober octobre",
            "nov november novembre",
            "dec des december desember dez dezember déc décembre decembre",
        ),
        start=1,
    )
    for name in names.split()
}
_WEEKDAY = (
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|(?:ma|maan|di|dins|wo|woens|do|donder|vr|vry|sa|sater|so|son)(?:dag)?"
    r"|mo|mi|fr|(?:lun|mar|mer|jeu|ven|sam|dim)"
)
_ZONE = r"(?:Z|UTC|GMT|SAST|[+-][0-9]{2}:?[0-9]{2})"
_CLOCK = r"([0-9]{1,2})[:h]([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?\s*([ap]\.?m\.?)?"
_TIME = re.compile(rf"(?:^|[T,\s]){_CLOCK}\s*({_ZONE})?(?:$|\s)", re.IGNORECASE)
_NO_GROUPS = _CLOCK.replace("(?:", "(").replace("(", "(?:")
_BEFORE = rf"(?:{_NO_GROUPS}\s+)?(?:(?:{_WEEKDAY})\.?,?\s+)?"
_AFTER = rf"(?:[T,\s]\s*{_NO_GROUPS}\s*{_ZONE}?)?"
_NAME = r"([^\W\d_]{3,10})"
_SUFFIX = r"(?:st|nd|rd|th|\.)?"


def _form(text: str) -> re.Pattern[str]:
    return re.compile(_BEFORE + text + _AFTER, re.IGNORECASE)


_COMPACT = _form(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")
_NUMBERS = _form(r"([0-9]{1,4})([-/. ])([0-9]{1,2})\2([0-9]{1,4})")
_NAMED = _form(rf"([0-9]{{1,4}}){_SUFFIX}[-/. ]*{_NAME}\.?[-/., ]*([0-9]{{2,4}})")
_MONTH_FIRST = _form(rf"{_NAME}\.?[-/. ]*([0-9]{{1,2}}){_SUFFIX}[-/., ]+([0-9]{{2,4}})")
# Without a year:
_DAY_MONTH = _form(rf"([0-9]{{1,2}}){_SUFFIX}[-/. ]*{_NAME}\.?")
_MONTH_DAY = _form(rf"{_NAME}\.? +([0-9]{{1,2}}){_SUFFIX}")
_TWO_NUMBERS = _form(r"([0-9]{1,2})[-/]([0-9]{1,2})")
# Without a day:
_MONTH_ALONE = re.compile(
    rf"{_NAME}\.?[-/' ]*(?:[0-9]{{2}}|[0-9]{{4}})|[0-9]{{4}}[-/. ]?[0-9]{{1,2}}"
    r"|[0-9]{1,2}[-/. ][0-9]{4}|(?:19|20)[0-9]{2}",
    re.IGNORECASE,
)
_IN_TEXT = re.compile(  # a whole date within a sentence
    rf"\b(?:[0-9]{{4}}([-/.])[0-9]{{1,2}}\1[0-9]{{1,2}}|[0-9]{{1,2}}([-/.])[0-9]{{1,2}}\2[0-9]{{4}}"
    rf"|(?:19|20)[0-9]{{6}}|[0-9]{{1,2}}{_SUFFIX}[- ]?{_NAME}\.?[- ]?[0-9]{{4}}"
    rf"|{_NAME} [0-9]{{1,2}},? [0-9]{{4}})\b",
    re.IGNORECASE,
)

_SERIAL_START = date(1899, 12, 30)  # day 0 of Excel and LibreOffice
_SERIAL = re.compile(r"[3-6][0-9]{4}(?:[.,][0-9]+)?")  # from 1982 to 2091
_SLACK = timedelta(days=31)  # that a date may lie outside the period of its statement
_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Calendar:
    """What is known of a column of dates beside its cells."""

    today: date
    zone: tzinfo = UTC  # where a day is one
    period: tuple[date, date] | None = None  # which gives dates without a year theirs
    guessed: bool = False  # only the end of the period is known
    utc: bool = False  # the name of the column says so
    day_numbers: bool = False  # its numbers are days as spreadsheets count them

    def with_period(self, told: Sequence[list[date]]) -> "Calendar":
        """Return the calendar with the period that the lines above a table tell, by their dates."""
        pairs = [found for found in told if len(found) > 1]
        days = [day for found in pairs or told for day in found]
        if not days:
            return self
        first, last = min(days), max(days)
        if first < last:
            return replace(self, period=(first, last))
        first = date.fromordinal(max(last.toordinal() - _YEAR.days + 2 * _SLACK.days, 1))
        return replace(self, period=(first, last), guessed=True)

    def readings(self, cell: Cell) -> Mapping[str, date] | None:
        """Return the date that a cell is in each order that it can be read in.

        None where it is no date; empty where it is written as one that the calendar does not have.
        """
        known = readings(cell)
        if known is None and self.day_numbers and is_serial(cell):
            days = int(Decimal(str(cell).replace(",", ".")))
            known = dict.fromkeys(ORDERS, _SERIAL_START + timedelta(days=days))
        if known is None and self.period:
            known = self._with_year(cell)
        if known and isinstance(cell, str) and ":" in cell:
            known = self._local(cell, known)
        return known

    def _with_year(self, cell: Cell) -> dict[str, date] | None:
        """Return a date without a year in the year by which it lies in or near the period."""
        first, last = self.period or (self.today, self.today)
        known = {}
        for order, (month, day) in yearless(cell).items():
            years = range(first.year - 1, last.year + 2)
            found = [each for year in years if (each := _day(str(year), str(month), str(day)))]
            near = [(max(first - each, each - last, timedelta()), each) for each in found]
            near = [each for each in near if each[0] <= _SLACK]
            if near and last - first < _YEAR:
                known[order] = min(near)[1]
        return known or None

    def _local(self, cell: str, known: Mapping[str, date]) -> Mapping[str, date]:
        """Return the days in this time zone of a time in UTC or with an offset."""
        match = _TIME.search(cell)
        named = (match[6] or "").upper() if match else ""
        if match is None or named == "SAST" or not (named or self.utc):
            return known
        digits = re.sub("[^0-9]", "", named)
        offset = (
            timedelta(hours=int(digits[:2]), minutes=int(digits[2:])) if digits else timedelta()
        )
        there = timezone(-offset if named.startswith("-") else offset) if offset else UTC
        clock = time_of(cell)
        if clock is None or clock == time.min:  # a day, written as its first moment
            return known
        try:
            return {
                order: datetime.combine(day, clock, there).astimezone(self.zone).date()
                for order, day in known.items()
            }
        except OverflowError:
            return known

    def to_day(self, cell: Cell, order: str) -> date:
        """Return the day that a cell is in this order; raise ValueError, with a sentence."""
        known = self.readings(cell)
        if known is None:
            raise ValueError(why_no_date(cell))
        if not known:
            raise ValueError(f"{quote(cell)} is not a day of the calendar.")
        if order not in known:
            raise ValueError(
                f"{quote(cell)} cannot be read as {WORDS[order]}, as this file's dates are."
            )
        if known[order] < FIRST_DAY:
            raise ValueError(f"{quote(cell)} lies before 1900.")
        return known[order]


def readings(cell: Cell) -> Mapping[str, date] | None:
    """Return the date that a cell is by itself, in each order; as a Calendar's does."""
    if isinstance(cell, str):
        text = cell.strip()
        return _read(text) if 6 <= len(text) <= 45 and re.search("[0-9]", text) else None
    if isinstance(cell, datetime):
        return dict.fromkeys(ORDERS, cell.date())
    if isinstance(cell, date):
        return dict.fromkeys(ORDERS, cell)
    return _read(str(cell))  # a number such as 20260131


def is_serial(cell: Cell) -> bool:
    """Tell whether a number may be a day as spreadsheets count them: 46082 is 1 March 2026."""
    return not isinstance(cell, date) and bool(_SERIAL.fullmatch(str(cell).strip()))


def yearless(cell: Cell) -> dict[str, tuple[int, int]]:
    """Return the month and day of a date without a year, in each order; empty for anything else."""
    text = cell.strip() if isinstance(cell, str) and len(cell) <= 45 else ""
    if match := _DAY_MONTH.fullmatch(text):
        day, name = match.groups()
    elif match := _MONTH_DAY.fullmatch(text):
        name, day = match.groups()
    elif match := _TWO_NUMBERS.fullmatch(text):
        one, two = int(match[1]), int(match[2])
        found = {"dmy": (two, one), "mdy": (one, two)}
        return {order: parts for order, parts in found.items() if parts[0] <= 12 and parts[1] <= 31}
    else:
        return {}
    month = _MONTHS.get(name.lower())
    return dict.fromkeys(ORDERS, (month, int(day))) if month else {}


def may_be_date(cell: Cell) -> bool:
    """Tell whether a cell below a date's name may be a date, also one without a year."""
    return readings(cell) is not None or is_serial(cell) or bool(yearless(cell))


def resembles_date(cell: Cell) -> bool:
    """Tell whether a cell that is no date was probably meant as one, such as 2026-O1-31."""
    text = str(cell).strip()
    digits, letters = sum(map(str.isdigit, text)), sum(map(str.isalpha, text))
    return (4 <= digits <= 14 and letters <= 4) or text[:1] in ("=", "#") or bool(yearless(cell))


def why_no_date(cell: Cell) -> str:
    """Say in a sentence why a cell is no date, though one was meant."""
    text = str(cell).strip()
    if text.startswith("="):
        return (
            f"{quote(cell)} is a formula that has not been calculated: open the file in a"
            " spreadsheet, save it, and import it again."
        )
    if is_serial(cell):
        return f"{quote(cell)} is not a date, but perhaps the day number of a spreadsheet."
    if _MONTH_DAY.fullmatch(text) and yearless(cell):
        return f"{quote(cell)} is no whole date: the year is missing, or the day of the month."
    if is_month(cell):
        return f"{quote(cell)} is no date: the day of the month is missing."
    if yearless(cell):
        return (
            f"{quote(cell)} has no year, and the file has no period, such as 1 March 2026 to"
            " 31 March 2026, that tells it."
        )
    return f"{quote(cell)} is not a date."


def time_of(cell: Cell) -> time | None:
    """Return the time of day in a cell, None where it has none."""
    if isinstance(cell, datetime):
        return cell.time() if cell.time() != time.min else None
    match = _TIME.search(cell) if isinstance(cell, str) and len(cell) <= 45 else None
    if match is None:
        return None
    hour, half = int(match[1]), (match[5] or "").lower()[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(
            hour, int(match[2]), int(match[3] or 0), int((match[4] or "0").ljust(6, "0")[:6])
        )
    except ValueError:
        return None


def dates_in(cells: Sequence[Cell]) -> list[date]:
    """Return the whole dates that stand in a line, such as the two of a period."""
    text = " ".join(str(cell) for cell in cells)[:400]
    found = (readings(match[0]) for match in _IN_TEXT.finditer(text))
    return [next(iter(known.values())) for known in found if known]


def is_month(cell: Cell) -> bool:
    """Tell whether a cell is a month of a year, without a day."""
    text = str(cell).strip()
    has_name = any(word.lower() in _MONTHS for word in re.findall(r"[^\W\d_]+", text))
    return bool(_MONTH_ALONE.fullmatch(text)) and (has_name or not text[:1].isalpha())


def choose_order(
    cells: Sequence[Cell], calendar: Calendar, choice: str | None
) -> tuple[str, list[Doubt]]:
    """Return the order of a column's dates, and what is doubtful about them.

    A part over 12 settles it; else the order in which the years are likely, in which no date lies
    in the future, and in which the dates run in one direction; else day first.
    """
    known = [(cell, dates) for cell in cells if (dates := calendar.readings(cell))]
    doubts = _format_doubts(cells, calendar)
    if choice or not known:
        return choice or "ymd", doubts
    fits = {order: sum(order in dates for _, dates in known) for order in ORDERS}
    orders = [order for order in ORDERS if fits[order] == max(fits.values())]
    days = {order: [dates[order] for _, dates in known if order in dates] for order in orders}
    orders = _likely(orders, days)
    if all(days[order] == days[orders[0]] for order in orders):
        written = written_order(known[0][0])
        return written if written in orders else orders[0], doubts
    orders = [order for order in orders if max(days[order]) <= calendar.today] or orders
    orders = [order for order in orders if direction(days[order])] or orders
    detail = (
        f"Every date, such as {quote(known[0][0])}, can be read in more than one way; they are read"
        f" as {WORDS[orders[0]]}."
    )
    return orders[0], [Doubt(detail, choice="date_order"), *doubts]


def _format_doubts(cells: Sequence[Cell], calendar: Calendar) -> list[Doubt]:
    """Return the doubts about dates that a spreadsheet has changed, and about their years."""
    doubts = []
    if len({isinstance(cell, date) for cell in cells if not is_serial(cell)}) > 1:
        detail = (
            "Some dates are text and others are dates of the spreadsheet, which may have taken"
            " days for months."
        )
        doubts.append(Doubt(detail))
    numbers = [cell for cell in cells if is_serial(cell) and readings(cell) is None]
    if numbers:
        detail = f"Dates such as {quote(numbers[0])} are read as the day numbers of a spreadsheet."
        doubts.append(Doubt(detail))
    if calendar.period and calendar.guessed and any(map(yearless, cells)):
        detail = f"The dates have no year; they are taken for the last before {calendar.period[1]}."
        doubts.append(Doubt(detail))
    return doubts


def _likely(orders: list[str], days: Mapping[str, Sequence[date]]) -> list[str]:
    """Leave out the orders by which the years would be scattered, as in 26-03-01, 26-04-02."""
    spread = {order: max(days[order]) - min(days[order]) for order in orders}
    year_first = [order for order in orders if order == "ymd"]
    year_last = [order for order in orders if order != "ymd"]
    if not year_first or not year_last or len(days[orders[0]]) < 2:
        return orders
    first, last = spread["ymd"], min(spread[order] for order in year_last)
    if last > 5 * first + timedelta(days=60):
        return year_first
    return year_last if first > 5 * last + timedelta(days=60) else orders


def direction(days: Sequence[date]) -> int:
    """Return 1 for days that rise or are all the same, -1 for days that fall, 0 for neither."""
    if all(a <= b for a, b in pairwise(days)):
        return 1
    return -1 if all(a >= b for a, b in pairwise(days)) else 0


def written_order(cell: Cell) -> str:
    """Return the order in which the parts of a date stand."""
    text = cell.strip() if isinstance(cell, str) else ""
    if _MONTH_FIRST.fullmatch(text) or _MONTH_DAY.fullmatch(text):
        return "mdy"
    if _DAY_MONTH.fullmatch(text):
        return "dmy"
    return "dmy" if _NAMED.fullmatch(text) and not re.match("[0-9]{4}", text) else "ymd"


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
