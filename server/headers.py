"""Headers: what a browser, and a cache on the way, may do with an answer."""

from flask import Flask, Response

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
    """Send the same headers with every answer, whatever it is."""
    app.after_request(protect)


def protect(response: Response) -> Response:
    """Let only the visitor's browser store an answer, and ask before it shows it again."""
    response.cache_control.private = True
    response.cache_control.no_cache = True
    response.headers.update(HEADERS)
    return response
