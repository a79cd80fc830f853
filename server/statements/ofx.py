"""OFX 1 (SGML) and 2 (XML): the balance of each day, counted back from the ledger balance.

As far as balances need it, without a parser of either: no entity is ever resolved, so none can
matter.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from server.statements.amounts import to_cents
from server.statements.dates import FIRST_DAY, Calendar, readings
from server.statements.files import lines
from server.statements.ledger import by_dates
from server.statements.model import (
    MAX_ROWS,
    Choices,
    Doubt,
    Reading,
    Refusal,
    Skipped,
    Source,
    Stated,
    StatementError,
    quote,
    refusal,
    refuse,
    short,
)
from server.statements.running import NO_ORDER, count
from server.statements.whose import chosen, several

_TAG = re.compile(r"<(/?)([A-Za-z0-9.]{1,40})>([^<]*)")
_DECLARATION = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_VALUES = {"STMTTRN": ("DTPOSTED", "TRNAMT"), "LEDGERBAL": ("DTASOF", "BALAMT")}
_ACCOUNTS = ("STMTRS", "CCSTMTRS")
_AGGREGATES = (*_VALUES, *_ACCOUNTS, "BANKTRANLIST", "AVAILBAL", "OFX")  # one ends what is open
_NOTHING = ("", "null", "nil", "none")


@dataclass
class Item:
    """A transaction, or the ledger balance: a date and an amount as they stand."""

    line: int
    date: str = ""
    amount: str = ""
    is_foreign: bool = False  # while the currency of the amount itself is open
    currency: str = ""  # of the amount, where it is not rand


@dataclass
class Account:
    """What the file says of one account."""

    name: str = ""
    currency: str = ""
    lends: bool = False  # a credit card, a credit line, a loan
    end: str = ""  # of the period of the transactions
    transactions: list[Item] = field(default_factory=list)
    ledger: Item | None = None


def read(data: bytes, choices: Choices, calendar: Calendar) -> Reading:
    """Count the balance of each day back from the ledger balance.

    OFX has no columns, so the reading names none. Raises StatementError for several accounts, for
    no ledger balance and for bad values.
    """
    found = list(_accounts(data))
    names = [account.name for account in found if account.name]
    if len(found) > 1 and choices.account is None:
        raise several(names)
    name = chosen(choices.account, names) if choices.account else None
    account = next((each for each in found if name in (None, each.name)), Account())
    ledger = account.ledger
    if ledger is None or ledger.amount.lower() in _NOTHING:
        detail = "The file has no ledger balance (LEDGERBAL), so the balances are not known."
        raise refuse("balance", detail)
    nothing = [item for item in account.transactions if item.amount.lower() in _NOTHING]
    skipped: list[Skipped] = [
        {"line": item.line, "detail": "It has no amount, so it moves nothing."} for item in nothing
    ]
    moving = [item for item in account.transactions if item not in nothing]
    stated, doubts = _count(account, ledger, moving, calendar.today)
    each = choices.each or "day"
    if each == "row" and by_dates([one.day for one, _ in stated]) is None:
        doubts.append(NO_ORDER)
    for one, item in stated:
        if one.day > calendar.today:
            detail = f"It is dated {one.day.isoformat()}, later than today."
            skipped.append({"line": item.line, "detail": detail})
    past = [one for one, _ in stated if one.day <= calendar.today]
    if not past:
        raise refuse("balance", f"Every line is later than today: {skipped[0]['detail']}")
    reading = Reading(
        kind="ofx",
        decimal="," if any("," in item.amount[-3:] for item in [*moving, ledger]) else ".",
        each=each,
        rows=len(moving),
        account=account.name or None,
        accounts=names,
        skipped=skipped,
    )
    return reading.with_balances(past).with_doubts(doubts)


def _count(
    account: Account, ledger: Item, moving: Sequence[Item], today: date
) -> tuple[list[tuple[Stated, Item]], list[Doubt]]:
    """Return the balance after each transaction, and what is doubtful about them."""
    errors: list[Refusal] = []
    items = list(moving) or [ledger]  # a balance alone, where nothing has moved
    days = [_day(item, errors) for item in items]
    moves = [_cents(item, errors) for item in moving] or [0]
    balance = _cents(ledger, errors)
    if errors:
        raise StatementError(errors)
    owed = account.lends and balance > 0 and sum(1 if move < 0 else -1 for move in moves) > 0
    until = _as_of(ledger.date)
    end = until or max(days)
    before = sum(move for move, day in zip(moves, days, strict=True) if day <= end)
    order, closing = count(days, moves, (-balance if owed else balance) - before)
    stated = [
        (Stated(days[i], closing[i], Source(items[i].line, short(items[i].date), "")), items[i])
        for i in order
    ]
    doubts = _doubts_of_ledger(ledger, until, max(days), _as_of(account.end) or max(days))
    foreign = [item for item in items if item.currency]
    if account.currency.upper() not in ("", "ZAR"):
        currency = quote(account.currency)
        doubts.append(Doubt(f"The account is in {currency}; it is read as rand."))
    elif foreign:
        detail = (
            f"An amount is in {quote(foreign[0].currency)}, not in rand; it is read as rand, so the"
            " balances before it may be wrong."
        )
        doubts.append(Doubt(detail, [item.line for item in foreign]))
    if account.lends and balance > 0:
        detail = "The file is of a credit card or loan, whose ledger balance may be what you owe."
        signed = " It is read as negative: check the sign." if owed else ""
        doubts.append(Doubt(detail + signed, [ledger.line]))
    return stated, doubts


def _doubts_of_ledger(ledger: Item, until: date | None, last: date, end: date) -> list[Doubt]:
    """Return the doubts about the day of the ledger balance, beside the last transaction's."""
    if until is None:
        detail = (
            f"The ledger balance has no valid date: it says {quote(ledger.date)}. It is taken for"
            " the balance after the last transaction."
        )
    elif until < last:
        detail = (
            f"The ledger balance is dated {quote(ledger.date)}, before the last transaction, so it"
            " may count other transactions than those up to that day."
        )
    elif until > end:
        detail = (
            f"The ledger balance is of {until.isoformat()}, but the transactions end on"
            f" {end.isoformat()}: what moved between is not in the file, so the balances may be"
            " wrong."
        )
    else:
        return []
    return [Doubt(detail, [ledger.line])]


