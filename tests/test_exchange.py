"""The exchange client, over real HTTP; only the clock is made up."""

import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import pytest
import requests

from demo.luno import Luno
from server.exchange import FIRST_INTERVAL, INTERVAL, LONGEST_PAUSE, Exchange

REFUSED = "http://127.0.0.1:1/"
MakeExchange = Callable[..., Exchange]


class Clock:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(clock: Clock) -> Iterator[MakeExchange]:
    with requests.Session() as session:
        exchanges: list[Exchange] = []

        def make(*urls: str) -> Exchange:
            exchanges.append(Exchange(urls, session, clock))
            return exchanges[-1]

        yield make
        for exchange in exchanges:
            exchange.close()


def known(exchange: Exchange) -> Decimal | None:
    """Return the price that the exchange knows, without starting its thread."""
    return exchange._rate.price if exchange._rate else None


def test_a_good_answer_is_kept(luno: Luno, make: MakeExchange) -> None:
    luno.ticker = {"last_trade": "99776.00", "timestamp": 1527784000706}
    exchange = make(luno.url)
    rate = exchange.rate()
    assert rate is not None
    assert str(rate.price) == "99776.00"
    assert rate.as_of == datetime(2018, 5, 31, 16, 26, 40, 706000, UTC)


def test_a_price_has_at_least_two_decimals(luno: Luno, make: MakeExchange) -> None:
    for given, kept in (("99776", "99776.00"), ("99776.5", "99776.50"), ("0.12345678",) * 2):
        luno.ticker = {"last_trade": given}
        exchange = make(luno.url)
        exchange.ask()
        assert str(known(exchange)) == kept


def test_the_status_may_be_missing(luno: Luno, make: MakeExchange) -> None:
    luno.body = b'{"pair": "XBTZAR", "timestamp": 1527784000706, "last_trade": "99776.00"}'
    exchange = make(luno.url)
    exchange.ask()
    assert known(exchange) == Decimal(99776)


GOOD = {"pair": "XBTZAR", "timestamp": 1527784000706, "last_trade": "99776.00"}
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
    json.dumps(GOOD | {"timestamp": 10**30}).encode(),
    json.dumps(GOOD).encode() + b" " * 70_000,
    b'{"pair": "XBTZAR", "timestamp": 1527784000706, "last_trade": NaN}',
    b'{"pair": "XBTZAR", "timestamp": 1527784000706, "last_trade": 1e400}',
    *(json.dumps(GOOD | {"last_trade": price}).encode() for price in BAD_PRICES),
]


@pytest.mark.parametrize("body", BAD_BODIES)
def test_a_bad_answer_changes_nothing(luno: Luno, make: MakeExchange, body: bytes) -> None:
    exchange = make(luno.url)
    luno.body = body
    assert exchange.ask() == FIRST_INTERVAL
    assert known(exchange) is None
    luno.body = None
    assert exchange.ask() == INTERVAL
    luno.body = body
    assert exchange.ask() == INTERVAL
    assert known(exchange) == 1_000_000


@pytest.mark.parametrize("status", [204, 400, 404, 429, 500, 503])
def test_an_error_status_counts_whatever_the_body(
    luno: Luno, make: MakeExchange, status: int
) -> None:
    exchange = make(luno.url)
    luno.status = status
    if status == 204:
        luno.body = b""
    exchange.ask()
    assert known(exchange) is None


def test_the_addresses_are_tried_in_order(luno: Luno, make: MakeExchange) -> None:
    with Luno() as second:
        second.ticker = {"last_trade": "2.00"}
        exchange = make(REFUSED, second.url, luno.url)
        exchange.ask()
        assert known(exchange) == 2
        assert luno.calls == 0
        second.status = 500
        exchange.ask()
        assert known(exchange) == 1_000_000


