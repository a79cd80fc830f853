"""OFX 1 (SGML) and 2 (XML): the balance of each day, counted back from the ledger balance.

As far as balances need it, without a parser of either: no entity is ever resolved, so none can
matter.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from . import whose
from .amounts import shown_sign, to_cents
from .dates import Calendar, readings
from .files import lines
from .layout import Layout, decimal_sign
from .model import MAX_ROWS, Choices, Doubt, Reading, Row, quote, refuse
from .running import Edge, count
from .table import Table

_DECLARATION = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ACCOUNT = re.compile(r"<(?:CC)?STMTRS>", re.IGNORECASE)
_TAG = re.compile(r"<(/?[A-Z0-9.]+)>([^<\r\n]*)", re.IGNORECASE)
_LENDS = {"CREDITLINE", "CREDITCARD", "LOAN"}  # types of account
_NOTHING = ("null", "nil", "none")
_GOES_OUT = {"DEBIT", "POS", "ATM", "CHECK", "FEE", "SRVCHG", "DIRECTDEBIT", "CASH", "REPEATPMT"}


@dataclass
class Item:
    """A transaction or the ledger balance: the values of its tags as they stand."""

    line: int
    values: dict[str, str] = field(default_factory=dict)

    @property
    def posted(self) -> str:
        """The date: eight digits, perhaps with a time and a time zone behind them."""
        return self.values.get("DTPOSTED") or self.values.get("DTASOF", "")

    @property
    def amount(self) -> str:
        """The amount, empty where there is none."""
        return self.values.get("TRNAMT") or self.values.get("BALAMT", "")

    def row(self, amount: Decimal | None, currency: str) -> Row:
        """Return the item as a row of a table; raise StatementError for what is no date."""
        if amount is not None and readings(self.posted[:8]) is None:
            raise refuse("date", f"{quote(self.posted)} is not a date.", self.line)
        cell = "" if amount is None else amount
        return Row(self.line, [_stamp(self.posted), cell, self.values.get("CURSYM", currency)])

    def rand(self, sign: str) -> Decimal:
        """Return the amount, read with its own decimal sign, or this one where it shows none."""
        own = shown_sign(self.amount)
        try:
            cents = to_cents(self.amount, own if len(own) == 1 else sign)
        except ValueError as error:
            raise refuse("balance", str(error), self.line) from None
        return Decimal(cents).scaleb(-2)


@dataclass
class Account:
    """What the file says of one account."""

    lends: bool = False  # a credit card, a credit line, a loan
    values: dict[str, str] = field(default_factory=dict)
    transactions: list[Item] = field(default_factory=list)
    ledger: Item | None = None


def read(data: bytes, choices: Choices, calendar: Calendar) -> Reading:
    """Count the balance of each day back from the ledger balance.

    OFX has no columns, so the reading names none. Raises StatementError for several accounts, for
    no ledger balance and for bad values.
    """
    accounts = _accounts(data)
    every = [name for account in accounts if (name := account.values.get("ACCTID"))]
    names = list(dict.fromkeys(every))
    if len(every) > len(names):
        raise refuse("file", "The file has several statements of one account: save each by itself.")
    if len(accounts) > 1 and choices.account is None:
        raise whose.several(names)
    name = whose.chosen(choices.account, names) if choices.account else None
    wanted = (each for each in accounts if name in (None, each.values.get("ACCTID")))
    account = next(wanted, Account())
    ledger, items = account.ledger, account.transactions
    if ledger is None or not ledger.amount:
        detail = "The file has no ledger balance (LEDGERBAL), so the balances are not known."
        raise refuse("balance", detail)
    sign = decimal_sign([item.amount for item in (*items, ledger)], choices)
    moves = [item.rand(sign) if item.amount else None for item in items]
    moves, turned = _signed(items, moves, account.lends)
    spends = sum(1 if move < 0 else -1 for move in moves if move is not None) > 0
    balance = ledger.rand(sign)
    owed = account.lends and balance > 0 and spends
    balance = -balance if owed else balance
    currency, has_moved = account.values.get("CURDEF", ""), any(moves)
    rows = [item.row(move, currency) for item, move in zip(items, moves, strict=True)]
    rows = rows if has_moved else [ledger.row(balance, currency)]
    table = Table(["Date", "Amount", "Currency"], True, rows)
    doubts = [*turned, *_doubts(account, ledger, owed, calendar), *whose.doubts(table, rows, None)]
    choices = replace(choices, bad_lines=None)  # a line that is missing changes all before it
    layout = Layout(table, choices, calendar, 0, "ymd", None, [1], (), doubts)
    if has_moved:
        reading = count(
            layout, [Edge(ledger.line, "closing", 1, balance, _day(ledger.posted, calendar))]
        )
    else:
        layout.balances = 1
        layout.read_rows()
        reading = layout.reading([(each, each.cents or 0) for each in layout.entries])
    return replace(
        reading,
        columns=[],
        date_column=None,
        balance_column=None,
        decimal=sign,
        account=account.values.get("ACCTID") or None,
        accounts=names,
    )


def _signed(
    items: list[Item], moves: list[Decimal | None], lends: bool
) -> tuple[list[Decimal | None], list[Doubt]]:
    """Return the amounts with the signs of their types, where no debit has a minus; and a doubt."""
    kinds = [item.values.get("TRNTYPE", "").upper() for item in items]
    goes_out, comes_in = {*_GOES_OUT, "PAYMENT"}, {"CREDIT"}
    if lends:  # which is paid off
        goes_out, comes_in = _GOES_OUT, {"CREDIT", "PAYMENT"}
    told = list(zip(items, kinds, moves, strict=True))
    outs = [item for item, kind, move in told if move and kind in goes_out]
    if not outs or any(move and move < 0 and kind not in comes_in for _, kind, move in told):
        return moves, []  # a debit without a minus among them was taken back
    signed = [
        -move if move and kind in goes_out else abs(move) if move and kind in comes_in else move
        for kind, move in zip(kinds, moves, strict=True)
    ]
    detail = "Debits have no minus, so they are read as money out by their type: check the sign."
    return signed, [Doubt(detail, [item.line for item in outs])]


def _doubts(account: Account, ledger: Item, owed: bool, calendar: Calendar) -> list[Doubt]:
    """Return what is doubtful about the ledger balance."""
    days = [
        day for item in account.transactions if item.amount and (day := _day(item.posted, calendar))
    ]
    last = max(days, default=date.min)
    until, end = (
        _day(ledger.posted, calendar),
        _day(account.values.get("DTEND", ""), calendar) or last,
    )
    detail = ""
    if until is None:
        detail = "The ledger balance has no valid date, so it is taken for the one at the end."
    elif until < last:
        detail = f"The ledger balance is of {quote(ledger.posted)}, before the last transaction,"
        detail += " so it may count other transactions than those up to that day."
    elif days and until > end:
        detail = f"The ledger balance is of {until}, but the transactions end on {end}:"
        detail += " what moved between is not in the file, so the balances may be wrong."
    doubts = [Doubt(detail, [ledger.line])] if detail else []
    if account.lends and not ledger.amount.startswith("-"):
        detail = "The file is of a credit card or loan, whose ledger balance may be what you owe."
        signed = " It is read as negative: check the sign." if owed else ""
        doubts.append(Doubt(detail + signed, [ledger.line]))
    return doubts


def _accounts(data: bytes) -> list[Account]:
    """Return each account with anything in it; raise StatementError for what is no bank's."""
    text = "".join(lines(data))
    if declared := _DECLARATION.search(text):
        line = text.count("\n", 0, declared.start()) + 1
        raise refuse("file", "The file declares entities, as no bank's does.", line)
    accounts, account = [], Account()
    item: Item | None = None
    line, counted, is_own, is_bank = 1, 0, True, True
    start = _ACCOUNT.search(text)
    for match in _TAG.finditer(text, start.start() if start else 0):
        line, counted = line + text.count("\n", counted, match.start()), match.start()
        tag, value = match[1].upper(), match[2].strip()
        if tag in ("STMTRS", "CCSTMTRS"):
            account, item, is_bank = Account(lends=tag == "CCSTMTRS"), None, True
        elif tag == "INVSTMTRS":  # whose cash is of no bank account
            account, item, is_bank = Account(), None, False
        elif tag in ("STMTTRN", "LEDGERBAL") and is_bank:
            item, is_own = Item(line), True
            if not (account.transactions or account.ledger):
                accounts.append(account)
            if tag == "LEDGERBAL":
                account.ledger = item
            else:
                account.transactions.append(item)
            if len(account.transactions) > MAX_ROWS:
                raise refuse("file", f"The file is too long: at most {MAX_ROWS} rows can be read.")
        elif tag.strip("/") in ("STMTTRN", "LEDGERBAL", "AVAILBAL", "BANKTRANLIST"):
            item = None
        elif tag.strip("/") == "ORIGCURRENCY":  # is of another amount
            is_own = tag[0] == "/"
        elif is_own and value and value.lower() not in _NOTHING:
            (item or account).values.setdefault(tag, value)
    for number, each in enumerate(accounts, 1):
        if len(accounts) > 1:
            each.values.setdefault("ACCTID", f"Account {number}")
        each.lends |= each.values.get("ACCTTYPE", "").upper() in _LENDS
    return accounts


def _stamp(text: str) -> str:
    """Return the day that the first eight digits are, with a time that is said to be in UTC."""
    time = re.fullmatch(r".{8}(..)(..)..[.0-9]*\[[-+]?0(?:\.0*)?(?::.*)?\]", text)
    is_time = time and time.groups() not in (("00", "00"), ("23", "59"))  # which stand for a day
    return f"{text[:8]} {time[1]}:{time[2]} UTC" if time and is_time else text[:8]


def _day(text: str, calendar: Calendar) -> date | None:
    """Return the day that a time is, None where the first eight digits are none."""
    return (calendar.readings(_stamp(text)) or {}).get("ymd")
