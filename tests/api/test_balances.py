"""The calls on a visitor's balances, as the contract promises them."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from conftest import NOON, MakeApp, both_databases
from flask import Flask
from flask.testing import FlaskClient
from helpers import amounts, body, cookies, export_of, own, problem, record, rows, send_csv
from time_machine import Traveller
from werkzeug.test import TestResponse

from demo.luno import Luno
from server.history.tables import closed, entries, histories, imports

TODAY = NOON.date().isoformat()
FIELDS = ["id", "date", "balance", "btc", "btc_then", "rate_then", "sample"]


def shown(response: TestResponse) -> list[tuple[str, str, bool]]:
    """Return what is shown, samples too."""
    return [(e["date"], e["balance"], e["sample"]) for e in body(response)["balances"]]


def hear(app: Flask, luno: Luno, price: str) -> None:
    luno.ticker = {"last_trade": price}
    app.extensions["exchange"].ask()


# Reading


def test_new_visitor_sees_samples_and_nothing_is_stored(app: Flask, client: FlaskClient) -> None:
    response = client.get("/api/balances")
    assert cookies(response) == []
    samples = body(response)["balances"]
    assert len(samples) == 12
    for entry in samples:
        assert list(entry) == FIELDS
        assert entry["id"] is entry["btc_then"] is entry["rate_then"] is None
        assert entry["sample"] is True
        assert entry["balance"] == f"{Decimal(entry['balance']):.2f}"
    days = [date.fromisoformat(entry["date"]) for entry in samples]
    assert days == sorted(set(days))
    assert days[-1] == NOON.date().replace(day=1)
    assert all(26 < (b - a).days < 32 for a, b in pairwise(days))
    client.get("/", buffered=True)
    assert rows(app) == rows(app, histories) == 0


def test_etag_changes_with_each_change_and_only_then(client: FlaskClient) -> None:
    """And none comes back, or a browser would show an answer that is out of date."""
    seen = [""]

    def check(response: TestResponse, status: int = 200, *, changes: bool = True) -> None:
        assert response.status_code == status
        again = client.get("/api/balances", headers={"If-None-Match": seen[-1]})
        assert again.status_code == (200 if changes else 304)
        assert bool(again.data) == changes
        assert (again.headers["ETag"] not in seen) == changes
        seen.append(again.headers["ETag"])

    check(client.get("/api/balances"))
    check(client.delete("/api/samples"))
    for _ in range(2):
        recorded = record(client)
        check(recorded)
        entry = own(recorded)[-1]["id"]
        check(record(client, key=entry), changes=False)
        check(record(client, "9", key=entry), 422, changes=False)
        check(record(client, "x"), 422, changes=False)
        check(client.patch(f"/api/balances/{entry}", json={"balance": "2"}))
        check(client.patch(f"/api/balances/{entry}", json={"balance": "1234.56"}))
        check(client.delete(f"/api/balances/{entry}"))
        check(client.delete(f"/api/balances/{entry}"), 404, changes=False)
        check(client.post(f"/api/balances/{entry}/restore"))
        check(client.delete("/api/balances"))
    imported = send_csv(client, export_of(1))
    check(imported)
    check(client.delete(f"/api/imports/{body(imported)['import']['id']}"))


def test_new_rate_alone_comes_without_balances(app: Flask, client: FlaskClient, luno: Luno) -> None:
    record(client)
    etag = client.get("/api/balances").headers["ETag"]
    headers = {"If-None-Match": etag, "Prefer": "return=minimal"}
    hear(app, luno, "1100000.00")
    whole = client.get("/api/balances", headers={"If-None-Match": etag})
    answer = client.get("/api/balances", headers=headers)
    assert body(answer) == {"balances": [], "rate": body(whole)["rate"]}
    assert body(answer)["rate"]["price"] == "1100000.00"
    assert body(answer)["rate"]["stale"] is False
    assert answer.headers["Preference-Applied"] == "return=minimal"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["ETag"] == whole.headers["ETag"]
    assert client.get("/api/balances", headers=headers | {"If-None-Match": "*"}).status_code == 304
    record(client)
    assert len(own(client.get("/api/balances", headers=headers))) == 2


# Recording


def test_balance_is_recorded_as_the_last_row(client: FlaskClient) -> None:
    before = body(client.get("/api/balances"))["balances"]
    response = record(client)
    *samples, entry = body(response)["balances"]
    assert samples == before
    assert UUID(entry.pop("id"))
    assert entry == {
        "date": TODAY,
        "balance": "1234.56",
        "btc": "0.00123456",
        "btc_then": "0.00123456",
        "rate_then": "1000000.00",
        "sample": False,
    }
    assert body(client.get("/api/balances"))["balances"] == body(response)["balances"]


@both_databases
def test_entries_come_by_date_then_samples_first_then_as_recorded(client: FlaskClient) -> None:
    """The last two samples are of the first of this month and of the month before."""
    first, last, between = "2034-06-01", "2035-05-01", "2035-04-30"
    sent = (("2", last), ("3", last), ("4", TODAY), ("1", between), ("0", first))
    for balance, day in sent:
        answer = record(client, balance, date=day)
    assert amounts(answer) == ["0.00", "1.00", "2.00", "3.00", "4.00"]
    days = [day for day, _, _ in shown(answer)]
    assert days == sorted(days)
    assert [sample for day, _, sample in shown(answer) if day == last] == [True, False, False]
    assert [sample for _, _, sample in shown(answer)[:2]] == [True, False]


def test_prefer_minimal_is_answered_with_the_new_entry_alone(client: FlaskClient) -> None:
    record(client, "1")
    key = str(uuid4())
    headers = {"Prefer": "return=minimal", "Idempotency-Key": key}
    answers = [client.post("/api/update", json={"balance": "2"}, headers=headers) for _ in "ab"]
    whole = body(client.get("/api/balances"))
    for answer in answers:
        assert answer.headers["Preference-Applied"] == "return=minimal"
        assert body(answer) == {"balances": whole["balances"][-1:], "rate": whole["rate"]}
    client.delete(f"/api/balances/{key}")
    deleted = client.post("/api/update", json={"balance": "2"}, headers=headers)
    assert body(deleted)["balances"] == []
    assert "Preference-Applied" not in record(client).headers


# Changing, deleting and restoring an entry


@both_databases
def test_changed_entry_keeps_its_id_and_while_its_day_stays_its_place_and_rate(
    app: Flask, client: FlaskClient, luno: Luno
) -> None:
    """Changed back, it is as it was."""
    for balance in ("1", "2", "3"):
        before = own(record(client, balance))
    path = f"/api/balances/{before[1]['id']}"
    hear(app, luno, "1100000.00")
    changed = client.patch(path, json={"balance": "22"})
    assert amounts(changed) == ["1.00", "22.00", "3.00"]
    new = {"balance": "22.00", "btc": "0.00002000", "btc_then": "0.00002200"}
    assert own(changed)[1] == before[1] | new
    moved = client.patch(path, data={"balance": "-5.5", "date": "2020-01-01"})
    assert amounts(moved) == ["-5.50", "1.00", "3.00"]
    new = {"date": "2020-01-01", "balance": "-5.50", "btc": "-0.00000500"}
    assert own(moved)[0] == before[1] | new | {"btc_then": None, "rate_then": None}
    client.patch(path, json={"balance": "2", "date": TODAY})
    hear(app, luno, "1000000.00")
    assert own(client) == before


@both_databases
def test_deleted_entry_comes_back_the_same_and_in_its_place(client: FlaskClient) -> None:
    for balance in ("1", "2", "3"):
        history = own(record(client, balance))
    path = f"/api/balances/{history[1]['id']}"
    before = own(client.patch(path, json={"balance": "9"}))
    assert own(client.delete(path)) == own(client) == [before[0], before[2]]
    problem(client.delete(path), 404)
    problem(client.patch(path, json={"balance": "5"}), 404)
    record(client, "4")
    for _ in range(2):
        after = own(client.post(f"{path}/restore"))
        assert after[:3] == before
        assert [entry["balance"] for entry in after] == ["1.00", "9.00", "3.00", "4.00"]


def test_only_what_is_there_and_ones_own_can_be_changed(app: Flask, client: FlaskClient) -> None:
    imported = send_csv(client, export_of(1))
    entry, import_id = own(imported)[0]["id"], body(imported)["import"]["id"]
    other, nobody = app.test_client(), app.test_client()
    record(other, "7")
    missing = (uuid4(), "1", "null", "%00", f"{entry}x")
    tries = [(client, name) for name in missing]
    tries += [(stranger, name) for stranger in (other, nobody) for name in (entry, import_id)]
    for method, path in (
        ("PATCH", "/api/balances/{}"),
        ("DELETE", "/api/balances/{}"),
        ("POST", "/api/balances/{}/restore"),
        ("DELETE", "/api/imports/{}"),
    ):
        for caller, name in tries:
            problem(caller.open(path.format(name), method=method, json={"balance": "9"}), 404)
    assert own(client) == own(imported)
    assert amounts(other) == ["7.00"]


# The samples


@both_databases
def test_removed_samples_stay_away_until_shown_again(app: Flask, client: FlaskClient) -> None:
    before = shown(record(client))
    entry = own(client)[0]["id"]
    assert shown(client.delete("/api/samples")) == shown(client.get("/api/balances")) == before[-1:]
    assert shown(client.delete(f"/api/balances/{entry}")) == []
    assert shown(client.post(f"/api/balances/{entry}/restore")) == before[-1:]
    assert shown(client.delete("/api/samples")) == before[-1:]
    assert shown(client.post("/api/samples")) == shown(client.get("/api/balances")) == before
    assert len(shown(app.test_client().get("/api/balances"))) == 12


@pytest.mark.parametrize("path", ["/api/samples", "/api/balances"])
def test_who_has_no_cookie_may_remove_the_samples(client: FlaskClient, path: str) -> None:
    answer = client.delete(path)
    assert len(cookies(answer)) == 1
    assert shown(answer) == shown(client.get("/api/balances")) == []
    assert shown(record(client, "1")) == [(TODAY, "1.00", False)]


# Starting fresh


@both_databases
def test_start_fresh_leaves_nothing_but_other_visitors(app: Flask, client: FlaskClient) -> None:
    entry = own(record(client))[0]["id"]
    client.delete(f"/api/balances/{entry}")
    send_csv(client, export_of(1))
    other = app.test_client()
    record(other, "5")
    assert shown(client.delete("/api/balances")) == shown(client.get("/api/balances")) == []
    assert [rows(app, table) for table in (entries, histories, imports)] == [1, 1, 0]
    assert amounts(other) == ["5.00"]
    problem(client.post(f"/api/balances/{entry}/restore"), 404)
    assert app.test_client(use_cookies=False).delete("/api/balances").status_code == 200
    assert rows(app, closed) == 1  # what names no history leaves nothing
    assert shown(client.post("/api/samples")) == []
    assert shown(record(client, "7")) == [(TODAY, "7.00", False)]


# The rate and the values at it


def test_stale_rate_is_described_but_never_frozen(
    app: Flask, client: FlaskClient, luno: Luno
) -> None:
    luno.ticker = {"timestamp": 1527784000000, "last_trade": "900000.00"}
    app.extensions["exchange"].ask()
    answered = body(record(client, "9"))
    assert answered["rate"] == {
        "pair": "XBTZAR",
        "price": "900000.00",
        "as_of": "2018-05-31T16:26:40+00:00",
        "stale": True,
    }
    entry = answered["balances"][-1]
    assert (entry["btc"], entry["btc_then"], entry["rate_then"]) == ("0.00001000", None, None)


def test_without_a_rate_there_is_no_value(make_app: MakeApp) -> None:
    client = make_app(LUNO_URLS=["http://127.0.0.1:1/"]).test_client()
    answered = body(record(client))
    assert answered["rate"] is None
    names = ("btc", "btc_then", "rate_then")
    assert {entry[name] for entry in answered["balances"] for name in names} == {None}


def test_entry_has_the_last_rate_heard_on_its_day(
    make_app: MakeApp, luno: Luno, clock: Traveller
) -> None:
    """Whether it was recorded on, changed to or imported for that day, which is Kiritimati's."""
    app = make_app(TIMEZONE="Pacific/Kiritimati")  # where it is the day after NOON's
    client = app.test_client()
    days = [(NOON.date() + timedelta(days=number)).isoformat() for number in (1, 2, 3)]
    rates = ["950000.00", "1000000.00", "1100000.00"]
    hear(app, luno, "900000.00")
    for rate in rates:
        hear(app, luno, rate)
        clock.shift(timedelta(days=1))
    clock.shift(timedelta(days=-1))

    def rates_then(response: TestResponse) -> list[str | None]:
        return [entry["rate_then"] for entry in own(response)]

    first = own(record(client, "1", date=days[0]))[0]
    assert (first["btc_then"], first["rate_then"]) == ("0.00000105", rates[0])
    last = own(record(client, "2"))[1]["id"]
    path = f"/api/balances/{first['id']}"
    for day, then in (("2020-01-01", None), (days[1], rates[1]), (days[2], rates[2])):
        answer = client.patch(path, json={"date": day})
        assert rates_then(answer) == [then, rates[2]]
        assert [entry["id"] for entry in own(answer)] == [first["id"], last]  # as recorded
    imported = send_csv(client, "date,balance\n2020-01-01,1\n" + f"{days[0]},1\n{days[1]},1\n")
    assert rates_then(imported) == [None, *rates[:2], rates[2], rates[2]]
