"""Nobody can stop the server: attacks of every kind, and what is left of them afterwards.

`FAULTS=10` attacks with ten times as many connections; `-s` shows what they did.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import psutil  # type: ignore[import-untyped]
import pytest
import requests
from conftest import ROOT
from helpers import SERVER, free_port, serving
from survival import PATIENCE, SIZE, kill, report, visitor, wait_until

from demo.luno import Luno
from server.web import gateway, limits
from server.web.gateway import Gateway
from server.web.limits import REFUSED_STATUS, Message

EACH = 100 * SIZE  # connections of each kind
HEALTH = 1  # second in which health answers, always
CLOSED = 30  # seconds in which a bad connection is closed
STOPS = (
    10  # seconds in which a server ends that has nothing to do; one that hangs is killed after 30
)

READS = 30  # enough for the system's count of a process's work, which has steps of 10 ms
# An export, of which every row counts: an answer of 1.4 MB.
HISTORY = "date,balance,btc,btc_then,rate_then\n" + "2020-01-01,1234.56,,,\n" * 9_900


@pytest.fixture(autouse=True)
def _many_files() -> Iterator[None]:
    """Open as many connections as it takes, whatever the shell's limit is."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


# What a stranger can send


class Target:
    """A server under attack, with a visitor whose history has room for few more."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self.url = url
        self.port = int(url.rpartition(":")[2])
        self.cookie = visitor(url)
        self._main = psutil.Process(process.pid)
        self._opened: list[socket.socket] = []
        headers = {"Cookie": self.cookie, "Content-Type": "text/csv"}
        answer = requests.post(f"{url}/api/import", HISTORY, headers=headers, timeout=PATIENCE)
        assert answer.status_code == 200

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
        """Close all connections."""
        for connection in self._opened:
            connection.close()

    def check_health(self) -> None:
        """Assert that health answers in time, on a connection of its own."""
        answer = requests.get(f"{self.url}/api/health", timeout=HEALTH)
        assert answer.status_code == 200

    def check_health_until(self, seconds: float) -> None:
        """Assert that health answers in time, again and again."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.check_health()
            time.sleep(0.05)

    def connections(self) -> int:
        """Count the connections that cost the server something, in its processes or the kernel."""
        ended = (psutil.CONN_LISTEN, psutil.CONN_TIME_WAIT, psutil.CONN_FIN_WAIT2)
        return sum(
            each.laddr.port == self.port and each.status not in ended
            for each in psutil.net_connections("tcp")
            if each.laddr
        )

    def cpu_seconds(self) -> float:
        """Return how long its processes have worked."""
        return float(sum(sum(each.cpu_times()[:2]) for each in self._processes()))

    def memory(self) -> int:
        """Return how many bytes its processes hold."""
        return sum(each.memory_info().rss for each in self._processes())

    def check_calm(self) -> None:
        """Assert that no process works any more, though nobody asks for anything."""
        before = self.cpu_seconds()
        time.sleep(2)
        assert self.cpu_seconds() - before < 0.5

    def _processes(self) -> list[psutil.Process]:
        return [self._main, *self._main.children(recursive=True)]


@pytest.fixture
def target(settings: dict[str, str]) -> Iterator[Target]:
    with serving(SERVER, **settings) as (process, url), closing(Target(process, url)) as target:
        yield target


def problem(connection: socket.socket) -> tuple[int, str]:
    """Return the status and the detail of the answer on a connection, which must be a problem."""
    with closing(HTTPResponse(connection)) as response:
        response.begin()
        told = json.loads(response.read())
        assert response.headers["Content-Type"] == "application/problem+json"
        assert told["status"] == response.status
        return response.status, told["detail"]


