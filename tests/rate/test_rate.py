"""The rate of an installation: its processes share the asking, and what is heard.

Each exchange here stands for a process, over real HTTP and a real database. Time passes by moving
what the shared row says into the past. `tests/faults/test_one_rate.py` has real processes.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, select, text, update
from survival import wait_until

from demo.luno import Luno
from server.history.database import MIGRATIONS, Database
from server.history.tables import day_rates
from server.history.tables import rate as rate_table
from server.rate.exchange import Exchange, Rate
from server.rate.lease import FIRST_INTERVAL, INTERVAL

MINUTE, HOUR = 60, 3600  # seconds
MakeExchange = Callable[..., Exchange]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with closing(Database(database_url)) as database:
        yield database


@pytest.fixture
def make(luno: Luno, database: Database) -> Iterator[MakeExchange]:
    """Make exchanges of one installation."""
    with ExitStack() as stack:

        def make(*urls: str, timezone: str = "Africa/Johannesburg") -> Exchange:
            exchange = Exchange(database, urls or [luno.url], timezone)
            stack.callback(exchange.close)
            return exchange

        yield make


def price(exchange: Exchange) -> str | None:
    exchange.step()
    rate = exchange.rate()
    return f"{rate.price:f}" if rate else None


def is_stale(exchange: Exchange) -> bool:
    exchange.step()
    rate = exchange.rate()
    assert rate
    return rate.stale


def wind_on(database: Database, seconds: float) -> None:
    """Let time pass, as the row tells it."""
    past = round(seconds * 1000)
    with database.write() as connection:
        pauses = connection.execute(select(rate_table.c.pauses)).scalar_one()
        connection.execute(
            update(rate_table).values(
                next_ask=rate_table.c.next_ask - past,
                new_at=rate_table.c.new_at - past,
                pauses={host: end - past for host, end in pauses.items()},
            )
        )


def today() -> date:
    return datetime.now(ZoneInfo("Africa/Johannesburg")).date()


# One process


def test_first_call_of_rate_waits_for_the_first_answer(luno: Luno, make: MakeExchange) -> None:
    luno.ticker = {"timestamp": 1527784000706}
    luno.headers = {"Date": "Thu, 31 May 2018 16:26:41 GMT"}
    as_of = datetime(2018, 5, 31, 16, 26, 40, 706000, UTC)
    assert make().rate() == Rate(Decimal("1000000.00"), as_of, stale=False)


def test_an_exchange_that_nobody_asks_for_the_rate_makes_no_call(
    luno: Luno, make: MakeExchange
) -> None:
    threads = threading.active_count()
    make()
    assert (luno.calls, threading.active_count()) == (0, threads)


def test_many_requests_make_one_call_also_while_it_hangs(luno: Luno, make: MakeExchange) -> None:
    luno.let_go.clear()
    exchange = make()
    threads = [threading.Thread(target=exchange.rate) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert exchange.rate() is None
    luno.let_go.set()
    assert price(exchange) == "1000000.00"
    assert luno.calls == 1


def test_thread_asks_again_by_itself(luno: Luno, make: MakeExchange) -> None:
    luno.status = 500
    exchange = make()
    assert exchange.rate() is None
    luno.status = 200
    wait_until(lambda: exchange.rate() is not None)
    first, second = luno.received
    assert second.at - first.at >= FIRST_INTERVAL


def test_asks_come_every_five_seconds_then_every_thirty(
    luno: Luno, make: MakeExchange, database: Database
) -> None:
    exchange = make()

    def asks_after(interval: float) -> bool:
        """Tell whether an ask comes after the interval, and none much earlier."""
        calls = luno.calls
        wind_on(database, interval - 2)
        exchange.step()
        early = luno.calls
        wind_on(database, 2)
        exchange.step()
        return (early, luno.calls) == (calls, calls + 1)

    luno.status = 500
    exchange.step()
    assert asks_after(FIRST_INTERVAL)
    luno.status = 200
    assert asks_after(FIRST_INTERVAL)
    assert asks_after(INTERVAL)
    luno.status = 500
    assert asks_after(INTERVAL)
    assert asks_after(INTERVAL)
    assert price(exchange) == "1000000.00"


def test_addresses_are_tried_in_order(luno: Luno, make: MakeExchange) -> None:
    with Luno() as second:
        second.ticker = {"last_trade": "900000.00"}
        exchange = make("http://127.0.0.1:1/", second.url, luno.url)
        assert price(exchange) == "900000.00"
        assert (second.calls, luno.calls) == (1, 0)
        second.status = 500
        exchange.ask()
        assert price(exchange) == "1000000.00"
        assert (second.calls, luno.calls) == (2, 1)


def test_log_says_what_is_new_without_passwords_or_the_exchanges_words(
    luno: Luno, make: MakeExchange, caplog: pytest.LogCaptureFixture
) -> None:
    exchange = make(luno.url.replace("http://", "http://me:secret@") + "&token=secret")
    place = f"127.0.0.1:{luno.server_port}"
    shout = b"\x1b[31m\n" + b"x" * 60_000
    for body in (None, shout, shout, b'{"error": "' + shout + b'"}', None, None):
        luno.body = body
        exchange.ask()
    luno.ticker = {"pair": shout.decode()}
    exchange.ask()
    assert [record.message for record in caplog.records if record.name.startswith("server")] == [
        f"No new rate: {place}: it has no answer (JSONDecodeError)",
        "There are new rates again.",
        f"No new rate: {place}: its pair is not XBTZAR",
    ]


# When a price is stale


def test_price_is_stale_two_minutes_after_it_was_new_by_the_exchanges_clock(
    luno: Luno, make: MakeExchange, database: Database
) -> None:
    """Whatever ours says: this exchange is in 2018. All processes agree."""
    luno.ticker = {"timestamp": 1527784000000}
    luno.headers = {"Date": "Thu, 31 May 2018 16:27:40 GMT"}  # a minute later
    exchanges = [make(), make()]
    assert [is_stale(exchange) for exchange in exchanges] == [False, False]
    luno.status = 500
    wind_on(database, 50)
    assert [is_stale(exchange) for exchange in exchanges] == [False, False]
    wind_on(database, 15)
    assert [is_stale(exchange) for exchange in exchanges] == [True, True]


@pytest.mark.parametrize(
    "bent",
    [
        {"timestamp": 1527784000706},
        {"timestamp": 253402300799000},  # in the year 9999
        {"status": "DISABLED"},
        {"status": "POSTONLY"},
    ],
    ids=str,
)
def test_price_that_comes_stale_is_told_so_and_is_of_no_day(
    luno: Luno, make: MakeExchange, bent: dict[str, Any]
) -> None:
    luno.ticker = bent
    exchange = make()
    assert is_stale(exchange)
    tomorrow = today() + timedelta(days=1)
    assert exchange.rates_on([today()], today()) == {}
    assert exchange.rates_on([today()], tomorrow) == {}


# Which price counts


@pytest.mark.parametrize("absurd", ["1.00", "499999.99", "2000000.01", "1000000000.00"])
def test_absurd_price_counts_once_the_next_ask_of_any_process_confirms_it(
    luno: Luno, make: MakeExchange, absurd: str
) -> None:
    exchange, other = make(), make()
    exchange.ask()
    luno.ticker = {"last_trade": absurd}
    exchange.ask()
    assert price(other) == price(exchange) == "1000000.00"
    luno.ticker = {"last_trade": f"{Decimal(absurd) * 2:f}"}
    other.ask()
    assert price(other) == price(exchange) == f"{Decimal(absurd) * 2:f}"


def test_absurd_price_is_dropped_where_the_next_one_is_near_the_rate(
    luno: Luno, make: MakeExchange
) -> None:
    exchange = make()
    prices = ("1000000.00", "1.00", "500000.00", "1.00", "1000.00", "1000000.00")
    told = []
    for each in prices:
        luno.ticker = {"last_trade": each}
        exchange.ask()
        told.append(price(exchange))
    assert told == ["1000000.00"] * 2 + ["500000.00"] * 3 + ["1000000.00"]


def test_rate_an_hour_old_is_no_measure(luno: Luno, make: MakeExchange, database: Database) -> None:
    exchange = make()
    exchange.ask()
    luno.ticker = {"last_trade": "1.00"}
    wind_on(database, HOUR - MINUTE)
    assert price(exchange) == "1000000.00"
    luno.ticker = {"last_trade": "1000000000.00"}
    wind_on(database, MINUTE + 1)  # the header with the exchange's time has whole seconds
    assert price(exchange) == "1000000000.00"


# Several processes on one database


def test_processes_that_step_at_once_make_one_call_and_know_its_answer(
    luno: Luno, make: MakeExchange
) -> None:
    exchanges = [make() for _ in range(8)]
    ready = threading.Barrier(len(exchanges))

    def step(exchange: Exchange) -> None:
        ready.wait()
        exchange.step()

    threads = [threading.Thread(target=step, args=[exchange]) for exchange in exchanges]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {price(exchange) for exchange in exchanges} == {"1000000.00"}
    assert luno.calls == 1


def test_retry_after_keeps_every_process_from_asking_that_address(
    luno: Luno, make: MakeExchange, database: Database
) -> None:
    luno.status, luno.headers = 429, {"Retry-After": "90"}
    with Luno() as second:
        exchange, other = make(luno.url, second.url), make(luno.url, second.url)
        exchange.step()
        assert (luno.calls, second.calls) == (1, 1)
        luno.status = 200
        for seconds, calls in ((31, (1, 2)), (31, (1, 3)), (31, (2, 3))):
            wind_on(database, seconds)
            other.step()
            exchange.step()
            assert (luno.calls, second.calls) == calls


def test_retry_after_of_the_only_address_is_waited_for(
    luno: Luno, make: MakeExchange, database: Database
) -> None:
    luno.status, luno.headers = 429, {"Retry-After": "90"}
    make().step()
    luno.status = 200
    wind_on(database, 80)
    assert price(make()) is None
    wind_on(database, 10)
    assert price(make()) == "1000000.00"
    assert luno.calls == 2


def test_a_process_that_hangs_in_its_turn_delays_the_others_by_one_interval(
    luno: Luno, make: MakeExchange, database: Database
) -> None:
    """When it goes on, it neither asks the next address nor puts its answer over theirs."""
    with Luno() as second:
        hanging, other = make(luno.url, second.url), make(second.url)
        luno.status = 500
        luno.let_go.clear()
        turn = threading.Thread(target=hanging.step)
        turn.start()
        wait_until(lambda: luno.calls == 1)
        other.step()
        assert second.calls == 0
        wind_on(database, FIRST_INTERVAL)
        other.step()
        assert second.calls == 1
        luno.let_go.set()
        turn.join()
        assert price(hanging) == price(other) == "1000000.00"
        assert second.calls == 1


def test_rate_survives_a_restart_with_its_age(
    luno: Luno, make: MakeExchange, database: Database
) -> None:
    before = make().rate()
    assert before
    luno.on.clear()
    assert make().rate() == before
    wind_on(database, HOUR)
    assert make().rate() == Rate(before.price, before.as_of, stale=True)


def test_rate_of_an_earlier_version_survives_the_upgrade(luno: Luno, database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        earlier = {"number": 7, "written": 1_800_000_000_000, "wait": 30_000, "trouble": ""}
        earlier |= {"price": "950000.50", "as_of": 1_799_999_990_000, "age": 10_000}
        values = ", ".join(f"{name} = :{name}" for name in earlier)
        connection.execute(text(f"UPDATE rate SET active = true, {values}"), earlier)
    engine.dispose()
    luno.on.clear()
    as_of = datetime.fromtimestamp(1_799_999_990, UTC)
    with (
        closing(Database(database_url)) as database,
        closing(Exchange(database, [luno.url], "Africa/Johannesburg")) as exchange,
    ):
        assert exchange.rate() == Rate(Decimal("950000.50"), as_of, stale=True)


@pytest.mark.parametrize("jump", [-HOUR, HOUR], ids=["back", "ahead"])
def test_a_database_clock_that_jumps_stops_nobody(
    luno: Luno, make: MakeExchange, database: Database, jump: int
) -> None:
    """A rate of the future is told as stale until the exchange is asked, at once."""
    exchange = make()
    exchange.step()
    wind_on(database, jump)
    luno.status = 500
    assert is_stale(exchange)
    assert luno.calls == 2
    luno.status = 200
    wind_on(database, INTERVAL)
    assert not is_stale(exchange)


def test_where_the_rate_cannot_be_shared_it_is_stale_and_nobody_asks(
    luno: Luno, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As on a full disk, or while another file is at the path."""
    path, away = tmp_path / "rate.db", tmp_path / "away.db"
    with (
        closing(Database(f"sqlite:///{path}")) as database,
        closing(Exchange(database, [luno.url], "Africa/Johannesburg")) as exchange,
    ):
        assert not is_stale(exchange)
        wind_on(database, INTERVAL)
        path.rename(away)
        assert is_stale(exchange)
        assert exchange.rates_on([today()], today()) == {}
        exchange.ask()
        assert luno.calls == 1
        away.rename(path)
        assert not is_stale(exchange)
        assert luno.calls == 2
    messages = [record.message for record in caplog.records]
    assert [message.partition(": /")[0] for message in messages] == [
        "No new rate: it cannot be shared",
        "There are new rates again.",
    ]


