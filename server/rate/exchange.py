"""The exchange: the rate that the whole installation tells now, and those of earlier days."""

import logging
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import select

from server.history.database import Database
from server.history.tables import day_rates
from server.rate.lease import Lease
from server.rate.luno import EPOCH, Ticker, TickerClient, TickerError
from server.rate.staleness import is_stale

TICK = 1.0  # seconds between two looks at what the other processes have heard
FIRST_WAIT = 1.0  # seconds that a request waits for the first answer
COMPARED_FOR = 3600.0  # seconds in which the next prices are compared with one
HELD = "a price outside half and double of the last one: it counts once the next ask confirms it"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rate:
    """What one bitcoin last traded for."""

    price: Decimal  # rand, with at least 2 decimals
    as_of: datetime  # the exchange's own timestamp
    stale: bool


class Exchange:
    """Keeps the rate fresh from a thread of its own, so that requests need not wait for it.

    The thread starts with the first call of `rate`: a forked worker has its own, and a
    command that only loads the application asks nobody.
    """

    def __init__(self, database: Database, urls: Sequence[str], timezone_name: str) -> None:
        self._database = database
        self._urls = urls
        self._timezone = ZoneInfo(timezone_name)
        self._client = TickerClient()
        self._lease = Lease(database)
        self._shared = True  # whether this process could ask when it was time
        self._trouble = ""  # why it has had no good price
        self._stepping = threading.Lock()
        self._starting = threading.Lock()
        self._started = threading.Event()  # the first answer has come, or was waited for
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="exchange", daemon=True)

    def rate(self) -> Rate | None:
        """Return the installation's rate, or None while there has never been one.

        The first calls wait for the first answer, at most a second. A rate that cannot be shared
        with the other processes is told as stale.
        """
        if not self._started.is_set():
            with self._starting:
                if self._thread.ident is None:
                    self._thread.start()
            self._started.wait(FIRST_WAIT)
            self._started.set()
        row = self._lease.row
        if row is None or row.price is None:
            return None
        as_of = EPOCH + timedelta(milliseconds=row.as_of)
        stale = not self._shared or is_stale(self._lease.age(), row.active)
        return Rate(Decimal(row.price), as_of, stale)

    def rate_on(self, day: date, today: date) -> Decimal | None:
        """Return the rate of a day: today's is the present one, an earlier one's the last heard.

        None where it is stale or was never heard. Raises DBAPIError.
        """
        return self.rates_on([day], today).get(day)

    def rates_on(self, days: Collection[date], today: date) -> Mapping[date, Decimal]:
        """Return the rates of those days that have one, as `rate_on` tells them."""
        rates = {}
        earlier = {day for day in days if day < today}
        if earlier:
            between = day_rates.c.date.between(min(earlier), max(earlier))
            with self._database.read() as connection:
                rows = connection.execute(select(day_rates).where(between)).all()
            rates = {row.date: Decimal(row.price) for row in rows if row.date in earlier}
        if today in days and (rate := self.rate()) and not rate.stale:
            rates[today] = rate.price
        return rates

    def step(self, *, ask: bool = False) -> None:
        """See what other processes have heard. Ask if it is time to, or where told to."""
        with self._stepping:
            trouble = self._trouble
            try:
                self._lease.follow()
                if ask or self._lease.is_due():
                    trouble = self._ask()
                self._shared = True
            except Exception as error:  # whatever it was, the next step may do better
                reason = " ".join(str(getattr(error, "orig", error)).split())
                trouble = f"it cannot be shared: {reason}"
                self._shared = False
            if trouble != self._trouble:
                text = "No new rate: %s" if trouble else "There are new rates again.%s"
                _log.warning(text, trouble)
            self._trouble = trouble

    def ask(self) -> None:
        """Ask now, however short a time ago the exchange was asked."""
        self.step(ask=True)

    def close(self) -> None:
        """End the thread, after the call under way."""
        self._closed.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._closed.is_set():
            self.step()
            self._started.set()
            self._closed.wait(TICK)

    def _ask(self) -> str:
        """Ask the addresses in order until one answers; return why there is no new price.

        It ends where another process has moved the lease on: that one asks now.
        """
        lease, troubles = self._lease, []
        for url in self._urls:
            host = urlsplit(url).netloc.rpartition("@")[2]  # before it stands a password
            if not lease.may_ask(host):
                continue
            if not lease.claim():
                break
            try:
                ticker = self._client.get(url)
            except TickerError as error:
                troubles.append(f"{host}: {error}")
                lease.release(pauses=lease.row.pauses | {host: lease.in_ms(error.pause)})
            else:
                if self._counts(ticker.price):
                    self._publish(ticker)
                    return ""
                lease.release(held=f"{ticker.price:f}")
                return f"{host}: {HELD}"
        return "; ".join(troubles) or self._trouble

    def _counts(self, price: Decimal) -> bool:
        """Tell whether a price is near the last one or the one held back, or has no measure."""
        row = self._lease.row
        if row.price is None or self._lease.age() >= COMPARED_FOR:
            return True
        known = (row.price, row.held)
        return any(are_near(price, Decimal(other)) for other in known if other is not None)

    def _publish(self, ticker: Ticker) -> None:
        """Make a ticker the rate of all, and of today unless it is stale."""
        stale = is_stale(ticker.age, ticker.active)
        self._lease.release(
            day=None if stale else datetime.now(self._timezone).date(),
            new_at=self._lease.in_ms(-ticker.age),
            price=f"{ticker.price:f}",
            as_of=(ticker.as_of - EPOCH) // timedelta(milliseconds=1),
            active=ticker.active,
            held=None,
        )


def are_near(price: Decimal, other: Decimal) -> bool:
    """Tell whether each of two prices is at most double the other."""
    return price <= 2 * other and other <= 2 * price
