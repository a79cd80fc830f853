"""Histories that nobody can open any more are removed, once a day for all processes."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from conftest import NOON, MakeApp, both_databases
from flask import Flask
from flask.testing import FlaskClient
from helpers import amounts, cookie, export_of, make_key, own, record, rows, send_csv, tab_with
from survival import wait_until
from time_machine import Traveller

from server.history.cleanup import GRACE, PAUSE, clean_up
from server.history.tables import chores, closed, entries, histories, imports, keys

TODAY = NOON.date()  # on which all is recorded that the tests do not say of
AGE = timedelta(days=365)
DAY = TODAY + AGE + timedelta(days=1)  # the first on which that is old


def days_to(day: date, first: date = TODAY) -> list[date]:
    """Return days of cleanups up to this one, none of which is a jump."""
    return [first + n * PAUSE for n in range((day - first) // PAUSE + 1)]


def days_from(day: date) -> list[date]:
    """Return the days of cleanups from this one until what it marks is due."""
    return [day + n * PAUSE for n in range(GRACE // PAUSE + 1)] + [day + GRACE]


def clean_up_on(app: Flask, days: Iterable[date]) -> int:
    """Clean up on each of these days, and by itself on no other; return how many histories went."""
    app.extensions["cleanup"].close()
    return sum(clean_up(app.extensions["database"], day, AGE) for day in days)


@both_databases
def test_only_old_histories_without_a_key_are_removed(app: Flask, clock: Traveller) -> None:
    old, keyed, recent, fresh = (app.test_client() for _ in range(4))
    record(fresh)
    fresh.delete("/api/balances")
    for client in (old, keyed):
        record(client, "1")
        send_csv(client, export_of(2))
    key = make_key(keyed)
    clock.shift(timedelta(days=1))
    record(recent, "2")
    assert clean_up_on(app, [*days_to(DAY), DAY - timedelta(days=1)]) == 0  # not old yet
    assert clean_up_on(app, days_from(DAY)) == 1
    assert own(old) == []
    assert amounts(keyed) == ["0.00", "1.00", "1.00"]
    assert len(own(app.test_client().post("/api/session", json={"key": key}))) == 3
    tables = (entries, histories, imports, keys, closed)
    assert [rows(app, table) for table in tables] == [4, 2, 1, 1, 1]  # the closed name stays so
    assert amounts(record(old, "3")) == ["3.00"]  # who comes back can begin again


def test_change_within_the_month_saves_a_history(
    app: Flask, client: FlaskClient, clock: Traveller
) -> None:
    record(client)
    *before, last = days_to(DAY) + days_from(DAY)
    assert clean_up_on(app, before) == 0
    clock.move_to(NOON - AGE)  # by a clock that is wrong: it makes no history older
    record(client)
    assert clean_up_on(app, [last]) == 0
    assert len(own(client)) == 2


@pytest.mark.parametrize("jump", [timedelta(days=730), -timedelta(days=730), GRACE])
def test_clock_that_jumps_removes_nothing(jump: timedelta, app: Flask, client: FlaskClient) -> None:
    """Neither at once, nor by what was marked before the jump, nor once it is right again."""
    record(client)
    *before, last = days_to(DAY) + days_from(DAY)
    next_day = timedelta(days=1)
    jumped = [last + jump, last + jump + next_day, last, last + next_day]
    assert clean_up_on(app, [*before, *jumped]) == 0
    assert len(own(client)) == 1
    assert clean_up_on(app, days_to(last + AGE + 2 * GRACE, last + 2 * next_day)) == 1


def test_jump_alone_makes_no_history_old(app: Flask, client: FlaskClient, clock: Traveller) -> None:
    """It was made while the clock stood in the past, or the server was off for long."""
    clock.move_to(NOON - 5 * AGE)
    record(client)
    assert clean_up_on(app, [TODAY - 5 * AGE, *days_to(DAY)]) == 0
    assert len(own(client)) == 1
    assert clean_up_on(app, days_from(DAY)) == 1


def test_names_of_histories_that_moved_go_with_the_history(
    app: Flask, client: FlaskClient, clock: Traveller
) -> None:
    phone = app.test_client()
    record(client)
    old = cookie(record(phone))
    phone.post("/api/session", json={"key": make_key(client), "merge": True})
    clock.shift(AGE)
    record(client)
    client.delete("/api/key")
    assert clean_up_on(app, days_to(DAY) + days_from(DAY)) == 1  # what it led to is in use
    assert len(own(client)) == 3
    assert own(tab_with(app, old)) == []
    assert clean_up_on(app, days_to(DAY + AGE, DAY + GRACE) + days_from(DAY + AGE)) == 1
    assert rows(app) == rows(app, histories) == 0


@both_databases
def test_one_process_of_all_cleans_up_each_day(make_app: MakeApp) -> None:
    apps = [make_app() for _ in range(4)]
    record(apps[0].test_client())
    assert clean_up_on(apps[0], days_to(DAY)) == 0
    with ThreadPoolExecutor(4) as pool:
        for day, removed in zip(days_from(DAY), [0] * 5 + [1], strict=True):
            done = pool.map(lambda app, day=day: clean_up_on(app, [day]), apps * 2)
            assert sum(done) == removed
    assert rows(apps[0], chores) == 1


def test_first_request_of_a_day_cleans_up(make_app: MakeApp, clock: Traveller) -> None:
    """A history is kept for a year, the life of the cookie, and a month."""
    app = make_app()
    record(app.test_client())
    *before, last = days_to(DAY) + days_from(DAY)
    assert clean_up_on(app, before) == 0
    clock.move_to(NOON + (last - TODAY))
    assert make_app().test_client().get("/api/health").status_code == 200
    wait_until(lambda: rows(app) == 0)
