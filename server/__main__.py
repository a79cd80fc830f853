"""Serve the product: `python -m server`, at HOST and PORT."""

import os
import signal

if __name__ == "__main__":
    # A stop is no error either before the server has its own handlers: the imports take a while.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))

import _thread
import asyncio
import errno
import multiprocessing
import socket
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from functools import partial
from http.client import HTTPConnection, HTTPException
from typing import Any

from flask import Flask
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from server import create_app, settings
from server.history.database import Database, NewerDatabaseError
from server.web.gateway import Gateway
from server.web.limits import BODY_TIMEOUT

MAX_WORKERS = 4
MAX_CONNECTIONS = 4096  # of a worker
MAX_FILES = 2 * MAX_CONNECTIONS  # which a worker opens
MAX_HEAD = 768 * 1024  # bytes: browsers send up to 180 cookies of 4 KB
HEADERS_TIMEOUT = 10  # seconds in which the next request must have begun and sent its headers
UNREAD_TIMEOUT = 10  # seconds in which a client must have read some of its answer
STOP_TIMEOUT = BODY_TIMEOUT + 10  # seconds until a worker that is to end is killed
ORPHAN_TIMEOUT = 5  # the same for a worker whose main process is gone


class Server(MPServer):
    """Granian's server, which prints the page's address, and ends when its terminal closes."""

    ignores_hangup = hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) == signal.SIG_IGN

    def _serve_loop(self, *target: Any) -> None:
        """Print the page's address once it answers; serve until a signal."""
        address = self.bind_addr, self.bind_port
        while not (answering := is_answering(*address)) and not self.main_loop_interrupt.wait(0.05):
            pass
        if answering:
            print(f"Good Bank is at http://{self._bind_addr_fmt}", flush=True)  # noqa: T201
        super()._serve_loop(*target)  # type: ignore[no-untyped-call]

    def signal_handler_interrupt(self, *_: object) -> None:
        """End the server, from another thread: the main one may hold the Event's lock just now."""
        self.interrupt_signal = True
        _thread.start_new_thread(self.main_loop_interrupt.set, ())

    def signal_handler_reload(self, *_: object) -> None:
        """End the server with its terminal, unless it was started with `nohup`."""
        if not self.ignores_hangup:
            self.signal_handler_interrupt()


def main() -> None:
    """Run a process per core, up to four, until a signal; finish the requests under way."""
    host, sent = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "5000"
    app = Flask("server")
    try:
        settings.load(app)
        port = int(sent)
        ip = free_address(host, port)
        Database(app.config["DATABASE_URL"]).close()  # upgraded, or said why not, once
    except (ValueError, OSError, OverflowError, NewerDatabaseError) as error:
        sys.exit(f"Good Bank cannot serve at {host}:{sent}. {error}")
    key, names = app.config["SECRET_KEY"], app.config["TRUSTED_HOSTS"]
    if ip.startswith("127.") and not (names or app.config["TRUSTED_PROXIES"]):
        # A page of another site could else call it by its own name (DNS rebinding).
        names = [ip, "127.0.0.1", host, "localhost"]
        if not hold_localhost(port):
            names = [name for name in names if name != "localhost"]
    allow_files()
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork")  # as before Python 3.14, for a quick start
        os.register_at_fork(after_in_child=leave_main_process)
    Server(
        "Good Bank",
        interface=Interfaces.ASGINL,
        address=ip,
        port=port,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADERS_TIMEOUT * 1000, max_buffer_size=MAX_HEAD
        ),
        websockets=False,
        loop=Loops.asyncio,
        workers=min(os.cpu_count() or 1, MAX_WORKERS),
        backpressure=MAX_CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_TIMEOUT,
        log_level=LogLevels.error,
    ).serve(
        # Elsewhere granian's own, with which it runs one process on Windows, as it must.
        run_worker if sys.platform == "linux" else None,
        partial(create_worker, os.getpid(), {"SECRET_KEY": key, "TRUSTED_HOSTS": names}),
        wrap_loader=False,
    )


def free_address(host: str, port: int) -> str:
    """Return the IP address of a host, IPv4 where it has both; raise OSError if it is taken."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    family, _, _, _, (ip, _, *scope) = min(found, key=lambda info: info[0] != socket.AF_INET)
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name == "posix")
        probe.bind((ip, port, *scope))
    return str(ip)


def hold_localhost(port: int) -> bool:
    """Take this port of ::1, which `localhost` means too; tell whether nobody else has it."""
    try:
        holder = socket.socket(socket.AF_INET6)
        holder.bind(("::1", port))
    except OSError as error:
        return error.errno != errno.EADDRINUSE  # there is no IPv6, so nobody can listen there
    holder.detach()  # it stays open until the process ends
    return True


def allow_files() -> None:
    """Have the system allow a process as many open files as its connections need."""
    with suppress(ImportError):  # Windows has no such limit
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = MAX_FILES if hard == resource.RLIM_INFINITY else min(MAX_FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def leave_main_process() -> None:
    """Have a signal end a worker that is still starting, in a process group of its own.

    The main process's handlers would lose it, and a terminal sends Ctrl-C to a whole group.
    """
    os.setpgrp()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def run_worker(number: int, name: str, load: Any, sockets: Any, *options: Any) -> None:
    """Run granian's worker on a socket whose connections end when nobody reads (Linux)."""
    (spec, _), _ = sockets  # each worker makes its own, and the kernel shares out the connections
    holder = spec.build()
    listener = socket.socket(fileno=holder.get_fd())
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_TIMEOUT * 1000)
    listener.detach()  # it stays open, in the holder
    MPServer._spawn_asgi_worker(number, name, load, ((None, holder), None), *options)


def create_worker(main_process: int, config: Mapping[str, Any]) -> Gateway:
    """Build the application in a worker, with what all workers must have the same."""
    if os.name == "posix":
        leave_main_process()
        threading.Thread(target=end_with, args=(main_process,), daemon=True).start()
    loop: Any = asyncio.get_event_loop()
    loop.add_signal_handler = no_signal_handler
    return Gateway(create_app(config))


def end_with(main_process: int) -> None:
    """End this worker once the main process is gone, however that has ended."""
    while os.getppid() == main_process:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ORPHAN_TIMEOUT)
    os.killpg(0, signal.SIGKILL)  # also a process that reads a statement


def no_signal_handler(*_: object) -> None:
    """Have granian take signals without the event loop, which loses them in a burst of requests."""
    raise NotImplementedError


def is_answering(ip: str, port: int) -> bool:
    """Tell whether the page answers."""
    with (
        closing(HTTPConnection(ip, port, timeout=1)) as connection,
        suppress(OSError, HTTPException),
    ):
        connection.request("HEAD", "/")
        connection.getresponse()
        return True
    return False


if __name__ == "__main__":
    main()