def _as_of(text: str) -> date | None:
    """Return the day that the first eight digits are, None where they are none."""
    return (readings(text[:8]) or {}).get("ymd")


def _day(item: Item, errors: list[Refusal]) -> date:
    """Return the day that the first eight digits are, whatever the time zone behind them."""
    day = (readings(item.date[:8]) or {}).get("ymd") if re.match("[0-9]{8}", item.date) else None
    if day is not None and day >= FIRST_DAY:
        return day
    is_day = re.match("[0-9]{8}", item.date)
    why = "is not a day of the calendar" if is_day else "is not a date"
    errors.append(refusal("date", f"{quote(item.date)} {why}.", item.line))
    return date.min


def _cents(item: Item, errors: list[Refusal]) -> int:
    """Return an amount. A comma is a decimal comma, unless a point or another comma follows."""
    text = item.amount
    thousands = text.count(",") > 1 or 0 <= text.find(",") < text.rfind(".")
    sign = "." if thousands or "," not in text else ","
    try:
        return to_cents(text, sign)
    except ValueError as error:
        errors.append(refusal("balance", str(error), item.line))
        return 0


def _accounts(data: bytes) -> Iterator[Account]:
    """Yield each account with anything in it; raise StatementError for declarations, and excess."""
    account, kind, item = Account(), "", Item(0)  # what is open
    for number, line in enumerate(lines(data), 1):
        if _DECLARATION.search(line):
            detail = "The file declares entities, as no bank's does."
            raise refuse("file", detail, line=number)
        for end, tag, text in _TAG.findall(line):
            name, value = tag.upper(), text.strip()
            if name in _AGGREGATES:
                _keep(account, kind, item)
                kind, item = "" if end else name, Item(number)
                if name in _ACCOUNTS and (end or account.transactions or account.ledger):
                    if account.transactions or account.ledger:
                        yield account
                    account = Account()
                account.lends = account.lends or (name == "CCSTMTRS" and not end)
            elif not end:
                _take(account, kind, item, name, value)
        if len(account.transactions) > MAX_ROWS:
            raise refuse("file", f"The file is too long: at most {MAX_ROWS} rows can be read.")
    _keep(account, kind, item)
    if account.transactions or account.ledger:
        yield account


def _take(account: Account, kind: str, item: Item, name: str, value: str) -> None:
    """Note a value of what is open."""
    if name in _VALUES.get(kind, ()):
        if name.startswith("DT"):
            item.date = value
        else:
            item.amount = value
    elif name in ("CURRENCY", "ORIGCURRENCY"):  # the second tells what an amount was before
        item.is_foreign = name == "CURRENCY"
    elif name == "CURSYM" and item.is_foreign and value.upper() != "ZAR":
        item.currency = value
    elif name == "CURDEF":
        account.currency = value
    elif name == "ACCTID":
        account.name = account.name or value
    elif name == "ACCTTYPE":
        account.lends = account.lends or value.upper() in ("CREDITLINE", "CREDITCARD", "LOAN")
    elif name == "DTEND":
        account.end = value


def _keep(account: Account, kind: str, item: Item) -> None:
    """Add what has been read of an aggregate, when it ends."""
    if kind == "STMTTRN":
        account.transactions.append(item)
    elif kind == "LEDGERBAL":
        account.ledger = item
