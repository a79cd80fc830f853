"""The rate of an installation: its processes share the asking, and what is heard.

Each exchange here stands for a process, over real HTTP and a real database. Time passes by moving
what the shared row says into the past. `tests/faults/test_one_rate.py` has real processes.
"""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from conftest import AskedExchange, both_databases
from helpers import today
from sqlalchemy import create_engine, make_url, select, text, update
from survival import wait_until

from demo.luno import Luno
from server.history.database import MIGRATIONS, Database
from server.history.tables import rate as rate_table
from server.rate import luno as luno_client
from server.rate.exchange import Exchange, Rate
from server.rate.lease import FIRST_INTERVAL, INTERVAL

MINUTE, HOUR = 60, 3600  # seconds
ZONE = "Africa/Johannesburg"
MakeExchange = Callable[..., AskedExchange]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with closing(Database(database_url)) as database:
        yield database


@pytest.fixture
def make(luno: Luno, database: Database) -> Iterator[MakeExchange]:
    """Make exchanges of one installation."""
    with ExitStack() as stack:

        def make(*urls: str) -> AskedExchange:
            exchange = AskedExchange(database, urls or [luno.url], ZONE)
            stack.callback(exchange.close)
            return exchange

        yield make


def told(exchange: Exchange) -> Rate | None:
    """Return the rate after a look at what all have heard, or at the exchange."""
    exchange.step()
    return exchange.rate()


def price(exchange: Exchange) -> str | None:
    rate = told(exchange)
    return f"{rate.price:f}" if rate else None


def is_stale(exchange: Exchange) -> bool:
    rate = told(exchange)
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


# One process


def test_thread_asks_again_by_itself(luno: Luno, make: MakeExchange, database: Database) -> None:
    luno.status = 500
    exchange = make()
    assert exchange.rate() is None
    luno.status = 200
    wind_on(database, FIRST_INTERVAL)
    wait_until(lambda: exchange.rate() is not None)


@both_databases
def test_asks_come_every_five_seconds_then_every_thirty(
    luno: Luno, make: MakeExchange, database: Database
) -> None:
    exchange = make()

    def asks_after(interval: int) -> bool:
        """Tell whether an ask comes after the interval, and none much earlier."""
        calls = luno.calls
        wind_on(database, interval - 3)
        exchange.step()
        early = luno.calls
        wind_on(database, 3)
        exchange.step()
        return (early, luno.calls) == (calls, calls + 1)

    luno.status = 500
    exchange.step()
    assert asks_after(5)
    luno.status = 200
    assert asks_after(5)
    assert asks_after(30)
    luno.status = 500
    assert asks_after(30)
    assert asks_after(30)
    assert price(exchange) == "1000000.00"


def test_no_bad_answer_is_a_rate(
    luno: Luno, make: MakeExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`luno.status` is set last, since a thread asks meanwhile."""
    exchange = make()

    def is_refused() -> bool:
        exchange.ask()
        return exchange.rate() is None

    good = json.dumps({"pair": "XBTZAR", "timestamp": 1, "last_trade": "99776.00"}).encode()
    bodies = [b"", b"<html>Service unavailable</html>", good[:-9], b"null", b"[]", b"\xff\xfe\xfd"]
    for luno.body in (*bodies, b"[" * 10_000, good + b" " * 70_000):
        assert is_refused(), luno.body[:50]
    luno.headers = {"Location": "http://127.0.0.1:1/"}  # which is not followed
    for luno.status in (204, 302, 400, 404, 429, 500, 503):
        luno.body = b"" if luno.status == 204 else None
        assert is_refused(), luno.status
    luno.body, luno.headers, luno.status = good, {"Content-Length": "500"}, 200  # more than comes
    assert is_refused()
    monkeypatch.setattr(luno_client, "TIMEOUT", 0.3)
    luno.headers, luno.pause = {}, 0.05  # a byte now and then
    assert is_refused()
    luno.on.clear()  # which says nothing at all
    assert is_refused()
    luno.on.set()
    luno.head_pause = 0.05  # a line that does not end
    assert is_refused()
    luno.body, luno.pause, luno.head_pause = None, 0, 0
    wait_until(lambda: not is_refused() and price(exchange) == "1000000.00")


def test_log_has_no_passwords_and_not_the_exchanges_words(
    luno: Luno, make: MakeExchange, caplog: pytest.LogCaptureFixture
) -> None:
    exchange = make(luno.url.replace("http://", "http://me:secret@") + "&token=secret")
    shout = b"\x1b[31m\n" + b"x" * 6_000
    for body in (None, shout, shout, b'{"error": "' + shout + b'"}', None, None):
        luno.body = body
        exchange.ask()
    luno.ticker = {"pair": shout.decode()}
    exchange.ask()
    logged = [record.message for record in caplog.records if record.name.startswith("server")]
    assert len(logged) == 3  # what is new
    assert not any(word in "".join(logged) for word in ("secret", "\x1b", "\n", "xxx"))


def test_every_process_logs_each_outage(
    luno: Luno, make: MakeExchange, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where another one hears the first price after it."""
    exchange, other = make(), make()
    for luno.status in (500, 200, 500):
        wind_on(database, INTERVAL)
        exchange.step()
        if luno.status == 500:  # else the other does not ask
            wind_on(database, INTERVAL)
        other.step()
    logged = [record.message.partition(":")[0] for record in caplog.records]
    outage, end = ["No new rate"] * 2, ["There are new rates again."] * 2
    assert logged == [*outage, *end, *outage]


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
    ("ticker", "headers", "stale"),
    [
        ({}, {"Date": None}, False),  # then our clock tells the age
        ({"timestamp": 1527784000706}, {"Date": "soon"}, True),
        ({"timestamp": 253402300799000}, {}, True),  # in the year 9999
        ({"status": "DISABLED"}, {}, True),
    ],
)
def test_price_that_comes_stale_is_told_so_and_is_of_no_day(
    luno: Luno,
    make: MakeExchange,
    ticker: dict[str, Any],
    headers: dict[str, str | None],
    stale: bool,
) -> None:
    luno.ticker, luno.headers = ticker, headers
    exchange = make()
    assert is_stale(exchange) == stale
    for day in (today(), today() + timedelta(days=1)):
        assert exchange.rates_on([today()], day) == ({} if stale else {today(): 1_000_000})


