"""Histories that nobody can open any more are removed, once a day for all processes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from conftest import MakeApp
from flask import Flask
from flask.testing import FlaskClient
from helpers import amounts, body, client_with, cookie, export_of, own, record, rows, send_csv
from sqlalchemy import insert, update
from survival import wait_until

from server.history.cleanup import STEP, claim_day, clean_up
from server.history.database import Database
from server.history.tables import chores, entries, histories, imports, keys

CUT = date(2026, 1, 1)
OLD, RECENT = CUT - timedelta(days=1), CUT


@pytest.fixture
def app(make_app: MakeApp, database_url: str) -> Flask:
    return make_app(DATABASE_URL=database_url)


def database(app: Flask) -> Database:
    result: Database = app.extensions["database"]
    return result


def last_changed(app: Flask, day: date) -> None:
    """Have all histories look as if they were changed on this day for the last time."""
    with database(app).write() as connection:
        connection.execute(update(histories).values(changed=day))


def make_key(client: FlaskClient) -> str:
    return str(body(client.post("/api/key"))["key"])


def test_only_old_histories_without_a_key_are_removed_with_all_that_is_theirs(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    old, keyed, recent = (app.test_client() for _ in range(3))
    for client in (old, keyed):
        record(client, "1")
        send_csv(client, export_of(2))
    key = make_key(keyed)
    last_changed(app, OLD)
    record(recent, "2")
    assert clean_up(database(app), CUT) == 1
    assert caplog.messages == ["Removed 1 histories that nobody could open any more."]
    assert own(old.get("/api/balances")) == []
    assert amounts(keyed.get("/api/balances")) == ["0.00", "1.00", "1.00"]
    assert amounts(recent.get("/api/balances")) == ["2.00"]
    assert len(own(app.test_client().post("/api/session", json={"key": key}))) == 3
    assert (rows(app), rows(app, histories), rows(app, imports), rows(app, keys)) == (4, 2, 1, 1)
    assert clean_up(database(app), CUT) == 0
    assert len(caplog.messages) == 1


def test_a_change_on_the_first_day_that_counts_is_recent_enough(
    app: Flask, client: FlaskClient
) -> None:
    record(client)
    last_changed(app, RECENT)
    assert clean_up(database(app), CUT) == 0
    last_changed(app, OLD)
    record(client)  # any change makes it recent
    assert clean_up(database(app), CUT) == 0
    assert len(own(client.get("/api/balances"))) == 2


def test_the_names_of_histories_that_moved_go_with_the_history(app: Flask) -> None:
    client, phone = app.test_client(), app.test_client()
    record(client)
    old = cookie(record(phone))
    key = make_key(client)
    phone.post("/api/session", json={"key": key, "merge": True})
    last_changed(app, OLD)
    record(client)
    assert clean_up(database(app), CUT) == 1  # the name alone: what it led to is in use
    assert len(own(client.get("/api/balances"))) == 3
    assert own(client_with(app, old).get("/api/balances")) == []
    last_changed(app, OLD)
    client.delete("/api/key")
    last_changed(app, OLD)
    assert clean_up(database(app), CUT) == 1
    assert rows(app) == rows(app, histories) == 0


def test_many_are_removed_in_several_steps(app: Flask) -> None:
    count = 2 * STEP + 1
    with database(app).write() as connection:
        old = {"version": 1, "size": 0, "samples": True, "changed": OLD}
        named = [{"account": str(number)} | old for number in range(count)]
        connection.execute(insert(histories), named)
    assert clean_up(database(app), CUT) == count
    assert rows(app, histories) == rows(app, entries) == 0


def test_one_process_of_all_cleans_up_each_day(make_app: MakeApp, database_url: str) -> None:
    databases = [database(make_app(DATABASE_URL=database_url)) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for day in (CUT, CUT + timedelta(days=1)):
            claims = list(pool.map(lambda one, day=day: claim_day(one, day), databases * 2))
            assert sorted(claims) == [False] * 7 + [True]
    assert not claim_day(databases[0], CUT)


def test_the_first_request_of_a_day_has_the_server_clean_up(
    make_app: MakeApp, database_url: str
) -> None:
    """A history is kept for a year, the life of the cookie, and a month."""
    app = make_app(DATABASE_URL=database_url)
    kept, removed = app.test_client(), app.test_client()
    wait_until(lambda: kept.get("/api/health").status_code == 200 and rows(app, chores) == 1)
    record(removed)
    last_changed(app, datetime.now(UTC).date() - timedelta(days=365 + 31 + 2))
    record(kept)
    with database(app).write() as connection:
        connection.execute(update(chores).values(done=OLD))
    later = make_app(DATABASE_URL=database_url)
    assert later.test_client().get("/api/balances").status_code == 200
    wait_until(lambda: rows(app) == 1)
    assert len(own(kept.get("/api/balances"))) == 1
