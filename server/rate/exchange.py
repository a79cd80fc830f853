"""The exchange: the rate that this installation believes now, and those of earlier days."""

import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import requests
from sqlalchemy import select

from server.history.database import Database
from server.history.tables import day_rates
from server.rate.belief import Rate
from server.rate.luno import TickerClient, TickerError
from server.rate.turns import SharedState, State, monotonic

TICK = 1.0  # seconds between two looks at what the other processes have learnt
FIRST_WAIT = 1.0  # seconds that a request waits for the first answer
HELD = "a price outside half and double of the last one: it counts once the next ask confirms it"

_log = logging.getLogger(__name__)


class Exchange:
    """Keeps the rate fresh from a thread of its own, so that requests need not wait for it.

    The thread starts with the first call of `rate`: a forked worker has its own, and a
    command that only loads the application asks nobody.
    """

    def __init__(
        self,
        database: Database,
        urls: Sequence[str],
        timezone_name: str,
        session: requests.Session | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._database = database
        self._urls = urls
        self._timezone = ZoneInfo(timezone_name)
        self._client = TickerClient(session or requests.Session())
        self._clock = clock
        self._state = SharedState(database, clock)
        self._stepping = threading.Lock()
        self._waited = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="exchange", daemon=True)
        self._starting = threading.Lock()

    def rate(self) -> Rate | None:
        """Return the rate that the installation believes, or None while there has never been one.

        The first call takes over what others have learnt. The first calls wait until this process
        has looked whether to ask, and for the answer, at most a second.
        """
        with self._starting:
            if self._thread.ident is None:
                self._state.follow()
                self._thread.start()
        if not self._waited.wait(FIRST_WAIT):
            self._waited.set()
        return self._state.current.belief.rate(self._clock())

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

    def close(self) -> None:
        """End the thread, and do not wait for the exchange."""
        self._closed.set()
        self._client.close()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._closed.is_set():
            self.step()
            self._waited.set()
            self._closed.wait(TICK)

    def step(self) -> None:
        """Take over what other processes have learnt; ask if nobody has for long enough."""
        with self._stepping:
            self._state.follow()
            if self._state.current.is_due(self._urls, self._clock()):
                self._take_turn()

    def ask(self) -> None:
        """Ask now, however long ago the last turn was."""
        with self._stepping:
            self._state.follow()
            self._take_turn()

    def _take_turn(self) -> None:
        """Ask the addresses in order until one answers, and share what is believed then.

        The turn is taken before each call; where another process has taken it since, that is all.
        """
        state, troubles = self._state.current, list[str]()
        for url in self._urls:
            if not state.may_ask(url, self._clock()):
                continue  # its Retry-After is not over
            if not self._state.replace(state.with_turn_taken(self._clock())):
                return
            state = state.with_turn_taken(self._clock())  # a busy database took its time
            try:
                ticker = self._client.get(url)
            except TickerError as error:
                if self._closed.is_set():
                    return
                troubles.append(f"{url}: {error}")
                state = state.with_pause(url, self._clock() + error.pause)
            else:
                belief = state.belief.after(ticker, self._clock(), self._today())
                troubles = [f"{url}: {HELD}"] if belief.held else []
                state = replace(state, belief=belief)
                break
        self._share(replace(state, trouble="; ".join(troubles)))

    def _share(self, state: State) -> None:
        """End the turn with this state. Of its trouble, only what is new is logged."""
        if state.belief.quote:  # from the end of a turn, so that no two calls are ever nearer
            state = state.with_turn_taken(self._clock())
        before = self._state.current.trouble
        if self._state.replace(state) and state.trouble != before:
            if state.trouble:
                _log.warning("No new rate: %s", state.trouble)
            else:
                _log.warning("The exchange answers again.")

    def _today(self) -> date:
        return datetime.now(self._timezone).date()
