"""Serve the product: `python -m server`, at HOST and PORT."""

import _thread
import os
import signal
import socket
import sys

from flask import Flask
from granian.constants import Interfaces
from granian.server.mp import MPServer

from server import create_app, settings

MAX_WORKERS = 4
LONGEST_REQUEST = 20  # seconds; a worker that takes longer to end is killed


class Server(MPServer):
    """Granian, but a second signal cannot catch it dealing with the first.

    Its handler sets an Event, whose lock is not reentrant: where the handler interrupts the
    main thread inside that Event, it would wait for itself. So another thread sets it.
    """

    def signal_handler_interrupt(self, *_: object) -> None:
        """End the server."""
        self.interrupt_signal = True
        _thread.start_new_thread(self.main_loop_interrupt.set, ())


def main() -> None:
    """Run a process per core, up to four, until SIGTERM or Ctrl-C; end what is under way."""
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "5000"
    try:
        settings.load(Flask("server"))
        ip = free_address(host, int(port))
    except (ValueError, OSError, OverflowError) as error:
        sys.exit(f"Good Bank cannot serve at {host}:{port}. {error}")
    Server(
        "server.__main__:create_worker",
        factory=True,
        interface=Interfaces.WSGI,
        address=ip,
        port=int(port),
        workers=min(os.cpu_count() or 1, MAX_WORKERS),
        blocking_threads=4,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=LONGEST_REQUEST,
    ).serve()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # while Python ends, which restores its defaults


def free_address(host: str, port: int) -> str:
    """Return the IP address of a host, IPv4 where it has both; raise OSError if it is taken."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    family, _, _, _, (ip, _, *scope) = min(found, key=lambda info: info[0] != socket.AF_INET)
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name == "posix")
        probe.bind((ip, port, *scope))
    return str(ip)


def create_worker() -> Flask:
    """Build the application in a worker, which Ctrl-C must not reach twice.

    A terminal sends it to a whole process group; the main process then sends SIGTERM as well,
    and a worker that gets both may never end.
    """
    if hasattr(os, "setpgrp"):  # not on Windows
        os.setpgrp()
    return create_app()


if __name__ == "__main__":
    main()
