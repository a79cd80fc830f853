"""Luno's ticker: what is read out of it, and what is refused."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.rate.luno import LONGEST_PAUSE, Ticker, TickerError, parse_retry_after, parse_ticker

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)  # by the exchange's clock
GOOD = {"pair": "XBTZAR", "timestamp": round(NOW.timestamp() * 1000), "last_trade": "99776.00"}

BAD_PRICES: list[object] = [None, True, [], {}, "", "abc", "0", "0.00", "-1", "NaN", "Infinity"]
BAD_PRICES += ["1e400", "1e5", "9" * 13]

prices = st.decimals("0.00000001", "999999999999.99999999", places=8)


def read(**bent: Any) -> Ticker:
    """Return what a ticker says in which these fields are others; None takes one out."""
    ticker = {name: value for name, value in (GOOD | bent).items() if value is not None}
    return parse_ticker(json.dumps(ticker).encode(), NOW)


# What the ticker says


@given(price=prices)
def test_any_price_is_read_exactly_and_has_at_least_two_decimals(price: Decimal) -> None:
    for text in (f"{price:f}", f"{int(price)}"):
        if Decimal(text):
            found = f"{read(last_trade=text).price:f}"
            assert Fraction(found) == Fraction(text)
            assert len(found.partition(".")[2]) >= 2


@pytest.mark.parametrize(
    "bent",
    [
        *({"last_trade": price} for price in BAD_PRICES),
        *({"timestamp": None}, {"timestamp": "soon"}, {"timestamp": 10**30}),
        *({"pair": None}, {"pair": "ETHZAR"}, {"error": "Market not available"}),
    ],
    ids=str,
)
def test_ticker_without_a_good_price_is_refused(bent: dict[str, object]) -> None:
    with pytest.raises((TickerError, TypeError, ValueError, OverflowError, KeyError)):
        read(**bent)


@pytest.mark.parametrize(
    ("price", "bid", "ask", "believed"),
    [
        ("499500.00", "999000.00", "1000000.00", True),
        ("499499.99", "999000.00", "1000000.00", False),
        ("2000000.00", "999000.00", "1000000.00", True),
        ("2000000.01", "999000.00", "1000000.00", False),
        ("900000.00", "100000.00", "1700000.00", True),  # nobody trades much
        ("2000000.00", "999000.00", None, False),
        ("1000000.00", "999000.00", "0.00", True),  # nobody sells
        ("1.00", "999000.00", "0.00", False),
        ("1.00", "0.00", "1000000.00", False),
        ("1.00", "999000.00", "1.00", False),
        ("1000000.00", "1000000.00", "1.00", False),
        ("1000000.00", "0.00", "0.00", True),
        ("1000000.00", "abc", [], True),
    ],
)
def test_price_is_believed_as_far_as_bid_and_ask_can_tell(
    price: str, bid: object, ask: object, believed: bool
) -> None:
    if believed:
        assert read(last_trade=price, bid=bid, ask=ask).price == Decimal(price)
    else:
        with pytest.raises(TickerError, match="outside half its bid"):
            read(last_trade=price, bid=bid, ask=ask)


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [
        ("90", 90.0),
        ("Wed, 25 Nov 2026 10:05:00 GMT", 300.0),  # by the exchange's own clock
        ("99999999999", LONGEST_PAUSE),
        *((text, 0.0) for text in ("Wed, 25 Nov 2026 09:00:00 GMT", "0", "-5", "soon", "")),
    ],
)
def test_retry_after_is_read(retry_after: str, pause: float) -> None:
    assert parse_retry_after({"Retry-After": retry_after}, NOW) == pause
    assert parse_retry_after({}, NOW) == 0
