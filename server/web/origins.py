"""Origins: who may call the API from a browser."""

from flask import Flask, abort, current_app, request
from flask_cors import CORS
from werkzeug.middleware.proxy_fix import ProxyFix

from server.web.limits import READS
from server.web.visitor import HISTORY

SENT = ["Authorization", "Content-Type", HISTORY, "Idempotency-Key", "If-None-Match", "Prefer"]
EXPOSED = ["ETag", HISTORY, "Good-Bank-Today", "Preference-Applied", "Retry-After"]


def init_app(app: Flask) -> None:
    """Refuse other origins' writes before any view runs; open the API to the named ones.

    Our own origin is the one by which a trusted proxy was reached, where there is one.
    """
    if proxies := app.config["TRUSTED_PROXIES"]:
        fixed = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)
        app.wsgi_app = fixed  # type: ignore[method-assign]
    app.before_request(refuse_foreign_writes)
    if app.config["CORS_ORIGINS"]:
        CORS(
            app,
            resources=r"/api/.*",
            origins=app.config["CORS_ORIGINS"],
            supports_credentials=True,
            allow_headers=SENT,
            expose_headers=EXPOSED,
            max_age=3600,
        )


def refuse_foreign_writes() -> None:
    """Answer 403 to a write that a page of another, unnamed origin sends."""
    if request.method in READS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    own = f"{request.scheme}://{request.host}"
    foreign = site not in ("same-origin", "none") if site else origin not in (None, own)
    if foreign and origin not in current_app.config["CORS_ORIGINS"]:
        abort(403, "This page may not change balances here: it comes from another origin.")
