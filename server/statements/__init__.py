"""Statements: read the balances of days out of a file that a bank or a spreadsheet made.

Pure: no Flask, no database, no settings. A bad file can ask for much memory and time, so whoever
reads one from outside sets limits to the process that does.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, tzinfo
from zoneinfo import ZoneInfo

from server.statements import files, ofx, own, running, whose, workbook
from server.statements.dates import Calendar
from server.statements.layout import Layout, Postings, choice_doubt, layouts
from server.statements.ledger import Ledger
from server.statements.model import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_SIZE,
    Choices,
    DayBalance,
    Doubt,
    Reading,
    Row,
    Source,
    StatementError,
    refuse,
)
from server.statements.table import dated_rows, find_table

__all__ = ["MAX_SIZE", "Choices", "DayBalance", "Reading", "Source", "StatementError", "read"]

_CHOICES = {
    "date_order": ("dmy", "mdy", "ymd"),
    "decimal": (",", "."),
    "each": ("day", "row"),
    "bad_lines": ("skip",),
}
_MANY_ROWS = 10_000  # from here on one column of dates is read, the likeliest by its name
_HOME = ZoneInfo("Africa/Johannesburg")


def read(data: bytes, choices: Choices, today: date, zone: tzinfo = _HOME) -> Reading:
    """Read a statement; raise StatementError, with the reasons, where that cannot be done surely.

    What might be read otherwise is among the doubts of the reading. `zone` is where a day is one,
    for times in UTC.
    """
    for field, values in _CHOICES.items():
        if getattr(choices, field) not in (None, *values):
            raise refuse(field, f"It can be {' or '.join(values)}.")
    kind = files.kind_of(data)
    calendar = Calendar(today, zone)
    if kind == "ofx":
        return ofx.read(data, choices, calendar)
    rows, doubts = _rows(data, kind)
    return _read_rows(rows, kind, choices, calendar).with_doubts(doubts)


def _rows(data: bytes, kind: str) -> tuple[list[Row], list[Doubt]]:
    """Return the rows of a text, or of the sheet with most dated rows, and what is not read."""
    best: list[Row] = []
    name, most = "", 0
    others: list[str] = []
    for sheet, rows in [("", files.rows(data))] if kind == "csv" else workbook.sheets(data):
        width = max((len(row.cells) for row in rows), default=0)
        if width > MAX_COLUMNS or width * len(rows) > MAX_CELLS:
            raise refuse("file", f"The table is too wide: {width} columns.")
        dated = dated_rows(rows)
        if not best or dated > most:
            others += [name] if most else []
            best, name, most = rows, sheet, dated
        elif dated:
            others.append(sheet)
    if not best:
        raise refuse("file", "The file has no rows.")
    unread = ", ".join(f"“{other}”" for other in others[:5])
    return best, [Doubt(f"Only the sheet “{name}” is read, not {unread}.")] if others else []


def _read_rows(rows: list[Row], kind: str, choices: Choices, calendar: Calendar) -> Reading:
    rows, accounts = whose.of_account(rows, choices.account)
    table = find_table(rows, choices)
    if own.is_ours(table):
        return own.read(table, kind, choices, calendar)
    table, accounts = whose.by_column(table, accounts, choices.account)
    mixed = len(accounts) > 1 and choices.account is None
    found = layouts(table, choices, calendar)
    if found[0].balances is None:
        reading, proven = running.read(found[0], kind), False
    else:
        ledger, postings = _best_ledger(found)
        reading, proven = _reading(ledger, postings, kind), ledger.proven
    if mixed and not proven:
        raise whose.several(accounts, table.columns)
    one = choices.account or (accounts[0] if len(accounts) == 1 else None)
    return replace(reading, account=one, accounts=accounts)


def _best_ledger(found: Sequence[Layout]) -> tuple[Ledger, Postings]:
    """Return the rows by the date under which the balances follow, with a doubt if there are more.

    Raises StatementError for refused values.
    """
    ledgers: list[tuple[Ledger, Postings]] = []
    tried = found if len(found[0].table.rows) <= _MANY_ROWS else found[:1]
    for layout in tried:
        postings = layout.postings()
        if not postings.errors:
            ledgers.append((Ledger(layout, postings), postings))
        elif layout is found[0]:
            raise StatementError(postings.errors, layout.table.columns)
    proven = [each for each in ledgers if each[0].proven]
    ledger, postings = (proven or ledgers)[0]
    comparable = all(each.balances == ledger.layout.balances for each in tried)
    if len(tried) < len(found) or len(proven) != 1 or not comparable:
        columns = [layout.dates for layout in found]
        ledger.doubts += choice_doubt(ledger.layout.table, "date", columns)
    return ledger, postings


def _reading(ledger: Ledger, postings: Postings, kind: str) -> Reading:
    layout = ledger.layout
    errors = ledger.moved_cells()
    if errors and layout.choices.bad_lines == "skip":
        bad = {error["line"]: error["detail"] for error in errors}
        postings.entries = [each for each in postings.entries if each.row.line not in bad]
        postings.skipped += [{"line": line, "detail": bad[line]} for line in bad]
        return _reading(Ledger(layout, postings), postings, kind)
    if errors:
        raise StatementError(errors, layout.table.columns)
    reading = layout.reading(kind, ledger.count(), postings)
    reading = reading.with_balances(ledger.stated(reading.each)).with_doubts(ledger.doubts)
    if not reading.balances:
        first = postings.skipped[0] if postings.skipped else None
        reason = f" Line {first['line']}: {first['detail']}" if first else ""
        detail = f"No line has both a date and a balance.{reason}"
        raise refuse("balance", detail, columns=reading.columns)
    return reading
