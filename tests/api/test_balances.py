"""The calls of the API on a visitor's balances, as the contract promises them."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from conftest import MakeApp
from flask import Flask
from flask.testing import FlaskClient
from helpers import amounts, body, cookies, own, problem, record, rows, send_csv, today
from sqlalchemy import insert
from werkzeug.test import TestResponse

from demo.luno import Luno
from server.history.tables import day_rates, histories

FIELDS = ["id", "date", "balance", "btc", "btc_then", "rate_then", "sample"]


def shown(response: TestResponse) -> list[tuple[str, str, bool]]:
    """Return what is shown, samples too."""
    return [(e["date"], e["balance"], e["sample"]) for e in body(response)["balances"]]


# Reading


def test_a_new_visitor_sees_samples_and_nothing_is_stored(app: Flask, client: FlaskClient) -> None:
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
    assert days[-1] == today().replace(day=1)
    assert all(26 < (b - a).days < 32 for a, b in pairwise(days))
    client.get("/", buffered=True)
    assert rows(app) == rows(app, histories) == 0


def test_visitors_do_not_see_each_other(app: Flask, client: FlaskClient) -> None:
    record(client, "1")
    other = app.test_client()
    assert own(other.get("/api/balances")) == []
    assert amounts(record(other, "2")) == ["2.00"]
    assert amounts(client.get("/api/balances")) == ["1.00"]


def test_an_unchanged_history_is_answered_with_304(client: FlaskClient) -> None:
    record(client)
    etag = client.get("/api/balances").headers["ETag"]
    response = client.get("/api/balances", headers={"If-None-Match": etag})
    assert response.status_code == 304
    assert response.data == b""
    record(client)
    response = client.get("/api/balances", headers={"If-None-Match": etag})
    assert response.status_code == 200


def test_every_change_changes_the_etag(client: FlaskClient) -> None:
    """And none comes back, or a browser would show an answer that is out of date."""
    seen = [client.get("/api/balances").headers["ETag"]]

    def changed(response: TestResponse) -> None:
        assert response.status_code == 200
        tag = client.get("/api/balances").headers["ETag"]
        assert tag not in seen
        seen.append(tag)

    changed(client.delete("/api/samples"))
    for _ in range(2):
        entry = own(record(client))[-1]["id"]
        changed(client.get("/api/balances"))
        changed(client.patch(f"/api/balances/{entry}", json={"balance": "2"}))
        changed(client.patch(f"/api/balances/{entry}", json={"balance": "1234.56"}))
        changed(client.delete(f"/api/balances/{entry}"))
        changed(client.post(f"/api/balances/{entry}/restore"))
        imported = send_csv(client, "date,balance\n2020-01-01,1\n")
        changed(imported)
        changed(client.delete(f"/api/imports/{body(imported)['import']['id']}"))
        changed(client.delete("/api/balances"))


def test_a_call_that_changes_nothing_keeps_the_etag(client: FlaskClient) -> None:
    entry = own(record(client))[0]["id"]
    tag = client.get("/api/balances").headers["ETag"]
    problem(client.post("/api/update", json={"balance": "x"}), 422)
    problem(client.delete(f"/api/balances/{uuid4()}"), 404)
    problem(client.patch(f"/api/balances/{uuid4()}", json={"balance": "1"}), 404)
    record(client, key=entry)
    problem(record(client, "9", key=entry), 422)
    send_csv(client, "date,balance\n2020-01-01,1\n", query_string={"dry_run": "true"})
    assert client.get("/api/balances").headers["ETag"] == tag


# Recording


def test_a_balance_is_recorded_as_the_last_row(client: FlaskClient) -> None:
    client.get("/", buffered=True)
    before = body(client.get("/api/balances"))["balances"]
    response = record(client)
    *samples, entry = body(response)["balances"]
    assert samples == before
    assert UUID(entry.pop("id"))
    assert entry == {
        "date": today().isoformat(),
        "balance": "1234.56",
        "btc": "0.00123456",
        "btc_then": "0.00123456",
        "rate_then": "1000000.00",
        "sample": False,
    }
    assert body(client.get("/api/balances"))["balances"] == body(response)["balances"]


def test_entries_come_by_date_then_samples_first_then_as_recorded(client: FlaskClient) -> None:
    """The last two samples are of the first of this month and of the month before."""
    samples = body(client.get("/api/balances"))["balances"]
    first, last = samples[0]["date"], samples[-1]["date"]
    between = (date.fromisoformat(last) - timedelta(days=1)).isoformat()
    sent = (("2", last), ("3", last), ("4", today().isoformat()), ("1", between), ("0", first))
    for balance, day in sent:
        answer = record(client, balance, date=day)
    assert amounts(answer) == ["0.00", "1.00", "2.00", "3.00", "4.00"]
    days = [entry["date"] for entry in body(answer)["balances"]]
    assert days == sorted(days)
    for day in (first, last):
        sample, *mine = (e["sample"] for e in body(answer)["balances"] if e["date"] == day)
        assert sample
        assert not any(mine)


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


def test_of_a_new_rate_alone_who_has_the_rest_is_sent_no_balances(
    app: Flask, client: FlaskClient, luno: Luno
) -> None:
    record(client)
    etag = client.get("/api/balances").headers["ETag"]
    headers = {"If-None-Match": etag, "Prefer": "return=minimal"}
    luno.ticker = {"last_trade": "1100000.00"}
    app.extensions["exchange"].ask()
    whole = client.get("/api/balances", headers={"If-None-Match": etag})
    answer = client.get("/api/balances", headers=headers)
    assert body(answer) == {"balances": [], "rate": body(whole)["rate"]}
    assert body(answer)["rate"]["price"] == "1100000.00"
    assert answer.headers["Preference-Applied"] == "return=minimal"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["ETag"] == whole.headers["ETag"]
    assert client.get("/api/balances", headers=headers | {"If-None-Match": "*"}).status_code == 304
    record(client)
    assert len(own(client.get("/api/balances", headers=headers))) == 2


# Changing an entry


def test_a_changed_balance_keeps_the_entry_its_place_and_its_rate(
    app: Flask, client: FlaskClient, luno: Luno
) -> None:
    ids = [own(record(client, balance))[-1]["id"] for balance in ("1", "2", "3")]
    luno.ticker = {"last_trade": "1100000.00"}
    app.extensions["exchange"].ask()
    changed = own(client.patch(f"/api/balances/{ids[1]}", json={"balance": "22"}))
    assert [entry["id"] for entry in changed] == ids
    assert changed[1] == {
        "id": ids[1],
        "date": today().isoformat(),
        "balance": "22.00",
        "btc": "0.00002000",
        "btc_then": "0.00002200",
        "rate_then": "1000000.00",
        "sample": False,
    }
    assert own(client.get("/api/balances")) == changed


def test_a_changed_day_moves_the_entry_and_takes_the_rate_of_that_day(
    app: Flask, client: FlaskClient, luno: Luno
) -> None:
    first, second = (own(record(client, balance))[-1]["id"] for balance in ("1", "2"))
    luno.ticker = {"last_trade": "1100000.00"}
    app.extensions["exchange"].ask()
    moved = own(client.patch(f"/api/balances/{second}", json={"date": "2020-01-01"}))
    assert [entry["id"] for entry in moved] == [second, first]
    assert (moved[0]["balance"], moved[0]["btc_then"], moved[0]["rate_then"]) == (
        *("2.00", None, None),
    )
    back = own(client.patch(f"/api/balances/{second}", json={"date": today().isoformat()}))
    assert [entry["id"] for entry in back] == [first, second]
    assert (back[1]["btc_then"], back[1]["rate_then"]) == ("0.00000182", "1100000.00")
    assert back[0]["rate_then"] == "1000000.00"


def test_a_balance_and_a_day_change_together(client: FlaskClient) -> None:
    entry = own(record(client))[0]["id"]
    change = {"balance": "-5.5", "date": "2020-01-01"}
    for sent in ({"json": change}, {"data": change}):
        (changed,) = own(client.patch(f"/api/balances/{entry}", **sent))
        assert (changed["date"], changed["balance"]) == ("2020-01-01", "-5.50")
        assert changed["id"] == entry


def test_a_change_to_the_same_day_keeps_the_rate(
    app: Flask, client: FlaskClient, luno: Luno
) -> None:
    before = own(record(client))
    luno.ticker = {"last_trade": "1100000.00"}
    app.extensions["exchange"].ask()
    change = {"date": today().isoformat(), "balance": "1234.56"}
    (after,) = own(client.patch(f"/api/balances/{before[0]['id']}", json=change))
    assert after["btc"] != before[0]["btc"]
    assert after | {"btc": None} == before[0] | {"btc": None}


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({}, ["balance"]),
        ({"balance": ""}, ["balance"]),
        ({"balance": None}, ["balance"]),
        ({"balance": "x", "date": "x"}, ["balance", "date"]),
        ({"date": "9999-12-31"}, ["date"]),
        ({"date": None}, ["date"]),
        ({"balance": "1", "note": "x"}, ["note"]),
        ({"id": "1"}, ["id"]),
    ],
)
def test_a_change_that_is_refused_changes_nothing(
    client: FlaskClient, sent: dict[str, str | None], fields: list[str]
) -> None:
    before = own(record(client))
    told = problem(client.patch(f"/api/balances/{before[0]['id']}", json=sent), 422)
    assert [error["field"] for error in told["errors"]] == fields
    assert own(client.get("/api/balances")) == before


def test_only_an_entry_of_ones_own_that_is_there_can_be_changed(
    app: Flask, client: FlaskClient
) -> None:
    entry = own(record(client))[0]["id"]
    other, nobody = app.test_client(), app.test_client()
    record(other, "7")
    change = {"json": {"balance": "9"}}
    for stranger in (other, nobody):
        problem(stranger.patch(f"/api/balances/{entry}", **change), 404)
    for name in (uuid4(), "1", "null", "%00", entry + "x"):
        problem(client.patch(f"/api/balances/{name}", **change), 404)
    client.delete(f"/api/balances/{entry}")
    problem(client.patch(f"/api/balances/{entry}", **change), 404)
    assert amounts(client.post(f"/api/balances/{entry}/restore")) == ["1234.56"]
    assert amounts(other.get("/api/balances")) == ["7.00"]


def test_a_changed_entry_comes_back_as_changed(client: FlaskClient) -> None:
    entry = own(record(client))[0]["id"]
    changed = own(client.patch(f"/api/balances/{entry}", json={"balance": "9"}))
    assert own(client.delete(f"/api/balances/{entry}")) == []
    assert own(client.post(f"/api/balances/{entry}/restore")) == changed


# Deleting an entry, and bringing it back


def test_a_deleted_entry_comes_back_the_same_and_in_its_place(client: FlaskClient) -> None:
    for balance in ("1", "2", "3"):
        record(client, balance)
    before = own(client.get("/api/balances"))
    path = f"/api/balances/{before[1]['id']}"
    assert own(client.delete(path)) == own(client.get("/api/balances")) == [before[0], before[2]]
    record(client, "4")
    after = own(client.post(f"{path}/restore"))
    assert after[:3] == before
    assert after[3]["balance"] == "4.00"
    assert own(client.post(f"{path}/restore")) == after


def test_only_an_entry_of_ones_own_can_be_deleted_or_restored(
    app: Flask, client: FlaskClient
) -> None:
    entry = own(record(client))[0]["id"]
    other, nobody = app.test_client(), app.test_client()
    record(other)
    for stranger in (other, nobody):
        problem(stranger.delete(f"/api/balances/{entry}"), 404)
        problem(stranger.post(f"/api/balances/{entry}/restore"), 404)
    for name in (uuid4(), "1", "null", "%00", entry + "x"):
        problem(client.delete(f"/api/balances/{name}"), 404)
        problem(client.post(f"/api/balances/{name}/restore"), 404)
    assert len(own(client.get("/api/balances"))) == 1
    client.delete(f"/api/balances/{entry}")
    problem(client.delete(f"/api/balances/{entry}"), 404)


# The samples


def test_removed_samples_stay_away_and_ones_own_entries_stay(
    app: Flask, client: FlaskClient
) -> None:
    before = own(record(client))
    assert body(client.delete("/api/samples"))["balances"] == before
    assert body(client.get("/api/balances"))["balances"] == before
    entry = before[0]["id"]
    assert body(client.delete(f"/api/balances/{entry}"))["balances"] == []
    assert body(client.post(f"/api/balances/{entry}/restore"))["balances"] == before
    assert body(client.delete("/api/samples"))["balances"] == before
    assert len(body(app.test_client().get("/api/balances"))["balances"]) == 12


def test_removed_samples_can_be_shown_again(app: Flask, client: FlaskClient) -> None:
    before = shown(record(client))
    client.delete("/api/samples")
    assert shown(client.post("/api/samples")) == before
    assert shown(client.get("/api/balances")) == before
    client.delete("/api/balances")
    assert shown(client.post("/api/samples")) == []
    assert shown(record(client, "1")) == [(today().isoformat(), "1.00", False)]
    assert len(shown(app.test_client().post("/api/samples"))) == 12


def test_who_has_no_cookie_may_remove_the_samples(app: Flask) -> None:
    client = app.test_client()
    answer = client.delete("/api/samples")
    assert body(answer)["balances"] == []
    assert len(cookies(answer)) == 1
    assert body(client.get("/api/balances"))["balances"] == []
    assert [sample for _, _, sample in shown(record(client))] == [False]


# Starting fresh


def test_start_fresh_leaves_nothing_but_other_visitors(app: Flask, client: FlaskClient) -> None:
    record(client)
    other = app.test_client()
    record(other, "5")
    assert body(client.delete("/api/balances"))["balances"] == []
    assert body(client.get("/api/balances"))["balances"] == []
    assert rows(app) == rows(app, histories) == 1
    assert amounts(other.get("/api/balances")) == ["5.00"]
    assert shown(record(client, "7")) == [(today().isoformat(), "7.00", False)]


def test_who_has_no_cookie_may_start_fresh(client: FlaskClient) -> None:
    assert body(client.delete("/api/balances"))["balances"] == []
    assert body(client.get("/api/balances"))["balances"] == []


def test_start_fresh_leaves_nothing_to_restore(app: Flask, client: FlaskClient) -> None:
    entry = own(record(client))[0]["id"]
    client.delete(f"/api/balances/{entry}")
    assert rows(app) == 1
    client.delete("/api/balances")
    assert rows(app) == rows(app, histories) == 0
    problem(client.post(f"/api/balances/{entry}/restore"), 404)


def test_start_fresh_leaves_no_trace_in_the_files(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    ids = [own(record(client))[-1]["id"] for _ in range(20)]
    client.delete(f"/api/balances/{ids[0]}")
    stored = [path.read_bytes() for path in tmp_path.glob("test.db*")]
    assert any(ids[0].encode() in data for data in stored)
    client.delete("/api/balances")
    stored = [path.read_bytes() for path in tmp_path.glob("test.db*")]
    assert not any(entry.encode() in data for data in stored for entry in ids)


# The rate and the values at it


def test_the_rate_is_described(client: FlaskClient, luno: Luno) -> None:
    """An exchange whose own clock says 2018 tells no old price."""
    luno.ticker = {"timestamp": 1527784000000, "last_trade": "99776.00"}
    luno.headers = {"Date": "Thu, 31 May 2018 16:26:40 GMT"}
    rate = body(client.get("/api/balances"))["rate"]
    assert rate == {
        "pair": "XBTZAR",
        "price": "99776.00",
        "as_of": "2018-05-31T16:26:40+00:00",
        "stale": False,
    }


def test_values_are_exact_and_frozen_when_recorded(
    app: Flask, client: FlaskClient, luno: Luno
) -> None:
    luno.ticker = {"last_trade": "1234567.89"}
    record(client, "-999999999999.99")
    luno.ticker = {"last_trade": "1654321.01"}
    app.extensions["exchange"].ask()
    entry = own(client.get("/api/balances"))[0]

    def value(price: str) -> str:
        quotient = Decimal("-999999999999.99") / Decimal(price)
        return f"{quotient.quantize(Decimal('1e-8'), ROUND_HALF_EVEN):f}"

    assert entry["btc"] == value("1654321.01")
    assert entry["btc_then"] == value("1234567.89")
    assert entry["rate_then"] == "1234567.89"


def test_only_todays_entry_has_a_value_of_then(client: FlaskClient) -> None:
    yesterday = (today() - timedelta(days=1)).isoformat()
    assert own(record(client, date=yesterday))[0]["rate_then"] is None
    assert own(record(client, date=yesterday))[0]["btc_then"] is None
    entry = own(record(client, date=today().isoformat()))[-1]
    assert (entry["btc_then"], entry["rate_then"]) == ("0.00123456", "1000000.00")


def test_an_entry_of_an_earlier_day_has_the_last_rate_heard_on_it(
    app: Flask, client: FlaskClient
) -> None:
    """Whether it was recorded on, changed to or imported for that day."""
    days = [(today() - timedelta(days=ago)).isoformat() for ago in (1, 2, 3)]
    with app.extensions["database"].write() as connection:
        for day, price in zip(days, ("500000.00", "250000.00"), strict=False):
            row = {"date": date.fromisoformat(day), "price": price}
            connection.execute(insert(day_rates), row)

    def then(response: TestResponse) -> list[tuple[str | None, str | None]]:
        return [(entry["btc_then"], entry["rate_then"]) for entry in own(response)]

    entry = own(record(client, "1", date=days[0]))[0]["id"]
    assert then(client.get("/api/balances")) == [("0.00000200", "500000.00")]
    path = f"/api/balances/{entry}"
    for day, expected in (
        (days[1], ("0.00000400", "250000.00")),
        (days[2], (None, None)),
        (today().isoformat(), ("0.00000100", "1000000.00")),
    ):
        assert then(client.patch(path, json={"date": day})) == [expected]
    client.delete(path)
    imported = send_csv(client, f"date,balance\n{days[2]},1\n{days[1]},1\n{days[0]},1\n")
    assert then(imported) == [
        (None, None),
        ("0.00000400", "250000.00"),
        ("0.00000200", "500000.00"),
    ]


def test_without_a_rate_there_is_no_value(make_app: MakeApp) -> None:
    client = make_app(LUNO_URLS=["http://127.0.0.1:1/"]).test_client()
    answered = body(record(client))
    assert answered["rate"] is None
    names = ("btc", "btc_then", "rate_then")
    assert {entry[name] for entry in answered["balances"] for name in names} == {None}


def test_an_earlier_days_entry_is_valued_at_the_last_rate_heard_that_day(
    make_app: MakeApp, luno: Luno
) -> None:
    """On Niue it is always at least one day earlier than on Kiritimati."""
    app = make_app(TIMEZONE="Pacific/Niue")
    day = datetime.now(ZoneInfo("Pacific/Niue")).date().isoformat()
    assert own(record(app.test_client()))[0]["date"] == day
    luno.ticker = {"last_trade": "1100000.00"}
    app.extensions["exchange"].ask()
    client = make_app(TIMEZONE="Pacific/Kiritimati").test_client()
    luno.ticker = {"last_trade": "1200000.00"}
    client.application.extensions["exchange"].ask()
    today, earlier = own(record(client))[0], own(record(client, date=day))[0]
    assert (today["rate_then"], earlier["rate_then"]) == ("1200000.00", "1100000.00")
    assert earlier["btc_then"] == "0.00112233"  # 1234.56 / 1100000


def test_a_stale_rate_is_said_to_be_stale_and_frozen_in_no_entry(
    client: FlaskClient, luno: Luno
) -> None:
    luno.ticker = {"status": "DISABLED"}
    answered = body(record(client))
    assert answered["rate"]["stale"] is True
    assert answered["balances"][-1]["btc"] == "0.00123456"
    assert answered["balances"][-1]["btc_then"] is answered["balances"][-1]["rate_then"] is None
