"""Appends survive, on SQLite: crashes, signals, a full disk, a file that is read-only or locked.

`make faults` has each test do ten times as much, and shows what it did.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from conftest import MakeApp, Serve
from helpers import SERVER, export_of, serving
from sqlalchemy import event
from sqlalchemy.pool import Pool
from survival import (
    ACKNOWLEDGED,
    PATIENCE,
    REFUSED,
    SIZE,
    UNKNOWN,
    Append,
    Load,
    assert_problem,
    kill,
    report,
)

EACH = 20 * SIZE  # appends of each writer
ROUNDS = SIZE  # crashes


@pytest.fixture
def clock() -> None:
    """Leave the clock as it is: servers in this process share files with others."""


def test_every_append_survives_two_servers_on_one_file(settings: dict[str, str]) -> None:
    """Each writer goes to them in turn: the order must hold across both."""
    with serving(SERVER, **settings) as (_, url), serving(SERVER, **settings) as (_, other):
        load = Load([url, other])
        load.run(EACH)
        assert load.of(REFUSED) == load.of(UNKNOWN) == []
        load.check()
        report(f"Two on one file: {load}.")


def test_what_is_acknowledged_survives_kill(
    settings: dict[str, str], make_app: MakeApp, serve: Serve
) -> None:
    """Nothing can be cleaned up, and the next start finds the file as it was left.

    It is the processes that die, not the machine: what the system has not yet written to the disk
    is not lost by this.
    """
    load: Load | None = None
    for number in range(ROUNDS):
        with serving(SERVER, **settings) as (process, url):
            load = load or Load([url])
            load.urls[:] = [url]
            load.check()
            with load.running():
                load.wait_for(10 + EACH * number // ROUNDS)
                kill(process.pid)
                load.wait_for(1, UNKNOWN)
    assert load
    load.urls[:] = [serve(make_app())]
    load.check()
    report(f"{ROUNDS} crashes: {load}.")
    load.repeat_unknown()
    load.check()
    report(f"Repeated: {load}.")


def test_sigterm_lets_what_was_accepted_end(
    settings: dict[str, str], make_app: MakeApp, serve: Serve
) -> None:
    """Some requests are known to be under way: their bodies come only after the signal.

    Of the others, one that the server has not begun to read may be cut off, and leaves no trace:
    whatever is recorded has been acknowledged.
    """
    for number in range(SIZE):
        with serving(SERVER, **settings) as (process, url):
            load = Load([url])
            with load.running():
                load.wait_for(10 + number)
                held = [hold_back(load) for _ in range(3)]
                process.send_signal(signal.SIGTERM)
                load.wait_for(1, UNKNOWN)
                for append, connection in held:
                    complete(append, connection)
            assert process.wait(PATIENCE) == 0
        load.urls[:] = [serve(make_app())]
        load.check()
        assert len(load.read()) == len(load.of(ACKNOWLEDGED))
        report(f"SIGTERM: {load}.")


def test_signals_end_the_server_however_many_come(settings: dict[str, str]) -> None:
    """`make` passes on the SIGTERM that a process group gets."""
    for number in range(2 * SIZE):
        with serving(SERVER, **settings) as (process, _):
            for _ in range(1 + (number + 1) % 3 * 20):
                os.killpg(process.pid, signal.SIGTERM if number % 2 else signal.SIGINT)
            assert process.wait(PATIENCE) == 0


def hold_back(load: Load) -> tuple[Append, HTTPConnection]:
    """Send the head of a request; return once the application has asked for its body."""
    append = load.new()
    load.appends.append(append)
    connection = HTTPConnection(load.urls[0].removeprefix("http://"), timeout=PATIENCE)
    connection.putrequest("POST", "/api/update")
    connection.putheader("Cookie", load.cookie)
    connection.putheader("Idempotency-Key", append.key)
    connection.putheader("Content-Type", "application/x-www-form-urlencoded")
    connection.putheader("Content-Length", str(len(f"balance={append.number}")))
    connection.putheader("Expect", "100-continue")
    connection.endheaders()
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += connection.sock.recv(1)
    assert answer.startswith(b"HTTP/1.1 100 ")
    return append, connection


def complete(append: Append, connection: HTTPConnection) -> None:
    """Send the body that was held back; the answer acknowledges it."""
    connection.send(f"balance={append.number}".encode())
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == 200
    assert append.key in body.decode()
    append.fate, append.ended = ACKNOWLEDGED, time.monotonic()


# The disk is full


class Disk:
    """A folder on a disk that can be filled, and then have room again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self, room: int = 0) -> None:
        """Leave no room, but for so many bytes."""
        with self._filler.open("wb", buffering=0) as file:
            with suppress(OSError):
                while True:
                    file.write(bytes(4096))
            file.truncate(file.tell() - room)

    def make_room(self) -> None:
        """Undo it."""
        self._filler.unlink()


