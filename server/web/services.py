"""What the application has one of: its database and its exchange, for the request at hand."""

from typing import cast

from flask import current_app

from server.history.database import Database
from server.rate.exchange import Exchange


def database() -> Database:
    """Return the application's database."""
    return cast(Database, current_app.extensions["database"])


def exchange() -> Exchange:
    """Return the application's exchange."""
    return cast(Exchange, current_app.extensions["exchange"])
