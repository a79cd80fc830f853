"""Which server serves the product best: `make bench`.

Each server runs GET /api/balances with two processes of four threads (waitress knows one
process, so eight threads), in turn, several times over: this machine's speed drifts, so
only the ratios within a round mean anything. The table has the medians.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile

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


def measure(command: str, port: int) -> tuple[float, float]:
    """Serve with a command; return requests per second and the 99th percentile in ms."""
    name, *arguments = command.format(port=port).split()
    server = subprocess.Popen(
        [os.path.join(os.path.dirname(sys.executable), name), *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        url = f"http://127.0.0.1:{port}/api/balances"
        for seconds in (1, SECONDS):  # the first warms it up
            load = ["npx", "autocannon", "--json", "-c", "16", "-d", str(seconds), url]
            answer = subprocess.run(load, check=True, capture_output=True)
        result = json.loads(answer.stdout)
        if result["non2xx"] or result["errors"]:
            raise RuntimeError(f"{name} answered with errors")
        return result["requests"]["average"], result["latency"]["p99"]
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def main() -> None:
    """Measure each server in turn and print one table."""
    rates: dict[str, list[float]] = {name: [] for name in SERVERS}
    tails: dict[str, list[float]] = {name: [] for name in SERVERS}
    with Luno() as luno, tempfile.TemporaryDirectory() as folder:
        os.environ["FLASK_LUNO_URLS"] = json.dumps([luno.url])
        os.environ["FLASK_DATABASE_URL"] = f"sqlite:///{folder}/bench.db"
        os.environ["FLASK_SECRET_KEY"] = "bench"  # noqa: S105
        for _ in range(ROUNDS):
            for name, command in SERVERS.items():
                rate, tail = measure(command, free_port())
                rates[name].append(rate)
                tails[name].append(tail)
    print("| server | requests per second, of granian's in the same round | p99 in ms |")
    print("| --- | ---: | ---: |")
    for name, own in rates.items():
        ratio = statistics.median(a / b for a, b in zip(own, rates["granian"], strict=True))
        print(f"| {name} | {ratio:.2f} | {statistics.median(tails[name]):.0f} |")


if __name__ == "__main__":
    main()
