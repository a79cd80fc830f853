"""A random history in a random bank's dress: it is read exactly, or doubted, or refused."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, groupby
from random import Random

from hypothesis import assume, event, given
from hypothesis import strategies as st
from workbooks import row, workbook

from server.statements import Choices, StatementError, read

TODAY = date(2026, 11, 25)
MONTHS = ["Jan", "Feb", "Mrt", "Apr", "Mei", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Des"]
CLEAR_DATES = (
    *(
        "{0:%Y-%m-%d}",
        "{0:%Y/%m/%d}",
        "{0:%Y%m%d}",
        "{0:%Y-%m-%d} 12:{2:02}",
        "09:{2:02} {0:%Y-%m-%d}",
    ),
    *("{0.day} {1} {0.year}", "{0:%d}{1}{0.year}", "{0:%d}-{1}-{0:%y}", "{0:%Y-%m-%d}T10:00:00Z"),
)
OTHER_DATES = (
    *("{0:%d/%m/%Y}", "{0.day}/{0.month}/{0.year}", "{0:%d.%m.%y}", "{0:%d-%m-%Y}"),
    *("{0:%m/%d/%Y}", "{0.month}/{0.day}/{0.year}", "{0:%m-%d-%y}", "{0:%y-%m-%d}", "{0:%d} {1}"),
)
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
KINDS = (
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
SIGNS = ("-{}", "({})", "{}-", "\u2212{}", "-R {}", "{} Dr", "'-{}")
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

    columns: Sequence[str]  # kinds
    names: dict[str, str] | None  # None: no header
    delimiter: str
    decimal: str
    thousands: str
    minus: str
    credit: str  # behind what is not negative
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

    def written(self, moves: Sequence[Move], start: int) -> bytes:
        """Return the moves, which are in order, as a statement."""
        balances = list(accumulate((m.amount + m.fee for m in moves), initial=start))[1:]
        rows = [self.cells(*each, n) for n, each in enumerate(zip(moves, balances, strict=True))]
        days = [
            list(group) for _, group in groupby(zip(moves, rows, strict=True), lambda x: x[0].day)
        ]
        grouped = [[cells for _, cells in group] for group in days]
        for group in grouped:
            for cells in group[1:] if self.dated_once else []:
                cells[self.columns.index("date")] = ""
            for cells in group[:-1] if self.closed_once else []:
                cells[self.columns.index("balance")] = ""
        listed = self.listed(grouped)
        if self.opening:
            listed.insert(0, self.line("Opening balance", moves[0].day, start))
        if self.pending:
            listed.append([*self.line("Pending", moves[-1].day, 0)])
            listed[-1][self.columns.index("balance")] = ""
        head = [list(line) for line in self.preamble]
        if "%y" not in self.dates.lower() and ".year" not in self.dates:
            head.append([f"Period: {moves[0].day} to {moves[-1].day}"])
        head += [[self.names[kind] for kind in self.columns]] if self.names else []
        listed += [["Total:", *[""] * (len(self.columns) - 1)]] if self.footer else []
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

    def line(self, text: str, day: date, balance: int) -> list[str]:
        """Return a line that is no transaction."""
        cells = self.cells(Move(day, 0, 0), balance)
        return [
            text if kind == "text" else cell if kind in ("date", "balance", "value") else ""
            for kind, cell in zip(self.columns, cells, strict=True)
        ]

    def file(self, rows: list[list[str]]) -> bytes:
        """Return the rows as a file."""
        if self.kind == "xlsx":
            return workbook({"Statement": "".join(row(*cells) for cells in rows)})
        file = io.StringIO(newline="")
        writer = csv.writer(file, delimiter=self.delimiter)
        if self.kind == "quoted lines":
            for cells in rows:
                line = io.StringIO(newline="")
                csv.writer(line, delimiter=self.delimiter).writerow(cells)
                quoted = line.getvalue().strip("\r\n").replace('"', '""')
                file.write(f'"{quoted}"\r\n')
        else:
            writer.writerows(rows)
        return file.getvalue().encode(self.encoding)

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
            "in": self.number(move.amount).removesuffix(self.credit) if move.amount > 0 else "",
            "out": self.number(-move.amount).removesuffix(self.credit) if move.amount < 0 else "",
        }
        return [values[kind] for kind in self.columns]

    def number(self, cents: int) -> str:
        """Return an amount."""
        whole, rest = divmod(abs(cents), 100)
        text = f"{whole:,}".replace(",", self.thousands) + f"{self.decimal}{rest:02}"
        return self.minus.format(text) if cents < 0 else text + self.credit


@st.composite
def dresses(draw: st.DrawFn) -> Dress:
    """Return any dress whose amounts can be told apart from its thousands."""
    columns = draw(st.sampled_from(KINDS))
    decimal = draw(st.sampled_from(".,"))
    named = draw(st.sampled_from([True, True, True, False]))
    marks = draw(st.sampled_from([*[(sign, "") for sign in SIGNS], ("{} Dr", " Cr"), ("{}", "Cr")]))
    once = draw(
        st.sampled_from([(False, False)] * 4 + [(True, False), (False, True), (True, True)])
    )
    # Without amounts the direction of the days tells that of the rows within one.
    order = draw(st.sampled_from(ORDERS if len(columns) > 3 else ORDERS[:2]))
    return Dress(
        columns=draw(st.permutations(columns)),
        names={k: draw(st.sampled_from(HEADERS[k])) for k in columns} if named else None,
        delimiter=draw(st.sampled_from(",;\t|")),
        decimal=decimal,
        thousands=draw(
            st.sampled_from(["", " ", "\u00a0", "'", ",", "."]).filter(lambda t: t != decimal)
        ),
        minus=marks[0],
        credit=marks[1],
        dates=draw(st.sampled_from(CLEAR_DATES * 2 + OTHER_DATES)),
        order="up" if any(once) else order,
        dated_once=once[0],
        closed_once=once[1] and "balance" in columns,
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


def closing(dress: Dress, moves: Sequence[Move], start: int) -> list[tuple[date, int]]:
    """Return the true balance of each day; the rows of a dress without fees have none."""
    balances = list(accumulate((move.amount + move.fee for move in moves), initial=start))[1:]
    return list({m.day: (m.day, b) for m, b in zip(moves, balances, strict=True)}.values())


@given(dresses(), histories(), st.integers(-1_000_000, 100_000_000))
def test_random_history_is_read_exactly_or_doubted_or_refused(
    dress: Dress, moves: list[Move], start: int
) -> None:
    data = dress.written(moves, start)
    assume(dress.minus != "{}" or "Cr" in data.decode(dress.encoding, "replace"))
    try:
        reading = read(data, Choices(), TODAY)
    except StatementError:
        event("refused")
        return
    right = [(day, cents) for day, cents, _ in reading.balances] == closing(dress, moves, start)
    event("doubted" if reading.doubts else "certain")
    assert right or reading.doubts


@given(dresses(), histories(), st.integers(1_000, 100_000_000))
def test_history_in_a_clear_dress_is_read(dress: Dress, moves: list[Move], start: int) -> None:
    if not dress.names or dress.dates not in CLEAR_DATES:
        return
    reading = read(dress.written(moves, start), Choices(), TODAY)
    right = [(day, cents) for day, cents, _ in reading.balances] == closing(dress, moves, start)
    assert right or reading.doubts
    assert reading.decimal == dress.decimal
