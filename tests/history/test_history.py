"""One history on SQLite and on PostgreSQL: many changes at once, repeats, and its limit."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from conftest import MakeApp
from flask import Flask
from flask.testing import FlaskClient
from helpers import (
    amounts,
    body,
    client_with,
    cookie,
    cookies,
    export_of,
    own,
    problem,
    record,
    rows,
    send_csv,
    today,
)
from sqlalchemy import func, insert, select
from werkzeug.test import TestResponse

from server.history.history import LIMIT
from server.history.tables import entries, histories
from server.web import inputs, statement_process


@pytest.fixture
def app(make_app: MakeApp, database_url: str) -> Flask:
    return make_app(DATABASE_URL=database_url)


@pytest.fixture
def visitor(app: Flask) -> str:
    """A visitor's cookie, with which several clients can be the same visitor."""
    return cookie(app.test_client().get("/", buffered=True))


@pytest.fixture
def client(app: Flask, visitor: str) -> FlaskClient:
    return client_with(app, visitor)


def record_at_once(app: Flask, visitor: str, keys: list[str | None]) -> list[TestResponse]:
    """Record balances, each under its key, where it has one, from eight threads."""

    def send(key: str | None) -> TestResponse:
        return record(client_with(app, visitor), "1", key)

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(send, keys))


def test_a_life_of_a_history(client: FlaskClient) -> None:
    assert client.get("/api/health").status_code == 200
    for balance, day in (("3", "2020-02-02"), ("1", "2020-01-01"), ("2", "2020-01-01")):
        history = own(record(client, balance, date=day))
    assert [entry["balance"] for entry in history] == ["1.00", "2.00", "3.00"]
    path = f"/api/balances/{history[1]['id']}"
    assert own(client.delete(path)) == [history[0], history[2]]
    assert own(client.post(f"{path}/restore")) == history
    moved = own(client.patch(path, json={"date": "2020-03-03", "balance": "-2"}))
    assert [entry["balance"] for entry in moved] == ["1.00", "3.00", "-2.00"]
    assert body(client.delete("/api/samples"))["balances"] == moved
    imported = send_csv(client, "date,balance\n2019-01-01,9\n2020-01-01,1\n")
    assert [entry["balance"] for entry in own(imported)] == ["9.00", "1.00", "3.00", "-2.00"]
    assert own(client.delete(f"/api/imports/{body(imported)['import']['id']}")) == moved
    assert body(client.delete("/api/balances"))["balances"] == []
    problem(client.post(f"{path}/restore"), 404)


# Many changes at once


def test_records_at_once_all_survive(app: Flask, visitor: str, client: FlaskClient) -> None:
    keys: list[str | None] = [str(uuid4()) for _ in range(40)]
    assert {response.status_code for response in record_at_once(app, visitor, keys)} == {200}
    assert {entry["id"] for entry in own(client.get("/api/balances"))} == set(keys)


def test_first_records_at_once_all_survive(app: Flask) -> None:
    """Each is the first of a history whose row several begin at the same moment."""
    for _ in range(10):
        visitor = cookie(app.test_client().get("/", buffered=True))
        answers = record_at_once(app, visitor, [None] * 8)
        assert [answer.status_code for answer in answers] == [200] * 8
        assert max(len(own(answer)) for answer in answers) == 8


def test_repeats_at_once_record_once(app: Flask, visitor: str) -> None:
    answers = [own(answer) for answer in record_at_once(app, visitor, [str(uuid4())] * 20)]
    assert all(answer == answers[0] for answer in answers)
    assert len(answers[0]) == 1


def test_the_kept_size_is_the_number_of_entries(app: Flask, visitor: str) -> None:
    """Whatever several clients do to one history at once."""
    keys = [str(uuid4()) for _ in range(4)]
    text = "date,balance\n2020-01-01,1\n2020-01-02,2\n"

    def act(number: int) -> TestResponse:
        client, key = client_with(app, visitor), keys[number % len(keys)]
        path, headers = f"/api/balances/{key}", {"Idempotency-Key": key}
        acts = [
            lambda: record(client, "1", key),
            lambda: client.patch(path, json={"date": "2020-01-01"}),
            lambda: client.delete(path),
            lambda: client.post(f"{path}/restore"),
            lambda: send_csv(client, text, headers=headers),
            lambda: client.delete(f"/api/imports/{key}"),
        ]
        return random.Random(number).choice(acts)()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(act, range(200)))
    assert {answer.status_code for answer in answers} <= {200, 404}
    with app.extensions["database"].read() as connection:
        here = entries.c.account == histories.c.account
        live = select(func.count()).where(here, ~entries.c.deleted).scalar_subquery()
        sizes = connection.execute(select(histories.c.size, live)).all()
        places = connection.execute(select(entries.c.account, entries.c.recorded)).all()
    assert all(kept == there for kept, there in sizes), sizes
    assert len(set(places)) == len(places)


def test_ten_thousand_entries_are_the_limit(app: Flask, visitor: str, client: FlaskClient) -> None:
    key = str(uuid4())
    record(client, "1", key)
    send_csv(client, export_of(LIMIT - 2))
    count = len(own(record(client, "2")))
    assert count == LIMIT
    assert "10000" in problem(record(client, "3"), 409)["detail"]
    count = len(own(record(client, "1", key)))
    assert count == LIMIT
    path = f"/api/balances/{key}"
    count = len(own(client.delete(path)))
    assert count == LIMIT - 1
    assert client.patch(f"{path}", json={"balance": "2"}).status_code == 404
    statuses = [response.status_code for response in record_at_once(app, visitor, [None] * 8)]
    assert sorted(statuses) == [200] + [409] * 7
    problem(client.post(f"{path}/restore"), 409)
    other = own(client.get("/api/balances"))[0]["id"]
    assert client.patch(f"/api/balances/{other}", json={"balance": "2"}).status_code == 200


