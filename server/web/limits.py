"""Limits of a request's head and body: what is late, cut off or too large is refused.

The gateway receives bodies, and notes in the environ with which status to refuse a request; `check`
does so in words. Without a gateway, as with `flask run`, `check` reads the body.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any
from wsgiref.types import WSGIEnvironment

from flask import Flask, Request, request
from werkzeug.exceptions import (
    BadRequest,
    ClientDisconnected,
    NotFound,
    RequestEntityTooLarge,
    RequestHeaderFieldsTooLarge,
    RequestTimeout,
    ServiceUnavailable,
)
from werkzeug.http import parse_date

MAX_BODY = 1024 * 1024  # bytes
MAX_STATEMENT = 5 * 1024 * 1024  # bytes of the body of an import
MAX_FIELDS = 100  # of a form, or options of an address
MAX_HEADER = 8 * 1024  # bytes of each header but the cookies, which other programs set too
MAX_DROPPED = 64 * 1024 * 1024  # bytes that are read of a body that is refused
MAX_HELD = 128 * 1024 * 1024  # bytes of all the bodies that a process holds
BODY_TIMEOUT = 20  # seconds in which a body must have arrived
PAUSE = 0.5  # seconds without a byte until a body that has no room is answered
# What the gateway adds to the environ
REFUSED_STATUS = "good_bank.refused_status"
CLIENT_LEFT = "good_bank.client_left"  # a function that tells whether nobody waits any more
ARRIVED = "good_bank.arrived"  # when the head was there, in seconds since 1970

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]


def max_body(path: str) -> int:
    """Return how many bytes a body may have that is sent to this path."""
    return MAX_STATEMENT if path == "/api/import" else MAX_BODY


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
            else:
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
    app.before_request(check_head)
    app.before_request(check_body)


def check_head() -> None:
    """Refuse paths that would write lines in a log, and do not heed dates that are none."""
    if not request.path.isprintable():
        raise NotFound
    for name in ("HTTP_IF_MODIFIED_SINCE", "HTTP_IF_RANGE"):
        try:
            parse_date(request.environ.get(name))
        except OverflowError:  # it is no date, so it is not heeded, nor a range that depends on it
            del request.environ[name]
            request.environ.pop("HTTP_RANGE", None)


def check_body() -> None:
    """Refuse a request that is too large, too slow, not all there, or has waited too long."""
    limit = max_body(request.path)
    too_large = RequestEntityTooLarge(f"The body is larger than {limit // 1024**2} MiB.")
    cut_off = BadRequest("The body ended early.")
    match request.environ.get(REFUSED_STATUS):
        case 400:
            raise cut_off
        case 408:
            raise RequestTimeout(f"The request did not arrive whole within {BODY_TIMEOUT} seconds.")
        case 413:
            raise too_large
        case 431:
            detail = f"A header is larger than {MAX_HEADER // 1024} KiB."
            raise RequestHeaderFieldsTooLarge(detail)
        case 503:
            raise ServiceUnavailable("The server has too much to do. Please try again.")
    request.max_content_length = limit + 1  # at its limit Werkzeug cuts a chunked body, silently
    try:
        if len(request.get_data()) > limit:
            raise too_large
    except RequestEntityTooLarge:
        raise too_large from None
    except ClientDisconnected:
        raise cut_off from None
