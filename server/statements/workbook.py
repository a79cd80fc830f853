"""Workbooks: read in a process of its own, so that a bad one cannot take the server with it."""

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

from server.statements.model import MAX_CELLS, MAX_ROWS, Cell, Row, refuse

_READER = Path(__file__).with_name("workbook_reader.py")
_TIMEOUT = 10  # seconds by the clock; the reader itself ends after 1.5 of the processor's
_REASONS = {
    "password": "The workbook has a password. Save a copy without one.",
    "long": f"The workbook is too long: at most {MAX_ROWS} rows can be read.",
    "broken": "The workbook is damaged, or not of a kind that can be read.",
}
_TOO_LARGE = "The workbook is too large to be read. Save the sheet with the statement as CSV."


def sheets(data: bytes) -> dict[str, list[Row]]:
    """Return the rows of each sheet by its name; raise StatementError for a bad workbook."""
    command = [sys.executable, "-I", str(_READER), str(MAX_ROWS), str(MAX_CELLS)]
    try:
        process = subprocess.run(  # noqa: S603 (nothing of the command comes from outside)
            command, input=data, capture_output=True, timeout=_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        raise refuse("file", _TOO_LARGE) from None
    if process.returncode != 0:
        raise refuse("file", _TOO_LARGE)
    result: dict[str, list[Row]] = {}
    rows: list[Row] = []
    for text in process.stdout.splitlines():
        value = json.loads(text)
        if "error" in value:
            raise refuse("file", _REASONS[value["error"]])
        if "sheet" in value:
            rows = result.setdefault(value["sheet"], [])
        else:
            rows.append(Row(value["line"], [_cell(cell) for cell in value["cells"]]))
    return result


def _cell(text: str) -> Cell:
    """Return what the reader wrote: its first letter tells the type."""
    if text.startswith("d"):
        return date.fromisoformat(text[1:])
    return Decimal(text[1:]) if text.startswith("n") else text[1:]
