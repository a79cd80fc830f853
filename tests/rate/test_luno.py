"""Luno's ticker, asked for over real HTTP: what is read out of it, and what is refused."""

import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.luno import Luno
from server.rate.luno import LONGEST_PAUSE, Ticker, TickerClient, TickerError, parse_ticker

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
GOOD = {"pair": "XBTZAR", "timestamp": 1527784000706, "last_trade": "99776.00"}

prices = st.decimals("0.00000001", "999999999999.99999999", places=8)


@pytest.fixture
def client() -> TickerClient:
    return TickerClient()


def refused(client: TickerClient, url: str) -> TickerError:
    """Return why an address has no good ticker."""
    with pytest.raises(TickerError) as caught:
        client.get(url)
    return caught.value


def http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


# What the ticker says


def test_a_ticker_is_read(luno: Luno, client: TickerClient) -> None:
    luno.ticker = {"last_trade": "99776.00", "timestamp": 1527784000706}
    luno.headers = {"Date": "Thu, 31 May 2018 16:26:50 GMT"}
    as_of = datetime(2018, 5, 31, 16, 26, 40, 706000, UTC)
    assert client.get(luno.url) == Ticker(Decimal("99776.00"), as_of, 9.294, True)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("99776", "99776.00"), ("99776.5", "99776.50"), ("0.12345678", "0.12345678")],
)
def test_a_price_has_at_least_two_decimals(
    luno: Luno, client: TickerClient, given: str, kept: str
) -> None:
    luno.ticker = {"last_trade": given}
    assert str(client.get(luno.url).price) == kept


@given(prices)
def test_any_price_is_read_exactly(price: Decimal) -> None:
    body = json.dumps(GOOD | {"last_trade": f"{price:f}"}).encode()
    assert Fraction(parse_ticker(body, NOW).price) == Fraction(price)


@pytest.mark.parametrize("status", ["POSTONLY", "DISABLED", "", 1])
def test_a_market_is_active_unless_its_status_says_otherwise(
    luno: Luno, client: TickerClient, status: object
) -> None:
    assert client.get(luno.url).active
    luno.ticker = {"status": None}
    assert client.get(luno.url).active
    luno.ticker = {"status": status}
    assert not client.get(luno.url).active


def test_a_price_is_as_old_as_the_exchanges_own_clock_says(
    luno: Luno, client: TickerClient
) -> None:
    """Whatever ours says: this exchange is in 2018."""
    then = datetime(2018, 5, 31, 16, 26, 40, tzinfo=UTC)
    for age in (0, 119, 121, 10_800):
        luno.ticker = {"timestamp": round(then.timestamp() * 1000)}
        luno.headers = {"Date": http_date(then + timedelta(seconds=age))}
        assert client.get(luno.url).age == age


@pytest.mark.parametrize("date", [None, "", "soon"])
def test_without_the_exchanges_clock_ours_tells_the_age(
    luno: Luno, client: TickerClient, date: str | None
) -> None:
    then = datetime.now(UTC) - timedelta(hours=3)
    luno.ticker = {"timestamp": round(then.timestamp() * 1000)}
    luno.headers = {"Date": date}
    assert 10_800 <= client.get(luno.url).age < 10_900


# What is no good ticker

BAD_PRICES: list[object] = [None, True, [], {}, "", "abc", "0", "0.00", "-1"]
BAD_PRICES += ["NaN", "Infinity", "1e400", "1e5", "9" * 13]
BAD_BODIES = [
    b"",
    b"<html>Service unavailable</html>",
    b'{"pair": "XBTZAR", "last_tra',
    b"null",
    b"[]",
    b"[" * 100_000,
    b"\xff\xfe\xfd",
    b'{"error": "Market not available", "error_code": "ErrMarketUnavailable"}',
    json.dumps(GOOD | {"error": "Market not available"}).encode(),
    json.dumps(GOOD | {"pair": "ETHZAR"}).encode(),
    json.dumps({"timestamp": 1, "last_trade": "99776.00"}).encode(),
    json.dumps({"pair": "XBTZAR", "timestamp": 1}).encode(),
    json.dumps({"pair": "XBTZAR", "last_trade": "99776.00"}).encode(),
    json.dumps(GOOD | {"timestamp": "soon"}).encode(),
    json.dumps(GOOD | {"timestamp": None}).encode(),
    json.dumps(GOOD | {"timestamp": 10**30}).encode(),
    json.dumps(GOOD).encode() + b" " * 70_000,
    b'{"pair": "XBTZAR", "timestamp": 1527784000706, "last_trade": NaN}',
    b'{"pair": "XBTZAR", "timestamp": 1527784000706, "last_trade": 1e400}',
    *(json.dumps(GOOD | {"last_trade": price}).encode() for price in BAD_PRICES),
]


