"""The API's description: against the routes, against itself, and against what is answered."""

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from conftest import LONG, Cdn
from flask import Flask
from flask.testing import FlaskClient
from helpers import CALLS, Json, body, export_of, make_key, own, problem, record, send_csv
from hypothesis import settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect
from schemathesis.checks import CHECKS
from schemathesis.transport.serialization import Binary

from server.api.docs import DESCRIPTION, SWAGGER_UI
from server.web.limits import MAX_BODY, MAX_STATEMENT, REFUSED_STATUS


def resolved(part: Any) -> Any:
    """Return a part of the description with what each `$ref` names in its place."""
    if isinstance(part, list):
        return [resolved(item) for item in part]
    if not isinstance(part, dict):
        return part
    result = {name: resolved(value) for name, value in part.items() if name != "$ref"}
    if "$ref" in part:
        named: Any = WHOLE
        for name in part["$ref"].removeprefix("#/").split("/"):
            named = named[name]
        result = resolved(named) | result
    return result


def example(described: Json) -> Any:
    """Return the example of a parameter, a header or a body, which may be its schema's."""
    if "example" in described:
        return described["example"]
    return described["schema"].get("examples", [None])[0]


WHOLE = json.loads(DESCRIPTION)
API = resolved(WHOLE)
OPERATIONS: dict[str, tuple[str, str, Json]] = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, methods in API["paths"].items()
    for method, operation in methods.items()
}
SWAGGER_UI_FILES = ("swagger-ui-bundle.js", "swagger-ui.css")
ID = example(API["components"]["parameters"]["entry_id"])
KEY = API["components"]["schemas"]["Opening"]["examples"][0]["key"]
DAY = date(2026, 1, 31)

# What a schema cannot say: a day is not in the future, and a statement has rows of values.
DAYS = st.dates(date(1900, 1, 1), DAY).map(date.isoformat)
RAND = st.decimals("-999999999999.99", "999999999999.99", places=2)
ROWS = st.lists(st.builds("{},{:f}\r\n".format, DAYS, RAND), min_size=1)
CSV = ROWS.map(lambda rows: "".join(["date,balance\r\n", *rows]).encode())
schemathesis.openapi.format("date", DAYS)
schemathesis.openapi.media_type("text/csv", CSV)
schemathesis.openapi.format("binary", CSV.map(Binary))

schema = schemathesis.openapi.from_dict(WHOLE)
schema.config.phases.coverage.enabled = bool(LONG)  # a hundred cases for each call
accepting = schema.config.checks.positive_data_acceptance
accepting.expected_statuses = [*accepting.expected_statuses, "412"]  # of another history
positive_data_acceptance = CHECKS.get_one("positive_data_acceptance")


def parts(part: Any) -> Iterator[Json]:
    """Yield every object within a part of the description."""
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from parts(inner)


# The description


