"""Moving: the entries of one history become another's."""

from uuid import uuid4

import sqlalchemy as sa

from server.history.database import MERGE
from server.history.history import History, moved_id
from server.history.tables import entries, histories, imports, keys


def take_over(target: History, source: History) -> None:
    """Move all that `source` has behind what `target` has, in one transaction.

    From then on the name of the source leads to the target, so that a browser whose answer was
    lost, or a tab that writes meanwhile, finds everything there. The key of the source opens
    nothing any more. Raises HistoryFullError, and moves nothing.
    """
    with target.database.write() as connection:
        # One after the other, since several that cross would wait for each other for ever.
        target.database.take_turns(connection, MERGE)
        target.lock(connection)
        versions = source.grow(connection, 0)
        if target.account == source.account:
            return
        _rename_entries(connection, target, source)
        _rename_imports(connection, target, source)
        size = sa.select(histories.c.size).where(_of(histories, source))
        version = target.grow(connection, connection.execute(size).scalar_one(), versions)
        recorded = {"recorded": entries.c.recorded + (version - versions)}
        for table, values in ((entries, recorded), (imports, {})):
            moved = sa.update(table).where(_of(table, source))
            connection.execute(moved.values(values | {"account": target.account}))
        connection.execute(sa.delete(keys).where(_of(keys, source)))
        led = sa.or_(_of(histories, source), histories.c.moved_to == source.account)
        connection.execute(sa.update(histories).where(led).values(moved_to=target.account, size=0))


def _rename_entries(connection: sa.Connection, target: History, source: History) -> None:
    """Give the source's entries whose id the target uses another one, which a repeat finds."""
    used = set(connection.execute(sa.select(entries.c.id).where(_of(entries, target))).scalars())
    theirs = sa.select(entries.c.id, entries.c.sent_date, entries.c.sent_cents)
    rows = connection.execute(theirs.where(_of(entries, source))).all()
    taken = used.union(row.id for row in rows)
    for row in rows:
        if row.id in used:
            new = moved_id(row.id, row.sent_date, row.sent_cents)
            _rename(connection, entries, source, row.id, str(uuid4()) if new in taken else new)


def _rename_imports(connection: sa.Connection, target: History, source: History) -> None:
    """Give imports of both with one id an id of their own each: neither is undone for the other."""
    ids = sa.select(imports.c.id).where(_of(imports, source))
    both = sa.select(imports.c.id).where(_of(imports, target), imports.c.id.in_(ids))
    for old in connection.execute(both).scalars().all():
        for history in (target, source):
            new = str(uuid4())
            _rename(connection, imports, history, old, new)
            added = sa.update(entries).where(_of(entries, history), entries.c.import_id == old)
            connection.execute(added.values(import_id=new))


def _rename(
    connection: sa.Connection, table: sa.Table, history: History, old: str, new: str
) -> None:
    this = sa.update(table).where(_of(table, history), table.c.id == old)
    connection.execute(this.values(id=new))


def _of(table: sa.Table, history: History) -> sa.ColumnElement[bool]:
    return table.c.account == history.account
