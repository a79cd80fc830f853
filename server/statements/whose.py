"""Whose balance it is: which account, which currency, one's own or what is owed or available."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from . import names
from .model import Cell, Doubt, Row, StatementError, quote, refuse
from .table import Table, is_dated

_CODE = re.compile(
    r"[A-Za-z]{3,5}|[$€£¥₿]|(?:[a-z]+ )?(?:dollars?|pounds?(?: sterling)?|pulas?|bitcoins?)", re.I
)
_RAND = {"ZAR", "R", "RAND", "RANDS"}
_UNIT = re.compile(  # of an amount that is not one rand
    r"\b(?:R|ZAR|rand)\s?['’]?000s?\b(?![.,\s]?[0-9])|(?<![0-9])['’]000s?\b"
    r"|\b(?:thousands|duisende|millions|miljoene)\b"
    r"|(?<!and )(?<!& )(?<![0-9] )(?<!nearest )\bcents\b",
    re.IGNORECASE,
)
_RATE = re.compile(r"\brate\b|koers|kurs", re.IGNORECASE)


@dataclass
class _Part:
    """Rows below the name or the number of an account, or both."""

    names: dict[str, str] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    dates: int = 0  # below a name


def of_account(rows: list[Row], choice: str | None) -> tuple[list[Row], list[str]]:
    """Return the rows of the chosen account, and the accounts named by lines above their rows.

    Raises StatementError for several accounts where none of them is chosen.
    """
    parts = [_Part()]
    above: list[Row] = []  # the first account, perhaps with the header
    for row in rows:
        part, dated = parts[-1], is_dated(row)
        if found := None if dated else names.account_in(row.cells):
            if len(parts) == 1 and not part.names:
                above = [] if any(map(is_dated, part.rows)) else list(part.rows)
            kind, value = found
            if _plain(part.names.get(kind, value)) != _plain(value):
                part = _Part()
                parts.append(part)
            part.names.setdefault(kind, value)
        part.rows.append(row)
        part.dates += bool(dated and part.names)
    sections: dict[str, list[Row]] = {}
    for part in parts:
        if part.dates:
            name = part.names.get("number") or part.names["name"]
            sections.setdefault(name, []).extend(part.rows)
    accounts = list(sections)
    if len(accounts) < 2:
        return rows, accounts
    if choice is None:
        raise several(accounts)
    name = chosen(choice, accounts)
    return [*(above if name != accounts[0] else []), *sections[name]], accounts


def by_column(table: Table, above: list[str], choice: str | None) -> tuple[Table, list[str]]:
    """Return the table with the rows of the chosen account alone, and all that the file names.

    `above` are those that lines above the rows name. Raises StatementError for a choice that the
    file does not have.
    """
    columns = _accounts_in(table, "account")
    if not (above or any(columns.values())):
        columns = _accounts_in(table, "kind")
    best = max(columns, key=lambda column: len(columns[column]) > 1, default=None)
    accounts = above if best is None else columns[best] or above
    if choice is None:
        return table, accounts
    name = chosen(choice, accounts)
    if best is None or not columns[best]:
        return table, accounts
    rows, current = [], ""
    for row in table.rows:  # an account may stand once, above its rows
        current = str(row.cells[best]).strip() or current
        rows += [row] if current in ("", name) else []
    return replace(table, rows=rows), accounts


def _accounts_in(table: Table, what: str) -> dict[int, list[str]]:
    """Return the accounts by the columns of a header that name an "account", or its "kind"."""
    columns = {}
    for column, title in enumerate(table.columns if table.header else ()):
        if names.is_called(what, title):
            found = (str(row.cells[column]).strip() for row in table.rows if is_dated(row))
            columns[column] = [name for name in dict.fromkeys(found) if name]
    return columns


def several(found: Sequence[str]) -> StatementError:
    """Return the refusal of a file with several accounts."""
    shown = ", ".join(quote(name) for name in found[:5])
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    detail = f"The file has {len(found)} accounts, a history is of one: {shown}{more}. Choose one."
    return refuse("account", detail, accounts=found)


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
    titles = [name, *(table.columns[c] for c in table.named("amount", "in", "out")[:1])]
    currency = next(filter(None, map(names.other_currency, titles)), None)
    if currency:
        found.append(Doubt(f"A column is in {currency}, by its name; it is read as rand."))
    elif line := _currency_above(table):
        found.append(Doubt(f"The file says {quote(line)}; its amounts are read as rand."))
    told = [*titles, *(cell for row in table.above for cell in row.cells if isinstance(cell, str))]
    if unit := next(filter(None, map(_UNIT.search, told)), None):
        detail = f"The file says {quote(unit[0])}; its amounts are read as whole rand."
        found.append(Doubt(detail))
    for column, title in enumerate(table.columns):
        foreign = [row for row in rows if _is_foreign(row.cells[column])]
        bare = not table.header and all(map(names.other_currency, table.cells(column)))
        if foreign and (bare or names.is_called("currency", title)):
            code = quote(foreign[0].cells[column])
            detail = f"Rows are in {code}, not in rand; they are read as rand."
            found.append(Doubt(detail, [row.line for row in foreign]))
    if names.tells(name, "available"):
        detail = f"“{name}” may count an overdraft or a credit limit that is not your money."
        found.append(Doubt(detail, choice="balance_column"))
    elif names.tells(name, "earlier"):
        detail = f"“{name}” may be the balance before each row, not the one after it."
        found.append(Doubt(detail, choice="balance_column"))
    elif names.tells(name, "computed"):
        detail = f"“{name}” may be another balance than the one at the end of each day."
        found.append(Doubt(detail, choice="balance_column"))
    return found


def foreign(table: Table, row: Row) -> str | None:
    """Return the other currency than rand that a row says it is in."""
    pairs = zip(table.columns if table.header else (), row.cells, strict=False)
    codes = (str(cell) for name, cell in pairs if names.is_called("currency", name))
    return next(filter(_is_foreign, codes), None)


def lending(table: Table) -> str | None:
    """Return what the lines above the table say of a credit card or loan."""
    texts = [*table.columns, *(cell for row in table.above for cell in row.cells)]
    return next(filter(None, (names.says("lending", text) for text in texts)), None)


def _currency_above(table: Table) -> str | None:
    for row in table.above:
        text = " ".join(str(cell) for cell in row.cells if str(cell).strip())[:200]
        if names.other_currency(text) and not _RATE.search(text):
            return text
    return None


def _is_foreign(cell: Cell) -> bool:
    text = str(cell).strip()
    return bool(_CODE.fullmatch(text)) and text.upper() not in _RAND
