"""How a table is to be read: its columns, the order of its dates, its signs. And its rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from decimal import Decimal
from itertools import pairwise

from server.statements import amounts, dates, names, whose
from server.statements.chain import SAMPLE, find_columns
from server.statements.dates import Calendar
from server.statements.model import (
    Cell,
    Choices,
    Doubt,
    Reading,
    Refusal,
    Row,
    Skipped,
    Source,
    quote,
    refusal,
    refuse,
    short,
)
from server.statements.table import Table

CENTS_APART = (
    "Perhaps decimal commas stand without quotation marks, so that the cents are in cells of their"
    " own: save the file with semicolons."
)
_MOST = 4  # columns of one kind that are tried
_EMPTY = {"", "-", "–", "—", "n/a", "na", "nil", "none", "null", "pending", "hangende"}
_STATES = {"open", "close"}  # alone they may say how an order stands


@dataclass(frozen=True)
class Posting:
    """A row that says of a day what its balance is, or what moves it."""

    row: Row
    day: date
    cents: int | None  # the balance; None where the row has none
    at: time | None = None  # the time of day
    undated: bool = False  # the date stands in another row of the day


@dataclass
class Postings:
    """What became of each row of a table."""

    entries: list[Posting] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    errors: list[Refusal] = field(default_factory=list)

    def skip(self, row: Row, detail: str) -> None:
        """Note that a row is passed over."""
        self.skipped.append({"line": row.line, "detail": detail})


@dataclass(frozen=True)
class Layout:
    """What is known of a table; it reads the rows."""

    table: Table
    choices: Choices
    calendar: Calendar
    dates: int  # the column
    order: str
    balances: int | None  # the column; None where none has the balances
    sign: str
    doubts: Sequence[Doubt]

    def with_sign(self, sign: str) -> "Layout":
        """Return the layout with another decimal sign."""
        return replace(self, sign=sign)

    def reading(self, kind: str, rows: int, postings: Postings) -> Reading:
        """Return what there is to say of the reading, but for its balances and doubts."""
        columns = self.table.columns
        return Reading(
            kind=kind,
            columns=columns,
            date_column=columns[self.dates],
            date_order=self.order,
            balance_column=columns[self.balances] if self.balances is not None else None,
            decimal=self.sign,
            each=self.choices.each or "day",
            rows=rows,
            skipped=[*self.table.before(), *postings.skipped],
        )

    # What a row says

    def is_dated(self, row: Row) -> bool:
        """Tell whether a row has a date of its own."""
        return self.calendar.readings(self.table.cell(row, self.dates)) is not None

    def balance(self, row: Row) -> Cell:
        """Return the cell of the balance column."""
        return self.table.cell(row, self.balances) if self.balances is not None else ""

    def has_balance(self, row: Row) -> bool:
        """Tell whether a row says anything of a balance."""
        return not _is_empty(self.balance(row))

    def source(self, row: Row, counted: bool = False) -> Source:
        """Return what stands in a row of its date and of its balance, unless that was counted."""
        balance = "" if counted else short(self.balance(row))
        return Source(row.line, short(self.table.cell(row, self.dates)), balance)

    def moves_money(self, row: Row, columns: Sequence[int] = ()) -> bool:
        """Tell whether a row has an amount other than zero, in these columns or those so named."""
        columns = columns or [c for kind in ("amount", "in", "out") for c in self.table.named(kind)]
        cells = [self.table.cell(row, column) for column in columns if column != self.dates]
        return any(amounts.is_amount(c) and re.search("[1-9]", str(c)) for c in cells)

    def _clock(self, row: Row) -> time | None:
        """Return the time of day of a row, from beside its date or from a column of times."""
        found = dates.time_of(self.table.cell(row, self.dates))
        for column in self.table.named("time")[:1]:
            found = found or dates.time_of(self.table.cell(row, column))
        return found

    # All rows

    def postings(self, moving: Sequence[int] = ()) -> Postings:
        """Read the date and the balance of each row, or tell why not.

        A date that stands once a day holds for the rows below it, or for those above it where the
        first rows have none. Where no column has balances, the rows count whose columns `moving`
        have an amount.
        """
        result = Postings()
        waiting: list[Row] = []  # rows without a date, which have that of the next row with one
        last: date | None = None
        upward = False
        for row in self.table.rows:
            if self.is_dated(row):
                day = self._read(row, waiting, moving, result)
                last, waiting = day or last, [] if day else waiting
            elif not self._may_belong(row):
                self._pass_over(row, result)
            elif last and not upward:
                self._add(row, last, moving, result)
            else:
                upward = True
                waiting.append(row)
        for row in waiting:
            self._pass_over(row, result)
        result.skipped.sort(key=lambda skipped: skipped["line"])
        return result

    def _read(
        self, row: Row, above: Sequence[Row], moving: Sequence[int], result: Postings
    ) -> date | None:
        """Read a row with a date, after those above it that have none; return the day."""
        texts = [cell for cell in row.cells if names.words(cell) not in _STATES]
        label = next((kind for cell in texts if (kind := names.line_kind(cell))), None)
        try:
            day = self.calendar.to_day(self.table.cell(row, self.dates), self.order)
        except ValueError as error:
            if label is None and (self.has_balance(row) or self.moves_money(row, moving)):
                if self.has_balance(row):
                    self._add(row, date.min, moving, Postings(errors=result.errors))
                self._refuse(row, "date", error, result)
            else:
                result.skip(row, "It has no balance.")
            return None
        for each in above:
            self._add(each, day, moving, result)
        if label and (label != "closing" or self.balances is None):
            what = "totals" if label == "total" else f"the {label} balance"
            result.skip(row, f"It has {what}, and is no transaction.")
        else:
            self._add(row, day, moving, result)
        return day

    def _add(self, row: Row, day: date, moving: Sequence[int], result: Postings) -> None:
        """Add a row of a day; without a balance it counts where it moves money."""
        cents = None
        if self.has_balance(row):
            try:
                cents = amounts.to_cents(self.balance(row), self.sign)
            except ValueError as error:
                if day <= self.calendar.today:
                    self._refuse(row, "balance", error, result)
                    return
        elif any(names.is_pending(cell) for cell in row.cells):
            result.skip(row, "It is pending, and has no balance yet.")
            return
        elif self.balances is not None:
            result.skip(row, "It has no balance.")
        moves = self.moves_money(row, moving)
        if cents is None and not moves:
            if self.balances is None:
                result.skip(row, "It has no amount.")
            return
        if day > self.calendar.today and (cents is not None or self.balances is None):
            result.skip(row, f"It is dated {day.isoformat()}, later than today.")
        posting = Posting(row, day, cents, self._clock(row), not self.is_dated(row))
        result.entries.append(posting)

    def _may_belong(self, row: Row) -> bool:
        """Tell whether a row without a date may be of the day that stands in another row."""
        if str(self.table.cell(row, self.dates)).strip():
            return False
        if any(names.is_summary(cell) or names.is_pending(cell) for cell in row.cells):
            return False
        return amounts.is_amount(self.balance(row)) or self.moves_money(row)

    def _pass_over(self, row: Row, result: Postings) -> None:
        cell = self.table.cell(row, self.dates)
        if amounts.is_amount(self.balance(row)) and dates.resembles_date(cell):
            self._refuse(row, "date", ValueError(dates.why_no_date(cell)), result)
            return
        first = next((cell for cell in row.cells if str(cell).strip()), "")
        result.skip(row, f"It has no date: {quote(first)}.")

    def _refuse(self, row: Row, what: str, error: ValueError, result: Postings) -> None:
        """Note a refused value, or pass over its line where that is wanted."""
        if self.choices.bad_lines == "skip":
            result.skip(row, str(error))
        else:
            result.errors.append(refusal(what, str(error), row.line))

    # What each row adds to the balance

    def says_credit(self, rows: Sequence[Row], columns: Sequence[int]) -> bool:
        """Tell whether amounts say Cr, an opening line's too, so that a plain one is a debit."""
        every = [cell for column in columns for cell in self.table.cells(self.table.rows, column)]
        cells = [cell for column in columns for cell in self.table.cells(rows, column)]
        credit = any(amounts.is_marked(cell, "credit") for cell in every)
        return credit and not any(amounts.is_marked(cell, "debit") for cell in cells)

    def amounts(self, rows: Sequence[Row], column: int, plain: int = 1) -> list[int]:
        """Return the amounts of a column in cents; those that say no sign times `plain`."""
        cells = self.table.cells(rows, column)
        found = amounts.cents_or_none(cells, self.sign)
        return [
            (cents or 0) * (plain if plain < 0 and amounts.is_plain(cell) else 1)
            for cents, cell in zip(found, cells, strict=True)
        ]

    def named_moves(self, rows: Sequence[Row]) -> list[list[int]]:
        """Return the ways in which the named columns can add up: the amount, in less out, fees."""
        ways = []
        marks = [self.table.cells(rows, column) for column in self.mark_columns(rows)[:2]]
        for column in self.table.named("amount")[:_MOST]:
            if column in (self.dates, self.balances):
                continue
            cents = self.amounts(rows, column)
            if self.says_credit(rows, [column, self.balances or column]):
                ways.append(self.amounts(rows, column, plain=-1))
            ways.append(cents)
            for cells in marks:
                signs = [names.mark(cell) or 1 for cell in cells]
                ways.append([abs(c) * sign for c, sign in zip(cents, signs, strict=True)])
        if self.table.named("in") or self.table.named("out"):
            pairs = zip(self._total(rows, "in", 1), self._total(rows, "out", -1), strict=True)
            ways.append([a + b for a, b in pairs])
        fees = self._total(rows, "fee", -1)
        if any(fees):
            ways += [[a + b for a, b in zip(way, fees, strict=True)] for way in ways]
        return [way for way in ways if any(way)]

    def _total(self, rows: Sequence[Row], kind: str, direction: int) -> list[int]:
        """Add up the columns of a kind, what came in as positive, whatever the column writes."""
        total = [0] * len(rows)
        for column in self.table.named(kind):
            cents = self.amounts(rows, column)
            sign = 1 if sum(cents) * direction >= 0 else -1
            total = [a + sign * b for a, b in zip(total, cents, strict=True)]
        return total

    def proven_moves(self, rows: Sequence[Row], days: Sequence[date]) -> list[list[int]]:
        """Return the moves by columns that only the balance chain shows to be amounts."""
        values = _sample(self.table, rows, self.sign)
        for columns in find_columns(values, days[:SAMPLE], different=1):
            if columns.balance == self.balances:
                parts = [(self.amounts(rows, column), sign) for column, sign in columns.moves]
                return [[sum(c[i] * sign for c, sign in parts) for i in range(len(rows))]]
        return []

    def mark_columns(self, rows: Sequence[Row]) -> list[int]:
        """Return the columns that say Dr or Cr in each row that says anything."""
        found = []
        for column in range(len(self.table.columns)):
            marks = {names.mark(cell) for cell in self.table.cells(rows, column)}
            if None not in marks and marks != {0}:
                found.append(column)
        return found


