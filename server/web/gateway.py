"""Between granian and Flask: threads run only requests that are there whole, each in its lane.

Granian hands over a request as soon as it has the head (ASGI). The event loop receives the body,
so a client that sends half of it and waits holds no thread. Then a thread of the request's lane
calls Flask (WSGI). Lanes do not wait for each other: the page and health are answered while the
database hangs, and reads while writes wait for it.
"""

import asyncio
import sys
import time
from asyncio import FIRST_COMPLETED
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from io import BytesIO
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication, WSGIEnvironment

from werkzeug.wsgi import ClosingIterator

from server.web.limits import (
    ARRIVED,
    CLIENT_LEFT,
    MAX_HEADER,
    READS,
    REFUSED_STATUS,
    Bodies,
    Message,
    Receive,
    has_body,
)

# Threads of each lane: more than two for the reads would make all of them slower.
THREADS = {"page": 1, "health": 1, "reads": 2, "writes": 2, "imports": 2}
PATIENCE = {"page": 10, "health": 1.5, "reads": 8, "writes": 10, "imports": 10}  # seconds
WRITES = ("writes", "imports")
UNWATCHED = 0.25  # seconds until we look whether the client leaves: most answers are there before

Send = Callable[[Message], Awaitable[None]]


class Work:
    """A request that waits for a thread of its lane."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self.loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[list[Message]] = self.loop.create_future()
        self._environ: WSGIEnvironment | None = environ
        self._taking = Lock()

    def take(self) -> WSGIEnvironment | None:
        """Return the request to the first who asks for it, None to all others."""
        with self._taking:
            environ, self._environ = self._environ, None
        return environ


class Gateway:
    """An ASGI application that calls a WSGI application in threads."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._bodies = Bodies()
        # An executor would cost a read 40 us more.
        self._lanes: dict[str, SimpleQueue[Work]] = {lane: SimpleQueue() for lane in THREADS}
        for lane, count in THREADS.items():
            for _ in range(count):
                Thread(target=self._run, args=(self._lanes[lane],), daemon=True).start()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, unless its client leaves before that."""
        environ = wsgi_environ(scope)
        if has_body(environ):
            async with self._bodies.receiving(environ, receive):
                answer = await self._answer(environ, receive)
        else:
            answer = await self._answer(environ, receive)
        for message in answer:
            await send(message)

    async def _answer(self, environ: WSGIEnvironment, receive: Receive) -> list[Message]:
        """Have a thread answer; refuse a request whose time is up; drop it if the client leaves."""
        lane, work, left = lane_of(environ), Work(environ), asyncio.Event()
        environ[CLIENT_LEFT] = left.is_set
        self._lanes[lane].put(work)
        # Of a body that was cut off, granian says that the client has left, who may still read.
        unwatched = None if environ.get(REFUSED_STATUS) else UNWATCHED
        await asyncio.wait([work.answer], timeout=unwatched)
        if work.answer.done():
            return work.answer.result()
        leaving = asyncio.create_task(wait_until_gone(receive))
        either = (work.answer, leaving)
        done, _ = await asyncio.wait(either, timeout=PATIENCE[lane], return_when=FIRST_COMPLETED)
        if not done and work.take() is None and lane in WRITES:
            # A write that has begun goes on: nobody could say whether it is done.
            done, _ = await asyncio.wait(either, return_when=FIRST_COMPLETED)
        leaving.cancel()
        if work.answer in done:
            return work.answer.result()
        if leaving in done:
            work.take()  # so that no thread does
            left.set()
            return []
        return await self._answer(environ | {REFUSED_STATUS: 503}, receive)

    def _run(self, lane: SimpleQueue[Work]) -> None:
        """Answer one request after the other."""
        while True:
            self._do(lane.get())  # a variable here would keep the last one in memory

    def _do(self, work: Work) -> None:
        environ = work.take()
        if environ is None:  # nobody waits any more
            return
        settle: Callable[[Any], None] = work.answer.set_result
        try:
            outcome: object = call(self._app, environ)
        except Exception as error:
            settle, outcome = work.answer.set_exception, error
        with suppress(RuntimeError):  # the server has ended, and did not wait for this answer
            work.loop.call_soon_threadsafe(settle, outcome)


def lane_of(environ: WSGIEnvironment) -> str:
    """Return the lane of a request. Nothing in that of the page may need the database."""
    path = environ["PATH_INFO"]
    if environ.get(REFUSED_STATUS) or not path.startswith("/api/"):
        return "page"
    if path == "/api/health":
        return "health"
    if environ["REQUEST_METHOD"] in READS:
        return "reads"
    return "imports" if path == "/api/import" else "writes"


async def wait_until_gone(receive: Receive) -> None:
    """Return when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


def wsgi_environ(scope: Message) -> WSGIEnvironment:
    """Return the WSGI environment of a request without its body. Bytes become Latin-1, as in WSGI.

    Names with an underscore are dropped: `X_Forwarded_For` would pass for `X-Forwarded-For`.
    """
    path = unquote_to_bytes(scope["raw_path"]).decode("latin-1")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": "/" + path.lstrip("/"),  # as Flask reads it
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
                environ[REFUSED_STATUS] = 431
                del environ[name]  # it may take long to understand
    return environ


def call(app: WSGIApplication, environ: WSGIEnvironment) -> list[Message]:
    """Return the whole answer of a WSGI application, as ASGI has it."""
    status, headers = "", [("", "")]

    def start(new_status: str, new_headers: list[tuple[str, str]], *_: Any) -> Any:
        nonlocal status, headers
        status, headers = new_status, new_headers

    with closing(ClosingIterator(app(environ, start))) as chunks:
        body = b"".join(chunks)
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return [
        {"type": "http.response.start", "status": int(status.split()[0]), "headers": encoded},
        {"type": "http.response.body", "body": body, "more_body": False},
    ]
