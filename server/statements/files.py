"""What kind of file it is, by its content; of a text its encoding, its delimiter and its rows."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice

from .dates import readings, yearless
from .model import MAX_SIZE, Limit, Row, StatementError, refuse

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
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]")  # in no text

# The kinds that are read by a name of one word, the others as they are refused, with what to do.
_DOWNLOAD = "Download the statement as CSV, Excel or OFX"
_NUMBERS = "a Numbers document of Apple's iWork. In Numbers, export it as CSV or Excel"
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KINDS = [  # how a file begins, and what stands in it
    (_OLE, "WordDocument".encode("utf-16-le"), "a Word document"),
    (_OLE, b"", "xls"),  # also a workbook with a password
    (_ZIP, b"xl/workbook.xml", "xlsx"),
    (_ZIP, b"xl/workbook.bin", "an Excel binary workbook (XLSB). Save it as XLSX or CSV"),
    (_ZIP, b".iwa", _NUMBERS),
    (_ZIP, b"Index.zip", _NUMBERS),
    (_ZIP, b"word/document.xml", "a Word document"),
    (_ZIP, b"ppt/", "a PowerPoint document"),
    (_ZIP, b"opendocument.text", "an OpenDocument text"),
    (_ZIP, b"content.xml", "ods"),
    (_ZIP, b"", "a ZIP archive. Unpack it first"),
    (b"%PDF", b"", "a PDF"),
    (b"{\\rtf", b"", "a text document"),
]
_TEXTS = [  # how a text begins
    (re.compile(form, re.IGNORECASE), what)
    for form, what in (
        (r"\s*(OFXHEADER|<\?(xml|ofx)(?s:.*)<ofx>|<ofx>)", "ofx"),
        (r"(?:.*\n)?\s*(?:\{1:|:20:)(?s:.*):(?:25|28|60|61)", "an MT940 file (SWIFT)"),
        (r"(?s:.*)\bcamt\.05[234]", "a CAMT file (ISO 20022 XML)"),
        (r"\s*!(?:type|account|option|clear):", "a QIF file (Quicken), which has no balances"),
        (r"\s*(?:\{\s*[\"}]|\[\s*[\[{\"\]])", "a JSON file"),
        (r"(?s:.*)urn:schemas-microsoft-com:office:spreadsheet", "an Excel 2003 XML workbook"),
        (r"(?s:.*\n)?mime-version:", "an e-mail or a saved web page"),
        (r"\s*<(?s:\?xml(?!.*<html))", "an XML file"),
        (r"\s*<\s*[!?/a-z]", "a web page (HTML)"),
    )
]


def kind_of(data: bytes) -> str:
    """Return "csv", "xlsx", "xls", "ods" or "ofx"; raise StatementError for any other kind."""
    if not data.strip():
        raise refuse("file", "The file is empty.")
    encoding = encoding_of(data)
    head = data[:4096].decode(encoding, "replace").lstrip("\ufeff")
    found = [what for start, part, what in _KINDS if data.startswith(start) and part in data]
    if not found and not encoding.startswith("utf-16") and _CONTROL.search(data):
        found = ["neither text nor a workbook"]
    found += [what for form, what in _TEXTS if not found and form.match(head)]
    kind = found[0] if found else "csv"
    if " " in kind:
        advice = "" if ". " in kind else f" {_DOWNLOAD}."
        raise refuse("file", f"This is {kind}.{advice}", status=400)
    return kind


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
            raise refuse("file", "The line is too long to be a statement's.", number)
        if number > _MAX_LINES:
            raise refuse("file", f"The file has more than {_MAX_LINES} lines.")
        yield line


def rows(data: bytes) -> list[Row]:
    """Return the rows that are not empty, by the delimiter that makes a table of them."""
    named = _SEP.fullmatch(next(lines(data), ""))
    ways = [(sign, whole) for whole in (False, True) for sign in _DELIMITERS]
    best = (named[1], False) if named else max(ways, key=lambda way: _fit(data, *way))
    limit, found = Limit(), _parse(lines(data), *best)
    result = [limit.count(row) for row in found if not (named and row.line == 1)]
    return _transactions(result)


def _fit(data: bytes, delimiter: str, whole: bool) -> tuple[int, int]:
    """Tell how many rows have a date of their own, and how many are of one same width."""
    wide: list[Row] = []
    with suppress(StatementError):  # told when the file is read, if it is read this way
        for row in _parse(islice(lines(data), _SAMPLE), delimiter, whole):
            wide += [row] if len(row.cells) > 1 else []
    dated = sum(any(readings(cell) or yearless(cell) for cell in row.cells) for row in wide)
    widths = Counter(len(row.cells) for row in wide)
    return dated, max(widths.values(), default=0)


def _parse(text: Iterable[str], delimiter: str, whole: bool) -> Iterator[Row]:
    """Yield the rows; with `whole`, of lines each of which stands in quotation marks."""
    sign = re.escape(delimiter)
    formula = re.compile(rf'(^|{sign})="')  # ="…" keeps a text as it is in a spreadsheet
    text = (formula.sub(r'\1"', line) if '="' in line else line for line in text)
    reader = csv.reader(text, delimiter=delimiter, skipinitialspace=True, strict=True)
    line = 1
    try:
        for cells in reader:
            if whole and len(cells) == 1 and delimiter in cells[0]:
                cells = next(csv.reader([cells[0]], delimiter=delimiter, skipinitialspace=True))
            if any(cell and not cell.isspace() for cell in cells):
                yield Row(line, [plain(cell) for cell in cells])
            line = reader.line_num + 1
    except csv.Error:
        detail = "The quotation marks in this line, or after it, are not in pairs."
        raise refuse("file", detail, line) from None


def plain(cell: str) -> str:
    """Return a cell without what keeps a spreadsheet from taking it for a number or a formula."""
    if cell.startswith('="') and cell.endswith('"'):
        return cell[2:-1]
    if cell.startswith("'"):
        return cell[1:-1] if cell.endswith("'") and len(cell) > 1 else cell[1:]
    return cell


def _transactions(found: list[Row]) -> list[Row]:
    """Return the rows of FNB's e-mailed CSV without the number of their record.

    Records 2 and 3 are about the account, 5 the header and the transactions, 6 the end.
    """
    records = [str(row.cells[0]).strip() for row in found]
    if not set(records) <= {"2", "3", "4", "5", "6"} or not {"3", "5"} <= set(records):
        return found
    about = [Row(row.line, [", ".join(map(str, row.cells[1:]))]) for row in found]
    return [
        Row(row.line, row.cells[1:]) if record == "5" else told
        for row, record, told in zip(found, records, about, strict=True)
    ]
