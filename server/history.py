"""A visitor's history: entries by date, then as recorded."""

import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    and_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import Conflict, NotFound

from server.database import Database, entries, histories

LIMIT = 10_000  # entries that a history can hold


# What the account held on a day: id (samples have none), ISO date, cents, and the value in bitcoin
# when it was recorded, as a decimal string. A plain tuple, as the database's driver has it.
Entry = tuple[str | None, str, int, str | None]


class History(NamedTuple):
    """Entries in order, and the version that names them; it is None where nothing is stored."""

    version: int | None
    entries: Sequence[Entry]


_account = bindparam("account", type_=String)
_live = and_(entries.c.account == _account, ~entries.c.deleted)
_version = select(histories.c.version).where(histories.c.account == _account)
_entry = (entries.c.id, cast(entries.c.date, String), entries.c.cents, entries.c.btc_then)
_in_order = select(*_entry).where(_live).order_by(entries.c.date, entries.c.recorded, entries.c.id)
_one = select(*_entry).where(_live, entries.c.id == bindparam("entry_id", type_=String))


def samples(today: date) -> list[Entry]:
    """Return simulated entries of the first of each of the last twelve months."""
    cents = [7340_00, 8125_50, 7990_00, 9410_25, 10875_00, 10220_80]
    cents += [11930_00, 13045_60, 12480_00, 14015_35, 15260_00, 14730_90]
    this_month = today.year * 12 + today.month - 1  # months since year 0
    months = range(this_month - len(cents) + 1, this_month + 1)
    days = [date(month // 12, month % 12 + 1, 1) for month in months]
    return [(None, day.isoformat(), amount, None) for day, amount in zip(days, cents, strict=True)]


def read(database: Database, account: str) -> History:
    """Return the account's history."""
    # The version first: where a change comes between the two, it is too old, never too new.
    versions, rows = database.read([_version, _in_order], account=account)
    return History(versions[0][0] if versions else None, rows)


def find(database: Database, account: str, entry_id: str) -> Sequence[Entry]:
    """Return the entry of this id, or nothing where the account has none."""
    (rows,) = database.read([_one], account=account, entry_id=entry_id)
    return rows


def version(database: Database, account: str) -> int | None:
    """Return the version of the account's history, which every change changes."""
    (versions,) = database.read([_version], account=account)
    return versions[0][0] if versions else None


def has(database: Database, account: str, entry_id: str | None) -> bool:
    """Tell whether the account has, or has had, an entry of this id."""
    with database.begin() as connection:
        return _deleted(connection, account, entry_id) is not None


def append(database: Database, account: str, new: Sequence[Entry]) -> None:
    """Record entries in their order, all or none.

    Where the account has had the first id already, this is a repeat, and records nothing.
    Raises Conflict, and records nothing, where the history would pass its limit.
    """
    try:
        with database.begin() as connection:
            last, size = _change(connection, account, len(new))
            rows = [
                {
                    "account": account,
                    "id": entry_id,
                    "date": date.fromisoformat(day),
                    "recorded": number,
                    "cents": cents,
                    "deleted": False,
                    "btc_then": btc_then,
                }
                for number, (entry_id, day, cents, btc_then) in enumerate(new, last - len(new) + 1)
            ]
            if rows:
                connection.execute(insert(entries), rows)
            if size > LIMIT:
                raise full()
    except IntegrityError:
        if not has(database, account, new[0][0]):  # then it is no repeat
            raise


def preview(database: Database, account: str, new: Sequence[Entry]) -> Sequence[Entry]:
    """Return the entries as `append` would leave them, and raise what it would."""
    own = read(database, account).entries
    if new and has(database, account, new[0][0]):
        return own
    if len(own) + len(new) > LIMIT:
        raise full()
    return sorted([*own, *new], key=itemgetter(1))  # by date; among equals, the new ones are last


def remove(database: Database, account: str, entry_id: str) -> None:
    """Delete an entry, which `restore` can bring back.

    Raises NotFound where the account has no such entry.
    """
    with database.begin() as connection:
        _change(connection, account, -1)
        if _deleted(connection, account, entry_id) is not False:
            raise missing()
        connection.execute(update(entries).where(_same(account, entry_id)).values(deleted=True))


def restore(database: Database, account: str, entry_id: str) -> None:
    """Bring a deleted entry back to its old place; one that is there stays.

    Raises NotFound where the account never had it, Conflict where the history is at its limit.
    """
    with database.begin() as connection:
        _, size = _change(connection, account, 1)
        deleted = _deleted(connection, account, entry_id)
        if deleted is None:
            raise missing()
        if not deleted:
            connection.rollback()
            return
        if size > LIMIT:
            raise full()
        connection.execute(update(entries).where(_same(account, entry_id)).values(deleted=False))


def clear(database: Database, account: str) -> None:
    """Delete all that is stored of the account, for good."""
    with database.begin() as connection:
        _change(connection, account, 0)
        for table in (entries, histories):
            connection.execute(delete(table).where(table.c.account == account))
    database.forget()


def full() -> Conflict:
    """Return the error of a history that would pass its limit."""
    return Conflict(f"The history has reached its limit of {LIMIT} entries.")


def missing() -> NotFound:
    """Return the error of an entry that the account does not have."""
    return NotFound("Your history has no such entry.")


def _change(connection: Connection, account: str, added: int) -> tuple[int, int]:
    """Note a change that adds entries (or takes some); return the history's new version and size.

    From here to the end of the transaction nobody else changes it: they wait for its row.
    """
    own = histories.c.account == account
    # Each new entry takes one version as its place in the order; any change takes at least one.
    version, size = histories.c.version + max(added, 1), histories.c.size + added
    grow = update(histories).where(own).values(version=version, size=size)
    grow = grow.returning(histories.c.version, histories.c.size)
    while (row := connection.execute(grow).first()) is None:
        # The version begins anywhere, so that none returns after a fresh start. The size counts
        # entries that are older than this table.
        begin = insert(histories).values(account=account, version=secrets.randbits(48), size=0)
        live = select(func.count()).where(entries.c.account == account, ~entries.c.deleted)
        count = update(histories).where(own).values(size=live.scalar_subquery())
        with suppress(IntegrityError), connection.begin_nested():  # another may have been quicker
            connection.execute(begin)
            connection.execute(count)
    return row.version, row.size


def _same(account: str, entry_id: str | None) -> ColumnElement[bool]:
    return and_(entries.c.account == account, entries.c.id == entry_id)


def _deleted(connection: Connection, account: str, entry_id: str | None) -> bool | None:
    """Tell whether an entry of the account is deleted, or None where it has never had it."""
    query = select(entries.c.deleted).where(_same(account, entry_id))
    return connection.execute(query).scalar_one_or_none()
