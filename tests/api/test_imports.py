"""Imports: twice the same, beside other balances, repeated, undone."""

from uuid import uuid4

import pytest
from conftest import NOON, both_databases
from flask import Flask
from flask.testing import FlaskClient
from helpers import Json, amounts, body, cookies, export_of, own, problem, record, rows, send_csv
from werkzeug.test import TestResponse

TWO = "date,balance\n2026-01-31,1234.5\n2026-02-28,-7\n"


def keyed(key: str) -> Json:
    return {"headers": {"Idempotency-Key": key}}


def told(response: TestResponse) -> Json:
    assert response.status_code == 200, response.text[:500]
    result: Json = body(response)["import"]
    return result


def counts(response: TestResponse) -> tuple[int, int]:
    """Return how many balances were added, and how many were there already."""
    return told(response)["added"], told(response)["duplicates"]


def undo(client: FlaskClient, import_id: str) -> TestResponse:
    return client.delete(f"/api/imports/{import_id}")


# Twice the same, and another balance there already


def test_day_and_balance_that_is_there_is_not_added_again(client: FlaskClient) -> None:
    record(client, "1234.50", date="2026-01-31")
    first = send_csv(client, TWO)
    assert (told(first)["rows"], *counts(first)) == (2, 1, 1)
    assert amounts(first) == ["1234.50", "-7.00"]
    again = send_csv(client, TWO)
    assert counts(again) == (0, 2)
    assert own(again) == own(first)
    both = send_csv(client, TWO, query_string={"duplicates": "add"})
    assert counts(both) == (2, 0)
    assert amounts(both) == ["1234.50", "1234.50", "-7.00", "-7.00"]
    client.delete(f"/api/balances/{own(both)[0]['id']}")
    client.delete(f"/api/balances/{own(both)[1]['id']}")
    assert counts(send_csv(client, TWO)) == (1, 1)


HEADER = "Date,Amount,Balance\n"
OLDER = HEADER + "2026-01-30,-1,100\n2026-01-31,-10,90\n"
NEWER = OLDER + "2026-01-31,-20,70\n"
OTHER = HEADER + "2026-01-30,-1,50000\n2026-01-31,-10,49990\n"
BACK = HEADER + "2026-01-31,-1,100\n2026-01-31,-50,50\n2026-01-31,50,100\n"
EXPORT = "date,balance,btc,btc_then,rate_then\n" + "2026-01-31,1,,,\n" * 2


@pytest.mark.parametrize(
    ("there", "file", "conflicts", "doubts", "left"),
    [
        (NEWER, OLDER, ["70.00 90.00"], ["70.00", "90.00"], ["100.00", "70.00", "90.00"]),
        (OLDER, NEWER, ["90.00 70.00"], [], ["100.00", "90.00", "70.00"]),
        (
            *(OLDER, OTHER, ["100.00 50000.00", "90.00 49990.00"], ["account"]),
            ["100.00", "50000.00", "90.00", "49990.00"],
        ),
        (HEADER + "2026-01-31,-50,50\n", BACK, ["50.00 100.00"], [], ["50.00", "100.00"]),
        (EXPORT, EXPORT + "2026-01-31,2,,,\n", ["1.00 2.00"], [], ["1.00", "1.00", "2.00"]),
        (EXPORT + "2026-01-31,2,,,\n", EXPORT, [], [], ["1.00", "1.00", "2.00"]),
        (
            *(HEADER + "2026-01-31,0,2\n", EXPORT + "2026-01-31,2,,,\n", ["2.00 1.00"]),
            *(["2.00", "1.00"], ["2.00", "1.00", "1.00"]),
        ),
        (
            *(EXPORT + "2026-01-31,2,,,\n", HEADER + "2026-01-31,-1,2\n2026-01-31,-1,1\n"),
            *(["2.00 1.00"], [], ["1.00", "1.00", "2.00", "1.00"]),  # (actual#608)
        ),
    ],
    ids=[
        *("older", "newer", "another account", "back", "export", "older export", "its last row"),
        "the day's earlier balance again",
    ],
)
def test_another_balance_there_already_is_a_conflict_and_a_doubt_unless_the_file_has_it_too(
    client: FlaskClient,
    there: str,
    file: str,
    conflicts: list[str],
    doubts: list[str],
    left: list[str],
) -> None:
    send_csv(client, there)
    answer = send_csv(client, file)
    told_conflicts = told(answer)["conflicts"]
    assert [f"{one['there']} {one['file']}" for one in told_conflicts] == conflicts
    assert len(told(answer)["doubts"]) == bool(doubts)
    assert all(words in "".join(told(answer)["doubts"]) for words in doubts)
    assert amounts(answer) == left


def test_days_with_another_balance_are_kept_where_that_is_chosen(client: FlaskClient) -> None:
    send_csv(client, NEWER)
    kept = send_csv(client, OLDER, query_string={"conflicts": "keep"})
    assert amounts(kept) == ["100.00", "70.00"]
    assert (*counts(kept), told(kept)["doubts"]) == (0, 1, [])
    conflict = {"date": "2026-01-31", "there": "70.00", "file": "90.00"}
    assert told(kept)["conflicts"] == [conflict]
    problem(send_csv(client, OLDER, query_string={"conflicts": "drop"}), 422)


