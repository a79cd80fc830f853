"""Statements of banks: `files/expected.json` says how each of their days closes."""

import json
from pathlib import Path

import pytest
from readings import reading, shown

HERE = Path(__file__).parent
BANKS: dict[str, list[list[str]]] = json.loads((HERE / "files" / "expected.json").read_text())
# Made by tests/statements/libreoffice.sh.
LIBREOFFICE = sorted((HERE / "files" / "libreoffice").iterdir())


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
