"""The API's keys: each opens a history from anywhere, without a name, an address or a password."""

import segno
from flask import Blueprint, Response, g, jsonify, request, session
from werkzeug.exceptions import Conflict, Forbidden

from server.api import describe
from server.history import keys
from server.history.history import History
from server.history.moving import take_over
from server.web import inputs, services, visitor
from server.web.errors import refused

blueprint = Blueprint("keys", __name__, url_prefix="/api")

MAX_PAGE = 200  # characters of the page's address in a link


@blueprint.get("/key")
def show_key_day() -> Response:
    """Answer the day on which the history's key was made, null where it has none."""
    made = keys.day_made(visitor.history())
    return jsonify(made=made.isoformat() if made else None)


@blueprint.post("/key")
def make_key() -> tuple[Response, int]:
    """Make a key and answer it, this once. One made before opens nothing any more.

    With the address of the `page`, also a link with the key behind its `#`, and its QR code.
    """
    sent = inputs.fields("page") if request.get_data() else {}
    page = sent.get("page")
    if "page" in sent and not (isinstance(page, str) and is_address(page)):
        raise refused("page", f"It is no web address of at most {MAX_PAGE} characters.")
    history = visitor.history()
    key = keys.make(history, inputs.today())
    visitor.remember(history)
    link = f"{page}#key={key}"
    return jsonify(key=key, **({"link": link, "qr": qr_code(link)} if page else {})), 201


@blueprint.delete("/key")
def revoke_key() -> tuple[str, int]:
    """Have no key open the history."""
    history = visitor.history()
    keys.revoke(history)
    visitor.remember(history)
    return "", 204


@blueprint.post("/session")
def open_history() -> Response:
    """Have this browser show the history that a key opens, and, with `merge`, its own entries."""
    sent = inputs.fields("key", "merge")
    key, merge, mine = sent.get("key"), inputs.flag(sent, "merge"), visitor.account()
    if not isinstance(key, str) or not key:
        raise refused("key", f"Send the key, {keys.LENGTH} letters and digits.")
    account = keys.account_of(services.database(), key)
    if account is None:
        raise Forbidden("This key opens no history. It may have been replaced by a newer one.")
    opened = visitor.open_history(account, samples=True)
    if merge and mine:
        source = History(services.database(), mine)
        if not source.closed_at():
            take_over(opened, source)
    visitor.remember(opened, fresh=False)
    return describe.whole(opened.read(), describe.current_context())


@blueprint.delete("/session")
def leave() -> tuple[str, int]:
    """Have this browser forget the history, of which nothing is deleted."""
    anyway = inputs.flag(inputs.options("anyway"), "anyway")
    if keys.is_last_way(visitor.history()) and not anyway:
        raise Conflict("No key opens this history, so nobody could open it again: make one first.")
    if "account" not in g:
        session.clear()
    return "", 204


def is_address(text: str) -> bool:
    """Tell whether a text can be the address of a page."""
    return text.startswith(("http://", "https://")) and len(text) <= MAX_PAGE


def qr_code(text: str) -> dict[str, int | str]:
    """Return the width of a QR code in modules, and its dark ones as the path of an SVG."""
    rows = segno.make(text, error="m", micro=False).matrix
    path = [f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark]
    return {"width": len(rows), "path": "".join(path)}