# Idempotency-Key


def test_an_idempotency_key_names_the_entry_of_this_visitor(
    app: Flask, client: FlaskClient
) -> None:
    key = str(uuid4())
    first = record(client, "1", key)
    assert own(first)[0]["id"] == key
    assert own(record(client, "1", key)) == own(first)
    assert own(record(client, "1", key.upper())) == own(first)
    assert own(record(client, "1.00", key, date=today().isoformat())) == own(first)
    assert amounts(record(app.test_client(), "4", key)) == ["4.00"]


def test_a_reused_key_is_422_and_records_nothing(client: FlaskClient) -> None:
    """Also once its entry was changed or deleted: what counts is what it was recorded with."""
    key, path = str(uuid4()), "/api/balances/"
    record(client, "1", key, date="2020-01-01")
    changed = own(client.patch(path + key, json={"balance": "2", "date": "2020-02-02"}))

    def check(expected: list[object]) -> None:
        for balance, day in (("2", "2020-02-02"), ("1", "2020-01-02"), ("2", "2020-01-01")):
            told = problem(record(client, balance, key, date=day), 422)
            assert [error["field"] for error in told["errors"]] == ["Idempotency-Key"]
        problem(record(client, "1", key), 422)
        assert own(record(client, "1", key, date="2020-01-01")) == expected
        assert own(client.get("/api/balances")) == expected

    check(list(changed))
    client.delete(path + key)
    check([])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """The day that the server believes it is, which a test can change."""
    days = [today()]
    monkeypatch.setattr(inputs, "today", lambda: days[-1])
    return days


def test_a_repeat_after_midnight_is_a_repeat(client: FlaskClient, clock: list[date]) -> None:
    """Without a date it meant the day before. With another date it is another entry."""
    yesterday = clock[0] - timedelta(days=1)
    clock.append(yesterday)
    key, dated = str(uuid4()), str(uuid4())
    first = own(record(client, "1", key))
    assert [entry["date"] for entry in first] == [yesterday.isoformat()]
    clock.append(yesterday + timedelta(days=1))
    assert own(record(client, "1", key)) == first
    problem(record(client, "2", key), 422)
    problem(record(client, "1", key, date=clock[-1].isoformat()), 422)
    assert own(record(client, "1", key, date=yesterday.isoformat())) == first
    record(client, "1", dated, date="2020-01-01")
    problem(record(client, "1", dated), 422)
    clock.append(yesterday + timedelta(days=2))
    problem(record(client, "1", key), 422)
    assert len(own(client.get("/api/balances"))) == 2


# Starting fresh


def test_a_late_write_under_a_name_that_was_deleted_is_refused(
    app: Flask, visitor: str, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It began before the start fresh, so its answer must not set the old name again."""
    record(client, "1")
    ready, go = Event(), Event()
    read = statement_process.read

    def slowly(*args: Any) -> object:
        result = read(*args)
        history.append("waiting")
        ready.set()
        go.wait(10)
        return result

    history: list[str] = []
    monkeypatch.setattr(statement_process, "read", slowly)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(send_csv, client_with(app, visitor), "date,balance\n2020-01-01,1\n")
        ready.wait(10)
        new = cookie(client.delete("/api/balances"))
        go.set()
        refused = late.result()
    assert history == ["waiting"]
    assert cookies(refused) == []
    assert "deleted" in problem(refused, 409)["detail"]
    assert own(client_with(app, new).get("/api/balances")) == []
    assert own(client_with(app, visitor).get("/api/balances")) == []


def test_who_records_after_another_device_deleted_all_gets_a_new_history(
    app: Flask, visitor: str, client: FlaskClient
) -> None:
    record(client, "1")
    device = client_with(app, visitor)
    before = device.get("/api/balances").headers["Good-Bank-History"]
    client.delete("/api/balances")
    assert own(device.get("/api/balances")) == []
    answer = record(device, "2")
    assert amounts(answer) == ["2.00"]
    assert answer.headers["Good-Bank-History"] != before
    assert own(client.get("/api/balances")) == []
    assert own(client_with(app, visitor).get("/api/balances")) == []
    assert amounts(device.get("/api/balances")) == ["2.00"]


def test_a_repeat_during_a_start_fresh_is_no_fault(app: Flask, visitor: str) -> None:
    key = str(uuid4())

    def act(number: int) -> TestResponse:
        client = client_with(app, visitor)
        return client.delete("/api/balances") if number % 4 == 0 else record(client, "1", key)

    with ThreadPoolExecutor(4) as pool:
        statuses = {answer.status_code for answer in pool.map(act, range(24))}
    assert statuses <= {200, 409}


def test_only_so_many_deleted_entries_are_kept(
    app: Flask, visitor: str, client: FlaskClient
) -> None:
    ids = [str(uuid4()) for _ in range(LIMIT + 2)]
    (live,) = own(record(client, "1"))
    with app.extensions["database"].write() as connection:
        row = connection.execute(select(entries)).one()._asdict()
        deleted = [
            row | {"id": name, "deleted": True, "recorded": number}
            for number, name in enumerate(ids, -LIMIT)
        ]
        connection.execute(insert(entries), deleted)
    client.delete(f"/api/balances/{live['id']}")
    assert rows(app) == LIMIT
    for entry, status in ((live["id"], 200), (ids[-1], 200), (ids[2], 404)):
        assert client.post(f"/api/balances/{entry}/restore").status_code == status
