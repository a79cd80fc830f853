"""The single page."""

from flask import Blueprint, Response, current_app, send_from_directory

from server import visitor

blueprint = Blueprint("page", __name__)


@blueprint.get("/")
def index() -> Response:
    """Send the page. A new visitor's cookie comes with it, so that two tabs share a history."""
    if not visitor.unreadable() and visitor.account() is None:
        visitor.remember(visitor.new_account())
    return send_from_directory(str(current_app.static_folder), "index.html")
