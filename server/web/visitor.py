"""The visitor: whose history a request is about, by a signed cookie, or by a key in its place."""

import re
import time
from functools import lru_cache
from hashlib import blake2b
from typing import Any
from uuid import uuid4

from flask import Flask, Request, Response, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import PreconditionFailed, Unauthorized

from server.history import keys
from server.history.history import History, HistoryClosedError
from server.web import services
from server.web.inputs import UUID_PATTERN
from server.web.limits import ARRIVED, READS

HISTORY = "Good-Bank-History"  # the header in which an answer names its history, as a write may
MAX_COOKIES = 1000  # that may be ours; browsers send fewer
REMEMBERED = 1024  # cookies of which a process knows that their signature is good


class CookieSession(SecureCookieSessionInterface):
    """Flask's own signed cookie, which no clock and no other program's cookie can spoil."""

    def __init__(self, app: Flask) -> None:
        serializer: Any = self.get_signing_serializer(app)
        self._dumps = serializer.dumps
        self._loads = lru_cache(REMEMBERED)(serializer.loads)  # which takes a tenth of a read

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """Return what the last cookie with a good signature holds, whatever its date: clocks jump.

        The last, since browsers send a cookie that was set for a longer path first.
        """
        # One search finds those that may be signed, of however many.
        signed = rf"(?:^|;)\s*{self.get_cookie_name(app)}=(\.?[\w-]+\.[\w-]+\.[\w-]+)\s*(?=;|$)"
        cookies = re.findall(signed, request.headers.get("Cookie", ""), re.ASCII)
        for cookie in [*dict.fromkeys(reversed(cookies))][:MAX_COOKIES]:
            try:
                return self.session_class(self._loads(cookie))
            except (BadSignature, TypeError, ValueError):
                continue
        return self.session_class()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie if it has changed. `responses.py` already sends `Vary: Cookie`."""
        if not session.modified:
            return
        name = self.get_cookie_name(app)
        kept: dict[str, Any] = {"secure": request.is_secure, "httponly": True, "samesite": "Lax"}
        if session:
            value = self._dumps(dict(session))
            response.set_cookie(name, value, app.permanent_session_lifetime, **kept)
        else:
            response.delete_cookie(name, **kept)

    def get_cookie_name(self, app: Flask) -> str:
        """Return the cookie's name: browsers take `__Host-` from the host itself alone."""
        return ("__Host-" if request.is_secure else "") + super().get_cookie_name(app)


def init_app(app: Flask) -> None:
    """Keep the visitor in a cookie; have a key in the header Authorization stand in for it."""
    app.session_interface = CookieSession(app)
    app.before_request(accept_key)


def accept_key() -> None:
    """Let the key in `Authorization: Bearer KEY` say whose history a call is about."""
    sent = request.authorization
    if sent is None or sent.type != "bearer" or not request.path.startswith("/api/"):
        return
    account = keys.account_of(services.database(), sent.token or "")
    if account is None:
        challenge = WWWAuthenticate("bearer", {"realm": "Good Bank", "error": "invalid_token"})
        raise Unauthorized("This key opens no history.", www_authenticate=challenge)
    g.account = account


def account() -> str | None:
    """Return the name of the visitor's history, or None for a visitor without one.

    Raises PreconditionFailed where a write names another history than this one.
    """
    name = g.account if "account" in g else session.get("account")  # the key's before the cookie's
    if not (isinstance(name, str) and UUID_PATTERN.fullmatch(name)):
        name = None
    meant = request.headers.get(HISTORY)
    if meant is not None and request.method not in READS:
        names = [name, History(services.database(), name).resolve()] if name else []
        if meant not in ([short_name(each) for each in names] or ["new"]):
            raise PreconditionFailed("This is another history than the one that was meant.")
    return name


def history() -> History:
    """Return the visitor's history; a new one for a visitor without one.

    A write with the cookie of a history that was deleted begins a new one. But where it arrived
    before the deletion, it raises HistoryClosedError: its answer would replace the cookie that the
    deletion has given to the same browser.
    """
    name = account()
    samples = "account" in g or not session.get("fresh", False)
    if name and request.method not in READS:
        closed_at, now = History(services.database(), name).closed_at(), time.time()
        # Clocks differ: a deletion in the future tells nothing.
        if closed_at and ("account" in g or request.environ.get(ARRIVED, now) < closed_at <= now):
            raise HistoryClosedError
        name = None if closed_at else name
    return open_history(name or str(uuid4()), samples=samples, new=name is None)


def open_history(name: str, *, samples: bool, new: bool = False) -> History:
    """Return the history of this name, the one that the answer will be about."""
    opened = History(services.database(), name, samples)
    g.history, g.history_is_new = opened, new
    return opened


def remember(history: History, *, fresh: bool | None = None) -> None:
    """Have the cookie name this history for another year, unless a key stands in for it.

    No samples show to who has started `fresh`.
    """
    g.history_is_new = False
    if "account" in g:
        return
    session["account"] = history.account
    session["fresh"] = bool(session.get("fresh")) if fresh is None else fresh


def public_name(history: History) -> str:
    """Return a short name for the visitor's history, "new" where nothing names it yet."""
    return "new" if g.history_is_new else short_name(history.account)


def short_name(account: str) -> str:
    """Return what a history is called in answers.

    It is no credential: the name that the cookie holds cannot be worked out from it.
    """
    return blake2b(account.encode(), digest_size=8).hexdigest()
