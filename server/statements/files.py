"""What kind of file it is, by its content, and the tables in it."""

import re

from server.statements import delimited, workbook
from server.statements.model import MAX_CELLS, MAX_COLUMNS, Row, refuse

_UNREADABLE = {  # how a file begins that is none of ours
    b"%PDF": "a PDF. Download the statement as CSV, Excel or OFX",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"BM": "a picture",
    b"II*\x00": "a picture",
    b"MM\x00*": "a picture",
    b"RIFF": "a picture, a sound or a film",
    b"{\\rtf": "a text document",
    b"\x1f\x8b": "a compressed file. Unpack it first",
    b"Rar!": "a compressed file. Unpack it first",
    b"7z\xbc\xaf": "a compressed file. Unpack it first",
}
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # XLS, and workbooks with a password
_OFX = re.compile(r"\s*(OFXHEADER|<\?(xml|ofx).*<ofx>|<ofx>)", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(r"\s*<(!doctype|html|head|table|\?xml)", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]")  # in no text


def kind_of(data: bytes) -> str:
    """Return "csv", "xlsx", "xls", "ods" or "ofx"; raise StatementError for any other kind."""
    if not data.strip():
        raise refuse("file", "The file is empty.")
    if data.startswith(_OLE):
        return "xls"
    if data.startswith(_ZIP):
        if b"xl/workbook.xml" in data:
            return "xlsx"
        if b"content.xml" in data:
            return "ods"
        raise refuse("file", "This is a ZIP archive. Unpack it first.", status=400)
    encoding = delimited.encoding_of(data)
    binary = not encoding.startswith("utf-16") and _CONTROL.search(data)
    for start, what in _UNREADABLE.items():
        if data.startswith(start) and (binary or start in (b"%PDF", b"{\\rtf")):
            raise refuse("file", f"This is {what}.", status=400)
    if binary:
        detail = "This is neither text nor a workbook, so no statement can be read out of it."
        raise refuse("file", detail, status=400)
    head = data[:4096].decode(encoding, "replace")
    if _OFX.match(head):
        return "ofx"
    if _MARKUP.match(head):
        detail = "This is a web page or XML. Open it in a spreadsheet and save it as XLSX or CSV."
        raise refuse("file", detail, status=400)
    return "csv"


def tables(data: bytes, kind: str) -> dict[str, list[Row]]:
    """Return the rows of each sheet by its name; a text file is one sheet without a name."""
    sheets = {"": delimited.rows(data)} if kind == "csv" else workbook.sheets(data)
    for rows in sheets.values():
        width = max((len(row.cells) for row in rows), default=0)
        if width > MAX_COLUMNS or width * len(rows) > MAX_CELLS:
            raise refuse("file", f"The table is too wide: {width} columns.")
    return sheets
