"""The names that banks give to columns and lines, in the languages of their customers."""

import re
from collections.abc import Sequence
from functools import lru_cache

from .model import Cell

# Names of the date and the balance, the ones to prefer first. A longer name that holds one of the
# words below counts too, after these.
_DATES = (
    "date|datum|fecha|data",
    "posting date|posted date|date posted|post date|booking date|boekdatum|boekingsdatum"
    "|buchungsdatum|buchungstag|date comptable|date opération|date operation|completed date",
    "transaction date|trans date|tran date|txn date|transaksiedatum|transaksie datum"
    "|transactiedatum",
    "effective date|processing date|process date|effektiewe datum",
    "value date|waardedatum|waarde datum|wertstellung|valutadatum|rentedatum|date valeur"
    "|date de valeur",
)
_BALANCES = (
    "balance|saldo|balans|solde|kontostand",
    "running balance|account balance|ledger balance|book balance|current balance"
    "|lopende saldo|rekeningsaldo|huidige saldo",
    "closing balance|balance after|new balance|eindsaldo|sluitingsaldo|nuwe saldo"
    "|saldo na mutatie|saldo na transactie|nieuw saldo|endsaldo",
)
_WORDS = {
    kind: set(members.split())
    for kind, members in {
        "date": "date datum timestamp fecha buchungstag wertstellung valutadatum",
        "time": "time tyd tijd uhrzeit heure",
        "balance": "balance saldo balans bal beginsaldo eindsaldo rekeningsaldo solde kontostand",
        "fee": "fee fees charge charges fooi fooie koste bankkoste kosten gebühr gebühren frais",
        "in": "credit credits deposit deposits in received cr krediet krediete inbetaling deposito"
        " kt bij haben crédit",
        "out": "debit debits withdrawal withdrawals out spent dr debiet debiete uit onttrekking dt"
        " af soll débit purchases aankope",
        "amount": "amount amt bedrag value movement waarde betrag montant umsatz importe mutatie",
        "earlier": "opening beginning previous start beginsaldo openingsaldo vorige before",
        "computed": "average gemiddelde minimum min lowest highest maximum max target projected"
        " forecast budgeted expected planned",
        "available": "available beskikbare beskikbaar beschikbaar beschikbare verfügbar disponible",
        "owed": "outstanding owing owed owe due debt loan lening payable uitstaande uitstaand"
        " verskuldig openstaand openstaande encours verschuldigd ausstehend geschuldet schuld",
        "change": "delta change movement mutatie difference verandering",
        "debit mark": "dr d db dt debit debiet s soll af out debet uit débit od"
        " withdrawal purchase onttrekking aankoop",
        "credit mark": "cr c kt credit krediet h haben bij in kredit crédit deposit deposito",
    }.items()
}
_ROLES = ("date", "time", "balance", "fee", "in", "out", "amount")
_LINES = {  # the labels of lines that are no transactions
    "opening": re.compile(
        r"open(ing)?( (balance|saldo))?|(begin|opening|aanvang|anfangs)s? ?saldo"
        r"|(opening )?(bal(ance)? )?(b/?f(wd)?|brought f(orwar|w)d)|saldo oorgebring"
        r"|(previous|start(ing)?) balance|saldovortrag|vorig saldo|solde (initial|précédent)"
        r"|ancien solde"
    ),
    "closing": re.compile(
        r"clos(e|ing)( (balance|saldo))?|(eind|sluiting|slot|end)s? ?saldo"
        r"|(closing )?(bal(ance)? )?(c/?f(wd)?|carried f(orwar|w)d)|saldo oorgedra|solde final"
        r"|nouveau solde"
    ),
    "total": re.compile(
        r"(sub ?|grand )?(totals?|totaal|totale|summe|gesamt(summe)?)"
        r"( (debits?|credits?|amounts?|in|out|money|deposits|withdrawals|fees|charges|movements?"
        r"|transactions|payments|receipts|debiete|krediete|balance|saldo|(for|van) .{1,20}))*"
    ),
}
_ACCOUNT = (
    r"(bank )?(account|acc|a/c|rekening|konto|compte|iban|wallet)(s|en)?"
    r"( ?(number|no|nr|num|id|name|nickname|naam|nommer|nummer|bezeichnung))?"
    r"|kontonummer|rekeningnommer|rekeningnummer|rekeningnaam|numéro de compte|auftragskonto"
    r"|product"
)
_ANOTHERS = "to|from|payment|transfer|beneficiary|begunstigde|recipient|payee|counter|linked"
_ACCOUNT_LINE = re.compile(rf"(?!(?:{_ANOTHERS})\b)(\S+ ){{0,3}}({_ACCOUNT})")
_CALLED = {  # the names of columns and lines about the account
    "account": re.compile(
        rf"{_ACCOUNT}|acct( (number|no))?|(source|my|own) account|bankrekening|sub ?account"
    ),
    "kind": re.compile(  # which may be another's where a column or a line has the account
        r"(acct|account|rekening) ?(type|tipe|soort|description|alias)|bank( name| naam)?"
        r"|institution|pockets?|pot|fund|portfolio"
    ),
    "currency": re.compile(
        r"((account|balance|base|statement|wallet) )?(currency|ccy|cur|curr|asset|coin)( code)?"
        r"|waehrung|moneda|divisa|moeda"
        r"|(rekening ?)?(geldeenheid|munteenheid|munt|muntsoort|valuta|währung|devise)"
    ),
}
_CODES = (
    "USD|EUR|GBP|AUD|NZD|CAD|BWP|NAD|LSL|SZL|MZN|ZMW|KES|NGN|MUR|CHF|JPY|CNY|INR|SEK|NOK|DKK"
    "|AED|HKD|SGD|XBT|BTC|ETH|USDT|USDC"
)
_SAYS = {  # anywhere in a text
    "summary": re.compile(
        r"\b(sub)?totaal|\b(sub)?totals?\b|balance|saldo|solde|forward|\bopen|\bclos|summe",
        re.IGNORECASE,
    ),
    "figure": re.compile(  # beside a label, no balance
        r"\blimi(t|et)\b|average|gemiddeld|\bmovement|\bavailable|\bbeskikba", re.IGNORECASE
    ),
    "pending": re.compile(
        r"\b(pending|hangende|reverted|declined|(?<!pre-)(?<!pre )authori[sz]ed|uncleared"
        r"|in progress|reserved|vorgemerkt|en attente|in behandeling|onverwerk|not yet posted)\b",
        re.IGNORECASE,
    ),
    "lending": re.compile(
        r"credit ?card|kredietkaart|kreditkarte|creditcard|carte de crédit|\bloan\b|\blening\b"
        r"|mortgage|\bverband\b|home loan|overdraft account|\w+lening\b|\bbond (account|balance)\b"
        r"|vehicle finance|voertuigfinansiering|revolving (credit|facility)",
        re.IGNORECASE,
    ),
    "rand": re.compile(r"\b(ZAR|RAND)\b", re.IGNORECASE),
    "currency": re.compile(
        rf"\b({_CODES})\b|[$€£¥₿]|\b(US|Australian|Canadian) dollars?\b|\bpounds? sterling\b"
        r"|\beuros?\b"
    ),
}


