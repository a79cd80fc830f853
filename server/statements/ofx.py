"""OFX: the balance of each day, counted back from the ledger balance."""

import re
from collections.abc import Sequence
from datetime import date
from itertools import accumulate

from server.statements.amounts import to_cents
from server.statements.dates import readings
from server.statements.entries import Entry, to_day
from server.statements.model import (
    Choices,
    Reading,
    Refusal,
    Row,
    StatementError,
    quote,
    refusal,
    refuse,
)
from server.statements.ofx_tags import Account, read_accounts
from server.statements.sequence import balances, by_dates


def read(data: bytes, choices: Choices, today: date) -> Reading:
    """Count the balance of each day back from the ledger balance.

    OFX has no columns, so the reading names none. Raises StatementError for several accounts, for
    no ledger balance and for bad values.
    """
    accounts = list(read_accounts(data))
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
    account: Account,
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
