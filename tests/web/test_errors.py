"""Errors of paths and methods; the other rooms' errors are with their tests."""

import pytest
from flask.testing import FlaskClient
from helpers import cookies, problem


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404),
        ("POST", "/api/", 404),
        ("GET", "/nothing", 404),
        ("GET", "/client/../server/api/balances.py", 404),
        ("GET", "/client/%2e%2e/server/api/balances.py", 404),
        ("GET", "/server/api/balances.py", 404),
        ("GET", "/api/update", 405),
        ("PUT", "/api/balances", 405),
        ("PATCH", "/api/balances", 405),
        ("GET", "/api/samples", 405),
        ("GET", "/api/session", 405),
        ("POST", "/", 405),
    ],
)
def test_wrong_paths_and_methods_are_told_as_problems(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    response = client.open(path, method=method)
    problem(response, status)
    assert ("Allow" in response.headers) == (status == 405)
    assert cookies(response) == []
