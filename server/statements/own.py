"""Our own export, also as a spreadsheet saved it again: every row, in its order, with its rate."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

from server.statements.layout import lay_out
from server.statements.model import (
    Cell,
    Choices,
    DayBalance,
    Reading,
    Refusal,
    StatementError,
    quote,
    refusal,
)
from server.statements.reading import read_rows
from server.statements.table import Table

HEADERS = (
    ["date", "balance", "btc", "btc_then", "rate_then"],
    ["date", "balance", "btc", "btc_then"],
)
_RATE = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,8}))?")  # rand for one bitcoin, as Luno writes it
_BALANCE_COLUMN, _RATE_COLUMN = 1, 4


def is_ours(table: Table) -> bool:
    """Tell whether a table has the header of our export."""
    return table.header and [column.lower() for column in table.columns] in HEADERS


def read(table: Table, kind: str, choices: Choices, today: date) -> Reading:
    """Read each row as an entry; raise StatementError for a bad rate as for any bad value."""
    if not table.rows:  # the export of an empty history
        return Reading(
            kind=kind,
            columns=table.columns,
            date_column=table.columns[0],
            date_order="ymd",
            balance_column=table.columns[_BALANCE_COLUMN],
            decimal=".",
            each="row",
            rows=0,
            balances=[],
        )
    layout = lay_out(table, replace(choices, balance_column="balance", each="row"), today)
    entries, result = read_rows(
        table, layout, _BALANCE_COLUMN, kind, replace(choices, each="row"), today
    )
    balances = []
    errors: list[Refusal] = []
    for entry in entries:
        try:
            rate = _rate(table.cell(entry.row, _RATE_COLUMN))
        except ValueError as error:
            errors.append(refusal("rate_then", str(error), entry.row.line))
        else:
            balances.append(DayBalance(entry.day, entry.cents, rate))
    if errors:
        raise StatementError(errors, table.columns)
    return replace(result, balances=balances)


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
