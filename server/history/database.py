"""The database, SQLite or PostgreSQL: how it is reached, read and written to."""

import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from server.history.tables import histories

SQLITE: dict[str, Any] = {
    "connect_args": {"isolation_level": None},  # the driver begins no transaction by itself
    "max_overflow": -1,  # no limit: each thread keeps one
    "paramstyle": "named",
}
POSTGRESQL: dict[str, Any] = {
    # How long a host may be silent until it is given up, and the next one is tried.
    "connect_args": {
        "client_encoding": "utf8",  # of a database without an encoding texts would come as bytes
        "connect_timeout": 5,  # seconds
        "tcp_user_timeout": 10_000,  # ms until what was sent must have arrived
        "keepalives_idle": 5,  # seconds of waiting for an answer until the host is asked for a sign
        "keepalives_interval": 2,  # seconds between two such questions
        "keepalives_count": 3,  # of them without a sign
    },
    "pool_pre_ping": True,  # a connection may have died since
}
LOCK_WAIT = 5  # seconds to wait for what another writer has locked
STATEMENT_WAIT = 8  # seconds for a statement on PostgreSQL; a request may take 10
TRUNCATE_AGAIN = 1.0  # seconds until the log of what was deleted is tried again
MIGRATIONS = Path(__file__).with_name("migrations")
# Numbers of PostgreSQL's advisory locks, one for each thing that one process at a time may do.
UPGRADE = 20261125
MERGE = 20261129

_log = logging.getLogger(__name__)


class NewerDatabaseError(Exception):
    """A newer version has upgraded the database, so this one does not know its tables."""


class Database:
    """An engine, and the tables as this version needs them as soon as it can be reached.

    What reads or writes raises DBAPIError where the database does not answer.
    """

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(
            url,
            hide_parameters=True,  # no balance in a log
            **(SQLITE if sa.make_url(url).get_backend_name() == "sqlite" else POSTGRESQL),
        )
        self.dialect = self._engine.dialect.name
        self._path = self._engine.url.database or ""
        self._opened: tuple[int, int] | None = None  # the file that SQLite has opened there
        if self.dialect == "sqlite":
            sa.event.listen(self._engine, "do_connect", self._check_file)
            sa.event.listen(self._engine, "connect", self._set_up_sqlite)
            sa.event.listen(self._engine, "handle_error", _drop_read_only)
        else:
            sa.event.listen(self._engine, "connect", _set_up_postgresql)
        self._sql: dict[sa.Select[Any], str] = {}
        self._kept = threading.local()  # `connection`: see read_row
        self._upgraded = False
        self._upgrading = threading.Lock()
        self._truncating: threading.Timer | None = None
        try:
            self._upgrade()
        except DBAPIError as error:
            _log.warning("The database cannot be reached yet: %s", error.orig)
        except NewerDatabaseError:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Yield a connection to read from. Each statement sees what is committed when it begins."""
        self._upgrade()
        with self._engine.connect() as connection:
            yield connection

    def read_row(self, query: sa.Select[Any], **values: str) -> Any:
        """Return the first row of a query as the driver has it, or None.

        For what every visit reads: SQLAlchemy's own result takes three times as long. With SQLite
        each thread keeps a connection for it, since the pool's locks cost as much as the query;
        PostgreSQL's connections need the pool's care.
        """
        self._upgrade()
        if query not in self._sql:
            self._sql[query] = str(query.compile(self._engine))
        kept = self._kept.__dict__  # this thread's
        connection = kept.pop("connection", None)
        try:
            connection = connection or self._engine.raw_connection()
            with closing(connection.cursor()) as cursor:
                cursor.execute(self._sql[query], values)
                row = cursor.fetchone()
        except self._engine.dialect.loaded_dbapi.Error as error:
            if connection:
                connection.close()
            raise DBAPIError(None, None, error) from error
        if self.dialect == "sqlite":
            kept["connection"] = connection
        else:
            connection.close()
        return row

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Yield a connection in a transaction, committed at the end or rolled back whole."""
        self._upgrade()
        with self._begin() as connection:
            yield connection

    def take_turns(self, connection: sa.Connection, what: int) -> None:
        """Wait until no other transaction does `what`, UPGRADE or MERGE, until this one ends."""
        if self.dialect == "postgresql":  # SQLite has let in one writer only
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({what})")

    def truncate_log(self) -> None:
        """Have SQLite empty its write-ahead log, which still holds what was deleted.

        Without waiting for who reads it: then it is tried again until it is done.
        """
        if self.dialect != "sqlite":
            return
        busy = True
        with suppress(DBAPIError, sqlite3.Error):
            self._check_file()
            with closing(sqlite3.connect(self._path, timeout=0)) as connection:
                busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy and not self._truncating:
            self._truncating = threading.Timer(TRUNCATE_AGAIN, self._truncate_again)
            self._truncating.daemon = True
            self._truncating.start()

    def _truncate_again(self) -> None:
        self._truncating = None
        self.truncate_log()

    def ping(self) -> None:
        """Read from a table."""
        self._check_file()
        with self.read() as connection:
            connection.execute(sa.select(histories).limit(1))

    def close(self) -> None:
        """Close the connections; another thread's goes with the thread."""
        if connection := self._kept.__dict__.pop("connection", None):
            connection.close()
        if self._truncating:
            self._truncating.cancel()
        self._engine.dispose()

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        self._check_file()
        with self._engine.begin() as connection:
            if self.dialect == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    def _upgrade(self) -> None:
        """Bring the tables up to this version, once. Where that fails they stay as they were."""
        if self._upgraded:
            return
        with self._upgrading, self._begin() as connection:
            self.take_turns(connection, UPGRADE)
            if self.dialect == "postgresql":  # however long a large table takes
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:  # it does not know the version that is there
                raise NewerDatabaseError(
                    f"The database belongs to a newer version of Good Bank: {error}."
                ) from None
        self._upgraded = True

    def _check_file(self, *_: Any) -> None:
        """Raise DBAPIError where SQLite would go on with a file that was removed or replaced."""
        if self._opened and self._opened != _file_at(self._path):
            reason = f"{self._path} was removed or replaced: restart the server."
            raise DBAPIError(None, None, sqlite3.OperationalError(reason))

    def _set_up_sqlite(self, connection: Any, _record: Any) -> None:
        """Ask SQLite for what a server database does anyway."""
        connection.execute(f"PRAGMA busy_timeout = {LOCK_WAIT * 1000}")
        # Readers and a writer do not block each other. SQLite does not wait for this change of a
        # new file; where another process is making it, that one makes the change.
        with suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # what is acknowledged survives a power cut
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
        self._opened = self._opened or _file_at(self._path)


def _file_at(path: str) -> tuple[int, int] | None:
    """Return what tells a file from every other, or None where there is none."""
    with suppress(OSError):
        found = os.stat(path)
        return found.st_dev, found.st_ino
    return None


def _set_up_postgresql(connection: Any, _record: Any) -> None:
    """Give up what another session's lock, or too much work, would make wait for ever."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{LOCK_WAIT}s'")
        cursor.execute(f"SET statement_timeout = '{STATEMENT_WAIT}s'")
    connection.commit()


def _drop_read_only(context: sa.ExceptionContext) -> None:
    """Give up a connection that cannot write: opened anew it can, once the file may be written to.

    SQLite decides that when it opens the file, and again where another file takes its place.
    """
    code = getattr(context.original_exception, "sqlite_errorcode", sqlite3.SQLITE_OK)
    if code & 0xFF == sqlite3.SQLITE_READONLY:  # the higher bits tell why
        context.is_disconnect = True
