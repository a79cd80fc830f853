"""Histories that nobody can open any more are removed, once a day for all processes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from conftest import MakeApp
from flask import Flask
from flask.testing import FlaskClient
from helpers import amounts, body, client_with, cookie, export_of, own, record, rows, send_csv
from sqlalchemy import insert, select, update
from survival import wait_until

from server.history.cleanup import GRACE, PAUSE, STEP, clean_up
from server.history.database import Database
from server.history.tables import chores, closed, entries, histories, imports, keys

DAY = date(2026, 1, 1)  # of the first cleanup
AGE = timedelta(days=365)
RECENT = DAY - AGE
OLD = RECENT - timedelta(days=1)


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


def days_from(day: date) -> list[date]:
    """Return the days of cleanups from this one until what it marks is due."""
    return [day + n * PAUSE for n in range(GRACE // PAUSE + 1)] + [day + GRACE]


def clean_up_for_a_month(app: Flask, day: date = DAY) -> int:
    """Clean up from this day on until what is marked on it is due; return how many went."""
    return sum(clean_up(database(app), each, AGE) for each in days_from(day))


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
    assert clean_up_for_a_month(app) == 1
    assert caplog.messages == ["Removed 1 histories that nobody could open any more."]
    assert own(old.get("/api/balances")) == []
    assert amounts(keyed.get("/api/balances")) == ["0.00", "1.00", "1.00"]
    assert amounts(recent.get("/api/balances")) == ["2.00"]
    assert len(own(app.test_client().post("/api/session", json={"key": key}))) == 3
    assert (rows(app), rows(app, histories), rows(app, imports), rows(app, keys)) == (4, 2, 1, 1)
    assert amounts(record(old, "3")) == ["3.00"]  # who comes back can begin again


def test_a_change_on_the_first_day_that_counts_is_recent_enough(
    app: Flask, client: FlaskClient
) -> None:
    record(client)
    last_changed(app, RECENT)
    assert clean_up(database(app), DAY, AGE) == 0
    with database(app).read() as connection:
        assert connection.execute(select(histories.c.marked)).scalar() is None


def test_a_change_within_the_month_saves_a_history(app: Flask, client: FlaskClient) -> None:
    record(client)
    last_changed(app, OLD)
    *before, last = days_from(DAY)
    assert sum(clean_up(database(app), day, AGE) for day in before) == 0
    record(client)
    last_changed(app, OLD)
    assert clean_up(database(app), last, AGE) == 0
    assert len(own(client.get("/api/balances"))) == 2


@pytest.mark.parametrize("jump", [timedelta(days=730), -timedelta(days=730), GRACE])
def test_a_clock_that_jumps_removes_nothing(
    jump: timedelta, app: Flask, client: FlaskClient
) -> None:
    """Neither at once, nor by what was marked before the jump, nor once it is right again."""
    record(client)
    last_changed(app, OLD)
    *before, last = days_from(DAY)
    for day in before:
        assert clean_up(database(app), day, AGE) == 0
    for day in (last + jump, last + jump + timedelta(days=1), last, last + timedelta(days=1)):
        assert clean_up(database(app), day, AGE) == 0
    assert len(own(client.get("/api/balances"))) == 1
    assert clean_up_for_a_month(app, last + timedelta(days=2)) == 1


def test_a_clock_in_the_past_does_not_make_a_history_older(app: Flask, client: FlaskClient) -> None:
    record(client)
    later = datetime.now(UTC).date() + timedelta(days=730)
    last_changed(app, later)  # by the clock that was right
    record(client)
    with database(app).read() as connection:
        assert connection.execute(select(histories.c.changed)).scalar() == later


def test_the_names_of_histories_that_moved_go_with_the_history(app: Flask) -> None:
    client, phone = app.test_client(), app.test_client()
    record(client)
    old = cookie(record(phone))
    key = make_key(client)
    phone.post("/api/session", json={"key": key, "merge": True})
    last_changed(app, OLD)
    record(client)
    assert clean_up_for_a_month(app) == 1  # the name alone: what it led to is in use
    assert len(own(client.get("/api/balances"))) == 3
    assert own(client_with(app, old).get("/api/balances")) == []
    client.delete("/api/key")
    last_changed(app, OLD)
    assert clean_up_for_a_month(app, DAY + GRACE + PAUSE) == 1
    assert rows(app) == rows(app, histories) == 0


def test_many_are_removed_in_several_steps(app: Flask) -> None:
    count = 2 * STEP + 1
    with database(app).write() as connection:
        old = {"version": 1, "size": 0, "samples": True, "changed": OLD}
        named = [{"account": str(number)} | old for number in range(count)]
        connection.execute(insert(histories), named)
        connection.execute(insert(closed), {"hash": "0", "at": 0.0})
    assert clean_up_for_a_month(app) == count
    assert rows(app, histories) == rows(app, entries) == rows(app, closed) == 0


def test_one_process_of_all_cleans_up_each_day(make_app: MakeApp, database_url: str) -> None:
    apps = [make_app(DATABASE_URL=database_url) for _ in range(4)]
    client = apps[0].test_client()
    record(client)
    last_changed(apps[0], OLD)
    with ThreadPoolExecutor(4) as pool:
        for day, removed in zip(days_from(DAY), [0] * 5 + [1], strict=True):
            done = pool.map(lambda app, day=day: clean_up(database(app), day, AGE), apps * 2)
            assert sum(done) == removed
    assert rows(apps[0], chores) == 1


def test_the_first_request_of_a_day_has_the_server_clean_up(
    make_app: MakeApp, database_url: str
) -> None:
    """A history is kept for a year, the life of the cookie, and a month."""
    app = make_app(DATABASE_URL=database_url)
    kept, removed = app.test_client(), app.test_client()
    wait_until(lambda: kept.get("/api/health").status_code == 200 and rows(app, chores) == 1)
    record(removed)
    today = datetime.now(UTC).date()
    last_changed(app, today - timedelta(days=367))
    record(kept)
    with database(app).write() as connection:
        connection.execute(update(histories).values(marked=today - GRACE))
        connection.execute(update(chores).values(done=today - timedelta(days=1)))
    later = make_app(DATABASE_URL=database_url)
    assert later.test_client().get("/api/balances").status_code == 200
    wait_until(lambda: rows(app) == 1)
    assert len(own(kept.get("/api/balances"))) == 1
