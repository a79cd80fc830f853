"""What each row adds to the balance, by the names of the columns."""

from collections.abc import Sequence

from server.statements.amounts import decimal_sign, to_cents
from server.statements.model import Row
from server.statements.names import mark
from server.statements.table import Table


def column_cents(table: Table, rows: Sequence[Row], column: int, sign: str) -> list[int | None]:
    """Return the amounts of a column in cents, None for what is none.

    `sign` is the decimal sign where the column does not show its own.
    """
    cells = [table.cell(row, column) for row in rows]
    own = decimal_sign(cells) or sign
    result: list[int | None] = []
    for cell in cells:
        try:
            result.append(to_cents(cell, own))
        except ValueError:
            result.append(None)
    return result


def named_moves(table: Table, rows: Sequence[Row], sign: str) -> list[list[int]]:
    """Return the ways in which the named columns can add up: the amount, in less out, with fees."""

    def total(kind: str, direction: int) -> list[int]:
        columns = [
            _directed([cents or 0 for cents in column_cents(table, rows, column, sign)], direction)
            for column in table.named(kind)
        ]
        return [sum(row) for row in zip(*columns, strict=True)] if columns else [0] * len(rows)

    ways = []
    for column in table.named("amount"):
        amounts = [cents or 0 for cents in column_cents(table, rows, column, sign)]
        ways.append(amounts)
        ways.extend(_marked(table, rows, amounts))
    if table.named("in") or table.named("out"):
        ways.append([a + b for a, b in zip(total("in", 1), total("out", -1), strict=True)])
    fees = total("fee", -1)
    if any(fees):
        ways += [[a + b for a, b in zip(way, fees, strict=True)] for way in ways]
    return [way for way in ways if any(way)]


def mark_columns(table: Table, rows: Sequence[Row]) -> list[int]:
    """Return the columns that say Dr or Cr in each row that says anything."""
    return [
        column
        for column in range(len(table.columns))
        if all(mark(table.cell(row, column)) is not None for row in rows)
        and any(mark(table.cell(row, column)) for row in rows)
    ]


def _directed(cents: list[int], direction: int) -> list[int]:
    """Return what came in as positive, what went out as negative, whatever the column writes."""
    return cents if sum(cents) * direction >= 0 else [-value for value in cents]


def _marked(table: Table, rows: Sequence[Row], amounts: list[int]) -> list[list[int]]:
    return [
        [
            abs(cents) * (mark(table.cell(row, column)) or 1)
            for row, cents in zip(rows, amounts, strict=True)
        ]
        for column in mark_columns(table, rows)
    ]