@pytest.mark.long
def test_no_kind_of_connection_stops_the_server(target: Target) -> None:
    """Silent, half a head, half a body, idle, and slow readers of a long answer, all at once."""
    kinds = {
        "silent": b"",
        "half head": target.head("GET /api/balances")[:-2],
        "half body": target.post("Content-Length: 100") + b"{",
        "half chunks": target.post("Transfer-Encoding: chunked") + b"5\r\n{",
        "idle": target.head("GET /api/health"),
        "slow reader": target.head("GET /api/balances"),
    }
    before = target.memory()
    attack: dict[str, list[socket.socket]] = {}
    began = time.monotonic()
    for kind, data in kinds.items():
        receives = 4096 if kind == "slow reader" else None
        attack[kind] = [target.send(data, receives) for _ in range(EACH)]
        target.check_health()
    peak = most = target.connections()
    while most := (target.connections()):
        peak = max(peak, most)
        assert time.monotonic() - began < CLOSED, f"{most} connections are still open"
        target.check_health_until(0.5)
    lasted = time.monotonic() - began
    assert peak > 2 * EACH  # they were open at the same time
    for kind in ("half body", "half chunks"):
        assert {problem(connection)[0] for connection in attack[kind]} == {408}
    target.close()
    target.check_calm()
    # An allocator keeps something; the answers alone were 140 MB and more.
    assert target.memory() - before < 100e6
    report(f"{peak} connections, all closed after {lasted:.0f} s.")


@pytest.mark.long
def test_aborted_http2_uploads_do_not_stop_the_server(target: Target) -> None:
    """Their head without a word of compression, a part of the body, and then the end."""

    def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
        return (
            struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload
        )

    def field(name: bytes, value: bytes) -> bytes:
        return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value

    head = field(b":method", b"POST") + field(b":scheme", b"http")
    head += field(b":path", b"/api/update") + field(b":authority", b"localhost")
    head += field(b"content-type", b"application/json") + field(b"content-length", b"100")
    upload = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"")
    upload += frame(1, 4, 1, head) + frame(0, 0, 1, b"{")
    for _ in range(16 * SIZE):
        target.send(upload)
    time.sleep(0.5)
    target.close()
    target.check_health_until(2)
    target.check_calm()


@pytest.mark.long
def test_abandoned_reads_do_not_hold_up_health(target: Target) -> None:
    """Within 3 s; what nobody waits for is not read."""
    began = target.cpu_seconds()
    request = target.head("GET /api/balances")
    for _ in range(READS):
        requests.get(f"{target.url}/api/balances", headers={"Cookie": target.cookie}, timeout=30)
    one_read = (target.cpu_seconds() - began) / READS
    began = target.cpu_seconds()
    for number in range(300 * SIZE):
        target.send(request).close()
        if number % 20 == 0:
            target.check_health()
    target.check_health_until(3)
    target.check_calm()
    spent = target.cpu_seconds() - began
    assert spent < 300 * SIZE * one_read / 2
    report(f"{spent:.1f} s of work for {300 * SIZE} reads of {one_read * 1000:.0f} ms.")


# Bodies


def test_a_chunked_body_that_is_cut_off_is_answered_400_and_records_nothing(
    target: Target,
) -> None:
    """Also where what has come would be a good form, of a smaller balance."""
    form = "Content-Type: application/x-www-form-urlencoded"
    head = target.head("POST /api/update", form, "Transfer-Encoding: chunked")
    for sent in (b"c\r\nbalance=1234\r\n", b"c\r\nbalance=12", b"c\r\nbalance=1234\r\nzz\r\n"):
        connection = target.send(head + sent)
        connection.shutdown(socket.SHUT_WR)
        assert problem(connection) == (400, "The body ended early.")
    answer = requests.get(
        f"{target.url}/api/balances", headers={"Cookie": target.cookie}, timeout=PATIENCE
    )
    own = [entry["balance"] for entry in answer.json()["balances"] if not entry["sample"]]
    assert set(own) == {"1234.56"}


def test_a_statement_may_have_five_mebibytes(target: Target) -> None:
    for size, too_large in ((5 * 1024 * 1024, False), (5 * 1024 * 1024 + 1, True)):
        for chunked in (False, True):
            connection = HTTPConnection("127.0.0.1", target.port, timeout=PATIENCE)
            body = (b"x" * min(65536, size - start) for start in range(0, size, 65536))
            headers = {"Content-Type": "text/csv"}
            headers |= {} if chunked else {"Content-Length": str(size)}
            connection.request("POST", "/api/import", body, headers, encode_chunked=chunked)
            response = connection.getresponse()
            detail = json.loads(response.read())["detail"]
            assert (response.status == 413) == too_large, detail
            assert ("larger than 5 MiB" in detail) == too_large
            connection.close()


