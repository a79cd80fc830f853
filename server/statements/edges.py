"""The lines that say with which balance a statement opens and closes."""

from collections.abc import Sequence
from typing import NamedTuple

from server.statements.amounts import is_amount, to_cents
from server.statements.model import Cell, Row, refuse
from server.statements.names import line_kind


class Edge(NamedTuple):
    """An opening or closing line: its balance, and the column that it stands in."""

    line: int
    kind: str
    column: int
    cell: Cell


def find_edges(rows: Sequence[Row]) -> list[Edge]:
    """Return the opening and closing lines: a label, and an amount behind it."""
    found = []
    for row in rows:
        labels = [(i, kind) for i, cell in enumerate(row.cells) if (kind := line_kind(cell))]
        if labels:
            first, kind = labels[0]
            amounts = [i for i in range(first + 1, len(row.cells)) if is_amount(row.cells[i])]
            if amounts:
                found.append(Edge(row.line, kind, amounts[0], row.cells[amounts[0]]))
    return found


def known_edges(edges: Sequence[Edge], sign: str) -> dict[str, int]:
    """Return the "opening" and the "closing" balance in cents, as far as there are lines.

    Raises StatementError for two that differ, and for a bad amount.
    """
    known: dict[str, int] = {}
    for edge in edges:
        try:
            cents = to_cents(edge.cell, sign)
        except ValueError as error:
            raise refuse("balance", str(error), line=edge.line) from None
        if known.setdefault(edge.kind, cents) != cents:
            detail = f"There is more than one {edge.kind} balance, and no balance column."
            raise refuse("balance", detail, line=edge.line)
    return known
