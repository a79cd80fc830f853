"""What goes into a reading, what comes out of it, and how a file is refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, NotRequired, TypedDict

MAX_SIZE = 5 * 1024 * 1024  # bytes of a statement
MAX_ROWS = 50_000
MAX_COLUMNS = 256
MAX_CELLS = 600_000
LARGEST = 10**14 - 1  # cents of a balance, without the sign
TOO_LARGE = "{} is too large: the limit is 999 999 999 999.99."
UNCALCULATED = "{} is a formula that has not been calculated: open and save it in a spreadsheet."

Cell = str | Decimal | date  # text, and in workbooks also numbers, dates and times


class Row(NamedTuple):
    """A line of a table: its number as an editor counts it (the first is 1) and its cells."""

    line: int
    cells: list[Cell]


@dataclass
class Limit:
    """How much can still be read of a file."""

    rows: int = MAX_ROWS
    cells: int = MAX_CELLS

    def count(self, row: Row) -> Row:
        """Return a row of the file; raise StatementError where it is one too many."""
        self.rows, self.cells = self.rows - 1, self.cells - len(row.cells)
        if self.rows < 0:
            raise refuse("file", f"The file is too long: at most {MAX_ROWS} lines can be read.")
        if self.cells < 0:
            raise refuse("file", f"The file is too large: at most {MAX_CELLS} cells can be read.")
        return row


@dataclass(frozen=True)
class Choices:
    """What the client decides about the reading; None leaves it to the file."""

    date_column: str | None = None  # a name, or a number counted from 1
    balance_column: str | None = None  # the same
    date_order: str | None = None  # "dmy", "mdy" or "ymd"
    decimal: str | None = None  # "," or "."
    each: str | None = None  # "day" or "row"
    account: str | None = None  # of several in the file, its name or number as the file has it
    bad_lines: str | None = None  # "skip" passes over lines with a refused value


class DayBalance(NamedTuple):
    """A balance to record; `rate` is rand for one bitcoin, from our own export only."""

    day: date
    cents: int
    rate: Decimal | None = None


class Source(NamedTuple):
    """Where a balance was read: the line, and what stands there of the date and the balance.

    `balance` is empty where the balance was counted from amounts.
    """

    line: int
    date: str
    balance: str = ""


class Doubt(NamedTuple):
    """What may be read otherwise: a sentence, the lines it concerns, the choice that settles it."""

    detail: str
    lines: Sequence[int] = ()
    choice: str | None = None


class Skipped(TypedDict):
    """A skipped line, and why."""

    line: int
    detail: str


class Refusal(TypedDict):
    """A value that is refused, and why; `line` where it stands in one."""

    field: str
    detail: str
    line: NotRequired[int]


@dataclass(frozen=True)
class Reading:
    """How a statement was read, and the balances in the order in which they are to be recorded."""

    kind: str = ""  # "csv", "xlsx", "xls", "ods" or "ofx"
    columns: list[str] = field(default_factory=list)
    date_column: str | None = None
    date_order: str = "ymd"
    balance_column: str | None = None
    decimal: str = "."
    each: str = "day"
    rows: int = 0  # dated rows with a balance
    account: str | None = None  # the one that was read, where the file names it
    accounts: list[str] = field(default_factory=list)  # all that the file names
    balances: list[DayBalance] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)  # where each of the balances stands
    day_balances: dict[str, list[int]] = field(default_factory=dict)  # all of a day, in cents
    skipped: list[Skipped] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    doubt_lines: list[list[int]] = field(default_factory=list)  # those that each doubt concerns
    doubt_choices: list[str | None] = field(default_factory=list)  # what settles each doubt

    def with_doubts(self, doubts: Sequence[Doubt]) -> "Reading":
        """Return the reading with these doubts before its own, each once."""
        fresh = {doubt.detail: doubt for doubt in doubts if doubt.detail not in self.doubts}
        return replace(
            self,
            doubts=[*fresh, *self.doubts],
            doubt_lines=[*(list(doubt.lines) for doubt in fresh.values()), *self.doubt_lines],
            doubt_choices=[*(doubt.choice for doubt in fresh.values()), *self.doubt_choices],
        )


@dataclass(frozen=True)
class Task:
    """What a process that reads a file is told; the file comes behind it."""

    choices: Choices
    today: date
    timezone: str


@dataclass(frozen=True)
class Answer:
    """What that process answers: the reading, or what a StatementError has."""

    reading: Reading | None
    errors: list[Refusal] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    status: int = 422
    accounts: list[str] = field(default_factory=list)


class StatementError(ValueError):
    """The file is refused; `columns` and `accounts` are what a client can choose from."""

    def __init__(
        self,
        errors: Sequence[Refusal],
        columns: Sequence[str] = (),
        status: int = 422,
        accounts: Sequence[str] = (),
    ) -> None:
        super().__init__(" ".join(error["detail"] for error in errors[:3]))
        self.errors = list(errors)
        self.columns = list(columns)
        self.status = status
        self.accounts = list(accounts)


def refuse(field: str, detail: str, line: int | None = None, **more: Any) -> StatementError:
    """Return the error for one reason; `more` is what else a StatementError tells."""
    return StatementError([refusal(field, detail, line)], **more)


def refusal(field: str, detail: str, line: int | None = None) -> Refusal:
    """Describe what is wrong with a field."""
    error: Refusal = {"field": field, "detail": detail}
    if line is not None:
        error["line"] = line
    return error


def short(cell: object) -> str:
    """Return a cell on one line, cut to 40 characters."""
    text = " ".join(str(cell)[:200].split())
    return f"{text[:39]}…" if len(text) > 40 else text


def quote(cell: object) -> str:
    """Return a cell in quotation marks, on one line and cut to 40 characters."""
    return f"“{short(cell)}”"
