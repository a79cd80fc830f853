"""How a table is to be read: its columns, the order of its dates, its signs. And its rows."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from decimal import Decimal
from itertools import islice, pairwise, takewhile

from . import amounts, dates, names, whose
from .chain import SAMPLE, Columns, find_columns
from .dates import Calendar
from .model import (
    LARGEST,
    TOO_LARGE,
    Cell,
    Choices,
    DayBalance,
    Doubt,
    Reading,
    Refusal,
    Row,
    Skipped,
    Source,
    StatementError,
    quote,
    refusal,
    refuse,
    short,
)
from .table import Table

CENTS_APART = "Perhaps decimal commas stand without quotation marks: save the file with semicolons."
TOTALS = "It has totals, and is no transaction."
_EDGE = "It has the {} balance, and is no transaction."
_SKIPPED = ", so it is skipped."
_MOST = 4  # columns of one kind that are tried
_EMPTY = {"", "-", "–", "—", "n/a", "na", "nil", "none", "null", "pending", "hangende"}
_STATES = {"open", "close"}  # alone they may say how an order stands


@dataclass(frozen=True)
class Posting:
    """A row that says of a day what its balance is, or what moves it."""

    row: Row
    day: date
    cents: int | None  # the balance; None where the row has none
    at: time | None  # the time of day
    undated: bool  # the date stands in another row of the day
    is_later: bool  # than today
    rate: Decimal | None = None  # rand for one bitcoin, from our own export only


@dataclass
class Layout:
    """How a table is read, and what became of each of its rows."""

    table: Table
    choices: Choices
    calendar: Calendar
    dates: int  # the column
    order: str
    balances: int | None  # the column; None where none has the balances
    moving: Sequence[int]  # the columns of amounts
    proven: Sequence[tuple[int, int]]  # those that the balance chain shows, each with its sign
    doubts: Sequence[Doubt]
    sign: str = "."
    entries: list[Posting] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    errors: list[Refusal] = field(default_factory=list)

    @property
    def rows(self) -> list[Row]:
        """The rows of the entries."""
        return [posting.row for posting in self.entries]

    def reading(
        self, found: Iterable[tuple[Posting, int]], doubts: Sequence[Doubt] = ()
    ) -> Reading:
        """Return the reading with these balances, which are in order, without those to come.

        Raises StatementError for refused values, for a balance that is too large, and for none.
        """
        if self.errors:
            raise StatementError(self.errors)
        each = self.choices.each or "day"
        past = [one for one in found if not one[0].is_later]
        stated = [one for one in past if one[0].cents is not None or self.balances is None]
        if not past:
            first = next(iter(self.skipped), None)
            reason = f" Line {first['line']}: {first['detail']}" if first else ""
            raise refuse("balance", f"No line has both a date and a balance.{reason}")
        listed = stated if each == "row" else past
        of_day: dict[str, list[int]] = {}
        for posting, cents in listed:
            if abs(cents) > LARGEST:
                detail = TOO_LARGE.format(f"The balance of {posting.day}")
                raise refuse("balance", detail, posting.row.line)
            of_day.setdefault(posting.day.isoformat(), []).append(cents)
        last = {posting.day: (posting, cents) for posting, cents in listed}
        kept = listed if each == "row" else last.values()
        columns = self.table.columns
        above = f"It stands above the {'header' if self.table.header else 'rows'}."
        reading = Reading(
            columns=columns,
            date_column=columns[self.dates],
            date_order=self.order,
            balance_column=columns[self.balances] if self.balances is not None else None,
            decimal=self.sign,
            each=each,
            rows=len(stated),
            balances=[DayBalance(posting.day, cents, posting.rate) for posting, cents in kept],
            sources=[self._source(posting) for posting, _ in kept],
            day_balances=of_day,
            skipped=[*(Skipped(line=n, detail=above) for n, _ in self.table.above), *self.skipped],
        )
        return reading.with_doubts([*self.doubts, *doubts])

    def _source(self, posting: Posting) -> Source:
        """Return where a balance stands, and how; not how where it was counted."""
        balance = "" if posting.cents is None else short(self.balance(posting.row))
        return Source(posting.row.line, short(posting.row.cells[self.dates]), balance)

    # What becomes of the rows

    def read_rows(self) -> None:
        """Read the date and the balance of each row, or tell why not.

        A date that stands once a day holds for the rows below it, or for those above it where the
        first rows have none.
        """
        waiting: list[Row] = []  # rows without a date, which have that of the next row with one
        last: date | None = None
        dated = [
            self.is_dated(row)
            for row in self.table.rows
            if self.is_dated(row) or (self._may_belong(row) and not self._opens(row))
        ]
        upward = dated[:1] == [False] and dated[-1:] == [True]
        for row in self.table.rows:
            if self.is_dated(row):
                if day := self._day(row):
                    for each in (*waiting, row):
                        self._add(each, day)
                    last, waiting = day, []
            elif not self._may_belong(row) or (last is None and self._opens(row)):
                self._pass_over(row)
            elif upward:
                waiting.append(row)
            elif last:
                self._add(row, last)
            else:
                self._pass_over(row)
        for row in waiting:
            self._pass_over(row)
        self.skipped.sort(key=lambda skipped: skipped["line"])

    def _day(self, row: Row) -> date | None:
        """Return the day of a row with a date; refuse a bad one where it matters."""
        try:
            return self.calendar.to_day(row.cells[self.dates], self.order)
        except ValueError as error:
            stated = not is_empty(self.balance(row))
            if row_label(row) or not (stated or self.moves_money(row)):
                self._skip(row, "It has no balance.")
                return None
            if stated and self.choices.bad_lines != "skip":
                self.to_cents(row, self.balance(row))
            self.refuse(row, "date", error)
            return None

    def _add(self, row: Row, day: date) -> None:
        """Add a row of a day; without a balance it counts where it has an amount."""
        label, cell, counted = row_label(row), self.balance(row), self.balances is None
        is_later, stated = day > self.calendar.today, not is_empty(cell)
        may_follow = label == "total" and stated and self.moves_money(row)  # of a shop called so
        if label and (counted or label != "closing") and not may_follow:
            self._skip(row, TOTALS if label == "total" else _EDGE.format(label))
            return
        if not stated and any(names.says("pending", cell) for cell in row.cells):
            self._skip(row, "It is not booked: it is pending, or was taken back.")
            return
        cents = None
        if stated and is_later:
            cents = amounts.cents_or_none([cell], self.sign)[0]
        elif stated:
            cents = self.to_cents(row, cell)
            if cents is None:
                return
        tells = cents is not None or bool(self._amounts_of(row))
        if not (stated or counted):
            self._skip(row, "It has no balance.")
        elif not tells:
            moves = (row.cells[column] for column in self.moving if column != self.dates)
            bad = next((cell for cell in moves if re.search("[0-9]", str(cell))), None)
            if bad is None:
                self._skip(row, "It has no amount.")
            else:
                self.to_cents(row, bad)  # which refuses it
        elif is_later:
            self._skip(row, f"It is dated {day}, later than today.")
        if tells:
            at, undated = self._time_of(row), not self.is_dated(row)
            self.entries.append(Posting(row, day, cents, at, undated, is_later))

    def _opens(self, row: Row) -> bool:
        """Tell whether a row above the first date has no amount, though others have."""
        return bool(self.moving) and not self.moves_money(row)

    def _may_belong(self, row: Row) -> bool:
        """Tell whether a row without a date may be of the day that stands in another row."""
        if str(row.cells[self.dates]).strip():
            return False
        if any(names.says("pending", cell) for cell in row.cells) or row_label(row):
            return False
        kinds = ("summary", "figure") if amounts.is_amount(self.balance(row)) else ("summary",)
        said = any(names.says(kind, cell) for cell in row.cells for kind in kinds)
        if said and not self._follows(row):
            return False
        return amounts.is_amount(self.balance(row)) or self.moves_money(row)

    def _follows(self, row: Row) -> bool:
        """Tell whether the last balance and this one are one amount apart: a shop's, no total."""
        last = self.entries[-1] if self.entries else None
        cents = amounts.cents_or_none([self.balance(row)], self.sign)[0]
        if last is None or last.cents is None or cents is None:
            return False
        own, other = (
            {abs(c) for c in amounts.cents_or_none(self._amounts_of(each), self.sign) if c}
            for each in (row, last.row)
        )
        steps = own | {sum(own)} | (other | {sum(other)} if len(own) == 1 else set())
        return bool(own) and abs(cents - last.cents) in steps - {0}

    def _pass_over(self, row: Row) -> None:
        cell = row.cells[self.dates]
        counts = amounts.is_amount(self.balance(row))
        counts = counts or (self.balances is None and self.moves_money(row))
        if counts and dates.resembles_date(cell):
            self.refuse(row, "date", ValueError(dates.why_no_date(cell)))
        else:
            first = next((cell for cell in row.cells if str(cell).strip()), "")
            self._skip(row, f"It has no date: {quote(first)}.")
            moves = self.moves_money(row) or not self.moving
            kinds = ("summary", "figure", "pending")
            said = any(names.says(kind, each) for each in row.cells for kind in kinds)
            if moves and not said and amounts.is_amount(self.balance(row)):
                why = f"{quote(cell)} is no date" if str(cell).strip() else "no date"
                detail = f"Line {row.line} has a balance, but {why}{_SKIPPED}"
                before = next(
                    (each for each in self.doubts if each.detail.endswith(_SKIPPED)), None
                )
                doubt = Doubt(detail, [row.line])  # the first one stands for all
                if before:
                    doubt = before._replace(lines=[*before.lines, row.line])
                self.doubts = [*(each for each in self.doubts if each is not before), doubt]

    def to_cents(self, row: Row, cell: Cell) -> int | None:
        """Return the amount in a cell of a row; refuse a bad one."""
        try:
            return amounts.to_cents(cell, self.sign)
        except ValueError as error:
            code = whose.foreign(self.table, row)
            why = ValueError(f"{quote(cell)} is in {code}, not in rand.") if code else error
            self.refuse(row, "balance", why)
            return None

    def refuse(self, row: Row, what: str, error: ValueError) -> None:
        """Note a refused value, or pass over its line where that is wanted."""
        if self.choices.bad_lines == "skip":
            self._skip(row, str(error))
        else:
            self.errors.append(refusal(what, str(error), row.line))

    def leave_out(self, rows: Sequence[Row], detail: str = "") -> None:
        """Have no entries of these rows, and say why unless that is said already."""
        lines = {row.line for row in rows}
        self.entries = [each for each in self.entries if each.row.line not in lines]
        for row in rows if detail else ():
            self._skip(row, detail)

    def _skip(self, row: Row, detail: str) -> None:
        self.skipped.append({"line": row.line, "detail": detail})

    # What a row says

    def is_dated(self, row: Row) -> bool:
        """Tell whether a row has a date of its own."""
        return self.calendar.readings(row.cells[self.dates]) is not None

    def balance(self, row: Row) -> Cell:
        """Return the cell of the balance column, empty where there is no such column."""
        return row.cells[self.balances] if self.balances is not None else ""

    def moves_money(self, row: Row) -> bool:
        """Tell whether a row has an amount other than zero."""
        return any(re.search("[1-9]", str(cell)) for cell in self._amounts_of(row))

    def _amounts_of(self, row: Row) -> list[Cell]:
        cells = [row.cells[column] for column in self.moving if column != self.dates]
        return [cell for cell in cells if amounts.is_amount(cell)]

    def _time_of(self, row: Row) -> time | None:
        """Return the time of day of a row, from beside its date or from a column of times."""
        columns = [self.dates, *self.table.named("time")[:1]]
        times = (self.calendar.time_of(row.cells[column], self.order) for column in columns)
        return next(filter(None, times), None)

    # What each entry adds to the balance

    def says_credit(self, columns: Sequence[int]) -> bool:
        """Tell whether amounts say Cr, an opening line's too, so that a plain one is a debit."""
        every = {amounts.mark(row.cells[c]) for row in self.table.rows for c in columns}
        return "credit" in every and not any(
            amounts.mark(row.cells[c]) == "debit" for row in self.rows for c in columns
        )

    def amounts(self, column: int, plain: int = 1) -> list[int]:
        """Return the amounts of a column in cents; those that say no sign times `plain`."""
        cells = [row.cells[column] for row in self.rows]
        found = amounts.cents_or_none(cells, self.sign)
        return [
            (cents or 0) * (plain if plain < 0 and amounts.is_plain(cell) else 1)
            for cents, cell in zip(found, cells, strict=True)
        ]

    def named_moves(self) -> list[list[int]]:
        """Return the ways in which the named columns can add up: the amount, in less out, fees."""
        ways = []
        marks = list(self.marks().values())[:2]
        for column in self.table.named("amount")[:_MOST]:
            if column in (self.dates, self.balances):
                continue
            cents = self.amounts(column)
            if self.says_credit([column, self.balances or column]):
                ways.append(self.amounts(column, plain=-1))
            marked = [[abs(c) * sign for c, sign in zip(cents, way, strict=True)] for way in marks]
            ways += [*marked, cents] if all(c >= 0 for c in cents) else [cents, *marked]
        if self.table.named("in", "out"):
            ways.append(_sums(self._total("in", 1), self._total("out", -1)))
        fees = self._total("fee", -1)
        if any(fees):
            ways += [_sums(way, fees) for way in ways]
        return [way for way in ways if any(way)]

    def _total(self, kind: str, direction: int) -> list[int]:
        """Add up the columns of a kind, what came in as positive, whatever the column writes."""
        total = [0] * len(self.entries)
        for column in self.table.named(kind):
            cents = self.amounts(column)
            sign = 1 if sum(cents) * direction >= 0 else -1
            total = _sums(total, [each * sign for each in cents])
        return total

    def marks(self) -> dict[int, list[int]]:
        """Return the columns that say Dr or Cr in each row that says anything, as -1 and 1."""
        found, rows = {}, self.rows
        for column in range(len(self.table.columns)):
            every = (names.mark(row.cells[column]) for row in rows)
            marks = list(takewhile(lambda mark: mark is not None, every))
            is_dashed = {"-", ""}.issuperset(row.cells[column] for row in rows)
            if len(marks) == len(rows) and any(marks) and not is_dashed:
                found[column] = [mark or 1 for mark in marks]
        return found

    def proven_moves(self) -> list[list[int]]:
        """Return the moves by columns that only the balance chain shows to be amounts."""
        parts = [[c * sign for c in self.amounts(column)] for column, sign in self.proven]
        return [[*map(sum, zip(*parts, strict=True))]] if parts else []

    def proven_owed(self) -> bool:
        """Tell whether what the names call money out makes the balance grow, or money in fall."""
        proven = dict(self.proven)
        return any(
            proven.get(column, 0) * direction * sum(self.amounts(column)) > 0
            for kind, direction in (("out", 1), ("fee", 1), ("in", -1))
            for column in self.table.named(kind)
        )


