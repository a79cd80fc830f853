"""When a price is stale: decided here, and nowhere else."""

STALE_AFTER = 120.0  # seconds


def is_stale(age: float, active: bool) -> bool:
    """Tell whether a price is stale, which is so many seconds old.

    So is one from a market that is not active, and one from the future: its clock tells nothing.
    """
    return not active or abs(age) > STALE_AFTER