def test_an_import_under_way_while_another_tab_starts_fresh_changes_nothing(
    settings: dict[str, str],
) -> None:
    """Least of all the cookie: the other tab's is the browser's by now."""
    with serving(SERVER, **settings) as (_, url):
        with requests.Session() as tab:
            tab.post(f"{url}/api/update", {"balance": "1"}, timeout=10).raise_for_status()
            cookie = {"Cookie": f"good_bank={tab.cookies['good_bank']}"}
            file = b"date,balance\n2020-01-01,5\n"

            def sent() -> Iterator[bytes]:
                yield file[:9]
                tab.delete(f"{url}/api/balances", timeout=10).raise_for_status()
                yield file[9:]

            answer = requests.post(f"{url}/api/import", sent(), headers=cookie, timeout=10)
            assert answer.status_code == 409
            assert "Set-Cookie" not in answer.headers
            assert tab.get(f"{url}/api/balances", timeout=10).json()["balances"] == []
        later = requests.post(f"{url}/api/import", file, headers=cookie, timeout=10)
        assert [entry["balance"] for entry in later.json()["balances"]] == ["5.00"]


@pytest.mark.parametrize("name", ["Accept-Encoding", "If-None-Match", "Authorization", "Prefer"])
def test_a_header_that_takes_long_to_understand_is_refused(target: Target, name: str) -> None:
    connection = target.send(
        target.head("GET /api/balances", f"{name}: " + "gzip;q=0.5, " * 30_000)
    )
    assert problem(connection) == (431, "A header is larger than 8 KiB.")


# The gateway by itself

Headers = list[tuple[bytes, bytes]]


