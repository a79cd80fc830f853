"""Statements: read the balances of days out of a file that a bank or a spreadsheet made.

Pure but for workbooks, which a process of its own unpacks: no Flask, no database.
"""

from datetime import date

from server.statements import files, ofx, own, reading
from server.statements.model import (
    MAX_BALANCES,
    MAX_SIZE,
    Choices,
    DayBalance,
    Reading,
    StatementError,
    refuse,
)
from server.statements.table import dated_rows, find_table

__all__ = ["MAX_SIZE", "Choices", "DayBalance", "Reading", "StatementError", "read"]

_CHOICES = {
    "date_order": ("dmy", "mdy", "ymd"),
    "decimal": (",", "."),
    "each": ("day", "row"),
}


def read(data: bytes, choices: Choices, today: date) -> Reading:
    """Read a statement; raise StatementError, with the reasons, where that cannot be done surely.

    What might be read otherwise is among the doubts of the reading.
    """
    for field, values in _CHOICES.items():
        if getattr(choices, field) not in (None, *values):
            raise refuse(field, f"It is one of {', '.join(values)}.")
    kind = files.kind_of(data)
    if kind == "ofx":
        result = ofx.read(data, choices, today)
    else:
        result = _read_tables(data, kind, choices, today)
    if len(result.balances) > MAX_BALANCES:
        detail = f"The file has {len(result.balances)} balances; a history holds {MAX_BALANCES}."
        raise refuse("file", detail, columns=result.columns, status=409)
    return result


def _read_tables(data: bytes, kind: str, choices: Choices, today: date) -> Reading:
    sheets = files.tables(data, kind)
    dated = {name: dated_rows(rows) for name, rows in sheets.items()}
    if not dated or not any(sheets.values()):
        raise refuse("file", "The file has no rows.")
    name = max(dated, key=lambda sheet: dated[sheet])
    table = find_table(sheets[name], choices)
    others = [f"“{sheet}”" for sheet, count in dated.items() if count and sheet != name]
    doubts = [f"Only the sheet “{name}” is read, not {', '.join(others)}."] if others else []
    if own.is_ours(table):
        return own.read(table, kind, choices, today)
    return reading.read(table, kind, choices, today, doubts)
