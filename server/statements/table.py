"""Where the table is: its header, its rows, what each column holds."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from server.statements import names
from server.statements.amounts import is_amount
from server.statements.dates import may_be_date, readings
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

    def cells(self, rows: Iterable[Row], column: int) -> list[Cell]:
        """Return the cells of a column."""
        return [self.cell(row, column) for row in rows]

    def named(self, kind: str) -> list[int]:
        """Return the columns whose name says that they hold this, the ones to prefer first."""
        found = [
            (role[1], column) for column, role in enumerate(self.roles) if role and role[0] == kind
        ]
        return [column for _, column in sorted(found)]

    def chosen(self, name: str, field: str) -> int:
        """Return the column with this name, or else this number counted from 1."""
        wanted = " ".join(name.split()).casefold()
        found = [i for i, column in enumerate(self.columns) if column.casefold() == wanted]
        if len(found) == 1:
            return found[0]
        if len(found) > 1:
            numbers = " and ".join(str(i + 1) for i in found)
            detail = f"More than one column is called “{name[:40]}”. Give its number: {numbers}."
            raise refuse(field, detail, columns=self.columns)
        if wanted.isdecimal() and len(wanted) <= 4 and 1 <= int(wanted) <= len(self.columns):
            return int(wanted) - 1
        raise refuse(field, f"The file has no column “{name[:40]}”.", columns=self.columns)


def find_table(rows: list[Row], choices: Choices) -> Table:
    """Return the table: below the header where one is found, else all of the rows."""
    found, others, repeats = _header(rows, choices)
    if found is None:
        width = _usual_width(rows)
        columns = [f"Column {i + 1}" for i in range(width)]
        return Table(columns, False, rows, [], [None] * width, [], [])
    columns = [
        " ".join(str(cell).split()) or f"Column {i}" for i, cell in enumerate(found.cells, 1)
    ]
    roles = [names.role(cell) for cell in found.cells]
    above = rows[: found.index + 1 - found.height]
    return Table(columns, True, rows[found.index + 1 :], above, roles, others, repeats)


def dated_rows(rows: Iterable[Row]) -> int:
    """Count the rows with a date in any cell."""
    return sum(any(readings(cell) for cell in row.cells) for row in rows)


@dataclass
class _Header:
    index: int  # of its last row
    cells: list[Cell]
    height: int = 1  # rows
    rows: int = 0  # with a date below it, up to the next header
    repeats: list[int] = field(default_factory=list)  # the lines where it comes again

    def kinds(self) -> dict[int, str]:
        """Return what the columns hold that have a known name."""
        return _kinds(self.cells)

    def is_whole(self) -> bool:
        """Tell whether it names a date and something else."""
        kinds = set(self.kinds().values())
        return "date" in kinds and len(kinds) > 1


def _header(rows: list[Row], choices: Choices) -> tuple[_Header | None, list[int], list[int]]:
    """Return the header, and the lines of other headers and of repeats below it.

    A header has names only, a date's among them. Of several the one counts that names a balance
    and has most dates below it. One that is repeated on each page counts where it stands first.
    """
    found: dict[tuple[str, ...], _Header] = {}
    current, dates = None, []
    above: Row | None = None  # the row before, where it has names only
    for index, row in enumerate(rows):
        has_names = not _has_values(row)
        header = _best(index, above, row) if has_names else None
        above = row if has_names and (header is None or header.height == 1) else None
        if header:
            current = found.setdefault(tuple(map(str, header.cells)), header)
            dates = [column for column, kind in current.kinds().items() if kind == "date"]
            if current is not header:
                current.repeats.append(row.line)
        elif current and any(
            column < len(row.cells) and may_be_date(row.cells[column]) for column in dates
        ):
            current.rows += 1
    best = max(found.values(), key=_rank, default=None)
    if best is None or not best.rows:
        unknown = _unknown_names(rows, choices)
        return best if best and unknown is None else unknown, [], []
    others = [each for each in found.values() if each.rows and each.index > best.index]
    return best, [rows[each.index].line for each in others], best.repeats


def _rank(header: _Header) -> tuple[bool, bool, int]:
    return header.rows > 0, "balance" in header.kinds().values(), header.rows


def _best(index: int, above: Row | None, row: Row) -> _Header | None:
    """Return the header that a row of names is, alone or with the names above it, None for none."""
    alone = _Header(index, _trimmed(row.cells))
    if above and sum(1 for cell in above.cells if str(cell).strip()) > 1:
        both = _Header(index, _joined(above.cells, alone.cells), height=2)
        kinds = len(set(both.kinds().values()))
        parts = (alone.kinds(), _kinds(above.cells))
        if both.is_whole() and all(kinds > len(set(part.values())) for part in parts):
            return both
    return alone if alone.is_whole() else None


def _joined(upper: Sequence[Cell], lower: Sequence[Cell]) -> list[Cell]:
    """Return the names of two rows together; an upper one holds for the empty cells after it."""
    cells: list[Cell] = []
    over = ""
    for column in range(max(len(upper), len(lower))):
        top = str(upper[column]).strip() if column < len(upper) else ""
        bottom = str(lower[column]).strip() if column < len(lower) else ""
        over = top or (over if bottom else "")
        both = f"{over} {bottom}".strip()
        cells.append(both if names.role(both) or not names.role(bottom) else bottom)
    return _trimmed(cells)


def _kinds(cells: Sequence[Cell]) -> dict[int, str]:
    roles = {column: names.role(cell) for column, cell in enumerate(cells)}
    return {column: role[0] for column, role in roles.items() if role}


def _has_values(row: Row) -> bool:
    return any(is_amount(cell) or readings(cell) for cell in row.cells)


def _unknown_names(rows: list[Row], choices: Choices) -> _Header | None:
    """Return a header in other words: all names, just above the first dated row."""
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
    if (len(filled) > 1 and names_all) or wanted & present:
        return _Header(first - 1, _trimmed(above.cells))
    return None


def _usual_width(rows: list[Row]) -> int:
    dated = [row for row in rows if dated_rows([row])] or rows
    widths = Counter(len(row.cells) for row in dated)
    return max(widths, key=lambda width: (widths[width], width), default=0)


def _trimmed(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells without the empty ones at the end."""
    width = len(cells)
    while width and not str(cells[width - 1]).strip():
        width -= 1
    return list(cells[:width])
