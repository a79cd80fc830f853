"""Which sign the balances have, which row comes after which, and so which one closes its day."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import pairwise, product
from typing import Any, NamedTuple

from . import names, whose
from .amounts import is_plain
from .chain import NO_ORDER, Chain, best_chain, by_dates, follow, orders
from .dates import direction
from .layout import CENTS_APART, TOTALS, Layout, Posting, cents_apart, choice_doubt, row_label
from .model import Doubt, Reading, Row, StatementError, quote

_SAMPLE = 2000  # rows
_MANY_ROWS = 10_000  # from here on one column of dates is read, the likeliest by its name
_OWED = "The balance rises when money goes out, so it is read as what you owe: check the sign."
_SPENT = "Amounts without a minus make the balance fall, so they are read as money out; of a loan"
_SPENT += " or a card it would be what you owe: check the sign."
_RISES = "Amounts say Dr, and the balance rises by them, so it may be what you owe: check the sign."
_OVERDRAWN = "Other balances say Cr, so those that say nothing are read as overdrawn, with a minus."
_UNSAID = "Amounts say Cr, but no balance does, so the balances may be overdrawn."
_NEITHER = "The dates run neither down nor up the file, so a day may have closed otherwise."


class Signs(NamedTuple):
    """One way to read the signs of the balances, and the doubt about it."""

    cents: list[int | None]
    doubt: Doubt | None = None
    always: bool = False  # doubtful even where the balances follow


def read(found: Sequence[Layout]) -> tuple[Reading, bool]:
    """Return the reading by the layout under which the balances follow, and whether they all do.

    Raises StatementError for refused values.
    """
    ledger = _best_ledger(found)
    layout = ledger.layout
    while moved := ledger.moved_cells():
        width = len(layout.table.columns)
        for row in moved:
            detail = f"The line has {len(row.cells)} values, but there are {width} columns."
            detail += f" {CENTS_APART}" if cents_apart(row.cells) else ""
            layout.refuse(row, "balance", ValueError(detail))
        if layout.errors:
            break
        layout.leave_out(moved)
        ledger = Ledger(layout)
    return layout.reading(ledger.balances(), ledger.doubts), ledger.proven


def _best_ledger(found: Sequence[Layout]) -> "Ledger":
    """Return the ledger by the date under which the balances follow; doubt it if there are more."""
    ledgers = []
    tried = found if len(found[0].table.rows) <= _MANY_ROWS else found[:1]
    for layout in tried:
        layout.read_rows()
        if not layout.errors:
            ledgers.append(_ledger_of(layout))
        elif layout is found[0]:
            raise StatementError(layout.errors)
    proven = [ledger for ledger in ledgers if ledger.proven]
    best = (proven or ledgers)[0]
    comparable = all(layout.balances == best.layout.balances for layout in tried) and not any(
        doubt.choice == "date_order" for doubt in found[0].doubts
    )
    if len(tried) < len(found) or len(proven) != 1 or not comparable:
        best.doubts += choice_doubt(best.layout.table, "date", [layout.dates for layout in found])
    return best


def _ledger_of(layout: Layout) -> "Ledger":
    """Return the ledger of a layout, without lines of totals: a shop called so has a balance that
    follows.
    """
    ledger = Ledger(layout)
    unproven = ledger.unproven() if ledger.chain else ledger.rows
    totals = [row for row in unproven if row_label(row) == "total"]
    layout.leave_out(totals, TOTALS)
    return Ledger(layout) if totals else ledger


def _negated(cents: Sequence[Any]) -> list[Any]:
    """Return amounts, each an int or None, with the other sign."""
    return [each and -each for each in cents]


class Ledger:
    """The rows of a layout in their order, oldest first, with the balance after each."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.entries = layout.entries
        self.rows = layout.rows
        self.days = self._booked()
        self.doubts: list[Doubt] = []
        self.named = layout.named_moves()
        beside = layout.marks().get((layout.balances or 0) + 1, [])
        self.marks = beside if -1 in beside else []
        self.signs, self.chain, is_better = self._best()
        self.order = self.chain.order if self.chain and is_better else self._order()
        if self.chain and self.chain.order != self.order:
            self.chain = follow(self.order, self.signs.cents, self.chain.moves)
        # Without a chain, nothing is known of a row without a balance.
        chain = self.chain or Chain(self.order, 0, self.order, [], self.signs.cents)
        self.known = chain.values()
        self.breaks = set(chain.breaks)
        self._doubt_signs()
        self._doubt_order()
        self._doubt_rows()

    @property
    def proven(self) -> bool:
        """Whether each balance follows from the one before it."""
        return bool(self.chain and self.chain.proven)

    def balances(self) -> list[tuple[Posting, int]]:
        """Return the rows whose balance is known, oldest first, with it."""
        return [(self.entries[i], self.known[i]) for i in self.order if i in self.known]

    def moved_cells(self) -> list[Row]:
        """Return the unproven rows with more values than columns."""
        width = len(self.layout.table.columns)
        return [row for row in self.unproven() if any(str(c).strip() for c in row.cells[width:])]

    def unproven(self) -> list[Row]:
        """Return the rows whose balance the chain does not prove."""
        proven = set(self.order[1:]) - self.breaks
        proven |= set(self.order[:1]) if proven & set(self.order[1:2]) else set()
        return [row for index, row in enumerate(self.rows) if index not in proven]

    def _booked(self) -> list[date]:
        """Return the days of the rows; one of a day to come is as old as the row beside it."""
        past = (posting.day for posting in self.entries if not posting.is_later)
        last = next(past, self.layout.calendar.today)
        days = []
        for posting in self.entries:
            last = last if posting.is_later else posting.day
            days.append(last)
        return days

    # The signs

    def _best(self) -> tuple[Signs, Chain | None, bool]:
        """Return the signs that the balance chain shows, and whether it shows the order of rows.

        Of a long file the first rows decide about the signs and the amounts. Signs other than the
        likeliest need more proof.
        """
        variants = self._variants()
        ways, proven = self.named, self.layout.proven_moves()
        if variants[0].always:  # what is owed may be moved with either sign
            ways, proven = ([*some, *(_negated(way) for way in some)] for some in (ways, proven))
        tries = [*product(variants, ways), *product(variants[:1], proven)]
        if self.layout.proven_owed() and not variants[0].always:
            owed = Signs(_negated(variants[0].cents), Doubt(_OWED), always=True)
            tries = [*product(variants, ways), *((owed, _negated(way)) for way in proven)]
        best, score, some = None, -1, slice(_SAMPLE)
        for signs, moves in tries:
            chain, _ = best_chain(self.days[some], signs.cents[some], moves[some]) or (None, False)
            enough = 0 if signs is variants[0] else 4
            if chain and chain.score > score and chain.hits >= enough * len(chain.breaks):
                best, score = (signs, moves), chain.score
        if best is None:
            return variants[0], None, False
        if best[0].doubt == Doubt(_OWED) and self._is_spent(best[1]):
            best = Signs(_negated(best[0].cents), Doubt(_SPENT), always=True), _negated(best[1])
        return best[0], *(best_chain(self.days, best[0].cents, best[1]) or (None, False))

    def _is_spent(self, moves: Sequence[int]) -> bool:
        """Tell whether one column has what was spent, most of it without a minus."""
        table = self.layout.table
        signed = table.named("in", "out", "fee") or self.layout.marks() or whose.lending(table)
        return not signed and sum(1 if move > 0 else -1 for move in moves if move) > 0

    def _variants(self) -> list[Signs]:
        """Return the ways to read the signs of the balances, the likeliest first."""
        layout, column = self.layout, self.layout.balances or 0
        stated = [posting.cents for posting in self.entries]
        negated = _negated(stated)
        name = layout.table.columns[column]
        rises = sum(1 if cents > 0 else -1 for cents in stated if cents) > 0
        if names.tells(name, "owed") and rises:
            detail = f"{quote(name)} is what you owe, so it is read as negative: check the sign."
            return [Signs(negated, Doubt(detail), always=True)]
        plain = {
            index: -posting.cents
            for index, posting in enumerate(self.entries)
            if posting.cents and is_plain(layout.balance(posting.row))
        }
        overdrawn = [plain.get(index, cents) for index, cents in enumerate(stated)]
        found = [Signs(stated)]
        if plain and layout.says_credit([column]):
            lines = [self.rows[index].line for index in plain]
            found.insert(0, Signs(overdrawn, Doubt(_OVERDRAWN, lines)))
        elif plain and layout.says_credit(layout.table.named("amount")):
            found = [Signs(stated, Doubt(_UNSAID)), Signs(overdrawn)]
        if self.marks:
            pairs = zip(stated, self.marks, strict=True)
            found.append(Signs([cents and abs(cents) * mark for cents, mark in pairs]))
        if self.named:
            found.append(Signs(negated, Doubt(_OWED), always=True))
        return found

    def _doubt_signs(self) -> None:
        signs = self.signs
        if signs.doubt and (signs.always or not self.proven):
            self.doubts.append(signs.doubt)
        known = {*signs.cents} - {None}
        if self.named and not self.chain and len(known) > 1 and not self._follows_as_listed():
            self.doubts.append(Doubt("The balances do not follow from the amounts."))
        if self.marks and not self.proven:
            detail = "The column beside the balance says Dr; the balance is read without it."
            self.doubts.append(Doubt(detail))
        moves = self.chain.moves if self.chain and self.proven else []
        says_dr = [
            move
            for column, marks in (self.layout.marks().items() if moves else ())
            for move, mark in zip(moves, marks, strict=True)
            if mark < 0 and column != (self.layout.balances or 0) + 1
        ]
        if says_dr and min(says_dr) >= 0 and any(says_dr) and not signs.doubt:
            self.doubts.append(Doubt(_RISES))
        spends = sum(1 if move < 0 else -1 for move in moves if move) > 0
        lending = None if spends or signs.doubt else whose.lending(self.layout.table)
        if lending and any(cents and cents > 0 for cents in signs.cents):
            detail = f"The file is of a {lending.lower()}: its balance may be what you owe."
            self.doubts.append(Doubt(f"{detail} It is read as it stands."))

    # The order

    def _order(self) -> list[int]:
        """Return the order that the times tell, else the dates."""
        listed, turned = orders(self.days)
        times = self._run_of_times()
        dated = {1: listed, -1: turned}.get(times) if times else by_dates(self.days)
        sure = dated is not None and times is not None
        if not sure and self._closings(listed) != self._closings(turned):
            shared = {day for day, count in Counter(self.days).items() if count > 1}
            lines = [posting.row.line for posting in self.entries if posting.day in shared]
            self.doubts.append(NO_ORDER._replace(lines=lines))
        return dated or listed

    def _closings(self, order: Sequence[int]) -> dict[date, int | None]:
        """Return what the last row of each day states, with the rows in this order."""
        return {self.days[i]: self.signs.cents[i] for i in order if not self.entries[i].is_later}

    def _run_of_times(self) -> int | None:
        """Return 1 where times of day rise down the file, -1 where they fall, 0 without any.

        None where they do neither.
        """
        runs = {
            1 if one.at < two.at else -1
            for one, two in pairwise(self.entries)
            if one.day == two.day and one.at and two.at and one.at != two.at
        }
        return next(iter(runs), 0) if len(runs) < 2 else None

    def _doubt_order(self) -> None:
        chain, days, repeats = self.chain, self.days, self.layout.table.repeats
        if direction(days) == 0 and (not chain or (chain.breaks and self._follows_as_listed())):
            pairs = zip(self.rows[1:], days, days[1:], strict=False)
            later = [row.line for row, before, day in pairs if day < before]
            self.doubts.append(Doubt(_NEITHER, later))
        elif chain and chain.breaks:
            lines = sorted(self.rows[index].line for index in chain.breaks)
            more = f" and {len(lines) - 3} more" if len(lines) > 3 else ""
            shown = f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines[:3]))}{more}"
            detail = f"The balance does not follow from the one before and the amount in {shown}."
            self.doubts.append(Doubt(detail, lines))
        if repeats and not self.proven:
            detail = f"Line {repeats[0]} repeats the header: does another account begin there?"
            self.doubts.append(Doubt(detail, repeats))

    def _follows_as_listed(self) -> bool:
        """Tell whether balances follow better down or up the file than by date."""
        down = list(range(len(self.days)))
        breaks = len(self.chain.breaks) if self.chain else 1
        ways = [self.chain.moves] if self.chain else self.named
        listed = [follow(o, self.signs.cents, way) for way in ways for o in (down, down[::-1])]
        return any(each.hits and len(each.breaks) < breaks for each in listed)

    # The rows

    def _doubt_rows(self) -> None:
        """Doubt the days whose last rows have no balance, and rows whose date is not their own."""
        last = {self.days[i]: i for i in self.order if not self.entries[i].is_later}
        stated = {self.days[i] for i in self.known}
        loose = [i for day, i in last.items() if i not in self.known and day in stated]
        if loose:
            days = ", ".join(self.days[index].isoformat() for index in loose[:3])
            detail = f"An amount without a balance follows the last balance of {days}"
            lines = sorted(self.rows[index].line for index in loose)
            self.doubts.append(Doubt(f"{detail}, so the day may have closed otherwise.", lines))
        undated = [
            posting.row.line
            for index, posting in enumerate(self.entries)
            if posting.undated and posting.cents is not None and index in self.breaks
        ]
        if undated:
            detail = f"Line {undated[0]} has a balance but no date; that of the rows beside it is"
            self.doubts.append(Doubt(f"{detail} taken for its own.", undated))
