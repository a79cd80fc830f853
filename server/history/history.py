"""A visitor's history as it is stored: entries by date, then as recorded."""

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import sqlalchemy as sa
from msgspec.json import Decoder
from msgspec.structs import asdict
from sqlalchemy.exc import IntegrityError

from server.history.database import Database
from server.history.tables import IN_ORDER, LIVE, Entry, closed, entries, histories, imports, keys
from server.money import converter

LIMIT = 10_000  # entries that a history can hold, and deleted ones that are kept for undo


class HistoryFullError(Exception):
    """The history would pass its limit."""

    def __init__(self) -> None:
        super().__init__(f"The history has reached its limit of {LIMIT} entries.")


class HistoryClosedError(Exception):
    """Its owner has started fresh meanwhile, so nothing is recorded under its old name."""

    def __init__(self) -> None:
        super().__init__("Everything was deleted in another tab or on another device meanwhile.")


class NoSuchEntryError(Exception):
    """The history has no entry, or no import, with this id."""

    def __init__(self, what: str = "entry") -> None:
        super().__init__(f"Your history has no such {what}.")


class KeyReusedError(Exception):
    """An Idempotency-Key comes again, with something else than it was first used for."""


class Stored(NamedTuple):
    """What is stored of a history."""

    version: int  # grows with each change; 0 where nothing is stored
    samples: bool  # whether the samples show
    entries: Sequence[Entry]  # in order


