"""Two instances on one database, of as many processes as the machine has cores: one rate.

The stand-in counts the calls, over real HTTP. `FAULTS=10` watches ten times as long; `-s` shows
what was counted.
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import psutil  # type: ignore[import-untyped]
import pytest
import requests
from helpers import SERVER, environment, serving
from survival import PATIENCE, SIZE, kill, report, wait_until

from demo.luno import Luno
from server.rate.lease import FIRST_INTERVAL, INTERVAL

AGREED = 5.0  # seconds after a call until all processes tell its price
TOUCHES = 24  # requests at once that reach each process of an instance
JITTER = 1.0  # seconds from taking a turn to the call, at most


class RisingLuno(Luno):
    """The stand-in with a price that tells which call it answered."""

    def last_trade(self) -> str:
        """Return a price that is higher with each call."""
        return f"{1_000_000 + self.calls}.00"

    def has_had(self, calls: int) -> bool:
        """Tell whether so many calls have come in."""
        return self.calls >= calls


@dataclass(frozen=True)
class Look:
    """What an answer told of the rate."""

    sent: float
    answered: float
    call: int  # whose price it was; 0 where there was none
    stale: bool


class Instance:
    """A server that can be killed, with all its processes."""

    def __init__(self, stack: ExitStack, env: dict[str, str]) -> None:
        process, self.url = stack.enter_context(serving(SERVER, **env))
        self.pid = process.pid
        with ThreadPoolExecutor(TOUCHES) as pool:
            list(pool.map(lambda _: look(self.url), range(TOUCHES)))

    def workers(self) -> list[psutil.Process]:
        """Return the processes that serve."""
        return list(psutil.Process(self.pid).children())

    def has_port(self, port: int) -> bool:
        """Tell whether a connection from this port is one of its processes'."""
        return any(
            connection.laddr.port == port
            for worker in self.workers()
            for connection in worker.net_connections("tcp")
        )


def look(url: str) -> Look:
    """Look at the rate, on a connection of its own."""
    sent = time.monotonic()
    answer = requests.get(f"{url}/api/balances", timeout=PATIENCE)
    assert answer.status_code == 200
    rate = answer.json()["rate"]
    call = int(rate["price"].removesuffix(".00")) - 1_000_000 if rate else 0
    return Look(sent, time.monotonic(), call, bool(rate and rate["stale"]))


@contextmanager
def watched(instances: list[Instance]) -> Iterator[list[Look]]:
    """Look at all instances again and again until the block ends; yield what was seen."""
    looks: list[Look] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            looks.extend(look(instance.url) for instance in list(instances))

    with ThreadPoolExecutor(4) as pool:
        watching = [pool.submit(watch) for _ in range(4)]
        try:
            yield looks
        finally:
            done.set()
    for each in watching:
        each.result()


@pytest.fixture
def rising() -> Iterator[RisingLuno]:
    with RisingLuno() as luno:
        yield luno


@pytest.mark.long
def test_two_instances_have_one_rate_and_one_is_killed(
    database_url: str, rising: RisingLuno
) -> None:
    """The first one while it holds the turn, the others at any time; each comes back."""
    env = environment(database_url, rising)
    started = time.monotonic()
    with ExitStack() as stack:
        rising.status = 500
        instances = [Instance(stack, env) for _ in range(2)]
        processes = sum(len(instance.workers()) for instance in instances)
        rising.let_go.clear()
        without = rising.calls + 1
        wait_until(partial(rising.has_had, without))
        (holder,) = (each for each in instances if each.has_port(rising.received[-1].port))
        kill(holder.pid)
        instances.remove(holder)
        rising.status = 200
        rising.let_go.set()
        wait_until(partial(rising.has_had, without + 1))
        looks: list[Look] = []
        for number in range(SIZE):
            instances.append(Instance(stack, env))
            with watched(instances) as seen:
                wait_until(partial(rising.has_had, without + number + 2))
                time.sleep(AGREED + 1)
            looks += seen
            if number < SIZE - 1:
                kill(instances.pop(number % 2).pid)

    times = [call.at for call in rising.received]
    gaps = [after - before for before, after in pairwise(times)]
    assert sum(gaps[:without]) >= without * FIRST_INTERVAL - JITTER
    assert gaps[without - 1] < 2 * FIRST_INTERVAL
    assert min(gaps[without:]) >= INTERVAL
    for each in looks:
        assert not each.stale
        assert each.call <= sum(at <= each.answered for at in times)
        agreed = sum(at + AGREED <= each.sent for at in times)
        assert each.call >= agreed or agreed <= without  # the first calls brought no price
    report(
        f"{rising.calls} calls of {processes} processes in {times[-1] - started:.0f} s, "
        f"{', '.join(f'{gap:.1f}' for gap in gaps)} s apart; {len(looks)} looks."
    )
