"""What the tests of statements share: a text read, and what came of it or why it was refused."""

from datetime import date
from pathlib import Path

import pytest

from server.money import rand
from server.statements import Choices, Reading, StatementError, read

TODAY = date(2026, 11, 25)
SAMPLES = Path(__file__).parent / "files"
HEADER = "Date,Description,Amount,Balance\n"


def reading(text: str | bytes, **choices: str) -> Reading:
    return read(text.encode() if isinstance(text, str) else text, Choices(**choices), TODAY)


def shown(text: str | bytes, **choices: str) -> list[tuple[str, str]]:
    return [(day.isoformat(), rand(cents)) for day, cents, _ in reading(text, **choices).balances]


def refused(text: str | bytes, **choices: str) -> list[tuple[str, int | None]]:
    with pytest.raises(StatementError) as caught:
        reading(text, **choices)
    return [(error["field"], error.get("line")) for error in caught.value.errors]


def reason(text: str | bytes, **choices: str) -> str:
    with pytest.raises(StatementError) as caught:
        reading(text, **choices)
    return caught.value.errors[0]["detail"]
