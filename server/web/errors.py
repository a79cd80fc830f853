"""Errors: whatever goes wrong is told as application/problem+json (RFC 9457).

Others decide what to refuse, and say why; this module writes the answer.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, Response, jsonify
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import (
    Conflict,
    HTTPException,
    NotFound,
    ServiceUnavailable,
    UnprocessableEntity,
)

from server.history.history import (
    HistoryClosedError,
    HistoryFullError,
    KeyReusedError,
    NoSuchEntryError,
)

RETRY_AFTER = 5  # seconds until a request that got 503 may do better

_log = logging.getLogger(__name__)


class RefusedError(UnprocessableEntity):
    """Values are refused: each error has a `field`, a `detail`, and, in a statement, the `line`."""

    def __init__(self, errors: Sequence[Mapping[str, Any]], **more: object) -> None:
        details = [
            f"Line {error['line']}: {error['detail']}" if "line" in error else error["detail"]
            for error in errors[:3]
        ]
        if len(errors) > 3:
            details.append(f"And {len(errors) - 3} more.")
        super().__init__(" ".join(details))
        self.members = {"errors": errors} | more


def refused(field: str, detail: str) -> RefusedError:
    """Return the error of one field."""
    return RefusedError([{"field": field, "detail": detail}])


def init_app(app: Flask) -> None:
    """Answer every error, also of paths that do not exist, as a problem."""
    app.register_error_handler(HTTPException, problem)
    app.register_error_handler(NoSuchEntryError, lambda error: problem(NotFound(str(error))))
    app.register_error_handler(HistoryFullError, lambda error: problem(Conflict(str(error))))
    app.register_error_handler(HistoryClosedError, lambda error: problem(Conflict(str(error))))
    app.register_error_handler(
        KeyReusedError, lambda error: problem(refused("Idempotency-Key", str(error)))
    )
    app.register_error_handler(DBAPIError, database_trouble)


def problem(error: HTTPException) -> Response:
    """Describe an error: type, title, status, detail, and the errors of each field."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": error.name,
        "status": error.code,
        "detail": error.description,
    }
    if isinstance(error, RefusedError):
        body |= error.members
    response = jsonify(body)
    response.status_code = error.code or 500
    response.content_type = "application/problem+json"
    for name, value in error.get_headers():
        if name != "Content-Type":  # such as Allow
            response.headers[name] = value
    if error.code == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def database_trouble(error: DBAPIError) -> Response:
    """Answer 503 while the database is out of reach, locked, read-only, full or broken."""
    _log.error("The database: %s", " ".join(str(error.orig).split()))
    return problem(ServiceUnavailable("The database does not answer. Please try again."))
