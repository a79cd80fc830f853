"""Read a statement in a process of its own: `python -m statements`, started in `server/`.

It has nothing of the server but this folder. Strangers' files are read here, partly by native code.
"""

import signal
import sys
from contextlib import suppress
from zoneinfo import ZoneInfo

import msgspec

from . import StatementError, read
from .model import Answer, Task

CPU_TIME = 8  # seconds
WALL_TIME = 20  # seconds, where whoever started it does not end it before
MEMORY = 512 * 1024 * 1024  # bytes


def main() -> None:
    """Read a task and a file from standard input, and write the answer."""
    limit()
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    try:
        data = sys.stdin.buffer.read()
        answer = Answer(read(data, task.choices, task.today, ZoneInfo(task.timezone)))
    except StatementError as error:
        answer = Answer(None, error.errors, error.columns, error.status, error.accounts)
    sys.stdout.buffer.write(msgspec.json.encode(answer))


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
