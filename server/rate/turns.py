"""When to ask for the rate: all processes on one database share the turns, and what they learn.

The database has one row for it, with a number that each write raises. A process writes only over
the number that it has read, so of several one wins: it may ask, and the others read what it heard.

No two clocks are compared. The row says when it was written by the database's clock, and all else
in it as seconds from there. A process that sees a new number works out how long ago that was, and
counts on by a clock of its own that nobody sets.
"""

import logging
import math
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, insert, literal_column, select, update

from server.history.database import Database
from server.history.tables import day_rates, rate
from server.rate.belief import Belief, Quote
from server.rate.luno import EPOCH

INTERVAL = 30.0  # seconds between two turns
FIRST_INTERVAL = 5.0  # the same, while there has never been a rate

# Milliseconds since 1970 by the database's clock.
_NOW = {
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
}

_log = logging.getLogger(__name__)


def monotonic() -> float:
    """Return seconds by a clock that nobody sets, and that a machine's sleep does not stop."""
    if hasattr(time, "clock_gettime"):
        return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
    return time.monotonic()  # on Windows


@dataclass(frozen=True)
class State:
    """What the processes share. Moments are in seconds by this process's clock."""

    belief: Belief = field(default_factory=Belief)
    next_turn: float = -math.inf
    pauses: Mapping[str, float] = field(default_factory=dict)  # by address: not to be asked until
    trouble: str = ""  # why the last turn brought no rate

    def is_due(self, urls: Collection[str], now: float) -> bool:
        """Tell whether it is time to ask one of the addresses."""
        return now >= self.next_turn and any(self.may_ask(url, now) for url in urls)

    def may_ask(self, url: str, now: float) -> bool:
        """Tell whether the address's Retry-After lets it be asked."""
        return now >= self.pauses.get(url, -math.inf)

    def with_turn_taken(self, now: float) -> "State":
        """Return the state in which the next turn is an interval away."""
        interval = INTERVAL if self.belief.quote else FIRST_INTERVAL
        return replace(self, next_turn=now + interval)

    def with_pause(self, url: str, end: float) -> "State":
        """Return the state in which an address must not be asked until then."""
        return replace(self, pauses={**self.pauses, url: end})

    def merged(self, other: "State") -> "State":
        """Return what is known with the other one too: the newer belief, the later turns."""
        known = [state.belief.quote for state in (self, other)]
        new_at = [quote.new_at if quote else -math.inf for quote in known]
        return State(
            self.belief if new_at[0] >= new_at[1] else other.belief,
            max(self.next_turn, other.next_turn),
            {**other.pauses, **self.pauses},
            self.trouble,
        )


class SharedState:
    """The state as this process knows it, and the row in the database that holds it for all."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self.current = State()
        self._database = database
        self._clock = clock
        self._now = literal_column(_NOW.get(database.dialect, _NOW["postgresql"]), BigInteger)
        self._number: int | None = None  # the row's, when it was last read or written
        self._away = False  # whether the database did not answer
        self._unshared = False  # whether it lacks what this process has learnt meanwhile

    def follow(self) -> None:
        """Take over what other processes have written, and hand in what was learnt alone."""
        try:
            with self._database.read() as connection:
                row = connection.execute(select(rate, self._now.label("now"))).one()
        except Exception as error:  # whatever it was, the rate goes on without the database
            self._note_away(error)
            return
        if self._unshared:
            self._number = row.number
            self._write(self.current.merged(_from_row(row, self._clock())))
            return
        if row.number != self._number:
            self.current, self._number = _from_row(row, self._clock()), row.number
        self._note_back()

    def replace(self, state: State) -> bool:
        """Put a state in the place of the current one; tell whether no other process was faster.

        Where one was, nothing changes. Without the database there are no others.
        """
        if not self._away:
            return self._write(state)
        self.current, self._unshared = state, True
        return True

    def _write(self, state: State) -> bool:
        try:
            with self._database.write() as connection:
                if not self._update_row(connection, state):
                    return False
                if state.belief.quote:
                    _keep_rate_of_day(connection, state.belief.quote)
        except Exception as error:  # such as a full disk
            self._note_away(error)
            self._unshared = True
        else:
            self._number = (self._number or 0) + 1
            self._unshared = False
            self._note_back()
        self.current = state
        return True

    def _update_row(self, connection: Connection, state: State) -> bool:
        values = _to_row(state, self._clock()) | {"number": rate.c.number + 1, "written": self._now}
        done = connection.execute(update(rate).where(rate.c.number == self._number).values(values))
        return done.rowcount == 1

    def _note_away(self, error: Exception) -> None:
        if not self._away:
            _log.warning("The rate is this process's own: %s", getattr(error, "orig", error))
        self._away = True

    def _note_back(self) -> None:
        if self._away:
            _log.warning("The rate is shared with the other processes again.")
        self._away = False


def _to_row(state: State, now: float) -> dict[str, Any]:
    """Return the columns of a state that is written now: spans in milliseconds from there."""
    quote = state.belief.quote
    row = {
        "wait": _milliseconds(state.next_turn - now),
        "pauses": {url: _milliseconds(end - now) for url, end in state.pauses.items() if end > now},
        "held": state.belief.held and f"{state.belief.held:f}",
        "trouble": state.trouble,
    }
    if quote:
        row["price"] = f"{quote.price:f}"
        row["as_of"] = (quote.as_of - EPOCH) // timedelta(milliseconds=1)
        row["active"] = quote.active
        row["age"] = _milliseconds(quote.age(now))
    return row


def _from_row(row: Row[Any], now: float) -> State:
    """Return the state that a row holds, read now."""
    written = now - max(row.now - row.written, 0) / 1000
    quote = None
    if row.price:
        as_of = EPOCH + timedelta(milliseconds=row.as_of)
        quote = Quote(Decimal(row.price), as_of, row.active, written - row.age / 1000)
    return State(
        Belief(quote, Decimal(row.held) if row.held else None),
        written + row.wait / 1000,
        {url: written + pause / 1000 for url, pause in row.pauses.items()},
        row.trouble,
    )


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _keep_rate_of_day(connection: Connection, quote: Quote) -> None:
    """Make a quote the last one heard on its day. Who gets here holds the rate's row."""
    values = {"price": f"{quote.price:f}"}
    this_day = day_rates.c.date == quote.heard_on
    if (
        quote.heard_on
        and not connection.execute(update(day_rates).where(this_day).values(values)).rowcount
    ):
        connection.execute(insert(day_rates).values(date=quote.heard_on, **values))