def layouts(table: Table, choices: Choices, calendar: Calendar) -> list[Layout]:
    """Return the ways to read a table, the likeliest first; more than one for dates that differ.

    Raises StatementError where no column is a date's, or the decimal sign is not to be told.
    """
    calendar = calendar.with_period([dates.dates_in(row.cells) for row in table.above])
    columns = _date_columns(table, choices.date_column, calendar)
    return [_lay_out(table, choices, calendar, column) for column in columns[:_MOST]]


def _lay_out(table: Table, choices: Choices, calendar: Calendar, column: int) -> Layout:
    calendar = _calendar(table, column, calendar)
    rows = [row for row in table.rows if calendar.readings(table.cell(row, column)) is not None]
    if not rows:
        raise refuse("date_column", _why_no_dates(table, [column]), columns=table.columns)
    cells = table.cells(rows, column)
    order, doubts = dates.choose_order(cells, calendar, choices.date_order)
    doubts += [
        Doubt(f"Line {line} looks like the header of another table; its rows are read too.", [line])
        for line in table.others[:1]
    ]
    known = [calendar.readings(cell) or {} for cell in cells]  # in another order, a bad date counts
    days = [each.get(order) or next(iter(each.values()), date.min) for each in known]
    balances, more = _balance_column(table, rows, days, choices.balance_column)
    if balances == column:
        detail = "The date and the balance cannot be the same column."
        raise refuse("balance_column", detail, columns=table.columns)
    doubts += more + whose.doubts(table, rows, balances)
    layout = Layout(table, choices, calendar, column, order, balances, ".", doubts)
    if balances is None:
        return layout
    return _with_lost_cents(layout.with_sign(_decimal_sign(layout)), rows)


