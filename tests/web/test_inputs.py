"""What a request may hold, and how the answer says what is wrong with it."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.client import HTTPConnection
from zoneinfo import ZoneInfo

import pytest
from conftest import MakeApp, Serve
from flask import Flask
from flask.testing import FlaskClient
from helpers import BAD, Json, amounts, body, cookies, own, problem, record, rows, send_csv, today
from werkzeug.test import TestResponse

ID = "123e4567-e89b-42d3-a456-426614174000"
FORM = "application/x-www-form-urlencoded"


# Bodies


def test_json_numbers_are_exact(client: FlaskClient) -> None:
    for number in ("999999999999.99", "-0.01", "1234.5", "7", "100.0", "-0"):
        sent = f'{{"balance": {number}}}'
        response = client.post("/api/update", data=sent, content_type="application/json")
        assert own(response)[-1]["balance"] == f"{Decimal(number) + 0:.2f}"


def test_forms_are_read(client: FlaskClient) -> None:
    assert own(client.post("/api/update", data={"balance": "1.5"}))[-1]["balance"] == "1.50"
    multipart = client.post(
        "/api/update",
        data={"balance": "2", "date": "2020-02-29"},
        content_type="multipart/form-data",
    )
    assert own(multipart)[0]["date"] == "2020-02-29"


@pytest.mark.parametrize(
    "sent",
    [
        *("{}", "[]", "null", "5", '"5"', '{"balance": NaN}'),
        *('{"balance": null}', '{"balance": true}', '{"balance": [5]}', '{"balance": {"a": 5}}'),
        *('{"balance": 1e400}', '{"balance": -Infinity}', '{"balance": 1.234}'),
        '{"balance": ' + "9" * 5000 + "}",
    ],
)
def test_json_without_a_good_balance_is_refused(client: FlaskClient, sent: str) -> None:
    response = client.post("/api/update", data=sent, content_type="application/json")
    assert [error["field"] for error in problem(response, 422)["errors"]] == ["balance"]
    assert cookies(response) == []


@pytest.mark.parametrize(
    ("content_type", "sent"),
    [
        *(("application/json", sent) for sent in (b"", b"{", b"balance=5", b"\xff", b"[" * 99999)),
        *(("application/json", sent) for sent in (b'{"balance":"5\0"}', b'{"a":' * 99999)),
        *(("application/json", sent) for sent in (b'{"\\ud800": 5}', b'{"balance": "\\ud800"}')),
        *(("application/json", '{"balance": 5}'.encode(name)) for name in ("utf-16", "utf-16-le")),
        ("multipart/form-data", b"balance=5"),
        ("multipart/form-data; boundary=x", b"--y\r\nbalance"),
    ],
)
def test_a_body_that_cannot_be_parsed_is_400(
    client: FlaskClient, content_type: str, sent: bytes
) -> None:
    response = client.post("/api/update", data=sent, content_type=content_type)
    problem(response, 400)
    assert cookies(response) == []


@pytest.mark.parametrize("content_type", ["text/plain", "text/csv", "application/xml", ""])
def test_a_body_of_another_type_is_415(client: FlaskClient, content_type: str) -> None:
    problem(client.post("/api/update", data=b"balance=5", content_type=content_type), 415)


def test_a_body_of_more_than_a_mebibyte_is_413(client: FlaskClient) -> None:
    def send(size: int) -> TestResponse:
        sent = b'{"balance": 5}'.ljust(size)
        return client.post("/api/update", data=sent, content_type="application/json")

    assert len(own(send(1024 * 1024))) == 1
    problem(send(1024 * 1024 + 1), 413)
    assert len(own(client.get("/api/balances"))) == 1


def test_a_chunked_body_is_read_whole_or_refused(app: Flask, serve: Serve) -> None:
    """Over real HTTP, since the test client knows no chunks."""
    host = serve(app).removeprefix("http://")
    for size, status in ((100, 200), (1024 * 1024 + 1, 413), (3 * 1024 * 1024, 413)):
        connection = HTTPConnection(host)
        sent = b'{"balance": "5"}'.ljust(size)
        chunks = iter([sent[i : i + 4096] for i in range(0, size, 4096)])
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/api/update", chunks, headers, encode_chunked=True)
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        assert response.status == status, answer
    assert rows(app) == 1


@pytest.mark.parametrize("path", ["/api/update", "/api/import"])
def test_a_form_of_many_fields_is_refused_unread(client: FlaskClient, path: str) -> None:
    parts = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n" * 10_000 + "--x--\r\n"
    sent = {"multipart/form-data; boundary=x": parts, FORM: "a&" * 500_000}
    for content_type, body_sent in sent.items():
        if path == "/api/update" or content_type != FORM:
            response = client.post(path, data=body_sent, content_type=content_type)
            assert "more than 100 fields" in problem(response, 400)["detail"]


def test_a_file_is_read_where_there_is_no_room_for_temporary_ones(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    head = b"--x\r\nContent-Disposition: form-data; name=file; filename=a.csv\r\n\r\n"
    file = b"date,description,balance\n2020-01-01," + b"x" * 10**6 + b",1\n"
    sent = head + file + b"\r\n--x--\r\n"
    response = client.post("/api/import", data=sent, content_type="multipart/form-data; boundary=x")
    assert amounts(response) == ["1.00"]


# Heads


@pytest.mark.parametrize("name", ["If-Modified-Since", "If-Range"])
@pytest.mark.parametrize("path", ["/", "/client/base.css"])
def test_a_date_that_is_none_is_not_heeded(client: FlaskClient, name: str, path: str) -> None:
    absurd = "Mon, 1 Jan 2020 00:00:00 +99999999999999"
    response = client.get(path, headers={name: absurd, "Range": "bytes=0-9"}, buffered=True)
    assert response.status_code == 200


def test_a_path_writes_no_lines_in_a_log(client: FlaskClient) -> None:
    problem(client.get("/api/balances%0aERROR in app: forged"), 404)


# Fields and options


def test_a_few_unknown_fields_are_named_and_the_others_counted(client: FlaskClient) -> None:
    sent = {f"{number}{'x' * 1000}": "1" for number in range(1000)}
    told = problem(client.post("/api/update", json=sent), 422)
    assert [len(error["field"]) for error in told["errors"]] == [100] * 10
    assert told["detail"].endswith(" And 997 more.")


@pytest.mark.parametrize(
    ("method", "path", "known"),
    [
        ("POST", "/api/update", {"balance": "5"}),
        ("PATCH", "/api/balances/{id}", {"balance": "5"}),
        ("POST", "/api/session", {"key": "0"}),
        ("POST", "/api/key", {"page": "https://bank.example/"}),
    ],
)
def test_an_unknown_field_is_refused_by_name(
    client: FlaskClient, method: str, path: str, known: dict[str, str]
) -> None:
    """Else a misspelt `dat=2026-01-01` would record today."""
    before = own(record(client))
    path = path.replace("{id}", before[0]["id"])
    for sent in ({"json": known | {"dat": "1"}}, {"data": known | {"dat": "1"}}):
        told = problem(client.open(path, method=method, **sent), 422)  # type: ignore[arg-type]
        assert [error["field"] for error in told["errors"]] == ["dat"]
        assert "“dat”" in told["detail"]
        assert all(f"“{name}”" in told["detail"] for name in known)
    assert own(client.get("/api/balances")) == before


@pytest.mark.parametrize(
    ("content_type", "sent", "fields"),
    [
        ("application/json", '{"balance": "5", "balance": "6"}', ["balance"]),
        (FORM, "balance=5&balance=5", ["balance"]),
        (FORM, "balance=5&date=2020-01-01&date=2020-01-01", ["date"]),
        (FORM, "balance=5%00", ["balance"]),
        (FORM, "balance=%ff", ["balance"]),
        (FORM, "Balance=5", ["Balance"]),
        (FORM, "balance=5&a=1&a=2&b=3", ["a", "b"]),
    ],
)
def test_no_value_is_guessed_or_chosen(
    client: FlaskClient, content_type: str, sent: str, fields: list[str]
) -> None:
    response = client.post("/api/update", data=sent, content_type=content_type)
    assert [error["field"] for error in problem(response, 422)["errors"]] == fields


@pytest.mark.parametrize(
    ("query", "field"),
    [("dry=true", "dry"), ("dry_run=1", "dry_run"), ("dry_run=true&dry_run=true", "dry_run")],
)
def test_an_unknown_or_bad_option_is_refused_by_name(
    client: FlaskClient, query: str, field: str
) -> None:
    told = problem(send_csv(client, "date,balance\n2020-01-01,1\n", query_string=query), 422)
    assert [error["field"] for error in told["errors"]] == [field]
    assert own(client.get("/api/balances")) == []


@pytest.mark.parametrize("query", ["anyhow=true", "anyway=yes", "anyway=true&anyway=false"])
def test_leaving_takes_no_other_option_than_anyway(client: FlaskClient, query: str) -> None:
    record(client)
    problem(client.delete("/api/session", query_string=query), 422)
    assert len(own(client.get("/api/balances"))) == 1


def test_every_bad_field_is_named(client: FlaskClient) -> None:
    told = problem(record(client, "abc", date="soon"), 422)
    assert [error["field"] for error in told["errors"]] == ["balance", "date"]
    assert all(error["detail"] in told["detail"] for error in told["errors"])


@pytest.mark.parametrize(
    "headers",
    [
        *({"Cookie": f"good_bank={value}"} for value in ("x" * 100_000, "\xff", "a.b.c", '"')),
        *({"If-None-Match": '\xff"'}, {"Accept-Encoding": "gzip;q=x"}, {"Host": 'evil"<>'}),
        *({"Origin": "\xff"}, {"Range": "bytes=0-1"}, {"X-Forwarded-Host": "evil.example"}),
        *({"Authorization": "Basic eDp5"}, {"Authorization": "\xff"}, {"Prefer": "\xff"}),
    ],
)
def test_odd_headers_do_no_harm(client: FlaskClient, headers: dict[str, str]) -> None:
    for path in ("/", "/api/balances", "/api/docs"):
        assert client.get(path, headers=headers, buffered=True).status_code < 300


# Balances


@pytest.mark.parametrize("balance", BAD)
def test_a_bad_balance_is_refused(client: FlaskClient, balance: str) -> None:
    record(client)
    before = body(client.get("/api/balances"))
    sent: list[Json] = [{"json": {"balance": balance}}, {"data": {"balance": balance}}]
    for request in sent:
        told = problem(client.post("/api/update", **request), 422)
        assert [error["field"] for error in told["errors"]] == ["balance"]
    assert body(client.get("/api/balances")) == before


@pytest.mark.parametrize(
    ("balance", "detail"),
    [
        ("1000000000000", "“1000000000000” is too large: a balance is at most 999999999999.99."),
        ("-1000000000000", "“-1000000000000” is too large: a balance is at most 999999999999.99."),
        ("1.234", "“1.234” has 3 decimals: a balance has at most 2."),
        ("abc", "“abc” is no plain amount of rand, such as 1234.56 or -50."),
        ("1,234", "“1,234” is no plain amount of rand, such as 1234.56 or -50."),
        ("", "Enter a balance in rand, such as 1234.56."),
        ("9" * 1000, f"“{'9' * 40}…” is too large: a balance is at most 999999999999.99."),
    ],
)
def test_a_refusal_quotes_the_balance_and_says_what_is_wrong(
    client: FlaskClient, balance: str, detail: str
) -> None:
    assert problem(record(client, balance), 422)["detail"] == detail


# Dates


def test_any_day_from_1900_to_today_may_be_given(client: FlaskClient) -> None:
    for day in ("2024-02-29", "1900-01-01", today().isoformat()):
        assert day in [entry["date"] for entry in own(record(client, date=day))]


@pytest.mark.parametrize(
    "day",
    [
        *("", "today", "2026-13-01", "2025-02-29", "20260101", "2026-W01-1", "2026-1-1"),
        *("01/02/2026", "2026-01-01T00:00", " 2026-01-01", "9999-12-31", "10000-01-01"),
        *("２０２６-01-01", "0002-01-01", "0202-11-22", "1899-12-31", None, 5, [], {}, True),
    ],
)
def test_a_bad_date_is_refused(client: FlaskClient, day: object) -> None:
    told = problem(client.post("/api/update", json={"balance": "5", "date": day}), 422)
    assert [error["field"] for error in told["errors"]] == ["date"]
    assert own(client.get("/api/balances")) == []


def test_a_refusal_quotes_the_date_and_says_what_is_wrong(client: FlaskClient) -> None:
    tomorrow = today() + timedelta(days=1)
    for day, detail in (
        ("soon", "“soon” is no date; one is written year-month-day, such as 2026-11-22."),
        (str(tomorrow), f"{tomorrow} lies in the future; today is {today()}."),
        (
            "0002-01-01",
            "0002-01-01 is too early; the first day that can have a balance is 1900-01-01.",
        ),
    ):
        assert problem(record(client, date=day), 422)["detail"] == detail


def test_the_time_zone_decides_what_day_it_is(make_app: MakeApp) -> None:
    """These two are 26 hours apart, so it is never the same day in both."""
    days = {}
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        client = make_app(TIMEZONE=zone).test_client()
        before = datetime.now(ZoneInfo(zone)).date().isoformat()
        answer = record(client)
        days[zone] = own(answer)[-1]["date"]
        assert days[zone] in {before, datetime.now(ZoneInfo(zone)).date().isoformat()}
        assert answer.headers["Good-Bank-Today"] == days[zone]
    assert days["Pacific/Kiritimati"] > days["Etc/GMT+12"]
    assert datetime.now(UTC).date().isoformat() in days.values() or len(set(days.values())) == 2


# Idempotency-Key


@pytest.mark.parametrize("key", ["", "1", "abc", "x" * 36, f"{{{ID}}}", ID.replace("-", ""), "é"])
def test_an_idempotency_key_that_is_no_uuid_is_400(client: FlaskClient, key: str) -> None:
    headers = {"Idempotency-Key": key}
    sent = client.post("/api/update", json={"balance": "1"}, headers=headers)
    assert "UUID" in problem(sent, 400)["detail"]
    problem(send_csv(client, "date,balance\n2020-01-01,1\n", headers=headers), 400)
    assert own(client.get("/api/balances")) == []
