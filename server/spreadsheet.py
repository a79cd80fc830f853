"""CSV, as spreadsheets write and read it: a history out, balances in."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from server.answers import Balance
from server.errors import RefusedError
from server.history import LIMIT, HistoryFullError
from server.inputs import parsed
from server.settings import MAX_BODY

csv.field_size_limit(MAX_BODY)  # a column that is ignored may be long

COLUMNS = ("date", "balance", "btc", "btc_then", "rate_then")
NEEDED = ("date", "balance")

_SLASHED_DATE = re.compile(r"[0-9]{4}/[0-9]{2}/[0-9]{2}")
_QUOTED = re.compile(r'"[^"]*"')
_DECIMAL_COMMA = re.compile(r"-?[0-9]+,[0-9]+")


def write_csv(balances: Iterable[Balance]) -> str:
    """Return balances as CSV: a dot for decimals, empty for null."""
    file = io.StringIO(newline="")
    rows = csv.writer(file)
    rows.writerow(COLUMNS)
    rows.writerows([getattr(balance, name) for name in COLUMNS] for balance in balances)
    return file.getvalue()


def read(data: bytes, today: date) -> list[tuple[date, int]]:
    """Return the (date, cents) of each row, in the order of the file; empty rows are passed over.

    UTF-8, with or without a byte order mark, any line end. Semicolons separate where they do in
    the header, and only then may a balance have a decimal comma. Raises ValueError for what is
    no CSV, RefusedError with the line, as an editor counts it, of every value that is refused,
    Conflict for more rows than a history can hold.
    """
    lines = io.StringIO(data.decode("utf-8-sig"), newline=None)
    semicolons = ";" in _QUOTED.sub("", lines.readline())
    lines.seek(0)
    rows = csv.reader(lines, delimiter=";" if semicolons else ",", strict=True)
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        errors: list[Mapping[str, Any]] = [
            refusal(name, 1, f"The first line must name one column “{name}”.")
            for name in NEEDED
            if header.count(name) != 1
        ]
        if errors:
            raise RefusedError(errors)
        result = []
        count = 0
        line = rows.line_num + 1
        for cells in rows:
            if any(cells):
                count += 1
                if count > LIMIT:  # no history can hold it, whatever is wrong with it besides
                    raise HistoryFullError
                try:
                    result.append(read_row(header, cells, line, semicolons, today))
                except RefusedError as error:
                    errors.extend(error.errors)
            line = rows.line_num + 1
    except csv.Error as error:
        raise ValueError(f"line {rows.line_num}: {error}") from None
    if errors:
        raise RefusedError(errors)
    return result


def read_row(
    header: list[str], cells: list[str], line: int, semicolons: bool, today: date
) -> tuple[date, int]:
    """Return the (date, cents) of one row; raise RefusedError for what is wrong with it."""
    if any(cells[len(header) :]):
        detail = f"There are {len(cells)} values in this line, but {len(header)} in the header."
        raise RefusedError([refusal("balance", line, detail)])
    row: dict[str, str] = dict.fromkeys(NEEDED, "") | dict(zip(header, cells, strict=False))
    if _SLASHED_DATE.fullmatch(row["date"]):
        row["date"] = row["date"].replace("/", "-")
    if semicolons and _DECIMAL_COMMA.fullmatch(row["balance"]):
        row["balance"] = row["balance"].replace(",", ".")
    try:
        values = parsed(row, today)
    except RefusedError as error:
        raise RefusedError([refusal(e["field"], line, e["detail"]) for e in error.errors]) from None
    return values["date"], values["balance"]


def refusal(field: str, line: int, detail: str) -> dict[str, Any]:
    """Describe what is wrong with a field of a line."""
    return {"field": field, "line": line, "detail": detail}
