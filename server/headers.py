"""Headers: what a browser, and a cache on the way, may do with an answer."""

import gzip

from flask import Flask, Response, request

SMALL = 1024  # bytes that are not worth compressing

# Vue compiles the page's template with `new Function`, hence 'unsafe-eval'; nothing of a visitor's
# ever becomes part of a template. The scripts are those of client/index.html.
POLICY = (
    "default-src 'none'",
    "script-src 'self' 'unsafe-eval'"
    " https://cdn.jsdelivr.net/npm/vue@3.5.45/dist/vue.global.prod.js"
    " https://cdn.jsdelivr.net/npm/axios@1.21.1/dist/axios.min.js",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
HEADERS = {
    "Content-Security-Policy": "; ".join(POLICY),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def init_app(app: Flask) -> None:
    """Send the same headers with every answer, whatever it is, and long ones compressed."""
    app.after_request(protect)
    app.after_request(compress)


def protect(response: Response) -> Response:
    """Set HEADERS; let only the visitor's browser store an answer, and ask before it shows it."""
    response.cache_control.private = True
    response.cache_control.no_cache = True
    response.headers.update(HEADERS)
    return response


def compress(response: Response) -> Response:
    """Compress what is long and written for this request, for who can read it.

    A history of 10,000 entries is 1.4 MB, and a fifth of that compressed.
    """
    if response.direct_passthrough or len(response.get_data()) < SMALL:
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] and not response.content_encoding:
        response.set_data(gzip.compress(response.get_data(), compresslevel=1))
        response.content_encoding = "gzip"
    return response
