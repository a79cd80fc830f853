"""Statements: workbooks, and bad files, which are refused in words and within bounds."""

import random
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from helpers import send_csv
from readings import amounts, reading, refusal, shown, workbook

from server.statements import MAX_SIZE, StatementError

# Workbooks


def test_sheet_with_most_dated_rows_is_read_and_the_others_are_told() -> None:
    data = workbook(
        {
            "Summary": [["Statement"], ["Date", "2026-01-01"]],
            "Rows": [[], ["Date", "Balance"], ["2026-01-31", 5], ["2026-02-28", -7.1]],
            "Notes": [["none"]],
        }
    )
    found = reading(data)
    assert found.kind == "xlsx"
    assert shown(found) == [["2026-01-31", "5.00"], ["2026-02-28", "-7.10"]]
    (doubt,) = found.doubts
    assert "“Rows” is read, not “Summary”" in doubt


def test_line_of_a_workbook_is_the_number_of_its_row() -> None:
    data = workbook({"S": [*[[]] * 6, ["", "Date", "Balance"], [], ["", 20260131, 1.005]]})
    assert refusal(data)["line"] == 9


def test_number_of_a_workbook_is_read_without_the_noise_of_binary_sums() -> None:
    for value, amount in ((434.9999999999999, 435), (0.1 + 0.2 - 0.3, 0), (1e11 + 0.1,) * 2):
        data = workbook({"S": [["Date", "Balance"], ["2026-01-31", value]]})
        assert amounts(reading(data)) == [amount]


def test_day_number_of_a_workbook_is_a_date_below_a_header_with_a_doubt() -> None:
    found = reading(workbook({"S": [["Date", "Balance"], [46053, 5], [46054.5, 6]]}))
    assert shown(found) == [["2026-01-31", "5.00"], ["2026-02-01", "6.00"]]
    assert "“46053”" in found.doubts[0]


def test_formula_in_error_is_refused_for_that_where_it_is_a_balance() -> None:
    data = workbook({"S": [["Date", "Balance"], ["2026-03-01", ("=A1+1", "#REF!")]]})
    assert "“#REF!”" in refusal(data)["detail"]
    head, row = ["", "Date", "Kind", "Balance"], ["", "2026-03-01", ("=A1", "#N/A"), 5]
    assert amounts(reading(workbook({"S": [head, row]}))) == [5]


def test_formula_that_gives_a_blank_text_is_a_line_without_a_balance() -> None:
    data = workbook({"S": [["Date", "Balance"], ["2026-02-28", ("=A1", " ")], ["2026-03-01", 5]]})
    assert shown(reading(data)) == [["2026-03-01", "5.00"]]


def test_time_of_a_workbook_in_utc_is_of_a_day_at_home() -> None:
    data = workbook({"S": [["Timestamp (UTC)", "Balance"], [datetime(2026, 3, 1, 22, 30), 5]]})
    assert shown(reading(data)) == [["2026-03-02", "5.00"]]


# Bad files


def bad_files(size: int) -> dict[str, bytes]:
    """Return files of at most so many bytes of which nothing can be read."""
    noise = random.Random(2)
    table, rows = b"Date,Balance\n", b"2026-01-31,5.00\n" * (size // 16 - 2)
    entities = b'<?xml version="1.0"?><!DOCTYPE OFX [<!ENTITY a "1"><!ENTITY b "&a;&a;">]><OFX>'
    return {
        "empty": b"",
        "blank": b" \r\n\n",
        "byte order mark": b"\xef\xbb\xbf",
        "picture": b"\x89PNG\r\n\x1a\n" + noise.randbytes(2000),
        "PDF": b"%PDF-1.7\n" + noise.randbytes(2000),
        "noise": noise.randbytes(size),
        "noise after a mark": b"\xff\xfe" + noise.randbytes(size - 2),
        "text noise": bytes(noise.choices(b'abc ,;\n0123456789"-/.', k=size)),
        "digit noise": bytes(noise.choices(b",\n0123456789-/.", k=size)),
        "web page": b"<html><table><tr><td>2026-01-31</td><td>5</td></tr></table></html>",
        "zeros": bytes(size),
        "a zero": b"Date,Balance\n2026-01-31,5\x00\n",
        "one line": b"x" * size,
        "one number": b"1" * size,
        "dates": b"2026-01-31,5," * (size // 13),
        "columns": b"Date,Balance" + b",x" * (size // 20) + b"\n2026-01-31,5\n",
        "commas": b"," * size,
        "quotes": b'"' * size,
        "quotes in lines": b'"\n' * (size // 2),
        "headers": b"Date,Amount,Balance\n" * (size // 20),
        "rows of one day, with a line that is no row": table + rows + b"2026-02-31,5\n",
        "short cells": (b"ab," * 33 + b"\n") * (size // 100),
        "long numbers": table + (b"2026-01-31," + b"1 " * (size // 105) + b"\n") * 50,
        "spaces": (b" " * (size // 1000 - 2) + b"x\n") * 1000,
        "OFX with entities": entities + b"<LEDGERBAL><BALAMT>&b;<DTASOF>20260131</LEDGERBAL></OFX>",
        "OFX of open tags": b"<OFX>\n" + b"<STMTRS>\n" * (size // 9 - 1),
        "OFX of transactions": b"<OFX>\n" + b"<STMTTRN></STMTTRN>\n" * (size // 20 - 1),
        "archive": b"PK\x03\x04" + noise.randbytes(1000),
        "damaged XLSX": workbook({"S": [["Date", "Balance"]]})[:-300],
        "damaged XLS": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + noise.randbytes(size // 5),
        "XLSX without rows": workbook({"S": [[]]}),
    }


SMALL = bad_files(20_000)
UNPARSED = ("picture", "PDF", "noise", "zeros", "a zero", "web page", "archive")


@pytest.mark.parametrize("name", SMALL)
def test_bad_file_is_refused_in_words(name: str) -> None:
    with pytest.raises(StatementError) as caught:
        reading(SMALL[name])
    assert caught.value.status == (400 if name in UNPARSED else 422)
    for error in caught.value.errors:
        assert error["detail"].endswith(".")
        assert len(error["detail"]) < 200


def test_what_there_is_too_much_of_is_named() -> None:
    for line, count, what in (
        ("5,5,5\n", 50_001, "50000 lines"),
        ("5," * 250 + "\n", 2_501, "cells"),
    ):
        with pytest.raises(StatementError) as caught:
            reading(line * count)
        assert what in caught.value.errors[0]["detail"]


@pytest.mark.long
def test_the_largest_bad_files_are_refused_for_their_own_reason(client: FlaskClient) -> None:
    """Within the limits of the process that reads them; `tests/web/` has those."""
    for name, data in bad_files(MAX_SIZE).items():
        told = send_csv(client, data)
        assert told.status_code == (400 if name in UNPARSED else 422), name
        assert "too long to read" not in told.text, name
