"""Workbooks of our own making, for the tests of statements."""

import io
import zipfile


def workbook(sheets: dict[str, str], strings: str = "") -> bytes:
    """Return an XLSX of these sheets, each the content of its sheetData."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    numbered = list(enumerate(sheets, 1))
    listed = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="r{i}"/>' for i, n in numbered)
    targets = "".join(
        f'<Relationship Id="r{i}" Type="{office}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i, _ in numbered
    )
    shared = f'<Relationship Id="s" Type="{office}/sharedStrings" Target="sharedStrings.xml"/>'
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}"><Relationship Id="w"'
            f' Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{listed}</sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}">{targets}{shared}</Relationships>',
        )
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{main}">{strings}</sst>')
        for number, name in numbered:
            archive.writestr(
                f"xl/worksheets/sheet{number}.xml",
                f'<worksheet xmlns="{main}"><sheetData>{sheets[name]}</sheetData></worksheet>',
            )
    return file.getvalue()


def row(*cells: str | float) -> str:
    """Return a row of an XLSX sheet."""
    return (
        "<row>"
        + "".join(
            f"<c><v>{cell}</v></c>"
            if not isinstance(cell, str)
            else f'<c t="inlineStr"><is><t>{cell}</t></is></c>'
            for cell in cells
        )
        + "</row>"
    )
