"""The gateway, by itself."""

import asyncio
import time
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from server.web.gateway import UNWATCHED, Gateway
from server.web.limits import REFUSED_STATUS, Message


def test_body_that_is_cut_off_is_refused_however_long_that_takes() -> None:
    """The end of a body is told as the client's end, who may still read."""
    sent: list[Message] = []

    def app(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        time.sleep(2 * UNWATCHED)
        start(f"{environ[REFUSED_STATUS]} Bad Request", [])
        return []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "method": "POST",
        "raw_path": b"/api/update",
        "query_string": b"",
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 12345),
        "headers": [(b"content-length", b"9")],
    }
    asyncio.run(Gateway(app)(scope, receive, send))
    assert [message.get("status") for message in sent] == [400, None]
