"""Every response: how JSON is written, what a browser may do with an answer, and compression."""

import gzip
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import brotli
from flask import Flask, Response, g, request
from flask.json.provider import DefaultJSONProvider
from msgspec.json import Encoder

from server.web import inputs, visitor

SMALL = 1024  # bytes that are not worth compressing
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COMPRESSED = ("image/png", WORKBOOK)

_INDEX = (Path(__file__).parents[2] / "client" / "index.html").read_text("utf-8")
_LIBRARIES = " ".join(re.findall(r'href="(https:[^"]+)"', _INDEX))
# Vue compiles the page's template with `new Function`, hence 'unsafe-eval'; nothing of a visitor's
# ever becomes part of a template.
POLICY = (
    "default-src 'none'",
    f"script-src 'self' 'unsafe-eval' {_LIBRARIES}",
    "style-src 'self'",
    "img-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
VARY = "Accept-Encoding, Authorization, Cookie, Origin"
HEADERS = [
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
]
# Not sent with scripts and style sheets: the page that loads them has its own, and 30 files would
# each repeat them.
DOCUMENT_HEADERS = [
    ("Content-Security-Policy", "; ".join(POLICY)),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
    ("Referrer-Policy", "same-origin"),
]
SCRIPTS_AND_STYLES = ("text/css", "text/javascript")


class Json(DefaultJSONProvider):
    """Flask's JSON, but `jsonify` is msgspec's, which writes its own structs too."""

    encoder = Encoder()

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return what `jsonify` answers, with a line end for the terminal."""
        body = self.encoder.encode(self._prepare_response_obj(args, kwargs))
        return Response(body + b"\n", content_type="application/json")


def init_app(app: Flask) -> None:
    """Have all answers sent the same way."""
    app.json = Json(app)
    app.after_request(add_headers)
    app.after_request(compress)
    app.wsgi_app = protected(app.wsgi_app)  # type: ignore[assignment, method-assign]


def protected(wsgi_app: WSGIApplication) -> WSGIApplication:
    """Have an application send HEADERS too; Flask would take far longer to add them."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            own = dict(headers)
            of_page = own.get("Content-Type", "").startswith(SCRIPTS_AND_STYLES)
            more = HEADERS if of_page else HEADERS + DOCUMENT_HEADERS
            missing = [header for header in more if header[0] not in own]
            return start_response(status, headers + missing, *error)

        return wsgi_app(environ, start)

    return answer


def add_headers(response: Response) -> Response:
    """Say whose history and of which day an answer is, and who may keep it."""
    headers = response.headers
    if request.path.startswith("/api/"):
        headers.add("Good-Bank-Today", inputs.today().isoformat())  # the last of a balance
    if "history" in g:
        headers.add(visitor.HISTORY, visitor.public_name(g.history))
    # The visitor's browser asks before it shows an answer again, but for a file of the page.
    headers.setdefault("Cache-Control", "private, no-cache")
    headers["Vary"] = "Accept-Encoding" if is_file() else VARY
    return response


def is_file() -> bool:
    """Tell whether the answer is a file of the page, the same for all."""
    return request.endpoint == "page.client"


def compress(response: Response) -> Response:
    """Compress what is long, for who can read it; icons and workbooks are compressed already.

    A history of 10,000 entries is 1.4 MB, and a quarter of that compressed.
    """
    if response.status_code == 304 or response.mimetype in COMPRESSED:
        return response
    file = is_file()
    encoding = "br" if file and request.accept_encodings["br"] else "gzip"
    if not request.accept_encodings[encoding]:
        return response
    response.direct_passthrough = False  # a file is read
    data = response.get_data()
    if len(data) >= SMALL:
        response.set_data(packed(data, encoding) if file else gzip.compress(data, compresslevel=1))
        response.content_encoding = encoding
        if etag := response.get_etag()[0]:
            response.set_etag(etag, weak=True)  # the same words, in other bytes
    return response


@lru_cache(maxsize=64)
def packed(file: bytes, encoding: str) -> bytes:
    """Compress a file of the page as well as can be, as "br" or "gzip"."""
    return brotli.compress(file) if encoding == "br" else gzip.compress(file, compresslevel=9)
