"""Luno's ticker: how to ask for it, and what it says of one bitcoin in rand.

https://www.luno.com/en/developers/api#tag/Market/operation/GetTicker
"""

import json
import re
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import requests
from werkzeug.http import parse_date

PAIR = "XBTZAR"
TIMEOUT = 5.0  # seconds for an answer, looked at while its body comes
SILENCE = 3.0  # seconds without a byte of it
MAX_ANSWER = 64 * 1024  # bytes; a ticker has some 200
LONGEST_PAUSE = 3600.0  # seconds that a Retry-After can keep a host from being asked

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
    """No good ticker came: why, in our words. An exchange's own text may hold anything."""

    def __init__(self, reason: str, pause: float = 0) -> None:
        super().__init__(reason)
        self.pause = pause  # seconds in which the host must not be asked again


_calls: dict[str, Future[Ticker]] = {}  # the last one to each address


def get_ticker(url: str) -> Ticker:
    """Return the ticker at an address; raise TickerError where no good one comes in time.

    Nothing limits how long headers may trickle in. So a thread of its own asks, and is left behind
    where they do; the address is not asked again until that ends.
    """
    if url in _calls and not _calls[url].done():
        raise TickerError("it is still sending its last answer")
    call = _calls[url] = Future()
    Thread(target=_ask, args=(url, call), name="exchange-call", daemon=True).start()
    try:
        return call.result(TIMEOUT + 1)
    except TickerError:
        raise
    except TimeoutError:
        raise TickerError("its headers take too long") from None
    except requests.RequestException as error:
        raise TickerError(f"it does not answer ({type(error).__name__})") from None
    except Exception as error:  # whatever it was, another address may do better
        raise TickerError(f"its answer cannot be read ({type(error).__name__})") from None


def _ask(url: str, call: Future[Ticker]) -> None:
    try:
        call.set_result(_read_ticker(url))
    except Exception as error:
        call.set_exception(error)


def _read_ticker(url: str) -> Ticker:
    end = time.monotonic() + TIMEOUT
    with requests.get(url, timeout=SILENCE, stream=True, allow_redirects=False) as answer:
        now = parse_date(answer.headers.get("Date")) or datetime.now(UTC)
        if answer.status_code != 200:
            pause = parse_retry_after(answer.headers, now)
            raise TickerError(f"it answers {answer.status_code}", pause)
        body = b""
        for byte in answer.iter_content(1):  # more at once would be waited for beyond the end
            body += byte
            if len(body) > MAX_ANSWER:
                raise TickerError("its answer is too long")
            if time.monotonic() > end:
                raise TickerError("its answer takes too long")
    return parse_ticker(body, now)


def parse_ticker(body: bytes, now: datetime) -> Ticker:
    """Return what a ticker says; raise TickerError, or what the parsers do. `now` is its time."""
    ticker = json.loads(body, parse_float=str, parse_int=str, parse_constant=str)
    if not isinstance(ticker, dict) or "error" in ticker or "error_code" in ticker:
        raise TickerError("its answer is an error, or no JSON object")
    if ticker.get("pair") != PAIR:
        raise TickerError(f"its pair is not {PAIR}")
    price = _parse_price(ticker.get("last_trade"))
    if price is None:
        raise TickerError("its last trade is no price")
    # A side without orders is "0.00", or not there: the other one stands in for it.
    bid, ask = _parse_price(ticker.get("bid")), _parse_price(ticker.get("ask"))
    lowest, highest = bid or ask or price, ask or bid or price
    if not lowest / 2 <= price <= highest * 2:
        raise TickerError("its last trade is outside half its bid and double its ask")
    as_of = EPOCH + timedelta(milliseconds=int(ticker["timestamp"]))
    active = ticker.get("status", "ACTIVE") == "ACTIVE"
    return Ticker(price, as_of, (now - as_of).total_seconds(), active)


def _parse_price(text: object) -> Decimal | None:
    """Return a price above zero, with at least 2 decimals, or None where there is none."""
    if not isinstance(text, str) or not _PRICE.fullmatch(text) or not Decimal(text):
        return None
    return Decimal(text) + Decimal("0.00")


def parse_retry_after(headers: Mapping[str, Any], now: datetime) -> float:
    """Return the seconds in a Retry-After header, 0 where there is none. It may be an HTTP date."""
    value = headers.get("Retry-After", "")
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_PAUSE)
    moment = parse_date(value) or now
    return min(max((moment - now).total_seconds(), 0), LONGEST_PAUSE)