class History:
    """One history. Every change is one transaction, and waits for the change before."""

    def __init__(self, database: Database, account: str, samples: bool = True) -> None:
        self.database = database
        self.account = account  # another one, once that has taken over the entries
        self._samples = samples  # whether they may show

    def resolve(self) -> str:
        """Return the name of the history that has the entries, wherever they have moved to."""
        self._read(_head)
        return self.account

    def version(self) -> tuple[int, bool]:
        """Return `version` and `samples` of what is stored, which cost the same for any length."""
        version, samples, *_ = self._read(_head)
        return version, samples

    def read(self) -> Stored:
        """Return all that is stored."""
        version, samples, found = self._read(_head_and_entries(self.database.dialect))
        return Stored(version, samples, _entries.decode(found) if found else [])

    def is_empty(self) -> bool:
        """Tell whether it has no entries."""
        _, _, size = self._read(_head_and_size)
        return not size

    def closed_at(self) -> float | None:
        """Return when its owner started fresh, in seconds since 1970, or None."""
        row = self.database.read_row(_closed, hash=_hash(self.account))
        return row[0] if row else None

    def append(self, entry: Entry, *, dated: bool) -> str | None:
        """Record an entry. Where this is a repeat, record nothing and return the first one's id.

        `dated` tells whether its date was sent; one that was left out means today.
        Raises KeyReusedError where its id was recorded with other values, HistoryFullError.
        """
        while True:
            try:
                with self.database.write() as connection:
                    self.insert(connection, [entry], self.grow(connection, 1))
                return None
            except (HistoryFullError, IntegrityError) as error:
                if first := self._find_repeated(entry, dated=dated):
                    return first
                if isinstance(error, HistoryFullError):
                    raise
                # Else what was in the way has gone meanwhile.

    def change(self, entry_id: str, new: dict[str, Any], rate: Decimal | None) -> None:
        """Give an entry new values, by column, and the `rate` of its new day, where it has one.

        Raises NoSuchEntryError.
        """
        with self.database.write() as connection:
            self.lock(connection)
            this = self.is_entry(entry_id)
            old = connection.execute(sa.select(entries).where(this, LIVE)).first()
            if old is None:
                raise NoSuchEntryError
            day, cents = new.get("date", old.date), new.get("cents", old.cents)
            if day == old.date:
                rate = Decimal(old.rate_then) if old.rate_then else None
            elif day == old.sent_date and old.sent_rate:  # so that a change can be undone
                rate = Decimal(old.sent_rate)
            if (day, cents) != (old.date, old.cents):
                btc_then, rate_then = values_then(cents, rate)
                new = new | {"btc_then": btc_then, "rate_then": rate_then}
            connection.execute(sa.update(entries).where(this).values(new))

    def remove(self, entry_id: str) -> None:
        """Delete an entry, which `restore` can bring back. Raises NoSuchEntryError."""
        with self.database.write() as connection:
            self.grow(connection, -1)
            live = sa.update(entries).where(self.is_entry(entry_id), LIVE)
            if not connection.execute(live.values(deleted=True)).rowcount:
                raise NoSuchEntryError
            self._forget_deleted(connection, entry_id)

    def restore(self, entry_id: str) -> None:
        """Bring a deleted entry back to its old place; one that is there stays.

        Raises NoSuchEntryError where there never was one, HistoryFullError.
        """
        with self.database.write() as connection:
            self.lock(connection)
            this = self.is_entry(entry_id)
            deleted = connection.execute(sa.select(entries.c.deleted).where(this)).scalar()
            if deleted is None:
                raise NoSuchEntryError
            if deleted:
                self.grow(connection, 1)
                connection.execute(sa.update(entries).where(this).values(deleted=False))

    def set_samples(self, shown: bool) -> None:
        """Show the samples or hide them. To who has started fresh they never show."""
        with self.database.write() as connection:
            self.lock(connection)
            self.put_samples(connection, shown)

    def clear(self) -> None:
        """Delete all that is stored of the history, its key included, for good.

        From then on its name is closed, and so are those that lead to it.
        """
        with self.database.write() as connection:
            self.lock(connection)
            names = delete_histories(connection, [self.account])
            rows = [{"hash": _hash(name), "at": time.time()} for name in names]
            connection.execute(sa.insert(closed), rows)
        self.database.truncate_log()

    def lock(self, connection: sa.Connection) -> None:
        """Begin a change: nobody else changes this history until the transaction ends."""
        self.grow(connection, 0)

    def grow(self, connection: sa.Connection, added: int, versions: int = 1) -> int:
        """Lock the history, add to its size and version, and return the new version.

        A new entry takes a version as its place in the order. Raises HistoryFullError,
        HistoryClosedError.
        """
        values = {
            "added": added,
            "versions": versions,
            "samples": self._samples,
            "today": datetime.now(UTC).date(),
        }
        while True:
            # First, since PostgreSQL's upsert locks the row even where its WHERE is false.
            moved_to = connection.execute(_head, {"account": self.account}).scalar()
            if moved_to:
                self.account = moved_to
            elif row := connection.execute(_grow, values | {"account": self.account}).first():
                break
        is_new = row.version == versions
        if is_new and connection.execute(_closed, {"hash": _hash(self.account)}).first():
            raise HistoryClosedError
        if added > 0 and row.size > LIMIT:
            raise HistoryFullError
        return int(row.version)

    def put_samples(self, connection: sa.Connection, shown: bool) -> None:
        """Do what `set_samples` does, in a transaction that has locked the history."""
        self._samples = self._samples and shown
        this = histories.c.account == self.account
        connection.execute(sa.update(histories).where(this).values(samples=self._samples))

    def insert(
        self,
        connection: sa.Connection,
        new: Sequence[Entry],
        first: int,
        import_id: str | None = None,
    ) -> None:
        """Insert entries in their order, the first one with the version `first`."""
        rows = [
            asdict(entry)
            | {"account": self.account, "date": day, "recorded": version, "deleted": False}
            | {"sent_date": day, "sent_cents": entry.cents, "sent_rate": entry.rate_then}
            | {"import_id": import_id}
            for version, entry in enumerate(new, first)
            for day in [date.fromisoformat(entry.date)]
        ]
        if rows:
            connection.execute(sa.insert(entries), rows)

    def is_entry(self, entry_id: str | None) -> sa.ColumnElement[bool]:
        """Return the condition for the row of this entry."""
        return sa.and_(entries.c.account == self.account, entries.c.id == entry_id)

    def _read(self, query: sa.Select[Any]) -> tuple[Any, ...]:
        """Return the version, `samples`, and what else the query finds, or None."""
        while row := self.database.read_row(query, account=self.account):
            moved_to, version, samples, *more = row
            if not moved_to:
                return version, bool(samples) and self._samples, *more
            self.account = moved_to
        return 0, self._samples, None

    def _find_repeated(self, entry: Entry, *, dated: bool) -> str | None:
        """Return the id of the entry that this one repeats, or None where its id is not used.

        A merge may have changed the id since. Without a date, what is sent again after midnight
        was recorded for the day before.
        Raises KeyReusedError where the id was recorded with other values.
        """
        days = [date.fromisoformat(entry.date)]
        if not dated:
            days.append(days[0] - timedelta(days=1))
        moved = [moved_id(str(entry.id), day, entry.cents) for day in days]
        used = sa.and_(entries.c.account == self.account, entries.c.id.in_([entry.id, *moved]))
        query = sa.select(entries.c.id, entries.c.sent_date, entries.c.sent_cents).where(used)
        with self.database.read() as connection:
            sent = connection.execute(query).all()
        for row in sent:
            if row.sent_date in days and row.sent_cents == entry.cents:
                return str(row.id)
        if sent:
            raise KeyReusedError("This Idempotency-Key was used for another balance or date.")
        return None

    def _forget_deleted(self, connection: sa.Connection, just_deleted: str) -> None:
        """Keep LIMIT deleted entries, those recorded last, and the one that was just deleted."""
        deleted = sa.and_(entries.c.account == self.account, entries.c.deleted)
        newest = sa.select(entries.c.recorded).where(deleted).order_by(entries.c.recorded.desc())
        beyond = entries.c.recorded <= newest.offset(LIMIT).limit(1).scalar_subquery()
        connection.execute(sa.delete(entries).where(deleted, beyond, entries.c.id != just_deleted))


