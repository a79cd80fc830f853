"""Limits of a request's head and body: what is late, cut off or too large is refused.

`Bodies` receives them for the gateway, and notes in the environ with which status to refuse a
request; `check` does so in words. Without a gateway, as with `flask run`, `check` reads the body.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any
from wsgiref.types import WSGIEnvironment

from flask import Flask, Request, abort, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from server import statements

READS = ("GET", "HEAD", "OPTIONS")  # the methods that change nothing
MAX_BODY = 1024 * 1024  # bytes
MAX_STATEMENT = statements.MAX_SIZE
MAX_FIELDS = 100  # of a form, or options of an address
MAX_HEADER = 8 * 1024  # bytes of each header but the cookies, which other programs set too
MAX_DROPPED = 64 * 1024 * 1024  # bytes that are read of a body that is refused
MAX_HELD = 64 * 1024 * 1024  # bytes of all the bodies that a process holds
BODY_TIMEOUT = 20  # seconds in which a body must have arrived
PAUSE = 0.5  # seconds without a byte until a body that has no room is answered
# What the gateway adds to the environ
REFUSED_STATUS = "good_bank.refused_status"
CLIENT_LEFT = "good_bank.client_left"  # a function that tells whether nobody waits any more
ARRIVED = "good_bank.arrived"  # when the head was there, in seconds since 1970

REFUSALS = {
    400: "The body ended early.",
    408: f"The request did not arrive whole within {BODY_TIMEOUT} seconds.",
    413: "The body is larger than {limit} MiB.",
    431: f"A header is larger than {MAX_HEADER // 1024} KiB.",
    503: "The server has too much to do. Please try again.",
}
# Werkzeug fails on some dates in the first two, and no answer is sent in parts.
UNREAD = ("HTTP_IF_MODIFIED_SINCE", "HTTP_IF_RANGE", "HTTP_RANGE")

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]


def max_body(path: str) -> int:
    """Return how many bytes a body may have that is sent to this path."""
    return MAX_STATEMENT if path == "/api/import" else MAX_BODY


def has_body(environ: WSGIEnvironment) -> bool:
    """Tell whether a request says that it has a body."""
    return "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ


class Bodies:
    """The bodies that a process holds: each has a limit, and all together have one."""

    def __init__(self) -> None:
        self._held = 0  # bytes

    @asynccontextmanager
    async def receiving(self, environ: WSGIEnvironment, receive: Receive) -> AsyncIterator[None]:
        """Read a body into `environ`, where it stays until the block ends, or note a refusal."""
        chunks: list[bytes] = []
        try:
            if status := await self._read(environ, receive, chunks):
                environ[REFUSED_STATUS] = status
            chunks[:] = [b"".join(chunks)]
            environ["wsgi.input"] = BytesIO(chunks[0])
            yield
        finally:
            self._drop(chunks)

    async def _read(
        self, environ: WSGIEnvironment, receive: Receive, chunks: list[bytes]
    ) -> int | None:
        """Read a body into `chunks`; return None, or the status with which to refuse it.

        400: it is cut off. 408: it is too slow. 413: it is too large. 503: there is no room. What
        is still sent of the last two is read and dropped, for a client that sends may see no
        answer.
        """
        limit = max_body(environ["PATH_INFO"])
        refused = 413 if int(environ.get("CONTENT_LENGTH", 0)) > limit else None
        size, more = 0, True
        try:
            async with asyncio.timeout(BODY_TIMEOUT):
                while more and size <= MAX_DROPPED:
                    async with asyncio.timeout(PAUSE if refused == 503 else None):
                        message = await receive()
                    if message["type"] == "http.disconnect":
                        return 400
                    chunk, more = message["body"], message["more_body"]
                    size += len(chunk)
                    if not refused and size > limit:
                        refused = 413
                    if not refused and self._held + len(chunk) > MAX_HELD:
                        refused = 503
                    if refused:
                        self._drop(chunks)
                    else:
                        self._held += len(chunk)
                        chunks.append(chunk)
        except TimeoutError:
            return refused or 408
        return refused

    def _drop(self, chunks: list[bytes]) -> None:
        self._held -= sum(map(len, chunks))
        chunks.clear()


class InMemoryRequest(Request):
    """A request whose files stay in memory, where its body is: a full disk does not fail it."""

    def _get_file_stream(self, *_: Any, **__: Any) -> BytesIO:
        return BytesIO()


def init_app(app: Flask) -> None:
    """Look at every head and body before anything else does."""
    app.request_class = InMemoryRequest
    app.before_request(check)


def check() -> None:
    """Refuse a request that is too large, too slow, not all there, or has waited too long."""
    if not request.path.isprintable():  # it would write lines in a log
        abort(404)
    environ = request.environ
    for name in UNREAD:
        environ.pop(name, None)
    limit = max_body(request.path)
    status = environ.get(REFUSED_STATUS)
    if not status and has_body(environ):
        request.max_content_length = limit + 1  # at the limit Werkzeug cuts chunks off, silently
        try:
            status = 413 if len(request.get_data()) > limit else None
        except RequestEntityTooLarge:
            status = 413
        except ClientDisconnected:
            status = 400
    if status:
        abort(status, REFUSALS[status].format(limit=limit // 1024**2))
