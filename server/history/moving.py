"""Moving: the entries of one history become another's."""

from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, or_, select, update

from server.history.database import MERGE
from server.history.history import LIMIT, History, HistoryFullError, moved_id
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
        for history in (target, source):
            history.lock(connection)
        if target.account == source.account:
            return
        _rename_entries(connection, target, source)
        _rename_imports(connection, target, source)
        added, added_versions = _size_and_version(connection, source)
        version, size = target.grow(connection, added, added_versions)
        if size > LIMIT:
            raise HistoryFullError
        moved: dict[Table, dict[str, Any]] = {
            entries: {"recorded": entries.c.recorded + (version - added_versions)},
            imports: {},
        }
        for table, values in moved.items():
            rows = update(table).where(table.c.account == source.account)
            connection.execute(rows.values(values | {"account": target.account}))
        connection.execute(delete(keys).where(keys.c.account == source.account))
        led = or_(histories.c.account == source.account, histories.c.moved_to == source.account)
        connection.execute(update(histories).where(led).values(moved_to=target.account, size=0))


def _rename_entries(connection: Connection, target: History, source: History) -> None:
    """Give the source's entries whose id the target uses another one, which a repeat finds."""
    used = set(connection.execute(select(entries.c.id).where(_of(entries, target))).scalars())
    theirs = connection.execute(
        select(entries.c.id, entries.c.sent_date, entries.c.sent_cents).where(
            _of(entries, source), entries.c.id.in_(select(entries.c.id).where(_of(entries, target)))
        )
    ).all()
    for row in theirs:
        new = moved_id(row.id, row.sent_date, row.sent_cents)
        _rename(connection, entries, source, row.id, new if new not in used else str(uuid4()))


def _rename_imports(connection: Connection, target: History, source: History) -> None:
    """Give imports of both with one id an id of their own each: neither is undone for the other."""
    ids = select(imports.c.id).where(_of(imports, source))
    both = select(imports.c.id).where(_of(imports, target), imports.c.id.in_(ids))
    for old in connection.execute(both).scalars().all():
        for history in (target, source):
            new = str(uuid4())
            _rename(connection, imports, history, old, new)
            added = and_(_of(entries, history), entries.c.import_id == old)
            connection.execute(update(entries).where(added).values(import_id=new))


def _rename(connection: Connection, table: Table, history: History, old: str, new: str) -> None:
    row = and_(_of(table, history), table.c.id == old)
    connection.execute(update(table).where(row).values(id=new))


def _of(table: Table, history: History) -> ColumnElement[bool]:
    return table.c.account == history.account


def _size_and_version(connection: Connection, history: History) -> tuple[int, int]:
    query = select(histories.c.size, histories.c.version)
    row = connection.execute(query.where(histories.c.account == history.account)).one()
    return row.size, row.version
