"""The balance chain: a balance is the one before plus the amount, and the fee where there is one.

It tells the order of rows within a day, and where there is no header, which column is which.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations, pairwise, product
from typing import NamedTuple

SAMPLE = 60  # rows that decide which columns make a chain
_MOST_COLUMNS = 8  # of numbers, that are tried


class Chain(NamedTuple):
    """How well balances follow from amounts, with the rows in one order."""

    order: list[int]  # the indices of the rows, oldest first
    hits: int  # balances that differ from the one before, and follow from it
    breaks: list[int]  # the indices of the rows whose balance does not follow
    moves: Sequence[int]  # what each row adds, in cents


class Columns(NamedTuple):
    """A balance column, and the columns that add up to its moves, each with its sign."""

    balance: int
    moves: tuple[tuple[int, int], ...]


def orders(days: Sequence[date]) -> tuple[list[int], list[int]]:
    """Return the rows by day, within each day as listed; and turned round within each day."""
    listed = sorted(range(len(days)), key=days.__getitem__)
    turned = sorted(range(len(days) - 1, -1, -1), key=days.__getitem__)
    return listed, turned


def follow(order: list[int], balances: Sequence[int], moves: Sequence[int]) -> Chain:
    """Compare each balance with the one before it."""
    hits = 0
    breaks = []
    for before, after in pairwise(order):
        change = balances[after] - balances[before]
        if change != moves[after]:
            breaks.append(after)
        elif change:
            hits += 1
    return Chain(order, hits, breaks, moves)


def chains(
    days: Sequence[date], balances: Sequence[int], candidates: Sequence[Sequence[int]]
) -> tuple[Chain, Chain] | None:
    """Return the chain of the moves that fit best, in the better order of rows, then the other.

    None where less than half of the balances follow from any.
    """
    best: tuple[Chain, Chain] | None = None
    for moves in candidates:
        first, second = (follow(order, balances, moves) for order in orders(days))
        better, worse = (second, first) if second.hits > first.hits else (first, second)
        if better.hits > max(best[0].hits if best else 0, len(better.breaks) - 1):
            best = better, worse
    return best


def find_columns(values: Sequence[Sequence[int | None]], days: Sequence[date]) -> list[Columns]:
    """Return the columns that are proven to be a balance and its moves, the best ones first.

    `values` are the columns of numbers in cents, None for an empty cell. Proof are two balances
    that follow, by two different amounts, and no more than a fifth that do not.
    """
    usable = [column for column, cents in enumerate(values) if any(cents)][:_MOST_COLUMNS]
    found = []
    for balance in usable:
        rows = [row for row, cents in enumerate(values[balance]) if cents is not None]
        balances = [values[balance][row] or 0 for row in rows]
        others = [column for column in usable if column != balance]
        ways = orders([days[row] for row in rows])
        for signed in _signed(others):
            moves = [sum(sign * (values[c][row] or 0) for c, sign in signed) for row in rows]
            chain = max((follow(way, balances, moves) for way in ways), key=lambda c: c.hits)
            different = {moves[i] for i in chain.order[1:] if moves[i]} - {0}
            if chain.hits >= 2 and len(different) >= 2 and len(chain.breaks) * 4 <= chain.hits:
                found.append((-chain.hits, len(signed), Columns(balance, signed)))
    return [columns for _, _, columns in sorted(found, key=lambda item: item[:2])]


def _signed(columns: list[int]) -> Iterator[tuple[tuple[int, int], ...]]:
    """Yield one to three of the columns with each choice of signs, the plain ones first."""
    for size in (1, 2, 3):
        for some in combinations(columns, size):
            for signs in product((1, -1), repeat=size):
                yield tuple(zip(some, signs, strict=True))
