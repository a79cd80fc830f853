"""Which row comes after which, and so which one closes its day."""

from collections.abc import Sequence
from datetime import date

from server.statements.amount_columns import column_cents, mark_columns, named_moves
from server.statements.chain import SAMPLE, Chain, chains, find_columns, orders
from server.statements.date_order import direction
from server.statements.entries import Entry, overflowing
from server.statements.layout import Layout
from server.statements.model import DayBalance, Refusal, refusal
from server.statements.names import mark
from server.statements.table import Table


def sequence(
    table: Table, layout: Layout, entries: Sequence[Entry], each: str
) -> tuple[list[int], list[str], list[Refusal]]:
    """Return the entries' indices, oldest first; doubts; and the lines whose cells have moved.

    The balance chain tells the order within a day, else the dates do; else that is a doubt.
    """
    days = [entry.day for entry in entries]
    found, doubts = _chain(table, layout, entries)
    order = by_dates(days)
    if found and found[0].hits > found[1].hits:
        order = found[0].order
    listed, turned = orders(days)
    if order is None:
        order = listed
        if balances(entries, listed, each) != balances(entries, turned, each):
            doubts.append(
                "Nothing shows whether the rows of a day run down or up the file: the last one in"
                " the file is taken for the later."
            )
    chain = next((chain for chain in found or () if chain.order == order), None)
    errors = _moved_cells(table, entries, chain)
    if chain and chain.breaks:
        lines = sorted(entries[index].row.line for index in chain.breaks)
        doubts.append(
            f"The balance does not follow from the one before and the amount in {_list(lines)}."
        )
    if table.repeats and not (chain and not chain.breaks):
        doubts.append(
            f"Line {table.repeats[0]} repeats the header. If another account begins there, both are"
            " mixed up."
        )
    return order, doubts, errors


def by_dates(days: Sequence[date]) -> list[int] | None:
    """Return the order of rows by the direction in which their dates run, None without one."""
    listed, turned = orders(days)
    if not days or days[0] == days[-1]:
        return None if len(set(days)) < len(days) else listed
    return {1: listed, -1: turned}.get(direction(days))


def balances(entries: Sequence[Entry], order: Sequence[int], each: str) -> list[DayBalance]:
    """Return the last balance of each day, or those of all rows, in this order."""
    found = [DayBalance(entries[index].day, entries[index].cents) for index in order]
    return found if each == "row" else list({balance.day: balance for balance in found}.values())


def _chain(
    table: Table, layout: Layout, entries: Sequence[Entry]
) -> tuple[tuple[Chain, Chain] | None, list[str]]:
    """Return the best balance chain, in both orders of rows, and what is doubtful about it."""
    rows = [entry.row for entry in entries]
    days = [entry.day for entry in entries]
    cents = [entry.cents for entry in entries]
    ways = named_moves(table, rows, layout.sign)
    plain = ways or _unnamed_moves(table, layout, entries)
    found = chains(days, cents, plain)
    turned = chains(days, cents, [[-move for move in way] for way in ways])
    doubts = []
    if turned and turned[0].hits > (found[0].hits if found else 0):
        found = turned
        doubts.append(
            "The balance rises when money goes out, so it may be what you owe. It is read as it"
            " stands."
        )
    elif ways and not found and len(set(cents)) > 1:
        doubts.append("The balances do not follow from the amounts.")
    beside = (layout.balances or 0) + 1
    proven = found and not found[0].breaks
    debits = any(mark(table.cell(row, beside)) == -1 for row in rows)
    if debits and not proven and beside in mark_columns(table, rows):
        doubts.append("The column beside the balance says Dr; the balance is read without it.")
    return found, doubts


def _unnamed_moves(table: Table, layout: Layout, entries: Sequence[Entry]) -> list[list[int]]:
    """Return the moves by columns that only the balance chain shows to be amounts."""
    rows = [entry.row for entry in entries]
    some = entries[:SAMPLE]
    values = [
        [entry.cents for entry in some]
        if column == layout.balances
        else column_cents(table, rows[:SAMPLE], column, layout.sign)
        for column in range(len(table.columns))
    ]
    for columns in find_columns(values, [entry.day for entry in some]):
        if columns.balance == layout.balances:
            parts = [
                [sign * (cents or 0) for cents in column_cents(table, rows, column, layout.sign)]
                for column, sign in columns.moves
            ]
            return [[sum(row) for row in zip(*parts, strict=True)]]
    return []


def _moved_cells(table: Table, entries: Sequence[Entry], chain: Chain | None) -> list[Refusal]:
    """Refuse rows with more values than columns, unless the chain shows their balance right."""
    proven: set[int] = set()
    if chain:
        proven = set(chain.order[1:]) - set(chain.breaks)
        if len(chain.order) > 1 and chain.order[1] in proven:
            proven.add(chain.order[0])
    return [
        refusal(
            "balance",
            f"The line has {len(entries[index].row.cells)} values, but there are"
            f" {len(table.columns)} columns.",
            entries[index].row.line,
        )
        for index in overflowing(table, entries)
        if index not in proven
    ]


def _list(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:3]))
    more = f" and {len(lines) - 3} more" if len(lines) > 3 else ""
    return f"line{'s' if len(lines) > 1 else ''} {shown}{more}"