def layouts(table: Table, choices: Choices, calendar: Calendar) -> list[Layout]:
    """Return the ways to read a table, the likeliest first; more than one for dates that differ.

    Raises StatementError where no column is a date's, or the decimal sign is not to be told.
    """
    start = takewhile(lambda row: not any(map(dates.may_be_date, row.cells)), table.rows)
    calendar = calendar.with_period([dates.dates_in(row.cells) for row in (*table.above, *start)])
    columns = _date_columns(table, choices.date_column, calendar)
    return [_lay_out(table, choices, calendar, column) for column in columns[:_MOST]]


def _lay_out(table: Table, choices: Choices, calendar: Calendar, column: int) -> Layout:
    calendar = _calendar(table, column, calendar)
    rows = [row for row in table.rows if calendar.readings(row.cells[column]) is not None]
    if not rows:
        raise refuse("date_column", _why_no_dates(table, [column]))
    cells = [row.cells[column] for row in rows]
    order, doubts = dates.choose_order(cells, calendar, choices.date_order)
    doubts += [
        Doubt(f"Line {line} looks like the header of another table; its rows are read too.", [line])
        for line in table.others[:1]
    ]
    known = [calendar.readings(cell) or {} for cell in cells]  # in another order, a bad date counts
    days = [each.get(order) or next(iter(each.values()), date.min) for each in known]
    proven = _proven_columns(table, rows, days)
    balances, more = _balance_column(table, proven, choices.balance_column)
    if balances == column:
        raise refuse("balance_column", "The date and the balance cannot be the same column.")
    doubts += more + whose.doubts(table, rows, balances)
    moves = next((each.moves for each in proven if each.balance == balances), ())
    moving = table.named("amount", "in", "out", "fee") or [each for each, _ in moves]
    layout = Layout(table, choices, calendar, column, order, balances, moving, moves, doubts)
    if balances is None:
        return layout
    stated = [row for row in rows if not is_empty(row.cells[balances])]
    apart = [cents_apart(row.cells[balances : balances + 2]) for row in stated]
    if apart and all(apart) and not choices.decimal:
        if not table.header:
            raise refuse("decimal", CENTS_APART)
        doubts.append(Doubt("The balances may have lost their cents to the column beside them."))
    filled = [cell for cell in table.cells(balances) if not is_empty(cell)]
    layout.sign = decimal_sign(filled, choices)
    return layout


