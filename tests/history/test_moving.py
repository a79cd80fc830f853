"""Merging: the entries of this browser move to the history that a key opens, each once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
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
    export_of,
    own,
    problem,
    record,
    rows,
    send_csv,
)
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from server.history.history import LIMIT
from server.history.tables import entries, histories, keys


@pytest.fixture
def app(make_app: MakeApp, database_url: str) -> Flask:
    return make_app(DATABASE_URL=database_url)


@pytest.fixture
def phone(app: Flask) -> FlaskClient:
    """Another browser, with a history of its own."""
    return app.test_client()


def make_key(client: FlaskClient) -> str:
    return str(body(client.post("/api/key"))["key"])


def merge(client: FlaskClient, key: str) -> TestResponse:
    """Open what the key opens, with the entries of this browser."""
    return client.post("/api/session", json={"key": key, "merge": True})


def test_each_entry_moves_once_behind_those_of_its_day(
    app: Flask, client: FlaskClient, phone: FlaskClient
) -> None:
    for balance, day in (("1", "2020-01-01"), ("2", "2020-01-01"), ("3", "2020-01-03")):
        record(client, balance, date=day)
    for balance, day in (("4", "2020-01-01"), ("5", "2020-01-02")):
        record(phone, balance, date=day)
    before = {entry["id"]: entry for one in (client, phone) for entry in own(record(one, "6"))}
    merged = merge(phone, make_key(client))
    assert amounts(merged) == ["1.00", "2.00", "4.00", "5.00", "3.00", "6.00", "6.00"]
    assert {entry["id"]: entry for entry in own(merged)} == before
    for browser in (client, phone):
        assert own(browser.get("/api/balances")) == own(merged)
    assert amounts(record(phone, "7"))[-1] == "7.00"
    assert rows(app) == 8


def test_without_merge_the_entries_stay_where_they_are(
    app: Flask, client: FlaskClient, phone: FlaskClient
) -> None:
    record(client, "1")
    old = cookie(record(phone, "2"))
    key = make_key(phone)
    opened = phone.post("/api/session", json={"key": make_key(client)})
    assert amounts(opened) == ["1.00"]
    assert amounts(client_with(app, old).get("/api/balances")) == ["2.00"]
    assert amounts(phone.post("/api/session", json={"key": key})) == ["2.00"]


def test_undo_and_imports_of_both_work_after_the_merge(
    client: FlaskClient, phone: FlaskClient
) -> None:
    imported, deleted = [], []
    for browser, day in ((client, "2021-01-01"), (phone, "2022-01-01")):
        deleted.append(own(record(browser, "1", date=day))[0]["id"])
        browser.delete(f"/api/balances/{deleted[-1]}")
        text, key = export_of(2).replace("2020-01-01", day), str(uuid4())
        send_csv(browser, text, headers={"Idempotency-Key": key})
        imported.append((text, key))
    merged = own(merge(phone, make_key(client)))
    assert len(merged) == 4
    for text, key in imported:
        again = send_csv(phone, text, headers={"Idempotency-Key": key})
        assert own(again) == merged
        problem(send_csv(phone, text + "\n", headers={"Idempotency-Key": key}), 422)
    for entry in deleted:
        assert len(own(phone.post(f"/api/balances/{entry}/restore"))) == 5
        assert own(phone.delete(f"/api/balances/{entry}")) == merged
    for left, (_, key) in zip((2, 0), imported, strict=True):
        assert len(own(phone.delete(f"/api/imports/{key}"))) == left
    assert own(client.get("/api/balances")) == []


def test_what_both_recorded_under_one_key_is_there_twice(
    client: FlaskClient, phone: FlaskClient
) -> None:
    """Two histories may use the same names for their entries and imports."""
    key = str(uuid4())
    for browser, balance in ((client, "1"), (phone, "2")):
        record(browser, balance, key)
        text = export_of(2).replace("2020", f"200{balance[0]}")
        send_csv(browser, text, headers={"Idempotency-Key": key})
    merged = own(merge(phone, make_key(client)))
    assert len(merged) == len({entry["id"] for entry in merged}) == 6
    assert sorted(entry["balance"] for entry in merged) == [
        *("0.00", "0.00", "1.00", "1.00", "1.00", "2.00"),
    ]
    problem(phone.delete(f"/api/imports/{key}"), 404)  # whose would it be?
    assert own(client.get("/api/balances")) == merged
    for browser, balance in ((phone, "2"), (client, "1")):  # honest repeats
        assert own(record(browser, balance, key)) == merged
        text = export_of(2).replace("2020", f"200{balance}")
        headers = {"Idempotency-Key": key}
        assert own(send_csv(browser, text, headers=headers)) == merged
        problem(send_csv(browser, text + "\n", headers=headers), 422)
        problem(record(browser, "3", key), 422)
    listed = body(client.get("/api/imports"))["imports"]
    for one, left in zip(sorted(listed, key=lambda one: str(one["first"])), (4, 2), strict=True):
        assert len(own(phone.delete(f"/api/imports/{one['id']}"))) == left


def test_a_merge_whose_answer_was_lost_is_sent_again(
    app: Flask, client: FlaskClient, phone: FlaskClient
) -> None:
    record(client, "1")
    old, key = cookie(record(phone, "2")), make_key(client)
    first = own(merge(client_with(app, old), key))
    for _ in range(2):
        again = client_with(app, old)
        assert own(merge(again, key)) == first
        assert own(again.get("/api/balances")) == first
    assert own(merge(again, key)) == first
    assert rows(app) == 2


def test_a_tab_under_the_old_cookie_lands_in_the_opened_history(
    app: Flask, client: FlaskClient, phone: FlaskClient
) -> None:
    record(client, "1")
    tab = client_with(app, cookie(record(phone, "2")))
    merged = merge(phone, make_key(client))
    name = "Good-Bank-History"
    assert amounts(tab.get("/api/balances")) == ["1.00", "2.00"]
    assert tab.get("/api/balances").headers[name] == merged.headers[name]
    etag = tab.get("/api/balances").headers["ETag"]
    assert tab.get("/api/balances", headers={"If-None-Match": etag}).status_code == 304
    headers = {"Prefer": "return=minimal"}
    least = tab.post("/api/update", json={"balance": "3"}, headers=headers)
    assert amounts(least) == ["3.00"]
    entry = own(least)[0]["id"]
    tab.patch(f"/api/balances/{entry}", json={"balance": "4"})
    assert amounts(client.get("/api/balances")) == ["1.00", "2.00", "4.00"]
    assert body(tab.get("/api/key"))["made"]


def test_what_is_written_during_a_merge_is_not_lost(
    app: Flask, client: FlaskClient, phone: FlaskClient
) -> None:
    record(client, "1")
    old, key, start = cookie(record(phone, "2")), make_key(client), Barrier(5)
    ids = [str(uuid4()) for _ in range(40)]

    def write(some: list[str]) -> None:
        start.wait()
        for entry in some:
            assert record(client_with(app, old), "3", entry).status_code == 200

    with ThreadPoolExecutor(5) as pool:
        writing = [pool.submit(write, ids[number::4]) for number in range(4)]
        start.wait()
        merged = merge(phone, key)
        for each in writing:
            each.result()
    assert {"1.00", "2.00"} <= set(amounts(merged))
    final = own(client.get("/api/balances"))
    assert len(final) == 42
    assert set(ids) <= {entry["id"] for entry in final}


def test_merges_that_cross_each_other_lose_and_double_nothing(app: Flask) -> None:
    """Two browsers open each other's history at the same moment."""
    for _ in range(10):
        browsers = [app.test_client(), app.test_client()]
        for browser in browsers:
            record(browser, "1")
            record(browser, "2")
        crossed, start = [make_key(browser) for browser in reversed(browsers)], Barrier(2)

        def cross(browser: FlaskClient, key: str, start: Barrier = start) -> int:
            start.wait()
            return merge(browser, key).status_code

        with ThreadPoolExecutor(2) as pool:
            statuses = sorted(pool.map(cross, browsers, crossed))
        assert statuses in ([200, 200], [200, 403])  # the key of what moved opens nothing
        shown = [own(browser.get("/api/balances")) for browser in browsers]
        assert shown[0] == shown[1]
        assert [entry["balance"] for entry in shown[0]] == ["1.00", "2.00"] * 2
        assert len({entry["id"] for entry in shown[0]}) == 4


