"""Keys: a history from anywhere, by the header Authorization or in another browser."""

import re
from collections.abc import Callable
from itertools import product

import pytest
from conftest import both_databases
from flask import Flask
from flask.testing import FlaskClient
from helpers import (
    CALLS,
    Json,
    amounts,
    body,
    cookie,
    cookies,
    make_key,
    own,
    problem,
    record,
    rows,
    tab_with,
    today,
)
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.history.tables import keys


@pytest.fixture
def script(app: Flask) -> FlaskClient:
    """A client that keeps no cookie."""
    return app.test_client(use_cookies=False)


def bearer(key: str) -> Json:
    return {"headers": {"Authorization": f"Bearer {key}"}}


def open_session(client: FlaskClient, key: str, **fields: object) -> TestResponse:
    return client.post("/api/session", json={"key": key} | fields)


def opens(script: FlaskClient, key: str) -> bool:
    """Tell whether a key opens a history, by the header and in a browser."""
    statuses = {
        script.get("/api/balances", **bearer(key)).status_code,
        open_session(script, key).status_code,
    }
    assert statuses in ({200}, {401, 403})
    return statuses == {200}


# Making and ending a key


@both_databases
def test_key_opens_the_history_until_it_is_renewed_or_revoked_or_all_is_deleted(
    app: Flask, client: FlaskClient, script: FlaskClient
) -> None:
    record(client)
    assert body(client.get("/api/key")) == {"made": None}
    old = make_key(client)
    assert body(client.get("/api/key")) == {"made": today().isoformat()}
    renewed = script.post("/api/key", **bearer(old))
    assert (renewed.status_code, cookies(renewed)) == (201, [])
    new = body(renewed)["key"]
    assert (opens(script, old), opens(script, new)) == (False, True)
    for _ in range(2):
        revoked = client.delete("/api/key")
        assert (revoked.status_code, revoked.data) == (204, b"")
        assert body(client.get("/api/key")) == {"made": None}
    assert not opens(script, new)
    assert amounts(client) == ["1234.56"]
    last = make_key(client)
    client.delete("/api/balances")
    assert not opens(script, last)
    assert rows(app, keys) == 0


def test_only_a_hash_of_the_key_is_stored_and_nothing_is_logged(
    app: Flask, client: FlaskClient, script: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    key = make_key(client)
    assert opens(script, key)
    with app.extensions["database"].read() as connection:
        stored = str(connection.execute(select(keys)).all())
    for text in (stored, caplog.text):
        assert key not in text
        assert key.replace("-", "") not in text


def test_key_is_read_however_it_is_written(client: FlaskClient, script: FlaskClient) -> None:
    key = next(key for key in iter(lambda: make_key(client), "") if {"0", "1"} <= set(key))
    ways: list[Callable[[str], str]] = [
        str.lower,
        lambda key: key.replace("-", ""),
        lambda key: f"  {key.replace('-', ' ')}  ",
        lambda key: key.replace("0", "O").replace("1", "I"),
        lambda key: key.lower().replace("0", "o").replace("1", "l"),
        lambda key: " - ".join(key.replace("-", "")),
    ]
    for way in ways:
        assert opens(script, way(key)), way(key)
    for wrong in (key[:-1] + ("2" if key[-1] != "2" else "3"), key[:-1], key + "2"):
        assert not opens(script, wrong), wrong


# The link and its code


def test_link_holds_the_key_and_has_a_qr_code(client: FlaskClient, script: FlaskClient) -> None:
    page = "https://bank.example/"
    answer = client.post("/api/key", json={"page": page})
    told = body(answer)
    assert answer.status_code == 201
    assert told["link"] == f"{page}#key={told['key']}"
    assert opens(script, told["key"])
    width, path = told["qr"]["width"], told["qr"]["path"]
    assert re.fullmatch(r"(M\d+ \d+h1v1h-1z)+", path)
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)", path)}
    for left, top in ((0, 0), (width - 7, 0), (0, width - 7)):  # the squares of three corners
        for x, y in product(range(7), range(7)):
            ring = max(abs(x - 3), abs(y - 3))
            assert ((left + x, top + y) in dark) == (ring != 2)