# A dry run, and a repeat


def test_dry_run_tells_what_the_import_would_do(app: Flask, client: FlaskClient) -> None:
    record(client, "1234.50", date="2026-01-31")
    before, stored = own(client), rows(app)
    dry = send_csv(client, TWO, query_string={"dry_run": "true"})
    would = told(dry)
    assert would["id"] is None
    assert cookies(dry) == []
    lines = would.pop("lines")
    assert [(line["line"], line["state"]) for line in lines] == [(2, "there"), (3, "add")]
    assert own(client) == before
    assert rows(app) == stored
    real = send_csv(client, TWO)
    assert would | {"id": None} == told(real) | {"id": None}
    assert amounts(dry) == amounts(real)


@both_databases
def test_idempotency_key_names_an_import_of_this_visitor(app: Flask, client: FlaskClient) -> None:
    key = str(uuid4())
    first = send_csv(client, TWO, **keyed(key))
    assert told(first)["id"] == key
    repeat = send_csv(client, TWO, **keyed(key.upper()))
    assert own(repeat) == own(first)
    assert told(repeat) == told(first)
    client.delete(f"/api/balances/{own(first)[0]['id']}")
    assert amounts(send_csv(client, TWO, **keyed(key))) == ["-7.00"]
    other = app.test_client()
    assert len(own(send_csv(other, export_of(1), **keyed(key)))) == 1
    assert amounts(record(client, "5", key)) == ["-7.00", "5.00"]  # that call has its own keys


def test_reused_key_with_another_file_or_option_is_422(client: FlaskClient) -> None:
    key = str(uuid4())
    send_csv(client, TWO, **keyed(key))
    refused = problem(send_csv(client, TWO, query_string="duplicates=add", **keyed(key)), 422)
    assert [error["field"] for error in refused["errors"]] == ["Idempotency-Key"]
    undo(client, key)
    problem(send_csv(client, TWO + "2026-03-01,1\n", **keyed(key)), 422)
    assert own(send_csv(client, TWO, **keyed(key))) == own(client) == []


# Undo


@both_databases
def test_undo_takes_out_what_nobody_changed_since(app: Flask, client: FlaskClient) -> None:
    record(client, "1234.50", date="2026-01-31")
    imported = send_csv(client, TWO + "2026-03-01,5\n2026-03-02,6\n2026-03-03,9\n")
    back, moved, deleted, changed = (entry["id"] for entry in own(imported)[1:])
    for entry, balance in ((changed, "3"), (back, "4"), (back, "-7")):
        client.patch(f"/api/balances/{entry}", json={"balance": balance})
    client.patch(f"/api/balances/{moved}", json={"date": "2021-01-01"})
    client.delete(f"/api/balances/{deleted}")
    for _ in range(2):
        assert amounts(undo(client, told(imported)["id"])) == ["5.00", "1234.50", "3.00"]
    problem(client.post(f"/api/balances/{deleted}/restore"), 404)
    assert rows(app) == len(own(client))  # nothing that slows reading


@both_databases
def test_imports_that_can_be_undone_are_listed_newest_first(client: FlaskClient) -> None:
    def listed() -> list[Json]:
        answer = client.get("/api/imports")
        assert answer.status_code == 200
        result: list[Json] = body(answer)["imports"]
        return result

    assert listed() == []
    record(client, "1")
    first = told(send_csv(client, TWO))["id"]
    second = told(send_csv(client, export_of(1)))["id"]
    send_csv(client, export_of(1))  # adds nothing
    both = {"made": NOON.date().isoformat(), "kind": "csv"}
    one = both | {"id": first, "added": 2, "first": "2026-01-31", "last": "2026-02-28"}
    other = both | {"id": second, "added": 1, "first": "2020-01-01", "last": "2020-01-01"}
    assert listed() == [other, one]
    undo(client, second)
    assert listed() == [one]
    changed, deleted = [entry["id"] for entry in own(client)[:2]]
    client.delete(f"/api/balances/{deleted}")
    assert listed() == [one]
    client.patch(f"/api/balances/{changed}", json={"balance": "3"})
    assert listed() == []


def test_import_that_adds_removes_samples_and_its_undo_shows_them(client: FlaskClient) -> None:
    def samples(response: TestResponse) -> int:
        return sum(entry["sample"] for entry in body(response)["balances"])

    record(client, "0.00", date="2020-01-01")
    assert samples(send_csv(client, export_of(1))) == 12  # it adds nothing
    assert samples(send_csv(client, TWO, query_string={"dry_run": "true"})) == 0
    assert samples(client.get("/api/balances")) == 12
    imported = send_csv(client, TWO)
    assert samples(imported) == samples(client.get("/api/balances")) == 0
    later = told(send_csv(client, export_of(3)))["id"]
    assert samples(undo(client, told(imported)["id"])) == 0
    assert samples(undo(client, later)) == 12
    client.delete("/api/samples")
    assert samples(undo(client, told(send_csv(client, TWO))["id"])) == 0
