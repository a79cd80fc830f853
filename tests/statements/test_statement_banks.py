"""Statements of banks: `files/expected.json` says how each of their days closes."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT
from flask.testing import FlaskClient
from helpers import amounts, record, send_csv
from readings import HEADER, reading, shown

HERE = Path(__file__).parent
BANKS: dict[str, list[list[str]]] = json.loads((HERE / "files" / "expected.json").read_text())
LIBREOFFICE = sorted(
    (HERE / "files" / "libreoffice").iterdir()
)  # by tests/statements/libreoffice.sh


@pytest.mark.parametrize("name", BANKS)
def test_a_banks_file_is_read_without_a_doubt(name: str) -> None:
    found = reading((HERE / "files" / name).read_bytes())
    assert shown(found) == BANKS[name]
    assert found.doubts == []


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


def test_statement_of_a_day_that_was_recorded_by_hand_ends_it(client: FlaskClient) -> None:
    """Also with a balance that the day has already. (actual#608)"""
    for balance in ("100.00", "50.00"):
        record(client, balance, date="2026-03-01")
    rows = "2026-03-01,a,-1,100\n2026-03-01,b,-50,50\n2026-03-01,c,50,100\n"
    assert amounts(send_csv(client, HEADER + rows)) == ["100.00", "50.00", "100.00"]
