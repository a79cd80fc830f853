"""Nobody can stop the server: attacks of every kind, and what is left of them afterwards.

`FAULTS=10` attacks with ten times as many connections.
"""

import select
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPResponse
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
import requests
from helpers import SERVER, export_of, serving
from survival import PATIENCE, SIZE, visitor, wait_until

EACH = 100 * SIZE  # connections of each kind
HEALTH = 1  # second in which health answers, always
CLOSED = 30  # seconds in which a bad connection is closed
MOST = 5 * 1024 * 1024  # bytes of a statement


# What a stranger can send


class Target:
    """A server under attack, and a visitor of it."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self.url = url
        self.port = int(url.rpartition(":")[2])
        self.cookie = visitor(url)
        self.main = psutil.Process(process.pid)
        self._opened: list[socket.socket] = []

    def send_file(self, file: str | bytes) -> int:
        """Import a file; return the status."""
        headers = {"Cookie": self.cookie, "Content-Type": "text/csv"}
        url = f"{self.url}/api/import"
        return requests.post(url, file, headers=headers, timeout=PATIENCE).status_code

    def head(self, request: str, *headers: str) -> bytes:
        """Return the head of a request of this visitor's."""
        lines = [f"{request} HTTP/1.1", "Host: localhost", f"Cookie: {self.cookie}", *headers]
        return "\r\n".join([*lines, "", ""]).encode()

    def post(self, *headers: str) -> bytes:
        return self.head("POST /api/update", "Content-Type: application/json", *headers)

    def send(self, data: bytes, receives: int | None = None) -> socket.socket:
        """Open a connection and send this on it; receive no more than so many bytes."""
        connection = socket.socket()
        self._opened.append(connection)
        if receives:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
        connection.settimeout(PATIENCE)
        connection.connect(("127.0.0.1", self.port))
        connection.sendall(data)
        return connection

    def close(self) -> None:
        for connection in self._opened:
            connection.close()

    def check_health(self) -> None:
        """Assert that health answers in time, on a connection of its own."""
        answer = requests.get(f"{self.url}/api/health", timeout=HEALTH)
        assert answer.status_code == 200

    def connections(self) -> int:
        """Count the connections that cost the server something, in its processes or the kernel."""
        ended = (psutil.CONN_LISTEN, psutil.CONN_TIME_WAIT, psutil.CONN_FIN_WAIT2)
        return sum(
            each.laddr.port == self.port and each.status not in ended
            for each in psutil.net_connections("tcp")
            if each.laddr
        )

    def memory(self) -> int:
        processes = (self.main, *self.main.children(recursive=True))
        return sum(each.memory_info().rss for each in processes)


@pytest.fixture
def target(settings: dict[str, str]) -> Iterator[Target]:
    """A server, and as many connections to it as it takes, whatever the shell's limit is."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    with serving(SERVER, **settings) as (process, url), closing(Target(process, url)) as target:
        yield target
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def status(connection: socket.socket) -> int:
    with closing(HTTPResponse(connection)) as response:
        response.begin()
        return response.status


@pytest.mark.long
def test_no_kind_of_connection_stops_the_server(target: Target) -> None:
    """Silent, half a head, half a body, idle, and slow readers of a long answer, all at once."""
    assert target.send_file(export_of(9_900)) == 200  # which is answered with 1.4 MB
    kinds = {
        "silent": b"",
        "half head": target.head("GET /api/balances")[:-2],
        "half body": target.post("Content-Length: 100") + b"{",
        "half chunks": target.post("Transfer-Encoding: chunked") + b"5\r\n{",
        "idle": target.head("GET /api/health"),
        "another protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
        "slow reader": target.head("GET /api/balances"),
    }
    before = target.memory()
    attack: dict[str, list[socket.socket]] = {}
    began = time.monotonic()
    for kind, data in kinds.items():
        receives = 4096 if kind == "slow reader" else None
        attack[kind] = [target.send(data, receives) for _ in range(EACH)]
        target.check_health()
    assert target.connections() > 2 * EACH  # they are open at the same time
    while left := target.connections():
        assert time.monotonic() - began < CLOSED, f"{left} connections are still open"
        target.check_health()
        time.sleep(0.1)
    for kind in ("half body", "half chunks"):
        assert {status(connection) for connection in attack[kind]} == {408}
    target.close()
    # An allocator keeps something; the answers alone were 140 MB and more.
    assert target.memory() - before < 100e6


def test_process_holds_200_mb_of_requests_that_are_not_whole(target: Target) -> None:
    """Beyond that it answers 503 at once; when those have gone, there is room again."""
    before = target.memory()
    head = target.head("POST /api/import", "Content-Type: text/csv", f"Content-Length: {MOST}")
    with ThreadPoolExecutor(8) as pool:
        connections = list(pool.map(target.send, [head + b"x" * (MOST - 1)] * 160))
    processes = len(target.main.children())
    assert target.memory() - before < processes * 200e6
    held = int(processes * 200e6 // MOST)
    wait_until(lambda: len(select.select(connections, [], [], 0)[0]) >= 160 - held)
    answered = select.select(connections, [], [], 0)[0]
    assert {status(connection) for connection in answered} == {503}
    target.close()
    wait_until(lambda: target.send_file(b"x" * MOST) == 422)  # it is no statement


@pytest.mark.long
def test_burst_of_requests_hides_no_signal(settings: dict[str, str]) -> None:
    """Each of them wakes the event loop, and so does the signal."""
    for _ in range(2 * SIZE):
        with serving(SERVER, **settings) as (process, url), closing(Target(process, url)) as target:
            for _ in range(2000):
                target.send(target.post("Content-Length: 100") + b"{")
            target.close()
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0


PATIENT = """
from server.__main__ import main
from server.history import database
from server.web import gateway

database.LOCK_WAIT = gateway.PATIENCE["writes"] = 60  # seconds, for a machine that is busy
main()
"""


def test_reads_go_on_while_recordings_wait_for_the_database(
    settings: dict[str, str], tmp_path: Path
) -> None:
    """Another program holds it: as many recordings wait as would take every thread."""
    command = [sys.executable, "-c", PATIENT]
    with serving(command, **settings) as (_, url), ThreadPoolExecutor(20) as pool:
        cookie = {"Cookie": visitor(url)}

        def write(_: int) -> requests.Response:
            return requests.post(
                f"{url}/api/update", {"balance": "5"}, headers=cookie, timeout=PATIENCE
            )

        assert write(0).status_code == 200
        with closing(sqlite3.connect(tmp_path / "test.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            writing = [pool.submit(write, number) for number in range(20)]
            time.sleep(0.5)
            for path in ("/", "/api/health", "/api/balances", "/api/balances.csv"):
                answer = requests.get(url + path, headers=cookie, timeout=PATIENCE)
                assert answer.status_code == 200
            assert not any(each.done() for each in writing)
            other.execute("ROLLBACK")
        assert {each.result().status_code for each in writing} == {200}
