"""Imports: repeated, undone, refused whole, and several at once, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from conftest import MakeApp
from flask import Flask
from flask.testing import FlaskClient
from helpers import (
    Json,
    amounts,
    body,
    client_with,
    cookie,
    cookies,
    export_of,
    own,
    problem,
    record,
    rows,
    send_csv,
    today,
)
from werkzeug.test import TestResponse

from server.history.history import LIMIT
from server.history.tables import imports

TWO = "date,balance\n2026-01-31,1234.5\n2026-02-28,-7\n"


@pytest.fixture
def app(make_app: MakeApp, database_url: str) -> Flask:
    return make_app(DATABASE_URL=database_url)


def keyed(key: str) -> Json:
    return {"headers": {"Idempotency-Key": key}}


def told(response: TestResponse) -> Json:
    """Return what an answer tells of its import."""
    assert response.status_code == 200, response.text[:500]
    result: Json = body(response)["import"]
    return result


def undo(client: FlaskClient, import_id: str) -> TestResponse:
    return client.delete(f"/api/imports/{import_id}")


# Twice the same


def test_a_day_and_balance_that_is_there_is_not_added_again(client: FlaskClient) -> None:
    record(client, "1234.50", date="2026-01-31")
    first = send_csv(client, TWO)
    assert (told(first)["rows"], told(first)["added"], told(first)["duplicates"]) == (2, 1, 1)
    assert amounts(first) == ["1234.50", "-7.00"]
    again = send_csv(client, TWO)
    assert (told(again)["added"], told(again)["duplicates"]) == (0, 2)
    assert own(again) == own(first)
    both = send_csv(client, TWO, query_string={"duplicates": "add"})
    assert (told(both)["added"], told(both)["duplicates"]) == (2, 0)
    assert amounts(both) == ["1234.50", "1234.50", "-7.00", "-7.00"]


def test_a_deleted_entry_is_no_duplicate(client: FlaskClient) -> None:
    first = own(send_csv(client, TWO))
    client.delete(f"/api/balances/{first[0]['id']}")
    assert told(send_csv(client, TWO))["added"] == 1


def test_a_dry_run_tells_what_the_import_would_do(app: Flask, client: FlaskClient) -> None:
    record(client, "1234.50", date="2026-01-31")
    before, stored = own(client.get("/api/balances")), rows(app)
    dry = send_csv(client, TWO, query_string={"dry_run": "true"})
    would = told(dry)
    assert would["id"] is None
    assert cookies(dry) == []
    problem(send_csv(client, TWO, query_string={"dry_run": "yes"}), 422)
    lines = would.pop("lines")
    assert [line["line"] for line in lines] == [2, 3]
    assert [line["state"] for line in lines] == ["there", "add"]
    assert own(client.get("/api/balances")) == before
    assert rows(app) == stored
    real = send_csv(client, TWO)
    assert would | {"id": None} == told(real) | {"id": None}
    assert amounts(dry) == amounts(real)


# Idempotency-Key


def test_a_repeated_import_records_nothing_more(client: FlaskClient) -> None:
    key = str(uuid4())
    first = send_csv(client, TWO, **keyed(key))
    assert told(first)["id"] == key
    repeat = send_csv(client, TWO, **keyed(key.upper()))
    assert own(repeat) == own(first)
    assert told(repeat) == told(first)
    client.delete(f"/api/balances/{own(first)[0]['id']}")
    assert amounts(send_csv(client, TWO, **keyed(key))) == ["-7.00"]
    assert amounts(send_csv(client, TWO, **keyed(str(uuid4())))) == ["1234.50", "-7.00"]


def test_a_reused_key_with_another_file_or_option_is_422(client: FlaskClient) -> None:
    key = str(uuid4())
    assert amounts(send_csv(client, TWO, **keyed(key))) == ["1234.50", "-7.00"]
    for text, query in (
        (TWO + "2026-03-01,1\n", ""),
        (TWO, "duplicates=add"),
        (TWO, "each=day"),
    ):
        refused = problem(send_csv(client, text, query_string=query, **keyed(key)), 422)
        assert [error["field"] for error in refused["errors"]] == ["Idempotency-Key"]
    undo(client, key)
    problem(send_csv(client, TWO + "2026-03-01,1\n", **keyed(key)), 422)
    assert own(send_csv(client, TWO, **keyed(key))) == []
    assert own(client.get("/api/balances")) == []
    assert amounts(record(client, "5", key)) == ["5.00"]  # another call has keys of its own


def test_a_key_names_an_import_of_this_visitor_alone(app: Flask, client: FlaskClient) -> None:
    key = str(uuid4())
    send_csv(client, TWO, **keyed(key))
    other = app.test_client()
    assert len(own(send_csv(other, "date,balance\n2020-01-01,1\n", **keyed(key)))) == 1
    assert len(own(client.get("/api/balances"))) == 2


# Undo


def test_undo_takes_out_what_the_import_added_and_nothing_else(client: FlaskClient) -> None:
    record(client, "1234.50", date="2026-01-31")
    other = told(send_csv(client, "date,balance\n2025-01-01,1\n2025-01-02,2\n"))["id"]
    before = own(client.get("/api/balances"))
    imported = send_csv(client, TWO)
    assert own(undo(client, told(imported)["id"])) == before
    assert own(client.get("/api/balances")) == before
    assert own(undo(client, told(imported)["id"])) == before
    assert amounts(undo(client, other)) == ["1234.50"]


def test_undo_spares_what_was_changed_since(client: FlaskClient) -> None:
    record(client, "8", date="2020-01-01")
    imported = send_csv(client, TWO + "2026-03-01,5\n2026-03-02,6\n")
    changed, back, moved, deleted = (entry["id"] for entry in own(imported)[1:])
    for entry, balance in ((changed, "3"), (back, "4"), (back, "-7")):
        client.patch(f"/api/balances/{entry}", json={"balance": balance})
    client.patch(f"/api/balances/{moved}", json={"date": "2021-01-01"})
    client.delete(f"/api/balances/{deleted}")
    for _ in range(2):
        assert amounts(undo(client, told(imported)["id"])) == ["8.00", "5.00", "3.00"]
    problem(client.post(f"/api/balances/{deleted}/restore"), 404)
    assert len(own(record(client, "5"))) == 4


def test_imports_and_undos_leave_nothing_that_slows_reading(
    app: Flask, client: FlaskClient
) -> None:
    for _ in range(3):
        undo(client, told(send_csv(client, export_of(1000)))["id"])
    assert rows(app) == 0
    assert rows(app, imports) == 3


def listed(client: FlaskClient) -> list[Json]:
    answer = client.get("/api/imports")
    assert answer.status_code == 200
    result: list[Json] = body(answer)["imports"]
    return result


def test_the_imports_that_can_be_undone_are_listed_newest_first(client: FlaskClient) -> None:
    assert listed(client) == []
    record(client, "1")
    first = told(send_csv(client, TWO))["id"]
    second = told(send_csv(client, "date,balance\n2020-01-01,1\n"))["id"]
    send_csv(client, "date,balance\n2020-01-01,1\n")  # adds nothing
    day = today().isoformat()
    one = {"id": first, "made": day, "kind": "csv", "added": 2}
    one |= {"first": "2026-01-31", "last": "2026-02-28"}
    other = {"id": second, "made": day, "kind": "csv", "added": 1}
    other |= {"first": "2020-01-01", "last": "2020-01-01"}
    assert listed(client) == [other, one]
    undo(client, second)
    assert listed(client) == [one]
    changed, deleted = [entry["id"] for entry in own(client.get("/api/balances"))[:2]]
    client.delete(f"/api/balances/{deleted}")
    assert listed(client) == [one]
    client.patch(f"/api/balances/{changed}", json={"balance": "3"})
    assert listed(client) == []


# The samples


def samples(response: TestResponse) -> int:
    return sum(entry["sample"] for entry in body(response)["balances"])


def test_an_import_that_adds_removes_the_samples_and_its_undo_brings_them_back(
    client: FlaskClient,
) -> None:
    record(client, "1234.50", date="2026-01-31")
    assert samples(send_csv(client, "date,balance\n2026-01-31,1234.5\n")) == 12
    assert samples(send_csv(client, TWO, query_string={"dry_run": "true"})) == 0
    assert samples(client.get("/api/balances")) == 12
    imported = send_csv(client, TWO)
    assert samples(imported) == samples(client.get("/api/balances")) == 0
    assert samples(undo(client, told(imported)["id"])) == 12
    client.delete("/api/samples")
    assert samples(undo(client, told(imported)["id"])) == 0
    assert samples(undo(client, told(send_csv(client, TWO))["id"])) == 0


# Another balance there already

NEWER = "Date,Amount,Balance\n2026-01-30,-1,100\n2026-01-31,-10,90\n2026-01-31,-20,70\n"
OLDER = "Date,Amount,Balance\n2026-01-30,-1,100\n2026-01-31,-10,90\n"


def test_an_older_download_is_a_conflict_and_a_doubt(client: FlaskClient) -> None:
    send_csv(client, NEWER)
    for query in ({"dry_run": "true"}, {"dry_run": "true", "conflicts": "keep"}):
        answer = send_csv(client, OLDER, query_string=query)
        conflict = {"date": "2026-01-31", "there": "70.00", "file": "90.00"}
        assert told(answer)["conflicts"] == [conflict]
    kept = send_csv(client, OLDER, query_string={"conflicts": "keep"})
    assert amounts(kept) == ["100.00", "70.00"]
    assert (told(kept)["added"], told(kept)["duplicates"], told(kept)["doubts"]) == (0, 1, [])
    added = send_csv(client, OLDER)
    assert amounts(added) == ["100.00", "70.00", "90.00"]
    (doubt,) = told(added)["doubts"]
    assert "70.00" in doubt
    assert "90.00" in doubt
    problem(send_csv(client, OLDER, query_string={"conflicts": "drop"}), 422)


def test_a_newer_download_is_no_doubt(client: FlaskClient) -> None:
    send_csv(client, OLDER)
    newer = told(send_csv(client, NEWER))
    assert newer["conflicts"] == [{"date": "2026-01-31", "there": "90.00", "file": "70.00"}]
    assert newer["doubts"] == []
    assert amounts(client.get("/api/balances")) == ["100.00", "90.00", "70.00"]


def test_a_closing_balance_that_the_day_had_before_is_its_last_again(client: FlaskClient) -> None:
    for balance in ("100", "50"):
        record(client, balance, date="2026-01-31")
    text = "Date,Amount,Balance\n2026-01-31,-1,100\n2026-01-31,-50,50\n2026-01-31,50,100\n"
    assert amounts(send_csv(client, text)) == ["100.00", "50.00", "100.00"]


def test_another_account_is_doubted_on_each_day_it_shares(client: FlaskClient) -> None:
    send_csv(client, OLDER)
    other = OLDER.replace("100", "50000").replace("90", "49990")
    answer = told(send_csv(client, other))
    assert len(answer["conflicts"]) == 2
    assert any("account" in doubt for doubt in answer["doubts"])


def test_an_export_brings_rows_that_are_there_once(client: FlaskClient) -> None:
    rows_of_a_day = "date,balance,btc,btc_then,rate_then\n" + "2026-01-31,1,,,\n" * 2
    both = rows_of_a_day + "2026-01-31,2,,,\n"
    assert amounts(send_csv(client, rows_of_a_day)) == ["1.00", "1.00"]
    again = send_csv(client, both)
    assert amounts(again) == ["1.00", "1.00", "2.00"]
    assert told(again)["doubts"] == []
    older = told(send_csv(client, rows_of_a_day))
    assert (older["added"], older["conflicts"], older["doubts"]) == (0, [], [])


def test_only_an_import_of_ones_own_can_be_undone(app: Flask, client: FlaskClient) -> None:
    import_id = told(send_csv(client, TWO))["id"]
    other = app.test_client()
    record(other, "5")
    for stranger in (other, app.test_client()):
        problem(undo(stranger, import_id), 404)
    for name in (uuid4(), "1", "null", own(client.get("/api/balances"))[0]["id"]):
        problem(undo(client, str(name)), 404)
    assert len(own(client.get("/api/balances"))) == 2
    before = rows(app, imports)
    client.delete("/api/balances")
    problem(undo(client, import_id), 404)
    assert rows(app, imports) == before - 1


# The limit, and several at once


def test_a_file_of_more_balances_than_a_history_holds_is_409(client: FlaskClient) -> None:
    assert "10001" in problem(send_csv(client, export_of(LIMIT + 1)), 409)["detail"]
    assert own(client.get("/api/balances")) == []


def test_an_import_past_the_limit_records_nothing(client: FlaskClient) -> None:
    record(client, "1")
    for query in ("", "dry_run=true"):
        answer = send_csv(client, export_of(LIMIT), query_string=query)
        assert "10000" in problem(answer, 409)["detail"]
    assert amounts(client.get("/api/balances")) == ["1.00"]
    count = len(own(send_csv(client, export_of(LIMIT - 1))))
    assert count == LIMIT
    repeated = told(send_csv(client, export_of(LIMIT - 1)))
    assert (repeated["added"], repeated["duplicates"]) == (0, LIMIT - 1)


def test_imports_and_records_at_once_all_survive(app: Flask) -> None:
    visitor = cookie(app.test_client().get("/", buffered=True))

    def change(number: int) -> TestResponse:
        client = client_with(app, visitor)
        if not number % 2:
            return record(client, "1")
        file = number // 4  # each of five files is sent twice
        text = export_of(100).replace("2020", str(2010 + file))
        return send_csv(client, text, **keyed(str(UUID(int=file))))

    with ThreadPoolExecutor(8) as pool:
        assert {response.status_code for response in pool.map(change, range(20))} == {200}
    final = client_with(app, visitor).get("/api/balances")
    assert len(own(final)) == 5 * 100 + 10
