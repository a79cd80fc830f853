"""The visitor: a signed cookie that names their history, and holds nothing of it."""

import time
from functools import lru_cache, partial
from uuid import uuid4

from flask import Flask, Request, Response, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature
from werkzeug.exceptions import BadRequest

KNOWN = 4096  # cookies whose signatures a process remembers as good


class CookieSession(SecureCookieSessionInterface):
    """Flask's own signed cookie; where the visitor came over https, only this host can set it."""

    def __init__(self, app: Flask) -> None:
        serializer = self.get_signing_serializer(app)
        check = partial(serializer.loads, return_timestamp=True)  # type: ignore[union-attr]
        self._checked = lru_cache(KNOWN)(check)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """Return what the cookie holds, nothing where its signature is bad or too old.

        A page sends the same cookie every minute: its signature is checked once, its age always.
        """
        try:
            values, signed = self._checked(request.cookies.get(self.get_cookie_name(app), ""))
        except BadSignature:
            return self.session_class()
        age = time.time() - signed.timestamp()
        good = 0 <= age <= app.permanent_session_lifetime.total_seconds()
        return self.session_class(values if good else {})

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie if it has changed. That answers depend on it, responses.py says."""
        if session.modified:
            super().save_session(app, session, response)

    def get_cookie_name(self, app: Flask) -> str:
        """Return the cookie's name: browsers take `__Host-` from the host itself alone."""
        return ("__Host-" if request.is_secure else "") + super().get_cookie_name(app)

    def get_cookie_secure(self, app: Flask) -> bool:
        """Tell whether the cookie may travel over https only."""
        return request.is_secure


def init_app(app: Flask) -> None:
    """Keep the visitor in a cookie."""
    app.session_interface = CookieSession(app)


def unreadable() -> bool:
    """Tell whether the server has dropped the cookies, as granian does where one is not ASCII.

    Any page of this host can set such a cookie; who sends it may well have a history.
    """
    return request.environ.get("HTTP_COOKIE") == ""


def account() -> str | None:
    """Return the name of the visitor's history, or None for who has none yet."""
    if unreadable():
        raise BadRequest(
            "Another cookie of this host is not ASCII, so yours cannot be read: delete that one."
        )
    return session.get("account")


def new_account() -> str:
    """Make a name for a history."""
    return str(uuid4())


def remember(account: str) -> None:
    """Have the cookie name this history for another year."""
    session["account"] = account
    session.permanent = True


def sees_samples() -> bool:
    """Tell whether the visitor has not started fresh yet."""
    return not session.get("fresh", False)


def start_fresh() -> None:
    """Show this visitor no samples any more."""
    session["fresh"] = True