def test_a_body_beyond_what_a_process_holds_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While others are not whole; when one of them is answered, there is room again."""
    monkeypatch.setattr(limits, "MAX_HELD", 10)
    app = Held()
    part: Message = {"type": "http.request", "body": b"123456", "more_body": True}
    length = [(b"content-length", b"7")]

    async def attack() -> None:
        serve = Gateway(app)
        answers = [ask(serve, "POST /api/import", part, headers=length) for _ in range(2)]
        first, second = map(asyncio.create_task, answers)
        assert await second == 503
        assert not first.done()
        first.cancel()
        await asyncio.wait([first])
        assert await ask(serve, "POST /api/import", part, LAST, headers=length) == 200

    in_loop(attack())
    assert app.run == ["POST /api/import"]


def message_source(*messages: Message) -> Any:
    """Return an ASGI `receive` that gives these, and then nothing."""
    left = list(messages)

    async def receive() -> Message:
        if not left:
            await asyncio.Future()
        return left.pop(0)

    return receive


LAST: Message = {"type": "http.request", "body": b"7", "more_body": False}
NOTHING: Message = {"type": "http.request", "body": b"", "more_body": False}
GONE: Message = {"type": "http.disconnect"}


def scope(path: str = "/", headers: Headers | None = None) -> Message:
    return {
        "type": "http",
        "method": "GET",
        "raw_path": path.encode("latin-1"),
        "query_string": "q=é".encode(),
        "server": ("127.0.0.1", "5000"),
        "client": ("127.0.0.1", "50000"),
        "http_version": "1.1",
        "scheme": "http",
        "headers": headers or [],
    }


def in_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine in a thread, for the main one may run the browser's loop."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


async def ignore(_: Message) -> None:
    """Send nothing."""


def test_headers_reach_the_application_as_they_came() -> None:
    seen: list[WSGIEnvironment] = []

    def app(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        seen.append(environ)
        start("204 No Content", [])
        return []

    headers = [
        (b"cookie", "other=José".encode()),
        (b"cookie", b"good_bank=one; good_bank=two"),
        (b"x-forwarded-for", b"10.0.0.1"),
        (b"x-forwarded-for", b"10.0.0.2"),
        (b"x_forwarded_for", b"10.0.0.3"),
        (b"content-type", b"text/csv"),
    ]
    in_loop(Gateway(app)(scope("/%C3%A9%ff", headers), message_source(NOTHING), ignore))
    cookies = seen[0]["HTTP_COOKIE"].encode("latin-1").decode()
    assert cookies == "other=José; good_bank=one; good_bank=two"
    assert seen[0]["HTTP_X_FORWARDED_FOR"] == "10.0.0.1,10.0.0.2"
    assert seen[0]["CONTENT_TYPE"] == "text/csv"
    assert seen[0]["PATH_INFO"].encode("latin-1") == b"/\xc3\xa9\xff"
    assert seen[0]["QUERY_STRING"].encode("latin-1").decode() == "q=é"


class Held:
    """An application that holds some requests until they are let go, and notes what it runs."""

    def __init__(self, *paths: str) -> None:
        self.run: list[str] = []
        self.let_go = threading.Event()
        self._paths = paths

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        refused = environ.get(REFUSED_STATUS)
        if not refused:
            self.run.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
            if self.run[-1] in self._paths:
                self.let_go.wait(PATIENCE)
        start(f"{refused or 200} .", [])
        return [b"ok"]


async def ask(
    serve: Gateway, request: str, *messages: Message, headers: Headers | None = None
) -> int | None:
    """Return the status with which a request is answered, None where it is not."""
    method, _, path = request.partition(" ")
    statuses = []

    async def send(message: Message) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    asked = scope(path, headers) | {"method": method}
    await asyncio.wait_for(serve(asked, message_source(*messages), send), PATIENCE)
    return statuses[0] if statuses else None


def test_a_request_whose_client_has_left_is_never_run() -> None:
    app = Held("GET /api/slow")

    async def attack() -> None:
        serve = Gateway(app)
        slow = [asyncio.create_task(ask(serve, "GET /api/slow")) for _ in range(2)]
        while len(app.run) < 2:
            await asyncio.sleep(0.01)
        left = asyncio.create_task(ask(serve, "GET /api/left", GONE))
        stays = asyncio.create_task(ask(serve, "GET /api/stays"))
        assert await left is None
        app.let_go.set()
        assert await asyncio.gather(*slow, stays) == [200, 200, 200]

    in_loop(attack())
    assert app.run == ["GET /api/slow"] * 2 + ["GET /api/stays"]


def test_nothing_waits_for_writes_and_the_page_for_nothing() -> None:
    """However many wait for the database."""
    app = Held("POST /api/update", "POST /api/import", "GET /api/balances")

    async def attack() -> None:
        serve = Gateway(app)
        hanging = [asyncio.create_task(ask(serve, "POST /api/update")) for _ in range(9)] + [
            asyncio.create_task(ask(serve, "POST /api/import")) for _ in range(9)
        ]
        await asyncio.sleep(0.1)
        for path in ("/", "/client/main.js", "/api/health", "/api/key"):
            assert await ask(serve, f"GET {path}") == 200
        hanging += [asyncio.create_task(ask(serve, "GET /api/balances")) for _ in range(9)]
        await asyncio.sleep(0.1)
        for path in ("/", "/client/main.js", "/api/health"):
            assert await ask(serve, f"GET {path}") == 200
        app.let_go.set()
        assert await asyncio.gather(*hanging) == [200] * 27

    in_loop(attack())


def test_a_request_whose_time_is_up_is_refused_unless_it_is_a_write_that_has_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of which nobody could say whether it is done."""
    app = Held("POST /api/update", "GET /api/balances", "GET /api/health")
    monkeypatch.setattr(gateway, "PATIENCE", dict.fromkeys(gateway.PATIENCE, 0.1))

    async def attack() -> None:
        serve = Gateway(app)
        writes = [asyncio.create_task(ask(serve, "POST /api/update")) for _ in range(5)]
        reads = [asyncio.create_task(ask(serve, "GET /api/balances")) for _ in range(5)]
        assert await ask(serve, "GET /api/health") == 503
        assert await asyncio.gather(*reads) == [503] * 5
        await asyncio.wait(writes, timeout=1)
        app.let_go.set()
        assert sorted([await write or 0 for write in writes]) == [200, 200, 503, 503, 503]

    in_loop(attack())
    assert app.run.count("POST /api/update") == 2


# Signals


