"""Paths that there are not, and methods that a path does not have."""

import re
from collections import defaultdict

import pytest
from flask import Flask
from flask.testing import FlaskClient
from helpers import cookies, problem


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "path",
    [
        *("/nothing", "/api/", "/api/nothing", "/api/balances/1", "/client/"),
        *("/server/api/balances.py", "/instance/secret-key", "/.git/config"),
        *("/client/../server/api/balances.py", "/client/%2e%2e/README.md"),
        *("/client/..%2f..%2fetc/passwd", "/client/vendor/../../Makefile"),
        "/api/balances%0aERROR in app: forged",  # which would be a line in a log
    ],
)
def test_wrong_path_is_a_problem(client: FlaskClient, method: str, path: str) -> None:
    response = client.open(path, method=method)
    if method == "GET" or response.status_code != 405:
        problem(response, 404)
    assert cookies(response) == []


def test_wrong_method_is_a_problem_naming_the_right_ones(app: Flask, client: FlaskClient) -> None:
    methods: dict[str, set[str]] = defaultdict(set)
    for rule in app.url_map.iter_rules():
        path = re.sub("<.*?>", "123e4567-e89b-42d3-a456-426614174000", rule.rule)
        methods[path] |= rule.methods or set()
    assert {"/", "/api/update", "/api/balances"} <= methods.keys()
    for path, right in methods.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - right:
            response = client.open(path, method=method)
            problem(response, 405)
            assert set(response.headers["Allow"].split(", ")) == right
            assert cookies(response) == []
