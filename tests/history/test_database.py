"""A database that is out of reach, breaks, is read-only, is removed or replaced while serving."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from time import sleep

import pytest
from conftest import MakeApp
from flask import Flask
from flask.testing import FlaskClient
from helpers import amounts, cookie, own, problem, record
from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError
from survival import wait_until

from server.history import database
from server.history.database import NewerDatabaseError


def test_health_is_200_while_the_database_answers(make_app: MakeApp, database_url: str) -> None:
    client = make_app(DATABASE_URL=database_url).test_client()
    assert client.get("/api/health").status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://postgres@127.0.0.1:1/none",
        "sqlite:////dev/null/none.db",
    ],
)
def test_without_a_database_health_and_writes_are_503_and_the_page_is_there(
    make_app: MakeApp, url: str
) -> None:
    client = make_app(DATABASE_URL=url).test_client()
    assert client.get("/", buffered=True).status_code == 200
    problem(client.get("/api/health"), 503)
    problem(record(client), 503)
    problem(client.get("/api/balances", headers={"Authorization": "Bearer 0"}), 503)
    assert client.get("/", buffered=True).status_code == 200


def test_a_database_that_is_lost_while_it_serves_is_503(
    make_app: MakeApp, postgresql_server: str, postgresql: str
) -> None:
    client = make_app(DATABASE_URL=postgresql).test_client()
    record(client)
    engine = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        name = make_url(postgresql).database
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()
    for path in ("/api/balances", "/api/balances.csv", "/api/key", "/api/health"):
        problem(client.get(path), 503)
    problem(record(client), 503)


def test_a_database_that_breaks_is_503(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    record(client)
    app.extensions["exchange"].close()  # which keeps a connection for itself
    app.extensions["database"].close()
    for path in tmp_path.glob("test.db*"):
        path.write_bytes(b"garbage" * 10_000)
    problem(client.get("/api/health"), 503)
    problem(record(client), 503)


def test_a_read_only_database_refuses_writes_and_no_balance_is_logged(
    make_app: MakeApp, postgresql: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_app(DATABASE_URL=postgresql).test_client()
    record(client)
    url = f"{postgresql}&options=-c%20default_transaction_read_only%3Don"
    cookie = client.get_cookie("good_bank")
    assert cookie
    reader = make_app(DATABASE_URL=url).test_client()
    reader.set_cookie("good_bank", cookie.value)
    assert amounts(reader.get("/api/balances")) == ["1234.56"]
    problem(record(reader, "98765.43"), 503)
    assert "read-only" in caplog.text
    assert "98765" not in caplog.text


def test_a_database_that_comes_later_is_used(make_app: MakeApp, tmp_path: Path) -> None:
    folder = tmp_path / "later"
    client = make_app(DATABASE_URL=f"sqlite:///{folder}/good-bank.db").test_client()
    problem(client.get("/api/health"), 503)
    folder.mkdir()
    assert client.get("/api/health").status_code == 200
    assert len(own(record(client))) == 1


def test_a_new_file_is_waited_for_while_another_process_makes_it(
    make_app: MakeApp, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """SQLite would not wait: it says at once that the file is locked."""
    with closing(sqlite3.connect(tmp_path / "test.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as pool:
            making = pool.submit(make_app)
            sleep(0.3)
            other.execute("ROLLBACK")
            client = making.result().test_client()
    assert caplog.messages == []
    assert amounts(record(client)) == ["1234.56"]


@pytest.mark.parametrize("replaced", [False, True], ids=["removed", "replaced"])
def test_while_another_file_or_none_is_at_the_path_health_and_writes_are_503(
    replaced: bool, app: Flask, client: FlaskClient, tmp_path: Path
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
    assert amounts(client.get("/api/balances")) == ["1.00"]
    assert amounts(record(client, "2")) == ["1.00", "2.00"]


def test_a_database_of_a_newer_version_is_told_in_a_sentence(
    make_app: MakeApp, database_url: str
) -> None:
    make_app(DATABASE_URL=database_url)
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(NewerDatabaseError, match="newer version of Good Bank"):
        make_app(DATABASE_URL=database_url)


# PostgreSQL


@pytest.mark.parametrize("style", ["German", "SQL,MDY", "ISO"])
def test_dates_are_iso_whatever_the_servers_style(
    style: str, make_app: MakeApp, postgresql: str
) -> None:
    url = f"{postgresql}&options=-c%20datestyle%3D{style}"
    client = make_app(DATABASE_URL=url).test_client()
    assert own(record(client, "1", date="2026-01-02"))[0]["date"] == "2026-01-02"


def test_a_table_that_another_session_has_locked_is_503_in_time(
    make_app: MakeApp, postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_WAIT", 1)
    client = make_app(DATABASE_URL=postgresql).test_client()
    record(client)
    engine = create_engine(postgresql)
    with engine.connect() as connection:
        connection.execute(text("LOCK TABLE histories"))
        problem(client.get("/api/balances"), 503)
        problem(client.get("/api/health"), 503)
        problem(record(client), 503)
    engine.dispose()
    assert len(own(record(client))) == 2


# SQLite's log of what was deleted


def content(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("test.db*"))


def test_a_reader_does_not_hold_up_start_fresh_and_what_was_deleted_goes_after_it(
    app: Flask, client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "wal_checkpoint" in statement:
            tries.append(statement)

    event.listen(app.extensions["database"]._engine, "before_cursor_execute", note)
    monkeypatch.setattr(database, "TRUNCATE_AGAIN", 0.05)
    entry = own(record(client))[0]["id"].encode()
    with closing(sqlite3.connect(tmp_path / "test.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM entries").fetchall()
        assert own(client.delete("/api/balances")) == []
        assert len(own(record(client, "2"))) == 1
        wait_until(lambda: len(tries) > 2)
        assert entry in content(tmp_path)
    wait_until(lambda: entry not in content(tmp_path))


def test_a_disk_that_is_full_after_the_deletion_does_not_undo_it(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    """The log cannot be emptied into a file that may not grow."""
    entry = own(record(client))[0]["id"].encode()
    before = cookie(record(client))

    def fail(connection: object, cursor: object, statement: str, *_: object) -> None:
        if "wal_checkpoint" in statement:
            raise OperationalError(statement, None, sqlite3.OperationalError("disk is full"))

    engine = app.extensions["database"]._engine
    event.listen(engine, "before_cursor_execute", fail)
    fresh = client.delete("/api/balances")
    assert own(fresh) == []
    assert cookie(fresh) != before
    event.remove(engine, "before_cursor_execute", fail)
    wait_until(lambda: entry not in content(tmp_path))


def test_a_new_process_takes_the_file_that_is_there(
    make_app: MakeApp, app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    record(client)
    (tmp_path / "test.db").unlink()
    problem(client.get("/api/health"), 503)
    restarted = make_app().test_client()
    assert restarted.get("/api/health").status_code == 200
    assert len(own(record(restarted))) == 1
