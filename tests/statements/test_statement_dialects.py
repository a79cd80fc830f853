"""Statements in random dialects: read back, refused, or read with a doubt; never wrong without."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.statements import Choices, StatementError, read

TODAY = date(2026, 11, 25)
MONTHS = ["Jan", "Feb", "Mrt", "Apr", "Mei", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Des"]
DATES = {
    "ymd": ("{0:%Y-%m-%d}", "{0:%Y/%m/%d}", "{0:%Y%m%d}", "{0:%Y-%m-%d %H:%M}"),
    "dmy": ("{0:%d/%m/%Y}", "{0.day}/{0.month}/{0.year}", "{0:%d.%m.%y}", "{0:%d-%m-%Y}"),
    "mdy": ("{0:%m/%d/%Y}", "{0.month}/{0.day}/{0.year}", "{0:%m-%d-%y}"),
    "named": ("{0.day} {1} {0.year}", "{0:%d}{1}{0.year}", "{0:%d}-{1}-{0:%y}"),
}
HEADERS = {
    "date": ("Date", "Transaction Date", "Datum", " Posting Date"),
    "text": ("Description", "Beskrywing", "Reference"),
    "amount": ("Amount", "Bedrag", "Amount (ZAR)"),
    "out": ("Debit", "Money Out", "Onttrekking"),
    "in": ("Credit", "Money In", "Krediet"),
    "fee": ("Fee", "Service Fee", "Fooi"),
    "balance": ("Balance", "Saldo", "Running Balance", "Closing balance (R)"),
}
KINDS = (
    ("date", "balance"),
    ("date", "text", "balance"),
    ("date", "text", "amount", "balance"),
    ("date", "text", "in", "out", "balance"),
    ("date", "text", "amount", "fee", "balance"),
    ("date", "text", "in", "out", "fee", "balance"),
)
PREAMBLE: tuple[list[str], ...] = (
    ["ACCOUNT TRANSACTION HISTORY"],
    ["Account:", "62000012345", "Current Account"],
    ["Balance:", "12345.67"],
    ["Statement date", "2026-11-01"],
    [],
)


ORDERS = ("up", "down", "days down", "rows down")


@dataclass(frozen=True)
class Move:
    """A transaction of a day, in cents; `fee` is none or negative."""

    day: date
    amount: int
    fee: int


@dataclass(frozen=True)
class Dialect:
    """How a bank writes its statements."""

    columns: Sequence[str]  # kinds
    names: dict[str, str] | None  # None: no header
    delimiter: str
    decimal: str
    thousands: str
    minus: str
    dates: str
    order: str  # of the rows: "up", "down", "days down", "rows down"
    preamble: Sequence[list[str]]
    footer: bool
    encoding: str

    def written(self, moves: Sequence[Move], opening: int) -> bytes:
        """Return the moves, which are in order, as a statement."""
        balances = list(accumulate((m.amount + m.fee for m in moves), initial=opening))[1:]
        rows = list(zip(moves, balances, strict=True))
        if self.order in ("down", "days down"):
            rows.reverse()
        if self.order in ("days down", "rows down"):
            days = dict.fromkeys(move.day for move, _ in rows)
            rows = [row for day in days for row in reversed([r for r in rows if r[0].day == day])]
        file = io.StringIO(newline="")
        writer = csv.writer(file, delimiter=self.delimiter)
        writer.writerows(self.preamble)
        if self.names:
            writer.writerow([self.names[kind] for kind in self.columns])
        for move, balance in rows:
            writer.writerow([self.cell(kind, move, balance) for kind in self.columns])
        if self.footer:
            writer.writerow(["Total:", *[""] * (len(self.columns) - 1)])
        return file.getvalue().encode(self.encoding)

    def cell(self, kind: str, move: Move, balance: int) -> str:
        """Return one cell of a row."""
        if kind == "date":
            return self.dates.format(move.day, MONTHS[move.day.month - 1])
        if kind == "text":
            return f"EFT {self.delimiter} {abs(move.amount) % 97}"
        if kind == "balance":
            return self.number(balance)
        if kind == "fee":
            return self.number(move.fee) if move.fee else ""
        if kind == "amount":
            return self.number(move.amount)
        return self.number(abs(move.amount)) if (move.amount > 0) == (kind == "in") else ""

    def number(self, cents: int) -> str:
        """Return an amount."""
        whole, rest = divmod(abs(cents), 100)
        text = f"{whole:,}".replace(",", self.thousands) + f"{self.decimal}{rest:02}"
        return self.minus.format(text) if cents < 0 else text


@st.composite
def dialects(draw: st.DrawFn) -> Dialect:
    """Return any dialect whose amounts can be told apart from its thousands."""
    columns = list(draw(st.sampled_from(KINDS)))
    decimal = draw(st.sampled_from(".,"))
    named = draw(st.booleans())
    return Dialect(
        columns=draw(st.permutations(columns)),
        names={k: draw(st.sampled_from(HEADERS[k])) for k in columns} if named else None,
        delimiter=draw(st.sampled_from(",;\t|")),
        decimal=decimal,
        thousands=draw(
            st.sampled_from(["", " ", "\u00a0", "'", ",", "."]).filter(lambda t: t != decimal)
        ),
        minus=draw(st.sampled_from(["-{}", "({})", "{}-", "\u2212{}", "-R {}", "{} Dr"])),
        dates=draw(st.sampled_from([form for forms in DATES.values() for form in forms])),
        # Without amounts the direction of the days tells that of the rows within one.
        order=draw(st.sampled_from(ORDERS if len(columns) > 3 else ORDERS[:2])),
        preamble=draw(st.lists(st.sampled_from(PREAMBLE), max_size=3)),
        footer=draw(st.booleans()),
        encoding=draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Move]:
    """Return transactions in order, several on some days."""
    start = draw(st.dates(date(2001, 1, 1), date(2025, 12, 31)))
    gaps = draw(st.lists(st.sampled_from([0, 0, 1, 1, 2, 5, 30]), min_size=1, max_size=12))
    cents = st.integers(-500_000, 500_000).filter(bool)
    fees = draw(st.sampled_from([st.just(0), st.sampled_from([0, -300, -1250])]))
    return [Move(start + timedelta(days=day), draw(cents), draw(fees)) for day in accumulate(gaps)]


def closing(moves: Sequence[Move], opening: int, fees: bool) -> list[tuple[date, int]]:
    """Return the true balance of each day."""
    changes = (move.amount + move.fee for move in moves)
    balances = list(accumulate(changes, initial=opening))[1:]
    return list({m.day: (m.day, b) for m, b in zip(moves, balances, strict=True)}.values())


EXAMPLES = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@EXAMPLES
@given(dialects(), histories(), st.integers(-1_000_000, 100_000_000))
def test_a_statement_is_never_read_wrongly_without_a_doubt(
    dialect: Dialect, moves: list[Move], opening: int
) -> None:
    data = dialect.written(moves, opening)
    try:
        reading = read(data, Choices(), TODAY)
    except StatementError:
        return
    right = [(day, cents) for day, cents, _ in reading.balances] == closing(moves, opening, True)
    assert right or reading.doubts


@EXAMPLES
@given(dialects(), histories(), st.integers(1_000, 100_000_000))
def test_a_clear_statement_is_read(dialect: Dialect, moves: list[Move], opening: int) -> None:
    if not dialect.names or dialect.dates not in DATES["ymd"] + DATES["named"]:
        return
    reading = read(dialect.written(moves, opening), Choices(), TODAY)
    right = [(day, cents) for day, cents, _ in reading.balances] == closing(moves, opening, True)
    assert right or reading.doubts
    assert reading.decimal == dialect.decimal
    assert reading.rows == len(moves)
