"""Merging: the entries of this browser move to the history that a key opens, each once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from conftest import both_databases
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
from werkzeug.test import TestResponse

from server.history.tables import keys


@pytest.fixture
def phone(app: Flask) -> FlaskClient:
    """Another browser, with a history of its own."""
    return app.test_client()


def merge(client: FlaskClient, key: str) -> TestResponse:
    return client.post("/api/session", json={"key": key, "merge": True})


@both_databases
def test_each_entry_moves_once_behind_those_of_its_day(
    app: Flask, client: FlaskClient, phone: FlaskClient
) -> None:
    """And the key of the history that they leave opens nothing any more."""
    for balance, day in (("1", "2020-01-01"), ("2", "2020-01-01"), ("3", "2020-01-03")):
        record(client, balance, date=day)
    for balance, day in (("4", "2020-01-01"), ("5", "2020-01-02")):
        record(phone, balance, date=day)
    before = {entry["id"]: entry for one in (client, phone) for entry in own(record(one, "6"))}
    left, key = make_key(phone), make_key(client)
    merged = merge(phone, key)
    assert amounts(merged) == ["1.00", "2.00", "4.00", "5.00", "3.00", "6.00", "6.00"]
    assert {entry["id"]: entry for entry in own(merged)} == before
    for browser in (client, phone):
        assert own(browser) == own(merged)
    assert amounts(record(phone, "7"))[-1] == "7.00"
    problem(app.test_client().post("/api/session", json={"key": left}), 403)
    assert len(own(app.test_client().post("/api/session", json={"key": key}))) == 8
    assert (rows(app), rows(app, keys)) == (8, 1)


def test_where_nothing_can_move_a_merge_opens_the_history_as_it_is(
    app: Flask, client: FlaskClient, phone: FlaskClient
) -> None:
    before = own(record(client))
    key = make_key(client)
    fresh = tab_with(app, cookie(record(phone)))
    phone.delete("/api/balances")
    visited = app.test_client()
    visited.get("/", buffered=True)
    for browser in (client, fresh, visited, app.test_client()):
        assert own(merge(browser, key)) == own(browser) == before
    assert (rows(app), rows(app, keys)) == (1, 1)


def test_one_key_used_by_both_names_two_entries(client: FlaskClient, phone: FlaskClient) -> None:
    """Two histories may use the same names for their entries and imports."""
    key = str(uuid4())
    headers = {"Idempotency-Key": key}
    both = [(browser, f"{n}.00", f"200{n}") for n, browser in ((1, client), (2, phone))]
    for browser, balance, year in both:
        record(browser, balance, key)
        send_csv(browser, export_of(2).replace("2020", year), headers=headers)
    merged = own(merge(phone, make_key(client)))
    assert len(merged) == len({entry["id"] for entry in merged}) == 6
    told = sorted(entry["balance"] for entry in merged)
    assert told == ["0.00", "0.00", "1.00", "1.00", "1.00", "2.00"]
    problem(phone.delete(f"/api/imports/{key}"), 404)  # whose would it be?
    for browser, balance, year in both:  # honest repeats
        assert own(record(browser, balance, key)) == merged
        minimal = headers | {"Prefer": "return=minimal"}
        least = browser.post("/api/update", json={"balance": balance}, headers=minimal)
        assert amounts(least) == [balance]
        assert own(send_csv(browser, export_of(2).replace("2020", year), headers=headers)) == merged
    problem(send_csv(client, export_of(1), headers=headers), 422)
    problem(record(client, "3", key), 422)
    listed = body(client.get("/api/imports"))["imports"]
    for one, left in zip(sorted(listed, key=lambda one: str(one["first"])), (4, 2), strict=True):
        assert len(own(phone.delete(f"/api/imports/{one['id']}"))) == left


def test_tab_under_the_old_cookie_lands_in_the_opened_history(
    app: Flask, client: FlaskClient, phone: FlaskClient
) -> None:
    """Also where it sends the merge again, whose answer may have been lost."""
    record(client, "1")
    old, key = cookie(record(phone, "2")), make_key(client)
    merged = merge(phone, key)
    assert own(merge(tab_with(app, old), key)) == own(merged)
    tab = tab_with(app, old)
    read = tab.get("/api/balances")
    assert amounts(read) == ["1.00", "2.00"]
    assert read.headers["Good-Bank-History"] == merged.headers["Good-Bank-History"]
    headers = {"If-None-Match": read.headers["ETag"]}
    assert tab.get("/api/balances", headers=headers).status_code == 304
    headers = {"Prefer": "return=minimal"}
    least = tab.post("/api/update", json={"balance": "3"}, headers=headers)
    assert amounts(least) == ["3.00"]
    tab.patch(f"/api/balances/{own(least)[0]['id']}", json={"balance": "4"})
    assert amounts(client) == ["1.00", "2.00", "4.00"]
    assert body(tab.get("/api/key"))["made"]


@both_databases
def test_merge_loses_no_write(app: Flask, client: FlaskClient, phone: FlaskClient) -> None:
    record(client, "1")
    old, key, start = cookie(record(phone, "2")), make_key(client), Barrier(5)
    ids = [str(uuid4()) for _ in range(40)]

    def write(some: list[str]) -> None:
        start.wait()
        for entry in some:
            assert record(tab_with(app, old), "3", entry).status_code == 200

    with ThreadPoolExecutor(5) as pool:
        writing = [pool.submit(write, ids[number::4]) for number in range(4)]
        start.wait()
        merged = merge(phone, key)
        for each in writing:
            each.result()
    assert {"1.00", "2.00"} <= set(amounts(merged))
    final = own(client)
    assert len(final) == 42
    assert set(ids) <= {entry["id"] for entry in final}


@both_databases
@pytest.mark.parametrize("number", [2, 4])
def test_merges_in_a_circle_lose_and_double_nothing(app: Flask, number: int) -> None:
    """Each browser opens the next one's history at the same moment."""
    for _ in range(3):
        browsers = [app.test_client() for _ in range(number)]
        for browser in browsers:
            record(browser, "1")
            record(browser, "2")
        opened = [make_key(browsers[before - 1]) for before in range(number)]
        with ThreadPoolExecutor(number) as pool:
            statuses = {answer.status_code for answer in pool.map(merge, browsers, opened)}
        assert statuses <= {200, 403}  # the key of what moved opens nothing
        shown = [own(browser) for browser in browsers]
        for history in shown:
            assert [entry["balance"] for entry in history] == ["1.00", "2.00"] * (len(history) // 2)
            assert history
        ids = [{entry["id"] for entry in history} for history in shown]
        assert len(set().union(*ids)) == 2 * number
        assert [len(one) for one in ids] == [len(history) for history in shown]
        assert number > 2 or shown[0] == shown[1]


def test_history_can_move_on(app: Flask, client: FlaskClient, phone: FlaskClient) -> None:
    """The names of both earlier histories lead to the last, also of entries under one key."""
    tablet, key = app.test_client(), str(uuid4())
    olds = [cookie(record(browser, "1", key)) for browser in (phone, client)]
    record(tablet, "2", key)
    merge(phone, make_key(client))
    merge(client, make_key(tablet))
    for browser in (phone, tablet, *(tab_with(app, old) for old in olds)):
        assert len(own(browser)) == 3
    assert len(own(record(tab_with(app, olds[0])))) == 4
    tablet.delete("/api/balances")
    assert own(phone) == []