def _calendar(table: Table, column: int, calendar: Calendar) -> Calendar:
    """Return the calendar of a column: what its name and its cells say of all of them."""
    if not table.header:
        return calendar
    if column not in table.named("date"):
        calendar = replace(calendar, period=None)
    cells = table.cells(column)
    serial = [cell for cell in cells if dates.is_serial(cell)]
    numbers = bool(serial) and (
        isinstance(serial[0], Decimal) or not any(dates.readings(cell) for cell in cells)
    )
    utc = bool(re.search(r"\b(utc|gmt)\b", table.columns[column].lower()))
    return replace(calendar, utc=utc, day_numbers=numbers)


def _date_columns(table: Table, choice: str | None, calendar: Calendar) -> list[int]:
    """Return the columns of the dates, the likeliest first; others only where they differ."""
    if choice:
        return [table.chosen(choice, "date_column")]
    named = table.named("date")
    read = []  # each column's cells as dates
    for column in range(len(table.columns)):
        plain = table.header and column not in named
        own = Calendar(calendar.today) if plain else _calendar(table, column, calendar)
        read.append([own.readings(cell) for cell in table.cells(column)])
    counts = [len(cells) - cells.count(None) for cells in read]
    if not any(counts):
        raise refuse("date", _why_no_dates(table, named))
    found = [column for column in named if counts[column]]
    found = found or [column for column, count in enumerate(counts) if count * 4 > max(counts)]
    first, *others = found[: 2 * _MOST]

    def differs(column: int) -> bool:
        rows = zip(read[first], read[column], table.cells(column), strict=True)
        dated = [(one, other, cell) for one, other, cell in rows if one]
        has_texts = any(not other and str(cell).strip() for _, other, cell in dated)
        return any(o and one != o for one, o, _ in dated) and (table.header or not has_texts)

    return [first, *filter(differs, others)]


