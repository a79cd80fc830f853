"""The product over HTTP, beside a bare Flask view and the way this is usually written.

All three under the same server, with two processes of four threads, asked by 16 connections, in
turn: only the ratios within a round mean anything. Luno answers them after 150 ms; stage 5 asks it
for every answer.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psutil  # type: ignore[import-untyped]
import requests

from bench.calls import Table, ratio
from bench.serving import free_port, wait_for
from demo.luno import Luno

PATH = "/api/balances"
ENTRIES = 10  # of the visitor who asks
INTERVAL = 30  # seconds between two calls to the exchange
WORKERS = 2
GRANIAN = (
    f"granian --interface wsgi --workers {WORKERS} --blocking-threads 4 --no-ws --log-level error"
)
TARGETS = {
    "product": "--factory server:create_app",
    "bare": "--factory bench.bare:create_app",
    "stage 5": "--working-dir stage-5 app:app",
}


class Slow(Luno):
    """A Luno as far away as the real one."""

    def answer(self) -> bytes:
        """Answer after 150 ms."""
        time.sleep(0.15)
        return super().answer()


class Answers(NamedTuple):
    """What a load of some seconds got."""

    per_second: float
    p50: float  # ms
    p99: float  # ms


@contextmanager
def served(name: str, environment: Mapping[str, str]) -> Iterator[tuple[str, psutil.Process]]:
    """Serve one of TARGETS; yield its address and the main process."""
    port = free_port()
    command = f"{GRANIAN} --port {port} {TARGETS[name]}".split()
    command[0] = str(Path(sys.executable).with_name(command[0]))
    server = psutil.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}", server
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def record(url: str, entries: int) -> requests.Session:
    """Return a visitor without samples who has recorded so many balances."""
    session = requests.Session()
    session.delete(url + PATH, timeout=30)  # stage 5, which cannot, keeps its six samples
    for number in range(entries):
        values = {"balance": str(number)}
        session.post(f"{url}/api/update", data=values, timeout=30).raise_for_status()
    return session


def load(url: str, session: requests.Session, seconds: int) -> Answers:
    """Ask for the history of a visitor as fast as 16 connections can."""
    cookies = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
    tool = ["npx", "autocannon", "--json", "-c", "16", "-H", f"Cookie={cookies or 'x=y'}"]
    done = subprocess.run([*tool, "-d", str(seconds), url + PATH], check=True, capture_output=True)
    result = json.loads(done.stdout)
    if result["non2xx"] or result["errors"]:
        raise RuntimeError(f"{url} answered with errors")
    latency = result["latency"]
    return Answers(result["requests"]["average"], latency["p50"], latency["p99"])


def measure(folder: Path, rounds: int, seconds: int) -> Table:
    """Return the rows of the table, each with one cell."""
    with ExitStack() as stack:
        luno, stages_luno = stack.enter_context(Slow()), stack.enter_context(Slow())
        payload = folder / "payload.json"
        environment = os.environ | {
            "FLASK_SECRET_KEY": "bench",
            "FLASK_DATABASE_URL": f"sqlite:///{folder}/load.db",
            "FLASK_LUNO_URLS": json.dumps([luno.url]),
            "LUNO_URL": stages_luno.url,
            "PAYLOAD": str(payload),
        }
        started = time.perf_counter()
        url, product = stack.enter_context(served("product", environment))
        requests.get(url + PATH, timeout=30).raise_for_status()
        first_answer = time.perf_counter() - started
        visitor = record(url, ENTRIES)
        payload.write_bytes(visitor.get(url + PATH, timeout=30).content)
        asked = {"product": (url, visitor)}
        url, _ = stack.enter_context(served("bare", environment))
        asked["bare Flask"] = (url, requests.Session())
        url, _ = stack.enter_context(served("stage 5", environment))
        asked["stage 5"] = (url, record(url, ENTRIES - 6))
        got: dict[str, list[Answers]] = {name: [] for name in asked}
        for _ in range(rounds):
            for name, (url, session) in asked.items():
                got[name].append(load(url, session, seconds))
        lasted = time.perf_counter() - started
        memory = max(child.memory_info().rss for child in product.children())
    rates = {name: [answers.per_second for answers in own] for name, own in got.items()}
    over_bare, over_stage = (ratio(rates["product"], rates[name]) for name in list(rates)[1:])
    rows = {
        "HTTP: requests a second, over bare Flask's": f"{over_bare:.2f}",
        "HTTP: requests a second, over stage 5's": f"{over_stage:.0f}",
    }
    for name, own in got.items():
        p50, p99 = median(a.p50 for a in own), median(a.p99 for a in own)
        rows[f"HTTP, {name}: requests a second; p50 and p99 in ms"] = (
            f"{median(rates[name]):.0f}; {p50:.0f} and {p99:.0f}"
        )
    allowed = WORKERS * (1 + lasted // INTERVAL)
    rows |= {
        f"Calls to the exchange in {lasted:.0f} s": f"{luno.calls}, at most {allowed:.0f}",
        "From the start to the first answer, s": f"{first_answer:.1f}",
        "Memory of a process after the load, MB": f"{memory / 1e6:.0f}",
    }
    return {name: [cell] for name, cell in rows.items()}
