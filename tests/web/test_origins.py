"""Who may write from a browser, and who may call from another origin."""

import pytest
from conftest import MakeApp
from flask.testing import FlaskClient
from helpers import cookies, own, problem, record

OWN = "http://localhost"  # as the test client sees the server
NAMED = "http://localhost:3000"
FOREIGN = "https://evil.example"

FOREIGN_HEADERS = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "something-new"},
    {"Sec-Fetch-Site": "cross-site", "Origin": OWN},
    {"Sec-Fetch-Site": "cross-site", "Origin": FOREIGN},
    {"Origin": FOREIGN},
    {"Origin": "null"},
    {"Origin": "http://localhost:81"},
    {"Origin": "http://localhost.evil.example"},
]
OWN_HEADERS: list[dict[str, str]] = [
    {},
    {"Origin": OWN},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin", "Origin": OWN},
]


@pytest.mark.parametrize("headers", FOREIGN_HEADERS)
def test_a_foreign_write_is_refused_first_and_sets_no_cookie(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    for method, path in (
        ("POST", "/api/update"),
        ("DELETE", "/api/balances"),
        ("POST", "/api/nothing"),
        ("POST", "/"),
    ):
        response = client.open(path, method=method, data={"balance": "1"}, headers=headers)
        problem(response, 403)
        assert cookies(response) == []
    assert own(client.get("/api/balances", headers=headers)) == []


@pytest.mark.parametrize("headers", OWN_HEADERS)
def test_the_pages_own_writes_and_those_of_curl_pass(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    assert len(own(client.post("/api/update", json={"balance": "1"}, headers=headers))) == 1


def test_a_named_origin_may_call_with_the_session(make_app: MakeApp) -> None:
    client = make_app(CORS_ORIGINS=[NAMED]).test_client()
    headers = {"Origin": NAMED, "Sec-Fetch-Site": "same-site"}
    response = client.post("/api/update", json={"balance": "1"}, headers=headers)
    assert len(own(response)) == 1
    assert response.headers["Access-Control-Allow-Origin"] == NAMED
    assert response.headers["Access-Control-Allow-Credentials"] == "true"
    preflight = client.options(
        "/api/update",
        headers=headers
        | {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type, idempotency-key",
        },
    )
    assert preflight.headers["Access-Control-Allow-Origin"] == NAMED
    assert preflight.headers["Access-Control-Allow-Headers"] == "content-type, idempotency-key"


@pytest.mark.parametrize("origin", [FOREIGN, "null", "http://localhost:30000"])
def test_no_other_origin_may(make_app: MakeApp, origin: str) -> None:
    client = make_app(CORS_ORIGINS=[NAMED]).test_client()
    for response in (
        client.get("/api/balances", headers={"Origin": origin}),
        client.options("/api/update", headers={"Origin": origin}),
    ):
        assert "Access-Control-Allow-Origin" not in response.headers
    problem(client.post("/api/update", json={"balance": "1"}, headers={"Origin": origin}), 403)


def test_without_named_origins_there_is_no_cors(client: FlaskClient) -> None:
    response = client.get("/api/balances", headers={"Origin": OWN})
    assert "Access-Control-Allow-Origin" not in response.headers
    assert len(own(record(client))) == 1
