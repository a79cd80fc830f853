"""Read statements in a process of their own, which can neither harm nor hold up the server.

`statements/__main__.py` reads there. The process has nothing of the server's environment, limits of
memory and time, and ends with its client. What comes out of it is checked.
"""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from threading import Thread
from typing import IO, cast

import msgspec

from server.statements import Choices, Reading, StatementError
from server.statements.model import Answer, Task

FOLDER = Path(__file__).parents[1]  # `server/`, where `statements` is a package of its own
COMMAND = [sys.executable, "-s", "-m", "statements"]
ENVIRONMENT = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}  # Windows
WALL_TIME = 15  # seconds
MAX_OUTPUT = 16 * 1024 * 1024  # bytes
UNREADABLE = "It takes too long to read this file, or too much memory. Save less of it, as CSV."

_log = logging.getLogger(__name__)


def read(
    data: bytes,
    choices: Choices,
    today: date,
    timezone: str,
    client_left: Callable[[], bool] = lambda: False,
) -> Reading:
    """Do what `statements.read` does, until the client has left; raise what that raises.

    A file that asks too much is refused too.
    """
    task = msgspec.json.encode(Task(choices, today, timezone))
    with subprocess.Popen(  # noqa: S603 (nothing of the command comes from outside)
        COMMAND,
        cwd=FOLDER,
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        Thread(target=kill_in_time, args=(process, client_left), name="statement").start()
        stdin, stdout = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
        with suppress(BrokenPipeError), stdin:
            stdin.write(task + b"\n" + data)
        output = stdout.read(MAX_OUTPUT)
        process.kill()  # whatever it would still do
    try:
        answer = msgspec.json.decode(output, type=Answer)
    except msgspec.MsgspecError:
        _log.warning(
            "A statement could not be read: the process ended with %s.", process.returncode
        )
        answer = Answer(None, [{"field": "file", "detail": UNREADABLE}])
    if answer.reading is None:
        raise StatementError(answer.errors, answer.columns, answer.status, answer.accounts)
    return answer.reading


def kill_in_time(process: subprocess.Popen[bytes], client_left: Callable[[], bool]) -> None:
    """Kill a process once its time is up or its client has left."""
    end = time.monotonic() + WALL_TIME
    while process.poll() is None and time.monotonic() < end and not client_left():
        time.sleep(0.05)
    process.kill()
