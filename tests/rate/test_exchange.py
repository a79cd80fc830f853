"""The rate of an installation: its processes share turns and what is heard in them.

Each exchange here stands for a process, over real HTTP and a real database; only its clock is made
up. It counts from the moment when a process sees what another one wrote, so each must look before
that clock is set forward. `tests/faults/test_one_rate.py` has real processes.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from sqlalchemy import select, update
from survival import wait_until

from demo.luno import Luno
from server.history.database import Database
from server.history.tables import day_rates
from server.history.tables import rate as rate_table
from server.rate.belief import Rate
from server.rate.exchange import Exchange
from server.rate.turns import FIRST_INTERVAL, INTERVAL

REFUSED = "http://127.0.0.1:1/"
HOUR = 3600 * 1000  # ms
MakeExchange = Callable[..., Exchange]


class Clock:
    """A process's clock, which stands still until it is set; each may begin anywhere."""

    def __init__(self, seconds: float = 1000.0) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with closing(Database(database_url)) as database:
        yield database


@pytest.fixture
def make(luno: Luno, database: Database, clock: Clock) -> Iterator[MakeExchange]:
    """Make exchanges of one installation."""
    with ExitStack() as stack:
        session = stack.enter_context(requests.Session())

        def make(
            *urls: str, clock: Clock = clock, timezone: str = "Africa/Johannesburg"
        ) -> Exchange:
            exchange = Exchange(database, urls or [luno.url], timezone, session, clock)
            stack.callback(exchange.close)
            return exchange

        yield make


def believed(exchange: Exchange) -> Rate | None:
    """Return what a process believes, without starting its thread."""
    return exchange._state.current.belief.rate(exchange._clock())


def price(exchange: Exchange) -> str | None:
    rate = believed(exchange)
    return f"{rate.price:f}" if rate else None


def rewrite(database: Database, **values: Any) -> None:
    """Change columns of the row that the processes share."""
    with database.write() as connection:
        connection.execute(update(rate_table).values(values))


def stored_days(database: Database) -> dict[date, str]:
    with database.read() as connection:
        return {row.date: row.price for row in connection.execute(select(day_rates))}


# One process


def test_the_first_call_of_rate_waits_for_the_first_answer(luno: Luno, make: MakeExchange) -> None:
    luno.ticker = {"timestamp": 1527784000706}
    luno.headers = {"Date": "Thu, 31 May 2018 16:26:41 GMT"}
    rate = make().rate()
    as_of = datetime(2018, 5, 31, 16, 26, 40, 706000, UTC)
    assert rate == Rate(Decimal("1000000.00"), as_of, stale=False)


def test_who_only_makes_an_exchange_asks_nobody(luno: Luno, make: MakeExchange) -> None:
    threads = threading.active_count()
    make()
    assert (luno.calls, threading.active_count()) == (0, threads)


