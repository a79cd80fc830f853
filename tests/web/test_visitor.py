"""Whose history a request is about, by the cookie, and the name that answers give a history."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from conftest import MakeApp
from flask import Flask
from flask.testing import FlaskClient
from helpers import amounts, body, client_with, cookie, cookies, own, record, send_csv, signed
from itsdangerous import base64_decode
from werkzeug.test import TestResponse

UPPER = "123E4567-E89B-42D3-A456-426614174000"  # a history's name is in lower case


def read(app: Flask, cookie: str | bytes, path: str = "/api/balances") -> TestResponse:
    """Read with these cookies and no others."""
    client = app.test_client(use_cookies=False)
    text = cookie if isinstance(cookie, str) else cookie.decode("latin-1")
    return client.get(path, headers={"Cookie": text}, buffered=True)


def name(response: TestResponse) -> str:
    """Return the name of the history in an answer."""
    return response.headers["Good-Bank-History"]


# The cookie


def test_the_page_hands_out_the_cookie_once(client: FlaskClient) -> None:
    (value,) = cookies(client.get("/", buffered=True))
    parts = value.lower().split("; ")
    assert {"httponly", "samesite=lax", "path=/"} <= set(parts)
    assert "secure" not in parts
    assert "max-age=31536000" in parts  # for clients whose clock is off
    expires = next(part for part in value.split("; ") if part.startswith("Expires="))
    end = datetime.strptime(expires, "Expires=%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    assert timedelta(days=364) < end - datetime.now(UTC) < timedelta(days=366)
    assert cookies(client.get("/", buffered=True)) == cookies(client.get("/api/balances")) == []


def test_each_write_extends_the_cookie(client: FlaskClient) -> None:
    path = f"/api/balances/{own(record(client))[0]['id']}"
    for response in (
        record(client),
        client.patch(path, json={"balance": "2"}),
        client.delete(path),
        client.post(f"{path}/restore"),
        client.delete("/api/samples"),
        send_csv(client, "date,balance\n2020-01-01,1\n"),
        client.post("/api/key"),
        client.delete("/api/key"),
        client.delete("/api/balances"),
    ):
        assert len(cookies(response)) == 1, response.request.path


def test_the_cookie_names_the_history_and_holds_none_of_it(client: FlaskClient) -> None:
    record(client, "123456.78")
    client.delete("/api/balances")
    value = cookie(record(client, "123456.78")).partition("=")[2]
    payload = json.loads(base64_decode(value.partition(".")[0]))
    assert payload.keys() == {"account", "fresh"}
    assert UUID(payload["account"])


@pytest.mark.parametrize(
    "damage", [lambda c: c[:-3], lambda c: "x" + c, lambda c: "", lambda c: c * 99]
)
def test_a_damaged_cookie_is_a_new_visitor(app: Flask, client: FlaskClient, damage: Any) -> None:
    value = cookie(record(client)).partition("=")[2]
    bad = f"good_bank={damage(value)}"
    assert own(read(app, bad)) == []
    assert len(cookies(read(app, bad, "/"))) == 1


@pytest.mark.parametrize("days", [-10_000, -400, 1, 400])
def test_a_good_signature_is_believed_whatever_its_time(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    """Signed by a machine whose clock was wrong, or read by one, or just old."""
    now = time.time()
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: now + days * 86400)
        value = cookie(record(client))
    assert amounts(read(app, value)) == ["1234.56"]
    assert cookies(read(app, value)) == cookies(read(app, value, "/")) == []


@pytest.mark.parametrize(
    "payload",
    [
        *({}, {"account": int("9" * 30)}, {"account": [1]}, {"account": {"a": "b"}}),
        *(
            {"account": None},
            {"account": ""},
            {"account": "x"},
            {"account": UPPER},
        ),
        *(
            {"account": UPPER.lower(), "fresh": [1]},
            {"fresh": "x"},
            [],
            [1],
            "x",
            5,
            None,
            True,
        ),
    ],
)
def test_odd_contents_under_the_right_key_are_a_new_visitor(app: Flask, payload: object) -> None:
    value = signed(app, payload)
    assert own(read(app, value)) == []
    assert read(app, value, "/").status_code == 200
    assert cookies(read(app, value)) == []
    client = client_with(app, value)
    assert amounts(record(client, "5")) == ["5.00"]
    assert amounts(client.get("/api/balances")) == ["5.00"]


@pytest.mark.parametrize(
    "around",
    [
        b"name=Jos\xe9; %s",
        "name=José; %s".encode(),
        b"%s; name=\xff\xfe",
        b"good_bank=; %s",
        b"good_bank=abc; %s",
        b"good_bank=eyJhIjoxfQ.awa7Rw.Aj7RNDpL2EMOk9_DLZqaPw4Njmw; %s",
        b"a; =b; ;; %s;",
        b'quoted="a;b"; %s',
        b"; ".join(b"cookie%d=%s" % (n, b"x" * 40) for n in range(150)) + b"; %s",
        b"long=" + b"x" * 60_000 + b"; %s",
    ],
    ids=range(10),
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


def test_of_several_good_cookies_the_one_for_the_whole_host_counts(
    app: Flask, client: FlaskClient
) -> None:
    """Browsers send one that was planted for a longer path first."""
    mine, planted = cookie(record(client, "1")), cookie(record(app.test_client(), "2"))
    assert amounts(read(app, f"{planted}; {mine}")) == ["1.00"]


def test_ever_so_many_cookies_of_our_name_cost_nobody_their_history(
    app: Flask, client: FlaskClient
) -> None:
    mine = cookie(record(client, "1"))
    for junk in ("good_bank=x", mine[:-1] + "_", "good_bank=" + "x." * 100, "; "):
        many = "; ".join([junk] * (380_000 // len(junk)))
        for sent in (f"{many}; {mine}", f"{mine}; {many}"):
            assert amounts(read(app, sent)) == ["1.00"]


# The name of the history


def test_every_answer_with_a_history_names_it(client: FlaskClient) -> None:
    first = record(client, "1")
    entry = own(first)[0]["id"]
    imported = send_csv(client, "date,balance\n2020-01-01,1\n")
    etag = client.get("/api/balances").headers["ETag"]
    answers = [
        first,
        client.get("/api/balances"),
        client.get("/api/balances", headers={"If-None-Match": etag}),
        client.get("/api/balances.csv"),
        client.patch(f"/api/balances/{entry}", json={"balance": "2"}),
        client.delete(f"/api/balances/{entry}"),
        client.post(f"/api/balances/{entry}/restore"),
        client.delete("/api/samples"),
        imported,
        client.delete(f"/api/imports/{body(imported)['import']['id']}"),
        client.post("/api/key"),
        client.get("/api/key"),
    ]
    assert {name(answer) for answer in answers} == {name(first)}
    account = client.get_cookie("good_bank")
    assert account
    assert json.loads(base64_decode(account.value.partition(".")[0]))["account"] not in name(first)


def test_the_name_changes_with_the_history(app: Flask, client: FlaskClient) -> None:
    mine = name(record(client))
    other = app.test_client()
    assert name(record(other)) != mine
    fresh = name(client.delete("/api/balances"))
    assert fresh != mine
    assert name(client.get("/api/balances")) == name(record(client)) == fresh


def test_the_name_changes_when_the_cookie_goes_and_stays_then(
    app: Flask, client: FlaskClient
) -> None:
    mine = name(record(client))
    client.delete_cookie("good_bank")
    gone = [name(client.get("/api/balances")) for _ in "ab"]
    assert gone[0] == gone[1] != mine
    client.get("/", buffered=True)
    assert name(client.get("/api/balances")) not in (mine, gone[0])


# Starting fresh


def test_an_old_copy_of_the_cookie_sees_nothing_of_a_fresh_start(
    app: Flask, client: FlaskClient
) -> None:
    copy = client_with(app, cookie(record(client, "1")))
    client.delete("/api/balances")
    record(client, "2")
    assert own(copy.get("/api/balances")) == []
    assert amounts(record(copy, "3")) == ["3.00"]
    assert amounts(client.get("/api/balances")) == ["2.00"]


def test_a_secret_key_that_changes_keeps_visitors_by_its_fallback(make_app: MakeApp) -> None:
    value = cookie(record(make_app(SECRET_KEY="old").test_client()))
    assert amounts(read(make_app(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["old"]), value))
    assert own(read(make_app(SECRET_KEY="new"), value)) == []
