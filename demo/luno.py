"""A stand-in for the Luno exchange: for the tests, and for machines without internet.

`make luno` serves it alone, so that LUNO_URL can point a stage at it.
"""

import json
import random
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Luno(ThreadingHTTPServer):
    """An HTTP server on 127.0.0.1 that answers any GET as Luno's ticker does.

    A test bends its answers: `ticker` (merged into a good answer), `body` (in its place),
    `status`, `headers`; holds them back until `let_go` is set, or
    trickles them by `pause`. `calls` counts the GETs.
    """

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Answer)
        self.ticker: dict[str, Any] = {}
        self.body: bytes | None = None
        self.status = 200
        self.headers: dict[str, str] = {}
        self.pause = 0.0  # seconds before each byte of the body
        self.let_go = threading.Event()
        self.let_go.set()
        self.calls = 0

    @property
    def url(self) -> str:
        """The ticker's address."""
        return f"http://127.0.0.1:{self.server_port}/api/1/ticker?pair=XBTZAR"

    def last_trade(self) -> str:
        """Return the price of one bitcoin in rand."""
        return "1000000.00"

    def answer(self) -> bytes:
        """Return the body of the next answer."""
        if self.body is not None:
            return self.body
        price = self.last_trade()
        ticker = {
            "pair": "XBTZAR",
            "timestamp": time.time_ns() // 1_000_000,
            "bid": price,
            "ask": price,
            "last_trade": price,
            "rolling_24_hour_volume": "412.339248",
            "status": "ACTIVE",
        }
        return json.dumps(ticker | self.ticker).encode()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about a client that went away."""

    def __enter__(self) -> Self:
        """Serve from a thread of its own."""
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop serving."""
        self.let_go.set()
        self.shutdown()
        self.server_close()


class WanderingLuno(Luno):
    """The stand-in with a price that wanders a little every 20 seconds."""

    cents = 1_000_000_00
    since = 0.0

    def last_trade(self) -> str:
        """Return a price at most half a percent from the one before."""
        if time.monotonic() - self.since > 20:
            self.since = time.monotonic()
            self.cents += self.cents * random.randint(-50, 50) // 10_000  # noqa: S311
        return f"{self.cents // 100}.{self.cents % 100:02}"


class Answer(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Luno

    def do_GET(self) -> None:
        """Answer as the server is told to."""
        self.server.calls += 1
        self.server.let_go.wait(60)
        body = self.server.answer()
        self.send_response(self.server.status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        for name, value in (headers | self.server.headers).items():
            self.send_header(name, value)
        self.end_headers()
        for part in (
            [body] if not self.server.pause else [body[i : i + 1] for i in range(len(body))]
        ):
            time.sleep(self.server.pause)
            self.wfile.write(part)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""


if __name__ == "__main__":
    with WanderingLuno(int(sys.argv[1])) as luno:
        print(f"A stand-in for Luno's ticker, until Ctrl-C: {luno.url}")  # noqa: T201
        with suppress(KeyboardInterrupt):
            threading.Event().wait()
