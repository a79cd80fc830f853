"""Whose balance it is: which account, which currency, one's own or what is owed or available."""

import re
from collections.abc import Sequence
from dataclasses import replace

from server.statements import names
from server.statements.dates import readings
from server.statements.model import Cell, Doubt, Row, StatementError, quote, refuse
from server.statements.table import Table

_CODE = re.compile(r"[A-Za-z]{3,5}|[$€£¥₿]")
_RAND = {"ZAR", "R", "RAND"}
_RATE = re.compile(r"\brate\b|koers|kurs", re.IGNORECASE)


def of_account(rows: list[Row], choice: str | None) -> tuple[list[Row], list[str]]:
    """Return the rows of the chosen account, and the accounts named by lines above their rows.

    Raises StatementError for several accounts where none of them is chosen.
    """
    sections: dict[str, list[Row]] = {}
    known: dict[str, str] = {}  # the name and the number of the account that is open
    open_rows: list[Row] = []
    for row in rows:
        dated = any(readings(cell) for cell in row.cells)
        found = None if dated else names.account_in(row.cells)
        if found:
            kind, value = found
            if known.get(kind, value) != value:
                known, open_rows = {}, []
            known[kind] = value
        open_rows.append(row)
        if dated and known:
            name = known.get("number") or known["name"]
            if sections.get(name) is not open_rows:
                open_rows[:0] = sections.get(name, [])
                sections[name] = open_rows
    found_names = list(sections)
    if len(sections) < 2:
        return rows, found_names
    if choice is None:
        raise several(found_names)
    return sections[chosen(choice, found_names)], found_names


def by_column(table: Table, found: list[str], choice: str | None) -> tuple[Table, list[str]]:
    """Return the table with the rows of the chosen account alone, and all that the file names.

    `found` are those that lines above the rows name. Raises StatementError for a choice that the
    file does not have.
    """
    named = [
        c for c, name in enumerate(table.columns) if table.header and names.names_account(name)
    ]
    columns = {column: _accounts(table, column) for column in named}
    column = max(columns, key=lambda each: len(columns[each]) > 1, default=None)
    if column is not None:
        found = columns[column] or found
    if choice is None:
        return table, found
    name = chosen(choice, found)
    if column is None or not columns[column]:
        return table, found
    rows = [row for row in table.rows if str(table.cell(row, column)).strip() in ("", name)]
    return replace(table, rows=rows), found


def _accounts(table: Table, column: int) -> list[str]:
    """Return the accounts that a column names in rows with a date, in their order."""
    dated = [row for row in table.rows if any(readings(cell) for cell in row.cells)]
    cells = (str(cell).strip() for cell in table.cells(dated, column))
    return [name for name in dict.fromkeys(cells) if name]


def several(found: Sequence[str], columns: Sequence[str] = ()) -> StatementError:
    """Return the refusal of a file with several accounts."""
    shown = ", ".join(quote(name) for name in found[:5])
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    detail = (
        f"The file has {len(found)} accounts, and a history is of one: {shown}{more}. Choose one,"
        " or download one at a time."
    )
    return refuse("account", detail, columns=columns, accounts=found)


def chosen(choice: str, found: Sequence[str]) -> str:
    """Return the account that is chosen; raise StatementError where it is not among these."""
    wanted = _plain(choice)
    for name in found:
        if _plain(name) == wanted:
            return name
    told = f" It has {', '.join(quote(name) for name in found[:5])}." if found else ""
    raise refuse("account", f"The file names no account {quote(choice)}.{told}", accounts=found)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def doubts(table: Table, rows: Sequence[Row], balances: int | None) -> list[Doubt]:
    """Return the doubts that the names and lines of a table give about the balance."""
    found = []
    name = table.columns[balances] if balances is not None else ""
    moving = (table.named("amount") or table.named("in") + table.named("out"))[:1]
    titles = [name, *(table.columns[column] for column in moving)]
    currency = next(filter(None, map(names.other_currency, titles)), None)
    if currency:
        found.append(Doubt(f"A column is in {currency}, by its name; it is read as rand."))
    elif currency := _above(table):
        found.append(Doubt(f"The file says {quote(currency)}; its amounts are read as rand."))
    for column, title in enumerate(table.columns if table.header else ()):
        if names.names_currency(title):
            foreign = [row for row in rows if _is_foreign(table.cell(row, column))]
            if foreign:
                code = quote(table.cell(foreign[0], column))
                detail = f"Some rows are in {code}, not in rand; they are read as rand."
                found.append(Doubt(detail, [row.line for row in foreign]))
    if names.tells(name, "available"):
        detail = f"“{name}” may count an overdraft or a credit limit that is not your money."
        found.append(Doubt(detail, choice="balance_column"))
    elif balances is not None and names.tells(name, "earlier"):
        detail = f"“{name}” may be the balance before each row, not the one after it."
        found.append(Doubt(detail, choice="balance_column"))
    return found


def lending(table: Table) -> str | None:
    """Return what the lines above the table say of a credit card or loan."""
    texts = [*table.columns, *(cell for row in table.above for cell in row.cells)]
    return next((found for cell in texts if (found := names.lending(cell))), None)


def _above(table: Table) -> str | None:
    for row in table.above:
        text = " ".join(str(cell) for cell in row.cells if str(cell).strip())[:200]
        if names.other_currency(text) and not _RATE.search(text):
            return text
    return None


def _is_foreign(cell: Cell) -> bool:
    text = str(cell).strip()
    return bool(_CODE.fullmatch(text)) and text.upper() not in _RAND
