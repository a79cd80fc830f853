"""The visitor: a signed cookie that names their history, and holds nothing of it."""

from uuid import uuid4

from flask import Flask, request, session
from flask.sessions import SecureCookieSessionInterface
from werkzeug.exceptions import BadRequest


class CookieSession(SecureCookieSessionInterface):
    """Flask's own signed cookie; where the visitor came over https, only this host can set it."""

    def get_cookie_name(self, app: Flask) -> str:
        """Return the cookie's name: browsers take `__Host-` from the host itself alone."""
        return ("__Host-" if request.is_secure else "") + super().get_cookie_name(app)

    def get_cookie_secure(self, app: Flask) -> bool:
        """Tell whether the cookie may travel over https only."""
        return request.is_secure


def init_app(app: Flask) -> None:
    """Keep the visitor in a cookie."""
    app.session_interface = CookieSession()


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
