"""Which price is believed, when it is stale, and when it must be confirmed first."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from server.rate.luno import Ticker

STALE_AFTER = 120.0  # seconds from when a price was new
COMPARED_FOR = 3600.0  # seconds in which the next prices are compared with it


@dataclass(frozen=True)
class Rate:
    """What one bitcoin last traded for, as the API tells it."""

    price: Decimal  # rand, with at least 2 decimals
    as_of: datetime  # the exchange's own timestamp
    stale: bool


@dataclass(frozen=True)
class Quote:
    """A price that is believed."""

    price: Decimal
    as_of: datetime
    active: bool  # whether the market was open
    new_at: float  # when the price was new, in seconds by this process's clock
    heard_on: date | None = None  # the day whose rate it is: none where it was stale at once

    def age(self, now: float) -> float:
        """Return how many seconds old the price is."""
        return now - self.new_at

    def is_stale(self, now: float) -> bool:
        """Tell whether the price is too old, or from a market that is closed."""
        return not self.active or self.age(now) > STALE_AFTER


@dataclass(frozen=True)
class Belief:
    """The last quote, and a price too far from it to be believed at once."""

    quote: Quote | None = None
    held: Decimal | None = None

    def after(self, ticker: Ticker, now: float, today: date) -> "Belief":
        """Return what is believed once this ticker was heard.

        A price outside half and double of the last one counts if that one is an hour old, or if
        the price held from the ask before is near it. Otherwise it is held now.
        """
        if (
            self.quote is None
            or self.quote.age(now) >= COMPARED_FOR
            or are_near(ticker.price, self.quote.price)
            or (self.held is not None and are_near(ticker.price, self.held))
        ):
            quote = Quote(ticker.price, ticker.as_of, ticker.active, now - ticker.age, today)
            return Belief(replace(quote, heard_on=None) if quote.is_stale(now) else quote)
        return replace(self, held=ticker.price)

    def rate(self, now: float) -> Rate | None:
        """Return the rate, or None while there has never been one."""
        if self.quote is None:
            return None
        return Rate(self.quote.price, self.quote.as_of, self.quote.is_stale(now))


def are_near(price: Decimal, other: Decimal) -> bool:
    """Tell whether each of two prices is at most double the other."""
    return price <= 2 * other and other <= 2 * price
