"""One history on SQLite and on PostgreSQL: many changes at once, repeats, its limit."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from conftest import NOON, both_databases
from flask import Flask
from flask.testing import FlaskClient
from helpers import (
    amounts,
    body,
    cookie,
    export_of,
    make_key,
    own,
    problem,
    record,
    rows,
    send_csv,
    tab_with,
)
from sqlalchemy import insert, select
from time_machine import Traveller
from werkzeug.test import TestResponse

from server.history.history import LIMIT
from server.history.tables import entries
from server.web.limits import ARRIVED


@pytest.fixture
def visitor(client: FlaskClient) -> str:
    """The client's cookie, with which several clients can be the same visitor."""
    return cookie(client.get("/", buffered=True))


# Many changes at once


@both_databases
def test_records_at_once_are_each_there_once(app: Flask) -> None:
    """Each key comes twice; the first one begins the history."""
    for _ in range(5):
        visitor = cookie(app.test_client().get("/", buffered=True))
        keys = [str(uuid4()) for _ in range(8)]

        def send(key: str, visitor: str = visitor) -> int:
            return record(tab_with(app, visitor), "1", key).status_code

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(send, keys * 2)) == {200}
        final = own(tab_with(app, visitor))
        assert sorted(entry["id"] for entry in final) == sorted(keys)


def test_ten_thousand_entries_are_the_limit(app: Flask, visitor: str, client: FlaskClient) -> None:
    """However they come. What would not fit is refused whole."""
    phone, key, header = app.test_client(), str(uuid4()), "date,balance\n"
    path, opening = f"/api/balances/{key}", {"key": make_key(client), "merge": True}
    record(client, "1", key)
    imported = send_csv(client, export_of(LIMIT - 1))
    assert len(own(imported)) == LIMIT
    record(phone, "2")
    for answer in (
        record(client, "3"),
        send_csv(client, f"{header}2020-01-02,3\n"),
        send_csv(client, f"{header}2020-01-02,3\n", query_string={"dry_run": "true"}),
        phone.post("/api/session", json=opening),
    ):
        assert "10000" in problem(answer, 409)["detail"]
    assert amounts(phone) == ["2.00"]
    assert record(client, "1", key).status_code == 200  # a repeat
    assert client.patch(path, json={"balance": "2"}).status_code == 200
    assert client.delete(path).status_code == 200
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda _: record(tab_with(app, visitor), "1"), range(4))
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 3
    problem(client.post(f"{path}/restore"), 409)
    client.delete(f"/api/imports/{body(imported)['import']['id']}")
    assert amounts(client.post(f"{path}/restore")) == ["2.00", "1.00"]
    problem(send_csv(client, export_of(LIMIT - 1)), 409)
    assert len(own(send_csv(client, export_of(LIMIT - 2)))) == LIMIT


def test_only_so_many_deleted_entries_are_kept(app: Flask, client: FlaskClient) -> None:
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


# Idempotency-Key


@both_databases
def test_idempotency_key_names_the_entry_of_this_visitor(app: Flask, client: FlaskClient) -> None:
    """A repeat has the same values: what counts is what the entry was recorded with."""
    key, path = str(uuid4()), "/api/balances/"
    first = own(record(client, "1", key, date="2020-01-01"))
    assert first[0]["id"] == key
    assert own(record(client, "1.00", key.upper(), date="2020-01-01")) == first
    assert amounts(record(app.test_client(), "4", key)) == ["4.00"]
    changed = own(client.patch(path + key, json={"balance": "2", "date": "2020-02-02"}))
    for expected in (changed, []):
        for balance, day in (("2", "2020-02-02"), ("1", "2020-01-02"), ("2", "2020-01-01")):
            told = problem(record(client, balance, key, date=day), 422)
            assert [error["field"] for error in told["errors"]] == ["Idempotency-Key"]
        problem(record(client, "1", key), 422)
        assert own(record(client, "1", key, date="2020-01-01")) == expected
        assert own(client) == expected
        client.delete(path + key)


def test_repeat_after_midnight_is_a_repeat(client: FlaskClient, clock: Traveller) -> None:
    """Without a date it meant the day before. With another date it is another entry."""
    day, next_day = (str(NOON.date() + timedelta(days=number)) for number in (0, 1))
    key = str(uuid4())
    first = own(record(client, "1", key))
    clock.shift(timedelta(days=1))
    assert own(record(client, "1", key)) == own(record(client, "1", key, date=day)) == first
    problem(record(client, "2", key), 422)
    problem(record(client, "1", key, date=next_day), 422)
    clock.shift(timedelta(days=1))
    problem(record(client, "1", key), 422)
    assert own(client) == first


# Starting fresh


def test_who_records_after_another_device_deleted_all_gets_a_new_history(
    app: Flask, visitor: str, client: FlaskClient, clock: Traveller
) -> None:
    """Whatever the clock of the machine said that carried out the deletion."""
    before = record(client, "1").headers["Good-Bank-History"]
    device = tab_with(app, visitor)
    clock.shift(timedelta(days=1))
    fresh = client.delete("/api/balances").headers["Good-Bank-History"]
    clock.shift(timedelta(days=-1))
    record(client, "3")
    assert own(device) == []
    arrived = {"environ_base": {ARRIVED: time.time()}}
    answer = device.post("/api/update", json={"balance": "2"}, **arrived)
    assert amounts(answer) == amounts(device) == ["2.00"]
    assert len({before, fresh, answer.headers["Good-Bank-History"]}) == 3
    assert client.get("/api/balances").headers["Good-Bank-History"] == fresh
    assert amounts(client) == ["3.00"]
    assert own(tab_with(app, visitor)) == []


@both_databases
def test_repeat_during_a_start_fresh_is_no_fault(app: Flask, visitor: str) -> None:
    key = str(uuid4())

    def act(number: int) -> TestResponse:
        client = tab_with(app, visitor)
        return client.delete("/api/balances") if number % 4 == 0 else record(client, "1", key)

    with ThreadPoolExecutor(4) as pool:
        assert {answer.status_code for answer in pool.map(act, range(24))} <= {200, 409}
