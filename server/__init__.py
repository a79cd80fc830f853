"""Good Bank: a bank balance over time, in rand and in bitcoin."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def create_app(test_config: Mapping[str, Any] | None = None) -> "Flask":
    """Build the application: settings, errors, who may do what, the database, the rate, routes."""
    # Here, so that the process that reads statements, which needs none of this, starts quickly.
    from flask import Flask

    from server import settings
    from server.api import balances, docs, imports, keys
    from server.history.cleanup import Cleanup
    from server.history.database import Database
    from server.rate.exchange import Exchange
    from server.web import errors, inputs, limits, origins, page, responses, visitor

    app = Flask(__name__, static_folder="../client", static_url_path="/client")
    settings.load(app, test_config)
    # Hooks run in this order before a view, and in the opposite order after it.
    errors.init_app(app)
    limits.init_app(app)
    responses.init_app(app)
    origins.init_app(app)
    app.extensions["database"] = database = Database(app.config["DATABASE_URL"])
    app.extensions["exchange"] = Exchange(database, app.config["LUNO_URLS"], app.config["TIMEZONE"])
    visitor.init_app(app)
    inputs.init_app(app)
    keys.init_app(app)
    app.extensions["cleanup"] = cleanup = Cleanup(database, app.permanent_session_lifetime)
    app.before_request(cleanup.start)
    for module in (page, balances, imports, keys, docs):
        app.register_blueprint(module.blueprint)
    return app
