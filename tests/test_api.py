"""The API as the contract promises it, line by line."""

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from conftest import MakeApp
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import base64_decode
from sqlalchemy import Table, delete, func, select, update
from test_money import BAD
from werkzeug.test import TestResponse

from demo.luno import Luno
from server.database import Database, entries, histories
from server.exchange import Exchange
from server.history import LIMIT

Json = dict[str, Any]


def today() -> date:
    return datetime.now(ZoneInfo("Africa/Johannesburg")).date()


def body(response: TestResponse) -> Json:
    result: Json = json.loads(response.data)
    return result


def own(response: TestResponse) -> list[Json]:
    """Return the visitor's own entries in an answer that must be a history."""
    assert response.status_code == 200, response.text[:500]
    return [entry for entry in body(response)["balances"] if not entry["sample"]]


def record(client: FlaskClient, balance: str = "1234.56", **fields: str) -> TestResponse:
    return client.post("/api/update", json={"balance": balance} | fields)


def problem(response: TestResponse, status: int) -> Json:
    """Return the problem that is answered, after a look at the shape that all have."""
    assert response.status_code == status, response.text[:500]
    assert response.content_type == "application/problem+json"
    told = body(response)
    assert told["status"] == status
    assert told["type"] == "about:blank"
    assert told["title"]
    assert told["detail"].endswith(".")
    return told


def rows(app: Flask, table: Table = entries) -> int:
    """Count what is stored, of all visitors."""
    database: Database = app.extensions["database"]
    with database.begin() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def cookies(response: TestResponse) -> list[str]:
    return response.headers.getlist("Set-Cookie")


# The history


def test_a_new_visitor_sees_samples_and_nothing_is_stored(app: Flask, client: FlaskClient) -> None:
    response = client.get("/api/balances")
    assert cookies(response) == []
    shown = body(response)["balances"]
    assert len(shown) == 12
    for entry in shown:
        assert list(entry) == ["id", "date", "balance", "btc", "btc_then", "sample"]
        assert entry["id"] is None
        assert entry["btc_then"] is None
        assert entry["sample"] is True
        assert entry["balance"] == f"{Decimal(entry['balance']):.2f}"
    days = [date.fromisoformat(entry["date"]) for entry in shown]
    assert days == sorted(set(days))
    assert days[-1] == today().replace(day=1)
    assert all(26 < (b - a).days < 32 for a, b in pairwise(days))
    client.get("/", buffered=True)
    assert rows(app) == 0


def test_a_balance_is_recorded_as_the_last_row(client: FlaskClient) -> None:
    client.get("/", buffered=True)
    before = body(client.get("/api/balances"))["balances"]
    response = record(client)
    *samples, entry = body(response)["balances"]
    assert samples == before
    assert UUID(entry.pop("id"))
    assert entry == {
        "date": today().isoformat(),
        "balance": "1234.56",
        "btc": "0.00123456",
        "btc_then": "0.00123456",
        "sample": False,
    }
    assert body(client.get("/api/balances"))["balances"] == body(response)["balances"]


def test_entries_come_by_date_then_as_recorded(client: FlaskClient) -> None:
    record(client, "3")
    record(client, "1", date="2020-01-01")
    record(client, "2", date="2020-01-01")
    assert [entry["balance"] for entry in own(record(client, "4"))] == [
        *("1.00", "2.00", "3.00", "4.00"),
    ]
    assert body(client.get("/api/balances"))["balances"][0]["sample"]


def test_visitors_do_not_see_each_other(app: Flask, client: FlaskClient) -> None:
    record(client, "1")
    other = app.test_client()
    assert own(other.get("/api/balances")) == []
    assert [entry["balance"] for entry in own(record(other, "2"))] == ["2.00"]
    assert [entry["balance"] for entry in own(client.get("/api/balances"))] == ["1.00"]


