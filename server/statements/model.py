"""What goes into a reading, what comes out of it, and how a file is refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypedDict

MAX_SIZE = 5 * 1024 * 1024  # bytes of a statement
MAX_BALANCES = 10_000  # entries that a history can hold
MAX_ROWS = 50_000
MAX_COLUMNS = 256
MAX_CELLS = 600_000

Cell = str | Decimal | date  # text, and in workbooks also numbers and dates


class Row(NamedTuple):
    """A line of a table: its number as an editor counts it (the first is 1) and its cells."""

    line: int
    cells: list[Cell]


@dataclass(frozen=True)
class Choices:
    """What the client decides about the reading; None leaves it to the file."""

    date_column: str | None = None  # a name, or a number counted from 1
    balance_column: str | None = None  # the same
    date_order: str | None = None  # "dmy", "mdy" or "ymd"
    decimal: str | None = None  # "," or "."
    each: str | None = None  # "day" or "row"


class DayBalance(NamedTuple):
    """A balance to record; `rate` is rand for one bitcoin, from our own export only."""

    day: date
    cents: int
    rate: Decimal | None = None


class Skipped(TypedDict):
    """A line that was passed over, and why."""

    line: int
    detail: str


class _Refusal(TypedDict):
    field: str
    detail: str


class Refusal(_Refusal, total=False):
    """A value that is refused, and why; `line` where it stands in one."""

    line: int


@dataclass(frozen=True)
class Reading:
    """How a statement was read, and the balances in the order in which they are to be recorded."""

    kind: str
    columns: list[str]
    date_column: str | None
    date_order: str
    balance_column: str | None
    decimal: str
    each: str
    rows: int  # dated rows with a balance
    balances: list[DayBalance]
    day_balances: dict[str, list[int]] = field(default_factory=dict)  # cents of each day's rows
    skipped: list[Skipped] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


class StatementError(ValueError):
    """The file is refused; `columns` are what a client can choose from."""

    def __init__(
        self, errors: Sequence[Refusal], columns: Sequence[str] = (), status: int = 422
    ) -> None:
        super().__init__(" ".join(error["detail"] for error in errors[:3]))
        self.errors = list(errors)
        self.columns = list(columns)
        self.status = status


def refuse(
    field: str,
    detail: str,
    *,
    line: int | None = None,
    columns: Sequence[str] = (),
    status: int = 422,
) -> StatementError:
    """Return the error for one reason."""
    return StatementError([refusal(field, detail, line)], columns, status)


def refusal(field: str, detail: str, line: int | None = None) -> Refusal:
    """Describe what is wrong with a field."""
    error: Refusal = {"field": field, "detail": detail}
    if line is not None:
        error["line"] = line
    return error


def quote(cell: Cell) -> str:
    """Return a cell in quotation marks, on one line and cut to 40 characters."""
    text = " ".join(str(cell)[:200].split())
    return f"“{text[:39]}…”" if len(text) > 40 else f"“{text}”"
