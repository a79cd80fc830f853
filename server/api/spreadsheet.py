"""A history to take along, as spreadsheets read it: CSV, and a workbook.

Neither has a text that anybody typed, so none that a spreadsheet would take for a formula.
"""

import csv
import io
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from xlsxwriter import Workbook  # type: ignore[import-untyped]

from server.api.describe import Balance

COLUMNS = [name for name in Balance.__struct_fields__ if name not in ("id", "sample")]
FORMATS = {  # in a workbook; the language of who opens it decides on the decimal sign
    "date": "yyyy-mm-dd",
    "balance": "#,##0.00",
    "btc": "0.00000000",
    "btc_then": "0.00000000",
    "rate_then": "#,##0.00######",
}
DIGITS = 15  # of a number, that a spreadsheet keeps


def write_csv(balances: Iterable[Balance]) -> str:
    """Return balances as CSV: a dot for decimals, empty for null."""
    file = io.StringIO(newline="")
    rows = csv.writer(file)
    rows.writerow(COLUMNS)
    rows.writerows([getattr(balance, name) for name in COLUMNS] for balance in balances)
    return file.getvalue()


def write_workbook(balances: Iterable[Balance]) -> bytes:
    """Return balances as XLSX, with dates and numbers; a number of too many digits is a text."""
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("Good Bank")
        sheet.write_row(0, 0, COLUMNS, workbook.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(COLUMNS):
            sheet.set_column(column, column, 20)
            style = workbook.add_format({"num_format": FORMATS[name]})
            for row, balance in enumerate(balances, 1):
                value = getattr(balance, name)
                if value is None:
                    continue
                if name == "date":
                    sheet.write_datetime(row, column, date.fromisoformat(value), style)
                elif len(Decimal(value).normalize().as_tuple().digits) > DIGITS:
                    sheet.write_string(row, column, value, style)
                else:
                    sheet.write_number(row, column, float(value), style)
    return file.getvalue()
