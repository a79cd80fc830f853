"""Every response: how JSON is written, what a browser may do with an answer, and compression."""

import gzip
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, request
from flask.json.provider import DefaultJSONProvider
from msgspec.json import Encoder

SMALL = 1024  # bytes that are not worth compressing

# Vue compiles the page's template with `new Function`, hence 'unsafe-eval'; nothing of a visitor's
# ever becomes part of a template. The scripts are those of client/index.html.
CSP = "Content-Security-Policy"
CSP = "Content-Security-Policy"
POLICY = (
    "default-src 'none'",
    "script-src 'self' 'unsafe-eval'"
    " https://cdn.jsdelivr.net/npm/vue@3.5.45/dist/vue.global.prod.js"
    " https://cdn.jsdelivr.net/npm/axios@1.21.1/dist/axios.min.js",
    "style-src 'self'",
    "img-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
HEADERS = {
    "Vary": "Accept-Encoding, Authorization, Cookie, Origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
# Not sent with scripts and style sheets: the page that loads them has its own, and 30 files would
# each repeat them.
DOCUMENT_HEADERS = {
    CSP: "; ".join(POLICY),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "same-origin",
}
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
    app.after_request(keep_private)
    app.after_request(compress)
    app.wsgi_app = protected(app.wsgi_app)  # type: ignore[assignment, method-assign]


def protected(wsgi_app: WSGIApplication) -> WSGIApplication:
    """Send HEADERS with every answer of an application, and DOCUMENT_HEADERS with most."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            told = dict(headers)
            kind = told.get("Content-Type", "")
            more = HEADERS if kind.startswith(SCRIPTS_AND_STYLES) else HEADERS | DOCUMENT_HEADERS
            if CSP in told:  # a page with a policy of its own
                more = {name: value for name, value in more.items() if name != CSP}
            return start_response(status, [*headers, *more.items()], *exc_info)

        return wsgi_app(environ, start)

    return serve


def keep_private(response: Response) -> Response:
    """Let only the visitor's browser store an answer, and ask before it shows it again."""
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def compress(response: Response) -> Response:
    """Compress what is long, for who can read it: all but the icons is text.

    A history of 10,000 entries is 1.4 MB, and a quarter of that compressed.
    """
    if response.status_code in (206, 304) or not request.accept_encodings["gzip"]:
        return response
    if response.mimetype == "image/png":
        return response
    response.direct_passthrough = False  # a file is read
    data = response.get_data()
    if len(data) >= SMALL:
        file = response.cache_control.immutable  # of the page
        response.set_data(packed(data) if file else gzip.compress(data, compresslevel=1))
        response.content_encoding = "gzip"
        if etag := response.get_etag()[0]:
            response.set_etag(etag, weak=True)  # the same words, in other bytes
    return response


@lru_cache(maxsize=64)
def packed(file: bytes) -> bytes:
    """Compress a file of the page as well as can be."""
    return gzip.compress(file, compresslevel=9)
