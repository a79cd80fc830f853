"""The dated rows with a balance; the lines passed over, and the values refused, with the reason."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from server.statements.amounts import is_amount, to_cents
from server.statements.dates import WORDS, readings, resembles_date, serial
from server.statements.model import Cell, Refusal, Row, Skipped, quote, refusal
from server.statements.names import is_summary
from server.statements.table import Table

_FIRST_DAY = date(1900, 1, 1)
_NO_BALANCE = {"", "-", "–", "—", "n/a", "na", "pending", "hangende", "nil", "none", "null"}


class Entry(NamedTuple):
    """A dated row with its balance."""

    row: Row
    day: date
    cents: int


class Sorted(NamedTuple):
    """What became of each row of a table."""

    entries: list[Entry]
    skipped: list[Skipped]
    errors: list[Refusal]
    undated: list[int]  # lines with a balance and no date, which may belong to the date above


def is_empty(cell: Cell) -> bool:
    """Tell whether a cell of the balance column says that there is no balance."""
    return isinstance(cell, str) and cell.strip().lower() in _NO_BALANCE


def sort_rows(
    table: Table, dates: int, balances: int, order: str, sign: str, today: date
) -> Sorted:
    """Read the date and the balance of each row, or tell why not."""
    result = Sorted([], [], [], [])
    for row in table.rows:
        _sort_row(result, table, row, dates, balances, order, sign, today)
    return result


def _sort_row(
    result: Sorted,
    table: Table,
    row: Row,
    dates: int,
    balances: int,
    order: str,
    sign: str,
    today: date,
) -> None:
    date_cell, balance_cell = table.cell(row, dates), table.cell(row, balances)
    known = dates_of(date_cell, table.header)
    if known is None and not (is_amount(balance_cell) and resembles_date(date_cell)):
        result.skipped.append({"line": row.line, "detail": no_date(row)})
        if is_amount(balance_cell) and not any(is_summary(cell) for cell in row.cells):
            result.undated.append(row.line)
        return
    if is_empty(balance_cell):
        result.skipped.append({"line": row.line, "detail": "It has no balance."})
        return
    errors = []
    day, cents = date.min, 0
    try:
        cents = to_cents(balance_cell, sign)
    except ValueError as error:
        errors.append(refusal("balance", str(error), row.line))
    try:
        day = to_day(date_cell, known, order, today)
    except ValueError as error:
        errors.append(refusal("date", str(error), row.line))
    if errors:
        result.errors.extend(errors)
    else:
        result.entries.append(Entry(row, day, cents))


def dates_of(cell: Cell, header: bool) -> dict[str, date] | None:
    """Return the readings of a date; below a header, of a workbook's plain number too."""
    known = readings(cell)
    if known is None and header:
        known = serial(cell)
    return None if known is None else dict(known)


def to_day(cell: Cell, known: dict[str, date] | None, order: str, today: date) -> date:
    """Return the day that a cell is in the file's order; raise ValueError, with a sentence."""
    if known is None:
        raise ValueError(f"{quote(cell)} is not a date.")
    if not known:
        raise ValueError(f"{quote(cell)} is not a day of the calendar.")
    if order not in known:
        raise ValueError(
            f"{quote(cell)} cannot be read as {WORDS[order]}, as this file's dates are."
        )
    day = known[order]
    if day > today:
        raise ValueError(f"{quote(cell)} lies in the future.")
    if day < _FIRST_DAY:
        raise ValueError(f"{quote(cell)} lies before 1900.")
    return day


def no_date(row: Row) -> str:
    """Say that a row has no date, with what it begins with."""
    first = next((cell for cell in row.cells if str(cell).strip()), "")
    return f"It has no date: {quote(first)}."


def overflowing(table: Table, entries: Sequence[Entry]) -> list[int]:
    """Return the indices of the rows that have more values than there are columns."""
    width = len(table.columns)
    return [
        index
        for index, entry in enumerate(entries)
        if any(str(cell).strip() for cell in entry.row.cells[width:])
    ]