@pytest.mark.parametrize("body", BAD_BODIES)
def test_a_bad_body_is_refused(luno: Luno, client: TickerClient, body: bytes) -> None:
    luno.body = body
    refused(client, luno.url)
    luno.body = json.dumps(GOOD).encode()
    assert client.get(luno.url).price == 99776


@pytest.mark.parametrize(
    ("price", "bid", "ask"),
    [
        ("1.00", "999000.00", "1000000.00"),
        ("1000000000.00", "999000.00", "1000000.00"),
        ("499499.99", "999000.00", "1000000.00"),
        ("2000000.01", "999000.00", "1000000.00"),
        ("1.00", "999000.00", None),
        ("2000000.00", "999000.00", None),
        ("1.00", None, "1000000.00"),
        ("1.00", "999000.00", "0.00"),
        ("1.00", "0.00", "1000000.00"),
        ("1.00", "999000.00", "1.00"),
        ("1000000.00", "1000000.00", "1.00"),
    ],
)
def test_a_price_far_from_its_own_bid_and_ask_is_refused(
    luno: Luno, client: TickerClient, price: str, bid: str | None, ask: str | None
) -> None:
    luno.ticker = {"last_trade": price, "bid": bid, "ask": ask}
    assert "outside half its bid" in str(refused(client, luno.url))


@pytest.mark.parametrize(
    ("price", "bid", "ask"),
    [
        ("499500.00", "999000.00", "1000000.00"),
        ("2000000.00", "999000.00", "1000000.00"),
        ("900000.00", "100000.00", "1700000.00"),  # nobody trades much
        ("1000000.00", "999000.00", "0.00"),  # nobody sells
        ("1000000.00", None, None),
        ("1000000.00", "0.00", "0.00"),
        ("1000000.00", "abc", []),
    ],
)
def test_a_price_is_believed_as_far_as_bid_and_ask_can_tell(
    luno: Luno, client: TickerClient, price: str, bid: object, ask: object
) -> None:
    luno.ticker = {"last_trade": price, "bid": bid, "ask": ask}
    assert client.get(luno.url).price == Decimal(price)


@pytest.mark.parametrize("status", [204, 302, 400, 404, 429, 500, 503])
def test_an_error_status_counts_whatever_the_body(
    luno: Luno, client: TickerClient, status: int
) -> None:
    luno.status, luno.body = status, b"" if status == 204 else None
    assert str(refused(client, luno.url)) == f"it answers {status}"


def test_a_redirect_is_not_followed(luno: Luno, client: TickerClient) -> None:
    luno.status, luno.headers = 302, {"Location": luno.url}
    refused(client, luno.url)
    assert luno.calls == 1


# How patient the client is


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [
        ("90", 90.0),
        ("Wed, 25 Nov 2026 10:05:00 GMT", 300.0),  # by the exchange's own clock
        ("99999999999", LONGEST_PAUSE),
        ("Wed, 25 Nov 2026 09:00:00 GMT", 0.0),
        ("0", 0.0),
        ("-5", 0.0),
        ("soon", 0.0),
        ("", 0.0),
        (None, 0.0),
    ],
)
def test_retry_after_is_read(
    luno: Luno, client: TickerClient, retry_after: str | None, pause: float
) -> None:
    luno.status, luno.headers = 429, {"Retry-After": retry_after, "Date": http_date(NOW)}
    assert refused(client, luno.url).pause == pause


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_trickle_is_given_up_and_not_asked_again(client: TickerClient, head: bytes) -> None:
    """In the headers or in the body: a byte now and then keeps a timeout from running out."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = threading.Event()

        def trickle() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(head)
                while not done.wait(0.5):
                    connection.sendall(b"x")

        thread = threading.Thread(target=trickle)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        assert "TimeoutError" in str(refused(client, url))
        assert str(refused(client, url)) == "it is still answering the call before"
        done.set()
        thread.join()
