"""Statements: kinds of files, and bad ones, which are refused in words and within bounds."""

import io
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from conftest import ROOT
from readings import SAMPLES, TODAY, reading, refused, shown
from workbooks import row, workbook

from server.statements import MAX_SIZE, Choices, StatementError, read

MIB = 1024 * 1024
DATED = b"2026-01-31,5.00\n"


def open_document(rows: str) -> bytes:
    """Return an ODS of one sheet."""
    names = "urn:oasis:names:tc:opendocument:xmlns"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{names}:manifest:1.0"/>',
        )
        archive.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{names}:office:1.0"'
            f' xmlns:table="{names}:table:1.0" xmlns:text="{names}:text:1.0">'
            "<office:body><office:spreadsheet>"
            f'<table:table table:name="S">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return file.getvalue()


def repeated(rows: int, columns: int) -> bytes:
    """Return an ODS that declares so many cells."""
    return open_document(
        f'<table:table-row table:number-rows-repeated="{rows}">'
        f'<table:table-cell table:number-columns-repeated="{columns}"'
        ' office:value-type="float" office:value="1"/></table:table-row>'
    )


def far_apart(reference: str) -> bytes:
    """Return an XLSX of two cells, A1 and the other corner of a rectangle."""
    number = reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    cells = f'<row r="{number}"><c r="{reference}"><v>1</v></c></row>'
    return workbook({"S": '<row r="1"><c r="A1"><v>1</v></c></row>' + cells})


@pytest.mark.parametrize("text", ["<html>", "<OFX>", "OFXHEADER", "<?xml", "<!DOCTYPE a>", "%PDF"])
def test_markup_in_a_cell_is_text(text: str) -> None:
    data = f"Note,Date,Balance\n{text},2026-01-31,5\n"
    assert shown(data) == [("2026-01-31", "5.00")]


def test_sheet_with_most_dated_rows_is_read_and_the_others_are_told() -> None:
    head = row("Date", "Balance")
    data = workbook(
        {
            "Summary": row("Statement") + row("Date", "2026-01-01"),
            "Rows": row() + head + row("2026-01-31", 5) + row("2026-02-28", -7.1),
            "Notes": row("none"),
        }
    )
    found = reading(data)
    assert found.kind == "xlsx"
    assert shown(data) == [("2026-01-31", "5.00"), ("2026-02-28", "-7.10")]
    assert len(found.doubts) == 1
    assert "“Rows” is read, not “Summary”" in found.doubts[0]


def test_line_of_a_workbook_is_the_number_of_its_row() -> None:
    rows = '<row r="7"><c r="B7" t="inlineStr"><is><t>Date</t></is></c>'
    rows += '<c r="C7" t="inlineStr"><is><t>Balance</t></is></c></row>'
    rows += '<row r="9"><c r="B9"><v>20260131</v></c><c r="C9"><v>1.005</v></c></row>'
    assert refused(workbook({"S": rows})) == [("balance", 9)]


def test_line_of_an_open_document_is_the_number_of_its_row() -> None:
    def cell(text: str) -> str:
        content = f"<text:p>{text}</text:p>"
        return f'<table:table-cell office:value-type="string">{content}</table:table-cell>'

    empty = '<table:table-row table:number-rows-repeated="5"><table:table-cell/></table:table-row>'
    rows = [(cell("Date"), cell("Balance")), (cell("2026-01-31"), cell("five"))]
    data = empty + "".join(f"<table:table-row>{a}{b}</table:table-row>" for a, b in rows)
    assert refused(open_document(data)) == [("balance", 7)]


@pytest.mark.parametrize(
    ("value", "cents"),
    [
        (1234.56, 123456),
        (1234.5600000000001, 123456),
        (0.1 + 0.2 - 0.3, 0),
        (1e11 + 0.1, 10**13 + 10),
    ],
)
def test_number_of_a_workbook_is_read_without_the_noise_of_binary_sums(
    value: float, cents: int
) -> None:
    data = workbook({"S": row("Date", "Balance") + row("2026-01-31", value)})
    assert reading(data).balances == [(date(2026, 1, 31), cents, None)]


def test_day_number_of_a_workbook_is_a_date_below_a_header_with_a_doubt() -> None:
    data = workbook({"S": row("Date", "Balance") + row(46053, 5) + row(46054.5, 6)})
    assert shown(data) == [("2026-01-31", "5.00"), ("2026-02-01", "6.00")]
    assert "“46053”" in reading(data).doubts[0]


OFX = """OFXHEADER:100\r\n\r\n<OFX><STMTRS><CURDEF>{currency}
<STMTTRN><DTPOSTED>20260103120000[-5:EST]<TRNAMT>-10.00<FITID>3</STMTTRN>
<STMTTRN><DTPOSTED>20260102000000[+2:SAST]<TRNAMT>{amount}</STMTTRN>
<STMTTRN><DTPOSTED>20260102<TRNAMT>5,50</STMTTRN>
<LEDGERBAL><BALAMT>100.00<DTASOF>{as_of}</LEDGERBAL>
<AVAILBAL><BALAMT>900.00<DTASOF>20260109</AVAILBAL></STMTRS></OFX>"""


