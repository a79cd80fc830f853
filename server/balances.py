"""Balances as the API describes them: in rand, and in bitcoin at the present rate."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import Any, NamedTuple

from flask import current_app
from msgspec import Struct

from server import visitor
from server.exchange import PAIR, Exchange
from server.history import Entry
from server.money import converter, rand
from server.values import today


class Balance(Struct, gc=False):
    """An entry as the API describes it; a struct of strings needs no garbage collector."""

    id: str | None
    date: str
    balance: str
    btc: str | None
    btc_then: str | None
    sample: bool


class Present(NamedTuple):
    """What an answer depends on beside the visitor's own entries."""

    today: date
    samples: bool  # whether the visitor sees them
    price: Decimal | None  # rand for one bitcoin, or None while there has never been one
    rate: dict[str, Any] | None  # as the API describes it


def present() -> Present:
    """Return what is so now."""
    exchange: Exchange = current_app.extensions["exchange"]
    rate = exchange.rate()
    if rate is None:
        return Present(today(), visitor.sees_samples(), None, None)
    described = {
        "pair": PAIR,
        "price": f"{rate.price:f}",
        "as_of": rate.as_of.isoformat(),
        "stale": exchange.is_stale(rate),
    }
    return Present(today(), visitor.sees_samples(), rate.price, described)


def etag(version: int | None, now: Present) -> str:
    """Return a name for all that an answer depends on."""
    return blake2b(repr((version, now)).encode(), digest_size=16).hexdigest()


def describe(
    entries: Iterable[Entry], price: Decimal | None, *, sample: bool = False
) -> list[Balance]:
    """Describe entries, in rand and at the present price."""
    bitcoin = converter(price) if price else lambda _: None
    return [
        Balance(entry_id, day, rand(cents), bitcoin(cents), btc_then, sample)
        for entry_id, day, cents, btc_then in entries
    ]
