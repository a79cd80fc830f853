"""Read a table: lay it out, read row by row, put the rows in order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from server.statements import running
from server.statements.entries import Entry, sort_rows
from server.statements.layout import Layout, lay_out
from server.statements.model import Choices, Reading, StatementError
from server.statements.sequence import balances, sequence
from server.statements.table import Table


def read(table: Table, kind: str, choices: Choices, today: date, doubts: Sequence[str]) -> Reading:
    """Return the balances of each day, or of each row; raise StatementError for what is refused."""
    layout = lay_out(table, choices, today)
    if layout.balances is None:
        result = running.read(table, layout, kind, choices, today)
    else:
        entries, result = read_rows(table, layout, layout.balances, kind, choices, today)
        order, more, errors = sequence(table, layout, entries, result.each)
        if errors:
            raise StatementError(errors, table.columns)
        result = replace(
            result,
            balances=balances(entries, order, result.each),
            doubts=[*result.doubts, *more],
        )
    return replace(result, doubts=[*doubts, *result.doubts])


def read_rows(
    table: Table, layout: Layout, column: int, kind: str, choices: Choices, today: date
) -> tuple[list[Entry], Reading]:
    """Return the dated rows with a balance as they stand, and the reading without balances."""
    found = sort_rows(table, layout.dates, column, layout.order, layout.sign, today)
    if found.errors:
        raise StatementError(found.errors, table.columns)
    doubts = list(layout.doubts)
    if found.undated:
        doubts.append(
            f"Line {found.undated[0]} has a balance but no date, and is passed over. If it belongs"
            " to the date above it, the balance of that day is wrong."
        )
    return found.entries, Reading(
        kind=kind,
        columns=table.columns,
        date_column=table.columns[layout.dates],
        date_order=layout.order,
        balance_column=table.columns[column],
        decimal=layout.sign,
        each=choices.each or "day",
        rows=len(found.entries),
        balances=[],
        skipped=[*table.before(), *found.skipped],
        doubts=doubts,
    )
