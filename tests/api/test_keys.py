"""Keys: a history from anywhere, by the header Authorization or in another browser."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from conftest import MakeApp
from flask import Flask
from flask.testing import FlaskClient
from helpers import (
    Json,
    amounts,
    body,
    cookies,
    export_of,
    own,
    problem,
    record,
    rows,
    send_csv,
    today,
)
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.history.keys import ALPHABET, new_key
from server.history.tables import keys

CALLS: list[tuple[str, str, Json]] = [
    ("GET", "/api/balances", {}),
    ("GET", "/api/balances.csv", {}),
    ("POST", "/api/update", {"json": {"balance": "5"}}),
    ("POST", "/api/import", {"data": export_of(1), "content_type": "text/csv"}),
    ("PATCH", "/api/balances/{id}", {"json": {"balance": "6"}}),
    ("DELETE", "/api/balances/{id}", {}),
    ("POST", "/api/balances/{id}/restore", {}),
    ("DELETE", "/api/samples", {}),
    ("GET", "/api/key", {}),
    ("GET", "/api/health", {}),
    ("DELETE", "/api/session", {}),
    ("DELETE", "/api/balances", {}),
]


@pytest.fixture
def app(make_app: MakeApp, database_url: str) -> Flask:
    return make_app(DATABASE_URL=database_url)


@pytest.fixture
def script(app: Flask) -> FlaskClient:
    """A client that keeps no cookie."""
    return app.test_client(use_cookies=False)


def make_key(client: FlaskClient) -> str:
    answer = client.post("/api/key")
    assert answer.status_code == 201
    return str(body(answer)["key"])


def bearer(key: str) -> Json:
    return {"headers": {"Authorization": f"Bearer {key}"}}


def open_session(client: FlaskClient, key: str, **fields: object) -> TestResponse:
    return client.post("/api/session", json={"key": key} | fields)


def opens(script: FlaskClient, key: str) -> bool:
    """Tell whether a key opens a history."""
    status = script.get("/api/balances", **bearer(key)).status_code
    assert status in (200, 401)
    return status == 200


# Making and ending a key


def test_a_key_is_24_random_letters_of_crockfords_alphabet() -> None:
    made = {new_key() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"(\w{4}-){5}\w{4}", key) for key in made)
    assert set("".join(made)) - {"-"} == set(ALPHABET)
    assert len(ALPHABET) == 32
    assert not set("ILOU") & set(ALPHABET)


def test_the_day_on_which_a_key_was_made_is_told(client: FlaskClient) -> None:
    assert body(client.get("/api/key")) == {"made": None}
    make_key(client)
    assert body(client.get("/api/key")) == {"made": today().isoformat()}
    revoked = client.delete("/api/key")
    assert (revoked.status_code, revoked.data) == (204, b"")
    assert body(client.get("/api/key")) == {"made": None}
    assert client.delete("/api/key").status_code == 204


def test_a_new_key_ends_the_old_one_and_a_revoked_key_opens_nothing(
    client: FlaskClient, script: FlaskClient
) -> None:
    record(client)
    old, new = make_key(client), make_key(client)
    assert (opens(script, old), opens(script, new)) == (False, True)
    problem(open_session(script, old), 403)
    client.delete("/api/key")
    assert not opens(script, new)
    problem(open_session(script, new), 403)
    assert amounts(client.get("/api/balances")) == ["1234.56"]


def test_a_fresh_start_ends_the_key(app: Flask, client: FlaskClient, script: FlaskClient) -> None:
    record(client)
    key = make_key(client)
    client.delete("/api/balances")
    assert not opens(script, key)
    assert body(client.get("/api/key")) == {"made": None}
    assert rows(app, keys) == 0


def test_only_a_hash_of_the_key_is_stored_and_nothing_is_logged(
    app: Flask, client: FlaskClient, script: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    key = make_key(client)
    assert opens(script, key)
    open_session(app.test_client(), key)
    problem(open_session(script, new_key()), 403)
    with app.extensions["database"].read() as connection:
        stored = str(connection.execute(select(keys)).all())
    for text in (stored, caplog.text):
        assert key not in text
        assert key.replace("-", "") not in text


def test_a_key_is_made_by_post_from_this_origin_alone(client: FlaskClient) -> None:
    record(client)
    for method, path in (
        ("POST", "/api/key"),
        ("DELETE", "/api/key"),
        ("POST", "/api/session"),
        ("DELETE", "/api/session"),
    ):
        foreign = {"Origin": "https://evil.example"}
        answer = client.open(path, method=method, json={"key": new_key()}, headers=foreign)
        problem(answer, 403)
        assert cookies(answer) == []
    assert body(client.get("/api/key")) == {"made": None}


# The link and its code


def test_a_link_has_the_key_behind_its_number_sign_and_a_qr_code(
    client: FlaskClient, script: FlaskClient
) -> None:
    page = "https://bank.example/"
    answer = client.post("/api/key", json={"page": page})
    told = body(answer)
    assert answer.status_code == 201
    assert told["link"] == f"{page}#key={told['key']}"
    assert opens(script, told["key"])
    width = told["qr"]["width"]
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", told["qr"]["path"])}
    assert re.fullmatch(r"(M\d+ \d+h1v1h-1z)+", told["qr"]["path"])
    assert max(x for x, _ in dark) == max(y for _, y in dark) == width - 1
    for left, top in ((0, 0), (width - 7, 0), (0, width - 7)):  # the squares of three corners
        for x in range(7):
            for y in range(7):
                ring = max(abs(x - 3), abs(y - 3))
                assert ((left + x, top + y) in dark) == (ring != 2)


@pytest.mark.parametrize("page", ["", "x" * 201, True, ["https://bank.example/"], {}])
def test_a_bad_page_is_refused_and_the_key_stays(
    client: FlaskClient, script: FlaskClient, page: object
) -> None:
    key = make_key(client)
    told = problem(client.post("/api/key", json={"page": page}), 422)
    assert [error["field"] for error in told["errors"]] == ["page"]
    assert opens(script, key)


# Bearer


def test_bearer_stands_in_for_the_cookie_on_every_call_and_sets_none(
    client: FlaskClient, script: FlaskClient
) -> None:
    entry = own(record(client))[0]["id"]
    name = client.get("/api/balances").headers["Good-Bank-History"]
    key = make_key(client)
    for method, path, sent in CALLS:
        answer = script.open(path.replace("{id}", entry), method=method, **sent, **bearer(key))
        assert answer.status_code in (200, 204), (method, path, answer.text)
        assert cookies(answer) == [], (method, path)
        if path != "/api/health" and (method, path) != ("DELETE", "/api/balances"):
            assert answer.headers["Good-Bank-History"] == name, (method, path)
        if (method, path) == ("POST", "/api/update"):
            assert amounts(client.get("/api/balances")) == ["1234.56", "5.00"]
    assert own(client.get("/api/balances")) == []


def test_a_script_can_renew_and_revoke_its_key(client: FlaskClient, script: FlaskClient) -> None:
    record(client)
    old = make_key(client)
    renewed = script.post("/api/key", **bearer(old))
    assert (renewed.status_code, cookies(renewed)) == (201, [])
    new = body(renewed)["key"]
    assert not opens(script, old)
    assert amounts(script.get("/api/balances", **bearer(new))) == ["1234.56"]
    revoked = script.delete("/api/key", **bearer(new))
    assert (revoked.status_code, cookies(revoked)) == (204, [])
    assert not opens(script, new)


def test_bearer_goes_before_the_cookie(app: Flask, client: FlaskClient) -> None:
    record(client, "1")
    key = make_key(client)
    other = app.test_client()
    record(other, "2")
    answer = other.post("/api/update", json={"balance": "3"}, **bearer(key))
    assert amounts(answer) == ["1.00", "3.00"]
    assert cookies(answer) == []
    assert amounts(other.get("/api/balances")) == ["2.00"]
    assert body(other.get("/api/key", **bearer(key)))["made"]


@pytest.mark.parametrize("sent", ["", " ", "0", "a=b", f'"{"0" * 24}"', "0" * 24, "é" * 24])
def test_a_key_that_opens_nothing_is_401_also_with_a_cookie(
    client: FlaskClient, script: FlaskClient, sent: str
) -> None:
    entry = own(record(client))[0]["id"]
    for method, path, options in CALLS:
        for caller in (client, script):
            path = path.replace("{id}", entry)
            answer = caller.open(path, method=method, **options, **bearer(sent))
            assert "key" in problem(answer, 401)["detail"]
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert cookies(answer) == []
    assert amounts(client.get("/api/balances")) == ["1234.56"]


def test_a_key_is_read_however_it_is_written(
    app: Flask, client: FlaskClient, script: FlaskClient
) -> None:
    key = next(key for key in iter(lambda: make_key(client), "") if {"0", "1"} <= set(key))
    ways: list[Callable[[str], str]] = [
        str.lower,
        lambda key: key.replace("-", ""),
        lambda key: key.replace("-", " "),
        lambda key: f"  {key}  ",
        lambda key: key.replace("0", "O").replace("1", "I"),
        lambda key: key.lower().replace("0", "o").replace("1", "l"),
        lambda key: " - ".join(key.replace("-", "")),
    ]
    for way in ways:
        assert opens(script, way(key)), way(key)
        assert open_session(app.test_client(), way(key)).status_code == 200
    wrong = key[:-1] + ("2" if key[-1] != "2" else "3")
    assert not opens(script, wrong)
    assert not opens(script, key[:-1])
    assert not opens(script, key + "2")


# Another browser


def test_a_key_opens_the_history_in_another_browser(app: Flask, client: FlaskClient) -> None:
    first = record(client, "1")
    phone = app.test_client()
    opened = open_session(phone, make_key(client))
    assert amounts(opened) == ["1.00"]
    assert len(cookies(opened)) == 1
    assert opened.headers["Good-Bank-History"] == first.headers["Good-Bank-History"]
    assert amounts(record(phone, "2")) == ["1.00", "2.00"]
    assert own(client.get("/api/balances")) == own(phone.get("/api/balances"))
    tablet = app.test_client()
    assert amounts(tablet.post("/api/session", data={"key": make_key(client)})) == ["1.00", "2.00"]


def test_a_wrong_key_is_403_and_the_browser_keeps_what_it_has(client: FlaskClient) -> None:
    before = own(record(client))
    for fields in ({}, {"merge": True}, {"merge": False}):
        answer = open_session(client, new_key(), **fields)
        problem(answer, 403)
        assert cookies(answer) == []
        assert own(client.get("/api/balances")) == before


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "key"),
        ({"key": ""}, "key"),
        ({"key": None}, "key"),
        ({"key": True}, "key"),
        ({"key": ["0"]}, "key"),
        ({"key": "0", "merge": "yes"}, "merge"),
        ({"key": "0", "merge": 1}, "merge"),
        ({"key": "0", "merge": None}, "merge"),
    ],
)
def test_a_session_without_a_key_or_with_a_bad_merge_is_422(
    client: FlaskClient, sent: Json, field: str
) -> None:
    told = problem(client.post("/api/session", json=sent), 422)
    assert field in [error["field"] for error in told["errors"]]


def test_removed_samples_stay_away_for_every_browser_and_the_key(
    app: Flask, client: FlaskClient, script: FlaskClient
) -> None:
    record(client)
    key, phone = make_key(client), app.test_client()
    assert len(body(open_session(phone, key))["balances"]) == 13
    client.delete("/api/samples")
    for answer in (
        phone.get("/api/balances"),
        script.get("/api/balances", **bearer(key)),
        open_session(app.test_client(), key),
        record(phone, "2"),
    ):
        assert not any(entry["sample"] for entry in body(answer)["balances"])


def test_who_started_fresh_sees_the_samples_of_what_a_key_opens(
    app: Flask, client: FlaskClient
) -> None:
    """The browser's own wish was about its own history."""
    record(client)
    phone = app.test_client()
    phone.delete("/api/balances")
    assert len(body(open_session(phone, make_key(client)))["balances"]) == 13
    assert len(body(phone.get("/api/balances"))["balances"]) == 13


