"""The database: a row for each entry and one for each history, on SQLite or PostgreSQL."""

import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    ExceptionContext,
    Index,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    create_engine,
    event,
    make_url,
    select,
)
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.schema import CreateIndex, CreateTable

# For PostgreSQL: how long a host may be silent until it is given up, and the next one is tried.
PATIENCE = {
    "connect_timeout": 5,  # seconds
    "tcp_user_timeout": 10_000,  # ms until what was sent must have arrived
    "keepalives_idle": 5,  # seconds of waiting for an answer until the host is asked for a sign
    "keepalives_interval": 2,  # seconds between two such questions
    "keepalives_count": 3,  # of them without a sign
}

Rows = Sequence[tuple[Any, ...]]

_log = logging.getLogger(__name__)

metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(column_0_N_label)s"})

# The primary key leads with the account, so that a distributed database can shard on it.
entries = Table(
    "entries",
    metadata,
    Column("account", String(36), primary_key=True),  # whose history: a UUID
    Column("id", String(36), primary_key=True),  # a UUID, the Idempotency-Key where one came
    Column("date", Date, nullable=False),
    Column("recorded", BigInteger, nullable=False),  # the version of the history with it
    Column("cents", BigInteger, nullable=False),
    Column("deleted", Boolean, nullable=False),  # kept for undo, and so that its key stays used
    Column("btc_then", String(40)),  # the value when recorded, null where no rate was known
)
# All that is read of a history, in order, so that the table itself need not be.
in_order = Index(
    "ix_entries_in_order",
    *(entries.c[name] for name in ("account", "date", "recorded", "id", "cents", "btc_then")),
    entries.c.deleted,
)

# Who changes a history changes its row here first, which has the others wait.
histories = Table(
    "histories",
    metadata,
    Column("account", String(36), primary_key=True),
    Column("version", BigInteger, nullable=False),  # grows with each change
    Column("size", Integer, nullable=False),  # entries that are not deleted
)


class Database:
    """An engine, and the tables made in it as soon as it can be reached."""

    def __init__(self, url: str) -> None:
        dialect = make_url(url).get_backend_name()
        options = PATIENCE if dialect == "postgresql" else {}
        self._engine = create_engine(
            url,
            connect_args=options,
            pool_pre_ping=dialect != "sqlite",  # a connection may have died since
            hide_parameters=True,  # no balance in a log
        )
        if dialect == "sqlite":
            event.listen(self._engine, "connect", _set_up_sqlite)
            event.listen(self._engine, "handle_error", _drop_read_only)
        self._compiled: dict[Select[Any], Any] = {}
        self._ready = False
        try:
            self._create_tables()
        except DBAPIError as error:
            _log.warning("The database cannot be reached yet: %s", error.orig)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Yield a connection in a transaction, committed at the end or rolled back whole.

        Raises DBAPIError where the database does not answer.
        """
        if not self._ready:
            self._create_tables()
        with self._engine.begin() as connection:
            yield connection

    def read(self, queries: Sequence[Select[Any]], **values: str) -> list[Rows]:
        """Return the rows of each query as the driver has them; each sees what is committed then.

        SQLAlchemy's own rows cost twice the work. So these are for text and whole numbers, which
        are the same with every driver. Raises DBAPIError as `begin` does.
        """
        if not self._ready:
            self._create_tables()
        try:
            connection = self._engine.raw_connection()
            try:
                cursor = connection.cursor()
                return [self._rows(cursor, query, values) for query in queries]
            finally:
                connection.close()
        except self._engine.dialect.loaded_dbapi.Error as error:
            raise DBAPIError(None, None, error) from error

    def _rows(self, cursor: DBAPICursor, query: Select[Any], values: Mapping[str, str]) -> Rows:
        if query not in self._compiled:
            self._compiled[query] = query.compile(self._engine)
        sql = self._compiled[query]
        names = sql.positiontup  # where the driver wants a list
        cursor.execute(str(sql), values if names is None else [values[name] for name in names])
        return cursor.fetchall()

    def forget(self) -> None:
        """Have SQLite write its log to the file and empty it: it still holds what was deleted."""
        if self._engine.dialect.name == "sqlite":
            with self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def ping(self) -> None:
        """Read from each table; raise DBAPIError where that fails."""
        with self.begin() as connection:
            for table in (entries, histories):
                connection.execute(select(table).limit(1))

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _create_tables(self) -> None:
        try:
            with self._engine.begin() as connection:
                for table in (entries, histories):
                    connection.execute(CreateTable(table, if_not_exists=True))
                connection.execute(CreateIndex(in_order, if_not_exists=True))
        except IntegrityError:  # PostgreSQL: another process made them at the same moment
            pass
        self._ready = True


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    """Ask SQLite for what a server database does anyway."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 10000")  # ms to wait for another writer
    cursor.execute("PRAGMA journal_mode = WAL")  # readers and a writer do not block each other
    cursor.execute("PRAGMA synchronous = FULL")  # what is acknowledged survives a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
    cursor.close()


def _drop_read_only(context: ExceptionContext) -> None:
    """Give up a connection that cannot write: opened anew it can, once the file may be written to.

    SQLite decides that when it opens the file, and again where another file takes its place.
    """
    code = getattr(context.original_exception, "sqlite_errorcode", sqlite3.SQLITE_OK)
    if code & 0xFF == sqlite3.SQLITE_READONLY:  # the higher bits tell why
        context.is_disconnect = True
