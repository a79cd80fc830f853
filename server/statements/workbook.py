"""Workbooks: the visible sheets, with the values of their cells.

A workbook can declare far more cells than it has bytes: who reads one limits memory and time.
"""

import io
import math
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal

import python_calamine as calamine

from .files import plain
from .model import Cell, Limit, Row, refuse

_MAX_TEXT = 200  # characters of a cell: what a description says behind them is not needed
_MAX_SHEETS = 60
_MAX_XML = 32 * 1024 * 1024  # bytes of a sheet that are searched for formulas
_CELL = re.compile(rb'<c\b(?=[^>]*\br="([A-Z]{1,3})([0-9]+)")([^>]*[^/])>(.*?)</c>', re.DOTALL)
_FORMULA = re.compile(rb"<f\b[^>]*>([^<]*)")
_VALUE = re.compile(rb"<v[^>]*>\s*([^<\s]+)\s*</v>")


def sheets(data: bytes) -> Iterator[tuple[str, list[Row]]]:
    """Yield each visible sheet: its name, and its rows that are not empty.

    Raises StatementError for a workbook that cannot be read, and for too many rows.
    """
    limit = Limit()
    try:
        with calamine.load_workbook(io.BytesIO(data)) as workbook:
            visible = [
                (number, sheet.name)
                for number, sheet in enumerate(workbook.sheets_metadata)
                if sheet.typ == calamine.SheetTypeEnum.WorkSheet
                and sheet.visible == calamine.SheetVisibleEnum.Visible
            ]
            for number, name in visible[:_MAX_SHEETS]:
                rows = []
                texts: dict[str, str] = {}  # one text many times takes the space of one
                table = workbook.get_sheet_by_name(name)
                unknown = _without_value(data, number)
                start = (table.start or (0, 0))[1]  # calamine leaves out empty columns before it
                for line, values in enumerate(table.iter_rows(), 1):
                    cells = [_cell(value, texts) for value in values]
                    for column, text in unknown.get(line, ()):
                        column -= start
                        cells += [""] * (column + 1 - len(cells))
                        cells[column] = text
                    if any(cell != "" for cell in cells):
                        rows.append(limit.count(Row(line, cells)))
                yield name, rows
    except calamine.PasswordError:
        raise refuse("file", "The workbook has a password. Save a copy without one.") from None
    except (calamine.CalamineError, OverflowError):
        detail = "The workbook is damaged, or not of a kind that can be read."
        raise refuse("file", detail) from None


def _cell(value: object, texts: dict[str, str]) -> Cell:
    if isinstance(value, datetime):
        return value if value.time() != time.min else value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return Decimal(f"{value:.15g}")  # as many digits as a spreadsheet keeps
    text = plain(str(value)[:_MAX_TEXT])
    return texts.setdefault(text, text)


def _without_value(data: bytes, number: int) -> dict[int, list[tuple[int, str]]]:
    """Return the formulas of an XLSX that have no value: never calculated, or in error.

    By the line, each with its column and its text, of the sheet with this number.
    """
    result: dict[int, list[tuple[int, str]]] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            book = _read(archive, "xl/workbook.xml")
            links = _read(archive, "xl/_rels/workbook.xml.rels")
            tags = map(_attributes, re.findall(rb"<Relationship\b[^>]*>", links))
            targets = {tag[b"Id"]: tag[b"Target"].decode() for tag in tags}
            sheet = _attributes(re.findall(rb"<sheet\b[^>]*>", book)[number])
            xml = _read(archive, posixpath.join("/xl", targets[sheet[b"r:id"]])[1:])
    except (zipfile.BadZipFile, zlib.error, EOFError, LookupError, ValueError, RuntimeError):
        return result  # it is no XLSX, or one that only calamine understands
    is_stale = bool(re.search(rb'fullCalcOnLoad="(1|true)"', book))  # zeros were not calculated
    some = b"<f" in xml or b't="e"' in xml
    for letters, line, attributes, content in _CELL.findall(xml) if some else ():
        value, formula = _VALUE.search(content), _FORMULA.search(content)
        text = value[1].decode(errors="replace") if value else ""
        if b't="e"' not in attributes:
            is_empty_text = b't="str"' in attributes and b"<v" in content
            if not formula or is_empty_text or (text and not (text == "0" and is_stale)):
                continue
            text = "=" + formula[1].decode(errors="replace")
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        result.setdefault(int(line), []).append((column - 1, text[:_MAX_TEXT]))
    return result


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        return file.read(_MAX_XML)


def _attributes(tag: bytes) -> dict[bytes, bytes]:
    return dict(re.findall(rb'([\w:]+)="([^"]*)"', tag))
