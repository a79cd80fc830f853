"""One order of day, month and year for all dates of a column."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

from server.statements.dates import ORDERS, WORDS, readings, written_order
from server.statements.model import Cell, quote


def choose_order(cells: Iterable[Cell], choice: str | None, today: date) -> tuple[str, str | None]:
    """Return the order of a column's dates, and a doubt where another one is possible.

    A part over 12 settles it; else the order in which no date lies in the future, and in which
    the dates run in one direction; else day first.
    """
    known = [(cell, dates) for cell in cells if (dates := readings(cell))]
    if choice or not known:
        return choice or "ymd", None
    fits = {order: sum(order in dates for _, dates in known) for order in ORDERS}
    orders = [order for order in ORDERS if fits[order] == max(fits.values())]
    days = {order: [dates[order] for _, dates in known if order in dates] for order in orders}
    if all(days[order] == days[orders[0]] for order in orders):
        written = written_order(known[0][0])
        return written if written in orders else orders[0], None
    orders = [order for order in orders if max(days[order]) <= today] or orders
    orders = [order for order in orders if direction(days[order])] or orders
    doubt = (
        f"Every date, such as {quote(known[0][0])}, can be read in more than one way; they are read"
        f" as {WORDS[orders[0]]}."
    )
    return orders[0], doubt


def direction(days: Sequence[date]) -> int:
    """Return 1 for days that rise or are all the same, -1 for days that fall, 0 for neither."""
    if all(a <= b for a, b in pairwise(days)):
        return 1
    return -1 if all(a >= b for a, b in pairwise(days)) else 0
