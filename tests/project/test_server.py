"""The production server as a process over real HTTP: what it says, refuses and lets end."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from shutil import copy

import psutil  # type: ignore[import-untyped]
import pytest
import requests
from conftest import ROOT
from helpers import SERVER, Json, environment, free_port, serving
from survival import PATIENCE, SIZE, kill, visitor, wait_until

from demo.luno import Luno

pytest.importorskip("resource", reason="Windows has no such signals")
FORM = "application/x-www-form-urlencoded"
MIB = 1024 * 1024


# How it starts and ends


def hear_hangups() -> None:
    """Have SIGHUP end a process that begins, also where the tests run without a terminal."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@contextmanager
def started(env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Start a server, and do not wait until it answers."""
    with subprocess.Popen(
        SERVER,
        cwd=ROOT,
        env=os.environ | {"PORT": str(free_port())} | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hear_hangups,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                kill(process.pid)


def test_what_cannot_serve_ends_with_a_sentence(
    settings: dict[str, str], luno: Luno, sqlite_file: Path, tmp_path: Path
) -> None:
    copy(sqlite_file, tmp_path / "newer.db")
    with closing(sqlite3.connect(tmp_path / "newer.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = 'newer'")
        database.commit()
    reasons = {
        ("PORT", str(luno.server_port)): "in use",
        ("HOST", "192.0.2.1"): "",
        ("FLASK_DATABASE_URL", f"sqlite:///{tmp_path}/newer.db"): "newer version of Good Bank",
    }
    with ExitStack() as stack:
        starts = [started(settings | {name: value}) for name, value in reasons]
        processes = [stack.enter_context(start) for start in starts]
        for process, reason in zip(processes, reasons.values(), strict=True):
            _, said = process.communicate(timeout=PATIENCE)
            assert process.returncode == 1
            assert said.startswith("Good Bank cannot serve at ")
            assert reason in said
            assert said.count("\n") == 1


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGTERM,
        signal.SIGHUP,
        signal.SIGKILL,
        pytest.param(signal.SIGINT, marks=pytest.mark.long),
    ],
    ids=lambda number: number.name,
)
def test_signal_ends_the_server_after_what_is_under_way_and_leaves_nothing(
    settings: dict[str, str], number: signal.Signals
) -> None:
    """A terminal sends Ctrl-C to the whole group; a killed process waits for nothing."""
    port = free_port()
    with started(settings | {"PORT": str(port)}) as process:
        assert process.stdout
        assert process.stdout.readline() == f"Good Bank is at http://127.0.0.1:{port}\n"
        children = psutil.Process(process.pid).children(recursive=True)
        with socket.create_connection(("127.0.0.1", port)) as half:
            head = "POST /api/update HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            half.sendall(f"{head}Content-Type: {FORM}\r\nContent-Length: 9\r\n\r\n".encode())
            assert half.recv(1024).startswith(b"HTTP/1.1 100")  # it waits for the body
            (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
            if number != signal.SIGKILL:
                half.sendall(b"balance=5")
                assert half.recv(1024).startswith(b"HTTP/1.1 200")
                assert process.wait(PATIENCE) == 0
                assert process.stdout.read() == ""
        gone, left = psutil.wait_procs(children, 15)
        assert gone
        assert not left
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signal_while_the_server_starts_ends_it_at_once(
    settings: dict[str, str], number: signal.Signals
) -> None:
    """As soon as there is a worker, which has loaded nothing yet, and in the moments after."""
    for delay in (0, 0.1) if SIZE == 1 else (0, 0.01, 0.05, 0.1, 0.2, 0.5) * SIZE:
        with started(settings) as process:
            main = psutil.Process(process.pid)
            wait_until(lambda main=main: main.children())  # type: ignore[misc]
            children = main.children()
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(delay)
            os.killpg(process.pid, number)
            assert process.wait(PATIENCE) == 0
            assert not any(child.is_running() for child in children)


# A server of this machine alone


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that nothing hangs up, for tests that bring visitors of their own."""
    url = f"sqlite:///{tmp_path_factory.mktemp('server')}/test.db"
    command = ["sh", "-c", f"trap '' HUP; exec {' '.join(SERVER)}"]
    with Luno() as luno, serving(command, **environment(url, luno)) as (process, address):
        for _ in range(2):
            process.send_signal(signal.SIGHUP)
        yield address


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def answer(host: str, url: str, path: str = "/api/health") -> requests.Response:
    """Ask by a name."""
    return requests.get(url + path, headers={"Host": host}, timeout=PATIENCE)


def test_it_answers_no_foreign_name(server: str) -> None:
    """A page of evil.example could else have its name lead here, and read the history."""
    for path in ("/", "/client/base.css", "/nothing", "/api/balances", "/api/docs"):
        assert answer("localhost:8123", server, path).status_code in (200, 404)
        refused = answer("evil.example:8123", server, path)
        assert refused.status_code == 400
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert "Set-Cookie" not in refused.headers
    headers = {"Host": "evil.example", "Origin": "http://evil.example"}
    sent = {"balance": "5"}
    written = requests.post(f"{server}/api/update", sent, headers=headers, timeout=PATIENCE)
    assert written.status_code == 400


def test_it_holds_its_port_of_localhost_on_ipv6(server: str) -> None:
    """Browsers ask `::1` first, and would send the cookie to who listens there."""
    with socket.socket(socket.AF_INET6) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="in use"):
            other.bind(("::1", port_of(server)))