def _why_no_dates(table: Table, columns: Sequence[int]) -> str:
    """Say why a table has no line with a date, by the first value that was meant as one."""
    if not table.rows:
        return "The file has a header, but no lines below it."
    cells = [cell for row in table.rows for cell in row.cells]
    named = [cell for column in columns for cell in table.cells(column)]
    meant = [cell for cell in named if str(cell).strip() and not names.says("summary", cell)]
    meant += [cell for cell in cells if dates.may_be_date(cell) or dates.is_month(cell)]
    meant += [c for c in cells if not amounts.is_amount(c) and dates.resembles_date(c)]
    why = "The file has no line with a date."
    return f"{why} {dates.why_no_date(meant[0])}" if meant else why


def _proven_columns(table: Table, rows: Sequence[Row], days: Sequence[date]) -> list[Columns]:
    """Return the columns that the first of these dated rows prove to be balances and amounts.

    Rows of totals and the like may stand out of order, or be what the first balance follows from.
    """
    found = []
    dated = list(zip(rows, days, strict=True))
    unlabelled = list(islice((each for each in dated if not row_label(each[0])), SAMPLE))
    for some in (unlabelled, dated[:SAMPLE]):
        cells = ([row.cells[column] for row, _ in some] for column in range(len(table.columns)))
        values = [amounts.cents_or_none(each, ".") for each in cells]
        found += find_columns(values, [day for _, day in some])
    return found


