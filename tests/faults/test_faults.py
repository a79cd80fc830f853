"""The exchange fails in every way, over real HTTP; the API answers all the same."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from conftest import MakeApp
from flask import Flask
from flask.testing import FlaskClient

from demo.luno import Luno
from server.rate.exchange import Exchange

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 200\r\n\r\n"
HALF = b'{"pair": "XBTZAR", "timestamp": 15277'

Fault = Callable[[socket.socket, threading.Event], None]


def hang(_connection: socket.socket, released: threading.Event) -> None:
    released.wait(60)


def hang_in_the_middle(connection: socket.socket, released: threading.Event) -> None:
    connection.sendall(HEAD + HALF)
    released.wait(60)


def trickle(connection: socket.socket, released: threading.Event) -> None:
    connection.sendall(HEAD)
    while not released.wait(1):
        connection.sendall(b" ")


def end_early(connection: socket.socket, _released: threading.Event) -> None:
    connection.sendall(HEAD + HALF)


def close(_connection: socket.socket, _released: threading.Event) -> None:
    """Say nothing at all."""


def reset(connection: socket.socket, _released: threading.Event) -> None:
    """Close without a goodbye: what was sent may be lost."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def send_ten_megabytes(connection: socket.socket, _released: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"[" + b"1," * 5_000_000 + b"1]")


def speak_another_language(connection: socket.socket, _released: threading.Event) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")


SLOW: list[Fault | str] = [hang, hang_in_the_middle, trickle]
QUICK: list[Fault | str] = [
    *("http://127.0.0.1:1/", "http://nowhere.invalid/"),
    *(end_early, close, reset, send_ten_megabytes, speak_another_language),
]


@contextmanager
def broken(fault: Fault) -> Iterator[str]:
    """Listen on an address that treats every connection in this way; yield its URL."""
    released = threading.Event()  # at the end of all

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the other side may have given up
            connection.recv(65536)
            fault(connection, released)

    def accept() -> None:
        while not released.is_set():
            with suppress(TimeoutError):
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            released.set()
            accepting.join()


def price(client: FlaskClient) -> str | None:
    """Return the rate that the history is answered with; every btc must be there or not with it."""
    answer = client.get("/api/balances")
    assert answer.status_code == 200
    told = answer.get_json()
    assert all((entry["btc"] is None) == (told["rate"] is None) for entry in told["balances"])
    return told["rate"] and str(told["rate"]["price"])


def address(fault: Fault | str, stack: ExitStack) -> str:
    return fault if isinstance(fault, str) else stack.enter_context(broken(fault))


@pytest.mark.parametrize(
    "faults",
    [SLOW, *([fault] for fault in QUICK)],
    ids=lambda faults: ", ".join(getattr(fault, "__name__", fault) for fault in faults),
)
def test_the_api_answers_while_the_exchange_fails(
    make_app: MakeApp, tmp_path: Path, faults: list[Fault | str]
) -> None:
    """Without a rate first, then with the last good one; then the next good answer is used.

    The slow faults, each of which lets a call wait for its whole timeout, are endured at once.
    """

    def endure(url: str, luno: Luno, without: Flask, app: Flask) -> None:
        urls = app.config["LUNO_URLS"]
        client = without.test_client()
        for _ in range(3):
            assert price(client) is None
            assert client.get("/api/health").status_code == 200
        exchange: Exchange = app.extensions["exchange"]
        client = app.test_client()
        exchange.ask()
        assert price(client) == "1000000.00"
        urls[:] = [url]  # the same exchange, gone bad
        for _ in range(3):
            exchange.ask()
            assert price(client) == "1000000.00"
            assert client.get("/api/health").status_code == 200
        urls[:] = [luno.url]
        luno.ticker = {"last_trade": "900000.00"}
        exchange.ask()
        assert price(client) == "900000.00"

    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(len(faults)))
        enduring = []
        for number, fault in enumerate(faults):
            url, luno = address(fault, stack), stack.enter_context(Luno())
            bad = {"LUNO_URLS": [url], "DATABASE_URL": f"sqlite:///{tmp_path}/bad-{number}.db"}
            good = {"LUNO_URLS": [luno.url], "DATABASE_URL": f"sqlite:///{tmp_path}/{number}.db"}
            enduring.append(pool.submit(endure, url, luno, make_app(**bad), make_app(**good)))
        for each in enduring:
            each.result()
