"""A database that an earlier version left is upgraded by the next start, with nothing lost."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from conftest import ROOT, MakeApp
from flask import Flask
from flask.testing import FlaskClient
from helpers import Json, body, make_key, own, problem, record, signed, tab_with
from sqlalchemy import Engine, MetaData, create_engine

from server.history import database
from server.history.tables import metadata

# What a version without migrations left, and its two visitors; the first one's cookie is its own.
BEFORE = (ROOT / "tests" / "data" / "before-migrations.sql").read_text()
FIRST = (
    "good_bank=eyJhY2NvdW50IjoiMjJiOWI5NmEtZDU2Yi00ZjU5LThlODAtNzQzYjFkYzRhZjY5IiwiX3Blcm1hbmVudCI6"
    "dHJ1ZX0.awa7Rw.Aj7RNDpL2EMOk9_DLZqaPw4Njmw"
)
SECOND = {"account": "d854cb47-f71f-4848-83e3-c2bdf0dd0aa9", "fresh": True}
KEY = "11111111-2222-4333-8444-555555555555"  # of an entry of the second
DELETED = "1233e559-835d-46f1-a42e-f3fbad1eb2c9"  # another one of theirs

both_empty = pytest.mark.parametrize(
    "database_url", ["empty_sqlite", "empty_postgresql"], indirect=True
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def earlier(engine: Engine) -> None:
    """Have the database be as the earlier version left it."""
    with engine.begin() as connection:
        for statement in BEFORE.split(";\n"):
            connection.exec_driver_sql(statement)


@pytest.fixture
def app(make_app: MakeApp, earlier: None) -> Flask:
    app = make_app()
    app.extensions["exchange"].ask()
    return app


def kept(client: FlaskClient) -> list[tuple[str, str, str | None, str | None]]:
    """Return what is shown of each entry of a visitor."""
    entries = own(client)
    return [(e["date"], e["balance"], e["btc_then"], e["rate_then"]) for e in entries]


def content(engine: Engine) -> Json:
    """Return all tables with their columns, indexes and rows."""
    found = MetaData()
    found.reflect(engine)
    with engine.connect() as connection:
        return {
            name: (
                [str(column.type) for column in table.columns],
                sorted(f"{i.name}: {i.columns.keys()}" for i in table.indexes),
                sorted(map(str, connection.execute(table.select()).all())),
            )
            for name, table in found.tables.items()
        }


def difference(engine: Engine) -> object:
    """Return how a database differs from the tables that this version needs."""
    with engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection), metadata)


@both_empty
def test_every_earlier_visitor_finds_their_history_and_every_call_works(app: Flask) -> None:
    """An entry that was recorded before rates were kept has its value of then alone."""
    first, second = tab_with(app, FIRST), tab_with(app, signed(app, SECOND))
    assert kept(first) == [
        ("2026-03-01", "100.00", None, None),
        ("2026-11-25", "250.50", "0.00025050", None),
    ]
    assert len(body(first.get("/api/balances"))["balances"]) == 2 + 12  # samples
    before = [
        ("2025-12-31", "7.00", None, None),
        ("2025-12-31", "8.00", None, None),
        ("2026-01-31", "-20.50", None, None),
        ("2026-11-25", "1234.56", "0.00123456", None),
    ]
    assert kept(second) == before
    assert len(body(second.get("/api/balances"))["balances"]) == 4  # who had started fresh
    second.post(f"/api/balances/{DELETED}/restore")
    assert kept(second) == [*before, ("2026-11-25", "99.00", "0.00009900", None)]
    history = own(second.delete(f"/api/balances/{DELETED}"))
    assert own(record(second, "1234.56", KEY, date="2026-11-25")) == history
    problem(record(second, "1", KEY, date="2026-11-25"), 422)
    path = f"/api/balances/{KEY}"
    assert own(second.patch(path, json={"balance": "1234.56"})) == history
    changed = own(second.patch(path, json={"balance": "5"}))[-1]
    assert (changed["balance"], changed["btc_then"], changed["rate_then"]) == ("5.00", None, None)
    merged = first.post("/api/session", json={"key": make_key(second), "merge": True})
    assert len(own(merged)) == 4 + 2


@both_empty
def test_new_database_has_the_tables_this_version_needs(make_app: MakeApp, engine: Engine) -> None:
    make_app()
    assert difference(engine) == []


@both_empty
def test_processes_that_start_at_once_upgrade_once(
    database_url: str, engine: Engine, earlier: None
) -> None:
    """And a start on an upgraded database changes nothing."""
    assert difference(engine) != []
    start = "import sys; from server.history import database; database.LOCK_WAIT = 60"
    start += "; made = database.Database(sys.argv[1]); made.ping(); made.close()"
    command = [sys.executable, "-W", "error", "-c", start, database_url]
    starting = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(2)]
    told = [process.communicate(timeout=60)[1] for process in starting]
    assert told == [b""] * 2
    assert {process.returncode for process in starting} == {0}
    assert difference(engine) == []
    upgraded = content(engine)
    assert len(upgraded["alembic_version"][-1]) == 1
    assert len(upgraded["entries"][-1]) == 7
    database.Database(database_url).close()
    assert content(engine) == upgraded


@both_empty
def test_migration_that_fails_leaves_the_database_as_it_was(
    make_app: MakeApp,
    engine: Engine,
    earlier: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    versions = copytree(database.MIGRATIONS, tmp_path / "migrations") / "versions"
    last = max(path.name for path in versions.glob("[0-9]*.py")).partition("_")[0]
    (versions / "9999_failing.py").write_text(
        f"from alembic import op\nrevision, down_revision = '9999', '{last}'\n"
        "def upgrade():\n"
        "    op.execute('DELETE FROM entries')\n"
        "    op.execute('DROP TABLE histories')\n"
        "    op.execute('SELECT nothing FROM nowhere')\n"
    )
    monkeypatch.setattr(database, "MIGRATIONS", tmp_path / "migrations")
    before = content(engine)
    client = tab_with(make_app(), FIRST)
    for answer in (client.get("/api/health"), client.get("/api/balances"), record(client)):
        problem(answer, 503)
    assert content(engine) == before
    (versions / "9999_failing.py").unlink()
    assert len(kept(client)) == 2  # the same process, once it can
    assert difference(engine) == []
