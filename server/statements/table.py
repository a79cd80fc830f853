"""Where the table is: its header, its rows, what each column holds."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from server.statements import names
from server.statements.amounts import is_amount
from server.statements.dates import readings, serial
from server.statements.model import Cell, Choices, Row, Skipped, refuse


@dataclass(frozen=True)
class Table:
    """Rows under a header, or all rows where there is none."""

    columns: list[str]  # the header's cells, or Column 1 …
    header: bool
    rows: list[Row]
    above: list[Row]  # what stands above the header
    roles: list[tuple[str, int] | None]  # of each column, by its name
    others: list[int]  # the lines of other headers, below this one
    repeats: list[int]  # and those where this one comes again

    def before(self) -> list[Skipped]:
        """Return the lines above the header as passed over."""
        return [{"line": row.line, "detail": "It stands above the header."} for row in self.above]

    def cell(self, row: Row, column: int) -> Cell:
        """Return a cell, empty where the row is shorter."""
        return row.cells[column] if column < len(row.cells) else ""

    def named(self, kind: str) -> list[int]:
        """Return the columns whose name says that they hold this, the ones to prefer first."""
        found = [
            (role[1], column) for column, role in enumerate(self.roles) if role and role[0] == kind
        ]
        return [column for _, column in sorted(found)]


def find_table(rows: list[Row], choices: Choices) -> Table:
    """Return the table: below the header where one is found, else all of the rows."""
    found, others, repeats = _header(rows, choices)
    if found is None:
        width = _usual_width(rows)
        columns = [f"Column {i + 1}" for i in range(width)]
        return Table(columns, False, rows, [], [None] * width, [], [])
    cells = _trimmed(rows[found].cells)
    columns = [" ".join(str(cell).split()) or f"Column {i}" for i, cell in enumerate(cells, 1)]
    roles = [names.role(cell) for cell in cells]
    return Table(columns, True, rows[found + 1 :], rows[:found], roles, others, repeats)


def dated_rows(rows: Iterable[Row]) -> int:
    """Count the rows with a date in any cell."""
    return sum(any(readings(cell) for cell in row.cells) for row in rows)


def chosen(name: str, columns: Sequence[str], field: str) -> int:
    """Return the column with this name, or else this number counted from 1."""
    wanted = " ".join(name.split()).casefold()
    found = [i for i, column in enumerate(columns) if column.casefold() == wanted]
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        numbers = " and ".join(str(i + 1) for i in found)
        detail = f"More than one column is called “{name[:40]}”. Give its number: {numbers}."
        raise refuse(field, detail, columns=columns)
    if wanted.isdecimal() and len(wanted) <= 4 and 1 <= int(wanted) <= len(columns):
        return int(wanted) - 1
    raise refuse(field, f"The file has no column “{name[:40]}”.", columns=columns)


def is_date(cell: Cell, header: bool) -> bool:
    """Tell whether a cell is a date; a plain number is one only below a header that says so."""
    return readings(cell) is not None or (header and serial(cell) is not None)


def _header(rows: list[Row], choices: Choices) -> tuple[int | None, list[int], list[int]]:
    """Return the index of the header, and the lines of other headers and of repeats below it.

    A header has names only, a date's among them. Of several the one counts that names a balance
    and has most dates below it. One that is repeated on each page counts where it stands first.
    """
    found: dict[tuple[str, ...], _Header] = {}
    current = None
    for index, row in enumerate(rows):
        kinds = {} if _has_values(row) else _kinds(row)
        if "date" in kinds.values() and len(set(kinds.values())) > 1:
            dates = [column for column, kind in kinds.items() if kind == "date"]
            fresh = _Header(index, dates, "balance" in kinds.values())
            current = found.setdefault(tuple(map(str, _trimmed(row.cells))), fresh)
            if current is not fresh:
                current.repeats.append(row.line)
        elif current and any(
            column < len(row.cells) and is_date(row.cells[column], header=True)
            for column in current.dates
        ):
            current.rows += 1
    best = max(
        found.values(), key=lambda each: (each.rows > 0, each.balance, each.rows), default=None
    )
    if best is None or not best.rows:
        unknown = _unknown_names(rows, choices)
        return best.index if best and unknown is None else unknown, [], []
    others = [each for each in found.values() if each.rows and each.index > best.index]
    return best.index, [rows[each.index].line for each in others], best.repeats


@dataclass
class _Header:
    index: int
    dates: list[int]  # the columns that are named as one
    balance: bool  # whether a column is
    rows: int = 0  # with a date below it, up to the next header
    repeats: list[int] = field(default_factory=list)  # the lines where it comes again


def _kinds(row: Row) -> dict[int, str]:
    roles = {column: names.role(cell) for column, cell in enumerate(row.cells)}
    return {column: role[0] for column, role in roles.items() if role}


def _has_values(row: Row) -> bool:
    return any(is_amount(cell) or readings(cell) for cell in row.cells)


def _unknown_names(rows: list[Row], choices: Choices) -> int | None:
    """Return the index of a header in other words: all names, just above the first dated row."""
    first = next((i for i, row in enumerate(rows) if dated_rows([row])), 0)
    above = rows[first - 1] if first else None
    if above is None or _has_values(above):
        return None
    below = rows[first]
    wanted = {
        name.strip().casefold() for name in (choices.date_column, choices.balance_column) if name
    }
    present = {str(cell).strip().casefold() for cell in above.cells}
    filled = [i for i, cell in enumerate(below.cells) if is_amount(cell) or readings(cell)]
    names_all = all(i < len(above.cells) and str(above.cells[i]).strip() for i in filled)
    return first - 1 if (len(filled) > 1 and names_all) or wanted & present else None


def _usual_width(rows: list[Row]) -> int:
    dated = [row for row in rows if dated_rows([row])] or rows
    widths = Counter(len(_trimmed(row.cells)) for row in dated)
    return max(widths, key=lambda width: (widths[width], width), default=0)


def _trimmed(cells: list[Cell]) -> list[Cell]:
    """Return the cells without the empty ones at the end."""
    width = len(cells)
    while width and not str(cells[width - 1]).strip():
        width -= 1
    return cells[:width]
