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
from server.rate.luno import EPOCH, Ticker, TickerError, get_ticker
from server.rate.staleness import is_stale
from server.repeating import Repeating

TICK = 1.0  # seconds between two looks at what the other processes have heard
COMPARED_FOR = 3600.0  # seconds in which the next prices are compared with one
HELD = "a price outside half and double of the last one: it counts once the next ask confirms it"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rate:
    """What one bitcoin last traded for."""

    price: Decimal  # rand, with at least 2 decimals
    as_of: datetime  # the exchange's own timestamp
    stale: bool


class Exchange(Repeating):
    """Keeps the rate fresh in the background, so that requests need not wait for it."""

    first_wait = 1.0  # seconds that a request waits for the first answer

    def __init__(self, database: Database, urls: Sequence[str], timezone_name: str) -> None:
        super().__init__(self.step, TICK)
        self._database = database
        self._urls = urls
        self._timezone = ZoneInfo(timezone_name)
        self._lease = Lease(database)
        self._shared = True  # whether this process could ask when it was time
        self._trouble = ""  # why there is no new price
        self._answered = threading.Event()  # the first answer has come, or was waited for

    def rate(self) -> Rate | None:
        """Return the installation's rate, or None while there has never been one.

        The first calls wait for the first answer, at most a second.
        """
        if not self._answered.is_set():
            self.start()
            self._answered.wait(self.first_wait)
            self._answered.set()
        row = self._lease.row
        if row is None or row.price is None:
            return None
        as_of = EPOCH + timedelta(milliseconds=row.as_of)
        stale = is_stale(self._lease.age(), active=row.active, shared=self._shared)
        return Rate(Decimal(row.price), as_of, stale)

    def rates_on(self, days: Collection[date], today: date) -> Mapping[date, Decimal]:
        """Return the rates of those days that have one; raise DBAPIError.

        Today's is the present one, unless it is stale; an earlier day's is the last heard on it.
        """
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

    def step(self) -> None:
        """See what other processes have heard, and ask if it is time to."""
        before = self._trouble
        try:
            if self._lease.follow():
                self._trouble = ""
            if self._lease.is_due():
                self._trouble = self._ask()
            self._shared = True
        except Exception as error:  # whatever it was, the next step may do better
            reason = " ".join(str(getattr(error, "orig", error)).split())
            self._trouble = f"it cannot be shared: {reason}"
            self._shared = False
        if before and not self._trouble:
            _log.warning("There are new rates again.")
        elif self._trouble != before:
            _log.warning("No new rate: %s", self._trouble)
        self._answered.set()

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
                ticker = get_ticker(url)
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
        known = [Decimal(text) for text in (row.price, row.held) if text]
        return any(price <= 2 * other and other <= 2 * price for other in known)

    def _publish(self, ticker: Ticker) -> None:
        """Make a ticker the rate of all, and of today unless it is stale."""
        stale = is_stale(ticker.age, active=ticker.active)
        self._lease.release(
            day=None if stale else datetime.now(self._timezone).date(),
            new_at=self._lease.in_ms(-ticker.age),
            price=f"{ticker.price:f}",
            as_of=(ticker.as_of - EPOCH) // timedelta(milliseconds=1),
            active=ticker.active,
            held=None,
        )
