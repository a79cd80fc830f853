"""A history as CSV, out and in again, and how a file is sent."""

import csv
import io
import random
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import ROOT
from flask import Flask
from flask.testing import FlaskClient
from helpers import body, own, problem, record, rows, today
from helpers import send_csv as send
from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse

from server.statements import MAX_SIZE


def shown(response: TestResponse) -> list[tuple[str, str]]:
    return [(entry["date"], entry["balance"]) for entry in own(response)]


TWO = [("2026-01-31", "1234.50"), ("2026-02-28", "-7.00")]
FILE = b"date,balance\n2026-01-31,1234.5\n2026-02-28,-7\n"


@pytest.mark.parametrize(
    "content_type", ["text/csv", "application/octet-stream", "application/x-www-form-urlencoded"]
)
def test_a_file_is_read_whatever_its_media_type(client: FlaskClient, content_type: str) -> None:
    assert shown(client.post("/api/import", data=FILE, content_type=content_type)) == TWO


def test_a_file_of_a_form_is_read(client: FlaskClient) -> None:
    file = (io.BytesIO(FILE), "any.csv")
    assert shown(client.post("/api/import", data={"file": file})) == TWO


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("date,balance\n2026-01-31,5\n2026-02-32,6\n", 3, "2026-02-32"),
        ("date,balance\r\n2026-01-31,5.00\r\n2026-01-31,1.2345\r\n", 3, "1.2345"),
        ("date,balance\n2026-01-31,5.00\n2026-02-01,1000000000000.00\n", 3, "1000000000000.00"),
        ('note,date,balance\n"a\nb",2026-01-31,5\n,1899-12-31,5\n', 4, "1899-12-31"),
    ],
)
def test_a_refused_line_is_quoted_and_none_is_recorded(
    app: Flask, client: FlaskClient, text: str, line: int, said: str
) -> None:
    for dry_run in ("true", "false"):
        refused = problem(send(client, text, query_string={"dry_run": dry_run}), 422)
        (error,) = refused["errors"]
        assert error["line"] == line
        assert said in error["detail"]
        assert refused["columns"]
    assert rows(app) == 0


def test_a_form_without_a_file_is_refused(client: FlaskClient) -> None:
    assert problem(client.post("/api/import", data={"other": (io.BytesIO(b""), "x")}), 422)
    assert problem(client.post("/api/import"), 422)


def test_a_file_over_5_mib_is_refused(client: FlaskClient) -> None:
    problem(send(client, b"x" * (MAX_SIZE + 1)), 413)


def write_history(client: FlaskClient) -> None:
    """Record balances of many days and sizes, with rates and without."""
    numbers = random.Random(2)
    for _ in range(30):
        day = today() - timedelta(days=numbers.randint(0, 20))
        cents = numbers.randint(-(10**14) + 1, 10**14 - 1)
        record(client, f"{cents // 100}.{cents % 100:02}", date=day.isoformat())
    for rate in ("1028800.00", "999999999999.12345678", "0.00000001"):
        file = f"date,balance,btc,btc_then,rate_then\n2020-01-01,5,,,{rate}\n"
        assert send(client, file).status_code == 200


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_can_be_imported_again(app: Flask, client: FlaskClient, kind: str) -> None:
    write_history(client)
    export = client.get(f"/api/balances.{kind}")
    assert f'attachment; filename="good-bank.{kind}"' in export.headers["Content-Disposition"]
    other = app.test_client()
    fields = ("date", "balance", "btc_then", "rate_then")
    read, written = (
        [[entry[name] for name in fields] for entry in own(response)]
        for response in (send(other, export.data), client.get("/api/balances"))
    )
    assert read == written


def test_a_csv_export_has_what_the_api_answers(client: FlaskClient) -> None:
    write_history(client)
    export = client.get("/api/balances.csv")
    assert export.mimetype == "text/csv"
    table = list(csv.DictReader(io.StringIO(export.text)))
    assert list(table[0]) == ["date", "balance", "btc", "btc_then", "rate_then"]
    for line, entry in zip(table, own(client.get("/api/balances")), strict=True):
        assert line == {name: entry[name] or "" for name in line}


def test_a_workbook_has_dates_and_numbers(client: FlaskClient) -> None:
    for balance in ("999999999999.99", "-0.01"):
        record(client, balance)
    export = client.get("/api/balances.xlsx")
    (sheet,) = CalamineWorkbook.from_filelike(io.BytesIO(export.data)).sheet_names
    table = CalamineWorkbook.from_filelike(io.BytesIO(export.data)).get_sheet_by_name(sheet)
    header, first, second = table.to_python()
    assert header == ["date", "balance", "btc", "btc_then", "rate_then"]
    assert first == [today(), 999999999999.99, 999999.99999999, 999999.99999999, 1000000.0]
    assert second == [today(), -0.01, -0.00000001, -0.00000001, 1000000.0]


LIBREOFFICE = (
    ROOT / "tests" / "statements" / "files" / "libreoffice-en-ZA.csv"
)  # LibreOffice 7.4 saved this, not a hand


def test_what_libreoffice_saves_in_south_africa_is_read(client: FlaskClient) -> None:
    """The file is an export of this product, saved by tests/statements/libreoffice.sh."""
    balances = [
        ("2024-02-29", "-50.00"),
        ("2026-01-31", "1234.56"),
        ("2026-10-31", "999999999999.99"),
    ]
    assert LIBREOFFICE.read_text().splitlines()[2].startswith("2026-01-31;1234,56;")
    assert shown(send(client, LIBREOFFICE.read_bytes())) == balances


@pytest.mark.skipif(
    not shutil.which("soffice"), reason="Needs LibreOffice; files it saved are tested"
)
def test_libreoffice_still_saves_it_so(client: FlaskClient, tmp_path: Path) -> None:
    send(client, LIBREOFFICE.read_bytes())
    export = tmp_path / "good-bank.csv"
    export.write_bytes(client.get("/api/balances.csv").data)
    command = ["sh", "tests/statements/libreoffice.sh", str(export), str(tmp_path / "saved")]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert (tmp_path / "saved" / "good-bank.csv").read_bytes() == LIBREOFFICE.read_bytes()


def test_two_files_are_not_chosen_from(client: FlaskClient) -> None:
    files = [(io.BytesIO(b"date,balance\n2026-01-31,1\n"), name) for name in ("a.csv", "b.csv")]
    problem(client.post("/api/import", data={"file": files}), 422)
    assert own(client.get("/api/balances")) == []


def test_an_export_without_entries_has_its_header(client: FlaskClient) -> None:
    assert client.get("/api/balances.csv").text == "date,balance,btc,btc_then,rate_then\r\n"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_without_entries_can_be_imported(
    app: Flask, client: FlaskClient, kind: str
) -> None:
    answer = send(client, client.get(f"/api/balances.{kind}").data)
    assert own(answer) == []
    assert body(answer)["import"]["rows"] == body(answer)["import"]["added"] == 0
    assert rows(app) == 0