@contextmanager
def started(
    env: dict[str, str], stderr: int = subprocess.DEVNULL, **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a server, and do not wait until it answers."""
    with subprocess.Popen(
        SERVER,
        cwd=ROOT,
        env=os.environ | {"PORT": str(free_port())} | env,
        stderr=stderr,
        start_new_session=True,
        **options,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                kill(process.pid)


def hear_hangups() -> None:
    """Have SIGHUP end a process that begins, also where the tests run without a terminal."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_signal_while_the_server_starts_ends_it_at_once(
    settings: dict[str, str], number: signal.Signals, workers: int
) -> None:
    """As soon as there is a worker, which has loaded nothing yet, and in the moments after."""
    workers = min(workers, os.cpu_count() or 1)
    for delay in (0, 0.1) if SIZE == 1 else (0, 0.01, 0.05, 0.1, 0.2, 0.5) * SIZE:
        with started(settings, preexec_fn=hear_hangups) as process:
            main = psutil.Process(process.pid)
            wait_until(lambda main=main: len(main.children()) >= workers)  # type: ignore[misc]
            children = main.children()
            time.sleep(delay)
            os.killpg(process.pid, number)
            assert process.wait(STOPS) == 0
            assert not any(child.is_running() for child in children)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_of_a_server_whose_terminal_or_main_process_has_gone(
    settings: dict[str, str], number: signal.Signals
) -> None:
    """With a request under way, which a killed process does not wait for."""
    port = free_port()
    env = settings | {"PORT": str(port)}
    with started(env, preexec_fn=hear_hangups, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline()
        children = psutil.Process(process.pid).children(recursive=True)
        with socket.create_connection(("127.0.0.1", port)) as half:
            half.sendall(
                b"POST /api/update HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
            )
            process.send_signal(number)
            if number == signal.SIGHUP:
                half.sendall(b"balance=5")
                assert half.recv(1024).startswith(b"HTTP/1.1 415")
                assert process.wait(STOPS) == 0
        gone, left = psutil.wait_procs(children, STOPS)
        assert gone
        assert not left
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


def test_nohup_keeps_a_server_whose_terminal_has_gone(settings: dict[str, str]) -> None:
    with serving(["sh", "-c", f"trap '' HUP; exec {' '.join(SERVER)}"], **settings) as (
        process,
        url,
    ):
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGHUP)
        assert requests.get(f"{url}/api/health", timeout=10).status_code == 200
        assert process.poll() is None


