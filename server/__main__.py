"""Serve the product: `python -m server`, at HOST and PORT."""

import _thread
import asyncio
import ctypes
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from typing import Any

from flask import Flask

# Granian's allocator reads this as it loads: large blocks go back to the system at once.
os.environ.setdefault("_RJEM_MALLOC_CONF", "oversize_threshold:131072")  # bytes
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from server import create_app, settings
from server.web.gateway import Gateway
from server.web.limits import BODY_TIMEOUT

MAX_WORKERS = 4
MAX_CONNECTIONS = 4096  # of a worker
MAX_FILES = 2 * MAX_CONNECTIONS  # which a worker opens
HEADERS_TIMEOUT = 10  # seconds in which the next request must have begun and sent its headers
UNREAD_TIMEOUT = 10  # seconds in which a client must have read some of its answer
STOP_TIMEOUT = BODY_TIMEOUT + 10  # seconds until a worker that is to end is killed
SWITCH_INTERVAL = 0.002  # seconds a thread keeps others waiting, so that health waits less
M_MMAP_THRESHOLD = -3  # glibc's name for the size from which a block is given back
LARGE_BLOCK = 128 * 1024  # bytes
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Server(MPServer):
    """Granian's server. It prints the page's address, and a second signal does not stop its end."""

    def _serve_loop(self, *target: Any) -> None:
        """Print the page's address once it answers; serve until a signal."""
        address = self.bind_addr, self.bind_port
        while not (answering := is_answering(*address)) and not self.main_loop_interrupt.wait(0.05):
            pass
        if answering:
            print(f"Good Bank is at http://{self._bind_addr_fmt}", flush=True)  # noqa: T201
        super()._serve_loop(*target)  # type: ignore[no-untyped-call]

    def signal_handler_interrupt(self, *_: object) -> None:
        """End the server.

        The Event's lock is not reentrant, and the signal may have interrupted the main thread
        inside that Event, where it would wait for itself. So another thread sets it.
        """
        self.interrupt_signal = True
        _thread.start_new_thread(self.main_loop_interrupt.set, ())


def main() -> None:
    """Run a process per core, up to four, until SIGTERM or Ctrl-C; end what is under way."""
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "5000"
    app = Flask("server")
    try:
        settings.load(app)
        ip = free_address(host, int(port))
    except (ValueError, OSError, OverflowError) as error:
        sys.exit(f"Good Bank cannot serve at {host}:{port}. {error}")
    hand_down(app, host, ip)
    allow_files()
    protect_forks()
    server = Server(
        "server.__main__:create_worker",
        factory=True,
        interface=Interfaces.ASGINL,
        address=ip,
        port=int(port),
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_TIMEOUT * 1000),
        websockets=False,
        loop=Loops.asyncio,  # uvloop, where installed, would lose a signal that comes early
        workers=min(os.cpu_count() or 1, MAX_WORKERS),
        backpressure=MAX_CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_TIMEOUT,
        log_level=LogLevels.error,
    )
    try:
        # Elsewhere granian's own, with which it runs one process on Windows, as it must.
        server.serve(run_worker if sys.platform == "linux" else None)
    except SystemExit:
        if not server.interrupt_signal:  # else the signal to the group has ended a worker too
            raise
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # while Python ends, which restores its defaults


def free_address(host: str, port: int) -> str:
    """Return the IP address of a host, IPv4 where it has both; raise OSError if it is taken."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    family, _, _, _, (ip, _, *scope) = min(found, key=lambda info: info[0] != socket.AF_INET)
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name == "posix")
        probe.bind((ip, port, *scope))
    return str(ip)


def hand_down(app: Flask, host: str, ip: str) -> None:
    """Give the workers, also those that are started anew, what must not change meanwhile.

    That is the secret key; and for a server of this machine alone, the names by which it is
    called. A page of another site could else call it by its own name (DNS rebinding).
    """
    os.environ["FLASK_SECRET_KEY"] = json.dumps(app.config["SECRET_KEY"])
    reached_directly = not (app.config["TRUSTED_HOSTS"] or app.config["TRUSTED_PROXIES"])
    if reached_directly and ip.startswith("127."):  # Flask's own check knows no IPv6 addresses
        os.environ["FLASK_TRUSTED_HOSTS"] = json.dumps(["localhost", "127.0.0.1", ip, host])


def allow_files() -> None:
    """Have the system allow a process as many open files as its connections need."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MAX_FILES if hard == resource.RLIM_INFINITY else min(MAX_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def protect_forks() -> None:
    """Have a signal end a worker that is still starting, in a process group of its own.

    A forked worker begins with the main process's handlers, which would lose the signal. And a
    terminal sends Ctrl-C to a whole group, while the main process ends its workers itself.
    """
    if hasattr(os, "register_at_fork"):  # not on Windows, where workers start afresh
        os.register_at_fork(
            before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS),
            after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS),
            after_in_child=begin_worker,
        )


def begin_worker() -> None:
    """Leave the main process's group and handlers, and take the signals that came meanwhile."""
    os.setpgrp()
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def run_worker(number: int, name: str, load: Any, sockets: Any, *options: Any) -> None:
    """Run granian's worker on a socket whose connections end when nobody reads (Linux)."""
    (spec, _), _ = sockets
    if spec:  # on Linux, each worker makes its own, and the kernel shares out the connections
        holder = spec.build()
        listener = socket.socket(fileno=holder.get_fd())
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_TIMEOUT * 1000)
        listener.detach()  # it stays open, in the holder
        sockets = (None, holder), None
    MPServer._spawn_asgi_worker(number, name, load, sockets, *options)


def create_worker() -> Gateway:
    """Build the application in a worker."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    if os.name == "posix":
        hear_signals(asyncio.get_event_loop())
    return_large_blocks()
    return Gateway(create_app())


def hear_signals(loop: asyncio.AbstractEventLoop) -> None:
    """Have signals wake the event loop by a pipe of their own.

    By default they share the loop's, which a burst of requests fills: then a signal is lost.
    """

    def add_signal_handler(number: int, handler: Callable[..., Any], *arguments: Any) -> None:
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(handler, *arguments))

    loop.add_signal_handler = add_signal_handler  # type: ignore[assignment, method-assign]
    woken, waker = socket.socketpair()
    woken.setblocking(False)
    waker.setblocking(False)
    loop.add_reader(woken, woken.recv, 4096)
    signal.set_wakeup_fd(waker.detach())


def return_large_blocks() -> None:
    """Have what long bodies and answers took go back to the system; glibc would come to keep it."""
    with suppress(AttributeError, TypeError):  # other systems have no such function
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)


def is_answering(ip: str, port: int) -> bool:
    """Tell whether the page answers."""
    connection = HTTPConnection(ip, port, timeout=1)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
        return True
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    main()