def test_many_requests_are_one_call(luno: Luno, make: MakeExchange) -> None:
    exchange = make()
    threads = [threading.Thread(target=exchange.rate) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert exchange.rate() is not None
    assert luno.calls == 1


def test_nobody_waits_for_an_exchange_that_hangs(luno: Luno, make: MakeExchange) -> None:
    luno.let_go.clear()
    exchange = make()
    assert exchange.rate() is None
    assert exchange.rate() is None
    assert luno.calls == 1
    luno.let_go.set()


def test_a_turn_comes_every_five_seconds_then_every_thirty(
    luno: Luno, make: MakeExchange, clock: Clock
) -> None:
    exchange = make()
    luno.status = 500
    exchange.step()
    for _ in range(3):
        clock.seconds += FIRST_INTERVAL - 0.1
        exchange.step()
        clock.seconds += 0.2
        before = luno.calls
        exchange.step()
        assert luno.calls == before + 1
    luno.status = 200
    clock.seconds += FIRST_INTERVAL
    exchange.step()
    assert price(exchange) == "1000000.00"
    for status in (200, 500):
        luno.status = status
        before = luno.calls
        clock.seconds += INTERVAL - 0.1
        exchange.step()
        assert luno.calls == before
        clock.seconds += 0.2
        exchange.step()
        assert luno.calls == before + 1
    assert price(exchange) == "1000000.00"


def test_the_thread_asks_again_by_itself(luno: Luno, database: Database) -> None:
    """After 5 seconds while there has never been a rate, but not before."""
    luno.status = 500
    exchange = Exchange(database, [luno.url], "Africa/Johannesburg")
    assert exchange.rate() is None
    luno.status = 200
    started = time.monotonic()
    while exchange.rate() is None:
        assert time.monotonic() - started < 60
        time.sleep(0.1)
    first, second = luno.received
    assert second.at - first.at >= FIRST_INTERVAL
    exchange.close()


def test_the_addresses_are_tried_in_order_within_a_turn(
    luno: Luno, make: MakeExchange, clock: Clock
) -> None:
    with Luno() as second:
        second.ticker = {"last_trade": "900000.00"}
        exchange = make(REFUSED, second.url, luno.url)
        exchange.step()
        assert price(exchange) == "900000.00"
        assert (second.calls, luno.calls) == (1, 0)
        second.status = 500
        exchange.step()
        assert (second.calls, luno.calls) == (1, 0)
        clock.seconds += INTERVAL + 1
        exchange.step()
        assert price(exchange) == "1000000.00"
        assert (second.calls, luno.calls) == (2, 1)


def test_a_turn_counts_from_its_last_call(luno: Luno, make: MakeExchange, clock: Clock) -> None:
    """So that an address which fails at once cannot bring the next one its calls too soon."""
    with Luno() as slow:
        exchange = make(slow.url, luno.url)
        exchange.step()
        clock.seconds += INTERVAL + 1
        slow.let_go.clear()
        asking = threading.Thread(target=exchange.step)
        asking.start()
        wait_until(lambda: slow.calls == 2)
        clock.seconds += 5
        asking.join()
        assert luno.calls == 1
        clock.seconds += INTERVAL - 0.1
        exchange.step()
        assert (slow.calls, luno.calls) == (2, 1)
        slow.let_go.set()


def test_retry_after_keeps_every_process_from_asking_that_address(
    luno: Luno, make: MakeExchange, clock: Clock
) -> None:
    luno.status, luno.headers = 429, {"Retry-After": "90"}
    with Luno() as second:
        exchange, other = make(luno.url, second.url), make(luno.url, second.url)
        exchange.step()
        assert (luno.calls, second.calls) == (1, 1)
        luno.status = 200
        for seconds, calls in ((31, (1, 2)), (31, (1, 3)), (31, (2, 3))):
            clock.seconds += seconds
            other.step()
            exchange.step()
            assert (luno.calls, second.calls) == calls


def test_retry_after_of_the_only_address_is_waited_for(
    luno: Luno, make: MakeExchange, clock: Clock
) -> None:
    luno.status, luno.headers = 429, {"Retry-After": "60"}
    exchange = make()
    exchange.step()
    clock.seconds += 59
    exchange.step()
    make().step()  # a process that starts now
    assert luno.calls == 1
    luno.status = 200
    clock.seconds += 2
    exchange.step()
    assert (luno.calls, price(exchange)) == (2, "1000000.00")


def test_an_absurd_price_is_held_for_all_processes(
    luno: Luno, make: MakeExchange, clock: Clock
) -> None:
    """Whichever asks next confirms it, or does not."""
    exchange, other = make(), make()
    exchange.step()
    for absurd, last in (("1.00", "1000000.00"), ("1.00", "1.00")):
        luno.ticker = {"last_trade": absurd}
        clock.seconds += INTERVAL + 1
        other.step()
        exchange.step()
        assert price(other) == price(exchange) == last
        exchange, other = other, exchange


def test_only_news_is_logged(
    luno: Luno, make: MakeExchange, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Once for all processes."""
    caplog.set_level(logging.INFO)
    exchanges = [make(), make()]
    steps: list[dict[str, Any]] = [
        {"status": 500},
        {"status": 500},
        {"status": 500},
        {"status": 200},
        {"status": 200},
        {"ticker": {"last_trade": "1.00"}},
        {"ticker": {"last_trade": "1000000.00"}},
    ]
    for number, bent in enumerate(steps):
        for name, value in bent.items():
            setattr(luno, name, value)
        exchanges[number % 2].step()
        exchanges[(number + 1) % 2].step()
        clock.seconds += INTERVAL + 1
    assert luno.calls == len(steps)
    messages = [r.message for r in caplog.records if r.name == "server.rate.exchange"]
    assert messages == [
        f"No new rate: {luno.url}: it answers 500",
        "The exchange answers again.",
        f"No new rate: {luno.url}: a price outside half and double of the last one: "
        "it counts once the next ask confirms it",
        "The exchange answers again.",
    ]


# Several processes on one database


def test_all_processes_make_one_call_and_know_its_answer(luno: Luno, make: MakeExchange) -> None:
    """Whatever their own clocks say."""
    exchanges = [make(clock=Clock(seconds)) for seconds in (0.0, 17.5, 1e6, 1e9)]
    for exchange in exchanges:
        exchange.step()
    assert {price(exchange) for exchange in exchanges} == {"1000000.00"}
    assert luno.calls == 1


def test_processes_that_step_at_once_make_one_call(luno: Luno, make: MakeExchange) -> None:
    exchanges = [make() for _ in range(8)]
    ready = threading.Barrier(len(exchanges))

    def step(exchange: Exchange) -> None:
        exchange._state.follow()
        ready.wait()
        exchange._take_turn()

    threads = [threading.Thread(target=step, args=[exchange]) for exchange in exchanges]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert luno.calls == 1


def test_staleness_is_the_same_for_all_processes(luno: Luno, make: MakeExchange) -> None:
    clocks = [Clock(0.0), Clock(5000.0)]
    exchanges = [make(clock=clock) for clock in clocks]
    then = datetime.now(UTC) - timedelta(seconds=60)
    luno.ticker = {"timestamp": round(then.timestamp() * 1000)}
    for exchange in exchanges:
        exchange.step()
    for seconds, stale in ((50.0, False), (20.0, True)):
        for clock in clocks:
            clock.seconds += seconds
        rates = [believed(exchange) for exchange in exchanges]
        assert [rate and rate.stale for rate in rates] == [stale, stale]


def test_a_process_killed_in_its_turn_delays_the_others_by_one_interval(
    luno: Luno, make: MakeExchange, clock: Clock
) -> None:
    *others, last = [make() for _ in range(3)]
    for killed, interval in zip(others, (FIRST_INTERVAL, INTERVAL), strict=True):
        luno.received.clear()
        luno.let_go.clear()
        turn = threading.Thread(target=killed.step)
        turn.start()
        wait_until(lambda: luno.calls == 1)
        killed.close()  # it writes nothing more
        turn.join()
        luno.let_go.set()
        last.step()
        clock.seconds += interval - 2  # the database's clock has gone on meanwhile
        last.step()
        assert luno.calls == 1
        clock.seconds += 2
        last.step()
        assert luno.calls == 2
        assert price(last) == "1000000.00"
        others[-1].step()
        clock.seconds += INTERVAL + 1


def test_a_process_that_was_paused_has_lost_its_turn(
    luno: Luno, make: MakeExchange, clock: Clock
) -> None:
    """It neither asks the next address nor puts its old answer over the new one."""
    with Luno() as second:
        paused, other = make(luno.url, second.url), make(second.url)
        luno.status = 500
        luno.let_go.clear()
        turn = threading.Thread(target=paused.step)
        turn.start()
        wait_until(lambda: luno.calls == 1)
        other.step()
        clock.seconds += INTERVAL + 1
        second.ticker = {"last_trade": "900000.00"}
        other.step()
        assert (second.calls, price(other)) == (1, "900000.00")
        luno.let_go.set()
        turn.join()
        assert second.calls == 1
        paused.step()
        assert price(paused) == "900000.00"


def test_the_rate_survives_a_restart_with_its_age(
    luno: Luno, make: MakeExchange, database: Database
) -> None:
    exchange = make()
    exchange.step()
    before = believed(exchange)
    luno.on.clear()
    started = make(clock=Clock(0.0))
    started.step()
    assert believed(started) == before
    assert luno.calls == 1
    rewrite(database, written=rate_table.c.written - HOUR)
    started = make(clock=Clock(0.0))
    started.step()
    rate = believed(started)
    assert before
    assert rate == Rate(before.price, before.as_of, stale=True)
    assert luno.calls == 2


@pytest.mark.parametrize("jump", [-HOUR, HOUR], ids=["back", "ahead"])
def test_a_database_clock_that_jumps_changes_nothing_for_running_processes(
    luno: Luno, make: MakeExchange, database: Database, clock: Clock, jump: int
) -> None:
    exchange = make()
    exchange.step()
    rewrite(database, written=rate_table.c.written - jump)  # as it looks after the jump
    exchange.step()
    rate = believed(exchange)
    assert rate
    assert not rate.stale
    assert luno.calls == 1
    clock.seconds += INTERVAL + 1
    exchange.step()
    assert luno.calls == 2


def test_a_database_clock_that_jumps_back_delays_a_start_by_one_interval(
    luno: Luno, make: MakeExchange, database: Database, clock: Clock
) -> None:
    make().step()
    rewrite(database, written=rate_table.c.written + HOUR)
    exchange = make()
    exchange.step()
    assert luno.calls == 1
    clock.seconds += INTERVAL + 1
    exchange.step()
    assert luno.calls == 2


# Without the database


def test_a_process_goes_on_alone_and_hands_in_what_it_heard(
    luno: Luno, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """While another file is at the path, what is written would go nowhere."""
    path, away = tmp_path / "rate.db", tmp_path / "away.db"
    clocks = [Clock(0.0), Clock(500.0)]
    databases = [Database(f"sqlite:///{path}") for _ in clocks]
    exchanges = [
        Exchange(database, [luno.url], "Africa/Johannesburg", clock=clock)
        for database, clock in zip(databases, clocks, strict=True)
    ]

    def step(seconds: float) -> list[str | None]:
        for clock, exchange in zip(clocks, exchanges, strict=True):
            clock.seconds += seconds
            exchange.step()
        return [price(exchange) for exchange in exchanges]

    assert step(0) == ["1000000.00"] * 2
    assert luno.calls == 1
    rewrite(databases[0], written=rate_table.c.written - 60_000)  # as long as it will be away
    path.rename(away)
    luno.ticker = {"last_trade": "900000.00"}
    assert step(INTERVAL + 1) == ["900000.00"] * 2
    assert luno.calls == 3  # each by itself
    step(INTERVAL - 2)
    assert luno.calls == 3
    luno.ticker = {"last_trade": "800000.00"}
    clocks[1].seconds += 3
    exchanges[1].step()
    assert luno.calls == 4
    away.rename(path)
    step(1)
    assert step(1) == ["800000.00"] * 2  # what was heard last
    assert luno.calls == 4
    assert stored_days(databases[0]) == {exchanges[0]._today(): "800000.00"}
    step(INTERVAL + 1)
    assert luno.calls == 5
    messages = [record.message for record in caplog.records if record.name == "server.rate.turns"]
    assert [message.partition(":")[0] for message in messages] == [
        *["The rate is this process's own"] * 2,
        *["The rate is shared with the other processes again."] * 2,
    ]
    for exchange in exchanges:
        exchange.close()
    for database in databases:
        database.close()


def test_a_process_that_learnt_nothing_alone_takes_nobodys_turn(luno: Luno, tmp_path: Path) -> None:
    """It missed the database for a moment, while another process was waiting for the exchange."""
    path, away = tmp_path / "rate.db", tmp_path / "away.db"
    with (
        closing(Database(f"sqlite:///{path}")) as database,
        closing(Database(f"sqlite:///{path}")) as missed,
    ):
        asking = Exchange(database, [luno.url], "Africa/Johannesburg")
        other = Exchange(missed, [luno.url], "Africa/Johannesburg")
        luno.let_go.clear()
        turn = threading.Thread(target=asking.step)
        turn.start()
        wait_until(lambda: luno.calls == 1)
        other.step()
        missed.close()
        path.rename(away)
        other.step()
        away.rename(path)
        other.step()
        luno.let_go.set()
        turn.join()
        other.step()
        assert price(asking) == price(other) == "1000000.00"
        assert luno.calls == 1


def test_a_database_that_was_never_there_is_no_hindrance(luno: Luno, tmp_path: Path) -> None:
    clock = Clock()
    with closing(Database(f"sqlite:///{tmp_path}/later/rate.db")) as database:
        exchange = Exchange(database, [luno.url], "Africa/Johannesburg", clock=clock)
        exchange.step()
        clock.seconds += INTERVAL - 1
        exchange.step()
        assert (luno.calls, price(exchange)) == (1, "1000000.00")
        (tmp_path / "later").mkdir()
        exchange.step()
        other = Exchange(database, [luno.url], "Africa/Johannesburg", clock=clock)
        other.step()
        assert (luno.calls, price(other)) == (1, "1000000.00")
        exchange.close()
        other.close()


# The rates of days


def test_the_last_rate_heard_on_a_day_is_that_days(
    luno: Luno, make: MakeExchange, database: Database, clock: Clock
) -> None:
    """On Niue it is always at least one day earlier than on Kiritimati."""
    today, tomorrow = (
        datetime.now(ZoneInfo(name)).date() for name in ("Pacific/Niue", "Pacific/Kiritimati")
    )
    niue, kiritimati = make(timezone="Pacific/Niue"), make(timezone="Pacific/Kiritimati")
    for last_trade in ("900000.00", "1100000.00"):
        luno.ticker = {"last_trade": last_trade}
        niue.step()
        kiritimati.step()
        clock.seconds += INTERVAL + 1
    luno.ticker = {"last_trade": "1200000.50"}
    kiritimati.step()
    assert stored_days(database) == {today: "1100000.00", tomorrow: "1200000.50"}
    expected = {today: Decimal("1100000.00"), tomorrow: Decimal("1200000.50")}
    assert kiritimati.rates_on([today, date(1900, 1, 1), tomorrow], tomorrow) == expected
    for day in (today, tomorrow):
        assert kiritimati.rate_on(day, tomorrow) == expected[day]
    assert kiritimati.rate_on(date(1900, 1, 1), tomorrow) is None
    assert kiritimati.rates_on([], tomorrow) == {}


@pytest.mark.parametrize(
    "bent", [{"timestamp": 1527784000706}, {"status": "DISABLED"}], ids=["old", "closed"]
)
def test_a_stale_rate_is_of_no_day(
    luno: Luno, make: MakeExchange, database: Database, bent: dict[str, Any]
) -> None:
    luno.ticker = bent
    exchange = make()
    rate = exchange.rate()
    assert rate
    assert rate.stale
    today = exchange._today()
    assert exchange.rate_on(today, today) is None
    assert stored_days(database) == {}


def test_a_rate_that_went_stale_is_no_present_one(
    luno: Luno, make: MakeExchange, clock: Clock
) -> None:
    """It stays the day's, for an entry that is made later for that day."""
    exchange = make()
    today = exchange._today()
    assert exchange.rate_on(today, today) == 1_000_000
    luno.on.clear()
    clock.seconds += 121
    assert exchange.rate_on(today, today) is None
    assert exchange.rate_on(today, today + timedelta(days=1)) == 1_000_000


def test_without_a_rate_no_day_has_one(luno: Luno, make: MakeExchange) -> None:
    luno.on.clear()
    exchange = make()
    today = exchange._today()
    assert exchange.rates_on([today, today - timedelta(days=1)], today) == {}


def test_ten_thousand_days_are_asked_for_at_once(luno: Luno, make: MakeExchange) -> None:
    exchange = make()
    today = exchange._today()
    exchange.step()
    days = [today - timedelta(days=number) for number in range(10_000)]
    assert exchange.rates_on(days, today + timedelta(days=1)) == {today: 1_000_000}
