"""What the tests of statements share: a file read, what came of it, and workbooks of their own."""

import io
from datetime import date
from typing import Any

import pytest
from xlsxwriter import Workbook  # type: ignore[import-untyped]

from server.money import rand
from server.statements import Choices, Reading, StatementError, read

TODAY = date(2026, 11, 25)


def reading(file: str | bytes, **choices: str) -> Reading:
    data = file.encode() if isinstance(file, str) else file
    return read(data, Choices(**choices), TODAY)


def shown(found: Reading) -> list[list[str]]:
    """Return each day with its balance, as the API writes them."""
    return [[day.isoformat(), rand(cents)] for day, cents, _ in found.balances]


def amounts(found: Reading) -> list[float]:
    return [cents / 100 for _, cents, _ in found.balances]


def refusal(file: str | bytes, **choices: str) -> dict[str, Any]:
    """Return the first error for which a file is refused."""
    with pytest.raises(StatementError) as caught:
        reading(file, **choices)
    return dict(caught.value.errors[0])


def workbook(sheets: dict[str, list[list[Any]]]) -> bytes:
    """Return an XLSX of these sheets, each a list of rows. A tuple is a formula with its value."""
    file = io.BytesIO()
    with Workbook(file, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for line, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    content, *value = cell if isinstance(cell, tuple) else (cell,)
                    sheet.write(line, column, content, None, *value)
    return file.getvalue()
