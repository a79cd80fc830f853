"""What a table itself makes doubtful: changed dates, several accounts, other currencies."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from server.statements.dates import readings
from server.statements.model import Cell, Row, quote
from server.statements.names import words
from server.statements.table import Table

_ACCOUNTS = {
    *("account", "account number", "account no", "account nr"),
    *("rekening", "rekeningnommer", "rekening nommer"),
}
_CURRENCIES = {"currency", "currency code", "geldeenheid"}
_RAND = {"ZAR", "R", "RAND"}


def mixture_doubts(table: Table, rows: Sequence[Row]) -> list[str]:
    """Return the doubts about several tables, several accounts, and other currencies than rand."""
    doubts = [
        f"Line {line} looks like the header of another table; its rows are read like the others."
        for line in table.others[:1]
    ]
    for column, name in enumerate(table.columns):
        values = {str(table.cell(row, column)).strip() for row in rows} - {""}
        if words(name) in _ACCOUNTS and len(values) > 1:
            doubts.append(f"The rows are of {len(values)} accounts, which are read as one.")
        foreign = sorted(value for value in values if value.upper() not in _RAND)
        if words(name) in _CURRENCIES and foreign:
            doubts.append(f"Some rows are in {quote(foreign[0])}; they are read as rand.")
    return doubts


def split_doubts(table: Table, rows: Sequence[Row], balances: int) -> list[str]:
    """Return the doubt about whole balances beside a column of one or two digits."""
    pairs = [(table.cell(row, balances), table.cell(row, balances + 1)) for row in rows]
    filled = [(str(whole).strip(), str(cents).strip()) for whole, cents in pairs if whole != ""]
    if filled and all(re.fullmatch("-?[0-9]+,[0-9]{1,2}", ",".join(pair)) for pair in filled):
        return ["The balances may have lost their cents to the column beside them."]
    return []


def format_doubts(cells: Sequence[Cell]) -> list[str]:
    """Return the doubts about dates that a spreadsheet has changed."""
    kinds = {type(cell) for cell in cells}
    doubts = []
    if str in kinds and date in kinds:
        doubts.append(
            "Some dates are text and others are dates of the spreadsheet, which may have taken"
            " days for months."
        )
    numbers = [cell for cell in cells if isinstance(cell, Decimal) and readings(cell) is None]
    if numbers:
        doubts.append(f"Dates such as {quote(numbers[0])} are read as the day numbers of Excel.")
    return doubts
