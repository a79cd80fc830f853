"""The exchange: what one bitcoin last traded for there, in rand."""

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import requests
from werkzeug.http import parse_date

DEFAULT_TIMEOUT = 5.0  # seconds to connect, and between bytes, and for the whole of an ask
MAX_ANSWER = 64 * 1024  # bytes; a ticker has some 200
INTERVAL = 30.0  # seconds between two asks
FIRST_INTERVAL = 5.0  # the same, while there has never been a rate
LONGEST_PAUSE = 3600.0  # seconds that a Retry-After can keep an address from being asked
STALE_AFTER = 120.0  # seconds since the last good answer
FIRST_WAIT = 1.0  # seconds that a request waits for the first answer

# What is Luno's: these and `parse_ticker`.
# https://www.luno.com/en/developers/api#tag/Market/operation/GetTicker
PAIR = "XBTZAR"
_PRICE = re.compile(r"[0-9]{1,12}(\.[0-9]{1,8})?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rate:
    """A last trade, rand for one bitcoin, and the exchange's time of the ticker that told it."""

    price: Decimal
    as_of: datetime
    received: float  # by the clock of the Exchange that asked


def parse_ticker(body: bytes) -> tuple[Decimal, datetime]:
    """Return the last trade in Luno's ticker, with at least 2 decimals, and its time.

    Raises ValueError for anything but a good ticker.
    """
    ticker = json.loads(body, parse_float=str, parse_int=str, parse_constant=str)
    if not isinstance(ticker, dict):
        raise ValueError("the answer is no JSON object")
    if "error" in ticker or "error_code" in ticker:
        raise ValueError(f"{ticker.get('error_code')}: {ticker.get('error')}")
    if ticker.get("pair") != PAIR:
        raise ValueError(f"the pair is {ticker.get('pair')!r}")
    price = ticker.get("last_trade")
    if not isinstance(price, str) or not _PRICE.fullmatch(price) or not Decimal(price):
        raise ValueError(f"the last trade is {price!r}")
    try:
        return Decimal(price) + Decimal("0.00"), _EPOCH + timedelta(
            milliseconds=int(ticker["timestamp"])
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        raise ValueError(f"the timestamp is {ticker.get('timestamp')!r}") from None


class Exchange:
    """Keeps the rate fresh from a thread of its own, so that requests need not wait for it.

    The thread starts with the first call of `rate`: a forked worker has its own, and a
    command that only loads the application asks nobody.
    """

    def __init__(
        self,
        urls: Sequence[str],
        session: requests.Session | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._urls = urls
        self._session = session or requests.Session()
        self._clock = clock
        self._rate: Rate | None = None
        self._trouble = ""
        self._not_before: dict[str, float] = {}  # by address, as its Retry-After asked
        self._asks: dict[str, Future[bytes]] = {}  # by address, the last one
        self._waited = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="exchange", daemon=True)
        self._starting = threading.Lock()

    def rate(self) -> Rate | None:
        """Return the last good rate, or None while there has never been one.

        The first calls of all wait for the first answer, at most a second.
        """
        with self._starting:
            if self._thread.ident is None:
                self._thread.start()
        if not self._waited.wait(FIRST_WAIT):
            self._waited.set()
        return self._rate

    def is_stale(self, rate: Rate) -> bool:
        """Tell whether the answer with this rate, the last good one, came over two minutes ago."""
        return self._clock() - rate.received > STALE_AFTER

    def rate_on(self, day: date, today: date) -> Decimal | None:
        """Return the rate of a day, where it is known: the present one, for today."""
        rate = self.rate()
        return rate.price if rate and day == today and not self.is_stale(rate) else None

    def rates_on(self, days: Collection[date], today: date) -> dict[date, Decimal]:
        """Return the rates of days, of those where they are known."""
        return {day: rate for day in days if (rate := self.rate_on(day, today))}

    def ask(self) -> float:
        """Ask the addresses in order until one answers; return the seconds between two asks."""
        troubles = []
        for url in self._urls:
            if self._clock() < self._not_before.get(url, 0):
                continue
            try:
                price, as_of = parse_ticker(self._fetch(url))
            except Exception as error:  # whatever it was, another address or ask may do better
                troubles.append(f"{url}: {error}")
            else:
                self._rate = Rate(price, as_of, self._clock())
                self._report("")
                return INTERVAL
        if troubles:
            self._report("; ".join(troubles))
        return INTERVAL if self._rate else FIRST_INTERVAL

    def close(self) -> None:
        """End the thread after the ask under way."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            started = self._clock()
            interval = self.ask()
            self._waited.set()
            # The first interval counts from the start of an ask, so that one that hangs does not
            # stretch it; the long one from its end, so that two calls are never nearer.
            spent = 0 if self._rate else self._clock() - started
            self._closed.wait(max(interval - spent, 0))

    def _fetch(self, url: str) -> bytes:
        """Return the body of an answer that comes whole and in time; raise otherwise.

        A timeout bounds each wait for bytes, not their sum. So a thread of its own does the
        asking; where it takes too long it is left behind, and asks nothing more until it ends.
        """
        if url in self._asks and not self._asks[url].done():
            raise ValueError("it is still answering the ask before")
        answer: Future[bytes] = Future()

        def get() -> None:
            try:
                answer.set_result(self._get(url))
            except Exception as error:
                answer.set_exception(error)

        threading.Thread(target=get, name="exchange-get", daemon=True).start()
        self._asks[url] = answer
        try:
            return answer.result(DEFAULT_TIMEOUT)
        except TimeoutError:
            raise ValueError("its answer is too slow") from None

    def _get(self, url: str) -> bytes:
        """Return the body of a good answer, which is short; raise otherwise."""
        with self._session.get(
            url, timeout=DEFAULT_TIMEOUT, stream=True, allow_redirects=False
        ) as answer:
            if answer.status_code != 200:
                self._heed(url, answer.headers.get("Retry-After", ""))
                raise ValueError(f"it answers {answer.status_code}")
            body = b""
            for chunk in answer.iter_content(1024):
                body += chunk
                if len(body) > MAX_ANSWER:
                    raise ValueError("its answer is too long")
            return body

    def _heed(self, url: str, retry_after: str) -> None:
        """Take note of an address's Retry-After header, in seconds or as an HTTP date."""
        if retry_after.isascii() and retry_after.isdigit():
            seconds = float(retry_after)
        elif moment := parse_date(retry_after):
            seconds = (moment - datetime.now(UTC)).total_seconds()
        else:
            return
        self._not_before[url] = self._clock() + min(seconds, LONGEST_PAUSE)

    def _report(self, trouble: str) -> None:
        """Log what is wrong with the exchange, or that nothing is any more: only the news."""
        if trouble != self._trouble:
            _log.warning(f"No new rate: {trouble}" if trouble else "The exchange answers again.")
        self._trouble = trouble
