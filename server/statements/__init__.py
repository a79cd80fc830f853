"""Statements: read the balances of days out of a file that a bank or a spreadsheet made.

Pure: no Flask, no database, no settings. A bad file can ask for much memory and time, so whoever
reads one from outside sets limits to the process that does.
"""

import re
from dataclasses import replace
from datetime import date, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from . import files, ledger, ofx, running, whose, workbook
from .dates import Calendar
from .layout import CENTS_APART, cents_apart, layouts
from .model import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_SIZE,
    Cell,
    Choices,
    Doubt,
    Reading,
    Row,
    StatementError,
    quote,
    refuse,
)
from .table import Table, find_table, is_dated

__all__ = [
    "MAX_SIZE",
    "Choices",
    "Reading",
    "StatementError",
    "read",
]

HEADERS = (  # by which an export is known as ours
    ["date", "balance", "btc", "btc_then", "rate_then"],
    ["date", "balance", "btc", "btc_then"],
)
_RATE = re.compile(  # rand for one bitcoin, as Luno writes it, or a spreadsheet: 1,028,800.00
    r"([0-9]{1,12}|[0-9]{1,3}(?:[\s'’,.][0-9]{3}){1,3}(?=[.,]))(?:[.,]([0-9]{1,8}))?"
)
_CHOICES = {
    "date_order": ("dmy", "mdy", "ymd"),
    "decimal": (",", "."),
    "each": ("day", "row"),
    "bad_lines": ("skip",),
}
_HOME = ZoneInfo("Africa/Johannesburg")


def read(data: bytes, choices: Choices, today: date, zone: tzinfo = _HOME) -> Reading:
    """Read a statement; raise StatementError, with the reasons, where that cannot be done surely.

    What might be read otherwise is among the doubts of the reading. `zone` is where a day is one,
    for times in UTC.
    """
    for field, values in _CHOICES.items():
        if getattr(choices, field) not in (None, *values):
            raise refuse(field, f"It can be {' or '.join(values)}.")
    kind = files.kind_of(data)
    calendar = Calendar(today, zone)
    if kind == "ofx":
        reading = ofx.read(data, choices, calendar)
    else:
        rows, doubts = _rows(data, kind)
        reading = _read_rows(rows, choices, calendar).with_doubts(doubts)
    return replace(reading, kind=kind)


def _rows(data: bytes, kind: str) -> tuple[list[Row], list[Doubt]]:
    """Return the rows of a text, or of the sheet with most dated rows, and what is not read."""
    sheets = {"": files.rows(data)} if kind == "csv" else dict(workbook.sheets(data))
    for rows in sheets.values():
        width = max((len(row.cells) for row in rows), default=0)
        if width > MAX_COLUMNS or width * len(rows) > MAX_CELLS:
            raise refuse("file", f"The table is too wide: {width} columns.")
    dated = {name: sum(map(is_dated, rows)) for name, rows in sheets.items() if rows}
    if not dated:
        raise refuse("file", "The file has no rows.")
    best = max(dated, key=dated.__getitem__)
    others = [f"“{name}”" for name in dated if dated[name] and name != best]
    detail = f"Only the sheet “{best}” is read, not {', '.join(others[:5])}."
    return sheets[best], [Doubt(detail)] if others else []


def _read_rows(rows: list[Row], choices: Choices, calendar: Calendar) -> Reading:
    rows, accounts = whose.of_account(rows, choices.account)
    table = find_table(rows, choices)
    try:
        if table.header and [column.lower() for column in table.columns] in HEADERS:
            return _read_export(table, choices, calendar)
        table, accounts = whose.by_column(table, accounts, choices.account)
        found = layouts(table, choices, calendar)
        if found[0].balances is None:
            reading, proven = running.read(found[0]), False
        else:
            reading, proven = ledger.read(found)
        if len(accounts) > 1 and choices.account is None and not proven:
            raise whose.several(accounts)
    except StatementError as error:
        error.columns = table.columns
        raise
    one = choices.account or (accounts[0] if len(accounts) == 1 else None)
    return replace(reading, account=one, accounts=accounts)


def _read_export(table: Table, choices: Choices, calendar: Calendar) -> Reading:
    """Read our own export, perhaps saved again by a spreadsheet: each row, in order, with its rate.

    Raises StatementError for a bad rate as for any bad value.
    """
    if not table.rows:  # of an empty history
        dates, balances = table.columns[:2]
        return Reading("", table.columns, dates, balance_column=balances, each="row")
    choices = replace(choices, balance_column="balance", each="row")
    layout = layouts(table, choices, calendar)[0]
    layout.read_rows()
    found = []
    width = len(table.columns)
    for posting in layout.entries:
        cells = posting.row.cells
        if posting.undated:
            layout.refuse(posting.row, "date", ValueError("The line has no date."))
            continue
        # A comma typed for the point has moved all behind it, or stands where nothing follows.
        moved = len(cells) > width or not any(str(cell).strip() for cell in cells[3:])
        if any(str(c).strip() for c in cells[width:]) or (moved and cents_apart(cells[1:3])):
            detail = f"{quote(', '.join(map(str, cells[1:3])))} are two values. {CENTS_APART}"
            layout.refuse(posting.row, "balance", ValueError(detail))
            continue
        try:
            rate = _rate([*posting.row.cells, ""][HEADERS[0].index("rate_then")])
        except ValueError as error:
            layout.refuse(posting.row, "rate_then", error)
        else:
            if posting.cents is not None:
                found.append((replace(posting, rate=rate), posting.cents))
    return layout.reading(found)


def _rate(cell: Cell) -> Decimal | None:
    """Return a rate with at least 2 decimals, None for an empty cell.

    Raises ValueError, with a sentence, for a bad one.
    """
    text = f"{cell:f}" if isinstance(cell, Decimal) else str(cell).strip()
    if not text:
        return None
    match = _RATE.fullmatch(text)
    whole, part = match.groups("") if match else ("0", "")
    rate = Decimal(f"{re.sub('[^0-9]', '', whole)}.{part.ljust(2, '0')}")
    if not rate:
        raise ValueError(f"{quote(cell)} is not a rate in rand, such as 1028800.00.")
    return rate