def test_merges_in_a_circle_all_end(app: Flask) -> None:
    """Four browsers, each of which opens the next one's history at the same moment."""
    for _ in range(5):
        browsers = [app.test_client() for _ in range(4)]
        for browser in browsers:
            record(browser, "1")
        opened = [make_key(browsers[number - 1]) for number in range(4)]
        with ThreadPoolExecutor(4) as pool:
            statuses = {answer.status_code for answer in pool.map(merge, browsers, opened)}
        assert statuses <= {200, 403}  # the key of what moved opens nothing
        shown = [own(browser.get("/api/balances")) for browser in browsers]
        assert all(shown)
        assert len({entry["id"] for history in shown for entry in history}) == 4


def test_the_key_of_what_has_moved_opens_nothing_and_the_other_stays(
    app: Flask, client: FlaskClient, phone: FlaskClient
) -> None:
    record(client)
    record(phone)
    moved, key = make_key(phone), make_key(client)
    merge(phone, key)
    problem(app.test_client().post("/api/session", json={"key": moved}), 403)
    assert len(own(app.test_client().post("/api/session", json={"key": key}))) == 2
    assert rows(app, keys) == 1


def test_a_merge_with_ones_own_key_changes_nothing(app: Flask, client: FlaskClient) -> None:
    before = own(record(client))
    key = make_key(client)
    assert own(merge(client, key)) == before
    assert own(client.get("/api/balances")) == before
    assert rows(app, keys) == rows(app, histories) == 1


