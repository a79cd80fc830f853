"""Where the table is: its header, its rows, what each column holds."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest

from . import names
from .amounts import is_amount
from .dates import may_be_date, readings, yearless
from .model import Cell, Choices, Row, refuse


@dataclass(frozen=True)
class Table:
    """Rows under a header, or all rows where there is none; each has a cell for each column."""

    columns: list[str]  # the header's cells, or Column 1 …
    header: bool
    rows: list[Row]
    # What stands above the header, or above the first row with a value.
    above: Sequence[Row] = ()
    others: Sequence[int] = ()  # the lines of other headers, below this one
    repeats: Sequence[int] = ()  # and those where this one comes again

    def cells(self, column: int) -> list[Cell]:
        """Return the cells of a column."""
        return [row.cells[column] for row in self.rows]

    @cached_property
    def _roles(self) -> list[tuple[str, int, int]]:
        """What the columns hold by their names: kind, rank and number, the best ones first."""
        roles = [names.role(name) if self.header else None for name in self.columns]
        return sorted((*role, column) for column, role in enumerate(roles) if role)

    def named(self, *kinds: str) -> list[int]:
        """Return the columns whose name says that they hold these, the ones to prefer first."""
        return [column for kind in kinds for other, _, column in self._roles if other == kind]

    def chosen(self, name: str, field: str) -> int:
        """Return the column with this name, or else this number counted from 1."""
        wanted = " ".join(name.split()).casefold()
        found = [i for i, column in enumerate(self.columns) if column.casefold() == wanted]
        if len(found) == 1:
            return found[0]
        if len(found) > 1:
            numbers = " and ".join(str(i + 1) for i in found)
            detail = f"More than one column is called “{name[:40]}”. Give its number: {numbers}."
            raise refuse(field, detail)
        if wanted.isdecimal() and len(wanted) <= 4 and 1 <= int(wanted) <= len(self.columns):
            return int(wanted) - 1
        raise refuse(field, f"The file has no column “{name[:40]}”.")


def find_table(rows: list[Row], choices: Choices) -> Table:
    """Return the table: below the header where one is found, else all of the rows."""
    found, others = _header(rows, choices)
    if found is None:
        columns = [f"Column {i + 1}" for i in range(_usual_width(rows))]
        start = next((i for i, row in enumerate(rows) if _has_values(row)), 0)
        above, below, repeats = rows[:start], rows[start:], []
    else:
        columns = [str(cell) or f"Column {i}" for i, cell in enumerate(found.cells, 1)]
        above, below = rows[: found.index + 1 - found.height], rows[found.index + 1 :]
        repeats = found.repeats
    below = [Row(line, cells + [""] * (len(columns) - len(cells))) for line, cells in below]
    return Table(columns, found is not None, below, above, others, repeats)


def is_dated(row: Row) -> bool:
    """Tell whether a row has a date in any cell."""
    return any(readings(cell) for cell in row.cells)


@dataclass
class _Header:
    index: int  # of its last row
    cells: list[str]
    height: int = 1  # rows
    rows: int = 0  # with a date below it, up to the next header
    repeats: list[int] = field(default_factory=list)  # the lines where it comes again

    def kinds(self) -> dict[int, str]:
        """Return what the columns hold that have a known name."""
        roles = {column: names.role(cell) for column, cell in enumerate(self.cells)}
        return {column: role[0] for column, role in roles.items() if role}

    def is_whole(self) -> bool:
        """Tell whether it names a date and something else."""
        kinds = set(self.kinds().values())
        return "date" in kinds and len(kinds) > 1

    def rank(self) -> tuple[bool, bool, int]:
        """Return by what it is the header of the table."""
        return self.rows > 0, "balance" in self.kinds().values(), self.rows


def _header(rows: list[Row], choices: Choices) -> tuple[_Header | None, list[int]]:
    """Return the header, and the lines of other headers below it.

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
            current = found.setdefault(tuple(header.cells), header)
            dates = [column for column, kind in current.kinds().items() if kind == "date"]
            if current is not header:
                current.repeats.append(row.line)
        elif current and any(may_be_date(row.cells[c]) for c in dates if c < len(row.cells)):
            current.rows += 1
    best = max(found.values(), key=_Header.rank, default=None)
    if best is None or not best.rows:
        return _unknown_names(rows, choices) or best, []
    others = [each for each in found.values() if each.rows and each.index > best.index]
    return best, [rows[each.index].line for each in others]


def _best(index: int, above: Row | None, row: Row) -> _Header | None:
    """Return the header that a row of names is, alone or with the names above it, None for none."""
    alone = _Header(index, _names(row.cells))
    if above and sum(map(bool, _names(above.cells))) > 1:
        both = _Header(index, _joined(_names(above.cells), alone.cells), height=2)
        kinds, upper = set(both.kinds().values()), _Header(index, _names(above.cells))
        parts = (alone.kinds(), upper.kinds())
        if both.is_whole() and all(len(kinds) > len(set(part.values())) for part in parts):
            return both
    return alone if alone.is_whole() else None


def _joined(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Return the names of two rows together; an upper one holds for the empty cells after it."""
    cells: list[str] = []
    over = ""
    for top, bottom in zip_longest(upper, lower, fillvalue=""):
        over = top or (over if bottom else "")
        both = f"{over} {bottom}".strip()
        cells.append(both if names.role(both) or not names.role(bottom) else bottom)
    return cells


def _names(cells: Iterable[Cell]) -> list[str]:
    """Return the cells each on one line, without the empty ones at the end."""
    found = [" ".join(str(cell).split()) for cell in cells]
    while found and not found[-1]:
        found.pop()
    return found


def _has_values(row: Row) -> bool:
    return any(is_amount(cell) or readings(cell) or yearless(cell) for cell in row.cells)


def _unknown_names(rows: list[Row], choices: Choices) -> _Header | None:
    """Return a header in other words: all names, just above the first dated row."""
    first = next((i for i, row in enumerate(rows) if is_dated(row)), 0)
    above = rows[first - 1] if first else None
    if above is None or _has_values(above):
        return None
    found = _Header(first - 1, _names(above.cells))
    wanted = {(choices.date_column or "").casefold(), (choices.balance_column or "").casefold()}
    filled = [i for i, c in enumerate(rows[first].cells) if is_amount(c) or readings(c)]
    names_all = all(i < len(found.cells) and found.cells[i] for i in filled)
    chosen = (wanted - {""}) & {name.casefold() for name in found.cells}
    return found if (len(filled) > 1 and names_all) or chosen else None


def _usual_width(rows: list[Row]) -> int:
    widths = Counter(len(row.cells) for row in list(filter(is_dated, rows)) or rows)
    return max(widths, key=lambda width: (widths[width], width), default=0)