def new_entry(entry_id: str, day: date, cents: int, rate: Decimal | None) -> Entry:
    """Return an entry, with its value in bitcoin where the rate of its day is known."""
    return Entry(entry_id, day.isoformat(), cents, *values_then(cents, rate))


def values_then(cents: int, rate: Decimal | None) -> tuple[str | None, str | None]:
    """Return `btc_then` and `rate_then`."""
    return (converter(rate)(cents), f"{rate:f}") if rate else (None, None)


def moved_id(entry_id: str, day: date | None, cents: int | None) -> str:
    """Return the id that an entry has in another history where its own is used already.

    It comes from what was recorded, so that a repeat finds it.
    """
    return str(uuid5(UUID(entry_id), f"{day} {cents}"))


def delete_histories(connection: sa.Connection, accounts: Sequence[str]) -> Sequence[str]:
    """Delete all that is stored of histories; return their names, and those that led to them."""
    for table in (entries, imports, keys):
        connection.execute(sa.delete(table).where(table.c.account.in_(accounts)))
    named = sa.or_(histories.c.account.in_(accounts), histories.c.moved_to.in_(accounts))
    gone = sa.delete(histories).where(named).returning(histories.c.account)
    return connection.execute(gone).scalars().all()


def _hash(account: str) -> str:
    return sha256(account.encode()).hexdigest()


# The statements of most requests, built once.

_account = sa.bindparam("account", type_=sa.String)
_head = sa.select(histories.c.moved_to, histories.c.version, histories.c.samples).where(
    histories.c.account == _account
)
_head_and_size = _head.add_columns(histories.c.size)
_closed = sa.select(closed.c.at).where(closed.c.hash == sa.bindparam("hash", type_=sa.String))
# In SQL, since SQLAlchemy has an upsert for each dialect, but none for both. It grows the history
# that is there, or a new one; nothing where the entries have moved to another history by now.
_grow = sa.text(
    """
    INSERT INTO histories (account, version, size, samples, changed)
    VALUES (:account, :versions, :added, :samples, :today)
    ON CONFLICT (account) DO UPDATE SET
        version = histories.version + :versions,
        size = histories.size + :added,
        samples = histories.samples AND :samples,
        changed = CASE WHEN histories.changed < :today THEN :today ELSE histories.changed END,
        marked = NULL
    WHERE histories.moved_to IS NULL
    RETURNING version, size
    """
).bindparams(sa.bindparam("samples", type_=sa.Boolean), sa.bindparam("today", type_=sa.Date))
_entries = Decoder(list[Entry])


@cache
def _head_and_entries(dialect: str) -> sa.Select[Any]:
    """Return the query for a history with its entries, in order, as one JSON text.

    The driver and SQLAlchemy do their work for each row: here there is one, of any length.
    """
    live = sa.and_(entries.c.account == _account, LIVE)
    columns = [entries.c[name] for name in Entry.__struct_fields__]
    if dialect == "sqlite":
        rows = sa.select(*columns).where(live).order_by(*IN_ORDER).subquery()
        in_one = sa.select(sa.func.json_group_array(sa.func.json_array(*rows.c)))
    else:
        arrays = sa.func.json_agg(sa.func.json_build_array(*columns)).aggregate_order_by(*IN_ORDER)
        in_one = sa.select(sa.cast(arrays, sa.Text)).where(live)
    return _head.add_columns(in_one.scalar_subquery().label("entries"))
