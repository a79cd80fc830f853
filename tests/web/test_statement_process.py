"""The process that reads statements: what it may, and when it ends."""

import sys
from datetime import date

import psutil  # type: ignore[import-untyped]
import pytest

from server.statements import Choices, Reading, StatementError
from server.web import statement_process
from server.web.statement_process import read

CSV = b"date,balance\n2020-01-01,5\n"
ORDER = (Choices(), date(2026, 11, 25), "Africa/Johannesburg")

# With the limits of the process, but for the time that a test would wait for.
LIMITED = "import signal; from statements import __main__ as process\n"
LIMITED += "process.CPU_TIME = 1; process.limit(); signal.alarm(0)\n"


def read_with(program: str, monkeypatch: pytest.MonkeyPatch) -> Reading:
    """Have another program read in its place, as a hostile file might make it do."""
    monkeypatch.setattr(statement_process, "COMMAND", [sys.executable, "-c", program])
    return read(CSV, *ORDER)


def test_it_has_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_SECRET_KEY", "secret")
    program = 'import os; print(f\'{{"columns": ["{sorted(os.environ)}"]}}\')'
    with pytest.raises(StatementError) as caught:
        read_with(program, monkeypatch)
    assert set(caught.value.columns) <= {"[]", "['LC_CTYPE']"}  # which Python sets by itself


@pytest.mark.parametrize(
    "program",
    [
        *("", "exit(1)", "print('[]')", 'print(\'{"reading": {"kind": 5}}\')'),
        "import sys, itertools\nfor _ in itertools.count(): sys.stdout.write('x' * 65536)",
        "import sys; sys.stdin.close()",
        LIMITED + "x = []\nwhile True: x.append(bytes(2**20))",
        LIMITED + "while True: pass",
    ],
)
def test_what_it_should_not_do_is_a_refusal(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also what takes more memory or time of the processor than it may have."""
    monkeypatch.setattr(statement_process, "WALL_TIME", 600)
    with pytest.raises(StatementError, match="too long to read"):
        read_with(program, monkeypatch)


def test_it_ends_with_its_client(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []  # for the client

    def has_left() -> bool:
        looks.append(1)
        return len(looks) > 2

    monkeypatch.setattr(statement_process, "WALL_TIME", 600)
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    monkeypatch.setattr(statement_process, "COMMAND", command)
    with pytest.raises(StatementError):
        read(CSV, *ORDER, has_left)
    assert command not in [child.cmdline() for child in psutil.Process().children()]
