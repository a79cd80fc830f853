"""Errors: whatever goes wrong is told as application/problem+json (RFC 9457).

Others decide what to refuse, and say why; this module writes the answer.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, Response, jsonify
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import (
    Conflict,
    HTTPException,
    NotFound,
    ServiceUnavailable,
    UnprocessableEntity,
)

from server.history.database import FileReplacedError
from server.history.history import (
    HistoryClosedError,
    HistoryFullError,
    KeyReusedError,
    NoSuchEntryError,
)

RETRY_AFTER = 5  # seconds until a request that got 503 may do better

_log = logging.getLogger(__name__)


class RefusedError(UnprocessableEntity):
    """Values are refused: each error has a `field`, a `detail`, and, in a statement, the `line`.

    So many more are `unlisted`; `more` is told beside the errors.
    """

    def __init__(
        self, errors: Sequence[Mapping[str, Any]], unlisted: int = 0, **more: object
    ) -> None:
        details = [
            f"Line {error['line']}: {error['detail']}" if "line" in error else error["detail"]
            for error in errors[:3]
        ]
        rest = len(errors) + unlisted - len(details)
        super().__init__(" ".join(details) + (f" And {rest} more." if rest else ""))
        self.members = {"errors": errors} | more


def init_app(app: Flask) -> None:
    """Answer every error, also of paths that do not exist, as a problem."""
    app.register_error_handler(HTTPException, problem)
    app.register_error_handler(NoSuchEntryError, lambda error: problem(NotFound(str(error))))
    app.register_error_handler(HistoryFullError, lambda error: problem(Conflict(str(error))))
    app.register_error_handler(HistoryClosedError, lambda error: problem(Conflict(str(error))))
    app.register_error_handler(KeyReusedError, key_reused)
    for trouble in (DBAPIError, PoolTimeoutError, FileReplacedError):
        app.register_error_handler(trouble, database_trouble)


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


def key_reused(error: Exception) -> Response:
    """Answer 422 to an Idempotency-Key that comes with something else than before."""
    detail = {"field": "Idempotency-Key", "detail": str(error)}
    return problem(RefusedError([detail]))


def database_trouble(error: Exception) -> Response:
    """Answer 503 while the database is out of reach, locked, read-only, full or broken."""
    _log.error("The database: %s", " ".join(str(getattr(error, "orig", error)).split()))
    return problem(ServiceUnavailable("The database does not answer. Please try again."))
