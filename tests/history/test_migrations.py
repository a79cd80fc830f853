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
from helpers import Json, amounts, body, client_with, own, problem, record, signed
from sqlalchemy import Engine, MetaData, create_engine, text

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


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def earlier(engine: Engine, database_url: str) -> str:
    """The address of a database as the earlier version left it."""
    with engine.begin() as connection:
        for statement in BEFORE.split(";\n"):
            connection.exec_driver_sql(statement)
    return database_url


@pytest.fixture
def app(make_app: MakeApp, earlier: str) -> Flask:
    return make_app(DATABASE_URL=earlier)


def kept(client: FlaskClient) -> list[tuple[str, str, str | None, str | None]]:
    """Return what is shown of each entry of a visitor."""
    entries = own(client.get("/api/balances"))
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


def test_every_visitor_of_before_finds_their_history(app: Flask) -> None:
    first, second = client_with(app, FIRST), client_with(app, signed(app, SECOND))
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


def test_every_call_works_on_an_entry_of_before(app: Flask) -> None:
    """One that was recorded before rates were kept has its value of then alone."""
    client = client_with(app, signed(app, SECOND))
    history = own(client.get("/api/balances"))
    assert own(record(client, "1234.56", KEY, date="2026-11-25")) == history
    problem(record(client, "1", KEY, date="2026-11-25"), 422)
    path = f"/api/balances/{KEY}"
    assert own(client.patch(path, json={"balance": "1234.56"})) == history
    changed = own(client.patch(path, json={"balance": "5"}))[-1]
    assert (changed["balance"], changed["btc_then"], changed["rate_then"]) == ("5.00", None, None)
    assert own(record(client, "1234.56", KEY, date="2026-11-25"))[-1]["balance"] == "5.00"
    assert own(client.delete(path)) == history[:-1]
    assert amounts(record(client, "6"))[-1] == "6.00"
    key = body(client.post("/api/key"))["key"]
    other = client_with(app, FIRST)
    merged = other.post("/api/session", json={"key": key, "merge": True})
    assert len(own(merged)) == 3 + 1 + 2


def test_the_tables_are_those_that_this_version_needs(
    make_app: MakeApp, engine: Engine, earlier: str
) -> None:
    assert difference(engine) != []
    make_app(DATABASE_URL=earlier)
    assert difference(engine) == []


def test_a_new_database_is_the_same_as_an_upgraded_one(
    make_app: MakeApp, engine: Engine, database_url: str
) -> None:
    make_app(DATABASE_URL=database_url)
    assert difference(engine) == []


def test_a_start_on_an_upgraded_database_changes_nothing(
    make_app: MakeApp, engine: Engine, earlier: str
) -> None:
    make_app(DATABASE_URL=earlier)
    before = content(engine)
    make_app(DATABASE_URL=earlier)
    assert content(engine) == before


@pytest.mark.parametrize("state", ["new", "earlier"])
def test_several_processes_that_start_at_once_upgrade_once(
    state: str, request: pytest.FixtureRequest, engine: Engine, database_url: str
) -> None:
    if state == "earlier":
        request.getfixturevalue("earlier")
    start = (
        "import sys; from server.history.database import Database; database = Database(sys.argv[1])"
    )
    start += "; database.ping(); database.close()"
    command = [sys.executable, "-W", "error", "-c", start, database_url]
    starting = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(3)]
    told = [process.communicate(timeout=60)[1] for process in starting]
    assert told == [b""] * 3
    assert {process.returncode for process in starting} == {0}
    assert difference(engine) == []
    with engine.connect() as connection:
        assert len(connection.execute(text("SELECT * FROM alembic_version")).all()) == 1
        entries = connection.execute(text("SELECT * FROM entries")).all()
        assert len(entries) == (7 if state == "earlier" else 0)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Migrations of which the last one fails half-way."""
    folder = copytree(database.MIGRATIONS, tmp_path / "migrations")
    last = max(path.name for path in (folder / "versions").glob("[0-9]*.py")).partition("_")[0]
    (folder / "versions" / "9999_failing.py").write_text(
        f"from alembic import op\nrevision, down_revision = '9999', '{last}'\n"
        "def upgrade():\n"
        "    op.execute('DELETE FROM entries')\n"
        "    op.execute('DROP TABLE histories')\n"
        "    op.execute('SELECT nothing FROM nowhere')\n"
    )
    monkeypatch.setattr(database, "MIGRATIONS", folder)
    return folder


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    make_app: MakeApp, engine: Engine, earlier: str, failing: Path
) -> None:
    before = content(engine)
    client = client_with(make_app(DATABASE_URL=earlier), FIRST)
    assert content(engine) == before
    problem(client.get("/api/health"), 503)
    problem(client.get("/api/balances"), 503)
    problem(record(client), 503)
    assert content(engine) == before
    (failing / "versions" / "9999_failing.py").unlink()
    assert len(kept(client)) == 2  # the same process, once it can
    assert difference(engine) == []