def test_start_fresh_leaves_nothing(app: Flask, client: FlaskClient) -> None:
    record(client)
    other = app.test_client()
    record(other, "5")
    assert body(client.delete("/api/balances"))["balances"] == []
    assert body(client.get("/api/balances"))["balances"] == []
    assert rows(app) == 1
    assert len(own(other.get("/api/balances"))) == 1
    assert [entry["balance"] for entry in body(record(client, "7"))["balances"]] == ["7.00"]


def test_who_has_no_cookie_may_start_fresh(client: FlaskClient) -> None:
    assert body(client.delete("/api/balances"))["balances"] == []
    assert body(client.get("/api/balances"))["balances"] == []


def test_an_unchanged_history_is_answered_with_304(client: FlaskClient) -> None:
    response = record(client)
    etag = client.get("/api/balances").headers["ETag"]
    response = client.get("/api/balances", headers={"If-None-Match": etag})
    assert response.status_code == 304
    assert response.data == b""
    record(client)
    response = client.get("/api/balances", headers={"If-None-Match": etag})
    assert response.status_code == 200


def test_every_change_changes_the_etag(client: FlaskClient) -> None:
    """And none comes back, or a browser would show what is no more."""
    seen = [client.get("/api/balances").headers["ETag"]]

    def changed(response: TestResponse) -> None:
        assert response.status_code == 200
        tag = client.get("/api/balances").headers["ETag"]
        assert tag not in seen
        seen.append(tag)

    for _ in range(2):
        entry = own(record(client))[-1]["id"]
        changed(client.get("/api/balances"))
        changed(client.delete(f"/api/balances/{entry}"))
        changed(client.post(f"/api/balances/{entry}/restore"))
        changed(post_csv(client, "date,balance\n2020-01-01,1\n"))
        client.delete("/api/balances")


def test_what_changes_nothing_keeps_the_etag(client: FlaskClient) -> None:
    entry = own(record(client))[0]["id"]
    tag = client.get("/api/balances").headers["ETag"]
    problem(client.post("/api/update", json={"balance": "x"}), 422)
    problem(client.delete(f"/api/balances/{uuid4()}"), 404)
    client.post("/api/update", json={"balance": "9"}, headers={"Idempotency-Key": entry})
    client.post(f"/api/balances/{entry}/restore")
    post_csv(client, "date,balance\n2020-01-01,1\n", "?dry_run=true")
    assert client.get("/api/balances").headers["ETag"] == tag


def post_csv(client: FlaskClient, csv: str, query: str = "") -> TestResponse:
    return client.post(f"/api/import{query}", data=csv, content_type="text/csv")


# The least answer


def test_who_asks_for_the_least_gets_the_new_entry_alone(client: FlaskClient) -> None:
    record(client, "1")
    key = str(uuid4())
    headers = {"Prefer": "return=minimal", "Idempotency-Key": key}
    answers = [client.post("/api/update", json={"balance": "2"}, headers=headers) for _ in "ab"]
    whole = body(client.get("/api/balances"))
    for answer in answers:
        assert answer.headers["Preference-Applied"] == "return=minimal"
        assert body(answer) == {"balances": whole["balances"][-1:], "rate": whole["rate"]}
    client.delete(f"/api/balances/{key}")
    deleted = client.post("/api/update", json={"balance": "2"}, headers=headers)
    assert body(deleted)["balances"] == []
    assert "Preference-Applied" not in record(client).headers


# One entry


def test_a_deleted_entry_comes_back_the_same_and_in_its_place(
    app: Flask, client: FlaskClient, luno: Luno
) -> None:
    for balance in ("1", "2", "3"):
        record(client, balance)
    before = own(client.get("/api/balances"))
    path = f"/api/balances/{before[1]['id']}"
    assert own(client.delete(path)) == own(client.get("/api/balances")) == [before[0], before[2]]
    own(record(client, "4"))
    after = own(client.post(f"{path}/restore"))
    assert after[:3] == before
    assert after[3]["balance"] == "4.00"
    assert own(client.post(f"{path}/restore")) == after


def test_a_deleted_entry_keeps_its_key(client: FlaskClient) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    client.post("/api/update", json={"balance": "1"}, headers=headers)
    client.delete(f"/api/balances/{headers['Idempotency-Key']}")
    assert own(client.post("/api/update", json={"balance": "2"}, headers=headers)) == []


