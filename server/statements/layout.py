"""How a table is to be read: its columns, the order of its dates, its decimal sign."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from server.statements.amounts import decimal_sign, shown_sign
from server.statements.chain import Columns
from server.statements.columns import balance_column, date_column
from server.statements.date_order import choose_order
from server.statements.dates import readings
from server.statements.entries import dates_of, is_empty
from server.statements.model import Cell, Choices, Row, quote, refuse
from server.statements.table import Table


@dataclass(frozen=True)
class Layout:
    """What was chosen, and the doubts about it."""

    dates: int  # the column
    order: str
    balances: int | None  # the column; None where none has the balances
    moves: Columns | None  # the amounts, where only the balance chain tells which they are
    sign: str
    doubts: list[str]


def lay_out(table: Table, choices: Choices, today: date) -> Layout:
    """Choose the columns, the order and the sign; raise StatementError where it cannot."""
    dates, doubts = date_column(table, choices.date_column)
    rows = [row for row in table.rows if dates_of(table.cell(row, dates), table.header)]
    cells = [table.cell(row, dates) for row in rows]
    if not rows:
        detail = f"The column “{table.columns[dates]}” has no dates."
        raise refuse("date_column", detail, columns=table.columns)
    order, doubt = choose_order(cells, choices.date_order, today)
    doubts += [doubt] if doubt else []
    doubts += _format_doubts(cells)
    read = [(row, known[order]) for row, known in _known(table, rows, dates) if order in known]
    balances, moves, more = balance_column(
        table, [row for row, _ in read], [day for _, day in read], choices.balance_column
    )
    if balances == dates:
        detail = "The date and the balance cannot be the same column."
        raise refuse("balance_column", detail, columns=table.columns)
    sign = "."
    if balances is not None:
        sign = _sign(table, rows, balances, choices.decimal)
    return Layout(dates, order, balances, moves, sign, doubts + more)


def _known(table: Table, rows: list[Row], dates: int) -> list[tuple[Row, dict[str, date]]]:
    return [(row, dates_of(table.cell(row, dates), table.header) or {}) for row in rows]


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


def _format_doubts(cells: list[Cell]) -> list[str]:
    """Return the doubts about dates that a spreadsheet has changed."""
    kinds = {type(cell) for cell in cells}
    doubts = []
    if str in kinds and date in kinds:
        doubts.append(
            "Some dates are text and others are dates of the spreadsheet, which may have taken"
            " days for months."
        )
    numbers = [cell for cell in cells if isinstance(cell, Decimal) and readings(cell) is None]
    if numbers:
        doubts.append(f"Dates such as {quote(numbers[0])} are read as the day numbers of Excel.")
    return doubts