# Bearer


def test_bearer_stands_in_for_the_cookie_on_every_call_and_sets_none(
    app: Flask, client: FlaskClient
) -> None:
    """Also where a cookie comes along."""
    first = record(client)
    entry, key = own(first)[0]["id"], make_key(client)
    name = first.headers["Good-Bank-History"]
    other = app.test_client()
    record(other, "2")
    for method, path, sent in CALLS:
        answer = other.open(path.format(entry_id=entry), method=method, **sent, **bearer(key))
        assert answer.status_code in (200, 204), (method, path, answer.text)
        assert cookies(answer) == [], (method, path)
        if path != "/api/health" and (method, path) != ("DELETE", "/api/balances"):
            assert answer.headers["Good-Bank-History"] == name, (method, path)
        if (method, path) == ("POST", "/api/update"):
            assert amounts(client) == ["1234.56", "5.00"]
    assert own(client) == []
    assert amounts(other) == ["2.00"]


def test_unknown_key_is_401_also_with_a_cookie(client: FlaskClient, script: FlaskClient) -> None:
    entry = own(record(client))[0]["id"]

    def check(answer: TestResponse) -> None:
        assert "key" in problem(answer, 401)["detail"]
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert cookies(answer) == []

    for method, path, sent in CALLS:
        path = path.format(entry_id=entry)
        check(client.open(path, method=method, **sent, **bearer("0" * 24)))
    for key in ("", " ", "0", "a=b", f'"{"0" * 24}"', "0" * 24, "é" * 24):
        check(script.get("/api/balances", **bearer(key)))
    assert amounts(client) == ["1234.56"]


# Another browser


def test_key_opens_the_history_in_another_browser(app: Flask, client: FlaskClient) -> None:
    """Without merge, the entries that it had stay in their own."""
    first = record(client, "1")
    phone, tablet = app.test_client(), app.test_client()
    phone.delete("/api/balances")  # so no samples show of its own history
    old = cookie(record(phone, "3"))
    key = make_key(client)
    opened = open_session(phone, key)
    assert [entry["sample"] for entry in body(opened)["balances"]].count(True) == 12
    assert amounts(opened) == ["1.00"]
    assert body(phone.get("/api/balances")) == body(opened)
    assert len(cookies(opened)) == 1
    assert opened.headers["Good-Bank-History"] == first.headers["Good-Bank-History"]
    assert amounts(record(phone, "2")) == ["1.00", "2.00"]
    assert own(client) == own(phone)
    client.delete("/api/samples")
    in_form = tablet.post("/api/session", data={"key": key})
    assert body(in_form)["balances"] == own(client)
    assert amounts(tab_with(app, old)) == ["3.00"]


# Leaving a browser


@both_databases
def test_leaving_is_refused_while_nothing_could_open_the_history_unless_one_insists(
    app: Flask, client: FlaskClient
) -> None:
    """Nothing is deleted by it."""
    entry = own(record(client))[0]["id"]
    for query in ("", "?anyway=false"):
        refused = client.delete(f"/api/session{query}")
        problem(refused, 409)
        assert cookies(refused) == []
    key = make_key(client)
    left = client.delete("/api/session")
    assert (left.status_code, left.data) == (204, b"")
    assert client.get_cookie("good_bank") is None
    assert own(client) == []
    assert client.delete("/api/session").status_code == 204  # of a history without entries
    assert amounts(open_session(client, key)) == ["1234.56"]
    client.delete("/api/key")
    problem(client.delete("/api/session"), 409)
    client.delete(f"/api/balances/{entry}")
    assert client.delete("/api/session").status_code == 204
    before = record(client)
    assert client.delete("/api/session?anyway=true").status_code == 204
    after = record(client, "2")
    assert amounts(after) == ["2.00"]
    assert after.headers["Good-Bank-History"] != before.headers["Good-Bank-History"]
    assert rows(app) == 1 + 2  # the deleted one can be restored