def test_only_an_entry_of_ones_own_can_be_deleted_or_restored(
    app: Flask, client: FlaskClient
) -> None:
    entry = own(record(client))[0]["id"]
    other, nobody = app.test_client(), app.test_client()
    record(other)
    for stranger in (other, nobody):
        problem(stranger.delete(f"/api/balances/{entry}"), 404)
        problem(stranger.post(f"/api/balances/{entry}/restore"), 404)
    for name in (uuid4(), "1", "null", "%00", entry + "x"):
        problem(client.delete(f"/api/balances/{name}"), 404)
        problem(client.post(f"/api/balances/{name}/restore"), 404)
    assert len(own(client.get("/api/balances"))) == 1
    client.delete(f"/api/balances/{entry}")
    problem(client.delete(f"/api/balances/{entry}"), 404)


def test_start_fresh_leaves_no_trace_in_the_files(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    ids = [own(record(client))[-1]["id"] for _ in range(20)]
    client.delete(f"/api/balances/{ids[0]}")
    stored = [path.read_bytes() for path in tmp_path.glob("test.db*")]
    assert any(ids[0].encode() in data for data in stored)
    client.delete("/api/balances")
    stored = [path.read_bytes() for path in tmp_path.glob("test.db*")]
    assert not any(entry.encode() in data for data in stored for entry in ids)


def test_a_life_of_a_history(shared: tuple[Flask, str]) -> None:
    """The main steps once more, on both databases."""
    app, cookie = shared
    client = app.test_client()
    client.set_cookie(*cookie.split("=", 1))
    assert client.get("/api/health").status_code == 200
    for balance, day in (("3", "2020-02-02"), ("1", "2020-01-01"), ("2", "2020-01-01")):
        history = own(record(client, balance, date=day))
    assert [entry["balance"] for entry in history] == ["1.00", "2.00", "3.00"]
    path = f"/api/balances/{history[1]['id']}"
    assert own(client.delete(path)) == [history[0], history[2]]
    assert own(client.post(f"{path}/restore")) == history
    assert body(client.delete("/api/balances"))["balances"] == []
    problem(client.post(f"{path}/restore"), 404)


def test_start_fresh_leaves_nothing_to_restore(app: Flask, client: FlaskClient) -> None:
    entry = own(record(client))[0]["id"]
    client.delete(f"/api/balances/{entry}")
    assert rows(app) == 1
    client.delete("/api/balances")
    assert rows(app) == rows(app, histories) == 0
    problem(client.post(f"/api/balances/{entry}/restore"), 404)


# What may be sent


def test_json_numbers_are_exact(client: FlaskClient) -> None:
    for number in ("999999999999.99", "-0.01", "1234.5", "7", "100.0", "-0"):
        body = f'{{"balance": {number}}}'
        response = client.post("/api/update", data=body, content_type="application/json")
        assert own(response)[-1]["balance"] == f"{Decimal(number) + 0:.2f}"


def test_forms_are_read(client: FlaskClient) -> None:
    assert own(client.post("/api/update", data={"balance": "1.5"}))[-1]["balance"] == "1.50"
    multipart = client.post(
        "/api/update",
        data={"balance": "2", "date": "2020-02-29"},
        content_type="multipart/form-data",
    )
    assert own(multipart)[0]["date"] == "2020-02-29"


@pytest.mark.parametrize("balance", BAD)
def test_a_bad_balance_is_refused(client: FlaskClient, balance: str) -> None:
    record(client)
    before = body(client.get("/api/balances"))
    requests: list[Json] = [{"json": {"balance": balance}}]
    if balance != "\ud800":  # which no form can carry
        requests.append({"data": {"balance": balance}})
    for request in requests:
        told = problem(client.post("/api/update", **request), 422)
        assert [error["field"] for error in told["errors"]] == ["balance"]
    assert body(client.get("/api/balances")) == before


@pytest.mark.parametrize(
    "body",
    [
        *("{}", "[]", "null", "5", '"5"', '{"Balance": 5}', '{"balance": NaN}'),
        *('{"balance": null}', '{"balance": true}', '{"balance": [5]}', '{"balance": {"a": 5}}'),
        *('{"balance": 1e400}', '{"balance": -Infinity}', '{"balance": 1.234}'),
        '{"balance": ' + "9" * 5000 + "}",
    ],
)
def test_json_of_another_shape_is_refused(client: FlaskClient, body: str) -> None:
    response = client.post("/api/update", data=body, content_type="application/json")
    assert problem(response, 422)["errors"][0]["field"] == "balance"
    assert cookies(response) == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        *(("application/json", body) for body in (b"", b"{", b"balance=5", b"\xff", b"[" * 99999)),
        *(("application/json", body) for body in (b'{"balance":"5\0"}', b'{"a":' * 99999)),
        *(("application/json", '{"balance": 5}'.encode(name)) for name in ("utf-16", "utf-16-le")),
        ("multipart/form-data", b"balance=5"),
        ("multipart/form-data; boundary=x", b"--y\r\nbalance"),
    ],
)
def test_a_body_that_cannot_be_parsed(client: FlaskClient, content_type: str, body: bytes) -> None:
    response = client.post("/api/update", data=body, content_type=content_type)
    problem(response, 400)
    assert cookies(response) == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", '{"balance": "5", "balance": "6"}'),
        ("application/x-www-form-urlencoded", "balance=5&balance=5"),
        ("application/x-www-form-urlencoded", "balance=5%00"),
        ("application/x-www-form-urlencoded", "balance=%ff"),
    ],
)
def test_nothing_is_guessed(client: FlaskClient, content_type: str, body: str) -> None:
    response = client.post("/api/update", data=body, content_type=content_type)
    assert [error["field"] for error in problem(response, 422)["errors"]] == ["balance"]


