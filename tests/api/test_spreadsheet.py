"""A history as a file, out and in again, and how a file is sent."""

import io
import random
from datetime import date, timedelta

import pytest
from conftest import NOON
from flask import Flask
from flask.testing import FlaskClient
from helpers import Json, amounts, body, own, problem, record, rows, send_csv, today
from python_calamine import CalamineWorkbook

HEADER = ["date", "balance", "btc", "btc_then", "rate_then"]
FILE = b"date,balance\n2026-01-31,1234.5\n2026-02-28,-7\n"


def in_form(*names: str) -> Json:
    """Return what sends the file so often, each under its name."""
    return {"data": {"file": [(io.BytesIO(FILE), name) for name in names]}}


@pytest.mark.parametrize(
    "sent",
    [
        {"data": FILE, "content_type": "application/octet-stream"},
        {"data": FILE, "content_type": "application/x-www-form-urlencoded"},
        in_form("any.csv"),
    ],
)
def test_file_is_read_whatever_its_media_type_or_in_a_form(client: FlaskClient, sent: Json) -> None:
    assert amounts(client.post("/api/import", **sent)) == ["1234.50", "-7.00"]


@pytest.mark.parametrize("sent", [{}, {"data": {"other": (io.BytesIO(b""), "x")}}, in_form(*"ab")])
def test_no_file_and_two_files_are_refused(client: FlaskClient, sent: Json) -> None:
    problem(client.post("/api/import", **sent), 422)
    assert own(client) == []


def test_refused_line_is_quoted_and_none_is_recorded(app: Flask, client: FlaskClient) -> None:
    text = 'note,date,balance\n"a\nb",2026-01-31,5\n,2026-02-32,5\n'
    for dry_run in ("true", "false"):
        refused = problem(send_csv(client, text, query_string={"dry_run": dry_run}), 422)
        (error,) = refused["errors"]
        assert error["line"] == 4
        assert "2026-02-32" in error["detail"]
        assert refused["columns"] == ["note", "date", "balance"]
    assert rows(app) == 0


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_export_can_be_imported_again(app: Flask, client: FlaskClient, kind: str) -> None:
    """With balances of many days and sizes, with rates and without."""
    numbers = random.Random(2)
    for _ in range(30):
        day = NOON.date() - timedelta(days=numbers.randint(0, 20))
        cents = numbers.randint(-(10**14) + 1, 10**14 - 1)
        record(client, f"{cents // 100}.{cents % 100:02}", date=day.isoformat())
    rates = ("1028800.00", "999999999999.12345678", "0.00000001")
    file = ",".join(HEADER) + "\n"
    file += "".join(f"2020-01-0{number},5,,,{rate}\n" for number, rate in enumerate(rates, 1))
    written = own(send_csv(client, file))
    export = client.get(f"/api/balances.{kind}")
    assert f'attachment; filename="good-bank.{kind}"' in export.headers["Content-Disposition"]
    read = own(send_csv(app.test_client(), export.data))
    assert [entry | {"id": None} for entry in read] == [e | {"id": None} for e in written]


def test_exports_have_what_the_api_answers(client: FlaskClient) -> None:
    record(client, "-50", date="2020-01-01")
    for balance in ("999999999999.99", "-0.01"):
        record(client, balance)
    export = client.get("/api/balances.csv")
    assert export.mimetype == "text/csv"
    assert export.text.splitlines() == [
        ",".join(HEADER),
        "2020-01-01,-50.00,-0.00005000,,",
        f"{today()},999999999999.99,999999.99999999,999999.99999999,1000000.00",
        f"{today()},-0.01,-0.00000001,-0.00000001,1000000.00",
    ]
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/api/balances.xlsx").data))
    (sheet,) = workbook.sheet_names
    assert workbook.get_sheet_by_name(sheet).to_python() == [
        HEADER,
        [date(2020, 1, 1), -50.0, -0.00005, "", ""],
        [today(), 999999999999.99, 999999.99999999, 999999.99999999, 1000000.0],
        [today(), -0.01, -0.00000001, -0.00000001, 1000000.0],
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_export_without_entries_can_be_imported(client: FlaskClient, kind: str) -> None:
    answer = send_csv(client, client.get(f"/api/balances.{kind}").data)
    assert own(answer) == []
    assert body(answer)["import"]["rows"] == body(answer)["import"]["added"] == 0
