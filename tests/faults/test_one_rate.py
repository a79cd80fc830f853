"""Two instances on one database, of as many processes as the machine has cores: one rate."""

import time

import pytest
import requests
from conftest import both_databases
from helpers import SERVER, environment, serving
from survival import PATIENCE, wait_until

from demo.luno import Luno

AGREED = 5  # seconds after a call until all processes tell its price
INTERVAL = 30  # seconds between two calls


class RisingLuno(Luno):
    """The stand-in with a price that tells which call it answered."""

    def last_trade(self) -> str:
        return f"{1_000_000 + self.calls}.00"


def told(url: str) -> tuple[str, bool] | None:
    """Return the price, and whether it is stale, from whichever process takes the connection."""
    rate = requests.get(f"{url}/api/balances", timeout=PATIENCE).json()["rate"]
    return (rate["price"], rate["stale"]) if rate else None


@pytest.mark.long
@both_databases
def test_two_instances_call_once_in_30_s_and_agree_within_5(database_url: str) -> None:
    with RisingLuno() as luno:
        env = environment(database_url, luno)
        with serving(SERVER, **env) as (_, one), serving(SERVER, **env) as (_, other):
            told(one)  # with the first visit a process begins to ask
            for call in (1, 2):
                wait_until(lambda call=call: luno.calls == call)  # type: ignore[misc]
                time.sleep(AGREED)
                price = f"{1_000_000 + call}.00"
                assert {told(url) for url in [one, other] * 10} == {(price, False)}
        first, second = luno.received
    assert second.at - first.at >= INTERVAL