def _balance_column(
    table: Table, proven: Sequence[Columns], choice: str | None
) -> tuple[int | None, list[Doubt]]:
    """Return the column of the balances, and a doubt where it is not sure.

    By its name, else by the balance chain. None where there is none.
    """
    if choice:
        return table.chosen(choice, "balance_column"), []
    named = [c for c in table.named("balance") if any(map(amounts.is_amount, table.cells(c)))]
    named = named[:_MOST] or [
        c for c in table.named("balance")[:_MOST] if not all(map(is_empty, table.cells(c)))
    ]
    if named:
        cents = [amounts.cents_or_none(table.cells(column), ".") for column in named]
        others = [
            column
            for column, each in zip(named, cents, strict=True)
            if each != cents[0]
            and not names.tells(table.columns[column], "available", "earlier", "computed")
        ]
        return named[0], choice_doubt(table, "balance", [named[0], *others])
    by_name = table.named("amount", "in", "out", "fee", "date")
    found = [each.balance for each in proven if each.different > 1 and each.balance not in by_name]
    if not found:
        return None, []
    balance = found[0]
    others = sorted(c for c in {*found} if table.cells(c) != table.cells(balance))
    doubts = choice_doubt(table, "balance", [balance, *others])
    if table.header:
        name = f"“{table.columns[balance]}”"
        detail = f"No column is called balance: {name} is read as it, for it follows the amounts."
        doubts.append(Doubt(detail, choice="balance_column"))
    return balance, doubts