@pytest.mark.parametrize(
    "headers",
    [
        *({"Cookie": f"good_bank={value}"} for value in ("x" * 100_000, "\xff", "a.b.c", '"')),
        *({"If-None-Match": '\xff"'}, {"Accept-Encoding": "gzip;q=x"}, {"Host": 'evil"<>'}),
        *({"Origin": "\xff"}, {"Range": "bytes=0-1"}, {"X-Forwarded-Host": "evil.example"}),
    ],
)
def test_odd_headers_do_no_harm(client: FlaskClient, headers: dict[str, str]) -> None:
    for path in ("/", "/api/balances", "/api/docs"):
        assert client.get(path, headers=headers, buffered=True).status_code < 300


@pytest.mark.parametrize("content_type", ["text/plain", "text/csv", "application/xml", ""])
def test_a_body_of_another_type(client: FlaskClient, content_type: str) -> None:
    response = client.post("/api/update", data=b"balance=5", content_type=content_type)
    problem(response, 415)


def test_a_body_of_more_than_a_mebibyte(client: FlaskClient) -> None:
    form = "application/x-www-form-urlencoded"

    def send(size: int) -> TestResponse:
        return client.post("/api/update", data=b"balance=5&x=".ljust(size, b"x"), content_type=form)

    assert len(own(send(1024 * 1024))) == 1
    problem(send(1024 * 1024 + 1), 413)
    assert len(own(client.get("/api/balances"))) == 1


def test_a_chunked_body_is_read_whole_or_refused(
    app: Flask, serve: Any, client: FlaskClient
) -> None:
    """Over real HTTP, since the test client knows no chunks."""
    host = serve(app).removeprefix("http://")
    for size, status in ((100, 200), (1024 * 1024 + 1, 413), (3 * 1024 * 1024, 413)):
        connection = HTTPConnection(host)
        body = b'{"balance": "5"}'.ljust(size)
        chunks = iter([body[i : i + 4096] for i in range(0, size, 4096)])
        connection.request(
            "POST",
            "/api/update",
            chunks,
            {"Content-Type": "application/json"},
            encode_chunked=True,
        )
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        assert response.status == status, answer
    assert rows(app) == 1


# Dates


