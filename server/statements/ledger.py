"""Which sign the balances have, which row comes after which, and so which one closes its day."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from server.statements import names, whose
from server.statements.amounts import is_plain
from server.statements.chain import Chain, best_chain, follow, orders
from server.statements.dates import direction
from server.statements.layout import CENTS_APART, Layout, Postings, cents_apart
from server.statements.model import Doubt, Refusal, Stated, quote, refusal

_SAMPLE = 2000  # rows
_OWED = (
    "The balance rises when money goes out, so it is what you owe, and is read as negative: check"
    " the sign."
)
_OVERDRAWN = "Other balances say Cr, so those that say nothing are read as overdrawn, with a minus."
_UNSAID = "Amounts say Cr, but no balance does, so the balances may be overdrawn."
_NEITHER = (
    "The dates run neither down nor up the file, and nothing proves in which order its rows follow,"
    " so a day may have closed with another balance."
)
_NO_ORDER = (
    "Nothing shows whether the rows of a day run down or up the file: the last one in the file is"
    " taken for the later."
)


class Signs(NamedTuple):
    """One way to read the signs of the balances, and the doubt about it."""

    cents: list[int | None]
    doubt: Doubt | None = None
    always: bool = False  # doubtful even where the balances follow


class Ledger:
    """The rows of a layout in their order, oldest first, with the balance after each."""

    def __init__(self, layout: Layout, postings: Postings) -> None:
        self.layout = layout
        self.today = layout.calendar.today
        self.postings = postings.entries
        self.rows = [posting.row for posting in self.postings]
        self.days = self._booked()
        self.doubts = list(layout.doubts)
        self.named = layout.named_moves(self.rows)
        self.signs, self.chain, other = self._best()
        self.order = self._order(other)
        if self.chain and self.chain.order != self.order:
            self.chain = follow(self.order, self.signs.cents, self.chain.moves)
        self.known, self.unknown = self._balances()
        self._doubt_signs()
        self._doubt_order()
        self._doubt_rows()

    @property
    def proven(self) -> bool:
        """Whether each balance follows from the one before it."""
        return bool(self.chain and self.chain.proven)

    def stated(self, each: str) -> list[Stated]:
        """Return the balances up to today, oldest first: of rows that state one, or of all."""
        found = []
        for index in self.order:
            counted = self.postings[index].cents is None
            if index in self.known and self._counts(index) and not (counted and each == "row"):
                source = self.layout.source(self.rows[index], counted)
                found.append(Stated(self.days[index], self.known[index], source))
        return found

    def count(self) -> int:
        """Count the rows with a date and a balance, up to today."""
        return sum(each.cents is not None and each.day <= self.today for each in self.postings)

    def moved_cells(self) -> list[Refusal]:
        """Refuse rows with more values than columns, unless the chain shows their balance right."""
        proven: set[int] = set()
        if self.chain:
            proven = set(self.order[1:]) - set(self.chain.breaks)
            proven |= set(self.order[:1]) if proven & set(self.order[1:2]) else set()
        width = len(self.layout.table.columns)
        errors = []
        for index, row in enumerate(self.rows):
            if index not in proven and any(str(cell).strip() for cell in row.cells[width:]):
                detail = f"The line has {len(row.cells)} values, but there are {width} columns."
                detail += f" {CENTS_APART}" if cents_apart(row) else ""
                errors.append(refusal("balance", detail, row.line))
        return errors

    def _booked(self) -> list[date]:
        """Return the days of the rows; one of a day to come is as old as the row beside it."""
        days: list[date] = []
        past = [posting.day for posting in self.postings if posting.day <= self.today]
        for posting in self.postings:
            fallback = days[-1] if days else next(iter(past), self.today)
            days.append(posting.day if posting.day <= self.today else fallback)
        return days

    def _counts(self, index: int) -> bool:
        """Tell whether a row is not of a day to come."""
        return self.postings[index].day <= self.today

    # The signs

    def _best(self) -> tuple[Signs, Chain | None, Chain | None]:
        """Return the signs that the balance chain shows, with it in both orders of rows.

        Of a long file the first rows decide about the signs and the amounts.
        """
        variants = self._variants()
        ways = self.named or self.layout.proven_moves(self.rows, self.days)
        if variants[0].always:  # what is owed may be moved with either sign
            ways = ways + [[-move for move in way] for way in ways]
        best, some = (variants[0], ways[0] if ways else []), slice(_SAMPLE)
        score = -1
        for signs in variants:
            for moves in ways:
                found = best_chain(self.days[some], signs.cents[some], moves[some])
                strange = found and signs is not variants[0]  # so it needs more proof
                if strange and found and found[0].hits < 4 * len(found[0].breaks):
                    continue
                if found and found[0].score > score:
                    best, score = (signs, moves), found[0].score
        whole = best_chain(self.days, best[0].cents, best[1]) if score >= 0 else None
        return best[0], *(whole or (None, None))

    def _variants(self) -> list[Signs]:
        """Return the ways to read the signs of the balances, the likeliest first."""
        layout, column = self.layout, self.layout.balances or 0
        stated = [posting.cents for posting in self.postings]
        negated = [cents and -cents for cents in stated]
        name = layout.table.columns[column]
        if (
            names.tells(name, "owed")
            and sum(1 if cents > 0 else -1 for cents in stated if cents) > 0
        ):
            detail = f"{quote(name)} is what you owe, so it is read as negative: check the sign."
            return [Signs(negated, Doubt(detail), always=True)]
        cells = layout.table.cells(self.rows, column)
        plain = [bool(cents and is_plain(cell)) for cents, cell in zip(stated, cells, strict=True)]
        signs = [-1 if flip else 1 for flip in plain]
        found = [Signs(stated)]
        if layout.says_credit(self.rows, [column]) and any(plain):
            lines = [row.line for row, flip in zip(self.rows, plain, strict=True) if flip]
            found.insert(0, Signs(_times(stated, signs), Doubt(_OVERDRAWN, lines)))
        elif any(plain) and layout.says_credit(self.rows, layout.table.named("amount")):
            found = [Signs(stated, Doubt(_UNSAID)), Signs(_times(stated, signs))]
        if marks := self._marks_beside():
            found.append(Signs(_times([cents and abs(cents) for cents in stated], marks)))
        if self.named:
            found.append(Signs(negated, Doubt(_OWED), always=True))
        return found

    def _marks_beside(self) -> list[int]:
        """Return -1 and 1 for the Dr and Cr in the column beside the balance, if it says Dr."""
        column = (self.layout.balances or 0) + 1
        marks = [names.mark(cell) for cell in self.layout.table.cells(self.rows, column)]
        return [mark or 1 for mark in marks] if -1 in marks and None not in marks else []

    def _doubt_signs(self) -> None:
        signs = self.signs
        if signs.doubt and (signs.always or not self.proven):
            self.doubts.append(signs.doubt)
        known = {*signs.cents} - {None}
        if self.named and not self.chain and len(known) > 1 and not self._follows_as_listed():
            self.doubts.append(Doubt("The balances do not follow from the amounts."))
        if self._marks_beside() and not self.proven:
            detail = "The column beside the balance says Dr; the balance is read without it."
            self.doubts.append(Doubt(detail))
        moves = self.chain.moves if self.chain and self.proven else []
        spends = sum(1 if move < 0 else -1 for move in moves if move) > 0
        lending = None if spends or signs.doubt else whose.lending(self.layout.table)
        if lending and any(cents and cents > 0 for cents in signs.cents):
            detail = f"The file is of a {lending.lower()}: its balance may be what you owe."
            self.doubts.append(Doubt(f"{detail} It is read as it stands."))

    # The order

    def _order(self, other: Chain | None) -> list[int]:
        """Return the order that the balance chain tells, else the times, else the dates."""
        listed, turned = orders(self.days)
        if self.chain and other and self.chain.score > other.score:
            return self.chain.order
        times = self._run_of_times()
        dated = {1: listed, -1: turned}.get(times) if times else by_dates(self.days)
        sure = dated is not None and times is not None
        if not sure and self._closings(listed) != self._closings(turned):
            shared = {day for day, count in Counter(self.days).items() if count > 1}
            lines = [posting.row.line for posting in self.postings if posting.day in shared]
            self.doubts.append(Doubt(_NO_ORDER, lines))
        return dated or listed

    def _closings(self, order: Sequence[int]) -> dict[date, int | None]:
        """Return what the last row of each day states, with the rows in this order."""
        return {self.days[i]: self.signs.cents[i] for i in order if self._counts(i)}

    def _run_of_times(self) -> int | None:
        """Return 1 where times of day rise down the file, -1 where they fall, 0 without any.

        None where they do neither.
        """
        runs = set()
        for one, two in pairwise(self.postings):
            if one.day == two.day and one.at and two.at and one.at != two.at:
                runs.add(1 if one.at < two.at else -1)
        return next(iter(runs), 0) if len(runs) < 2 else None

    def _doubt_order(self) -> None:
        chain, days = self.chain, self.days
        repeats = self.layout.table.repeats
        if direction(days) == 0 and (not chain or (chain.breaks and self._follows_as_listed())):
            pairs = zip(self.rows[1:], days, days[1:], strict=False)
            later = [row.line for row, before, day in pairs if day < before]
            self.doubts.append(Doubt(_NEITHER, later))
        elif chain and chain.breaks:
            lines = sorted(self.rows[index].line for index in chain.breaks)
            what = "The balance does not follow from the one before and the amount in"
            self.doubts.append(Doubt(f"{what} {_shown(lines)}.", lines))
        if repeats and not self.proven:
            detail = (
                f"Line {repeats[0]} repeats the header. If another account begins there, both are"
                " mixed up."
            )
            self.doubts.append(Doubt(detail, repeats))

    def _follows_as_listed(self) -> bool:
        """Tell whether balances follow better down or up the file than by date."""
        down = list(range(len(self.days)))
        breaks = len(self.chain.breaks) if self.chain else 1
        ways = [self.chain.moves] if self.chain else self.named
        listed = [
            follow(way, self.signs.cents, moves) for moves in ways for way in (down, down[::-1])
        ]
        return any(each.hits and len(each.breaks) < breaks for each in listed)

    # The balances

    def _balances(self) -> tuple[dict[int, int], list[int]]:
        """Return the balance after each row, and the rows after which it is not known."""
        if self.chain:
            return self.chain.values()
        known = {i: cents for i, cents in enumerate(self.signs.cents) if cents is not None}
        return known, [index for index in self.order if index not in known]

    def _doubt_rows(self) -> None:
        """Doubt the days whose last rows have no balance, and rows whose date is not their own."""
        stated = {self.days[index] for index in self.known if self._counts(index)}
        last = {self.days[index]: index for index in self.order if self._counts(index)}
        unknown = set(self.unknown)
        loose = [index for day, index in last.items() if index in unknown and day in stated]
        if loose:
            lines = sorted(self.rows[index].line for index in loose)
            days = ", ".join(self.days[index].isoformat() for index in loose[:3])
            detail = (
                f"There is an amount without a balance after the last balance of {days}"
                f" ({_shown(lines)}), so the day may have closed with another one."
            )
            self.doubts.append(Doubt(detail, lines))
        breaks = set(self.chain.breaks) if self.chain else set(self.order)
        undated = [
            posting.row.line
            for index, posting in enumerate(self.postings)
            if posting.undated and posting.cents is not None and index in breaks
        ]
        if undated:
            detail = (
                f"Line {undated[0]} has a balance but no date; it is read as of the day that stands"
                " in the rows beside it."
            )
            self.doubts.append(Doubt(detail, undated))


def by_dates(days: Sequence[date]) -> list[int] | None:
    """Return the order of rows by the direction in which their dates run, None without one."""
    listed, turned = orders(days)
    if not days or days[0] == days[-1]:
        return None if len(set(days)) < len(days) else listed
    return {1: listed, -1: turned}.get(direction(days))


def _times(cents: Sequence[int | None], signs: Sequence[int]) -> list[int | None]:
    return [each and each * sign for each, sign in zip(cents, signs, strict=True)]


def _shown(lines: Sequence[int]) -> str:
    """Return the first of these lines in words."""
    more = f" and {len(lines) - 3} more" if len(lines) > 3 else ""
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines[:3]))}{more}"
