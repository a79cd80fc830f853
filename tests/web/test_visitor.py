"""Whose history a request is about, by the cookie, and the name that answers give a history."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from conftest import MakeApp
from flask import Flask
from flask.testing import FlaskClient
from helpers import CALLS, Json, amounts, cookie, cookies, make_key, own, record, signed, tab_with
from itsdangerous import base64_decode
from time_machine import Traveller
from werkzeug.test import TestResponse

from server.web.visitor import HISTORY

UPPER = "123E4567-E89B-42D3-A456-426614174000"  # a history's name is in lower case


def read(app: Flask, cookie: str | bytes, path: str = "/api/balances") -> TestResponse:
    """Read with these cookies and no others."""
    client = app.test_client(use_cookies=False)
    text = cookie if isinstance(cookie, str) else cookie.decode("latin-1")
    return client.get(path, headers={"Cookie": text}, buffered=True)


def name(response: TestResponse) -> str:
    return response.headers["Good-Bank-History"]


def payload(response: TestResponse) -> Json:
    """Return what the cookie in an answer holds."""
    value = cookie(response).partition("=")[2]
    held: Json = json.loads(base64_decode(value.partition(".")[0]))
    return held


# The cookie


def test_page_hands_out_the_cookie_once(client: FlaskClient) -> None:
    (value,) = cookies(client.get("/", buffered=True))
    parts = value.lower().split("; ")
    assert {"httponly", "samesite=lax", "path=/"} <= set(parts)
    assert "secure" not in parts
    assert "max-age=31536000" in parts
    assert cookies(client.get("/", buffered=True)) == cookies(client.get("/api/balances")) == []


def test_cookie_names_the_history_and_holds_none_of_it(client: FlaskClient) -> None:
    record(client, "123456.78")
    client.delete("/api/balances")
    held = payload(record(client, "123456.78"))
    assert held.keys() == {"account", "fresh"}
    assert UUID(held["account"])


def test_writes_extend_the_cookie_and_every_answer_names_the_history(client: FlaskClient) -> None:
    first = record(client)
    account = payload(first)["account"]
    assert account not in name(first)  # it is no credential
    etag = client.get("/api/balances").headers["ETag"]
    calls: list[tuple[str, str, Json]] = [
        ("GET", "/api/balances", {"headers": {"If-None-Match": etag}}),
        *CALLS[:-3],  # the others are about no history, or end it
        ("POST", "/api/key", {}),
        ("DELETE", "/api/key", {}),
    ]
    for method, path, sent in calls:
        answer = client.open(path.format(entry_id=own(first)[0]["id"]), method=method, **sent)
        assert len(cookies(answer)) == (method != "GET"), path
        assert name(answer) == name(first), path


@pytest.mark.parametrize("days", [-10_000, -400, 1, 400])
def test_good_signature_is_believed_whatever_its_time(
    app: Flask, client: FlaskClient, clock: Traveller, days: int
) -> None:
    """Signed by a machine whose clock was wrong, or read by one, or just old."""
    clock.shift(timedelta(days))
    value = cookie(record(client))
    clock.shift(timedelta(-days))
    assert amounts(read(app, value)) == ["1234.56"]
    assert cookies(read(app, value)) == cookies(read(app, value, "/")) == []


ACCOUNTS: list[object] = [int("9" * 30), [1], {"a": "b"}, None, "", "x", UPPER]
ODD: list[object] = [{}, [], [1], "x", 5, None, True, {"fresh": "x"}]
ODD += [{"account": account} for account in ACCOUNTS]


@pytest.mark.parametrize("held", [*ODD, {"account": UPPER.lower(), "fresh": [1]}], ids=str)
def test_odd_contents_under_the_right_key_are_a_new_visitor(app: Flask, held: object) -> None:
    value = signed(app, held)
    assert own(read(app, value)) == []
    assert read(app, value, "/").status_code == 200
    assert cookies(read(app, value)) == []
    client = tab_with(app, value)
    assert amounts(record(client, "5")) == amounts(client) == ["5.00"]


@pytest.mark.parametrize(
    "around",
    [
        b"name=Jos\xe9; %s",
        b"good_bank=eyJhIjoxfQ.awa7Rw.Aj7RNDpL2EMOk9_DLZqaPw4Njmw; %s",
        b"a; =b; ;; %s;",
        b'quoted="a;b"; %s',
    ],
    ids=range(4),
)
def test_cookies_of_other_programs_cost_nobody_their_history(
    app: Flask, client: FlaskClient, around: bytes
) -> None:
    sent = around % cookie(record(client)).encode()
    for path in ("/api/balances", "/"):
        answer = read(app, sent, path)
        assert answer.status_code == 200
        assert cookies(answer) == []
    assert amounts(read(app, sent)) == ["1234.56"]
    writer = app.test_client(use_cookies=False)
    headers = {"Cookie": sent.decode("latin-1")}
    answer = writer.post("/api/update", json={"balance": "2"}, headers=headers)
    assert amounts(answer) == ["1234.56", "2.00"]


def test_of_several_good_cookies_the_whole_hosts_counts(app: Flask, client: FlaskClient) -> None:
    """Browsers send one that was planted for a longer path first; and there may be ever so many."""
    mine, planted = cookie(record(client, "1")), cookie(record(app.test_client(), "2"))
    assert amounts(read(app, f"{planted}; {mine}")) == ["1.00"]
    for junk in ("good_bank=x", mine[:-1] + "_", "good_bank=" + "x." * 100, "; "):
        many = "; ".join([junk] * (380_000 // len(junk)))
        for sent in (f"{many}; {mine}", f"{mine}; {many}"):
            assert amounts(read(app, sent)) == ["1.00"]


# The name of the history


def test_name_changes_when_the_cookie_goes_and_stays_then(app: Flask, client: FlaskClient) -> None:
    mine = name(record(client))
    client.delete_cookie("good_bank")
    gone = [name(client.get("/api/balances")) for _ in "ab"]
    assert gone[0] == gone[1] != mine
    client.get("/", buffered=True)
    assert name(client.get("/api/balances")) not in (mine, gone[0])


def test_write_that_means_another_history_changes_nothing(app: Flask, client: FlaskClient) -> None:
    before, other = record(client), name(record(app.test_client()))
    opening = {"json": {"key": make_key(client), "merge": True}}
    for method, path, sent in [("POST", "/api/session", opening), *CALLS]:
        path = path.format(entry_id=own(before)[0]["id"])
        for browser in (client, app.test_client()):
            answer = browser.open(path, method=method, headers={HISTORY: other}, **sent)
            assert (answer.status_code == 412) == (method != "GET"), path
            assert cookies(answer) == []
    assert own(client) == own(before)


def test_write_may_name_its_history_and_the_one_that_took_it_over(
    app: Flask, client: FlaskClient
) -> None:
    """Also after a start fresh, which begins a new one."""
    phone, key = app.test_client(), make_key(client)
    moved, mine = record(phone), name(client.get("/api/balances"))
    phone.post("/api/session", json={"key": key, "merge": True}, headers={HISTORY: name(moved)})
    script = {"Authorization": f"Bearer {key}"}

    def status(history: str, **more: str) -> int:
        tab = app.test_client() if more else tab_with(app, cookie(moved))
        headers = {HISTORY: history} | more
        return tab.post("/api/update", json={"balance": "5"}, headers=headers).status_code

    assert (status(name(moved)), status(mine), status(mine, **script)) == (200, 200, 200)
    assert (status("new"), status(name(moved), **script)) == (412, 412)
    assert client.delete("/api/balances", headers={HISTORY: mine}).status_code == 200
    assert (status(name(moved)), status(mine)) == (200, 412)


def test_secret_key_that_changes_keeps_visitors_by_its_fallback_or_their_key(
    make_app: MakeApp,
) -> None:
    visitor = make_app(SECRET_KEY="old").test_client()
    value, key = cookie(record(visitor)), make_key(visitor)
    assert amounts(read(make_app(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["old"]), value))
    app = make_app(SECRET_KEY="new")
    assert own(read(app, value)) == []
    assert len(cookies(read(app, value, "/"))) == 1  # a new visitor's
    assert amounts(app.test_client().post("/api/session", json={"key": key})) == ["1234.56"]