def choice_doubt(table: Table, what: str, columns: Sequence[int]) -> list[Doubt]:
    """Return the doubt that another column may be the date or the balance, if there are others."""
    listed = [f"“{table.columns[column]}”" for column in columns]
    detail = f"More than one column could be the {what}: {', '.join(listed)}."
    detail += f" {listed[0]} is read as it."
    return [Doubt(detail, choice=f"{what}_column")] if len(columns) > 1 else []


def decimal_sign(cells: Sequence[Cell], choices: Choices) -> str:
    """Return the decimal sign of these cells; raise StatementError where it is not to be told."""
    sign = amounts.decimal_sign(cells, choices.decimal)
    if sign is None:
        example = next(cell for cell in cells if len(amounts.shown_sign(cell)) > 1)
        detail = "can be read with a decimal point or a decimal comma, and no value shows which."
        raise refuse("decimal", f"{quote(example)} {detail} Choose one.")
    return sign


def cents_apart(cells: Sequence[Cell]) -> bool:
    """Tell whether a whole number stands before one of two digits, as 12,50 becomes two cells."""
    texts = [str(cell).strip() for cell in cells]
    return any(re.fullmatch("-?[0-9]+,[0-9]{2}", f"{a},{b}") for a, b in pairwise(texts))


def _sums(some: Sequence[int], others: Sequence[int]) -> list[int]:
    return [a + b for a, b in zip(some, others, strict=True)]


def row_label(row: Row) -> str | None:
    """Return "opening", "closing" or "total" where a row is labelled so."""
    texts = [cell for cell in row.cells if names.words(cell) not in _STATES]
    return next(filter(None, map(names.line_kind, texts)), None)


def is_empty(cell: Cell) -> bool:
    """Tell whether a cell has no value, or says so."""
    return isinstance(cell, str) and cell.strip().lower() in _EMPTY