def ofx(currency: str = "ZAR", amount: str = "+3.00", as_of: str = "20260103") -> str:
    return OFX.format(currency=currency, amount=amount, as_of=as_of)


def test_ofx_is_counted_back_from_the_ledger_balance() -> None:
    assert shown(ofx()) == [("2026-01-02", "110.00"), ("2026-01-03", "100.00")]
    assert [b for _, b in shown(ofx(), each="row")] == ["107.00", "110.00", "100.00"]
    found = reading(ofx())
    assert (found.kind, found.columns, found.rows) == ("ofx", [], 3)
    assert (found.date_column, found.balance_column, found.doubts) == (None, None, [])


def test_ofx_of_several_accounts_is_read_by_the_account_that_is_chosen() -> None:
    one, two = (ofx().replace("<CURDEF>", f"<ACCTID>{name}<CURDEF>") for name in ("11", "22"))
    text = one + two.replace("<BALAMT>100.00", "<BALAMT>200.00")
    with pytest.raises(StatementError, match="“11”, “22”"):
        reading(text)
    assert shown(text, account="22") == [("2026-01-02", "210.00"), ("2026-01-03", "200.00")]


def test_transaction_of_tomorrow_is_passed_over() -> None:
    text = ofx(as_of="20261126").replace("20260103120000", "20261126")
    assert shown(text) == [("2026-01-02", "110.00")]
    assert "later than today" in reading(text).skipped[0]["detail"]


def test_ofx_whose_aggregates_are_not_closed_is_read() -> None:
    text = ofx().replace("</STMTTRN>", "").replace("</LEDGERBAL>", "").replace("</AVAILBAL>", "")
    assert shown(text) == shown(ofx())


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        (ofx(currency="USD"), "USD"),
        (ofx(as_of="20260102"), "20260102"),
        (ofx(as_of="00000000"), "no valid date"),
        (ofx(as_of="20260109"), "what moved between"),
        (ofx().replace("<FITID>3", "<CURRENCY><CURSYM>USD</CURRENCY>"), "USD"),
    ],
)
def test_ofx_that_may_be_read_wrongly_has_a_doubt(text: str, doubt: str) -> None:
    assert any(doubt in each for each in reading(text).doubts)


