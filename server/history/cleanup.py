"""Cleanup: histories that nobody can open any more are removed, once a day.

Clocks jump, and what is removed is gone for good. So it is marked first, a write takes the mark
off, and it goes a month later, if cleanup has seen that month pass day by day.
"""

import logging
import threading
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, and_, delete, exists, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from server.history.database import Database, FileReplacedError
from server.history.history import delete_histories
from server.history.tables import chores, closed, histories, keys

GRACE = timedelta(days=31)  # from the mark to the removal
PAUSE = timedelta(days=7)  # without a cleanup; a longer one may be a clock that jumped
STEP = 50  # histories in one transaction, so that nobody waits long for it
HOUR = 3600.0  # seconds between two looks at the calendar

_log = logging.getLogger(__name__)


class Cleanup:
    """Removes what nobody has changed for the time `age` and GRACE, from a thread of its own."""

    def __init__(self, database: Database, age: timedelta) -> None:
        self._database = database
        self._age = age
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cleanup", daemon=True)
        self._starting = threading.Lock()

    def start(self) -> None:
        """Start the thread, if this is the first call."""
        with self._starting:
            if self._thread.ident is None and not self._stopped.is_set():
                self._thread.start()

    def close(self) -> None:
        """End the thread after what it is doing."""
        with self._starting:
            self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            with suppress(DBAPIError, FileReplacedError):  # another hour may do better
                clean_up(self._database, datetime.now(UTC).date(), self._age)
            self._stopped.wait(HOUR)


def clean_up(database: Database, today: date, age: timedelta) -> int:
    """Mark what is older than `age`, remove what was marked; return, and log, how many.

    One process of all on this database does it, once a day. After a jump of the clock all marks
    are taken off, and the month begins anew.
    """
    old = and_(
        histories.c.changed < today - age, ~exists().where(keys.c.account == histories.c.account)
    )
    with database.write() as connection:
        last = claim_day(connection, today)
        if last == today:
            return 0
        if last is None or not timedelta() < today - last <= PAUSE:
            marked = histories.c.marked.is_not(None)
            connection.execute(update(histories).where(marked).values(marked=None))
        mark = update(histories).where(old, histories.c.marked.is_(None))
        connection.execute(mark.values(marked=today))
        forgotten = datetime.combine(today - age - GRACE, time.min, UTC).timestamp()
        connection.execute(delete(closed).where(closed.c.at < forgotten))
    gone = and_(old, histories.c.marked <= today - GRACE)
    query = select(histories.c.account).where(gone).limit(STEP)
    query = query.with_for_update(skip_locked=True)
    count, accounts = 0, [""] * STEP
    while len(accounts) == STEP:
        with database.write() as connection:
            accounts = list(connection.execute(query).scalars())
            delete_histories(connection, accounts)
        count += len(accounts)
    if count:
        _log.warning("Removed %d histories that nobody could open any more.", count)
    return count


def claim_day(connection: Connection, today: date) -> date | None:
    """Note that today's cleanup is done; return the day of the one before, None for the first.

    That is today for all but one of several that ask at once.
    """
    this = chores.c.name == "cleanup"
    query = select(chores.c.done).where(this).with_for_update()
    last: date | None = connection.execute(query).scalar()
    if last is None:
        with suppress(IntegrityError), connection.begin_nested():
            connection.execute(insert(chores), {"name": "cleanup", "done": today})
            return None
        return today
    connection.execute(update(chores).where(this).values(done=today))
    return last
