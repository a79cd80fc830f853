"""Dates as banks and spreadsheets write them, by a table of forms, and the order of their parts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from .model import UNCALCULATED, Cell, Doubt, quote

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
_ZONE = r"(?:Z|UTC|GMT|SAST|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])"
_CLOCK = r"[0-9]{1,2}[:h][0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?\s*(?:[ap]\.?m\.?)?"
_TIME = re.compile(rf"(?:^|[T,\s])({_CLOCK})\s*({_ZONE})?(?:$|\s)", re.IGNORECASE)
_BEFORE = rf"(?:{_CLOCK}\s+)?(?:(?:{_WEEKDAY})\.?,?\s+)?"
_AFTER = rf"(?:[T,\s]\s*{_CLOCK}\s*{_ZONE}?)?"
_NAME = rf"(?:{'|'.join(sorted(_MONTHS, reverse=True))})"  # the longer ones first
_SUFFIX = r"(?:st|nd|rd|th|\.)?"
_DAY = r"(?P<day>[0-9]{1,2})"
_MONTH = r"(?P<month>[0-9]{1,2})"
_NAMED = rf"(?P<name>{_NAME})\.?"
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})"
_FORMS = [  # each with the order in which its parts stand
    ("ymd", r"(?P<year>(?:19|20)[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
    ("dmy", rf"{_DAY}(?P<sign>[-/. ]){_MONTH}(?P=sign){_YEAR}"),
    ("mdy", rf"{_MONTH}(?P<sign>[-/. ]){_DAY}(?P=sign){_YEAR}"),
    ("ymd", rf"{_YEAR}(?P<sign>[-/. ]){_MONTH}(?P=sign){_DAY}"),
    ("dmy", rf"{_DAY}{_SUFFIX}[-/. ]*{_NAMED}[-/., ]*{_YEAR}"),
    ("mdy", rf"{_NAMED}[-/. ]*{_DAY}{_SUFFIX}[-/., ]+{_YEAR}"),
    ("ymd", rf"(?P<year>[0-9]{{4}})[-/. ]*{_NAMED}[-/., ]*{_DAY}"),
    ("dmy", rf"{_DAY}{_SUFFIX}[-/. ]*{_NAMED}"),
    ("mdy", rf"{_NAMED} +{_DAY}{_SUFFIX}"),
    ("dmy", rf"{_DAY}[-/]{_MONTH}"),
    ("mdy", rf"{_MONTH}[-/]{_DAY}"),
]
_DATES = [(o, re.compile(_BEFORE + form + _AFTER, re.IGNORECASE)) for o, form in _FORMS]
_ANY = re.sub(r"\(\?P<\w+>", "(?:", "|".join(form for _, form in _FORMS))
_MAY_BE_DATE = re.compile(  # tells quickly of most texts that they are none
    _BEFORE + f"(?:{_ANY})".replace("(?P=sign)", "[-/. ]") + _AFTER, re.IGNORECASE
)
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
_MISSPELT = re.compile(r"[0-9]{1,2}\W*[^\W\d_]{3,}\W*[0-9]{2,4}")  # 28 Feburary 2026
_SERIAL_START = date(1899, 12, 30)  # day 0 of Excel and LibreOffice
_SERIAL = re.compile(r"[3-6][0-9]{4}(?:[.,][0-9]+)?")  # from 1982 to 2091
_SLACK = timedelta(days=31)  # that a date may lie outside the period of its statement
_TWELVE_MONTHS = timedelta(days=365)


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
        if not days or max(days) - min(days) >= _TWELVE_MONTHS:
            return self
        first, last = min(days), max(days)
        if first < last:
            return replace(self, period=(first, last))
        first = max(last, FIRST_DAY) - _TWELVE_MONTHS + 2 * _SLACK
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
            known = self._with_year(cell, *self.period)
        clock = self._clock(cell) if known else None
        if known and clock and clock.tzinfo:
            return {order: self._at_home(day, clock).date() for order, day in known.items()}
        return known

    def _with_year(self, cell: Cell, first: date, last: date) -> dict[str, date] | None:
        """Return a date without a year in the year by which it lies in or near the period."""
        known = {}
        for order, (month, day) in yearless(cell).items():
            years = range(first.year - 1, last.year + 2)
            found = [each for year in years if (each := _day(str(year), month, day))]
            away = {max(first - each, each - last, timedelta()): each for each in found}
            if away and min(away) <= _SLACK:
                known[order] = away[min(away)]
        return known or None

    def time_of(self, cell: Cell, order: str) -> time | None:
        """Return the time of day in a cell, in this time zone; None where it tells none."""
        clock = self._clock(cell)
        day = (readings(cell) or {}).get(order)
        return self._at_home(day, clock).time() if day and clock and clock.tzinfo else clock

    def _clock(self, cell: Cell) -> time | None:
        """Return the time of day in a cell, in whole seconds, with its zone if that is another."""
        if isinstance(cell, datetime):
            clock, zone = cell.time(), ""
        else:
            text = cell if isinstance(cell, str) and len(cell) <= 45 else ""
            match = _TIME.search(text) if ":" in text or "h" in text else None  # most have none
            if match is None:
                return None
            hour, minute, second, *_ = map(int, [*re.findall("[0-9]+", match[1]), 0])
            if half := re.search("[ap]", match[1].lower()):
                hour = hour % 12 + (12 if half[0] == "p" else 0)
            if hour > 23 or minute > 59 or second > 59:
                return None
            clock, zone = time(hour, minute, second), (match[2] or "").upper()
        zone = zone or ("UTC" if self.utc else "SAST")
        if clock == time.min or zone == "SAST":  # the first moment of a day stands for the day
            return None if isinstance(cell, datetime) and clock == time.min else clock
        offset = datetime.strptime(zone, "%z").tzinfo if zone[0] in "+-" else UTC
        return clock.replace(tzinfo=offset)

    def _at_home(self, day: date, clock: time) -> datetime:
        """Return a time elsewhere, on this day there, as it is in this time zone."""
        moment = datetime.combine(day, clock)
        try:
            return moment.astimezone(self.zone)
        except OverflowError:
            return moment

    def to_day(self, cell: Cell, order: str) -> date:
        """Return the day that a cell is in this order; raise ValueError, with a sentence."""
        known = self.readings(cell)
        if known is None:
            raise ValueError(why_no_date(cell))
        if known.get(order, date.min) >= FIRST_DAY:
            return known[order]
        if not known:
            why = "is not a day of the calendar"
        elif order in known:
            why = "lies before 1900"
        else:
            why = f"cannot be read as {WORDS[order]}, as this file's dates are"
        raise ValueError(f"{quote(cell)} {why}.")


def readings(cell: Cell) -> Mapping[str, date] | None:
    """Return the date that a cell is by itself, in each order; as a Calendar's does."""
    if isinstance(cell, date):
        return dict.fromkeys(ORDERS, cell.date() if isinstance(cell, datetime) else cell)
    return _written(str(cell)).days


