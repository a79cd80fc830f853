"""Who may write from a browser, and who may call from another origin."""

import re

import pytest
from conftest import MakeApp
from flask import Flask
from flask.testing import FlaskClient
from helpers import cookies, own, problem

OWN = "http://localhost"  # as the test client sees the server
NAMED = "http://localhost:3000"
FOREIGN = "https://evil.example"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "something-new"},
        {"Sec-Fetch-Site": "cross-site", "Origin": OWN},
        {"Origin": FOREIGN},
        {"Origin": "null"},
        {"Origin": "http://localhost:81"},
        {"Origin": "http://localhost.evil.example"},
    ],
)
def test_foreign_write_is_refused_first_and_sets_no_cookie(
    app: Flask, client: FlaskClient, headers: dict[str, str]
) -> None:
    writes = [
        (method, re.sub("<.*?>", "123e4567-e89b-42d3-a456-426614174000", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    ]
    assert len(writes) > 10
    for method, path in [*writes, ("POST", "/api/nothing"), ("POST", "/")]:
        response = client.open(path, method=method, data={"balance": "1"}, headers=headers)
        problem(response, 403)
        assert cookies(response) == []
    assert own(client.get("/api/balances", headers=headers)) == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": OWN},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": OWN},
    ],
)
def test_own_writes_and_those_of_curl_pass(client: FlaskClient, headers: dict[str, str]) -> None:
    response = client.post("/api/update", json={"balance": "1"}, headers=headers)
    assert len(own(response)) == 1
    assert "Access-Control-Allow-Origin" not in response.headers


def test_named_origin_may_call_with_the_session(make_app: MakeApp) -> None:
    client = make_app(CORS_ORIGINS=[NAMED]).test_client()
    headers = {"Origin": NAMED, "Sec-Fetch-Site": "same-site"}
    response = client.post("/api/update", json={"balance": "1"}, headers=headers)
    assert len(own(response)) == 1
    assert response.headers["Access-Control-Allow-Origin"] == NAMED
    assert response.headers["Access-Control-Allow-Credentials"] == "true"
    told = response.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"ETag", "Good-Bank-History", "Good-Bank-Today", "Retry-After"} <= set(told)
    asked = "content-type, good-bank-history, idempotency-key"
    headers |= {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": asked}
    preflight = client.options("/api/update", headers=headers)
    assert preflight.headers["Access-Control-Allow-Origin"] == NAMED
    assert preflight.headers["Access-Control-Allow-Headers"] == asked


@pytest.mark.parametrize("origin", [FOREIGN, "null", "http://localhost:30000"])
def test_no_other_origin_may(make_app: MakeApp, origin: str) -> None:
    client = make_app(CORS_ORIGINS=[NAMED]).test_client()
    for response in (
        client.get("/api/balances", headers={"Origin": origin}),
        client.options("/api/update", headers={"Origin": origin}),
    ):
        assert "Access-Control-Allow-Origin" not in response.headers
    problem(client.post("/api/update", json={"balance": "1"}, headers={"Origin": origin}), 403)
