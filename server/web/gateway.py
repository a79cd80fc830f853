"""Between the server, which is granian, and Flask: a thread only runs requests that are all there.

The server hands over a request as soon as it has the headers (ASGI). The event loop reads the
body, so that a client that sends half of it and waits holds no thread, and a thread then calls
Flask (WSGI). A request whose client leaves while it waits for its turn is dropped. Health has a
thread of its own, so that it waits for nobody.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from io import BytesIO
from queue import SimpleQueue
from threading import Thread
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication, WSGIEnvironment

from server.web.inputs import MAX_DROPPED, REFUSED_STATUS, max_body

THREADS = 2  # so that a request may wait for the disk; with more than two, reads are slower
BODY_TIMEOUT = 20  # seconds in which a body must have arrived
TURN_TIMEOUT = 10  # seconds that a request waits for a thread
UNWATCHED = 0.25  # seconds until a client that waits for its answer is watched for leaving

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answer = tuple[int, list[tuple[bytes, bytes]], bytes]  # status, headers, body
Answering = asyncio.Future[Answer | None]
Queue = SimpleQueue[tuple[WSGIEnvironment, Answering, float]]  # and until when it may wait


class Gateway:
    """An ASGI application that calls a WSGI application in threads."""

    def __init__(self, app: WSGIApplication) -> None:
        self._requests = start_threads(THREADS, "request", app)
        self._health = start_threads(1, "health", app)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, unless its client leaves before that."""
        environ = wsgi_environ(scope)
        if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
            await add_body(environ, receive)
        loop = asyncio.get_running_loop()
        answering: Answering = loop.create_future()
        queue = self._health if environ["PATH_INFO"] == "/api/health" else self._requests
        queue.put((environ, answering, loop.time() + TURN_TIMEOUT))
        timer = loop.call_later(UNWATCHED, watch, answering, receive)
        answer = await answering
        timer.cancel()
        if answer:
            status, headers, body = answer
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body, "more_body": False})


def start_threads(count: int, name: str, app: WSGIApplication) -> Queue:
    """Start threads that call the application; return the queue of what they are to answer.

    That costs less than an executor, which has futures and locks of its own.
    """
    queue: Queue = SimpleQueue()

    def answer_all() -> None:
        while True:
            answer(*queue.get())  # a variable here would keep the last request in memory

    def answer(environ: WSGIEnvironment, answering: Answering, turn_ends: float) -> None:
        if answering.done():  # the client has left
            return
        if time.monotonic() > turn_ends:
            environ[REFUSED_STATUS] = 503
        end: Callable[[Any], None] = answering.set_result
        try:
            outcome: object = call(app, environ)
        except Exception as error:
            end, outcome = answering.set_exception, error
        answering.get_loop().call_soon_threadsafe(settle, answering, end, outcome)

    for number in range(count):
        Thread(target=answer_all, name=f"{name}_{number}", daemon=True).start()
    return queue


def settle(answering: Answering, end: Callable[[Any], None], outcome: object) -> None:
    """End the wait for an answer, unless it has ended."""
    if not answering.done():
        end(outcome)


def watch(answering: Answering, receive: Receive) -> None:
    """End the wait for an answer, with none, as soon as the client has left."""
    leaving = asyncio.create_task(wait_until_gone(receive))
    leaving.add_done_callback(lambda _: settle(answering, answering.set_result, None))
    answering.add_done_callback(lambda _: leaving.cancel())


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
    return environ


async def add_body(environ: WSGIEnvironment, receive: Receive) -> None:
    """Read the body into `environ`, or note there with which status to refuse it.

    400: it is cut off. 408: it is too slow. 413: it is too large; what is still sent, up to
    MAX_DROPPED bytes, is read and dropped, for a client that still sends may see no answer.
    """
    limit = max_body(environ["PATH_INFO"])
    too_large = int(environ.get("CONTENT_LENGTH", 0)) > limit
    chunks, size, more = [], 0, True
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            while more and size <= MAX_DROPPED:
                message = await receive()
                if message["type"] == "http.disconnect":
                    environ[REFUSED_STATUS] = 400
                    return
                chunks.append(message["body"])
                size += len(message["body"])
                more = message["more_body"]
                if too_large := too_large or size > limit:
                    chunks.clear()
    except TimeoutError:
        environ[REFUSED_STATUS] = 413 if too_large else 408
        return
    if too_large:
        environ[REFUSED_STATUS] = 413
    environ["wsgi.input"] = BytesIO(b"".join(chunks))


async def wait_until_gone(receive: Receive) -> None:
    """Return when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


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
    return int(status.split()[0]), encoded, body