def yearless(cell: Cell) -> Mapping[str, tuple[int, int]]:
    """Return the month and day of a date without a year, in each order; empty for anything else."""
    return _written(cell).yearless if isinstance(cell, str) else {}


@dataclass
class _Written:
    """What a text is as a date."""

    order: str = ""  # in which its parts stand
    days: dict[str, date] | None = None  # in each order; None where it is no date with a year
    yearless: dict[str, tuple[int, int]] = field(default_factory=dict)  # month and day


@lru_cache(8192)
def _written(text: str) -> _Written:
    found = _Written()
    text = " ".join(text.split())
    if len(text) > 45 or not _MAY_BE_DATE.fullmatch(text):
        return found
    for order, form in _DATES:
        if match := form.fullmatch(text):
            parts = {"name": "", "month": "0", "year": ""} | match.groupdict()
            name, year, day = parts["name"].lower(), parts["year"], int(parts["day"])
            month = _MONTHS[name] if name else int(parts["month"])
            found.order = found.order or order
            found.days = found.days or ({} if year else None)
            if known := _day(year or "2000", month, day):
                for each in ORDERS if name else (order,):
                    if found.days is not None:
                        found.days[each] = known
                    else:
                        found.yearless[each] = month, day
    return found


def _day(year: str, month: int, day: int) -> date | None:
    """Return a date; a year of two digits lies between 1970 and 2069."""
    number = int(year)
    if len(year) == 2:
        number += 2000 if number < 70 else 1900
    try:
        return date(number, month, day)
    except ValueError:
        return None


def is_serial(cell: Cell) -> bool:
    """Tell whether a number may be a day as spreadsheets count them: 46082 is 1 March 2026."""
    return not isinstance(cell, date) and bool(_SERIAL.fullmatch(str(cell).strip()))


def may_be_date(cell: Cell) -> bool:
    """Tell whether a cell below a date's name may be a date, also one without a year."""
    return readings(cell) is not None or is_serial(cell) or bool(yearless(cell))


def resembles_date(cell: Cell) -> bool:
    """Tell whether a cell that is no date was probably meant as one, such as 2026-O1-31."""
    text = str(cell).strip()
    digits, letters = sum(map(str.isdigit, text)), sum(map(str.isalpha, text))
    is_short = 4 <= digits <= 14 and letters <= 4
    return is_short or text[:1] in ("=", "#") or bool(yearless(cell) or _MISSPELT.fullmatch(text))


def is_month(cell: Cell) -> bool:
    """Tell whether a cell is a month of a year, without a day."""
    return bool(_MONTH_ALONE.fullmatch(str(cell).strip()))


def why_no_date(cell: Cell) -> str:
    """Say in a sentence why a cell is no date, though one was meant."""
    if str(cell).strip().startswith("="):
        return UNCALCULATED.format(quote(cell))
    if is_serial(cell):
        return f"{quote(cell)} is not a date, but perhaps the day number of a spreadsheet."
    if is_month(cell):
        return f"{quote(cell)} is no whole date: the day of the month is missing, or the year."
    if yearless(cell):
        return (
            f"{quote(cell)} has no year, and the file has no period, such as 1 March 2026 to"
            " 31 March 2026, that tells it."
        )
    return f"{quote(cell)} is not a date."


def dates_in(cells: Sequence[Cell]) -> list[date]:
    """Return the whole dates that stand in a line, such as the two of a period."""
    text = " ".join(str(cell) for cell in cells)[:400]
    found = (readings(match[0]) for match in _IN_TEXT.finditer(text))
    return [next(iter(known.values())) for known in found if known]


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
        written = _written(str(known[0][0])).order or "ymd"
        return written if written in orders else orders[0], doubts
    orders = [order for order in orders if max(days[order]) <= calendar.today] or orders
    orders = [order for order in orders if direction(days[order])] or orders
    example, way = quote(known[0][0]), WORDS[orders[0]]
    detail = f"Dates such as {example} can be read in more than one way; they are read as {way}."
    return orders[0], [Doubt(detail, choice="date_order"), *doubts]


def _format_doubts(cells: Sequence[Cell], calendar: Calendar) -> list[Doubt]:
    """Return the doubts about dates that a spreadsheet has changed, and about their years."""
    doubts = []
    if len({isinstance(cell, date) for cell in cells if not is_serial(cell)}) > 1:
        detail = "Some dates are text, others the spreadsheet's, which may take days for months."
        doubts.append(Doubt(detail))
    if numbers := [cell for cell in cells if is_serial(cell)]:
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