class Limit(Disk):
    """The same by SQLite's own limit, where no disk can be made: it raises the same error."""

    _room: int | None = None

    def fill(self, room: int = 0) -> None:
        """Let no database file grow, but for so many bytes."""
        self._room = room

    def make_room(self) -> None:
        """Undo it."""
        self._room = None

    def limit(self, connection: sqlite3.Connection, *_: object) -> None:
        """Tell a connection, before it is used, how large its file may be."""
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        most = 10**9 if self._room is None else pages + self._room // 4096
        connection.execute(f"PRAGMA max_page_count = {most}")


@pytest.fixture(params=["disk", "limit"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    if request.param == "limit":
        limit = Limit(tmp_path)
        event.listen(Pool, "checkout", limit.limit)
        yield limit
        event.remove(Pool, "checkout", limit.limit)
        return
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(tmp_path)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here; the other case needs none")
    try:
        yield Disk(tmp_path)
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def test_a_full_disk(disk: Disk, make_app: MakeApp, serve: Serve) -> None:
    """What has no room is refused, what is there can be read, and room is enough to go on."""
    load = Load([serve(make_app(DATABASE_URL=f"sqlite:///{disk.folder}/test.db"))])
    for _ in range(SIZE):
        with load.running():
            load.wait_for(10)
            disk.fill()
            load.wait_for(10, REFUSED)
            assert load.read()
            assert requests.get(f"{load.urls[0]}/api/health", timeout=PATIENCE).status_code == 200
            disk.make_room()
            load.wait_for_calm()
        load.check()
    report(f"The disk full: {load}.")


def test_an_import_that_fills_the_disk(disk: Disk, make_app: MakeApp, serve: Serve) -> None:
    """A part of it would find room; it is recorded whole or not at all."""
    load = Load([serve(make_app(DATABASE_URL=f"sqlite:///{disk.folder}/test.db"))])
    load.run(1)
    key, file = str(uuid4()), export_of(5000)
    disk.fill(room=200_000)
    assert_problem(send_file(load, key, file))
    load.check()
    disk.make_room()
    load.check()
    assert send_file(load, key, file).status_code == 200
    assert len(load.read()) == len(load.of(ACKNOWLEDGED)) + 5000


def send_file(load: Load, key: str, file: str) -> requests.Response:
    """Import a CSV file into the history that the load is about."""
    headers = {"Cookie": load.cookie, "Idempotency-Key": key, "Content-Type": "text/csv"}
    return requests.post(f"{load.urls[0]}/api/import", data=file, headers=headers, timeout=PATIENCE)


# The file is read-only, or locked


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    """Take away the right to write to a file, from root too: to root, its mode means nothing."""
    path.chmod(0o400)
    immutable = os.access(path, os.W_OK) and shutil.which("chattr")
    if immutable:
        subprocess.run(["chattr", "+i", str(path)], capture_output=True)
    try:
        with suppress(PermissionError), path.open("ab"):
            pytest.skip("nothing keeps this user from writing to a file")
        yield
    finally:
        if immutable:
            subprocess.run(["chattr", "-i", str(path)], capture_output=True)
        path.chmod(0o600)


def test_a_read_only_file(settings: dict[str, str], tmp_path: Path) -> None:
    """A server that is started then can read, and can write as soon as the file lets it."""
    with serving(SERVER, **settings) as (_, url):
        load = Load([url])
        load.run(EACH // 4)
    with ExitStack() as stack:
        with read_only(tmp_path / "test.db"):
            load.urls[:] = [stack.enter_context(serving(SERVER, **settings))[1]]
            writing = stack.enter_context(ExitStack())
            writing.enter_context(load.running())
            load.wait_for(20, REFUSED)
            assert len(load.read()) == len(load.of(ACKNOWLEDGED))
        load.wait_for_calm()
        writing.close()
        load.check()
        report(f"Read-only: {load}.")


@pytest.mark.long
def test_a_locked_file(settings: dict[str, str], tmp_path: Path) -> None:
    """Another program holds the write lock for longer than a writer waits; readers need no lock."""
    with (
        serving(SERVER, **settings) as (_, url),
        closing(sqlite3.connect(tmp_path / "test.db", isolation_level=None)) as other,
    ):
        load = Load([url])
        load.run(EACH // 4)
        other.execute("BEGIN EXCLUSIVE")
        with load.running(2):
            for _ in range(SIZE):
                assert len(load.read()) == len(load.of(ACKNOWLEDGED))
                load.wait_for(2, REFUSED)
            other.execute("ROLLBACK")
            load.wait_for_calm()
        load.check()
        report(f"Locked: {load}.")
