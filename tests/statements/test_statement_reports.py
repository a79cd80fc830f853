"""Statements of banks, and those that public bug reports tell of.

`files/expected.json` says how each of a bank's days closes; `reports/expected.json` says of each
report what one of its outcomes is, and where it was made.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from flask.testing import FlaskClient
from helpers import body, own, record, send_csv, today
from readings import reading, shown

from server.statements import StatementError

HERE = Path(__file__).parent
BANKS: dict[str, list[list[str]]] = json.loads((HERE / "files" / "expected.json").read_text())
REPORTS: dict[str, dict[str, Any]] = json.loads((HERE / "reports" / "expected.json").read_text())
LIBREOFFICE = sorted(
    (HERE / "files" / "libreoffice").iterdir()
)  # by tests/statements/libreoffice.sh


@pytest.mark.parametrize("name", [name for name, days in BANKS.items() if days])
def test_a_banks_file_is_read_without_a_doubt(name: str) -> None:
    found = reading((HERE / "files" / name).read_bytes())
    assert shown(found) == BANKS[name]
    assert found.doubts == []


def test_amounts_alone_are_never_taken_for_balances() -> None:
    with pytest.raises(StatementError) as caught:
        reading((HERE / "files" / "discovery-no-balance.csv").read_bytes())
    assert [error["field"] for error in caught.value.errors] == ["balance_column"]
    assert caught.value.columns[0] == "Value Date"
    assert caught.value.columns[-1] == "Amount"


@pytest.mark.parametrize("file", LIBREOFFICE, ids=lambda file: file.name)
def test_what_libreoffice_saves_in_south_africa_is_read(file: Path) -> None:
    found = reading(file.read_bytes())
    assert shown(found) == BANKS["fnb-history.csv"]
    assert (found.kind, found.doubts) == (file.suffix[1:], [])


@pytest.mark.long
@pytest.mark.skipif(
    not shutil.which("soffice"), reason="Needs LibreOffice; files it saved are tested"
)
def test_libreoffice_still_saves_what_is_read(tmp_path: Path) -> None:
    source = HERE / "files" / "fnb-history.csv"
    for kind in ("csv", "ods", "xls", "xlsx"):
        command = ["sh", str(HERE / "libreoffice.sh"), str(source), str(tmp_path), kind]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        saved = (tmp_path / f"fnb-history.{kind}").read_bytes()
        assert shown(reading(saved)) == BANKS["fnb-history.csv"]


# Public bug reports


def matches(pattern: str, texts: Sequence[str]) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for text in texts)


@pytest.mark.parametrize("name", [name for name, case in REPORTS.items() if "steps" not in case])
def test_report_is_read_rightly_or_the_reason_is_told(name: str) -> None:
    case = REPORTS[name]
    try:
        found = reading((HERE / "reports" / name).read_bytes())
    except StatementError as error:
        reasons = [str(error), *(each["detail"] for each in error.errors)]
        assert matches(case.get("refuse", "(?!)"), reasons), reasons
        return
    told = [*found.doubts, *(skipped["detail"] for skipped in found.skipped)]
    if "doubt" in case and matches(case["doubt"], found.doubts):
        return
    right = case.get("days", [])
    may = [day for day in case.get("may", []) if day not in right]
    assert [day for day in shown(found) if day not in may] == right, found.doubts
    assert not (case.get("no_doubt") and found.doubts), found.doubts
    assert matches(case.get("told", ""), [*told, ""]), told


def dated(text: str) -> str:
    """Return a text with each {D-2}, or {D-2 %d/%m/%Y}, as that day before today."""

    def day(match: re.Match[str]) -> str:
        return (today() + timedelta(int(match[1]))).strftime(match[2] or "%Y-%m-%d")

    return re.sub(r"\{D([+-][0-9]+)(?: ([^}]+))?\}", day, text)


@pytest.mark.parametrize("name", [name for name, case in REPORTS.items() if "steps" in case])
def test_report_of_several_steps_ends_rightly_or_is_doubted(name: str, client: FlaskClient) -> None:
    case = REPORTS[name]
    for step in case["steps"]:
        if "update" in step:
            day, balance = step["update"]
            answer = record(client, balance, date=dated(f"{{{day}}}"))
        else:
            answer = send_csv(client, dated(step["import"]))
    told = body(answer)["import"]
    said = [*told["doubts"], *(skipped["detail"] for skipped in told["skipped"])]
    assert "told" not in case or matches(case["told"], said)
    if "doubt" in case and matches(case["doubt"], told["doubts"]):
        return
    ends = {entry["date"]: entry["balance"] for entry in own(answer)}
    wanted = {dated(f"{{{day}}}"): amount for day, amount in case.get("last", case.get("days", []))}
    assert wanted
    assert ends | wanted == ends
    assert "days" not in case or len(own(answer)) == len(case["days"])
