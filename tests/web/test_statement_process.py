"""The process that reads statements: what it may, and when it ends."""

import sys
import time
from datetime import date

import psutil  # type: ignore[import-untyped]
import pytest

from server import statements
from server.statements import Choices, Reading, StatementError
from server.web import statement_process
from server.web.statement_process import read

CSV = b"date,balance\n2020-01-01,5\n"


def read_with(program: str, monkeypatch: pytest.MonkeyPatch) -> Reading:
    """Have another program read in its place, as a hostile file might make it do."""
    monkeypatch.setattr(statement_process, "COMMAND", [sys.executable, "-c", program])
    return read(CSV, Choices(), date(2026, 11, 25))


def test_it_answers_what_reading_here_would() -> None:
    today = date(2026, 11, 25)
    assert read(CSV, Choices(), today) == statements.read(CSV, Choices(), today)
    for bad in (b"", b"date,balance\n2020-01-01,1\n2020-01-02,abc\n"):
        with pytest.raises(StatementError) as caught:
            read(bad, Choices(), today)
        with pytest.raises(StatementError) as expected:
            statements.read(bad, Choices(), today)
        assert vars(caught.value) == vars(expected.value)


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
    ],
)
def test_what_it_should_not_do_is_a_refusal(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StatementError, match="too long to read"):
        read_with(program, monkeypatch)


@pytest.mark.parametrize(
    "program",
    ["while True: pass", "x = []\nwhile True: x.append(bytes(2**20))"],
    ids=["time", "memory"],
)
def test_its_limits_end_it(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statement_process, "WALL_TIME", 60)
    limits = "from server.web import statement_process as s; s.CPU_TIME = 1; s.limit()\n"
    with pytest.raises(StatementError):
        read_with(limits + program, monkeypatch)


def test_it_ends_with_its_client(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = time.monotonic()
    monkeypatch.setattr(statement_process, "WALL_TIME", 600)
    monkeypatch.setattr(
        statement_process, "COMMAND", [sys.executable, "-c", "import time; time.sleep(600)"]
    )
    with pytest.raises(StatementError):
        read(CSV, Choices(), date(2026, 11, 25), lambda: time.monotonic() > begun + 0.5)
    commands = [child.cmdline() for child in psutil.Process().children()]
    assert statement_process.COMMAND not in commands
