"""Between granian and Flask: threads run only requests that are there whole, each in its lane.

Granian hands over a request as soon as it has the head (ASGI). The event loop receives the body,
so a client that sends half of it and waits holds no thread. Then a thread of the request's lane
calls Flask (WSGI). Lanes do not wait for each other: the page and health are answered while the
database hangs, and reads while writes wait for it.

The event loop watches those that wait. It drops a request whose client has left, and refuses one
whose time is up.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from io import BytesIO
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication, WSGIEnvironment

from server.web.limits import (
    ARRIVED,
    CLIENT_LEFT,
    MAX_HEADER,
    REFUSED_STATUS,
    Bodies,
    Message,
    Receive,
)

THREADS = {"page": 1, "health": 1, "reads": 2, "writes": 2, "imports": 2}  # of each lane
PATIENCE = {"page": 10, "health": 2, "reads": 8, "writes": 10, "imports": 10}  # seconds
WRITES = ("writes", "imports")
UNWATCHED = 0.25  # seconds until a request that waits is watched

Send = Callable[[Message], Awaitable[None]]


class Answer(NamedTuple):
    """What the application answered."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Gateway:
    """An ASGI application that calls a WSGI application in threads."""

    def __init__(self, app: WSGIApplication) -> None:
        self._bodies = Bodies()
        self._lanes = {name: Lane(app, name) for name in THREADS}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, unless its client leaves before that."""
        environ = wsgi_environ(scope)
        if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
            async with self._bodies.receiving(environ, receive):
                await self._answer(environ, receive, send)
        else:
            await self._answer(environ, receive, send)

    async def _answer(self, environ: WSGIEnvironment, receive: Receive, send: Send) -> None:
        try:
            answer = await self._lanes[lane_of(environ)].answer(environ, receive)
        except TimeoutError:
            return await self._answer(environ | {REFUSED_STATUS: 503}, receive, send)
        if answer:
            start = {"status": answer.status, "headers": answer.headers}
            await send({"type": "http.response.start", **start})
            await send({"type": "http.response.body", "body": answer.body, "more_body": False})


def lane_of(environ: WSGIEnvironment) -> str:
    """Return the lane of a request. Nothing in that of the page may need the database."""
    path = "/" + environ["PATH_INFO"].lstrip("/")  # as Flask reads it
    if REFUSED_STATUS in environ or not path.startswith("/api/"):
        return "page"
    if path == "/api/health":
        return "health"
    if environ["REQUEST_METHOD"] in ("GET", "HEAD", "OPTIONS"):
        return "reads"
    return "imports" if path == "/api/import" else "writes"


class Lane:
    """Threads for some requests: more than two for the reads would make all of them slower."""

    def __init__(self, app: WSGIApplication, name: str) -> None:
        self._app = app
        self._name = name
        self._turns: SimpleQueue[Turn] = SimpleQueue()  # an executor would cost more
        for number in range(THREADS[name]):
            Thread(target=self._work, name=f"{name}_{number}", daemon=True).start()

    async def answer(self, environ: WSGIEnvironment, receive: Receive) -> Answer | None:
        """Return the answer, or None once the client has left.

        Raises TimeoutError once the time is up, and what the application raises.
        """
        turn = Turn(environ)
        self._turns.put(turn)
        timer = turn.loop.call_later(UNWATCHED, self._watch, turn, receive)
        try:
            return await turn.outcome
        finally:
            timer.cancel()

    def _work(self) -> None:
        """Answer one request after the other."""
        while True:
            self._begin(self._turns.get())  # a variable here would keep the last one in memory

    def _begin(self, turn: "Turn") -> None:
        environ = turn.begin()
        if environ is None:
            return
        try:
            outcome: Answer | Exception = call(self._app, environ)
        except Exception as error:
            outcome = error
        with suppress(RuntimeError):  # the server has ended, and did not wait for this answer
            turn.loop.call_soon_threadsafe(turn.end, outcome)

    def _watch(self, turn: "Turn", receive: Receive) -> None:
        """End a turn when its client leaves or its time is up.

        A write that has begun goes on: nobody could say whether it is done.
        """

        async def watch() -> None:
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE[self._name]):
                    await wait_until_gone(receive)
                return turn.end(None)
            if self._name not in WRITES or turn.begin() is not None:
                return turn.end(TimeoutError())
            await wait_until_gone(receive)
            turn.end(None)

        watching = asyncio.create_task(watch())
        turn.outcome.add_done_callback(lambda _: watching.cancel())


class Turn:
    """A request that waits for its answer in a lane."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self.loop = asyncio.get_running_loop()
        self.outcome: asyncio.Future[Answer | None] = self.loop.create_future()
        self._environ: WSGIEnvironment | None = environ
        self._begun = Lock()
        environ[CLIENT_LEFT] = self.outcome.done

    def begin(self) -> WSGIEnvironment | None:
        """Return the request to the first caller, None to others and once the turn has ended."""
        return self._environ if self._begun.acquire(blocking=False) else None

    def end(self, outcome: Answer | Exception | None) -> None:
        """Give the request its outcome, unless it has one, and let go of it."""
        self._environ = None
        if self.outcome.done():
            return
        if isinstance(outcome, Exception):
            self.outcome.set_exception(outcome)
        else:
            self.outcome.set_result(outcome)


async def wait_until_gone(receive: Receive) -> None:
    """Return when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


def wsgi_environ(scope: Message) -> WSGIEnvironment:
    """Return the WSGI environment of a request without its body. Bytes become Latin-1, as in WSGI.

    Names with an underscore are dropped: `X_Forwarded_For` would pass for `X-Forwarded-For`.
    """
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": scope["server"][0],
        "SERVER_PORT": scope["server"][1],
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": scope["client"][0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        ARRIVED: time.time(),
    }
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").upper()
        if "_" not in name:
            name = name.replace("-", "_")
            if name not in ("CONTENT_LENGTH", "CONTENT_TYPE"):
                name = f"HTTP_{name}"
            value = raw_value.decode("latin-1")
            if name in environ:
                value = environ[name] + ("; " if name == "HTTP_COOKIE" else ",") + value
            environ[name] = value
            if len(value) > MAX_HEADER and name != "HTTP_COOKIE":
                environ[REFUSED_STATUS] = 431  # it may take long to understand
    return environ


def call(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Return the whole answer of a WSGI application."""
    status, headers = "", [("", "")]

    def start(new_status: str, new_headers: list[tuple[str, str]], *_: Any) -> Any:
        nonlocal status, headers
        status, headers = new_status, new_headers

    chunks = app(environ, start)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return Answer(int(status.split()[0]), encoded, body)
