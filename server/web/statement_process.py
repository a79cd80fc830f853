"""Read statements in a process of their own, which can neither harm nor hold up the server.

Strangers' files are read there, partly by native code. The process has nothing of the server's
environment, limits of memory and time, and ends with its client. What comes out of it is checked.
"""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from threading import Thread
from typing import IO, cast
from zoneinfo import ZoneInfo

import msgspec

from server import statements
from server.statements import Choices, Reading, StatementError
from server.statements.model import Refusal

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-s", "-m", "server.web.statement_process"]
ENVIRONMENT = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}  # Windows
WALL_TIME = 15  # seconds
CPU_TIME = 8  # seconds
MEMORY = 512 * 1024 * 1024  # bytes
MAX_OUTPUT = 16 * 1024 * 1024  # bytes
UNREADABLE = "It takes too long to read this file, or too much memory. Save less of it, as CSV."

_log = logging.getLogger(__name__)


class Order(msgspec.Struct):
    """How to read a file. The file comes behind it."""

    choices: Choices
    today: date
    timezone: str


class Outcome(msgspec.Struct):
    """The reading, or what a StatementError has."""

    reading: Reading | None = None
    errors: list[Refusal] = []
    columns: list[str] = []
    status: int = 422
    accounts: list[str] = []


def read(
    data: bytes,
    choices: Choices,
    today: date,
    client_left: Callable[[], bool] = lambda: False,
    timezone: str = "Africa/Johannesburg",
) -> Reading:
    """Do what `statements.read` does, until the client has left; raise what that raises.

    A file that asks too much is refused too.
    """
    order = msgspec.json.encode(Order(choices, today, timezone))
    with subprocess.Popen(  # noqa: S603 (nothing of the command comes from outside)
        COMMAND,
        cwd=ROOT,
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        Thread(target=kill_in_time, args=(process, client_left), name="statement").start()
        stdin, stdout = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
        with suppress(BrokenPipeError), stdin:
            stdin.write(order + b"\n" + data)
        output = stdout.read(MAX_OUTPUT)
        process.kill()  # whatever it would still do
    try:
        outcome = msgspec.json.decode(output, type=Outcome)
    except msgspec.MsgspecError:
        _log.warning(
            "A statement could not be read: the process ended with %s.", process.returncode
        )
        outcome = Outcome(errors=[{"field": "file", "detail": UNREADABLE}])
    if outcome.reading is None:
        raise StatementError(outcome.errors, outcome.columns, outcome.status, outcome.accounts)
    return outcome.reading


def kill_in_time(process: subprocess.Popen[bytes], client_left: Callable[[], bool]) -> None:
    """Kill a process once its time is up or its client has left."""
    end = time.monotonic() + WALL_TIME
    while process.poll() is None and time.monotonic() < end and not client_left():
        time.sleep(0.05)
    process.kill()


def main() -> None:
    """Read an order and a file from standard input, and write the outcome."""
    limit()
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    try:
        zone = ZoneInfo(order.timezone)
        reading = statements.read(sys.stdin.buffer.read(), order.choices, order.today, zone)
        outcome = Outcome(reading)
    except StatementError as error:
        outcome = Outcome(None, error.errors, error.columns, error.status, error.accounts)
    sys.stdout.buffer.write(msgspec.json.encode(outcome))


def limit() -> None:
    """Set the limits that the system has; the alarm ends the process where nobody kills it."""
    if sys.platform == "win32":
        return
    import resource

    signal.alarm(WALL_TIME)
    for number, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_TIME),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(OSError, ValueError):  # macOS has no limit of memory
            resource.setrlimit(number, (most, most))


if __name__ == "__main__":
    main()
