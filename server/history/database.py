"""The database, SQLite or PostgreSQL: how it is reached, read and written to."""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import (
    Connection,
    ExceptionContext,
    Select,
    create_engine,
    event,
    make_url,
    select,
)
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
UPGRADE = 20261125  # what is done by one process at a time: numbers of PostgreSQL's advisory locks
MERGE = 20261129

_log = logging.getLogger(__name__)


class FileReplacedError(Exception):
    """The SQLite file at the path is not the one that this process has opened."""


class NewerDatabaseError(Exception):
    """A newer version has upgraded the database, so this one does not know its tables."""

    def __init__(self, reason: object) -> None:
        super().__init__(f"The database belongs to a newer version of Good Bank: {reason}.")


class Database:
    """An engine, and the tables as this version needs them as soon as it can be reached."""

    def __init__(self, url: str) -> None:
        self.dialect = make_url(url).get_backend_name()
        self._engine = create_engine(
            url,
            hide_parameters=True,  # no balance in a log
            **(SQLITE if self.dialect == "sqlite" else POSTGRESQL),
        )
        self._file = _SqliteFile(self._engine.url.database or "")
        if self.dialect == "sqlite":
            event.listen(self._engine, "do_connect", self._file.check)
            event.listen(self._engine, "connect", _set_up_sqlite)
            event.listen(self._engine, "connect", self._file.remember)
            event.listen(self._engine, "handle_error", _drop_read_only)
        else:
            event.listen(self._engine, "connect", _set_up_postgresql)
        self._sql: dict[Select[Any], str] = {}
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
    def read(self) -> Iterator[Connection]:
        """Yield a connection to read from. Each statement sees what is committed when it begins.

        Raises DBAPIError where the database does not answer.
        """
        self._upgrade()
        with self._engine.connect() as connection:
            yield connection

    def read_row(self, query: Select[Any], **values: str) -> Any:
        """Return the first row of a query as the driver has it, or None; raise as `read` does.

        For the one query of every visit: SQLAlchemy's own result takes three times as long. And
        with SQLite each thread keeps a connection for it, since the pool's locks cost as much as
        the query; PostgreSQL's need the pool's care.
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
    def write(self) -> Iterator[Connection]:
        """Yield a connection in a transaction, committed at the end or rolled back whole.

        Raises DBAPIError as `read` does, FileReplacedError where a write would go nowhere.
        """
        self._upgrade()
        with self._begin() as connection:
            yield connection

    def take_turns(self, connection: Connection, what: int) -> None:
        """Wait until no other transaction does `what`, UPGRADE or MERGE, until this one ends."""
        if self.dialect == "postgresql":  # SQLite has let in one writer only
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({what})")

    def truncate_log(self) -> None:
        """Have SQLite empty its write-ahead log, which still holds what was deleted.

        Without waiting for who reads it: then it is tried again until it is done.
        """
        if self.dialect != "sqlite":
            return
        try:
            with self._engine.connect() as connection, _without_waiting(connection):
                busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        except (DBAPIError, FileReplacedError) as error:  # such as a full disk
            _log.warning("What was deleted is still in the log: %s", error)
            busy = True
        if busy and not self._truncating:
            self._truncating = threading.Timer(TRUNCATE_AGAIN, self._truncate_again)
            self._truncating.daemon = True
            self._truncating.start()

    def _truncate_again(self) -> None:
        self._truncating = None
        self.truncate_log()

    def ping(self) -> None:
        """Read from a table; raise what `read` and `write` do."""
        self._file.check()
        with self.read() as connection:
            connection.execute(select(histories).limit(1))

    def close(self) -> None:
        """Close the connections; another thread's goes with the thread."""
        if connection := self._kept.__dict__.pop("connection", None):
            connection.close()
        if self._truncating:
            self._truncating.cancel()
        self._engine.dispose()

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        self._file.check()
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
                raise NewerDatabaseError(error) from None
        self._upgraded = True


class _SqliteFile:
    """Which file was opened at the path: SQLite goes on with one that was removed or replaced."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._opened: tuple[int, int] | None = None

    def remember(self, *_: Any) -> None:
        """Note the file behind the first connection."""
        self._opened = self._opened or self._at_path()

    def check(self, *_: Any) -> None:
        """Raise FileReplacedError where another file, or none, is at the path by now."""
        if self._opened and self._at_path() != self._opened:
            raise FileReplacedError(f"{self._path} was removed or replaced: restart the server.")

    def _at_path(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)
        except OSError:  # gone
            return None
        return found.st_dev, found.st_ino


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    """Ask SQLite for what a server database does anyway."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {LOCK_WAIT * 1000}")
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")  # what is acknowledged survives a power cut
    cursor.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
    cursor.close()


@contextmanager
def _without_waiting(connection: Connection) -> Iterator[None]:
    """Have SQLite give up at once where another holds a lock."""
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {LOCK_WAIT * 1000}")


def _set_up_postgresql(connection: Any, _record: Any) -> None:
    """Give up what another session's lock, or too much work, would make wait for ever."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{LOCK_WAIT}s'")
        cursor.execute(f"SET statement_timeout = '{STATEMENT_WAIT}s'")
    connection.commit()


def _use_wal(cursor: Any) -> None:
    """Have readers and a writer not block each other, by a write-ahead log.

    For this change of a new file SQLite does not wait until no other process has a lock.
    """
    end = time.monotonic() + LOCK_WAIT
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
        time.sleep(0.02)


def _drop_read_only(context: ExceptionContext) -> None:
    """Give up a connection that cannot write: opened anew it can, once the file may be written to.

    SQLite decides that when it opens the file, and again where another file takes its place.
    """
    code = getattr(context.original_exception, "sqlite_errorcode", sqlite3.SQLITE_OK)
    if code & 0xFF == sqlite3.SQLITE_READONLY:  # the higher bits tell why
        context.is_disconnect = True