# Which price counts


def test_absurd_price_counts_once_the_next_ask_of_any_process_confirms_it(
    luno: Luno, make: MakeExchange, database: Database
) -> None:
    exchange, other = make(), make()

    def after(last_trade: str) -> str | None:
        """Return what both processes tell after one of them has heard this price."""
        luno.ticker = {"last_trade": last_trade}
        exchange.ask()
        assert price(other) == price(exchange)
        return price(exchange)

    assert after("1000000.00") == "1000000.00"
    for absurd in ("499999.99", "2000000.01", "1.00"):
        assert after(absurd) == "1000000.00"
        assert after("500000.00") == "500000.00"  # near the rate, so it counts at once
        assert after("1000000.00") == "1000000.00"
    assert after("2000000.01") == "1000000.00"
    exchange, other = other, exchange
    assert after("4000000.02") == "4000000.02"
    wind_on(database, HOUR - MINUTE)
    assert after("1.00") == "4000000.02"
    wind_on(database, MINUTE + 1)  # the header with the exchange's time has whole seconds
    assert after("1000000000.00") == "1000000000.00"  # by which nothing is measured any more


# Several processes on one database


@both_databases
def test_processes_at_once_make_one_call_for_all(luno: Luno, make: MakeExchange) -> None:
    exchanges = [make() for _ in range(8)]
    ready = threading.Barrier(len(exchanges))

    def step(exchange: Exchange) -> None:
        ready.wait()
        exchange.step()

    with ThreadPoolExecutor(len(exchanges)) as pool:
        list(pool.map(step, exchanges))
    assert {price(exchange) for exchange in exchanges} == {"1000000.00"}
    assert luno.calls == 1


def test_retry_after_keeps_every_process_from_asking_that_address(
    luno: Luno, make: MakeExchange, database: Database
) -> None:
    """Meanwhile the next one is asked, which is asked only where the first gives no price."""
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


@both_databases
def test_process_that_hangs_in_its_turn_delays_the_others_by_one_interval(
    luno: Luno, make: MakeExchange, database: Database
) -> None:
    """When it goes on, it neither asks the next address nor puts its answer over theirs."""
    with Luno() as second, ThreadPoolExecutor(1) as pool:
        hanging, other = make(luno.url, second.url), make(second.url)
        luno.status = 500
        luno.let_go.clear()
        turn = pool.submit(hanging.step)
        wait_until(lambda: luno.calls == 1)
        other.step()
        assert second.calls == 0
        wind_on(database, FIRST_INTERVAL)
        other.step()
        assert second.calls == 1
        luno.let_go.set()
        turn.result()
        assert price(hanging) == price(other) == "1000000.00"
        assert second.calls == 1


@pytest.mark.parametrize("database_url", ["empty_sqlite", "empty_postgresql"], indirect=True)
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
        closing(Exchange(database, [luno.url], ZONE)) as exchange,
    ):
        assert told(exchange) == Rate(Decimal("950000.50"), as_of, stale=True)


@pytest.mark.parametrize("jump", [-HOUR, HOUR], ids=["back", "ahead"])
def test_database_clock_that_jumps_stops_nobody(
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
    luno: Luno, make: MakeExchange, database: Database, sqlite: str
) -> None:
    """As on a full disk, or while another file is at the path."""
    path = Path(str(make_url(sqlite).database))
    exchange = make()
    assert not is_stale(exchange)
    wind_on(database, INTERVAL)
    away = path.rename(path.with_name("away.db"))
    assert is_stale(exchange)
    assert exchange.rates_on([today()], today()) == {}
    exchange.ask()
    assert luno.calls == 1
    away.rename(path)
    assert not is_stale(exchange)
    assert luno.calls == 2