@pytest.mark.long
def test_it_does_not_answer_to_localhost_where_that_is_somebody_elses_on_ipv6(
    settings: dict[str, str],
) -> None:
    port = free_port()
    with (
        socket.create_server(("::1", port), family=socket.AF_INET6),
        started(settings | {"PORT": str(port)}) as process,
    ):
        assert process.stdout
        url = process.stdout.readline().split()[-1]
        assert answer("127.0.0.1", url).status_code == 200
        assert answer("localhost", url).status_code == 400


@pytest.mark.long
def test_for_other_machines_it_answers_every_name(settings: dict[str, str]) -> None:
    with serving(SERVER, HOST="0.0.0.0", **settings) as (_, url):
        assert answer("bank.example", url).status_code == 200


# Heads and bodies


def problem(response: HTTPResponse) -> tuple[int, str]:
    """Return the status and the detail of an answer that must be a problem."""
    with closing(response):
        told = json.loads(response.read())
        assert response.headers["Content-Type"] == "application/problem+json"
        assert told["status"] == response.status
        return response.status, told["detail"]


@pytest.mark.parametrize("chunked", [False, True])
def test_answer_to_too_large_a_body_reaches_the_client(server: str, chunked: bool) -> None:
    for method, path, size, limit in (
        ("POST", "/api/update", MIB, 1),
        ("POST", "/api/update", 20 * MIB, 1),
        ("DELETE", "/api/balances", MIB, 1),
        ("POST", "/api/import", 5 * MIB, 5),
    ):
        connection = HTTPConnection("127.0.0.1", port_of(server), timeout=PATIENCE)
        body = (b"x" * 4096 if start else b"x" * 4097 for start in range(0, size, 4096))
        length: dict[str, str] = {} if chunked else {"Content-Length": str(size + 1)}
        headers = {"Content-Type": "text/csv"} | length
        connection.request(method, path, body, headers, encode_chunked=chunked)
        told = problem(connection.getresponse())
        assert told == (413, f"The body is larger than {limit} MiB.")
        connection.close()
    answer = requests.post(f"{server}//api/import", b"x" * 2 * MIB, timeout=PATIENCE)
    assert answer.status_code == 422  # it is read


