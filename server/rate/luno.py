"""Luno's ticker: how to ask for it, and what it says of one bitcoin in rand.

https://www.luno.com/en/developers/api#tag/Market/operation/GetTicker
"""

import json
import re
import threading
from collections.abc import Mapping
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import requests
from werkzeug.http import parse_date

PAIR = "XBTZAR"
TIMEOUT = 5.0  # seconds to connect, and between bytes, and for the whole of a call
MAX_ANSWER = 64 * 1024  # bytes; a ticker has some 200
LONGEST_PAUSE = 3600.0  # seconds that a Retry-After can keep an address from being asked

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PRICE = re.compile(r"[0-9]{1,12}(\.[0-9]{1,8})?")


@dataclass(frozen=True)
class Ticker:
    """What Luno's ticker says of the last trade."""

    price: Decimal  # rand for one bitcoin, with at least 2 decimals
    as_of: datetime  # the exchange's own timestamp
    age: float  # seconds from that to the answer, by the exchange's own clock
    active: bool  # whether the market is open


class TickerError(Exception):
    """No good ticker came. `pause`: seconds in which the address must not be asked again."""

    def __init__(self, reason: str, pause: float = 0) -> None:
        super().__init__(reason)
        self.pause = pause


def parse_ticker(body: bytes, now: datetime) -> Ticker:
    """Return what a ticker says; `now` is the exchange's time.

    Raises ValueError for anything but a good ticker.
    """
    ticker = json.loads(body, parse_float=str, parse_int=str, parse_constant=str)
    if not isinstance(ticker, dict):
        raise ValueError("the answer is no JSON object")
    if "error" in ticker or "error_code" in ticker:
        raise ValueError(f"{ticker.get('error_code')}: {ticker.get('error')}")
    if ticker.get("pair") != PAIR:
        raise ValueError(f"the pair is {ticker.get('pair')!r}")
    price = _parse_price(ticker.get("last_trade"))
    if price is None:
        raise ValueError(f"the last trade is {ticker.get('last_trade')!r}")
    # A side without orders is "0.00", or not there: the other one stands in for it.
    bid, ask = _parse_price(ticker.get("bid")), _parse_price(ticker.get("ask"))
    lowest, highest = bid or ask or price, ask or bid or price
    if not lowest / 2 <= price <= highest * 2:
        raise ValueError("the last trade is outside half its bid and double its ask")
    as_of = _parse_timestamp(ticker.get("timestamp"))
    age = max((now - as_of).total_seconds(), 0)
    return Ticker(price, as_of, age, ticker.get("status", "ACTIVE") == "ACTIVE")


def _parse_price(text: object) -> Decimal | None:
    """Return a price above zero, with at least 2 decimals, or None where there is none."""
    if not isinstance(text, str) or not _PRICE.fullmatch(text) or not Decimal(text):
        return None
    return Decimal(text) + Decimal("0.00")


def _parse_timestamp(text: object) -> datetime:
    """Return the moment in milliseconds since 1970; raise ValueError for anything else."""
    try:
        return EPOCH + timedelta(milliseconds=int(text))  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"the timestamp is {text!r}") from None


class TickerClient:
    """Asks addresses for the ticker, patiently and without trust."""

    def __init__(self, session: requests.Session) -> None:
        self._session = session
        self._calls: dict[str, Future[Ticker]] = {}  # by address, the last one

    def get(self, url: str) -> Ticker:
        """Return the ticker at an address; raise TickerError where no good one comes in time.

        A timeout bounds each wait for bytes, not their sum. So a thread of its own makes the
        call; where it takes too long it is left behind, and no other is made until it ends.
        """
        if url in self._calls and not self._calls[url].done():
            raise TickerError("it is still answering the call before")
        call = self._calls[url] = Future()

        def run() -> None:
            with suppress(InvalidStateError):  # nobody waits any more
                try:
                    call.set_result(self._call(url))
                except Exception as error:  # whatever it was, another address may do better
                    call.set_exception(error)

        threading.Thread(target=run, name="exchange-call", daemon=True).start()
        try:
            return call.result(TIMEOUT)
        except TickerError:
            raise
        except TimeoutError:
            raise TickerError("its answer is too slow") from None
        except Exception as error:  # of the call, or that it was cancelled
            raise TickerError(str(error)) from error

    def close(self) -> None:
        """Have `get` wait no longer."""
        for call in list(self._calls.values()):
            call.cancel()

    def _call(self, url: str) -> Ticker:
        with self._session.get(url, timeout=TIMEOUT, stream=True, allow_redirects=False) as answer:
            now = parse_date(answer.headers.get("Date")) or datetime.now(UTC)
            if answer.status_code != 200:
                pause = parse_retry_after(answer.headers, now)
                raise TickerError(f"it answers {answer.status_code}", pause)
            return parse_ticker(_read(answer), now)


def _read(answer: requests.Response) -> bytes:
    """Return the body of an answer, which must be short."""
    body = b""
    for chunk in answer.iter_content(1024):
        body += chunk
        if len(body) > MAX_ANSWER:
            raise ValueError("its answer is too long")
    return body


def parse_retry_after(headers: Mapping[str, Any], now: datetime) -> float:
    """Return the seconds in a Retry-After header, 0 where there is none. It may be an HTTP date."""
    value = headers.get("Retry-After", "")
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_PAUSE)
    moment = parse_date(value) or now
    return min(max((moment - now).total_seconds(), 0), LONGEST_PAUSE)
