"""Appends survive, on SQLite: crashes and a full disk.

`make faults` has each test do ten times as much.
"""

import sqlite3
from collections.abc import Iterator
from uuid import uuid4

import psutil  # type: ignore[import-untyped]
import pytest
import requests
from conftest import MakeApp, Serve
from helpers import SERVER, Json, export_of, serving
from sqlalchemy import event
from sqlalchemy.pool import Pool
from survival import DONE, PATIENCE, REFUSED, SIZE, UNKNOWN, Load, assert_problem, kill, wait_until


@pytest.fixture
def clock() -> None:
    """Leave the clock as it is: servers in this process share files with others."""


# What ends the server


def test_what_is_acknowledged_survives_a_crash(
    settings: dict[str, str], make_app: MakeApp, serve: Serve
) -> None:
    """Nothing can be cleaned up, and the next start finds the file as it was left.

    It is the processes that die, not the machine: what the system has not yet written to the disk
    is not lost by this.
    """
    load: Load | None = None
    for number in range(SIZE):
        with serving(SERVER, **settings) as (process, url):
            load = load or Load([url])
            load.urls[:] = [url]
            load.check()
            with load.running():
                load.wait_for(20 + 20 * number)
                kill(process.pid)
                load.wait_for(1, UNKNOWN)
    assert load
    load.urls[:] = [serve(make_app())]
    load.check_all()


@pytest.mark.long
def test_worker_that_dies_is_replaced(settings: dict[str, str]) -> None:
    with serving(SERVER, **settings) as (process, url):
        old = psutil.Process(process.pid).children()
        for worker in old:
            worker.kill()

        def new_workers() -> list[psutil.Process]:
            """Return the workers that take connections."""
            workers = set(psutil.Process(process.pid).children()) - set(old)
            return [worker for worker in workers if worker.net_connections("tcp")]

        wait_until(lambda: len(new_workers()) == len(old))
        assert requests.get(url, timeout=PATIENCE).status_code == 200


# The database cannot be written to


class Disk:
    """A disk that can be full, by SQLite's limit of a file's size, which raises the same error."""

    room: int | None = None  # bytes; None: enough

    def limit(self, connection: sqlite3.Connection, *_: object) -> None:
        """Tell a connection, before it is used, how large its file may be."""
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        most = 10**9 if self.room is None else pages + self.room // 4096
        connection.execute(f"PRAGMA max_page_count = {most}")


@pytest.fixture
def disk() -> Iterator[Disk]:
    disk = Disk()
    event.listen(Pool, "checkout", disk.limit)
    yield disk
    event.remove(Pool, "checkout", disk.limit)


def test_full_disk_refuses_what_has_no_room_and_loses_nothing(
    disk: Disk, make_app: MakeApp, serve: Serve
) -> None:
    """A part of an import would find room; it is recorded whole or not at all."""
    load = Load([serve(make_app())])
    for _ in range(SIZE):
        with load.running():
            load.wait_for(10)
            disk.room = 0
            load.wait_for(10, REFUSED)
            assert load.read()
            assert requests.get(f"{load.urls[0]}/api/health", timeout=PATIENCE).status_code == 200
            disk.room = None
            load.wait_for_calm()
        load.check()
    headers = {"Cookie": load.cookie, "Idempotency-Key": str(uuid4()), "Content-Type": "text/csv"}
    statement: Json = {"data": export_of(5000), "headers": headers, "timeout": PATIENCE}
    disk.room = 200_000
    assert_problem(requests.post(f"{load.urls[0]}/api/import", **statement))
    disk.room = None
    load.check()
    assert requests.post(f"{load.urls[0]}/api/import", **statement).status_code == 200
    assert len(load.read()) == len(load.of(DONE)) + 5000
