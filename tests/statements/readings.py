"""What the tests of statements share: a file read, what came of it, and workbooks of their own."""

import io
import zipfile
from datetime import date
from typing import Any

import pytest

from server.money import rand
from server.statements import Choices, Reading, StatementError, read

TODAY = date(2026, 11, 25)
HEADER = "Date,Description,Amount,Balance\n"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


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


def workbook(sheets: dict[str, str], strings: str = "") -> bytes:
    """Return an XLSX of these sheets, each the content of its sheetData."""

    def related(name: str, kind: str, target: str) -> str:
        return f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{target}"/>'

    listed, targets, files = "", "", {}
    for number, (name, rows) in enumerate(sheets.items(), 1):
        listed += f'<sheet name="{name}" sheetId="{number}" r:id="r{number}"/>'
        targets += related(f"r{number}", "worksheet", f"{number}.xml")
        sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        files[f"xl/{number}.xml"] = sheet
    targets += related("s", "sharedStrings", "strings.xml")
    root = related("w", "officeDocument", "xl/workbook.xml")
    files |= {
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}">{root}</Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{targets}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/strings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
    }
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return result.getvalue()


def row(*cells: str | float) -> str:
    """Return a row of an XLSX sheet."""

    def written(cell: str | float) -> str:
        if isinstance(cell, str):
            return f'<c t="inlineStr"><is><t>{cell}</t></is></c>'
        return f"<c><v>{cell}</v></c>"

    return f"<row>{''.join(map(written, cells))}</row>"
