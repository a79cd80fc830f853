"""The lease: one row of the database, by which all processes share the rate and the asking.

Whoever moves `next_ask` on may ask; the others read what it heard. All moments in the row are in
milliseconds since 1970 by the database's clock. Where that clock has jumped, a moment may be
farther ahead than anybody can have meant: it is taken to be over.
"""

import time
from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from server.history.database import Database
from server.history.tables import day_rates, rate
from server.rate.luno import LONGEST_PAUSE

INTERVAL = 30  # seconds between two asks
FIRST_INTERVAL = 5  # the same, while there has never been a rate

_NOW = {
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
}


class Lease:
    """The row as this process has last seen it. All but its figures raises DBAPIError."""

    def __init__(self, database: Database) -> None:
        self.row: Any = None  # before the first look
        self._seen_at = 0.0  # by time.monotonic
        self._database = database
        self._now = sa.literal_column(_NOW.get(database.dialect, _NOW["postgresql"]), sa.BigInteger)

    def follow(self) -> bool:
        """See what the other processes have written; tell whether there is a newer price."""
        before = self.row
        with self._database.read() as connection:
            self._look(connection)
        return bool(before and self.row.new_at != before.new_at)

    def in_ms(self, seconds: float) -> int:
        """Return the moment that is so many seconds from now."""
        since = time.monotonic() - self._seen_at
        return int(self.row.now) + round((since + seconds) * 1000)

    def age(self) -> float:
        """Return how many seconds old the price is."""
        return (self.in_ms(0) - int(self.row.new_at)) / 1000

    def is_due(self) -> bool:
        """Tell whether it is time to ask."""
        return not 0 < self.row.next_ask - self.in_ms(0) <= INTERVAL * 1000

    def may_ask(self, host: str) -> bool:
        """Tell whether the host's Retry-After is over."""
        return not 0 < self.row.pauses.get(host, 0) - self.in_ms(0) <= LONGEST_PAUSE * 1000

    def claim(self) -> bool:
        """Move `next_ask` on; tell whether no other process was faster."""
        return self._write({"next_ask": self._in(INTERVAL if self.row.price else FIRST_INTERVAL)})

    def release(self, day: date | None = None, **values: Any) -> None:
        """Write what was heard, unless the lease ran out. The price becomes the rate of the day.

        With a price the next interval begins now, so that no two calls are ever nearer.
        """
        if values.get("price", self.row.price):
            values["next_ask"] = self._in(INTERVAL)
        self._write(values, day)

    def _in(self, seconds: int) -> sa.ColumnElement[int]:
        return self._now + sa.literal(seconds * 1000)

    def _write(self, values: Mapping[str, Any], day: date | None = None) -> bool:
        unmoved = rate.c.next_ask == self.row.next_ask
        with self._database.write() as connection:
            if not connection.execute(sa.update(rate).where(unmoved).values(values)).rowcount:
                return False
            if day:
                connection.execute(sa.delete(day_rates).where(day_rates.c.date == day))
                connection.execute(sa.insert(day_rates).values(date=day, price=values["price"]))
            self._look(connection)
        return True

    def _look(self, connection: sa.Connection) -> None:
        self.row = connection.execute(sa.select(rate, self._now.label("now"))).one()
        self._seen_at = time.monotonic()
