"""The names that banks give to columns and lines, in English and Afrikaans."""

import re

from server.statements.model import Cell

# Names of the date and the balance, the ones to prefer first. A longer name that holds one of the
# words below counts too, after these.
_DATES = (
    "date|datum",
    "posting date|posted date|date posted|post date|booking date|boekdatum|boekingsdatum",
    "transaction date|trans date|tran date|txn date|transaksiedatum|transaksie datum",
    "effective date|processing date|process date|effektiewe datum",
    "value date|waardedatum|waarde datum",
)
_BALANCES = (
    "balance|saldo|balans",
    "running balance|account balance|ledger balance|book balance|current balance"
    "|lopende saldo|rekeningsaldo|huidige saldo",
    "closing balance|balance after|new balance|eindsaldo|sluitingsaldo|nuwe saldo",
)
_LAST_BALANCES = {"available", "beskikbare", "opening", "previous", "start", "beginsaldo"}
_WORDS = {
    "date": {"date", "datum"},
    "balance": {"balance", "saldo", "balans", "bal", "beginsaldo", "eindsaldo"},
    "fee": {"fee", "fees", "charge", "charges", "fooi", "fooie", "koste", "bankkoste"},
    "in": {
        *("credit", "credits", "deposit", "deposits", "in", "received", "cr"),
        *("krediet", "krediete", "inbetaling", "deposito", "kt"),
    },
    "out": {
        *("debit", "debits", "withdrawal", "withdrawals", "out", "spent", "dr"),
        *("debiet", "debiete", "uit", "onttrekking", "dt"),
    },
    "amount": {"amount", "amt", "bedrag", "value", "movement", "waarde"},
}
_OPENING = re.compile(
    r"open(ing)?( (balance|saldo))?|begin ?saldo|openingsaldo|aanvangsaldo"
    r"|(opening )?(balance )?(b/?f|brought forward)|saldo oorgebring|previous balance"
)
_CLOSING = re.compile(
    r"clos(e|ing)( (balance|saldo))?|eind ?saldo|sluiting ?saldo|slotsaldo"
    r"|(closing )?(balance )?(c/?f|carried forward)|saldo oorgedra"
)
_SUMMARY = re.compile(
    r"\b(sub)?totaal|\b(sub)?totals?\b|balance|saldo|forward|\bopen|\bclos", re.IGNORECASE
)
_CURRENCY = re.compile(r"\b(USD|EUR|GBP|AUD|BWP|NAD|CHF|JPY|CNY|ZMW|XBT|BTC)\b|[$€£₿]")
_DEBIT_MARKS = {"dr", "d", "db", "dt", "debit", "debiet"}
_CREDIT_MARKS = {"cr", "c", "kt", "credit", "krediet"}


def words(cell: Cell) -> str:
    """Return the words of a name in lower case, without units in brackets and punctuation."""
    if not isinstance(cell, str) or len(cell) > 60:
        return ""
    text = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", cell.lower())
    return " ".join(
        word for word in re.findall(r"[^\W\d_/]+(?:/[^\W\d_]+)*", text) if word not in ("zar", "r")
    )


def role(cell: Cell) -> tuple[str, int] | None:
    """Return what a column with this name holds, and how far down it is in order of preference."""
    name = words(cell)
    parts = set(name.replace("/", " ").split())
    if not parts or len(parts) > 6:
        return None
    for kind, names in (("date", _DATES), ("balance", _BALANCES)):
        for rank, choices in enumerate(names):
            if name in choices.split("|"):
                return kind, rank
    if parts & _WORDS["in"] and parts & _WORDS["out"]:
        return "amount", 1  # such as "Debit / Credit"
    for kind, members in _WORDS.items():
        if parts & members and not (kind == "balance" and parts & _WORDS["date"]):
            return kind, 9 if parts & _LAST_BALANCES else 8 if kind in ("date", "balance") else 0
    return None


def line_kind(cell: Cell) -> str | None:
    """Return "opening" or "closing" for the label of such a balance."""
    name = words(cell)
    if _OPENING.fullmatch(name):
        return "opening"
    return "closing" if _CLOSING.fullmatch(name) else None


def is_summary(cell: Cell) -> bool:
    """Tell whether a cell labels a total or a balance, as a line without a date may have it."""
    return isinstance(cell, str) and bool(_SUMMARY.search(cell[:200]))


def other_currency(cell: Cell) -> str | None:
    """Return the currency that a name is followed by, where it is not rand."""
    match = _CURRENCY.search(cell[:200]) if isinstance(cell, str) else None
    return match[0] if match else None


def mark(cell: Cell) -> int | None:
    """Return -1 for Dr, 1 for Cr, 0 for an empty cell, None for anything else."""
    text = words(cell)
    if text in _DEBIT_MARKS:
        return -1
    if text in _CREDIT_MARKS:
        return 1
    return 0 if isinstance(cell, str) and not cell.strip() else None
