"""Balances where no column has them: an opening or closing balance, and the amounts."""

from collections.abc import Sequence
from datetime import date
from itertools import accumulate

from server.statements.amount_columns import column_cents, named_moves
from server.statements.amounts import decimal_sign, is_amount
from server.statements.edges import Edge, find_edges, known_edges
from server.statements.entries import Entry, dates_of, no_date, to_day
from server.statements.layout import Layout
from server.statements.model import (
    Choices,
    Reading,
    Refusal,
    Row,
    Skipped,
    StatementError,
    refusal,
    refuse,
)
from server.statements.sequence import balances, by_dates
from server.statements.table import Table

_NO_BALANCE = (
    "The file has no balance column that can be told by its name or its values, and no opening or"
    " closing balance either. Name the column, or download a statement with balances."
)


def read(table: Table, layout: Layout, kind: str, choices: Choices, today: date) -> Reading:
    """Return the balances counted from an edge; raise StatementError where there is none."""
    edges = find_edges([*table.above, *table.rows])
    columns = _amount_columns(table, layout, edges)
    if not edges or not columns:
        raise refuse("balance_column", _NO_BALANCE, columns=table.columns)
    rows, days, skipped = _rows(table, layout, edges, columns, today)
    order = by_dates(days) or sorted(range(len(days)), key=days.__getitem__)
    sign = _sign(table, edges, rows, columns, choices.decimal)
    cents, doubts = _count(table, edges, rows, columns, order, sign)
    entries = [Entry(*entry) for entry in zip(rows, days, cents, strict=True)]
    each = choices.each or "day"
    if each == "row" and by_dates(days) is None:
        doubts.append("Nothing shows whether the rows of a day run down or up the file.")
    return Reading(
        kind=kind,
        columns=table.columns,
        date_column=table.columns[layout.dates],
        date_order=layout.order,
        balance_column=None,
        decimal=sign,
        each=each,
        rows=len(rows),
        balances=balances(entries, order, each),
        skipped=[*table.before(), *skipped],
        doubts=[*layout.doubts, *doubts],
    )


def _amount_columns(table: Table, layout: Layout, edges: Sequence[Edge]) -> list[int]:
    """Return the columns of amounts: by name; without a header, one that is full of them."""
    if table.header:
        return [c for kind in ("amount", "in", "out", "fee") for c in table.named(kind)]
    dated = [row for row in table.rows if dates_of(table.cell(row, layout.dates), table.header)]
    full = [
        column
        for column in range(len(table.columns))
        if column != layout.dates and all(is_amount(table.cell(row, column)) for row in dated)
    ]
    return [edge.column for edge in edges if edge.column in full][:1] or full[:1]


def _rows(
    table: Table, layout: Layout, edges: Sequence[Edge], columns: Sequence[int], today: date
) -> tuple[list[Row], list[date], list[Skipped]]:
    """Return the transactions with their days, and the lines passed over."""
    edge_lines = {edge.line: edge.kind for edge in edges}
    rows: list[Row] = []
    days: list[date] = []
    skipped: list[Skipped] = []
    errors: list[Refusal] = []
    for row in table.rows:
        cell = table.cell(row, layout.dates)
        known = dates_of(cell, table.header)
        if row.line in edge_lines:
            detail = f"It has the {edge_lines[row.line]} balance."
            skipped.append({"line": row.line, "detail": detail})
        elif known is None:
            skipped.append({"line": row.line, "detail": no_date(row)})
        elif not any(str(table.cell(row, column)).strip() for column in columns):
            skipped.append({"line": row.line, "detail": "It has no amount."})
        else:
            try:
                days.append(to_day(cell, known, layout.order, today))
                rows.append(row)
            except ValueError as error:
                errors.append(refusal("date", str(error), row.line))
    if errors:
        raise StatementError(errors, table.columns)
    return rows, days, skipped


def _sign(
    table: Table,
    edges: Sequence[Edge],
    rows: Sequence[Row],
    columns: Sequence[int],
    choice: str | None,
) -> str:
    cells = [table.cell(row, column) for row in rows for column in columns]
    sign = decimal_sign([*cells, *(edge.cell for edge in edges)], choice)
    if sign is None:
        detail = "Every amount can be read with a decimal point or a decimal comma. Choose one."
        raise refuse("decimal", detail, columns=table.columns)
    return sign


def _count(
    table: Table,
    edges: Sequence[Edge],
    rows: Sequence[Row],
    columns: Sequence[int],
    order: Sequence[int],
    sign: str,
) -> tuple[list[int], list[str]]:
    """Return the balance in cents after each row, and a doubt where only one edge is known."""
    known = known_edges(edges, sign)
    ways = (
        named_moves(table, rows, sign)
        if table.header
        else [[c or 0 for c in column_cents(table, rows, columns[0], sign)]]
    )
    doubts = []
    if len(known) == 2:
        ways = [way for way in ways if known["opening"] + sum(way) == known["closing"]]
    else:
        doubts.append(
            f"The balances are counted from the {edges[0].kind} balance alone:"
            " nothing shows whether lines or fees are missing."
        )
    if not ways:
        detail = "The opening balance and the amounts do not add up to the closing balance."
        raise refuse("balance", detail, columns=table.columns)
    opening = known.get("opening", known.get("closing", 0) - sum(ways[0]))
    cents = [0] * len(rows)
    for row, moved in zip(order, accumulate(ways[0][i] for i in order), strict=True):
        cents[row] = opening + moved
    return cents, doubts
