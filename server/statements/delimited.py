"""CSV and the like: the encoding, the delimiter, the rows."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from server.statements.dates import readings
from server.statements.model import MAX_CELLS, MAX_ROWS, MAX_SIZE, Row, StatementError, refuse

csv.field_size_limit(MAX_SIZE)  # a column that is ignored may be long

_DELIMITERS = ",;\t|"
_MAX_LINE = 1024 * 1024  # characters
_MAX_LINES = 500_000
_SAMPLE = 2000  # lines that decide about the delimiter
_SEP = re.compile(r"\"?sep=(.)\"?\s*", re.IGNORECASE)  # Excel's way to name the delimiter
_MARKS = {  # byte order marks
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


def encoding_of(data: bytes) -> str:
    """Return the encoding of a text: by its mark, UTF-16 by its zeros, UTF-8, Windows-1252."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return encoding
    head = data[:4096]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if even + odd > len(head) / 4 and min(even, odd) == 0:
        return "utf-16-le" if odd else "utf-16-be"
    try:
        data.decode()
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def lines(data: bytes) -> Iterator[str]:
    """Yield the lines of a text, each with its end."""
    text = io.TextIOWrapper(io.BytesIO(data), encoding_of(data), "replace", newline="")
    for number, line in enumerate(text, 1):
        if len(line) > _MAX_LINE:
            detail = "The line is too long to be a statement's."
            raise refuse("file", detail, line=number)
        if number > _MAX_LINES:
            raise refuse("file", f"The file has more than {_MAX_LINES} lines.")
        yield line


def rows(data: bytes) -> list[Row]:
    """Return the rows that are not empty, by the delimiter that makes a table of them."""
    named = _SEP.fullmatch(next(lines(data), ""))
    if named:
        return [row for row in _table(data, named[1]) if row.line > 1]
    return _table(data, max(_DELIMITERS, key=lambda delimiter: _fit(data, delimiter)))


def _table(data: bytes, delimiter: str) -> list[Row]:
    result = []
    cells = 0
    for row in _parse(lines(data), delimiter):
        result.append(row)
        cells += len(row.cells)
        if len(result) > MAX_ROWS or cells > MAX_CELLS:
            raise refuse("file", f"The file is too long: at most {MAX_ROWS} lines can be read.")
    return result


def _fit(data: bytes, delimiter: str) -> tuple[int, int]:
    """Tell how many rows have a date of their own, and how many are of one same width."""
    wide: list[Row] = []
    with suppress(StatementError):  # told when the file is read, if it is read this way
        for row in _parse(islice(lines(data), _SAMPLE), delimiter):
            wide += [row] if len(row.cells) > 1 else []
    dated = sum(any(readings(cell) for cell in row.cells) for row in wide)
    widths = Counter(len(row.cells) for row in wide)
    return dated, max(widths.values(), default=0)


def _parse(text: Iterator[str], delimiter: str) -> Iterator[Row]:
    reader = csv.reader(text, delimiter=delimiter, skipinitialspace=True, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell and not cell.isspace() for cell in cells):
                yield Row(line, list(cells))
            line = reader.line_num + 1
    except csv.Error:
        detail = "The quotation marks in this line, or after it, are not in pairs."
        raise refuse("file", detail, line=line) from None
