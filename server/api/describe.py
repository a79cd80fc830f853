"""How the API describes a history: in rand, and in bitcoin at the present rate."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import Any, NamedTuple

from flask import Response, jsonify
from msgspec import Struct

from server.history.history import History, Stored
from server.history.tables import Entry
from server.money import converter, rand
from server.rate.luno import PAIR
from server.web import inputs, services, visitor

# What twelve months of samples hold, in cents, the present month last.
SAMPLES = [
    *(7340_00, 8125_50, 7990_00, 9410_25, 10875_00, 10220_80),
    *(11930_00, 13045_60, 12480_00, 14015_35, 15260_00, 14730_90),
]


class Balance(Struct, gc=False):
    """An entry as the API describes it; a struct of strings needs no garbage collector."""

    id: str | None
    date: str
    balance: str
    btc: str | None
    btc_then: str | None
    rate_then: str | None
    sample: bool


class Context(NamedTuple):
    """What an answer depends on beside the stored history."""

    today: date
    price: Decimal | None  # rand for one bitcoin, or None while there has never been one
    rate: dict[str, Any] | None  # as the API describes it


def current_context() -> Context:
    """Return today's date and the rate."""
    rate = services.exchange().rate()
    if rate is None:
        return Context(inputs.today(), None, None)
    described = {
        "pair": PAIR,
        "price": f"{rate.price:f}",
        "as_of": rate.as_of.isoformat(),
        "stale": rate.stale,
    }
    return Context(inputs.today(), rate.price, described)


def whole(stored: Stored, context: Context, **more: object) -> Response:
    """Answer a whole history, with the samples where they show, and what else is told."""
    balances = entries_at(stored.entries, context.price)
    if stored.samples:
        samples = entries_at(sample_entries(context.today), context.price, sample=True)
        # Sorting is stable, so among those of one day the samples come first.
        balances = sorted(samples + balances, key=lambda balance: balance.date)
    return jsonify(balances=balances, rate=context.rate, **more)


def changed(history: History) -> Response:
    """Answer a history that has changed, which the cookie names from now on."""
    visitor.remember(history)
    return whole(history.read(), current_context())


def minimal(entries: Sequence[Entry], context: Context, **more: object) -> Response:
    """Answer new entries alone, for a client that has the others or will look for them."""
    response = jsonify(balances=entries_at(entries, context.price), rate=context.rate, **more)
    response.headers["Preference-Applied"] = "return=minimal"
    response.headers["Cache-Control"] = "no-store"  # or a cache takes it for the whole
    return response


def entries_at(
    entries: Iterable[Entry], price: Decimal | None, *, sample: bool = False
) -> list[Balance]:
    """Describe entries, in rand and at a price."""
    bitcoin = converter(price) if price else lambda _: None
    return [
        Balance(e.id, e.date, rand(e.cents), bitcoin(e.cents), e.btc_then, e.rate_then, sample)
        for e in entries
    ]


def sample_entries(today: date) -> list[Entry]:
    """Return simulated entries of the first of each of the last twelve months."""
    this_month = today.year * 12 + today.month - 1  # months since year 0
    months = range(this_month - len(SAMPLES) + 1, this_month + 1)
    days = [date(month // 12, month % 12 + 1, 1) for month in months]
    return [Entry(None, day.isoformat(), cents) for day, cents in zip(days, SAMPLES, strict=True)]


def etag(history: str, version: tuple[int, bool], context: Context) -> str:
    """Return a name for all that an answer depends on: the balances, then the rate."""
    parts = ((history, version, context.today), context.rate)
    return "-".join(blake2b(repr(part).encode(), digest_size=12).hexdigest() for part in parts)


def same_balances(etag: str, other: str) -> bool:
    """Tell whether two answers differ in nothing but the rate."""
    return etag.partition("-")[0] == other.partition("-")[0]


def with_etag(response: Response, etag: str) -> Response:
    """Add the ETag, weak since an answer may be compressed."""
    response.set_etag(etag, weak=True)
    return response
