"""Moving: the entries of one history become another's."""

from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Table, and_, delete, or_, select, update

from server.history.history import LIMIT, History, HistoryFullError
from server.history.tables import entries, histories, imports, keys


def take_over(target: History, source: History) -> None:
    """Move all that `source` has behind what `target` has, in one transaction.

    From then on the name of the source leads to the target, so that a browser whose answer was
    lost, or a tab that writes meanwhile, finds everything there. The key of the source opens
    nothing any more. Raises HistoryFullError, and moves nothing.
    """
    # In the same order whichever is the target, so that two moves never wait for each other.
    in_order = sorted((target, source), key=History.resolve)
    with target.database.write() as connection:
        for history in in_order:
            history.lock(connection)
        if target.account == source.account:
            return
        for table in (entries, imports):
            _rename_shared_ids(connection, table, target, source)
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


def _rename_shared_ids(
    connection: Connection, table: Table, target: History, source: History
) -> None:
    """Give what the source has under an id that the target uses too an id of its own."""
    used = select(table.c.id).where(table.c.account == target.account)
    shared = select(table.c.id).where(table.c.account == source.account, table.c.id.in_(used))
    for old in connection.execute(shared).scalars().all():
        new = str(uuid4())
        row = and_(table.c.account == source.account, table.c.id == old)
        connection.execute(update(table).where(row).values(id=new))
        if table is imports:
            added = and_(entries.c.account == source.account, entries.c.import_id == old)
            connection.execute(update(entries).where(added).values(import_id=new))


def _size_and_version(connection: Connection, history: History) -> tuple[int, int]:
    query = select(histories.c.size, histories.c.version)
    row = connection.execute(query.where(histories.c.account == history.account)).one()
    return row.size, row.version