def test_a_browser_without_a_history_merges_nothing(app: Flask, client: FlaskClient) -> None:
    before = own(record(client))
    key = make_key(client)
    assert own(merge(app.test_client(), key)) == before
    visited = app.test_client()
    visited.get("/", buffered=True)
    assert own(merge(visited, key)) == before


def test_who_lost_all_to_a_start_fresh_elsewhere_can_merge(
    app: Flask, client: FlaskClient, phone: FlaskClient
) -> None:
    before = own(record(client))
    old = client_with(app, cookie(record(phone)))
    phone.delete("/api/balances")
    assert own(merge(old, make_key(client))) == before
    assert own(old.get("/api/balances")) == before


def test_a_history_can_move_on(app: Flask, client: FlaskClient, phone: FlaskClient) -> None:
    """The names of both earlier histories lead to the last."""
    tablet = app.test_client()
    olds = [cookie(record(browser, "1")) for browser in (phone, client)]
    record(tablet, "2")
    merge(phone, make_key(client))
    merge(client, make_key(tablet))
    for browser in (phone, tablet, *(client_with(app, old) for old in olds)):
        assert len(own(browser.get("/api/balances"))) == 3
    tablet.delete("/api/balances")
    assert rows(app) == rows(app, histories) == 0
    assert own(phone.get("/api/balances")) == []


def test_a_history_that_moves_on_while_it_is_read_is_followed_to_the_end(
    app: Flask, client: FlaskClient, phone: FlaskClient
) -> None:
    """Between two merges in a row its name leads to one that itself leads on."""
    tablet = app.test_client()
    for browser in (client, phone, tablet):
        record(browser, "1")
    old = client_with(app, cookie(record(phone)))
    merge(phone, make_key(client))
    merge(client, make_key(tablet))
    with app.extensions["database"].write() as connection:
        query = select(histories.c.account).where(histories.c.moved_to.is_not(None))
        first, second = connection.execute(query).scalars()
        one = update(histories).where(histories.c.account == first)
        connection.execute(one.values(moved_to=second))
    assert len(own(old.get("/api/balances"))) == 4
    assert len(own(client.get("/api/balances"))) == 4
    assert len(own(record(old))) == 5


def test_a_merge_past_the_limit_is_409_and_moves_nothing(
    client: FlaskClient, phone: FlaskClient
) -> None:
    send_csv(client, export_of(LIMIT - 1))
    for balance in ("1", "2"):
        record(phone, balance)
    phone_key, key = make_key(phone), make_key(client)
    refused = merge(phone, key)
    assert "10000" in problem(refused, 409)["detail"]
    assert amounts(phone.get("/api/balances")) == ["1.00", "2.00"]
    count = len(own(client.get("/api/balances")))
    assert count == LIMIT - 1
    assert len(own(phone.post("/api/session", json={"key": phone_key}))) == 2
    phone.delete(f"/api/balances/{own(phone.get('/api/balances'))[0]['id']}")
    count = len(own(merge(phone, key)))
    assert count == LIMIT


def test_what_is_kept_of_a_merge_is_consistent(
    app: Flask, client: FlaskClient, phone: FlaskClient
) -> None:
    """The size is the number of entries, and no two entries have the same place."""
    for browser in (client, phone):
        send_csv(browser, export_of(20))
        browser.delete(f"/api/balances/{own(record(browser))[-1]['id']}")
    merge(phone, make_key(client))
    record(phone)
    with app.extensions["database"].read() as connection:
        sizes = dict(connection.execute(select(histories.c.moved_to, histories.c.size)).all())
        places = connection.execute(select(entries.c.account, entries.c.recorded)).all()
    assert sizes.pop(None) == 41
    assert list(sizes.values()) == [0]
    assert len({account for account, _ in places}) == 1
    assert len(places) == len(set(places)) == 43