def test_a_key_survives_a_restart_and_the_loss_of_the_secret_key(
    make_app: MakeApp, database_url: str, client: FlaskClient
) -> None:
    record(client)
    key = make_key(client)
    for secret in ("test", "another"):
        later = make_app(DATABASE_URL=database_url, SECRET_KEY=secret)
        assert opens(later.test_client(use_cookies=False), key)
        browser = later.test_client()
        assert amounts(open_session(browser, key)) == ["1234.56"]
        assert amounts(browser.get("/api/balances")) == ["1234.56"]


# Leaving a browser


def test_leaving_is_refused_while_nothing_could_open_the_history_again(
    client: FlaskClient, script: FlaskClient
) -> None:
    record(client)
    refused = client.delete("/api/session")
    problem(refused, 409)
    assert cookies(refused) == []
    problem(client.delete("/api/session?anyway=false"), 409)
    assert amounts(client.get("/api/balances")) == ["1234.56"]
    key = make_key(client)
    left = client.delete("/api/session")
    assert (left.status_code, left.data) == (204, b"")
    assert client.get_cookie("good_bank") is None
    assert own(client.get("/api/balances")) == []
    assert amounts(open_session(client, key)) == ["1234.56"]
    client.delete("/api/key")
    problem(client.delete("/api/session"), 409)


def test_who_insists_leaves_and_nothing_is_deleted(app: Flask, client: FlaskClient) -> None:
    before = record(client)
    assert client.delete("/api/session?anyway=true").status_code == 204
    assert own(client.get("/api/balances")) == []
    assert rows(app) == 1
    assert amounts(record(client, "2")) == ["2.00"]
    name = "Good-Bank-History"
    assert client.get("/api/balances").headers[name] != before.headers[name]


def test_a_history_without_entries_can_be_left(client: FlaskClient) -> None:
    assert client.delete("/api/session").status_code == 204
    entry = own(record(client))[0]["id"]
    client.delete(f"/api/balances/{entry}")
    assert client.delete("/api/session").status_code == 204
    assert client.get_cookie("good_bank") is None


def test_a_copied_cookie_cannot_follow_to_another_history(app: Flask, client: FlaskClient) -> None:
    """Opening with a key changes this browser alone."""
    record(client, "1")
    phone = app.test_client()
    record(phone, "2")
    key = make_key(phone)
    open_session(client, key)
    record(client, "3")
    assert amounts(phone.get("/api/balances")) == ["2.00", "3.00"]
    assert send_csv(client, export_of(1), headers={"Idempotency-Key": str(uuid4())}).status_code