_IN_A_CURRENCY = re.compile(r"\b(amount|amt|value|bedrag|betrag|umsatz|montant) (?:in|en) (?=\w)")


@lru_cache(4096)
def _words(text: str) -> str:
    text = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", text).lower()  # postingDate
    text = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", text)
    text = _IN_A_CURRENCY.sub(r"\1", text)
    return " ".join(
        word for word in re.findall(r"[^\W\d_/]+(?:/[^\W\d_]+)*", text) if word not in ("zar", "r")
    )


def words(cell: Cell) -> str:
    """Return the words of a name in lower case, without units in brackets and punctuation."""
    return _words(cell) if isinstance(cell, str) and len(cell) <= 60 else ""


def role(cell: Cell) -> tuple[str, int] | None:
    """Return what a column with this name holds, and how far down it is in order of preference."""
    name = words(cell)
    parts = set(name.replace("/", " ").split())
    if not parts or len(parts) > 6 or "currency" in parts:
        return None
    for kind, names in (("date", _DATES), ("balance", _BALANCES)):
        for rank, choices in enumerate(names):
            if name in choices.split("|"):
                return kind, rank
    if parts & _WORDS["change"] and parts & (_WORDS["balance"] | _WORDS["amount"]):
        return "amount", 1 if parts & _WORDS["amount"] else 2
    if parts & _WORDS["owed"] and not parts & _WORDS["date"]:
        return "balance", 9
    if parts & _WORDS["in"] and parts & _WORDS["out"] and not parts & _WORDS["balance"]:
        return "amount", 1  # such as "Debit / Credit"
    for kind in _ROLES:
        if parts & _WORDS[kind] and not (kind == "balance" and parts & _WORDS["date"]):
            late = parts & (_WORDS["earlier"] | _WORDS["available"] | _WORDS["computed"])
            return kind, 9 if late else 8 if kind in ("date", "balance") else 0
    return ("balance", 9) if parts & _WORDS["available"] else None


def tells(name: Cell, *kinds: str) -> bool:
    """Tell whether a name has a word for one of these kinds, as "available" or "owed"."""
    parts = set(words(name).split())
    return any(parts & _WORDS[kind] for kind in kinds)


def line_kind(cell: Cell) -> str | None:
    """Return "opening", "closing" or "total" for the label of such a line."""
    name = words(cell)
    return next((kind for kind, label in _LINES.items() if label.fullmatch(name)), None)


def is_called(what: str, cell: Cell) -> bool:
    """Tell whether a cell names a column of an "account", its "kind" or its "currency"."""
    return bool(_CALLED[what].fullmatch(words(cell)))


def account_in(cells: Sequence[Cell]) -> tuple[str, str] | None:
    """Return the label and the account of a line: "Account number: 62000012345", in any cells."""
    texts = [str(cell).strip()[:100] for cell in cells if str(cell).strip()]
    if len(texts) == 1:
        match = re.fullmatch(r"([^:]+):(.+)", texts[0]) or re.fullmatch(
            r"(\D+?)\W*([0-9*][0-9A-Za-z* -]*)", texts[0]
        )
        texts = list(match.groups()) if match else []
    if len(texts) < 2 or not _ACCOUNT_LINE.fullmatch(words(texts[0])):
        return None
    kind = "name" if re.search("na[am]|nick", words(texts[0])) else "number"
    return kind, texts[1].strip()


def says(what: str, cell: Cell) -> str | None:
    """Return the words by which a text says "summary", "pending", "lending" or "currency"."""
    match = _SAYS[what].search(cell[:200]) if isinstance(cell, str) else None
    return match[0] if match else None


def other_currency(cell: Cell) -> str | None:
    """Return the currency that a text names, where it is not rand."""
    return None if says("rand", cell) else says("currency", cell)


def mark(cell: Cell) -> int | None:
    """Return -1 for Dr or a minus, 1 for Cr or a plus, 0 for an empty cell, else None."""
    if cell in ("-", "+"):
        return -1 if cell == "-" else 1
    text = "" if re.search("[0-9]", str(cell)) else words(cell)
    if text in _WORDS["debit mark"]:
        return -1
    if text in _WORDS["credit mark"]:
        return 1
    return 0 if isinstance(cell, str) and not cell.strip() else None