def _calendar(table: Table, column: int, calendar: Calendar) -> Calendar:
    """Return the calendar of a column: what its name and its cells say of all of them."""
    if column not in table.named("date"):
        calendar = replace(calendar, period=None)
    if not table.header:
        return calendar
    cells = table.cells(table.rows, column)
    serial = [cell for cell in cells if dates.is_serial(cell) and dates.readings(cell) is None]
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
    counts = []
    for column in range(len(table.columns)):
        own = _calendar(table, column, calendar) if column in named else Calendar(calendar.today)
        cells = table.cells(table.rows, column)
        counts.append(sum(own.readings(cell) is not None for cell in cells))
    most = max(counts, default=0)
    if most == 0:
        raise refuse("date", _why_no_dates(table, named), columns=table.columns)
    found = [column for column in named if counts[column]]
    found = found or [column for column, count in enumerate(counts) if count * 2 > most]
    return [found[0]] + [c for c in found[1 : 2 * _MOST] if _dates_differ(table, found[0], c)]


def _dates_differ(table: Table, first: int, second: int) -> bool:
    cells = ((table.cell(row, first), table.cell(row, second)) for row in table.rows)
    pairs = ((dates.readings(a), dates.readings(b)) for a, b in cells)
    return any(one and two and one != two for one, two in pairs)


