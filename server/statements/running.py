"""Balances where no column has them: an opening or closing balance, and the amounts."""

from collections.abc import Sequence
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from server.statements import amounts
from server.statements.layout import CENTS_APART, Layout, cents_apart
from server.statements.ledger import by_dates
from server.statements.model import Cell, Doubt, Reading, Row, Stated, StatementError, refuse
from server.statements.names import line_kind

NO_ORDER = Doubt("Nothing shows whether the rows of a day run down or up the file.")
_NO_BALANCE = (
    "The file has no balance column that can be told by its name or its values, and no opening or"
    " closing balance either. Name the column, or download a statement with balances."
)


class Edge(NamedTuple):
    """An opening or closing line: its balance, and the column that it stands in."""

    line: int
    kind: str
    column: int
    cell: Cell


def read(layout: Layout, kind: str) -> Reading:
    """Return the balances counted from an edge; raise StatementError where there is none."""
    table = layout.table
    edges = _edges([*table.above, *table.rows])
    columns = _amount_columns(layout, edges)
    if not edges or not columns:
        apart = [cents_apart(row) for row in table.rows if any(map(amounts.is_amount, row.cells))]
        detail = f"{_NO_BALANCE} {CENTS_APART}" if apart and all(apart) else _NO_BALANCE
        raise refuse("balance_column", detail, columns=table.columns)
    postings = layout.postings(columns)
    if postings.errors:
        raise StatementError(postings.errors, table.columns)
    rows = [posting.row for posting in postings.entries]
    days = [posting.day for posting in postings.entries]
    layout = layout.with_sign(_sign(layout, edges, rows, columns))
    ways = layout.named_moves(rows) if table.header else [layout.amounts(rows, columns[0])]
    opening, moves, doubts = _opening(layout, edges, ways)
    order, closing = count(days, moves, opening)
    reading = layout.reading(kind, len(rows), postings)
    if reading.each == "row" and by_dates(days) is None:
        doubts.append(NO_ORDER)
    stated = [
        Stated(days[index], closing[index], layout.source(rows[index], counted=True))
        for index in order
        if days[index] <= layout.calendar.today
    ]
    return reading.with_balances(stated).with_doubts([*layout.doubts, *doubts])


def count(days: Sequence[date], moves: Sequence[int], start: int) -> tuple[list[int], list[int]]:
    """Return the rows by their dates, and the balance in cents after each, from one before all."""
    order = by_dates(days) or sorted(range(len(days)), key=days.__getitem__)
    closing = [0] * len(days)
    for index, moved in zip(order, accumulate(moves[i] for i in order), strict=True):
        closing[index] = start + moved
    return order, closing


def _edges(rows: Sequence[Row]) -> list[Edge]:
    """Return the opening and closing lines: a label, and an amount behind it."""
    found = []
    for row in rows:
        labels = [(i, kind) for i, cell in enumerate(row.cells) if (kind := line_kind(cell))]
        if labels and labels[0][1] != "total":
            first, kind = labels[0]
            filled = [
                i for i in range(first + 1, len(row.cells)) if amounts.is_amount(row.cells[i])
            ]
            if filled:
                found.append(Edge(row.line, kind, filled[0], row.cells[filled[0]]))
    return found


def _amount_columns(layout: Layout, edges: Sequence[Edge]) -> list[int]:
    """Return the columns of amounts: by name; without a header, one that is full of them."""
    table = layout.table
    if table.header:
        return [c for kind in ("amount", "in", "out", "fee") for c in table.named(kind)]
    dated = [row for row in table.rows if layout.is_dated(row)]
    full = [
        column
        for column in range(len(table.columns))
        if column != layout.dates and all(map(amounts.is_amount, table.cells(dated, column)))
    ]
    return [edge.column for edge in edges if edge.column in full][:1] or full[:1]


def _sign(
    layout: Layout, edges: Sequence[Edge], rows: Sequence[Row], columns: Sequence[int]
) -> str:
    cells = [layout.table.cell(row, column) for row in rows for column in columns]
    cells += [edge.cell for edge in edges]
    sign = amounts.decimal_sign(cells, layout.choices.decimal)
    if sign is None:
        detail = "Every amount can be read with a decimal point or a decimal comma. Choose one."
        raise refuse("decimal", detail, columns=layout.table.columns)
    return sign


def _opening(
    layout: Layout, edges: Sequence[Edge], ways: Sequence[list[int]]
) -> tuple[int, list[int], list[Doubt]]:
    """Return the opening balance in cents, the moves that fit, and a doubt if one edge is known.

    Raises StatementError for balances that differ, that are none, or that the amounts contradict.
    """
    known: dict[str, int] = {}
    for edge in edges:
        try:
            cents = amounts.to_cents(edge.cell, layout.sign)
        except ValueError as error:
            raise refuse("balance", str(error), line=edge.line) from None
        if known.setdefault(edge.kind, cents) != cents:
            detail = f"There is more than one {edge.kind} balance, and no balance column."
            raise refuse("balance", detail, line=edge.line)
    doubts = []
    if len(known) == 2:
        ways = [way for way in ways if known["opening"] + sum(way) == known["closing"]]
    else:
        detail = (
            f"The balances are counted from the {edges[0].kind} balance alone:"
            " nothing shows whether lines or fees are missing."
        )
        doubts.append(Doubt(detail, [edges[0].line]))
    if not ways:
        detail = "The opening balance and the amounts do not add up to the closing balance."
        raise refuse("balance", detail, columns=layout.table.columns)
    return known.get("opening", known.get("closing", 0) - sum(ways[0])), ways[0], doubts
