"""The history as a file: out as CSV, through LibreOffice, and in again by the API."""

import csv
import io
import random
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from flask import Flask
from flask.testing import FlaskClient
from helpers import amounts, body, cookies, own, problem, record, rows, send_csv, today
from werkzeug.test import TestResponse

LIBREOFFICE = ROOT / "tests" / "libreoffice-en-ZA.csv"  # LibreOffice 7.4 saved this, not a hand


def kept(response: TestResponse) -> list[dict[str, Any]]:
    """Return what an export must not lose of each entry."""
    names = ("date", "balance", "btc_then", "rate_then")
    return [{name: entry[name] for name in names} for entry in own(response)]


# Out


def test_the_export_is_a_csv_file_of_ones_own_entries(client: FlaskClient) -> None:
    record(client, "-50", date="2020-01-01")
    record(client)
    export = client.get("/api/balances.csv")
    assert export.mimetype == "text/csv"
    assert export.headers["Content-Disposition"] == 'attachment; filename="good-bank.csv"'
    table = list(csv.DictReader(io.StringIO(export.text)))
    assert list(table[0]) == ["date", "balance", "btc", "btc_then", "rate_then"]
    for line, entry in zip(table, own(client.get("/api/balances")), strict=True):
        assert line == {name: entry[name] or "" for name in line}


def test_an_export_without_entries_has_its_header(client: FlaskClient) -> None:
    assert client.get("/api/balances.csv").text == "date,balance,btc,btc_then,rate_then\r\n"


# Out and in again


def test_an_export_imported_into_an_empty_history_loses_nothing(
    app: Flask, client: FlaskClient
) -> None:
    """Several of a day keep their order; what was frozen stays, whatever the rate is now."""
    numbers = random.Random(2)
    for _ in range(50):
        day = today() - timedelta(days=numbers.randint(0, 20))
        cents = numbers.randint(-(10**14) + 1, 10**14 - 1)
        record(client, f"{cents // 100}.{cents % 100:02}", date=day.isoformat())
    before = kept(client.get("/api/balances"))
    assert any(entry["rate_then"] for entry in before)
    export = client.get("/api/balances.csv").data
    assert kept(send_csv(app.test_client(), export)) == before
    again = send_csv(client, export)
    assert (body(again)["import"]["added"], body(again)["import"]["duplicates"]) == (0, 50)


def test_what_libreoffice_saves_in_south_africa_is_read(client: FlaskClient) -> None:
    """The file is an export of this product, opened and saved by tests/libreoffice.sh."""
    assert LIBREOFFICE.read_text().splitlines()[2].startswith("2026-01-31;1234,56;")
    assert [(e["date"], e["balance"]) for e in own(send_csv(client, LIBREOFFICE.read_bytes()))] == [
        ("2024-02-29", "-50.00"),
        ("2026-01-31", "1234.56"),
        ("2026-10-31", "999999999999.99"),
    ]


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_still_saves_it_so(client: FlaskClient, tmp_path: Path) -> None:
    send_csv(client, LIBREOFFICE.read_bytes())
    export = tmp_path / "good-bank.csv"
    export.write_bytes(client.get("/api/balances.csv").data)
    command = ["sh", "tests/libreoffice.sh", str(export), str(tmp_path / "saved")]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert (tmp_path / "saved" / "good-bank.csv").read_bytes() == LIBREOFFICE.read_bytes()


# In


def test_a_file_is_the_body_or_the_field_file(client: FlaskClient) -> None:
    data = b"date,balance\n2026-01-31,1234.5\n"
    assert amounts(client.post("/api/import", data={"file": (io.BytesIO(data), "any")}))
    for content_type in ("text/csv", "application/octet-stream", "image/png", ""):
        answer = client.post("/api/import?duplicates=add", data=data, content_type=content_type)
        assert body(answer)["import"]["added"] == 1


def test_a_form_has_one_file_and_nothing_else(client: FlaskClient) -> None:
    def file(name: str = "a.csv") -> tuple[io.BytesIO, str]:
        return io.BytesIO(b"date,balance\n2026-01-31,1\n"), name

    for sent, field in (
        ({"file": [file(), file("b.csv")]}, "file"),
        ({"file": file(), "other": file()}, "other"),
        ({"file": file(), "dry_run": "true"}, "dry_run"),
        ({"other": file()}, "other"),
        ({"file": "2026-01-31,1"}, "file"),
    ):
        told = problem(
            client.post("/api/import", data=sent, content_type="multipart/form-data"), 422
        )
        assert [error["field"] for error in told["errors"]] == [field]
    assert own(client.get("/api/balances")) == []


def test_a_refused_row_is_named_and_none_is_recorded(app: Flask, client: FlaskClient) -> None:
    text = "date,balance\n2026-01-30,1\n2026-01-31,x\n\n2026-02-30,5\n"
    for query in ("", "dry_run=true"):
        answer = send_csv(client, text, query_string=query)
        told = problem(answer, 422)
        assert [(error["line"], error["field"]) for error in told["errors"]] == [
            (3, "balance"),
            (5, "date"),
        ]
        assert "“x”" in told["detail"]
        assert told["columns"] == ["date", "balance"]
        assert cookies(answer) == []
    assert rows(app) == 0


def test_a_statement_of_more_than_five_mebibytes_is_413(client: FlaskClient) -> None:
    rows = b"date,balance,note\n" + (b"2026-01-31,1,".ljust(2000, b"x") + b"\n") * 2700

    def send(size: int) -> TestResponse:
        return send_csv(client, rows[:size])

    assert amounts(send(5 * 1024 * 1024)) == ["1.00"]
    assert "5 MiB" in problem(send(5 * 1024 * 1024 + 1), 413)["detail"]


def test_a_file_of_rows_without_end_has_a_short_answer(client: FlaskClient) -> None:
    response = send_csv(client, "date,balance\n" + "x,y\n" * 500_000)
    assert response.status_code in (409, 422)
    assert len(response.data) < 100_000