def test_reads_go_on_while_recordings_wait_for_the_database(
    settings: dict[str, str], tmp_path: Path
) -> None:
    """Another program holds it: as many recordings wait as would take every thread."""
    with serving(SERVER, **settings) as (_, url), ThreadPoolExecutor(20) as pool:
        cookie = {"Cookie": visitor(url)}

        def write(_: int) -> requests.Response:
            return requests.post(f"{url}/api/update", {"balance": "5"}, headers=cookie, timeout=60)

        assert write(0).status_code == 200
        with closing(sqlite3.connect(tmp_path / "test.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            writing = [pool.submit(write, number) for number in range(20)]
            time.sleep(0.5)
            for path in ("/", "/api/health", "/api/balances", "/api/balances.csv"):
                assert requests.get(url + path, headers=cookie, timeout=10).status_code == 200
            assert not any(each.done() for each in writing)
            other.execute("ROLLBACK")
        assert {each.result().status_code for each in writing} == {200}


def test_the_address_is_printed_last_once_it_answers(settings: dict[str, str]) -> None:
    port = str(free_port())
    with started(settings | {"PORT": port}, stdout=subprocess.PIPE) as process:
        assert process.stdout
        line = process.stdout.readline()
        url = f"http://127.0.0.1:{port}"
        assert line == f"Good Bank is at {url}\n".encode()
        assert requests.get(url, timeout=10).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == b""
        assert process.wait(STOPS) == 0


@pytest.mark.long
def test_sigterm_under_attack_answers_what_is_under_way(settings: dict[str, str]) -> None:
    """What is idle or has not begun is closed; half a body has its 20 s and its answer."""
    with serving(SERVER, **settings) as (process, url), closing(Target(process, url)) as target:
        for data in (b"", target.head("GET /api/health"), target.head("GET /api/balances")[:-2]):
            for _ in range(EACH):
                target.send(data)
        half = [target.send(target.post("Content-Length: 16") + b'{"balance"') for _ in range(10)]
        time.sleep(3)  # of the 10 s after which the others are closed
        process.send_signal(signal.SIGTERM)
        time.sleep(1)
        for connection in half:
            connection.sendall(b': "5"}')
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        assert process.wait(STOPS) == 0


@pytest.mark.long
def test_a_burst_of_requests_hides_no_signal(settings: dict[str, str]) -> None:
    """Each of them wakes the event loop, and so does the signal."""
    for _ in range(2 * SIZE):
        with serving(SERVER, **settings) as (process, url), closing(Target(process, url)) as target:
            for _ in range(2000):
                target.send(target.post("Content-Length: 100") + b"{")
            target.close()
            process.send_signal(signal.SIGTERM)
            assert process.wait(STOPS) == 0


def test_a_database_of_a_newer_version_ends_it_with_a_sentence(
    settings: dict[str, str], tmp_path: Path
) -> None:
    with serving(SERVER, **settings):
        pass
    with closing(sqlite3.connect(tmp_path / "test.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = 'newer'")
        database.commit()
    with started(settings, stderr=subprocess.PIPE) as process:
        assert process.wait(STOPS) == 1
        assert process.stderr
        (line,) = process.stderr.read().decode().splitlines()
        assert "newer version of Good Bank" in line


# What the workers of one server share


def listens(process: psutil.Process) -> bool:
    """Tell whether a process takes connections."""
    return any(each.status == psutil.CONN_LISTEN for each in process.net_connections("tcp"))


def test_a_new_worker_knows_the_visitors_though_the_key_file_is_gone(
    tmp_path: Path, luno: Luno
) -> None:
    for folder in ("server", "client"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    command = f"cd '{tmp_path}' && exec '{sys.executable}' -m server"
    env = {"FLASK_LUNO_URLS": json.dumps([luno.url])}
    with serving(["sh", "-c", command], **env) as (process, url):
        with requests.Session() as session:
            session.post(f"{url}/api/update", {"balance": "5"}, timeout=10).raise_for_status()
            cookie = {"Cookie": f"good_bank={session.cookies['good_bank']}"}
        (tmp_path / "instance" / "secret-key").unlink()
        main = psutil.Process(process.pid)
        old = main.children()
        for worker in old:
            worker.kill()
        wait_until(lambda: len(set(main.children()) - set(old)) == len(old))
        wait_until(lambda: all(listens(worker) for worker in set(main.children()) - set(old)))
        for _ in range(20):
            answer = requests.get(f"{url}/api/balances", headers=cookie, timeout=10)
            assert answer.json()["balances"][-1]["balance"] == "5.00"
        assert not (tmp_path / "instance" / "secret-key").exists()


HOSTS = ("localhost", "127.0.0.1", "bank.example", "evil.example")


@pytest.mark.parametrize(
    ("env", "answered"),
    [
        ({}, {"localhost", "127.0.0.1"}),
        ({"FLASK_TRUSTED_HOSTS": '["bank.example"]'}, {"bank.example"}),
        (
            {"FLASK_TRUSTED_PROXIES": "1"},
            {"localhost", "127.0.0.1", "bank.example", "evil.example"},
        ),
        ({"HOST": "0.0.0.0"}, {"localhost", "127.0.0.1", "bank.example", "evil.example"}),
    ],
)
def test_a_server_of_this_machine_alone_answers_no_foreign_name(
    settings: dict[str, str], env: dict[str, str], answered: set[str]
) -> None:
    """A page of evil.example could else have its name lead here, and read the history."""
    paths = ("/", "/client/base.css", "/nothing", "/api/balances", "/api/health", "/api/docs")
    with serving(SERVER, **settings | env) as (_, url):
        for host in HOSTS:
            for name in (host, f"{host}:8123"):
                for path in paths:
                    answer = requests.get(url + path, headers={"Host": name}, timeout=10)
                    expected = 404 if path == "/nothing" else 200
                    assert answer.status_code == (expected if host in answered else 400)
                    if host not in answered:
                        assert answer.headers["Content-Type"] == "application/problem+json"
                        assert "Set-Cookie" not in answer.headers
                answer = requests.post(
                    f"{url}/api/update",
                    {"balance": "5"},
                    headers={"Host": name, "Origin": f"http://{name}"},
                    timeout=10,
                )
                assert answer.status_code == (200 if host in answered else 400)


def test_localhost_is_nobody_elses_on_ipv6_or_is_not_answered(settings: dict[str, str]) -> None:
    """Browsers ask `::1` first, and would send the cookie to who listens there."""
    with serving(SERVER, **settings) as (_, url), socket.socket(socket.AF_INET6) as other:
        port = int(url.rpartition(":")[2])
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="in use"):
            other.bind(("::1", port))
    with socket.create_server(("::1", free_port()), family=socket.AF_INET6) as other:
        env = settings | {"PORT": str(other.getsockname()[1])}
        with started(env, stdout=subprocess.PIPE) as process:
            assert process.stdout
            url = process.stdout.readline().decode().split()[-1]
            for host, status in (("127.0.0.1", 200), ("localhost", 400)):
                answer = requests.get(url, headers={"Host": host}, timeout=10)
                assert answer.status_code == status