def test_it_has_the_routes_that_there_are(app: Flask) -> None:
    routes = {
        (method, re.sub(r"<\w+:(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/")
    }
    assert {(method, path) for method, path, _ in OPERATIONS.values()} == routes


def test_it_is_valid(client: FlaskClient) -> None:
    answered = client.get("/api/openapi.json")
    assert answered.content_type == "application/json"
    assert answered.text == DESCRIPTION
    schema.validate()
    for described in WHOLE["components"]["schemas"].values():
        jsonschema_rs.meta.validate(described)


def test_everything_has_an_example_that_fits_it() -> None:
    for part in parts(WHOLE):
        if "schema" in part:
            value = example(resolved(part))
            assert value is not None, part
            fitting = part["schema"] | {"components": WHOLE["components"]}
            jsonschema_rs.validate(fitting, value, validate_formats=True)


# The answers


def is_file(case: schemathesis.Case[Any]) -> bool:
    """Tell whether a generated statement is sent as it is; JSON, XML or YAML write it anew."""
    if case.media_type == "multipart/form-data":
        return isinstance(case.body, dict)
    as_it_is = case.media_type in ("application/octet-stream", "text/csv")
    return as_it_is and isinstance(case.body, Binary | bytes)


@schema.parametrize()
@settings(max_examples=LONG * 20 or 10)
def test_what_is_generated_is_answered_as_described(case: schemathesis.Case[Any], url: str) -> None:
    excluded: list[Any] = []
    if case.operation.label == "POST /api/import" and (case.query or not is_file(case)):
        excluded = [positive_data_acceptance]  # no schema says which options fit a file
    case.call_and_validate(base_url=url, excluded_checks=excluded)


def test_calls_about_what_is_there_are_answered_as_described(client: FlaskClient) -> None:
    """No generated id or key names it."""
    ids = {"entry_id": own(record(client))[0]["id"]}
    ids["import_id"] = body(send_csv(client, export_of(1)))["import"]["id"]
    calls: list[tuple[str, str, Json]] = [
        ("POST", "/api/session", {"json": {"key": make_key(client)}}),
        ("DELETE", "/api/imports/{import_id}", {}),
        *CALLS,
    ]
    for method, path, sent in calls:
        answer = client.open(path.format(**ids), method=method, **sent)
        assert answer.status_code in (200, 204), path
        schema[path][method].validate_response(answer)


@pytest.mark.parametrize(
    ("name", "status", "sent"),
    [
        ("recordBalance", 400, {"json": {"balance": "1"}, "headers": {"Idempotency-Key": "1"}}),
        ("recordBalance", 401, {"headers": {"Authorization": "Bearer KEY"}}),
        ("recordBalance", 403, {"headers": {"Origin": "https://evil.example"}}),
        ("recordBalance", 408, {"environ_overrides": {REFUSED_STATUS: 408}}),
        ("recordBalance", 412, {"json": {"balance": "1"}, "headers": {"Good-Bank-History": "x"}}),
        ("recordBalance", 413, {"data": b"x" * (MAX_BODY + 1)}),
        ("recordBalance", 415, {}),
        ("recordBalance", 422, {"json": {"balance": "1.005"}}),
        ("deleteEntry", 404, {}),
        ("importStatement", 400, {"data": b"%PDF-1.7"}),
        ("importStatement", 413, {"data": b"x" * (MAX_STATEMENT + 1)}),
        ("importStatement", 422, {"data": "date,balance\n2020-01-01,1\n2020-01-02,abc\n"}),
        ("undoImport", 404, {}),
        ("openHistory", 403, {"json": {"key": KEY}}),
        ("leaveHistory", 409, {}),
        ("leaveHistory", 422, {"query_string": {"anyway": "yes"}}),
    ],
)
def test_errors_read_as_described(client: FlaskClient, name: str, status: int, sent: Json) -> None:
    record(client)
    method, path, operation = OPERATIONS[name]
    answered = client.open(re.sub(r"{\w+}", ID, path), method=method, **sent)
    described = operation["responses"][str(status)]["content"]["application/problem+json"]
    assert problem(answered, status) == example(described)


# The page


def test_page_shows_every_call_and_tries_only_reads(page: Page, url: str, cdn: Cdn) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{url}/api/docs")
    expect(page.locator(".opblock")).to_have_count(len(OPERATIONS))
    methods = page.locator(".opblock-summary-method").all_inner_texts()
    paths = page.locator(".opblock-summary-path").evaluate_all(
        "all => all.map(e => e.dataset.path)"
    )
    described = [(method, path) for method, path, _ in OPERATIONS.values()]
    assert sorted(zip(methods, paths, strict=True)) == sorted(described)
    for summary, tries in (("Start fresh", 0), ("Read the history", 1)):
        call = page.locator(".opblock").filter(has_text=summary).first
        call.locator(".opblock-summary-control").click()
        expect(call.get_by_text("Responses", exact=True)).to_be_visible()
        expect(call.get_by_role("button", name="Try it out")).to_have_count(tries)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert sorted(cdn.asked) == sorted(SWAGGER_UI + name for name in SWAGGER_UI_FILES)


def test_page_allows_swagger_ui_and_no_other_page_does(client: FlaskClient) -> None:
    answer = client.get("/api/docs")
    (policy,) = answer.headers.getlist("Content-Security-Policy")
    assert re.findall(r'"(https:[^"]+)"', answer.text) == re.findall(r"https:[^; ]+", policy)[::-1]
    assert "unsafe" not in policy
    assert 'href="openapi.json"' in answer.text  # for where the CDN is out of reach
    assert SWAGGER_UI not in client.get("/").headers["Content-Security-Policy"]