def test_body_that_is_cut_off_is_400_and_records_nothing(server: str) -> None:
    """What had come would be good: a shorter amount, fewer rows."""
    cookie = visitor(server)
    file = "date,balance\n2026-01-01,1\n2026-01-02,2\n"
    for path, media, length, sent in (
        ("/api/update", FORM, "Content-Length: 15", "balance=1234"),
        ("/api/import", "text/csv", f"Content-Length: {len(file)}", file[:-13]),
        ("/api/update", FORM, "Transfer-Encoding: chunked", "c\r\nbalance=1234\r\n"),
        ("/api/update", FORM, "Transfer-Encoding: chunked", "c\r\nbalance=12"),
        ("/api/update", FORM, "Transfer-Encoding: chunked", "c\r\nbalance=1234\r\nzz\r\n"),
    ):
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n"
        head += f"Content-Type: {media}\r\n{length}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", port_of(server)), PATIENCE) as connection:
            connection.sendall((head + sent).encode())
            connection.shutdown(socket.SHUT_WR)
            response = HTTPResponse(connection)
            response.begin()
            assert problem(response) == (400, "The body ended early.")
    told = requests.get(f"{server}/api/balances", headers={"Cookie": cookie}, timeout=PATIENCE)
    assert all(entry["sample"] for entry in told.json()["balances"])


def test_header_that_takes_long_to_understand_is_refused(server: str) -> None:
    for name in ("Accept-Encoding", "If-None-Match", "Authorization", "Prefer"):
        connection = HTTPConnection("127.0.0.1", port_of(server), timeout=PATIENCE)
        connection.request("GET", "/api/balances", headers={name: "gzip;q=0.5, " * 30_000})
        assert problem(connection.getresponse()) == (431, "A header is larger than 8 KiB.")
        connection.close()


def test_header_with_an_underscore_is_not_taken_for_one_with_a_hyphen(server: str) -> None:
    """A proxy that overwrites `X-Forwarded-For` lets `X_Forwarded_For` pass."""
    for name, status in (("Idempotency-Key", 400), ("Idempotency_Key", 200)):
        sent: Json = {"data": {"balance": "5"}, "headers": {name: "no UUID"}, "timeout": PATIENCE}
        assert requests.post(f"{server}/api/update", **sent).status_code == status


def test_foreign_cookies_lose_nobody_their_history(server: str) -> None:
    """Another page of the host has set one that is not ASCII; each may have a line of its own.

    There may be as many as browsers keep for a host.
    """
    recorded = requests.post(f"{server}/api/update", {"balance": "5"}, timeout=PATIENCE)
    own = f"good_bank={recorded.cookies['good_bank']}".encode()
    many = b"".join(b"c%d=%s; " % (number, b"x" * 4_000) for number in range(180)) + own
    for lines in ([own + b"; name=Jos\xc3\xa9"], [b"name=Jos\xe9", own], [own, b"a=b"], [many]):
        for path in ("/", "/api/balances"):
            head = f"GET {path} HTTP/1.0\r\nHost: localhost\r\n".encode()
            head += b"".join(b"Cookie: %s\r\n" % line for line in lines)
            with socket.create_connection(("127.0.0.1", port_of(server)), PATIENCE) as connection:
                connection.sendall(head + b"\r\n")
                told = b"".join(iter(lambda: connection.recv(65536), b""))
            assert told.startswith(b"HTTP/1.0 200")
            assert b"set-cookie" not in told.lower()
        assert b'"balance":"5.00"' in told


def test_import_under_way_while_another_tab_starts_fresh_changes_nothing(server: str) -> None:
    """Least of all the cookie: the other tab's is the browser's by now."""
    with requests.Session() as tab:
        tab.post(f"{server}/api/update", {"balance": "1"}, timeout=PATIENCE).raise_for_status()
        cookie = f"good_bank={tab.cookies['good_bank']}"
        file = b"date,balance\n2020-01-01,5\n"
        head = f"POST /api/import HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n"
        head += f"Expect: 100-continue\r\nContent-Length: {len(file)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", port_of(server)), PATIENCE) as connection:
            connection.sendall(head.encode())
            assert b"100 Continue" in connection.recv(65536)  # the server has begun to read
            tab.delete(f"{server}/api/balances", timeout=PATIENCE).raise_for_status()
            connection.sendall(file)
            late = HTTPResponse(connection)
            late.begin()
            assert late.status == 409
            assert late.headers["Set-Cookie"] is None
        assert tab.get(f"{server}/api/balances", timeout=PATIENCE).json()["balances"] == []
