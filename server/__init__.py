"""Good Bank: a bank balance over time, in rand and in bitcoin."""

from collections.abc import Mapping
from typing import Any

from flask import Flask

from server import settings
from server.api import balances, docs, imports, keys
from server.history.cleanup import Cleanup
from server.history.database import Database
from server.rate.exchange import Exchange
from server.web import errors, limits, origins, page, responses, visitor


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """Build the application: settings, errors, who may do what, the database, the rate, routes."""
    app = Flask(__name__, static_folder="../client", static_url_path="/client")
    settings.load(app, overrides)
    # Hooks run in this order before a view, and in the opposite order after it.
    errors.init_app(app)
    limits.init_app(app)
    responses.init_app(app)
    origins.init_app(app)
    app.extensions["database"] = database = Database(app.config["DATABASE_URL"])
    app.extensions["exchange"] = Exchange(database, app.config["LUNO_URLS"], app.config["TIMEZONE"])
    visitor.init_app(app)
    app.extensions["cleanup"] = cleanup = Cleanup(database, app.permanent_session_lifetime)
    app.before_request(cleanup.start)
    for module in (page, balances, imports, keys, docs):
        app.register_blueprint(module.blueprint)
    return app
