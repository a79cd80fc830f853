"""OFX 1 (SGML) and 2 (XML), as far as balances need it, without a parser of either.

No entity is ever resolved, so none can matter.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate

from server.statements.amounts import to_cents
from server.statements.dates import readings
from server.statements.delimited import lines
from server.statements.entries import Entry, to_day
from server.statements.model import (
    MAX_ROWS,
    Choices,
    Reading,
    Refusal,
    Row,
    StatementError,
    quote,
    refusal,
    refuse,
)
from server.statements.sequence import balances, by_dates

_TAG = re.compile(r"<(/?)([A-Za-z0-9.]{1,40})>([^<]*)")
_DECLARATION = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_STATEMENTS = ("STMTRS", "CCSTMTRS")
_VALUES = {  # the tags that count, by the aggregate around them: a date, an amount
    "STMTTRN": ("DTPOSTED", "TRNAMT"),
    "LEDGERBAL": ("DTASOF", "BALAMT"),
}


@dataclass
class _Account:
    """What the file says of one account; each row is a date and an amount."""

    currency: str = ""
    transactions: list[Row] = field(default_factory=list)
    ledger: Row | None = None


def read(data: bytes, choices: Choices, today: date) -> Reading:
    """Count the balance of each day back from the ledger balance.

    OFX has no columns, so the reading names none. Raises StatementError for several accounts, for
    no ledger balance and for bad values.
    """
    accounts = [each for each in _accounts(data) if each.transactions or each.ledger]
    if len(accounts) > 1:
        raise refuse("file", f"The file has {len(accounts)} accounts. Download one at a time.")
    if not accounts or accounts[0].ledger is None:
        raise refuse("balance", "The file has no ledger balance, so the balances are not known.")
    account = accounts[0]
    ledger = accounts[0].ledger
    rows = account.transactions or [ledger]  # a balance alone, where nothing has moved
    errors: list[Refusal] = []
    days = [_day(row, today, errors) for row in rows]
    moves = [_cents(row, errors) for row in account.transactions] or [0]
    balance = _cents(ledger, errors)
    if errors:
        raise StatementError(errors)
    order = by_dates(days)
    doubts = _doubts(account, days, ledger, order, choices)
    order = order or sorted(range(len(days)), key=days.__getitem__)
    until = _as_of(ledger)
    counted = sum(
        cents for cents, day in zip(moves, days, strict=True) if not until or day <= until
    )
    entries = [Entry(row, day, 0) for row, day in zip(rows, days, strict=True)]
    for index, moved in zip(order, accumulate(moves[i] for i in order), strict=True):
        entries[index] = entries[index]._replace(cents=balance - counted + moved)
    each = choices.each or "day"
    return Reading(
        kind="ofx",
        columns=[],
        date_column=None,
        date_order="ymd",
        balance_column=None,
        decimal="," if any("," in str(row.cells[1]) for row in [*rows, ledger]) else ".",
        each=each,
        rows=len(account.transactions),
        balances=balances(entries, order, each),
        doubts=doubts,
    )


def _accounts(data: bytes) -> Iterator[_Account]:
    """Yield each account; raise StatementError for a declaration, and for too much."""
    account = _Account()
    row: list[str] = []
    around = ""
    count = 0
    for number, line in enumerate(lines(data), 1):
        if _DECLARATION.search(line):
            detail = "The file declares entities, as no bank's does."
            raise refuse("file", detail, line=number)
        for end, name, value in _TAG.findall(line):
            name = name.upper()
            if name in _STATEMENTS:
                yield account
                account = _Account()
            elif name in _VALUES:
                if not end:
                    around, row = name, ["", ""]
                elif around == "STMTTRN":
                    account.transactions.append(Row(number, [*row]))
                    count += 1
                elif around:
                    account.ledger = Row(number, [*row])
                around = "" if end else around
            elif around and name in _VALUES[around] and not end:
                row[_VALUES[around].index(name)] = value.strip()
            elif name == "CURDEF" and not end:
                account.currency = value.strip()
        if count > MAX_ROWS:
            raise refuse("file", f"The file is too long: at most {MAX_ROWS} lines can be read.")
    yield account


def _day(row: Row, today: date, errors: list[Refusal]) -> date:
    """Return the day that the first eight digits are, whatever the time zone behind them."""
    text = str(row.cells[0])
    try:
        if not re.match("[0-9]{8}", text):
            raise ValueError(f"{quote(text)} is not a date.")
        return to_day(text[:8], dict(readings(text[:8]) or {}), "ymd", today)
    except ValueError as error:
        errors.append(refusal("date", str(error), row.line))
        return date.min


def _cents(row: Row, errors: list[Refusal]) -> int:
    """Return an amount: OFX sets no thousands apart, so a comma is a decimal comma."""
    try:
        return to_cents(str(row.cells[1]).replace(",", "."), ".")
    except ValueError as error:
        errors.append(refusal("balance", str(error), row.line))
        return 0


def _as_of(ledger: Row) -> date | None:
    """Return the day of the ledger balance, None where it is none."""
    return (readings(str(ledger.cells[0])[:8]) or {}).get("ymd")


def _doubts(
    account: _Account,
    days: Sequence[date],
    ledger: Row,
    order: list[int] | None,
    choices: Choices,
) -> list[str]:
    doubts = []
    until = _as_of(ledger)
    if until is None or any(day > until for day in days):
        doubts.append(
            f"The ledger balance is dated {quote(ledger.cells[0])}, before the last transaction,"
            " so it may count other transactions than those up to that day."
        )
    if account.currency.upper() not in ("", "ZAR"):
        doubts.append(f"The account is in {quote(account.currency)}; it is read as rand.")
    if order is None and choices.each == "row":
        doubts.append("Nothing shows whether the rows of a day run down or up the file.")
    return doubts
