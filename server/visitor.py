"""The visitor: a signed cookie that names their history, and holds nothing of it."""

from uuid import uuid4

from flask import Flask, Response, request, session
from flask.sessions import SecureCookieSessionInterface


class CookieSession(SecureCookieSessionInterface):
    """Flask's own signed cookie, `Secure` where the visitor came over https."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Tell whether the cookie may travel over https only."""
        return request.is_secure or super().get_cookie_secure(app)


def init_app(app: Flask) -> None:
    """Keep the visitor in the session, and what they see out of shared caches."""
    app.session_interface = CookieSession()
    app.after_request(keep_private)


def keep_private(response: Response) -> Response:
    """Let only the visitor's browser store an answer, and ask before it shows it again."""
    response.cache_control.private = True
    response.cache_control.no_cache = True
    return response


def account() -> str | None:
    """Return the name of the visitor's history, or None for who has none yet."""
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
