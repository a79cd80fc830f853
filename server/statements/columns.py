"""Which column is the date, and which the balance."""

from collections.abc import Sequence
from datetime import date

from server.statements.amount_columns import column_cents
from server.statements.chain import SAMPLE, find_columns
from server.statements.dates import readings
from server.statements.entries import is_empty
from server.statements.model import Row, refuse
from server.statements.names import other_currency
from server.statements.table import Table, chosen, is_date


def date_column(table: Table, choice: str | None) -> tuple[int, list[str]]:
    """Return the column of the dates, and a doubt where another one has different dates."""
    by_name = table.named("date")
    counts = [
        sum(is_date(table.cell(row, column), header) for row in table.rows)
        for column, header in ((column, column in by_name) for column in range(len(table.columns)))
    ]
    most = max(counts, default=0)
    if choice:
        return chosen(choice, table.columns, "date_column"), []
    if most == 0:
        raise refuse("date", "The file has no line with a date.", columns=table.columns)
    named = [column for column in by_name if counts[column]]
    found = named or [column for column, count in enumerate(counts) if count * 2 > most]
    others = [column for column in found[1:] if _dates_differ(table, found[0], column)]
    return found[0], _choice_doubt(table, "date", [found[0], *others])


def balance_column(
    table: Table, rows: Sequence[Row], days: Sequence[date], choice: str | None
) -> tuple[int | None, list[str]]:
    """Return the column of the balances among the dated `rows`, and a doubt where it is not sure.

    By its name, else by the balance chain. None where there is none.
    """
    if choice:
        return chosen(choice, table.columns, "balance_column"), []
    named = [
        column
        for column in table.named("balance")
        if any(not is_empty(table.cell(row, column)) for row in rows)
    ]
    if named:
        others = [column for column in named[1:] if _amounts_differ(table, rows, named[0], column)]
        doubts = _choice_doubt(table, "balance", [named[0], *others])
        currency = other_currency(table.columns[named[0]])
        if currency:
            doubts.append(f"The balance is in {currency}, by its name; it is read as rand.")
        return named[0], doubts
    kinds = ("amount", "in", "out", "fee", "date")
    by_name = {column for kind in kinds for column in table.named(kind)}
    some = rows[:SAMPLE]
    values = [column_cents(table, some, column, ".") for column in range(len(table.columns))]
    found = [each for each in find_columns(values, days) if each.balance not in by_name]
    if not found:
        return None, []
    balance = found[0].balance
    others = sorted({e.balance for e in found if values[e.balance] != values[balance]})
    doubts = _choice_doubt(table, "balance", [balance, *others])
    if table.header:
        doubts.append(
            f"No column is called balance: “{table.columns[balance]}” is read as one, since its"
            " values follow from the amounts."
        )
    return balance, doubts


def _choice_doubt(table: Table, what: str, columns: Sequence[int]) -> list[str]:
    if len(columns) < 2:
        return []
    names = [f"“{table.columns[column]}”" for column in columns]
    return [
        f"More than one column could be the {what}: {', '.join(names)}. {names[0]} is read as it."
    ]


def _dates_differ(table: Table, first: int, second: int) -> bool:
    pairs = ((readings(table.cell(r, first)), readings(table.cell(r, second))) for r in table.rows)
    return any(one and two and one != two for one, two in pairs)


def _amounts_differ(table: Table, rows: Sequence[Row], first: int, second: int) -> bool:
    one, two = (column_cents(table, rows, column, ".") for column in (first, second))
    return one != two
