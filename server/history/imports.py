"""Imports: many entries join a history, all or none, and can be taken out again."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from server.history.history import (
    LIMIT,
    History,
    HistoryFullError,
    KeyReusedError,
    NoSuchEntryError,
    Stored,
)
from server.history.tables import IN_ORDER, LIVE, Entry, entries, histories, imports


class Statement(NamedTuple):
    """What a file has to add, and what to do where the history has something already."""

    new: Sequence[Entry]  # in the order in which they are to be recorded
    rows_of: Mapping[str, Sequence[int]]  # by day, all balances that the file has of it, in cents
    every_row: bool  # else the last of each day
    add_duplicates: bool
    keep_conflicts: bool


class Conflict(NamedTuple):
    """A day that the history ends with another balance than the file; both in cents."""

    date: str
    there: int
    file: int
    expected: bool  # the file has the balance that is there too, earlier on that day


class Outcome(NamedTuple):
    """What an import has done, or would do."""

    added: int
    duplicates: int  # left out, since they are there
    entries: Sequence[Entry] = ()  # those that were added just now
    conflicts: Sequence[Conflict] = ()


def join(statement: Statement, there: Sequence[tuple[str, int]]) -> Outcome:
    """Return what becomes of a statement in a history with these days and cents, in order."""
    ends = dict(there)  # the last of each day
    known = set(there if statement.every_row else ends.items())
    if statement.add_duplicates:
        known.clear()
    new = [entry for entry in statement.new if (entry.date, entry.cents) not in known]
    duplicates = len(statement.new) - len(new)
    file_ends = {entry.date: entry.cents for entry in statement.new}
    conflicts = []
    for day, cents in {entry.date: entry.cents for entry in new}.items():
        if ends.get(day, cents) != cents:
            expected = ends[day] in statement.rows_of.get(day, ()) and cents == file_ends[day]
            conflicts.append(Conflict(day, ends[day], cents, expected))
    if statement.keep_conflicts:
        kept = {conflict.date for conflict in conflicts}
        new = [entry for entry in new if entry.date not in kept]
    return Outcome(len(new), duplicates, new, sorted(conflicts))


def preview(history: History, statement: Statement) -> tuple[Stored, Outcome]:
    """Return what `record` would leave and what it would have done; raise what it would."""
    stored = history.read()
    outcome = join(statement, [(entry.date, entry.cents) for entry in stored.entries])
    if len(stored.entries) + outcome.added > LIMIT:
        raise HistoryFullError
    # Sorting is stable, so among the entries of one day the new ones come last.
    merged = sorted([*stored.entries, *outcome.entries], key=lambda entry: entry.date)
    samples = stored.samples and not outcome.added
    return Stored(stored.version, samples, merged), outcome


def record(
    history: History, key: str, digest: str, kind: str, today: date, statement: Statement
) -> tuple[str, Outcome]:
    """Record a statement; return the import's id, and what was done.

    Where it was carried out before under this `key`, nothing is. `digest` names the file and the
    options. What is added takes the place of the samples. Raises KeyReusedError where all that
    came under this key had another digest; HistoryFullError, and records nothing, where not all
    fit.
    """
    with history.database.write() as connection:
        history.lock(connection)
        mine = sa.and_(imports.c.account == history.account, imports.c.key == key)
        before = connection.execute(sa.select(imports).where(mine)).all()
        for one in before:
            if one.digest == digest:
                return one.id, Outcome(one.added, one.duplicates)
        if before:
            raise KeyReusedError("This Idempotency-Key was used for another file or other options.")
        query = sa.select(entries.c.date, entries.c.cents).order_by(*IN_ORDER)
        there = connection.execute(query.where(entries.c.account == history.account, LIVE))
        outcome = join(statement, [(row.date.isoformat(), row.cents) for row in there])
        version = history.grow(connection, outcome.added, outcome.added)
        history.insert(connection, outcome.entries, version - outcome.added + 1, key)
        showing = sa.and_(histories.c.account == history.account, histories.c.samples)
        hide = sa.update(histories).where(showing).values(samples=False)
        values = {
            "account": history.account,
            "id": key,
            "key": key,
            "digest": digest,
            "added": outcome.added,
            "duplicates": outcome.duplicates,
            "kind": kind,
            "made": today,
            "hid_samples": bool(outcome.added and connection.execute(hide).rowcount),
        }
        connection.execute(sa.insert(imports), values)
    return key, outcome


def listed(history: History) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """Return the imports that can be taken back, the newest first, each with its days."""
    left = sa.func.sum(sa.case((sa.and_(LIVE, _UNCHANGED), 1), else_=0))
    first, last = sa.func.min(entries.c.sent_date), sa.func.max(entries.c.sent_date)
    added = sa.and_(entries.c.account == imports.c.account, entries.c.import_id == imports.c.id)
    told = (imports.c.id, imports.c.made, imports.c.kind, imports.c.added)
    query = sa.select(*told, first.label("first"), last.label("last")).join(entries, added)
    query = query.where(imports.c.account == history.resolve()).group_by(*told)
    with history.database.read() as connection:
        newest = sa.func.max(entries.c.recorded).desc()
        return connection.execute(query.having(left > 0).order_by(newest)).all()


def undo(history: History, import_id: str) -> None:
    """Take out for good what an import added and nobody changed since; show what it hid.

    Raises NoSuchEntryError where there was no such import.
    """
    with history.database.write() as connection:
        history.lock(connection)
        this = sa.and_(imports.c.account == history.account, imports.c.id == import_id)
        found = connection.execute(sa.select(imports.c.hid_samples).where(this)).first()
        if found is None:
            raise NoSuchEntryError("import")
        added = sa.and_(entries.c.account == history.account, entries.c.import_id == import_id)
        later = _later_import(connection, history, added)
        gone = connection.execute(sa.delete(entries).where(added, _UNCHANGED, LIVE)).rowcount
        connection.execute(sa.delete(entries).where(added, _UNCHANGED))  # the deleted ones too
        history.grow(connection, -gone)
        if found.hid_samples:
            connection.execute(sa.update(imports).where(this).values(hid_samples=False))
            if later:  # it goes on hiding them
                that = sa.and_(imports.c.account == history.account, imports.c.id == later)
                connection.execute(sa.update(imports).where(that).values(hid_samples=True))
            else:
                history.put_samples(connection, True)


def _later_import(
    connection: sa.Connection, history: History, added: sa.ColumnElement[bool]
) -> str | None:
    """Return the id of an import that came after the one which added this, and has entries."""
    last = sa.select(sa.func.max(entries.c.recorded)).where(added).scalar_subquery()
    later = sa.and_(entries.c.account == history.account, entries.c.recorded > last, LIVE)
    query = sa.select(entries.c.import_id).where(later, entries.c.import_id.is_not(None))
    return connection.execute(query.limit(1)).scalar()


_UNCHANGED: sa.ColumnElement[bool] = sa.and_(
    entries.c.date == entries.c.sent_date, entries.c.cents == entries.c.sent_cents
)