def test_a_date_may_be_given(client: FlaskClient) -> None:
    for day in ("2024-02-29", "0001-01-01", today().isoformat()):
        assert day in [entry["date"] for entry in own(record(client, date=day))]


@pytest.mark.parametrize(
    "day",
    [
        *(
            "",
            "today",
            "2026-13-01",
            "2025-02-29",
            "20260101",
            "2026-W01-1",
            "2026-1-1",
            "01/02/2026",
        ),
        *(
            "2026-01-01T00:00",
            " 2026-01-01",
            "9999-12-31",
            "10000-01-01",
            "２０２６-01-01",
            None,
            5,
            [],
        ),
    ],
)
def test_a_bad_date_is_refused(client: FlaskClient, day: object) -> None:
    told = problem(client.post("/api/update", json={"balance": "5", "date": day}), 422)
    assert [error["field"] for error in told["errors"]] == ["date"]
    assert own(client.get("/api/balances")) == []


def test_tomorrow_is_refused(client: FlaskClient) -> None:
    told = problem(record(client, date=(today() + timedelta(days=1)).isoformat()), 422)
    assert "future" in told["detail"]


def test_every_bad_field_is_named(client: FlaskClient) -> None:
    told = problem(record(client, "abc", date="soon"), 422)
    assert [error["field"] for error in told["errors"]] == ["balance", "date"]
    assert all(error["detail"] in told["detail"] for error in told["errors"])


def test_the_time_zone_decides_what_day_it_is(make_app: MakeApp) -> None:
    """These two are 26 hours apart, so it is never the same day in both."""
    days = {}
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        client = make_app(TIMEZONE=zone).test_client()
        days[zone] = own(record(client))[-1]["date"]
        now = datetime.now(ZoneInfo(zone))
        assert days[zone] in {
            now.date().isoformat(),
            (now - timedelta(minutes=1)).date().isoformat(),
        }
    assert days["Pacific/Kiritimati"] > days["Etc/GMT+12"]


# Idempotency-Key


def test_a_key_names_the_entry(app: Flask, client: FlaskClient) -> None:
    key = str(uuid4())
    headers = {"Idempotency-Key": key}
    first = client.post("/api/update", json={"balance": "1"}, headers=headers)
    assert own(first)[0]["id"] == key
    again = client.post("/api/update", json={"balance": "2"}, headers=headers)
    assert own(again) == own(first)
    upper = {"Idempotency-Key": key.upper()}
    assert own(client.post("/api/update", json={"balance": "3"}, headers=upper)) == own(first)
    other = app.test_client()
    theirs = other.post("/api/update", json={"balance": "4"}, headers=headers)
    assert [entry["balance"] for entry in own(theirs)] == ["4.00"]


@pytest.mark.parametrize("body", ["{", "", "[]", '{"balance": "abc"}'])
def test_a_repeat_is_answered_whatever_its_body(client: FlaskClient, body: str) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    first = client.post("/api/update", json={"balance": "1"}, headers=headers)
    repeat = client.post("/api/update", data=body, headers=headers)
    assert own(repeat) == own(first)


@pytest.mark.parametrize("key", ["", "1", "abc", "x" * 36, f"{{{uuid4()}}}", uuid4().hex, "é"])
def test_a_key_that_is_no_uuid_is_refused(client: FlaskClient, key: str) -> None:
    response = client.post("/api/update", json={"balance": "1"}, headers={"Idempotency-Key": key})
    assert "UUID" in problem(response, 400)["detail"]
    assert own(client.get("/api/balances")) == []


# Several at once, on SQLite and on PostgreSQL


@pytest.fixture
def shared(make_app: MakeApp, database_url: str) -> tuple[Flask, str]:
    """An application, and the cookie of a visitor whom several clients can be."""
    app = make_app(DATABASE_URL=database_url)
    cookie = app.test_client().get("/", buffered=True).headers["Set-Cookie"].partition(";")[0]
    return app, cookie


