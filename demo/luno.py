"""A stand-in for the Luno exchange: for the tests, and for machines without internet.

`make luno` serves it alone, so that LUNO_URL can point a stage at it.
"""

import json
import random
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Call:
    """A GET that came in."""

    at: float  # seconds, by time.monotonic
    port: int  # the caller's


class Luno(ThreadingHTTPServer):
    """An HTTP server on 127.0.0.1 that answers any GET as Luno's ticker does.

    A test bends its answers: `ticker` (merged into a good answer; None takes a field out),
    `body` (in its place), `status`, `headers` (None takes one out); holds them back until `let_go`
    is set, or trickles them by `pause`; with `head_pause` it sends a first line without end. A POST
    to /off or /on clears or sets `on`: while it is clear, calls get no answer. `received` has every
    GET.
    """

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Answer)
        self.ticker: dict[str, Any] = {}
        self.body: bytes | None = None
        self.status = 200
        self.headers: dict[str, str | None] = {}
        self.pause = self.head_pause = 0.0  # seconds before each byte of the body, of that line
        self.let_go = threading.Event()
        self.let_go.set()
        self.on = threading.Event()
        self.on.set()
        self.received: list[Call] = []

    @property
    def calls(self) -> int:
        """Return how many GETs have come in."""
        return len(self.received)

    @property
    def address(self) -> str:
        """Return the address of the server itself."""
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        """Return the ticker's address."""
        return f"{self.address}/api/1/ticker?pair=XBTZAR"

    def last_trade(self) -> str:
        """Return the price of one bitcoin in rand."""
        return "1000000.00"

    def answer(self) -> bytes:
        """Return the body of the next answer."""
        if self.body is not None:
            return self.body
        price = self.ticker.get("last_trade", self.last_trade())
        ticker = {
            "pair": "XBTZAR",
            "timestamp": time.time_ns() // 1_000_000,
            "bid": price,
            "ask": price,
            "last_trade": price,
            "rolling_24_hour_volume": "412.339248",
            "status": "ACTIVE",
        } | self.ticker
        return json.dumps(
            {name: ticker[name] for name in ticker if ticker[name] is not None}
        ).encode()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about a client that went away."""

    def __enter__(self) -> Self:
        """Serve from a thread of its own."""
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
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

    def __str__(self) -> str:
        """Say where it is, and how it is switched off."""
        return (
            f"A stand-in for Luno's ticker: {self.url}\n"
            f"Switch it off, and on again: curl -X POST {self.address}/off (or /on)"
        )


class Answer(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Luno

    def do_GET(self) -> None:
        """Answer as the server is told to."""
        self.server.received.append(Call(time.monotonic(), self.client_address[1]))
        self.server.let_go.wait(60)
        if not self.server.on.is_set():
            return
        body = self.server.answer()
        self.send_head(self.server.status, len(body), self.server.headers)
        for part in (
            [body] if not self.server.pause else [body[i : i + 1] for i in range(len(body))]
        ):
            time.sleep(self.server.pause)
            self.wfile.write(part)

    def do_POST(self) -> None:
        """Switch the exchange off or on."""
        switches = {"/off": self.server.on.clear, "/on": self.server.on.set}
        switch = switches.get(self.path)
        if switch:
            switch()
        self.send_head(204 if switch else 404, 0, {})

    def send_head(self, status: int, length: int, headers: dict[str, str | None]) -> None:
        """Send the status and the headers, the given ones in the place of the usual."""
        self.send_response_only(status)
        usual = {
            "Date": self.date_time_string(),
            "Content-Type": "application/json",
            "Content-Length": str(length),
        }
        for name, value in (usual | headers).items():
            if value is not None:
                self.send_header(name, value)
        while self.server.head_pause:
            time.sleep(self.server.head_pause)
            self.wfile.write(b"X")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""


if __name__ == "__main__":
    with WanderingLuno(int(sys.argv[1])) as luno:
        print(luno, "Ctrl-C ends it.", sep="\n")  # noqa: T201
        with suppress(KeyboardInterrupt):
            threading.Event().wait()