def test_a_database_that_comes_later_is_waited_for(luno: Luno, tmp_path: Path) -> None:
    with (
        closing(Database(f"sqlite:///{tmp_path}/later/rate.db")) as database,
        closing(Exchange(database, [luno.url], "Africa/Johannesburg")) as exchange,
    ):
        assert price(exchange) is None
        assert luno.calls == 0
        (tmp_path / "later").mkdir()
        assert price(exchange) == "1000000.00"


# The rates of days


def test_the_last_rate_heard_on_a_day_is_that_days(
    luno: Luno, make: MakeExchange, database: Database
) -> None:
    """On Niue it is always at least one day earlier than on Kiritimati."""
    now, then = (
        datetime.now(ZoneInfo(name)).date() for name in ("Pacific/Kiritimati", "Pacific/Niue")
    )
    kiritimati, niue = make(timezone="Pacific/Kiritimati"), make(timezone="Pacific/Niue")
    for last_trade, exchange in (
        *(("900000.00", niue), ("1100000.00", niue)),
        *(("1150000.00", kiritimati), ("1200000.50", kiritimati)),
    ):
        luno.ticker = {"last_trade": last_trade}
        exchange.ask()
    expected = {then: Decimal("1100000.00"), now: Decimal("1200000.50")}
    assert kiritimati.rates_on([now, date(1900, 1, 1), then], now) == expected
    assert kiritimati.rates_on([now, then], now + timedelta(days=1)) == expected
    for day in (now, then):
        assert kiritimati.rate_on(day, now) == expected[day]
    assert kiritimati.rate_on(date(1900, 1, 1), now) is None
    with database.read() as connection:
        assert len(connection.execute(select(day_rates)).all()) == 2


def test_a_rate_that_went_stale_is_no_present_one_but_stays_the_days(
    luno: Luno, make: MakeExchange, database: Database
) -> None:
    exchange = make()
    assert exchange.rate_on(today(), today()) == 1_000_000
    luno.status = 500
    wind_on(database, 2 * MINUTE + 1)
    assert is_stale(exchange)
    assert exchange.rate_on(today(), today()) is None
    assert exchange.rate_on(today(), today() + timedelta(days=1)) == 1_000_000


def test_without_a_rate_no_day_has_one(luno: Luno, make: MakeExchange) -> None:
    luno.on.clear()
    assert make().rates_on([today(), today() - timedelta(days=1)], today()) == {}


def test_ten_thousand_days_are_asked_for_at_once(make: MakeExchange) -> None:
    exchange = make()
    exchange.ask()
    days = [today() - timedelta(days=number) for number in range(10_000)]
    assert exchange.rates_on(days, today() + timedelta(days=1)) == {today(): 1_000_000}