def test_retry_after_keeps_an_address_from_being_asked(
    luno: Luno, make: MakeExchange, clock: Clock
) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=300), usegmt=True)
    headers = {"90": 90, later: 300, "99999999999": LONGEST_PAUSE}
    with Luno() as second:
        for retry_after, seconds in headers.items():
            exchange = make(luno.url, second.url)
            luno.status, luno.headers = 429, {"Retry-After": retry_after}
            exchange.ask()
            luno.status, luno.calls, second.calls = 200, 0, 0
            clock.seconds += seconds - 10
            exchange.ask()
            assert (luno.calls, second.calls) == (0, 1)
            clock.seconds += 11
            exchange.ask()
            assert (luno.calls, second.calls) == (1, 1)


@pytest.mark.parametrize("retry_after", ["-5", "soon", "", "0"])
def test_a_retry_after_that_says_nothing_changes_nothing(
    luno: Luno, make: MakeExchange, retry_after: str
) -> None:
    exchange = make(luno.url)
    luno.status, luno.headers = 429, {"Retry-After": retry_after}
    assert exchange.ask() == FIRST_INTERVAL
    luno.status = 200
    assert exchange.ask() == INTERVAL
    assert luno.calls == 2


def test_a_trickle_is_given_up_for_the_next_address(luno: Luno, make: MakeExchange) -> None:
    """A byte a second keeps every timeout of a read from running out."""
    with Luno() as second:
        luno.pause = 1
        exchange = make(luno.url, second.url)
        exchange.ask()
        assert known(exchange) == 1_000_000
        exchange.ask()
        assert (luno.calls, second.calls) == (1, 2)
        luno.pause = 0


def test_trickling_headers_are_given_up_for_the_next_address(
    luno: Luno, make: MakeExchange
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = threading.Event()

        def trickle() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while not done.wait(0.5):
                    connection.sendall(b"x")

        thread = threading.Thread(target=trickle)
        thread.start()
        threads = threading.active_count()
        exchange = make(f"http://127.0.0.1:{listener.getsockname()[1]}/", luno.url)
        for _ in range(3):
            exchange.ask()
        assert known(exchange) == 1_000_000
        assert threading.active_count() <= threads + 2
        done.set()
        thread.join()


def test_a_redirect_is_not_followed(luno: Luno, make: MakeExchange) -> None:
    luno.status, luno.headers = 302, {"Location": luno.url}
    make(luno.url).ask()
    assert luno.calls == 1


def test_a_rate_is_stale_two_minutes_after_its_answer(
    luno: Luno, make: MakeExchange, clock: Clock
) -> None:
    exchange = make(luno.url)
    rate = exchange.rate()
    assert rate is not None
    clock.seconds += 120
    assert not exchange.is_stale(rate)
    clock.seconds += 1
    assert exchange.is_stale(rate)


def test_many_requests_are_one_call(luno: Luno, make: MakeExchange) -> None:
    exchange = make(luno.url)
    threads = [threading.Thread(target=exchange.rate) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert exchange.rate() is not None
    assert luno.calls == 1


def test_nobody_waits_for_an_exchange_that_hangs(luno: Luno, make: MakeExchange) -> None:
    """The exchange answers after ten seconds, but by then the calls have come back."""
    luno.let_go.clear()
    release = threading.Timer(10, luno.let_go.set)
    release.start()
    exchange = make(luno.url)
    assert exchange.rate() is None
    assert exchange.rate() is None
    assert not luno.let_go.is_set()
    release.cancel()


def test_the_thread_asks_again_by_itself(luno: Luno) -> None:
    """After 5 seconds while there has never been a rate, but not before."""
    luno.status = 500
    exchange = Exchange([luno.url])
    assert exchange.rate() is None
    luno.status = 200
    started = time.monotonic()
    while exchange.rate() is None:
        assert time.monotonic() - started < 60
        time.sleep(0.1)
    assert time.monotonic() - started > FIRST_INTERVAL - 1
    assert luno.calls == 2
    exchange.close()


def test_only_news_is_logged(
    luno: Luno, make: MakeExchange, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    exchange = make(luno.url)
    luno.status = 500
    exchange.ask()
    exchange.ask()
    luno.status = 200
    exchange.ask()
    exchange.ask()
    messages = [record.message for record in caplog.records if record.name == "server.exchange"]
    assert len(messages) == 2
    assert "it answers 500" in messages[0]
    assert messages[1] == "The exchange answers again."
