"""Balances where no column has them: an opening or closing balance, and the amounts."""

import re
from collections.abc import Sequence
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from . import amounts
from .chain import NO_ORDER, by_dates, orders
from .dates import readings
from .layout import CENTS_APART, Layout, cents_apart, decimal_sign
from .model import Cell, Doubt, Reading, Row, refuse
from .names import line_kind

_NO_BALANCE = (
    "The file has no balance column that can be told by its name or its values, and no opening or"
    " closing balance either. Name the column, or download a statement with balances."
)


class Edge(NamedTuple):
    """An opening or closing balance: where it stands, and the day that a closing one is of."""

    line: int
    kind: str
    column: int
    cell: Cell
    day: date | None = None  # None for that of the last row
    owed: bool = False  # whether it is overdrawn, whatever its sign


def read(layout: Layout) -> Reading:
    """Return the balances counted from an edge; raise StatementError where there is none."""
    table = layout.table
    edges = _edges([*table.above, *table.rows], table.named("out"))
    if not table.header:
        layout.moving = _full_column(layout, edges)
    if not edges or not layout.moving:
        apart = [cents_apart(row.cells) for row in table.rows if layout.is_dated(row)]
        detail = f"{_NO_BALANCE} {CENTS_APART}" if apart and all(apart) else _NO_BALANCE
        raise refuse("balance_column", detail)
    reading = count(layout, edges)
    if len({edge.kind for edge in edges}) == 2:
        return reading
    detail = f"The balances are counted from the {edges[0].kind} balance alone:"
    detail += " nothing shows whether lines or fees are missing."
    return reading.with_doubts([Doubt(detail, [edges[0].line])])


def count(layout: Layout, edges: Sequence[Edge]) -> Reading:
    """Return the balances, from the opening one on or back from the closing one.

    Raises StatementError for balances that differ, that are none, or that the amounts contradict.
    """
    layout.read_rows()
    cells = [row.cells[column] for row in layout.rows for column in layout.moving]
    layout.sign = decimal_sign([*cells, *(edge.cell for edge in edges)], layout.choices)
    for row in layout.rows:
        for column in layout.moving:
            if amounts.is_amount(row.cells[column]):
                layout.to_cents(row, row.cells[column])
    if layout.errors or not layout.entries:
        return layout.reading([])  # which says what is wrong
    ways = layout.named_moves() if layout.table.header else [layout.amounts(layout.moving[0])]
    known = _known(edges, layout.sign)
    if len(known) == 2:
        ways = [way for way in ways if known["opening"] + sum(way) == known["closing"]]
    if not ways:
        detail = "The opening balance and the amounts do not add up to the closing balance."
        raise refuse("balance", detail)
    moves, days = ways[0], [posting.day for posting in layout.entries]
    if "opening" in known:
        opening = known["opening"]
    else:
        until = edges[0].day or max(days)
        counted = zip(moves, days, strict=True)
        opening = known["closing"] - sum(move for move, day in counted if day <= until)
    dated = by_dates(days)
    order = dated or orders(days)[0]
    after = list(accumulate((moves[index] for index in order), initial=opening))[1:]
    found = [(layout.entries[index], cents) for index, cents in zip(order, after, strict=True)]
    doubts = [NO_ORDER] if layout.choices.each == "row" and dated is None else []
    return layout.reading(found, doubts)


def _known(edges: Sequence[Edge], sign: str) -> dict[str, int]:
    """Return the opening and the closing balance in cents, as far as there are edges."""
    known: dict[str, int] = {}
    for edge in edges:
        try:
            cents = amounts.to_cents(edge.cell, sign)
        except ValueError as error:
            raise refuse("balance", str(error), edge.line) from None
        cents = -abs(cents) if edge.owed else cents
        if known.setdefault(edge.kind, cents) != cents:
            detail = f"There is more than one {edge.kind} balance, and no balance column."
            raise refuse("balance", detail, edge.line)
    return known


def _edges(rows: Sequence[Row], out: Sequence[int]) -> list[Edge]:
    """Return the opening and closing lines: a label, and an amount behind it, one of zero last.

    An amount in a column of what goes `out` is overdrawn.
    """
    found = []
    for row in rows:
        cells = row.cells
        labels = [(i, kind) for i, cell in enumerate(cells) if (kind := line_kind(cell))]
        first, kind = labels[0] if labels else (0, "total")
        behind = [i for i in range(first + 1, len(cells)) if _may_be_balance(cells[i])]
        behind.sort(key=lambda i: not re.search("[1-9]", str(cells[i])))
        if kind != "total" and behind:
            column = behind[0]
            found.append(Edge(row.line, kind, column, cells[column], owed=column in out))
    return found


def _may_be_balance(cell: Cell) -> bool:
    return amounts.is_amount(cell) and readings(cell) is None


def _full_column(layout: Layout, edges: Sequence[Edge]) -> list[int]:
    """Return a column that is full of amounts, that of an edge if there is one."""
    table = layout.table
    dated = [row for row in table.rows if layout.is_dated(row)]
    full = [
        column
        for column in range(len(table.columns))
        if column != layout.dates and all(amounts.is_amount(row.cells[column]) for row in dated)
    ]
    return [edge.column for edge in edges if edge.column in full][:1] or full[:1]
