"""A random history in a random bank's dress: it is read exactly, or doubted, or refused."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, groupby
from random import Random
from typing import Literal

from hypothesis import assume, given
from hypothesis import strategies as st
from readings import TODAY, workbook

from server.statements import Choices, StatementError, read

MONTHS = ["Jan", "Feb", "Mrt", "Apr", "Mei", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Des"]
CLEAR_DATES = [  # of the day, its month's name and a number of minutes
    *("{0:%Y-%m-%d}", "{0:%Y/%m/%d}", "{0:%Y%m%d}", "{0:%Y-%m-%d} 12:{2:02}"),
    *("{0.day} {1} {0.year}", "{0:%d}{1}{0.year}", "{0:%d}-{1}-{0:%y}", "{0:%Y-%m-%d}T10:00:00Z"),
    "09:{2:02} {0:%Y-%m-%d}",
]
OTHER_DATES = [
    *("{0:%d/%m/%Y}", "{0.day}/{0.month}/{0.year}", "{0:%d.%m.%y}", "{0:%d-%m-%Y}"),
    *("{0:%m/%d/%Y}", "{0.month}/{0.day}/{0.year}", "{0:%m-%d-%y}", "{0:%y-%m-%d}", "{0:%d} {1}"),
]
HEADERS = {
    "date": ("Date", "Transaction Date", "Datum", " Posting Date", "Buchungstag"),
    "text": ("Description", "Beskrywing", "Reference", "Libellé"),
    "amount": ("Amount", "Bedrag", "Amount (ZAR)", "Betrag"),
    "out": ("Debit", "Money Out", "Onttrekking", "Soll"),
    "in": ("Credit", "Money In", "Krediet", "Haben"),
    "fee": ("Fee", "Service Fee", "Fooi"),
    "balance": ("Balance", "Saldo", "Running Balance", "Closing balance (R)", "Kontostand"),
    "available": ("Available Balance", "Beskikbare saldo"),
    "value": ("Value Date", "Waardedatum"),
}
TABLES = (
    ("date", "balance"),
    ("date", "text", "balance"),
    ("date", "text", "amount", "balance"),
    ("date", "text", "in", "out", "balance"),
    ("date", "text", "amount", "fee", "balance"),
    ("date", "text", "in", "out", "fee", "balance"),
    ("date", "value", "text", "amount", "balance"),
    ("date", "text", "amount", "balance", "available"),
)
PREAMBLE: tuple[list[str], ...] = (
    ["ACCOUNT TRANSACTION HISTORY"],
    ["Account:", "62000012345", "Current Account"],
    ["Balance:", "12345.67"],
    ["Statement date", "2026-11-01"],
    [],
)
# How what is negative is written, and what stands behind the other amounts.
SIGNS = [("-{}", ""), ("({})", ""), ("{}-", ""), ("\u2212{}", ""), ("-R {}", ""), ("{} Dr", "")]
SIGNS += [("'-{}", ""), ("{} Dr", " Cr"), ("{}", "Cr")]
ORDERS = ("up", "down", "days down", "rows down", "scrambled", "shuffled")


@dataclass(frozen=True)
class Move:
    """A transaction of a day, in cents; `fee` is none or negative."""

    day: date
    amount: int
    fee: int


@dataclass(frozen=True)
class Dress:
    """How a bank writes its statements."""

    columns: Sequence[str]
    names: dict[str, str] | None  # of the columns; None: no header
    delimiter: str
    decimal: str
    thousands: str
    signs: tuple[str, str]
    dates: str
    order: str  # of the rows
    dated_once: bool  # the date of a day stands in its first row alone
    closed_once: bool  # the balance of a day stands in its last row alone
    preamble: Sequence[list[str]]
    opening: bool  # a dated line with the balance before all
    footer: bool
    pending: bool  # a last row without a balance
    kind: str  # of the file
    encoding: str
    seed: int

    @property
    def is_clear(self) -> bool:
        """Whether nothing is left to guess."""
        return self.names is not None and self.dates in CLEAR_DATES

    def written(self, moves: Sequence[Move], start: int) -> bytes:
        """Return the moves, which are in order, as a statement."""
        rows = []
        for number, (move, balance) in enumerate(with_balances(moves, start)):
            rows.append((move.day, self.cells(move, balance, number)))
        days = [[cells for _, cells in day] for _, day in groupby(rows, lambda each: each[0])]
        for day in days:
            for cells in day[1:] if self.dated_once else []:
                cells[self.columns.index("date")] = ""
            for cells in day[:-1] if self.closed_once else []:
                cells[self.columns.index("balance")] = ""
        listed = self.listed(days)
        if self.opening:
            listed.insert(0, self.line("Opening balance", moves[0].day, start))
        if self.pending:
            listed.append(self.line("Pending", moves[-1].day, None))
        if self.footer:
            listed.append(["Total:", *[""] * (len(self.columns) - 1)])
        head = [list(line) for line in self.preamble]
        if self.dates == "{0:%d} {1}":
            head.append([f"Period: {moves[0].day} to {moves[-1].day}"])
        if self.names:
            head.append([self.names[kind] for kind in self.columns])
        return self.file([*head, *listed])

    def listed(self, days: list[list[list[str]]]) -> list[list[str]]:
        """Return the rows of days in the order of this bank."""
        random = Random(self.seed)
        if self.order in ("scrambled", "shuffled"):
            for rows in days:
                random.shuffle(rows)
        if self.order in ("down", "days down"):
            days = days[::-1]
        if self.order in ("down", "rows down"):
            days = [rows[::-1] for rows in days]
        listed = [row for rows in days for row in rows]
        if self.order == "shuffled":
            random.shuffle(listed)
        return listed

    def line(self, text: str, day: date, balance: int | None) -> list[str]:
        """Return a dated line that is no transaction."""
        cells = self.cells(Move(day, 0, 0), balance or 0)
        kept = ("date", "value") if balance is None else ("date", "value", "balance")
        return [
            text if kind == "text" else cell if kind in kept else ""
            for kind, cell in zip(self.columns, cells, strict=True)
        ]

    def file(self, rows: list[list[str]]) -> bytes:
        """Return the rows as a file."""
        if self.kind == "xlsx":
            return workbook({"Statement": rows})
        text = self.csv(rows)
        if self.kind == "quoted lines":
            lines = [[self.csv([cells]).strip("\r\n")] for cells in rows]
            text = self.csv(lines, csv.QUOTE_ALL)
        return text.encode(self.encoding)

    def csv(self, rows: list[list[str]], quoting: Literal[0, 1] = csv.QUOTE_MINIMAL) -> str:
        """Return the rows as CSV."""
        file = io.StringIO(newline="")
        csv.writer(file, delimiter=self.delimiter, quoting=quoting).writerows(rows)
        return file.getvalue()

    def cells(self, move: Move, balance: int, number: int = 0) -> list[str]:
        """Return the cells of a row."""
        values = {
            "date": self.dates.format(move.day, MONTHS[move.day.month - 1], number),
            "value": (move.day - timedelta(abs(move.amount) % 3)).isoformat(),
            "text": f"EFT {self.delimiter} {abs(move.amount) % 97}",
            "balance": self.number(balance),
            "available": self.number(balance + 1_000_00),
            "fee": self.number(move.fee) if move.fee else "",
            "amount": self.number(move.amount),
            "in": self.plain(move.amount) if move.amount > 0 else "",
            "out": self.plain(move.amount) if move.amount < 0 else "",
        }
        return [values[kind] for kind in self.columns]

    def number(self, cents: int) -> str:
        """Return an amount with its sign."""
        minus, plus = self.signs
        return minus.format(self.plain(cents)) if cents < 0 else self.plain(cents) + plus

    def plain(self, cents: int) -> str:
        """Return an amount without its sign."""
        whole, rest = divmod(abs(cents), 100)
        return f"{whole:,}".replace(",", self.thousands) + f"{self.decimal}{rest:02}"


def with_balances(moves: Sequence[Move], start: int) -> list[tuple[Move, int]]:
    """Return each move with the balance after it."""
    balances = accumulate((move.amount + move.fee for move in moves), initial=start)
    return list(zip(moves, list(balances)[1:], strict=True))


@st.composite
def dresses(draw: st.DrawFn) -> Dress:
    """Return any dress whose amounts can be told apart from its thousands."""
    columns = draw(st.sampled_from(TABLES))
    decimal = draw(st.sampled_from(".,"))
    marks = [mark for mark in ("", " ", "\u00a0", "'", ",", ".") if mark != decimal]
    once = draw(
        st.sampled_from([(False, False)] * 4 + [(True, False), (False, True), (True, True)])
    )
    # Without amounts the direction of the days tells that of the rows within one.
    order = draw(st.sampled_from(ORDERS if len(columns) > 3 else ORDERS[:2]))
    named = draw(st.sampled_from([True, True, True, False]))
    return Dress(
        columns=draw(st.permutations(columns)),
        names={kind: draw(st.sampled_from(HEADERS[kind])) for kind in columns} if named else None,
        delimiter=draw(st.sampled_from(",;\t|")),
        decimal=decimal,
        thousands=draw(st.sampled_from(marks)),
        signs=draw(st.sampled_from(SIGNS)),
        dates=draw(st.sampled_from(CLEAR_DATES * 2 + OTHER_DATES)),
        order="up" if any(once) else order,
        dated_once=once[0],
        closed_once=once[1],
        preamble=draw(st.lists(st.sampled_from(PREAMBLE), max_size=3)),
        opening=draw(st.booleans()) and "text" in columns,
        footer=draw(st.booleans()),
        pending=draw(st.booleans()) and "text" in columns,
        kind=draw(st.sampled_from(["csv", "csv", "csv", "xlsx", "quoted lines"])),
        encoding=draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])),
        seed=draw(st.integers(0, 1000)),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Move]:
    """Return transactions in order, several on some days."""
    start = draw(st.dates(date(2001, 1, 1), date(2025, 12, 31)))
    gaps = draw(st.lists(st.sampled_from([0, 0, 1, 1, 2, 5, 30]), min_size=1, max_size=12))
    cents = st.integers(-500_000, 500_000).filter(bool)
    fees = draw(st.sampled_from([st.just(0), st.sampled_from([0, -300, -1250])]))
    return [Move(start + timedelta(days=day), draw(cents), draw(fees)) for day in accumulate(gaps)]


@given(dresses(), histories(), st.integers(-1_000_000, 100_000_000))
def test_history_is_read_exactly_or_doubted_or_in_an_unclear_dress_refused(
    dress: Dress, moves: list[Move], start: int
) -> None:
    told = with_balances(moves, start)
    # Where no balance says Cr, nothing tells that those without a sign are overdrawn.
    assume(dress.signs[0] != "{}" or any(balance >= 0 for _, balance in told))
    try:
        reading = read(dress.written(moves, start), Choices(), TODAY)
    except StatementError:
        assert not dress.is_clear
        return
    closing = {move.day: (move.day, balance) for move, balance in told}
    right = [(day, cents) for day, cents, _ in reading.balances] == list(closing.values())
    assert right or reading.doubts
    assert not dress.is_clear or reading.decimal == dress.decimal
