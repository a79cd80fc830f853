"""Statements that public bug reports tell of: read rightly, or doubted or refused for that reason.

Each file of `reports/` stands for a kind; `expected.json` says what one of its outcomes is, and
where the reports are.
"""

import json
import re
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from readings import reading

from server.money import rand
from server.statements import Reading, StatementError

REPORTS = Path(__file__).parent / "reports"
EXPECTED: dict[str, dict[str, Any]] = json.loads((REPORTS / "expected.json").read_text())
FILES = [name for name, case in EXPECTED.items() if "steps" not in case]
TODAY = date(2026, 11, 25)


def days_of(found: Reading) -> list[list[str]]:
    return [[day.isoformat(), rand(cents)] for day, cents, _ in found.balances]


def matches(pattern: str, texts: Sequence[str]) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for text in texts)


def problems(case: dict[str, Any], read: Reading) -> list[str]:
    """Return what an outcome with days lacks, nothing where it is as the report wants."""
    days, may = days_of(read), case.get("may", [])
    told = [*read.doubts, *(skipped["detail"] for skipped in read.skipped)]
    lacking = []
    if [day for day in days if day not in may or day in case["days"]] != case["days"]:
        lacking.append(f"days: {days}")
    if case.get("no_doubt") and read.doubts:
        lacking.append(f"doubts: {read.doubts}")
    if "told" in case and not matches(case["told"], told):
        lacking.append(f"told: {told}")
    return lacking


@pytest.mark.parametrize("name", FILES)
def test_report_is_read_rightly_or_the_reason_is_told(name: str) -> None:
    case = EXPECTED[name]
    try:
        found = reading((REPORTS / name).read_bytes())
    except StatementError as error:
        reasons = [str(error), *(each["detail"] for each in error.errors)]
        assert matches(case.get("refuse", "(?!)"), reasons), reasons
        return
    doubted = "doubt" in case and matches(case["doubt"], found.doubts)
    assert doubted or ("days" in case and problems(case, found) == []), (
        days_of(found),
        found.doubts,
    )


def test_row_of_tomorrow_is_passed_over_and_said() -> None:
    (step,) = EXPECTED["weekend-row-dated-monday"]["steps"]
    day = {f"{{D{n:+}}}": (TODAY + timedelta(n)).isoformat() for n in range(-3, 2)}
    text = re.sub(r"\{D[+-]\d\}", lambda match: day[match[0]], step["import"])
    found = reading(text)
    assert [cents for _, cents, _ in found.balances] == [4000000, 3948500]
    assert any("later than today" in skipped["detail"] for skipped in found.skipped)
