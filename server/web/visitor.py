"""The visitor: whose history a request is about, by a signed cookie.

Where a key stands in for the cookie, `keys.py` has put its history's name into `g.account`.
"""

import re
from hashlib import blake2b
from typing import Any
from uuid import uuid4

from flask import Flask, Request, Response, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature

from server.history.history import History, HistoryClosedError
from server.web import services
from server.web.limits import ARRIVED

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class CookieSession(SecureCookieSessionInterface):
    """Flask's own signed cookie, which no clock and no other program's cookie can spoil."""

    def __init__(self, app: Flask) -> None:
        self._serializer: Any = self.get_signing_serializer(app)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """Return what the last cookie with a good signature holds, nothing where there is none.

        The last, since browsers send a cookie that was set for a longer path first, and ours is for
        the shortest. However old it seems, and if it seems to come from the future: clocks jump.
        The browser drops it a year after the last write, and the server removes what nobody
        changes.
        """
        for cookie in reversed(self._candidates(app, request)):
            try:
                return self.session_class(self._serializer.loads(cookie))
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
            value = self._serializer.dumps(dict(session))
            response.set_cookie(name, value, app.permanent_session_lifetime, **kept)
        else:
            response.delete_cookie(name, **kept)

    def get_cookie_name(self, app: Flask) -> str:
        """Return the cookie's name: browsers take `__Host-` from the host itself alone."""
        return ("__Host-" if request.is_secure else "") + super().get_cookie_name(app)

    def _candidates(self, app: Flask, request: Request) -> list[str]:
        """Return the cookies of our name that may be signed, of however many, at once."""
        signed = rf"(?:^|;)\s*{self.get_cookie_name(app)}=(\.?[\w-]+\.[\w-]+\.[\w-]+)\s*(?=;|$)"
        return re.findall(signed, request.headers.get("Cookie", ""), re.ASCII)


def init_app(app: Flask) -> None:
    """Keep the visitor in a cookie, and name the history in the answers that are about one."""
    app.session_interface = CookieSession(app)
    app.after_request(name_history)


def account() -> str | None:
    """Return the name of the visitor's history, or None for who has none yet.

    A key in the header Authorization stands in for the cookie: see `keys.py`.
    """
    if "account" in g:  # the key's
        return str(g.account)
    stored = session.get("account")
    return stored if isinstance(stored, str) and _UUID.fullmatch(stored) else None


def history() -> History:
    """Return the visitor's history, a new one for who has none.

    Also for who writes under a name that is closed, since everything was deleted on another device.
    A write that was on its way then raises HistoryClosedError: another tab of this browser may have
    a new name already, which this answer would replace.
    """
    name = account()
    samples = "account" in g or not session.get("fresh", False)
    if name and request.method not in ("GET", "HEAD"):
        closed_at = History(services.database(), name).closed_at()
        if closed_at and ("account" in g or request.environ.get(ARRIVED, closed_at) < closed_at):
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

    `fresh` tells whether the visitor has started fresh: then no samples show.
    """
    g.history_is_new = False
    if "account" in g:
        return
    session["account"] = history.account
    session["fresh"] = bool(session.get("fresh")) if fresh is None else fresh


def public_name(history: History) -> str:
    """Return a short name for the visitor's history, "new" where nothing names it yet.

    It is no credential: the name that the cookie holds cannot be worked out from it.
    """
    if g.history_is_new:
        return "new"
    return blake2b(history.account.encode(), digest_size=8).hexdigest()


def name_history(response: Response) -> Response:
    """Say in a header which history an answer is about, so that a page notices another one."""
    if "history" in g:
        response.headers["Good-Bank-History"] = public_name(g.history)
    return response
