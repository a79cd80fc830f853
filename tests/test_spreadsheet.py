"""CSV out and in."""

import csv
import io
import random
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from conftest import ROOT, MakeApp
from flask import Flask
from flask.testing import FlaskClient
from test_api import body, cookies, own, problem, record, rows, today
from test_money import BAD
from werkzeug.test import TestResponse

from server.history import LIMIT


def send(client: FlaskClient, text: str | bytes, **options: Any) -> TestResponse:
    return client.post("/api/import", data=text, content_type="text/csv", **options)


def shown(response: TestResponse) -> list[tuple[str, str]]:
    return [(entry["date"], entry["balance"]) for entry in own(response)]


def refused(response: TestResponse) -> list[tuple[int, str]]:
    return [(error["line"], error["field"]) for error in problem(response, 422)["errors"]]


TWO = [("2026-01-31", "1234.50"), ("2026-02-28", "-7.00")]


@pytest.mark.parametrize(
    "text",
    [
        "date,balance\n2026-01-31,1234.5\n2026-02-28,-7\n",
        "date,balance\r\n2026-01-31,1234.50\r\n2026-02-28,-7.00",
        "date,balance\r2026-01-31,1234.50\r2026-02-28,-7.00\r",
        "\ufeffDate,Balance\n2026/01/31,1234.50\n\n2026/02/28,-7\n,\n",
        "balance,note,date\n1234.5,=HYPERLINK(1),2026-01-31\n-7,,2026-02-28\n",
        'note,"date","balance"\n"two\nlines, ""quoted""",2026-01-31,1234.5\n,2026-02-28,-7',
        "date;balance\n2026/01/31;1234,50\n2026/02/28;-7\n",
        "\ufeffdate;balance;btc;btc_then\r\n2026-01-31;1234,5;;\r\n2026-02-28;-7,0;;\r\n",
        "date;balance\n2026-01-31;1234.5\n2026-02-28;-7.0\n",
        'date,balance,"a;b"\n2026-01-31,1234.5,\n2026-02-28,-7,\n',
        "date,balance,note\n2026-01-31,1234.5," + "x" * 200_000 + "\n2026-02-28,-7,\n",
    ],
)
def test_what_spreadsheets_save_is_read(client: FlaskClient, text: str) -> None:
    assert shown(send(client, text)) == TWO
    assert {entry["btc_then"] for entry in own(client.get("/api/balances"))} == {None}


def test_a_file_of_a_form_is_read(client: FlaskClient) -> None:
    file = (io.BytesIO(b"date,balance\n2026-01-31,1234.5\n2026-02-28,-7\n"), "any.csv")
    assert shown(client.post("/api/import", data={"file": file})) == TWO


def test_a_dry_run_shows_and_records_nothing(app: Flask, client: FlaskClient) -> None:
    record(client, "5")
    text = "date,balance\n2026-01-31,1234.5\n2026-02-28,-7\n"
    dry = send(client, text, query_string={"dry_run": "true"})
    assert shown(dry) == [*TWO, (today().isoformat(), "5.00")]
    assert cookies(dry) == []
    assert rows(app) == 1
    assert shown(send(client, text, query_string={"dry_run": "false"})) == shown(dry)
    problem(send(client, text, query_string={"dry_run": "yes"}), 422)
    assert rows(app) == 3


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("", [(1, "date"), (1, "balance")]),
        ("\n", [(1, "date"), (1, "balance")]),
        ("date,amount\n2026-01-31,5\n", [(1, "balance")]),
        ("date,balance,balance\n2026-01-31,5,6\n", [(1, "balance")]),
        ("date,balance\n2026-01-31,5\n2026-01-32,5\n", [(3, "date")]),
        (
            "date,balance\n\n\n2026-01-31,abc\nsoon,\n",
            [(4, "balance"), (5, "balance"), (5, "date")],
        ),
        ('note,date,balance\n"a\nb",2026-01-31,5\n,9999-01-01,5\n', [(4, "date")]),
        ("date,balance\r\n2026-01-31,5\r\n2026-01-31,x\r\n", [(3, "balance")]),
        ("date,balance\n2026-01-31\n", [(2, "balance")]),
        ("date,balance\n2026-01-31,1234,56\n", [(2, "balance")]),
        ('date,balance\n2026-01-31,"1234,56"\n', [(2, "balance")]),
        ("date;balance\n2026-01-31;1.234,56\n", [(2, "balance")]),
        ("date;balance\n2026-01-31;1,234\n", [(2, "balance")]),
        ("date;balance\n2026-01-31;1 234,56\n", [(2, "balance")]),
        ("date,balance\n31/01/2026,5\n", [(2, "date")]),
        ("date,balance\n2026/1/31,5\n", [(2, "date")]),
        ("date,balance\n=2026-01-31,=5\n", [(2, "balance"), (2, "date")]),
    ],
)
def test_a_refused_line_is_named_and_none_is_recorded(
    app: Flask, client: FlaskClient, text: str, errors: list[tuple[int, str]]
) -> None:
    assert refused(send(client, text)) == errors
    assert refused(send(client, text, query_string={"dry_run": "true"})) == errors
    assert rows(app) == 0


@pytest.mark.parametrize("balance", [text for text in BAD if text not in ("", "\ud800", "1\n")])
def test_a_cell_is_as_strict_as_the_api(client: FlaskClient, balance: str) -> None:
    file = io.StringIO()
    csv.writer(file).writerows([("date", "balance"), ("2026-01-31", balance)])
    assert refused(send(client, file.getvalue())) == [(2, "balance")]


@pytest.mark.parametrize("data", [b"date,balance\n\xff\n", b'date,balance\n2026-01-31,"5\n'])
def test_what_is_no_csv_is_refused(client: FlaskClient, data: bytes) -> None:
    problem(send(client, data), 400)


