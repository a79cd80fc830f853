"""Statements that public bug reports tell of: read rightly, or doubted or refused for that reason.

Each file of `reports/` stands for a kind; `expected.json` says what one of its outcomes is, and
where the reports are.
"""

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from helpers import body, own, record, send_csv, today
from readings import reading

from server.money import rand
from server.statements import Reading, StatementError

REPORTS = Path(__file__).parent / "reports"
EXPECTED: dict[str, dict[str, Any]] = json.loads((REPORTS / "expected.json").read_text())
FILES = [name for name, case in EXPECTED.items() if "steps" not in case]


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


def dated(text: str) -> str:
    """Return a text with each {D-2}, or {D-2 %d/%m/%Y}, as that day before today."""

    def day(match: re.Match[str]) -> str:
        return (today() + timedelta(int(match[1]))).strftime(match[2] or "%Y-%m-%d")

    return re.sub(r"\{D([+-][0-9]+)(?: ([^}]+))?\}", day, text)


@pytest.mark.parametrize("name", [name for name, case in EXPECTED.items() if "steps" in case])
def test_report_of_several_steps_ends_rightly_or_is_doubted(name: str, client: FlaskClient) -> None:
    case = EXPECTED[name]
    for step in case["steps"]:
        if "update" in step:
            day, balance = step["update"]
            answer = record(client, balance, date=dated(f"{{{day}}}"))
        else:
            answer = send_csv(client, dated(step["import"]))
    told = body(answer)["import"]
    said = [*told["doubts"], *(skipped["detail"] for skipped in told["skipped"])]
    last = {entry["date"]: entry["balance"] for entry in own(answer)}
    wanted = {
        dated(f"{{{day}}}"): balance for day, balance in case.get("last", case.get("days", []))
    }
    ends_so = bool(wanted) and all(last.get(day) == balance for day, balance in wanted.items())
    if "days" in case:
        ends_so = ends_so and len(own(answer)) == len(case["days"])
    assert ("doubt" in case and matches(case["doubt"], told["doubts"])) or ends_so
    assert "told" not in case or matches(case["told"], said)
