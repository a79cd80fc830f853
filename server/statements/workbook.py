"""Workbooks: the visible sheets, with the values of their cells.

A workbook can declare far more cells than it has bytes: who reads one limits memory and time.
"""

import io
import math
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal

from python_calamine import (
    CalamineError,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from server.statements.model import MAX_CELLS, MAX_ROWS, Cell, Row, refuse

_MAX_TEXT = 200  # characters of a cell: what a description says behind them is not needed
_MAX_SHEETS = 60
_MAX_XML = 32 * 1024 * 1024  # bytes of a sheet that are searched for formulas
_CELL = re.compile(rb"<c\b([^>]*[^/])>(.*?)</c>", re.DOTALL)
_ERROR = b't="e"'
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]+)"')
_FORMULA = re.compile(rb"<f\b[^>]*>([^<]*)")
_VALUE = re.compile(rb"<v>\s*([^<\s]+)\s*</v>")


def sheets(data: bytes) -> Iterator[tuple[str, list[Row]]]:
    """Yield each visible sheet: its name, and its rows that are not empty.

    Raises StatementError for a workbook that cannot be read, and for too many rows.
    """
    most_rows, most_cells = MAX_ROWS, MAX_CELLS
    try:
        with load_workbook(io.BytesIO(data)) as workbook:
            formulas = _Formulas(data)
            visible = [
                (number, sheet.name)
                for number, sheet in enumerate(workbook.sheets_metadata)
                if sheet.typ == SheetTypeEnum.WorkSheet
                and sheet.visible == SheetVisibleEnum.Visible
            ]
            for number, name in visible[:_MAX_SHEETS]:
                rows = []
                unknown = formulas.of(number)
                texts: dict[str, str] = {}  # one text many times takes the space of one
                table = workbook.get_sheet_by_name(name)
                for line, values in enumerate(table.iter_rows(), 1):
                    cells = [_cell(value, texts) for value in values]
                    for column, text in unknown.pop(line, ()):
                        cells += [""] * (column + 1 - len(cells))
                        cells[column] = text
                    if any(cell != "" for cell in cells):
                        rows.append(Row(line, cells))
                        most_rows, most_cells = most_rows - 1, most_cells - len(cells)
                        if most_rows < 0 or most_cells < 0:
                            raise refuse("file", f"At most {MAX_ROWS} rows can be read.")
                yield name, rows
    except PasswordError:
        raise refuse("file", "The workbook has a password. Save a copy without one.") from None
    except (CalamineError, OverflowError):
        detail = "The workbook is damaged, or not of a kind that can be read."
        raise refuse("file", detail) from None


def _cell(value: object, texts: dict[str, str]) -> Cell:
    if isinstance(value, datetime):
        return value if value.time() != time.min else value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return Decimal(f"{value:.15g}")  # as many digits as a spreadsheet keeps
    text = str(value)[:_MAX_TEXT]
    if text[:1] == "'":
        text = text[1:]
    return texts.setdefault(text, text)


class _Formulas:
    """The formulas of an XLSX that have no value: never calculated, or in error."""

    def __init__(self, data: bytes) -> None:
        self._parts: list[str] = []  # the file of each sheet, in their order
        self._stale = False  # whether a zero may stand for what was not calculated
        with suppress(zipfile.BadZipFile, KeyError, ValueError, NotImplementedError):
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            book = self._read("xl/workbook.xml").decode(errors="replace")
            links = self._read("xl/_rels/workbook.xml.rels").decode(errors="replace")
            found = {
                _attribute(tag, "Id"): _attribute(tag, "Target")
                for tag in re.findall(r"<Relationship\b[^>]*>", links)
            }
            names = [_attribute(tag, r"r:id") for tag in re.findall(r"<sheet\b[^>]*>", book)]
            targets = [found.get(name, "") for name in names]
            self._parts = [t.lstrip("/") if t.startswith("/") else f"xl/{t}" for t in targets]
            self._stale = 'fullCalcOnLoad="1"' in book or 'fullCalcOnLoad="true"' in book

    def of(self, number: int) -> dict[int, list[tuple[int, str]]]:
        """Return the column and the text of each, by the line, of the sheet with this number."""
        result: dict[int, list[tuple[int, str]]] = {}
        with suppress(zipfile.BadZipFile, KeyError, IndexError, ValueError, NotImplementedError):
            xml = self._read(self._parts[number])
            some = b"<f" in xml or _ERROR in xml
            for attributes, content in _CELL.findall(xml) if some else ():
                place = _PLACE.search(attributes)
                value = _VALUE.search(content)
                text = value[1].decode(errors="replace") if value else ""
                if _ERROR not in attributes:
                    calculated = text and (text != "0" or not self._stale)
                    if calculated or b"<f" not in content:
                        continue
                    formula = _FORMULA.search(content)
                    text = "=" + (formula[1].decode(errors="replace") if formula else "")
                if place:
                    column = 0
                    for letter in place[1]:
                        column = column * 26 + letter - 64
                    result.setdefault(int(place[2]), []).append((column - 1, text[:_MAX_TEXT]))
        return result

    def _read(self, name: str) -> bytes:
        with self._archive.open(name) as file:
            return file.read(_MAX_XML)


def _attribute(tag: str, name: str) -> str:
    match = re.search(rf'\b{name}="([^"]*)"', tag)
    return match[1] if match else ""
