"""Our own export, also as a spreadsheet saved it again: every row, in its order, with its rate."""

import re
from dataclasses import replace
from decimal import Decimal

from server.statements.dates import Calendar
from server.statements.layout import layouts
from server.statements.model import Cell, Choices, Reading, Stated, StatementError, quote, refusal
from server.statements.table import Table

HEADERS = (
    ["date", "balance", "btc", "btc_then", "rate_then"],
    ["date", "balance", "btc", "btc_then"],
)
_RATE = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,8}))?")  # rand for one bitcoin, as Luno writes it
_RATE_COLUMN = 4


def is_ours(table: Table) -> bool:
    """Tell whether a table has the header of our export."""
    return table.header and [column.lower() for column in table.columns] in HEADERS


def read(table: Table, kind: str, choices: Choices, calendar: Calendar) -> Reading:
    """Read each row as an entry; raise StatementError for a bad rate as for any bad value."""
    choices = replace(choices, balance_column="balance", each="row")
    if not table.rows:  # the export of an empty history
        date_column, balance_column = table.columns[:2]
        return Reading(kind, table.columns, date_column, balance_column=balance_column, each="row")
    (layout, *_) = layouts(table, choices, calendar)
    postings = layout.postings()
    stated = []
    for posting in postings.entries:
        try:
            rate = _rate(table.cell(posting.row, _RATE_COLUMN))
        except ValueError as error:
            postings.errors.append(refusal("rate_then", str(error), posting.row.line))
            continue
        if posting.cents is not None and posting.day <= calendar.today:
            source = layout.source(posting.row)
            stated.append(Stated(posting.day, posting.cents, source, rate))
    if postings.errors:
        raise StatementError(postings.errors, table.columns)
    reading = layout.reading(kind, len(stated), postings)
    return reading.with_balances(stated).with_doubts(layout.doubts)


def _rate(cell: Cell) -> Decimal | None:
    """Return a rate with at least 2 decimals, None for an empty cell.

    Raises ValueError, with a sentence, for a bad one.
    """
    text = f"{cell:f}" if isinstance(cell, Decimal) else str(cell).strip()
    if not text:
        return None
    match = _RATE.fullmatch(text)
    rate = Decimal(f"{match[1]}.{(match[2] or '').ljust(2, '0')}") if match else Decimal()
    if not rate:
        raise ValueError(f"{quote(cell)} is not a rate in rand, such as 1028800.00.")
    return rate
