"""A visitor's history as it is stored: entries by date, then as recorded."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.json import Decoder
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Date,
    Select,
    String,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from server.history.database import Database
from server.history.tables import entries, histories, imports, keys
from server.money import bitcoin

LIMIT = 10_000  # entries that a history can hold


class HistoryFullError(Exception):
    """The history would pass its limit."""

    def __init__(self) -> None:
        super().__init__(f"The history has reached its limit of {LIMIT} entries.")


class NoSuchEntryError(Exception):
    """The history has no such entry, or no such import."""

    def __init__(self, what: str = "entry") -> None:
        super().__init__(f"Your history has no such {what}.")


class KeyReusedError(Exception):
    """An Idempotency-Key comes again, with something else than it was first used for."""


class Entry(Struct, array_like=True, gc=False):
    """A balance of a day."""

    id: str | None  # samples have none
    date: str  # ISO
    cents: int
    btc_then: str | None  # the value at `rate_then`; the oldest entries have it alone
    rate_then: str | None  # rand for one bitcoin


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
        version, samples, *found = self._read(_head_and_entries(self.database.dialect))
        return Stored(version, samples, _entries.decode(found[0]) if any(found) else [])

    def find(self, entry_id: str | None) -> Sequence[Entry]:
        """Return the entry of this id, or nothing where it is deleted or was never there."""
        values = {"account": self.account, "entry_id": entry_id}
        with self.database.read() as connection:
            return [Entry(*row) for row in connection.execute(_one_entry, values)]

    def append(self, entry: Entry, *, dated: bool) -> bool:
        """Record an entry; return False, and record nothing, where this is a repeat.

        `dated` tells whether its date was sent; one that was left out means today.
        Raises KeyReusedError where its id was recorded with other values, HistoryFullError.
        """
        try:
            with self.database.write() as connection:
                version, size = self.grow(connection, 1)
                self.insert(connection, [entry], version)
                if size > LIMIT:
                    raise HistoryFullError
        except IntegrityError:
            self._check_repeat(entry, dated=dated)
            return False
        return True

    def change(
        self, entry_id: str, day: date | None, cents: int | None, rate: Decimal | None
    ) -> None:
        """Give an entry another balance, another day with the `rate` of that day, or both.

        Raises NoSuchEntryError.
        """
        with self.database.write() as connection:
            self.lock(connection)
            live = and_(self.is_entry(entry_id), ~entries.c.deleted)
            old = connection.execute(select(entries).where(live)).first()
            if old is None:
                raise NoSuchEntryError
            day, cents = day or old.date, old.cents if cents is None else cents
            if (day, cents) == (old.date, old.cents):
                return
            if day == old.date:
                rate = Decimal(old.rate_then) if old.rate_then else None
            btc_then, rate_then = values_then(cents, rate)
            new = {"date": day, "cents": cents, "btc_then": btc_then, "rate_then": rate_then}
            connection.execute(update(entries).where(live).values(new))

    def remove(self, entry_id: str) -> None:
        """Delete an entry, which `restore` can bring back. Raises NoSuchEntryError."""
        with self.database.write() as connection:
            self.grow(connection, -1)
            live = and_(self.is_entry(entry_id), ~entries.c.deleted)
            if not connection.execute(update(entries).where(live).values(deleted=True)).rowcount:
                raise NoSuchEntryError

    def restore(self, entry_id: str) -> None:
        """Bring a deleted entry back to its old place; one that is there stays.

        Raises NoSuchEntryError where there never was one, HistoryFullError.
        """
        with self.database.write() as connection:
            self.lock(connection)
            query = select(entries.c.deleted).where(self.is_entry(entry_id))
            deleted = connection.execute(query).scalar_one_or_none()
            if deleted is None:
                raise NoSuchEntryError
            if deleted:
                _, size = self.grow(connection, 1)
                if size > LIMIT:
                    raise HistoryFullError
                there = update(entries).where(self.is_entry(entry_id)).values(deleted=False)
                connection.execute(there)

    def hide_samples(self) -> None:
        """Show the samples no more."""
        self._samples = False
        with self.database.write() as connection:
            self.lock(connection)  # which notes it too

    def clear(self) -> None:
        """Delete all that is stored of the history, its key included, for good."""
        with self.database.write() as connection:
            self.lock(connection)
            delete_histories(connection, [self.account])
        self.database.truncate_log()

    def lock(self, connection: Connection) -> None:
        """Begin a change: nobody else changes this history until the transaction ends."""
        self.grow(connection, 0)

    def grow(self, connection: Connection, added: int, versions: int = 1) -> tuple[int, int]:
        """Lock the history, add to its size and version, and return the new version and size.

        A new entry takes a version as its place in the order.
        """
        values = {
            "added": added,
            "versions": versions,
            "samples": self._samples,
            "today": datetime.now(UTC).date(),
        }
        while True:
            # First, since PostgreSQL's upsert locks the row even where its WHERE is false.
            moved_to = connection.execute(_moved_to, {"account": self.account}).scalar()
            if moved_to:
                self.account = moved_to
            elif row := connection.execute(_grow, values | {"account": self.account}).first():
                return row.version, row.size

    def insert(
        self, connection: Connection, new: Sequence[Entry], first: int, import_id: str | None = None
    ) -> None:
        """Insert entries in their order, the first one with the version `first`."""
        rows = [
            {
                "account": self.account,
                "id": entry.id,
                "date": day,
                "recorded": version,
                "cents": entry.cents,
                "deleted": False,
                "btc_then": entry.btc_then,
                "rate_then": entry.rate_then,
                "sent_date": day,
                "sent_cents": entry.cents,
                "import_id": import_id,
            }
            for version, entry in enumerate(new, first)
            for day in [date.fromisoformat(entry.date)]
        ]
        if rows:
            connection.execute(_insert, rows)

    def is_entry(self, entry_id: str | None) -> ColumnElement[bool]:
        """Return the condition for the row of this entry."""
        return and_(entries.c.account == self.account, entries.c.id == entry_id)

    def _read(self, query: Select[Any]) -> tuple[Any, ...]:
        """Return the version, `samples`, and what else the query tells of this history."""
        row = self.database.read_row(query, account=self.account)
        if row and row[0]:  # taken over by another history
            self.account = row[0]
            row = self.database.read_row(query, account=self.account)
        if row is None:
            return 0, self._samples
        _, version, samples, *more = row
        return version, bool(samples) and self._samples, *more

    def _check_repeat(self, entry: Entry, *, dated: bool) -> None:
        """Raise KeyReusedError unless the id was recorded with these values.

        Without a date, what is sent again after midnight was recorded for the day before.
        """
        with self.database.read() as connection:
            first = connection.execute(select(entries).where(self.is_entry(entry.id))).one()
        days = [date.fromisoformat(entry.date)]
        if not dated:
            days.append(days[0] - timedelta(days=1))
        if first.sent_cents != entry.cents or first.sent_date not in days:
            raise KeyReusedError("This Idempotency-Key was used for another balance or date.")


def new_entry(entry_id: str, day: date, cents: int, rate: Decimal | None) -> Entry:
    """Return an entry, with its value in bitcoin where the rate of its day is known."""
    return Entry(entry_id, day.isoformat(), cents, *values_then(cents, rate))


def values_then(cents: int, rate: Decimal | None) -> tuple[str | None, str | None]:
    """Return `btc_then` and `rate_then`."""
    return (bitcoin(cents, rate), f"{rate:f}") if rate else (None, None)


def delete_histories(connection: Connection, accounts: Sequence[str]) -> None:
    """Delete all that is stored of histories, and the names that lead to them."""
    for table in (entries, imports, keys):
        connection.execute(delete(table).where(table.c.account.in_(accounts)))
    named = or_(histories.c.account.in_(accounts), histories.c.moved_to.in_(accounts))
    connection.execute(delete(histories).where(named))


# The statements of most requests, built once.

_account = bindparam("account", type_=String)
_live = and_(entries.c.account == _account, ~entries.c.deleted)
_columns = (
    entries.c.id,
    cast(entries.c.date, String).label("date"),
    entries.c.cents,
    entries.c.btc_then,
    entries.c.rate_then,
)
_one_entry = select(*_columns).where(_live, entries.c.id == bindparam("entry_id", type_=String))
_head = select(histories.c.moved_to, histories.c.version, histories.c.samples).where(
    histories.c.account == _account
)
_moved_to = select(histories.c.moved_to).where(histories.c.account == _account)
_insert = insert(entries)
# In SQL, since SQLAlchemy has an upsert for each dialect, but none for both. It grows the history
# that is there, or a new one; nothing where the entries have moved to another history by now.
_grow = text(
    """
    INSERT INTO histories (account, version, size, samples, changed)
    VALUES (:account, :versions, :added, :samples, :today)
    ON CONFLICT (account) DO UPDATE SET
        version = histories.version + :versions,
        size = histories.size + :added,
        samples = histories.samples AND :samples,
        changed = :today
    WHERE histories.moved_to IS NULL
    RETURNING version, size
    """
).bindparams(bindparam("samples", type_=Boolean), bindparam("today", type_=Date))
_entries = Decoder(list[Entry])


@cache
def _head_and_entries(dialect: str) -> Select[Any]:
    """Return the query for a history with its entries, in order, as one JSON text.

    The driver and SQLAlchemy do their work for each row: here there is one, of any length.
    """
    array, arrays = func.json_build_array, func.json_agg
    if dialect == "sqlite":
        array, arrays = func.json_array, func.json_group_array
    in_order = (entries.c.date, entries.c.recorded, entries.c.id)
    rows = select(*_columns).where(_live).order_by(*in_order).subquery()
    in_one = select(cast(arrays(array(*rows.c)), Text)).scalar_subquery()
    return _head.add_columns(in_one.label("entries"))
