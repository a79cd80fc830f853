"""In this folder most servers are processes of their own: all go by the machine's clock."""

import pytest


@pytest.fixture
def clock() -> None:
    """Leave the clock as it is."""
