"""A visitor's history: entries by date, then as recorded."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    delete,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import Conflict

from server.database import Database, entries

LIMIT = 10_000  # entries that a history can hold


class Entry(NamedTuple):
    """What the account held on a day; `btc_then` as a decimal string, samples have no id."""

    id: str | None
    date: date
    cents: int
    btc_then: str | None


def samples(today: date) -> list[Entry]:
    """Return simulated entries of the first of each of the last twelve months."""
    cents = [7340_00, 8125_50, 7990_00, 9410_25, 10875_00, 10220_80]
    cents += [11930_00, 13045_60, 12480_00, 14015_35, 15260_00, 14730_90]
    this_month = today.year * 12 + today.month - 1  # months since year 0
    months = range(this_month - len(cents) + 1, this_month + 1)
    days = [date(month // 12, month % 12 + 1, 1) for month in months]
    return [Entry(None, day, amount, None) for day, amount in zip(days, cents, strict=True)]


def read(database: Database, account: str) -> list[Entry]:
    """Return the account's entries in order."""
    with database.begin() as connection:
        return [Entry(*row) for row in connection.execute(_in_order(account))]


def has(database: Database, account: str, entry_id: str) -> bool:
    """Tell whether the account has, or has had, an entry of this id."""
    with database.begin() as connection:
        return connection.execute(_had(account, entry_id)).first() is not None


def append(database: Database, account: str, entry: Entry) -> None:
    """Record an entry after all that the account has, in one atomic insert.

    An id that the account has had already records nothing more: it is a repeat.
    Raises Conflict, and records nothing, where the history has reached its limit.
    """
    own = entries.c.account == account
    last = select(func.coalesce(func.max(entries.c.recorded), 0)).where(own).scalar_subquery()
    values = {"account": literal(account), "recorded": last + 1, "deleted": false()} | {
        name: literal(value, entries.c[name].type) for name, value in entry._asdict().items()
    }
    row = select(*values.values()).where(_size(account) < LIMIT)
    try:
        with database.begin_writing(account) as connection:
            connection.execute(insert(entries).from_select(list(values), row))
            if connection.execute(_had(account, entry.id)).first() is None:
                raise full()
    except IntegrityError:
        pass  # the account has had this id


def extend(database: Database, account: str, new: Sequence[Entry], *, keep: bool) -> list[Entry]:
    """Record entries in their order, all or none; return the history as it is then.

    Without `keep` nothing is recorded: the history is returned as it would be. Where the account
    has had the first already, this is a repeat, and nothing more is recorded.
    Raises Conflict where the history would pass its limit.
    """
    own = entries.c.account == account
    last = select(func.coalesce(func.max(entries.c.recorded), 0)).where(own)
    with database.begin_writing(account) as connection:
        if new and connection.execute(_had(account, new[0].id)).first():
            new = []
        if connection.execute(select(_size(account))).scalar_one() + len(new) > LIMIT:
            raise full()
        first = connection.execute(last).scalar_one() + 1
        rows = [
            entry._asdict() | {"account": account, "recorded": number, "deleted": False}
            for number, entry in enumerate(new, first)
        ]
        if rows:
            connection.execute(insert(entries), rows)
        history = [Entry(*row) for row in connection.execute(_in_order(account))]
        if not keep:
            connection.rollback()
    return history


def remove(database: Database, account: str, entry_id: str) -> bool:
    """Delete an entry, which `restore` can bring back; tell whether it was there."""
    removal = update(entries).where(_live(account), entries.c.id == entry_id).values(deleted=True)
    with database.begin() as connection:
        return connection.execute(removal).rowcount > 0


def restore(database: Database, account: str, entry_id: str) -> bool:
    """Bring a deleted entry back to its old place; tell whether the account has had it.

    Raises Conflict, and changes nothing, where the history has reached its limit.
    """
    entry = and_(entries.c.account == account, entries.c.id == entry_id)
    back = update(entries).where(entry, or_(~entries.c.deleted, _size(account) < LIMIT))
    with database.begin_writing(account) as connection:
        if connection.execute(back.values(deleted=False)).rowcount:
            return True
        if connection.execute(_had(account, entry_id)).first():
            raise full()
        return False


def clear(database: Database, account: str) -> None:
    """Delete all that is stored of the account, for good."""
    with database.begin() as connection:
        connection.execute(delete(entries).where(entries.c.account == account))
    database.forget()


def _in_order(account: str) -> Select[Any]:
    columns = (entries.c[name] for name in Entry._fields)
    order = (entries.c.date, entries.c.recorded, entries.c.id)
    return select(*columns).where(_live(account)).order_by(*order)


def _live(account: str) -> ColumnElement[bool]:
    return and_(entries.c.account == account, ~entries.c.deleted)


def _had(account: str, entry_id: str | None) -> Select[Any]:
    """Select the id of an entry of the account, deleted or not."""
    return select(entries.c.id).where(entries.c.account == account, entries.c.id == entry_id)


def _size(account: str) -> ScalarSelect[int]:
    return select(func.count()).where(_live(account)).scalar_subquery()


def full() -> Conflict:
    """Return the error of a history that would pass its limit."""
    return Conflict(f"The history has reached its limit of {LIMIT} entries.")
