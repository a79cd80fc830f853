"""Cleanup: histories that nobody can open any more are removed, once a day."""

import logging
import threading
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

from flask import Flask
from sqlalchemy import and_, exists, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from server.history.database import Database, FileReplacedError
from server.history.history import delete_histories
from server.history.tables import chores, histories, keys

GRACE = timedelta(days=31)  # beyond the life of the cookie
STEP = 50  # histories in one transaction, so that nobody waits long for it
HOUR = 3600.0  # seconds between two looks at the calendar

_log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Clean up from a thread of its own, which starts with the first request."""
    cleanup = Cleanup(app.extensions["database"], app.permanent_session_lifetime + GRACE)
    app.extensions["cleanup"] = cleanup
    app.before_request(cleanup.start)


class Cleanup:
    """Removes what is older than `age`, once a day."""

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
                today = datetime.now(UTC).date()
                if claim_day(self._database, today):
                    clean_up(self._database, today - self._age)
            self._stopped.wait(HOUR)


def claim_day(database: Database, today: date) -> bool:
    """Return True for one process of all on this database, once a day."""
    mine = update(chores).where(chores.c.name == "cleanup", chores.c.done < today)
    with database.write() as connection:
        if connection.execute(mine.values(done=today)).rowcount:
            return True
        with suppress(IntegrityError), connection.begin_nested():
            connection.execute(insert(chores), {"name": "cleanup", "done": today})
            return True
    return False


def clean_up(database: Database, before: date) -> int:
    """Remove the histories that have no key and no change since; return, and log, how many."""
    has_key = exists().where(keys.c.account == histories.c.account)
    abandoned = and_(histories.c.changed < before, ~has_key)
    query = select(histories.c.account).where(abandoned).limit(STEP).with_for_update()
    count = 0
    while True:
        with database.write() as connection:
            accounts = connection.execute(query).scalars().all()
            delete_histories(connection, accounts)
        count += len(accounts)
        if len(accounts) < STEP:
            break
    if count:
        _log.warning("Removed %d histories that nobody could open any more.", count)
    return count
