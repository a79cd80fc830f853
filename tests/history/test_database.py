"""A database that is out of reach, breaks, is read-only, is removed or replaced while serving."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from unittest.mock import ANY, Mock

import pytest
from conftest import MakeApp
from flask import Flask
from flask.testing import FlaskClient
from helpers import amounts, cookie, own, problem, record, tab_with
from sqlalchemy import Engine, create_engine, make_url, text
from survival import wait_until

from server.history import database


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://postgres@127.0.0.1:1/none", "sqlite:////dev/null/none.db"]
)
def test_without_a_database_the_page_is_there_and_the_rest_503(make_app: MakeApp, url: str) -> None:
    client = make_app(DATABASE_URL=url).test_client()
    problem(client.get("/api/health"), 503)
    problem(record(client), 503)
    refused = client.get("/api/balances", headers={"Authorization": "Bearer 0"})
    problem(refused, 503)
    assert int(refused.headers["Retry-After"]) > 0
    assert client.get("/", buffered=True).status_code == 200


def test_read_only_database_refuses_writes_and_no_balance_is_logged(
    make_app: MakeApp, postgresql: str, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = cookie(record(make_app(DATABASE_URL=postgresql).test_client()))
    url = f"{postgresql}&options=-c%20default_transaction_read_only%3Don"
    reader = tab_with(make_app(DATABASE_URL=url), visitor)
    assert amounts(reader) == ["1234.56"]
    problem(record(reader, "98765.43"), 503)
    assert "98765" not in caplog.text


def test_new_file_is_waited_for_while_another_process_makes_it(
    make_app: MakeApp, empty_sqlite: str, caplog: pytest.LogCaptureFixture
) -> None:
    """SQLite would not wait: it says at once that the file is locked."""
    path = str(make_url(empty_sqlite).database)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as pool:
            making = pool.submit(make_app, DATABASE_URL=empty_sqlite)
            with pytest.raises(TimeoutError):
                making.result(0.3)
            other.execute("ROLLBACK")
            client = making.result().test_client()
    assert caplog.messages == []
    assert amounts(record(client)) == ["1234.56"]


@pytest.mark.parametrize("replaced", [False, True], ids=["removed", "replaced"])
def test_while_another_file_or_none_is_at_the_path_health_and_writes_are_503(
    replaced: bool, client: FlaskClient, tmp_path: Path
) -> None:
    """SQLite itself would go on with the file it has open, and all would be lost at the stop."""
    path, away = tmp_path / "test.db", tmp_path / "away.db"
    entry = own(record(client, "1"))[0]["id"]
    path.rename(away)
    if replaced:
        shutil.copy(away, path)
    for answer in (
        client.get("/api/health"),
        record(client, "2"),
        client.patch(f"/api/balances/{entry}", json={"balance": "2"}),
        client.delete(f"/api/balances/{entry}"),
        client.delete("/api/balances"),
        client.post("/api/key"),
    ):
        assert "database" in problem(answer, 503)["detail"]
    away.rename(path)
    assert client.get("/api/health").status_code == 200
    assert amounts(client) == ["1.00"]
    assert amounts(record(client, "2")) == ["1.00", "2.00"]


@pytest.mark.parametrize(
    ("database_url", "lock", "read"),
    [("sqlite", "BEGIN EXCLUSIVE", 200), ("postgresql", "LOCK TABLE histories", 503)],
    indirect=["database_url"],
)
def test_write_is_503_in_time_while_another_program_has_locked_the_database(
    make_app: MakeApp, database_url: str, lock: str, read: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers of SQLite need no lock."""
    monkeypatch.setattr(database, "LOCK_WAIT", 0.5)
    client = make_app().test_client()
    record(client)
    engine = create_engine(database_url)
    with engine.connect() as connection:
        connection.execute(text(lock))
        problem(record(client), 503)
        for path in ("/api/balances", "/api/health"):
            assert client.get(path).status_code == read
    engine.dispose()
    assert len(own(record(client))) == 2


# PostgreSQL


def test_database_without_an_encoding_serves(make_app: MakeApp, postgresql_server: Engine) -> None:
    """As a server makes it that was set up without a locale."""
    with postgresql_server.connect() as connection:
        without = "TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'"
        connection.execute(text(f"CREATE DATABASE plain {without}"))
    url = postgresql_server.url.set(database="plain").render_as_string(hide_password=False)
    assert amounts(record(make_app(DATABASE_URL=url).test_client(), "5")) == ["5.00"]


# SQLite's log of what was deleted


def is_stored(folder: Path, entry: str) -> bool:
    """Tell whether an entry's id can still be found in the database's files."""
    files = [path.read_bytes() for path in folder.glob("test.db*")]
    return any(entry.encode() in content for content in files)


def test_start_fresh_leaves_no_trace_and_waits_for_no_reader(
    app: Flask, client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = own(record(client))[0]["id"]
    for name in ("exchange", "cleanup"):  # readers too
        app.extensions[name].close()
    client.delete(f"/api/balances/{entry}")
    assert is_stored(tmp_path, entry)
    client.delete("/api/balances")
    assert not is_stored(tmp_path, entry)  # at once
    monkeypatch.setattr(database, "TRUNCATE_AGAIN", 0.02)
    entry = own(record(client))[0]["id"]
    with closing(sqlite3.connect(tmp_path / "test.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM entries").fetchall()
        assert own(client.delete("/api/balances")) == []
        assert len(own(record(client, "2"))) == 1
        assert is_stored(tmp_path, entry)
    wait_until(lambda: not is_stored(tmp_path, entry))


def test_log_that_cannot_be_emptied_undoes_no_fresh_start(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a full disk: 503 would say that nothing was done."""
    record(client)
    full = Mock(side_effect=sqlite3.OperationalError("disk is full"))
    monkeypatch.setattr(sqlite3, "connect", full)
    assert own(client.delete("/api/balances")) == []
    full.assert_called_with(ANY, timeout=0)
