"""Two instances on one database, of as many processes as the machine has cores: one rate.

The stand-in counts the calls, over real HTTP.
"""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise

import pytest
import requests
from conftest import both_databases
from helpers import SERVER, environment, serving
from survival import PATIENCE, kill, wait_until

from demo.luno import Luno
from server.rate.lease import FIRST_INTERVAL, INTERVAL

AGREED = 5.0  # seconds after a call until all processes tell its price
JITTER = 1.0  # seconds from taking a turn to the call, at most


class RisingLuno(Luno):
    """The stand-in with a price that tells which call it answered."""

    def last_trade(self) -> str:
        return f"{1_000_000 + self.calls}.00"


@dataclass(frozen=True)
class Look:
    """What an answer told of the rate."""

    sent: float
    answered: float
    call: int  # whose price it was; 0 where there was none
    stale: bool


def look(url: str) -> Look:
    """Look at the rate, on a connection of its own."""
    sent = time.monotonic()
    answer = requests.get(f"{url}/api/balances", timeout=PATIENCE)
    assert answer.status_code == 200
    rate = answer.json()["rate"]
    call = int(rate["price"].removesuffix(".00")) - 1_000_000 if rate else 0
    return Look(sent, time.monotonic(), call, bool(rate and rate["stale"]))


@pytest.mark.long
@both_databases
def test_two_instances_have_one_rate_and_one_is_killed(database_url: str) -> None:
    """While there is no rate yet; another one takes its place. Both are watched from then on."""
    looks: list[Look] = []
    with ExitStack() as stack:
        luno = stack.enter_context(RisingLuno())
        env = environment(database_url, luno)
        luno.status = 500
        first, second = (stack.enter_context(serving(SERVER, **env)) for _ in range(2))
        wait_until(lambda: look(first[1]) and look(second[1]) and luno.calls > 1)
        kill(first[0].pid)
        urls = [second[1], stack.enter_context(serving(SERVER, **env))[1]]
        luno.status = 200
        without = luno.calls
        wait_until(lambda: look(second[1]).call)

        def has_heard_the_last() -> bool:
            looks.extend(look(url) for url in urls)
            calls = luno.received[without + 1 :]
            return bool(calls) and time.monotonic() > calls[0].at + AGREED + 1

        wait_until(has_heard_the_last)
    times = [call.at for call in luno.received]
    gaps = [after - before for before, after in pairwise(times)]
    assert min(gaps[:without]) >= FIRST_INTERVAL - JITTER
    assert min(gaps[without:]) >= INTERVAL
    for each in looks:
        assert not each.stale
        assert each.call <= sum(at <= each.answered for at in times)
        heard = sum(at + AGREED <= each.sent for at in times)
        assert each.call >= (heard if heard > without else 0)  # the first calls brought no price
