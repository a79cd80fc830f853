"""How a table is to be read: its columns, the order of its dates, its decimal sign."""

from dataclasses import dataclass
from datetime import date

from server.statements.amounts import decimal_sign, shown_sign
from server.statements.columns import balance_column, date_column
from server.statements.date_order import choose_order
from server.statements.doubts import format_doubts, mixture_doubts, split_doubts
from server.statements.entries import dates_of, is_empty
from server.statements.model import Cell, Choices, Row, quote, refuse
from server.statements.table import Table, is_date


@dataclass(frozen=True)
class Layout:
    """What was chosen, and the doubts about it."""

    dates: int  # the column
    order: str
    balances: int | None  # the column; None where none has the balances
    sign: str
    doubts: list[str]


def lay_out(table: Table, choices: Choices, today: date) -> Layout:
    """Choose the columns, the order and the sign; raise StatementError where it cannot."""
    dates, doubts = date_column(table, choices.date_column)
    rows = [row for row in table.rows if is_date(table.cell(row, dates), table.header)]
    cells = [table.cell(row, dates) for row in rows]
    if not rows:
        detail = f"The column “{table.columns[dates]}” has no dates."
        raise refuse("date_column", detail, columns=table.columns)
    order, doubt = choose_order(cells, choices.date_order, today)
    doubts += [doubt] if doubt else []
    doubts += format_doubts(cells) + mixture_doubts(table, rows)
    days = [_any_day(table.cell(row, dates), order) for row in rows]
    balances, more = balance_column(table, rows, days, choices.balance_column)
    if balances == dates:
        detail = "The date and the balance cannot be the same column."
        raise refuse("balance_column", detail, columns=table.columns)
    sign = "."
    if balances is not None:
        sign = _sign(table, rows, balances, choices.decimal)
        more += split_doubts(table, rows, balances)
    return Layout(dates, order, balances, sign, doubts + more)


def _any_day(cell: Cell, order: str) -> date:
    """Return a date in this order, or else as it can be read; a bad one is refused later."""
    known = dates_of(cell, header=True) or {}
    return known.get(order) or next(iter(known.values()), date.min)


def _sign(table: Table, rows: list[Row], balances: int, choice: str | None) -> str:
    """Return the decimal sign of the balances; raise StatementError where it is not to be told."""
    cells = [cell for row in rows if not is_empty(cell := table.cell(row, balances))]
    sign = decimal_sign(cells, choice)
    if sign is None:
        example = next(cell for cell in cells if shown_sign(cell) == "?")
        detail = (
            f"{quote(example)} can be read with a decimal point or a decimal comma, and no other"
            " balance shows which. Choose one."
        )
        raise refuse("decimal", detail, columns=table.columns)
    return sign
