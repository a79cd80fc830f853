"""When a price is stale. The page adds that it could not ask for a while (`client/account.js`)."""

STALE_AFTER = 120.0  # seconds


def is_stale(age: float, *, active: bool, shared: bool = True) -> bool:
    """Tell whether a price is stale, which is so many seconds old.

    So is one from a market that is not active, one from the future, whose clock tells nothing, and
    one while a newer price could not be shared with the other processes.
    """
    return not (active and shared) or abs(age) > STALE_AFTER