def post_at_once(shared: tuple[Flask, str], keys: list[str]) -> list[TestResponse]:
    app, cookie = shared

    def post(numbered: tuple[int, str]) -> TestResponse:
        number, key = numbered
        return app.test_client(use_cookies=False).post(
            "/api/update",
            json={"balance": str(number)},
            headers={"Cookie": cookie, "Idempotency-Key": key or str(uuid4())},
        )

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(post, enumerate(keys)))


def test_appends_at_once_all_survive(shared: tuple[Flask, str]) -> None:
    keys = [str(uuid4()) for _ in range(40)]
    for response in post_at_once(shared, keys):
        assert response.status_code == 200
    app, cookie = shared
    final = app.test_client(use_cookies=False).get("/api/balances", headers={"Cookie": cookie})
    assert sorted(entry["id"] for entry in own(final)) == sorted(keys)


def test_first_appends_at_once_all_survive(make_app: MakeApp, database_url: str) -> None:
    """Each is the first of a history whose row several begin at the same moment."""
    app = make_app(DATABASE_URL=database_url)
    for _ in range(10):
        cookie = app.test_client().get("/").headers["Set-Cookie"].partition(";")[0]
        answers = post_at_once((app, cookie), [""] * 8)
        assert [answer.status_code for answer in answers] == [200] * 8
        assert max(len(own(answer)) for answer in answers) == 8


def test_the_size_that_is_kept_is_the_size_there_is(shared: tuple[Flask, str]) -> None:
    """Whatever several do to one history at once."""
    app, cookie = shared
    keys = [str(uuid4()) for _ in range(4)]

    def act(number: int) -> int:
        client, key = app.test_client(use_cookies=False), keys[number % len(keys)]
        headers = {"Cookie": cookie, "Idempotency-Key": key}
        path = f"/api/balances/{key}"
        chosen = random.Random(number).choice(["record", "import", "delete", "restore"])
        if chosen == "record":
            return client.post("/api/update", json={"balance": "1"}, headers=headers).status_code
        if chosen == "import":
            rows = "date,balance\n2020-01-01,1\n2020-01-02,2\n"
            file = {"data": rows, "content_type": "text/csv", "headers": headers}
            return client.post("/api/import", **file).status_code
        if chosen == "restore":
            return client.post(f"{path}/restore", headers=headers).status_code
        return client.delete(
            "/api/balances" if number % 25 == 0 else path, headers=headers
        ).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(act, range(200))) <= {200, 404}
    with app.extensions["database"].begin() as connection:
        own = entries.c.account == histories.c.account
        live = select(func.count()).where(own, ~entries.c.deleted).scalar_subquery()
        sizes = connection.execute(select(histories.c.size, live)).all()
        places = connection.execute(select(entries.c.account, entries.c.recorded)).all()
    assert all(kept == there for kept, there in sizes), sizes
    assert len(set(places)) == len(places)


def test_entries_from_before_there_were_versions_count(shared: tuple[Flask, str]) -> None:
    app, cookie = shared
    client = app.test_client(use_cookies=False)
    headers = {"Cookie": cookie}
    before = own(client.post("/api/update", json={"balance": "1"}, headers=headers))
    with app.extensions["database"].begin() as connection:
        connection.execute(delete(histories))
        connection.execute(update(entries).values(recorded=1))
    assert own(client.get("/api/balances", headers=headers)) == before
    after = own(client.post("/api/update", json={"balance": "2"}, headers=headers))
    assert [entry["balance"] for entry in after] == ["1.00", "2.00"]
    with app.extensions["database"].begin() as connection:
        assert connection.execute(select(histories.c.size)).scalar_one() == 2


def test_repeats_at_once_record_once(shared: tuple[Flask, str]) -> None:
    responses = post_at_once(shared, [str(uuid4())] * 20)
    histories = [own(response) for response in responses]
    assert all(history == histories[0] for history in histories)
    assert len(histories[0]) == 1


