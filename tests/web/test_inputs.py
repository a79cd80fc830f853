"""What a request may hold, and how the answer says what is wrong with it."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from conftest import NOON, MakeApp
from flask.testing import FlaskClient
from helpers import BAD, Json, amounts, body, cookies, own, problem, record, send_csv

from server.web.limits import MAX_BODY, MAX_STATEMENT

ID = "123e4567-e89b-42d3-a456-426614174000"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"

# The calls that take fields, each with those that it knows.
CALLS = [
    ("POST", "/api/update", {"balance": "5"}),
    ("PATCH", "/api/balances/{id}", {"balance": "5"}),
    ("POST", "/api/session", {"key": "0"}),
    ("POST", "/api/key", {"page": "https://bank.example/"}),
]


BAD_DAYS: list[object] = ["", "2025-02-29", "20260101", "0202-11-22", "9999-12-31", 5, [], True]
BAD_PAGES: list[object] = ["", "x" * 201, True, []]


def named(told: Json) -> list[str]:
    return [error["field"] for error in told["errors"]]


# Bodies


def test_json_numbers_are_exact(client: FlaskClient) -> None:
    for number in ("999999999999.99", "-0.01", "1234.5", "7", "100.0", "-0"):
        sent = f'{{"balance": {number}}}'
        response = client.post("/api/update", data=sent, content_type=JSON)
        assert amounts(response)[-1] == f"{Decimal(number) + 0:.2f}"


def test_body_may_have_the_size_of_the_limit(client: FlaskClient) -> None:
    """`tests/project/test_server.py` sends larger ones."""
    sent = b'{"balance": "5"}'.ljust(MAX_BODY)
    assert amounts(client.post("/api/update", data=sent, content_type=JSON)) == ["5.00"]
    line = b"2020-01-01,6," + b"x" * 999 + b"\n"
    file = b"date,balance,note\n" + line * (MAX_STATEMENT // len(line))
    assert amounts(send_csv(client, file[:-1].ljust(MAX_STATEMENT, b"x"))) == ["6.00", "5.00"]


def test_forms_are_read(client: FlaskClient) -> None:
    sent = {"balance": "1.5", "date": "2020-02-29"}
    for content_type in (FORM, "multipart/form-data"):
        entry = own(client.post("/api/update", data=sent, content_type=content_type))[-1]
        assert (entry["date"], entry["balance"]) == ("2020-02-29", "1.50")


@pytest.mark.parametrize(("method", "path", "known"), CALLS)
def test_what_no_call_takes(
    client: FlaskClient, method: str, path: str, known: dict[str, str]
) -> None:
    """Another kind of body; one that cannot be parsed; and an unknown field, told by name."""
    before = own(record(client))
    path = path.replace("{id}", before[0]["id"])
    for content_type in ("text/plain", "text/csv", "application/xml", ""):
        sent = client.open(path, method=method, data=b"balance=5", content_type=content_type)
        problem(sent, 415)
    problem(client.open(path, method=method, data=b"{", content_type=JSON), 400)
    unknown = known | {"dat": "1"}  # else a misspelt `dat=2026-01-01` would record today
    for told in (
        problem(client.open(path, method=method, json=unknown), 422),
        problem(client.open(path, method=method, data=unknown), 422),
    ):
        assert named(told) == ["dat"]
        assert all(f"“{name}”" in told["detail"] for name in ("dat", *known))
    assert own(client) == before


@pytest.mark.parametrize(
    ("content_type", "sent"),
    [
        *((JSON, sent) for sent in (b"", b"balance=5", b"\xff", b'{"a":' * 99999)),
        *((JSON, sent) for sent in (b'{"balance":"5\0"}', b'{"balance":"\\ud800"}')),
        (JSON, '{"balance": 5}'.encode("utf-16")),
        ("multipart/form-data", b"balance=5"),
        (MULTIPART, b"--y\r\nbalance"),
        (
            MULTIPART,
            b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n" * 10_000 + b"--x--",
        ),
        (FORM, b"a&" * 500_000),  # many fields take long to read
    ],
    ids=range(11),
)
def test_unparsable_body_is_400(client: FlaskClient, content_type: str, sent: bytes) -> None:
    response = client.post("/api/update", data=sent, content_type=content_type)
    problem(response, 400)
    assert cookies(response) == []


@pytest.mark.parametrize(
    ("content_type", "sent", "fields"),
    [
        *((JSON, sent, ["balance"]) for sent in ("{}", "[]", "null", "5", '"5"')),
        *(
            (JSON, f'{{"balance": {value}}}', ["balance"])
            for value in ("null", "true", "[5]", "{}", "NaN", "-Infinity", "1e400", "9" * 5000)
        ),
        (JSON, '{"balance": "5", "balance": "6"}', ["balance"]),
        (FORM, "balance=5&balance=5", ["balance"]),
        (FORM, "balance=5&date=2020-01-01&date=2020-01-01", ["date"]),
        (FORM, "balance=5%00", ["balance"]),
        (FORM, "balance=%ff", ["balance"]),
        (FORM, "Balance=5", ["Balance"]),
        (FORM, "balance=5&a=1&a=2&b=3", ["a", "b"]),
        (FORM, "balance=abc&date=soon", ["balance", "date"]),
    ],
)
def test_no_value_is_guessed_or_chosen(
    client: FlaskClient, content_type: str, sent: str, fields: list[str]
) -> None:
    response = client.post("/api/update", data=sent, content_type=content_type)
    told = problem(response, 422)
    assert named(told) == fields
    assert all(error["detail"] in told["detail"] for error in told["errors"])
    assert cookies(response) == []


@pytest.mark.parametrize(
    ("method", "path", "sent", "fields"),
    [
        ("PATCH", "/api/balances/{id}", {}, ["balance"]),
        ("PATCH", "/api/balances/{id}", {"balance": {}, "date": "x"}, ["balance", "date"]),
        ("PATCH", "/api/balances/{id}", {"balance": None, "date": None}, ["balance", "date"]),
        *(("PATCH", "/api/balances/{id}", {"date": day}, ["date"]) for day in BAD_DAYS),
        ("POST", "/api/session", {}, ["key"]),
        *(("POST", "/api/session", {"key": key}, ["key"]) for key in ("", None, True, ["0"])),
        *(("POST", "/api/session", {"key": "0", "merge": x}, ["merge"]) for x in ("yes", 2, None)),
        *(("POST", "/api/key", {"page": page}, ["page"]) for page in BAD_PAGES),
    ],
)
def test_bad_value_is_refused_by_the_name_of_its_field_and_changes_nothing(
    client: FlaskClient, method: str, path: str, sent: Json, fields: list[str]
) -> None:
    before = own(record(client))
    path = path.replace("{id}", before[0]["id"])
    assert named(problem(client.open(path, method=method, json=sent), 422)) == fields
    assert own(client) == before
    assert body(client.get("/api/key")) == {"made": None}


def test_file_is_read_where_there_is_no_room_for_temporary_ones(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    head = b"--x\r\nContent-Disposition: form-data; name=file; filename=a.csv\r\n\r\n"
    file = b"date,description,balance\n2020-01-01," + b"x" * 10**6 + b",1\n"
    sent = head + file + b"\r\n--x--\r\n"
    assert amounts(client.post("/api/import", data=sent, content_type=MULTIPART)) == ["1.00"]


# Heads and options


@pytest.mark.parametrize(
    "headers",
    [
        *({"Cookie": f"good_bank={value}"} for value in ("x" * 100_000, "\xff", "a.b.c", '"')),
        *({"If-None-Match": '\xff"'}, {"Accept-Encoding": "gzip;q=x"}, {"Host": 'evil"<>'}),
        *({"Origin": "\xff"}, {"Range": "bytes=0-1"}, {"X-Forwarded-Host": "evil.example"}),
        *({"Authorization": "Basic eDp5"}, {"Authorization": "\xff"}, {"Prefer": "\xff"}),
        *(
            {name: "Mon, 1 Jan 2020 00:00:00 +99999999999999", "Range": "bytes=0-9"}
            for name in ("If-Modified-Since", "If-Range")
        ),
    ],
)
def test_odd_headers_do_no_harm(client: FlaskClient, headers: dict[str, str]) -> None:
    for path in ("/", "/client/base.css", "/api/balances", "/api/docs"):
        assert client.get(path, headers=headers, buffered=True).status_code < 300


@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("POST", "/api/import?dry=true", "dry"),
        ("POST", "/api/import?dry_run=1", "dry_run"),
        ("POST", "/api/import?dry_run=true&dry_run=true", "dry_run"),
        ("DELETE", "/api/session?anyhow=true", "anyhow"),
        ("DELETE", "/api/session?anyway=true&anyway=false", "anyway"),
    ],
)
def test_unknown_or_bad_option_is_refused_by_name(
    client: FlaskClient, method: str, path: str, field: str
) -> None:
    before = own(record(client))
    file = "date,balance\n2020-01-01,1\n"
    assert named(problem(client.open(path, method=method, data=file), 422)) == [field]
    assert own(client) == before


@pytest.mark.parametrize("key", ["", "1", "x" * 36, f"{{{ID}}}", ID.replace("-", ""), "é"])
def test_idempotency_key_that_is_no_uuid_is_400(client: FlaskClient, key: str) -> None:
    headers = {"Idempotency-Key": key}
    sent = client.post("/api/update", json={"balance": "1"}, headers=headers)
    assert "UUID" in problem(sent, 400)["detail"]
    problem(send_csv(client, "date,balance\n2020-01-01,1\n", headers=headers), 400)
    assert own(client) == []


# Balances and dates


def test_bad_balance_is_refused(client: FlaskClient) -> None:
    before = own(record(client))
    for balance in BAD:
        sent: list[Json] = [{"json": {"balance": balance}}, {"data": {"balance": balance}}]
        for each in sent:
            told = problem(client.post("/api/update", **each), 422)
            assert named(told) == ["balance"], balance
    assert own(client) == before


@pytest.mark.parametrize(
    ("balance", "detail"),
    [
        ("1000000000000", "“1000000000000” is too large: a balance is at most 999999999999.99."),
        ("abc", "“abc” is no plain amount of rand, such as 1234.56 or -50."),
        ({"a": {}}, '“{"a": {}}” is no plain amount of rand, such as 1234.56 or -50.'),
        ("", "Enter a balance in rand, such as 1234.56."),
        ("9" * 1000, f"“{'9' * 40}…” is too large: a balance is at most 999999999999.99."),
    ],
)
def test_refusal_quotes_the_balance_and_says_what_is_wrong(
    client: FlaskClient, balance: object, detail: str
) -> None:
    told = problem(client.post("/api/update", json={"balance": balance}), 422)
    assert told["detail"] == detail


def test_refusal_quotes_the_date_and_says_what_is_wrong(client: FlaskClient) -> None:
    today = NOON.date()
    tomorrow = today + timedelta(days=1)
    early = "0002-01-01 is too early; the first day that can have a balance is 1900-01-01."
    for day, detail in (
        ("soon", "“soon” is no date; one is written year-month-day, such as 2026-11-22."),
        (str(tomorrow), f"{tomorrow} lies in the future; today is {today}."),
        ("0002-01-01", early),
    ):
        assert problem(record(client, date=day), 422)["detail"] == detail
    assert amounts(record(client, "1", date="1900-01-01")) == ["1.00"]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "Africa/Johannesburg"])
def test_time_zone_decides_what_day_it_is(make_app: MakeApp, zone: str) -> None:
    """At noon of Johannesburg it is the next day on Kiritimati, and the day before in GMT-12."""
    answer = record(make_app(TIMEZONE=zone).test_client())
    day = own(answer)[-1]["date"]
    assert day == answer.headers["Good-Bank-Today"] == str(NOON.astimezone(ZoneInfo(zone)).date())