def _why_no_dates(table: Table, columns: Sequence[int]) -> str:
    """Say why a table has no line with a date, by the first value that was meant as one."""
    if not table.rows:
        return "The file has a header, but no lines below it."
    cells = [cell for row in table.rows for cell in row.cells]
    named = [cell for column in columns for cell in table.cells(table.rows, column)]
    meant = [cell for cell in named if str(cell).strip() and not names.is_summary(cell)]
    meant += [cell for cell in cells if dates.may_be_date(cell) or dates.is_month(cell)]
    meant += [c for c in cells if not amounts.is_amount(c) and dates.resembles_date(c)]
    return (
        f"The file has no line with a date. {dates.why_no_date(meant[0]) if meant else ''}".strip()
    )


def _balance_column(
    table: Table, rows: Sequence[Row], days: Sequence[date], choice: str | None
) -> tuple[int | None, list[Doubt]]:
    """Return the column of the balances among the dated `rows`, and a doubt where it is not sure.

    By its name, else by the balance chain. None where there is none.
    """
    if choice:
        return table.chosen(choice, "balance_column"), []
    named = [
        column
        for column in table.named("balance")[:_MOST]
        if not all(map(_is_empty, table.cells(table.rows, column)))
    ]
    if named:
        known = [amounts.cents_or_none(table.cells(table.rows, column), ".") for column in named]
        others = [
            column
            for column, cents in zip(named, known, strict=True)
            if cents != known[0]
            and not names.tells(table.columns[column], "available")
            and not names.tells(table.columns[column], "earlier")
        ]
        return named[0], choice_doubt(table, "balance", [named[0], *others])
    kinds = ("amount", "in", "out", "fee", "date")
    by_name = {column for kind in kinds for column in table.named(kind)}
    values = _sample(table, rows, ".")
    found = [each for each in find_columns(values, days[:SAMPLE]) if each.balance not in by_name]
    if not found:
        return None, []
    balance = found[0].balance
    others = sorted({e.balance for e in found if values[e.balance] != values[balance]})
    doubts = choice_doubt(table, "balance", [balance, *others])
    if table.header:
        detail = (
            f"No column is called balance: “{table.columns[balance]}” is read as one, since its"
            " values follow from the amounts."
        )
        doubts.append(Doubt(detail, choice="balance_column"))
    return balance, doubts


def choice_doubt(table: Table, what: str, columns: Sequence[int]) -> list[Doubt]:
    """Return the doubt that another column may be the date or the balance, if there are others."""
    listed = [f"“{table.columns[column]}”" for column in columns]
    detail = (
        f"More than one column could be the {what}: {', '.join(listed)}. {listed[0]} is read as it."
    )
    return [Doubt(detail, choice=f"{what}_column")] if len(columns) > 1 else []


def _sample(table: Table, rows: Sequence[Row], sign: str) -> list[list[int | None]]:
    """Return the first amounts of each column in cents."""
    some = rows[:SAMPLE]
    columns = range(len(table.columns))
    return [amounts.cents_or_none(table.cells(some, column), sign) for column in columns]


def _decimal_sign(layout: Layout) -> str:
    """Return the decimal sign of the balances; raise StatementError where it is not to be told."""
    cells = [layout.balance(row) for row in layout.table.rows if layout.has_balance(row)]
    sign = amounts.decimal_sign(cells, layout.choices.decimal)
    if sign is None:
        example = next(cell for cell in cells if amounts.shown_sign(cell) == "?")
        detail = (
            f"{quote(example)} can be read with a decimal point or a decimal comma, and no other"
            " balance shows which. Choose one."
        )
        raise refuse("decimal", detail, columns=layout.table.columns)
    return sign


def _with_lost_cents(layout: Layout, rows: Sequence[Row]) -> Layout:
    """Doubt whole balances beside a column of two digits; refuse them where that has no name."""
    table, column = layout.table, layout.balances or 0
    pairs = [
        Row(row.line, row.cells[column : column + 2]) for row in rows if layout.has_balance(row)
    ]
    if layout.choices.decimal or not pairs or not all(map(cents_apart, pairs)):
        return layout
    if not table.header:
        raise refuse("decimal", CENTS_APART, columns=table.columns)
    detail = "The balances may have lost their cents to the column beside them."
    return replace(layout, doubts=[*layout.doubts, Doubt(detail)])


def cents_apart(row: Row) -> bool:
    """Tell whether a row has a whole number before one of two digits, as 12,50 becomes two."""
    texts = [str(cell).strip() for cell in row.cells]
    return any(re.fullmatch("-?[0-9]+,[0-9]{2}", f"{a},{b}") for a, b in pairwise(texts))


def _is_empty(cell: Cell) -> bool:
    return isinstance(cell, str) and cell.strip().lower() in _EMPTY