def test_ten_thousand_entries_are_the_limit(shared: tuple[Flask, str]) -> None:
    app, cookie = shared
    client = app.test_client(use_cookies=False)
    key = str(uuid4())
    headers = {"Cookie": cookie, "Idempotency-Key": key}
    client.post("/api/update", json={"balance": "1"}, headers=headers)
    csv = "date,balance\n" + "2020-01-01,1\n" * (LIMIT - 2)
    client.post("/api/import", data=csv, content_type="text/csv", headers={"Cookie": cookie})
    last = client.post("/api/update", json={"balance": "2"}, headers={"Cookie": cookie})
    count = len(own(last))
    assert count == LIMIT
    full = client.post("/api/update", json={"balance": "3"}, headers={"Cookie": cookie})
    assert "10000" in problem(full, 409)["detail"]
    repeat = client.post("/api/update", json={"balance": "4"}, headers=headers)
    count = len(own(repeat))
    assert count == LIMIT
    path = f"/api/balances/{key}"
    count = len(own(client.delete(path, headers={"Cookie": cookie})))
    assert count == LIMIT - 1
    statuses = [response.status_code for response in post_at_once(shared, [""] * 8)]
    assert sorted(statuses) == [200] + [409] * 7
    problem(client.post(f"{path}/restore", headers={"Cookie": cookie}), 409)


# The rate


def test_the_rate_is_described(client: FlaskClient, luno: Luno) -> None:
    luno.ticker = {"timestamp": 1527784000000, "last_trade": "99776.00"}
    rate = body(client.get("/api/balances"))["rate"]
    assert rate == {
        "pair": "XBTZAR",
        "price": "99776.00",
        "as_of": "2018-05-31T16:26:40+00:00",
        "stale": False,
    }


def test_values_are_exact_and_frozen_when_recorded(
    app: Flask, client: FlaskClient, luno: Luno
) -> None:
    luno.ticker = {"last_trade": "1234567.89"}
    record(client, "-999999999999.99")
    luno.ticker = {"last_trade": "7654321.01"}
    app.extensions["exchange"].ask()
    entry = own(client.get("/api/balances"))[0]

    def value(price: str) -> str:
        quotient = Decimal("-999999999999.99") / Decimal(price)
        return f"{quotient.quantize(Decimal('1e-8'), ROUND_HALF_EVEN):f}"

    assert entry["btc"] == value("7654321.01")
    assert entry["btc_then"] == value("1234567.89")


def test_only_todays_entry_has_a_value_of_then(client: FlaskClient) -> None:
    yesterday = (today() - timedelta(days=1)).isoformat()
    assert own(record(client, date=yesterday))[0]["btc_then"] is None
    assert own(record(client, date=today().isoformat()))[-1]["btc_then"] == "0.00123456"


def test_no_rate_means_no_value(make_app: MakeApp) -> None:
    client = make_app(LUNO_URLS=["http://127.0.0.1:1/"]).test_client()
    shown = body(record(client))
    assert shown["rate"] is None
    assert {(entry["btc"], entry["btc_then"]) for entry in shown["balances"]} == {(None, None)}


def test_an_old_rate_is_said_to_be_stale(app: Flask, client: FlaskClient, luno: Luno) -> None:
    now = [0.0]
    exchange = Exchange([luno.url], clock=lambda: now[0])
    exchange.ask()
    luno.status = 500
    app.extensions["exchange"] = exchange
    assert body(client.get("/api/balances"))["rate"]["stale"] is False
    now[0] = 121
    shown = body(client.get("/api/balances"))
    assert shown["rate"]["stale"] is True
    assert shown["balances"][0]["btc"] is not None
    exchange.close()


# The cookie


