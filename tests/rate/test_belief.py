"""Which price is believed, and until when it is not stale."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.rate.belief import Belief, are_near
from server.rate.luno import Ticker

TODAY = date(2026, 11, 25)
GOOD = Ticker(Decimal("1000000.00"), datetime(2026, 11, 25, 10, tzinfo=UTC), 0.0, True)
HOUR = 3600.0

prices = st.decimals("0.00000001", "999999999999.99999999", places=8)


def ticker(price: str, age: float = 0.0) -> Ticker:
    return replace(GOOD, price=Decimal(price), age=age)


def price(belief: Belief) -> str | None:
    return f"{belief.quote.price:f}" if belief.quote else None


def hear(*prices: str, every: float = 30.0) -> Belief:
    """Return what is believed once these prices were heard, one after the other."""
    belief = Belief()
    for number, each in enumerate(prices):
        belief = belief.after(ticker(each), number * every, TODAY)
    return belief


def is_stale(belief: Belief, now: float) -> bool:
    rate = belief.rate(now)
    assert rate is not None
    return rate.stale


def test_without_a_ticker_there_is_no_rate() -> None:
    assert Belief().rate(0) is None


def test_the_rate_is_the_last_ticker() -> None:
    rate = hear("900000.00", "1000000.00").rate(31)
    assert rate is not None
    assert (rate.price, rate.as_of, rate.stale) == (GOOD.price, GOOD.as_of, False)


def test_a_rate_is_stale_two_minutes_after_it_was_heard() -> None:
    belief = hear("1000000.00")
    assert not is_stale(belief, 120)
    assert is_stale(belief, 121)


def test_a_rate_is_as_old_as_the_exchange_says() -> None:
    belief = Belief().after(replace(GOOD, age=100.0), 0, TODAY)
    assert not is_stale(belief, 20)
    assert is_stale(belief, 21)
    assert is_stale(Belief().after(replace(GOOD, age=3 * HOUR), 0, TODAY), 0)


def test_a_rate_of_a_closed_market_is_stale() -> None:
    assert is_stale(Belief().after(replace(GOOD, active=False), 0, TODAY), 0)


def test_a_rate_is_of_the_day_it_was_heard_on_unless_stale() -> None:
    for heard, day in (
        (GOOD, TODAY),
        (replace(GOOD, age=121.0), None),
        (replace(GOOD, active=False), None),
    ):
        quote = Belief().after(heard, 0, TODAY).quote
        assert quote is not None
        assert quote.heard_on == day


@pytest.mark.parametrize("absurd", ["1.00", "499999.99", "2000000.01", "1000000000.00"])
def test_an_absurd_price_counts_once_the_next_confirms_it(absurd: str) -> None:
    assert price(hear("1000000.00", absurd)) == "1000000.00"
    assert price(hear("1000000.00", absurd, absurd)) == absurd
    nearly = str(Decimal(absurd) * 2)
    if not are_near(Decimal(nearly), GOOD.price):
        assert price(hear("1000000.00", absurd, nearly)) == nearly


@pytest.mark.parametrize("odd", ["500000.00", "2000000.00"])
def test_half_and_double_are_believed_at_once(odd: str) -> None:
    assert price(hear("1000000.00", odd)) == odd


def test_an_absurd_price_is_dropped_where_the_next_is_near_the_rate() -> None:
    belief = hear("1000000.00", "1.00", "1000001.00")
    assert (price(belief), belief.held) == ("1000001.00", None)
    assert price(hear("1000000.00", "1.00", "1000001.00", "1.00")) == "1000001.00"


def test_an_absurd_price_does_not_confirm_another() -> None:
    belief = hear("1000000.00", "1.00", "1000.00")
    assert (price(belief), belief.held) == ("1000000.00", Decimal("1000.00"))
    assert price(hear("1000000.00", "1.00", "1000.00", "1000.00")) == "1000.00"


def test_a_rate_goes_stale_while_absurd_prices_come() -> None:
    belief = hear("1000000.00", "1.00", "1000.00", "1.00", "1000.00", "1.00")
    assert is_stale(belief, 150)


def test_a_rate_an_hour_old_is_no_measure() -> None:
    belief = hear("1000000.00")
    assert price(belief.after(ticker("1.00"), HOUR - 1, TODAY)) == "1000000.00"
    assert price(belief.after(ticker("1.00"), HOUR, TODAY)) == "1.00"
    old = Belief().after(replace(GOOD, age=HOUR), 0, TODAY)
    assert price(old.after(ticker("1.00"), 1, TODAY)) == "1.00"


@given(prices, prices, prices)
def test_of_any_prices_what_is_believed_was_near_or_confirmed(
    first: Decimal, second: Decimal, third: Decimal
) -> None:
    believed = hear(*(f"{each:f}" for each in (first, second, third)))
    assert believed.quote is not None
    if believed.quote.price == third:
        assert any(are_near(third, other) for other in (first, second))
    else:
        assert not are_near(third, believed.quote.price)
        assert believed.held == third
