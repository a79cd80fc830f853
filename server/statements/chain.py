"""The balance chain: a balance is the one before plus the amount, and the fee where there is one.

It tells the order of rows within a day, the signs, and where there is no header, which column is
which. A row without a balance moves the next one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import accumulate, combinations, groupby, product
from typing import NamedTuple

from .dates import direction
from .model import Doubt

NO_ORDER = Doubt(
    "Nothing shows whether the rows of a day run down or up the file: the last one in the file is"
    " taken for the later."
)
SAMPLE = 60  # rows that decide which columns make a chain
_MOST_COLUMNS = 8  # of numbers, that are tried


class Chain(NamedTuple):
    """How well balances follow from amounts, with the rows in one order."""

    order: list[int]  # the indices of the rows, oldest first
    hits: int  # balances that differ from the one before, and follow from it
    breaks: list[int]  # the indices of the rows whose balance does not follow
    moves: Sequence[int]  # what each row adds, in cents
    cents: Sequence[int | None]  # the balances; None where a row has none

    @property
    def score(self) -> int:
        """How much more speaks for this chain than against it."""
        return self.hits - len(self.breaks)

    @property
    def proven(self) -> bool:
        """Whether balances follow, all of them."""
        return self.hits > 0 and not self.breaks

    def values(self) -> dict[int, int]:
        """Return the balance after each row, also where the balances around it prove what it is."""
        known: dict[int, int] = {}
        since: list[int] = []  # the rows after the last balance
        last: int | None = None
        breaks = set(self.breaks)
        for row in self.order:
            since.append(row)
            stated = self.cents[row]
            if stated is None:
                continue
            if last is not None and row not in breaks:
                after = accumulate((self.moves[each] for each in since), initial=last)
                known |= zip(since, list(after)[1:], strict=True)
            known[row] = last = stated
            since = []
        return known


class Columns(NamedTuple):
    """A balance column, and the columns that add up to its moves, each with its sign."""

    balance: int
    moves: tuple[tuple[int, int], ...]
    different: int  # amounts that prove it


def orders(days: Sequence[date]) -> tuple[list[int], list[int]]:
    """Return the rows by day, within each day as listed; and turned round within each day."""
    listed = sorted(range(len(days)), key=days.__getitem__)
    turned = sorted(range(len(days) - 1, -1, -1), key=days.__getitem__)
    return listed, turned


def by_dates(days: Sequence[date]) -> list[int] | None:
    """Return the order of rows by the direction in which their dates run, None without one."""
    listed, turned = orders(days)
    if not days or days[0] == days[-1]:
        return None if len(set(days)) < len(days) else listed
    return {1: listed, -1: turned}.get(direction(days))


def follow(order: list[int], cents: Sequence[int | None], moves: Sequence[int]) -> Chain:
    """Compare each balance with the one before it."""
    hits, moved = 0, 0
    breaks = []
    last: int | None = None
    for row in order:
        moved += moves[row]
        stated = cents[row]
        if stated is None:
            continue
        if last is not None:
            if stated - last != moved:
                breaks.append(row)
            elif moved:
                hits += 1
        last, moved = stated, 0
    return Chain(order, hits, breaks, moves, cents)


def best_chain(
    days: Sequence[date], cents: Sequence[int | None], moves: Sequence[int]
) -> tuple[Chain, bool] | None:
    """Return the chain in the better order of rows, and whether it is better than the other.

    None where fewer balances follow than do not.
    """
    first, second = (follow(order, cents, moves) for order in orders(days))
    better, worse = (second, first) if second.score > first.score else (first, second)
    if better.breaks:
        better = max(better, _straightened(better, days), key=lambda chain: chain.score)
    is_better = better.score > worse.score
    return (better, is_better) if better.hits and better.score >= 0 else None


def _straightened(chain: Chain, days: Sequence[date]) -> Chain:
    """Return the chain with the rows of each day that has a break in the one order that follows."""
    breaks = set(chain.breaks)
    order: list[int] = []
    last: int | None = None
    for _, group in groupby(chain.order, key=days.__getitem__):
        rows = list(group)
        if len(rows) > 1 and breaks.intersection(rows):
            rows = _trail(rows, chain, last) or rows
        order += rows
        last = chain.cents[rows[-1]]
    return follow(order, chain.cents, chain.moves)


def _trail(rows: Sequence[int], chain: Chain, start: int | None) -> list[int] | None:
    """Return the rows so that each balance follows, None where no order of them does.

    Each row leads from the balance before it to its own, so such an order is an Eulerian trail:
    where it begins and ends is told by the balances that only occur on one side.
    """
    leads: defaultdict[int, list[int]] = defaultdict(list)
    loose: Counter[int] = Counter()
    for row in reversed(rows):
        stated = chain.cents[row]
        if stated is None:
            return None
        leads[stated - chain.moves[row]].append(row)
        loose[stated - chain.moves[row]] += 1
        loose[stated] -= 1
    begins = [value for value, count in loose.items() if count > 0]
    if len(begins) > 1 or (not begins and start not in leads):
        return None
    stack: list[tuple[int, int | None]] = [(begins[0] if begins else start or 0, None)]
    trail: list[int] = []
    while stack:
        value, reached = stack[-1]
        if leads[value]:
            following = leads[value].pop()
            stack.append((chain.cents[following] or 0, following))
        else:
            stack.pop()
            trail += [] if reached is None else [reached]
    return trail[::-1] if len(trail) == len(rows) else None


def find_columns(values: Sequence[Sequence[int | None]], days: Sequence[date]) -> list[Columns]:
    """Return the columns that are proven to be a balance and its moves, the best ones first.

    `values` are the columns of numbers in cents, None for an empty cell. Proof are two balances
    that follow, and no more than a fifth that do not.
    """
    usable = [column for column, cents in enumerate(values) if any(cents)][:_MOST_COLUMNS]
    found = []
    ways = orders(days)
    for balance in usable:
        others = [column for column in usable if column != balance]
        for signed in _signed(others):
            moves = [
                sum(sign * (values[c][row] or 0) for c, sign in signed) for row in range(len(days))
            ]
            chains = (follow(way, values[balance], moves) for way in ways)
            chain = max(chains, key=lambda chain: chain.hits)
            different = len({moves[i] for i in chain.order[1:]} - {0})
            if chain.hits >= 2 and len(chain.breaks) * 4 <= chain.hits:
                found.append((-chain.hits, len(signed), Columns(balance, signed, different)))
    return [columns for _, _, columns in sorted(found, key=lambda item: item[:2])]


def _signed(columns: list[int]) -> Iterator[tuple[tuple[int, int], ...]]:
    """Yield one to three of the columns with each choice of signs, the plain ones first."""
    for size in (1, 2, 3):
        for some in combinations(columns, size):
            for signs in product((1, -1), repeat=size):
                yield tuple(zip(some, signs, strict=True))