def test_ofx_without_transactions_has_the_ledger_balance() -> None:
    text = "<OFX><STMTRS><LEDGERBAL><BALAMT>5.00<DTASOF>20260109</LEDGERBAL></STMTRS></OFX>"
    assert shown(text) == [("2026-01-09", "5.00")]


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        (ofx().replace("LEDGERBAL", "OTHERBAL"), [("balance", None)]),
        (ofx() + ofx(), [("account", None)]),
        (ofx(amount="&lt;"), [("balance", 5)]),
        (ofx(amount="1.234"), [("balance", 5)]),
        (ofx().replace("20260103120000", "20260132"), [("date", 4)]),
        (ofx().replace("20260103120000", "3 Jan"), [("date", 4)]),
        ("<OFX></OFX>", [("balance", None)]),
    ],
)
def test_bad_ofx_is_refused(text: str, errors: list[tuple[str, int | None]]) -> None:
    assert refused(text) == errors


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE OFX [<!ENTITY a "1"><!ENTITY b "&a;&a;">]>'
NOISE = random.Random(2)
BAD_FILES: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "blank": lambda: b" \r\n\n",
    "byte order mark": lambda: b"\xef\xbb\xbf",
    "picture": lambda: b"\x89PNG\r\n\x1a\n" + NOISE.randbytes(2000),
    "PDF": lambda: b"%PDF-1.7\n" + NOISE.randbytes(2000),
    "noise": lambda: NOISE.randbytes(MAX_SIZE),
    "noise after a mark": lambda: b"\xff\xfe" + NOISE.randbytes(MAX_SIZE - 2),
    "text noise": lambda: bytes(NOISE.choices(b'abc ,;\n0123456789"-/.', k=MAX_SIZE)),
    "digit noise": lambda: bytes(NOISE.choices(b",\n0123456789-/.", k=MAX_SIZE)),
    "web page": lambda: b"<html><table><tr><td>2026-01-31</td><td>5</td></tr></table></html>",
    "zeros": lambda: bytes(MAX_SIZE),
    "a zero": lambda: b"Date,Balance\n2026-01-31,5\x00\n",
    "line of 4 MiB": lambda: b"x" * 4 * MIB,
    "digits of 4 MiB": lambda: b"1" * 4 * MIB,
    "dates of 4 MiB": lambda: b"2026-01-31,5," * (4 * MIB // 13),
    "300 000 columns": lambda: b"Date,Balance" + b",x" * 300_000 + b"\n" + DATED,
    "commas": lambda: b"," * MAX_SIZE,
    "quotes": lambda: b'"' * MAX_SIZE,
    "quotes in lines": lambda: b'"\n' * (MAX_SIZE // 2),
    "headers": lambda: b"Date,Amount,Balance\n" * (MAX_SIZE // 20),
    "rows": lambda: b"Date,Balance\n" + DATED * (MAX_SIZE // len(DATED) - 1),
    "short cells": lambda: (b"ab," * 33 + b"\n") * (MAX_SIZE // 100),
    "long numbers": lambda: b"Date,Balance\n" + (b"2026-01-31," + b"1 " * 50_000 + b"\n") * 50,
    "spaces": lambda: (b" " * 1000 + b"x\n") * 5000,
    "OFX with entities": lambda: (
        ENTITIES + b"<OFX><LEDGERBAL><BALAMT>&b;<DTASOF>20260131</LEDGERBAL></OFX>"
    ),
    "OFX of open tags": lambda: b"<OFX>\n" + b"<STMTRS>\n" * (MAX_SIZE // 9 - 1),
    "OFX of transactions": lambda: b"<OFX>\n" + b"<STMTTRN></STMTTRN>\n" * (MAX_SIZE // 20 - 1),
    "archive": lambda: b"PK\x03\x04" + NOISE.randbytes(1000),
    "damaged XLSX": lambda: workbook({"S": row("Date", "Balance")})[:-300],
    "damaged XLS": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + NOISE.randbytes(MIB),
    "XLSX without rows": lambda: workbook({"S": ""}),
}
BOMBS: dict[str, Callable[[], bytes]] = {  # of a few kilobytes, for which gigabytes are asked
    "XLSX of 17 billion cells": lambda: far_apart("XFD1048576"),
    "XLSX of ten million cells": lambda: far_apart("J1000000"),
    "XLSX of three million full cells": lambda: workbook({"S": row(*[1] * 10) * 300_000}),
    "XLSX of 120 MiB of text": lambda: workbook(
        {"S": ""}, "<si><t>" + "a" * 120 * MIB + "</t></si>"
    ),
    "XLSX of one long text many times": lambda: workbook(
        {"S": '<row><c t="s"><v>0</v></c></row>' * 40_000},
        "<si><t>" + "b" * 10**6 + "</t></si>",
    ),
    "XLS of 17 million cells": lambda: (SAMPLES / "far-apart.xls").read_bytes(),
    "ODS of ten million cells": lambda: repeated(1_000_000, 10),
    "ODS of a billion cells": lambda: repeated(1_048_576, 1024),
    "ODS of cells without end": lambda: repeated(4 * 10**9, 4 * 10**9),
}
UNPARSED = ("picture", "PDF", "noise", "zeros", "a zero", "web page", "archive")


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file_is_refused_in_words(name: str) -> None:
    with pytest.raises(StatementError) as caught:
        read(BAD_FILES[name](), Choices(), TODAY)
    assert caught.value.status == (400 if name in UNPARSED else 422)
    for error in caught.value.errors:
        assert error["detail"].endswith(".")
        assert len(error["detail"]) < 200


MEASURE = """
import os, resource, sys
from datetime import date
from pathlib import Path
from server.statements import Choices, StatementError, read

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

sample, *bad = map(Path, sys.argv[1:])
read(sample.read_bytes(), Choices(), date(2026, 11, 25))
for file in bad:
    process = os.fork()
    if process:
        os.waitpid(process, 0)
        continue
    resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    before = peak()
    try:
        read(file.read_bytes(), Choices(), date(2026, 11, 25))
        print(file.name, "read", flush=True)
    except StatementError:
        print(file.name, peak() - before, flush=True)
    os._exit(0)
"""


def peaks(files: dict[str, Callable[[], bytes]], folder: Path) -> dict[str, str]:
    """Read each file in a process with limits; return by how many KiB it grew until its refusal."""
    for name, make in files.items():
        (folder / name).write_bytes(make())
    paths = [SAMPLES / "xlsx-typed-cells.xlsx", *sorted(folder.iterdir())]
    command = [sys.executable, "-c", MEASURE, *map(str, paths)]
    output = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    found = (line.rpartition(" ") for line in output.splitlines())
    return {name: grown for name, _, grown in found}


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux has the limits, and counts in KiB")
def test_bad_files_take_less_than_100_mib(tmp_path: Path) -> None:
    found = peaks(BAD_FILES, tmp_path)
    assert set(found) == set(BAD_FILES)
    assert {name: grown for name, grown in found.items() if int(grown) > 100 * 1024} == {}


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux has the limits")
def test_workbook_that_asks_for_gigabytes_is_refused_or_ended_by_the_limits(tmp_path: Path) -> None:
    assert "read" not in peaks(BOMBS, tmp_path).values()