def test_the_page_hands_out_the_cookie_once(client: FlaskClient) -> None:
    (cookie,) = cookies(client.get("/", buffered=True))
    parts = cookie.lower().split("; ")
    assert {"httponly", "samesite=lax", "path=/"} <= set(parts)
    assert "secure" not in parts
    expires = next(part for part in cookie.split("; ") if part.startswith("Expires="))
    end = datetime.strptime(expires, "Expires=%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    assert timedelta(days=364) < end - datetime.now(UTC) < timedelta(days=366)
    assert cookies(client.get("/", buffered=True)) == cookies(client.get("/api/balances")) == []


def test_each_write_extends_the_cookie(client: FlaskClient) -> None:
    first = record(client)
    path = f"/api/balances/{own(first)[0]['id']}"
    removed, restored = client.delete(path), client.post(f"{path}/restore")
    for response in (first, record(client), removed, restored, client.delete("/api/balances")):
        assert len(cookies(response)) == 1


def test_the_cookie_names_the_history_and_holds_none_of_it(client: FlaskClient) -> None:
    record(client, "123456.78")
    client.delete("/api/balances")
    (cookie,) = cookies(record(client, "123456.78"))
    payload = json.loads(base64_decode(cookie.partition("=")[2].partition(".")[0]))
    assert payload.keys() == {"_permanent", "account", "fresh"}
    assert UUID(payload["account"])


@pytest.mark.parametrize(
    "damage", [lambda c: c[:-3], lambda c: "x" + c, lambda c: "", lambda c: c * 99]
)
def test_a_damaged_cookie_is_a_new_visitor(app: Flask, client: FlaskClient, damage: Any) -> None:
    name, _, value = cookies(record(client))[0].partition(";")[0].partition("=")
    stranger = app.test_client(use_cookies=False)
    headers = {"Cookie": f"{name}={damage(value)}"}
    assert own(stranger.get("/api/balances", headers=headers)) == []
    assert len(cookies(stranger.get("/", headers=headers, buffered=True))) == 1


def test_a_cookie_is_good_for_a_year(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where its signature has been checked before."""
    record(client)
    now = time.time()
    for days, left in ((-1, 0), (0, 1), (364, 1), (366, 0)):
        monkeypatch.setattr(time, "time", lambda days=days: now + days * 86400)
        assert len(own(client.get("/api/balances"))) == left


# Health and other errors


def test_health(client: FlaskClient) -> None:
    assert client.get("/api/health").status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://postgres@127.0.0.1:1/none",
        "sqlite:////dev/null/none.db",
    ],
)
def test_a_database_out_of_reach(make_app: MakeApp, url: str) -> None:
    client = make_app(DATABASE_URL=url).test_client()
    client.get("/", buffered=True)
    problem(client.get("/api/health"), 503)
    problem(record(client), 503)
    assert client.get("/", buffered=True).status_code == 200


def test_a_database_that_breaks(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    own(record(client))
    for path in tmp_path.glob("test.db*"):
        path.write_bytes(b"garbage" * 10_000)
    app.extensions["database"].close()
    problem(client.get("/api/health"), 503)
    problem(record(client), 503)


def test_a_read_only_database(make_app: MakeApp, postgresql: str) -> None:
    url = f"{postgresql}&options=-c%20default_transaction_read_only%3Don"
    client = make_app(DATABASE_URL=url).test_client()
    problem(record(client), 503)


def test_no_balance_is_logged(
    make_app: MakeApp, postgresql: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"{postgresql}&options=-c%20default_transaction_read_only%3Don"
    problem(record(make_app(DATABASE_URL=url).test_client(), "98765.43"), 503)
    assert "read-only" in caplog.text
    assert "98765" not in caplog.text


def test_a_database_that_comes_later(make_app: MakeApp, tmp_path: Any) -> None:
    folder = tmp_path / "later"
    client = make_app(DATABASE_URL=f"sqlite:///{folder}/good-bank.db").test_client()
    problem(client.get("/api/health"), 503)
    folder.mkdir()
    assert client.get("/api/health").status_code == 200
    assert len(own(record(client))) == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404),
        ("POST", "/api/", 404),
        ("GET", "/nothing", 404),
        ("GET", "/client/../server/api.py", 404),
        ("GET", "/client/%2e%2e/server/api.py", 404),
        ("GET", "/server/api.py", 404),
        ("GET", "/api/update", 405),
        ("PUT", "/api/balances", 405),
        ("POST", "/", 405),
    ],
)
def test_wrong_paths_and_methods(client: FlaskClient, method: str, path: str, status: int) -> None:
    response = client.open(path, method=method)
    problem(response, status)
    assert ("Allow" in response.headers) == (status == 405)
