"""Cleanup: histories that nobody can open any more are removed, once a day.

Clocks jump, and what is removed is gone for good. So it is marked first, a write takes the mark
off, and it goes a month later, if cleanup has seen that month pass day by day.
"""

import logging
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from server.history.database import Database
from server.history.history import delete_histories
from server.history.tables import chores, histories, keys
from server.repeating import Repeating

GRACE = timedelta(days=31)  # from the mark to the removal
PAUSE = timedelta(days=7)  # without a cleanup; a longer one may be a clock that jumped
STEP = 50  # histories in one transaction, so that nobody waits long for it
HOUR = 3600.0  # seconds between two looks at the calendar

_log = logging.getLogger(__name__)


class Cleanup(Repeating):
    """Removes what nobody has changed for the time `age` and GRACE, in the background."""

    def __init__(self, database: Database, age: timedelta) -> None:
        super().__init__(self._look, HOUR)
        self._database = database
        self._age = age

    def _look(self) -> None:
        with suppress(DBAPIError):  # another hour may do better
            clean_up(self._database, datetime.now(UTC).date(), self._age)


def clean_up(database: Database, today: date, age: timedelta) -> int:
    """Mark what is older than `age`, and remove what was marked a month ago; return how many.

    One process of all on this database does it, once a day. Where the clock has jumped since the
    last day, all marks are taken off, and what the jump alone made old counts as changed today.
    """
    old = sa.and_(
        histories.c.changed < today - age, ~sa.exists().where(keys.c.account == histories.c.account)
    )
    with database.write() as connection:
        last = claim_day(connection, today)
        if last == today:
            return 0
        if last and not timedelta() < today - last <= PAUSE:
            marked = histories.c.marked.is_not(None)
            connection.execute(sa.update(histories).where(marked).values(marked=None))
            jumped = sa.update(histories).where(old, histories.c.changed >= last - age)
            connection.execute(jumped.values(changed=today))
        mark = sa.update(histories).where(old, histories.c.marked.is_(None))
        connection.execute(mark.values(marked=today))
    gone = sa.and_(old, histories.c.marked <= today - GRACE)
    query = sa.select(histories.c.account).where(gone).limit(STEP)
    query = query.with_for_update(skip_locked=True)
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


def claim_day(connection: sa.Connection, today: date) -> date | None:
    """Note that today's cleanup is done; return the day of the one before, None for the first.

    That is today for all but one of several that ask at once.
    """
    this = chores.c.name == "cleanup"
    query = sa.select(chores.c.done).where(this).with_for_update()
    last: date | None = connection.execute(query).scalar()
    if last is None:
        with suppress(IntegrityError), connection.begin_nested():
            connection.execute(sa.insert(chores), {"name": "cleanup", "done": today})
            return None
        return today
    connection.execute(sa.update(chores).where(this).values(done=today))
    return last
