"""OFX 1 (SGML) and 2 (XML), as far as balances need it, without a parser of either.

No entity is ever resolved, so none can matter.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from server.statements.delimited import lines
from server.statements.model import MAX_ROWS, Row, refuse

_TAG = re.compile(r"<(/?)([A-Za-z0-9.]{1,40})>([^<]*)")
_DECLARATION = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_VALUES = {  # the tags that count, by the aggregate around them: a date, an amount
    "STMTTRN": ("DTPOSTED", "TRNAMT"),
    "LEDGERBAL": ("DTASOF", "BALAMT"),
}
_ACCOUNTS = ("STMTRS", "CCSTMTRS")
_AGGREGATES = (*_VALUES, *_ACCOUNTS, "BANKTRANLIST", "AVAILBAL", "OFX")  # one ends what is open


@dataclass
class Account:
    """What the file says of one account; each row is a date and an amount."""

    currency: str = ""
    transactions: list[Row] = field(default_factory=list)
    ledger: Row | None = None


def read_accounts(data: bytes) -> Iterator[Account]:
    """Yield each account with anything in it; raise StatementError for declarations, and excess."""
    account = Account()
    kind, row = "", Row(0, ["", ""])  # the aggregate that is open
    for number, line in enumerate(lines(data), 1):
        if _DECLARATION.search(line):
            detail = "The file declares entities, as no bank's does."
            raise refuse("file", detail, line=number)
        for end, name, value in _TAG.findall(line):
            name = name.upper()
            if name in _AGGREGATES:
                _keep(account, kind, row)
                kind, row = "" if end else name, Row(number, ["", ""])
                if name in _ACCOUNTS:
                    if account.transactions or account.ledger:
                        yield account
                    account = Account()
            elif name in _VALUES.get(kind, ()) and not end:
                row.cells[_VALUES[kind].index(name)] = value.strip()
            elif name == "CURDEF" and not end:
                account.currency = value.strip()
        if len(account.transactions) > MAX_ROWS:
            raise refuse("file", f"The file is too long: at most {MAX_ROWS} rows can be read.")
    _keep(account, kind, row)
    if account.transactions or account.ledger:
        yield account


def _keep(account: Account, kind: str, row: Row) -> None:
    """Add what has been read of an aggregate, when it ends."""
    if kind == "STMTTRN":
        account.transactions.append(row)
    elif kind == "LEDGERBAL":
        account.ledger = row