def test_another_type_is_refused(client: FlaskClient) -> None:
    problem(client.post("/api/import", json={"balance": "5"}), 415)
    problem(client.post("/api/import", data={"balance": "5"}), 415)
    problem(client.post("/api/import"), 415)
    assert problem(client.post("/api/import", data={"other": (io.BytesIO(b""), "x")}), 422)
    problem(send(client, b"x" * (5 * 1024 * 1024 + 1)), 413)


def test_an_export_can_be_imported_again(app: Flask, client: FlaskClient) -> None:
    numbers = random.Random(2)
    for _ in range(50):
        day = today() - timedelta(days=numbers.randint(0, 20))
        cents = numbers.randint(-(10**14) + 1, 10**14 - 1)
        record(client, f"{cents // 100}.{cents % 100:02}", date=day.isoformat())
    export = client.get("/api/balances.csv")
    assert export.mimetype == "text/csv"
    assert "attachment" in export.headers["Content-Disposition"]
    other = app.test_client()
    assert shown(send(other, export.data)) == shown(client.get("/api/balances"))
    table = list(csv.DictReader(io.StringIO(export.text)))
    assert list(table[0]) == ["date", "balance", "btc", "btc_then"]
    for line, entry in zip(table, own(client.get("/api/balances")), strict=True):
        assert line == {name: entry[name] or "" for name in line}


LIBREOFFICE = ROOT / "tests" / "libreoffice-en-ZA.csv"  # LibreOffice 7.4 saved this, not a hand


def test_what_libreoffice_saves_in_south_africa_is_read(client: FlaskClient) -> None:
    """The file is an export of this product, opened and saved by tests/libreoffice.sh."""
    balances = [
        ("2024-02-29", "-50.00"),
        ("2026-01-31", "1234.56"),
        ("2026-10-31", "999999999999.99"),
    ]
    assert LIBREOFFICE.read_text().splitlines()[2].startswith("2026-01-31;1234,56;")
    assert shown(send(client, LIBREOFFICE.read_bytes())) == balances


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_still_saves_it_so(client: FlaskClient, tmp_path: Path) -> None:
    send(client, LIBREOFFICE.read_bytes())
    export = tmp_path / "good-bank.csv"
    export.write_bytes(client.get("/api/balances.csv").data)
    command = ["sh", "tests/libreoffice.sh", str(export), str(tmp_path / "saved")]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert (tmp_path / "saved" / "good-bank.csv").read_bytes() == LIBREOFFICE.read_bytes()


def test_a_repeated_import_records_nothing_more(make_app: MakeApp, database_url: str) -> None:
    client = make_app(DATABASE_URL=database_url).test_client()
    key, other = ({"Idempotency-Key": str(uuid4())} for _ in range(2))
    text = "date,balance\n2026-01-31,1234.5\n2026-02-28,-7\n"
    assert shown(send(client, text, headers=key)) == TWO
    assert shown(send(client, text, headers=key)) == TWO
    first = own(client.get("/api/balances"))[0]["id"]
    client.delete(f"/api/balances/{first}")
    assert shown(send(client, text, headers=key)) == TWO[1:]
    assert len(own(send(client, text, headers=other))) == 3
    assert len(own(send(client, text))) == 5
    problem(send(client, text, headers={"Idempotency-Key": "x"}), 400)


def test_two_files_are_not_chosen_from(client: FlaskClient) -> None:
    files = [(io.BytesIO(b"date,balance\n2026-01-31,1\n"), name) for name in ("a.csv", "b.csv")]
    problem(client.post("/api/import", data={"file": files}), 422)
    assert own(client.get("/api/balances")) == []


def test_a_file_of_rows_without_end_has_a_short_answer(client: FlaskClient) -> None:
    """Whatever is wrong with each, a history cannot hold so many."""
    response = send(client, "date,balance\n" + "x\n" * 500_000)
    assert "10000" in problem(response, 409)["detail"]
    response = send(client, "date,balance\n" + "x\n" * LIMIT)
    assert len(problem(response, 422)["errors"]) == 2 * LIMIT


def test_an_export_without_entries_has_its_header(client: FlaskClient) -> None:
    assert client.get("/api/balances.csv").text == "date,balance,btc,btc_then\r\n"


def test_an_import_past_the_limit_records_nothing(make_app: MakeApp, database_url: str) -> None:
    client = make_app(DATABASE_URL=database_url).test_client()
    record(client)
    text = "date,balance\n" + "2026-01-31,5\n" * (LIMIT - 1)
    problem(send(client, text + "2026-01-31,5\n"), 409)
    assert len(own(client.get("/api/balances"))) == 1
    count = len(own(send(client, text)))
    assert count == LIMIT


def test_imports_at_once_all_survive(make_app: MakeApp, database_url: str) -> None:
    app = make_app(DATABASE_URL=database_url)
    first = app.test_client().get("/", buffered=True)
    headers = {"Cookie": cookies(first)[0].partition(";")[0]}
    text = "date,balance\n" + "2026-01-31,5\n" * 100

    def change(number: int) -> TestResponse:
        client = app.test_client(use_cookies=False)
        if number % 2:  # each of five files is sent twice
            repeat = {"Idempotency-Key": str(UUID(int=number // 4))}
            return send(client, text, headers=headers | repeat)
        key = {"Idempotency-Key": str(uuid4())}
        return client.post("/api/update", json={"balance": "1"}, headers=headers | key)

    with ThreadPoolExecutor(8) as pool:
        assert {response.status_code for response in pool.map(change, range(20))} == {200}
    final = app.test_client(use_cookies=False).get("/api/balances", headers=headers)
    assert len(body(final)["balances"]) == 12 + 5 * 100 + 10
