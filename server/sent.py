"""What a request sends: a key, a wish, the fields of JSON or a form, a CSV file."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import current_app, request
from werkzeug.exceptions import (
    BadRequest,
    RequestEntityTooLarge,
    RequestTimeout,
    UnsupportedMediaType,
)
from werkzeug.http import parse_list_header

from server.errors import RefusedError
from server.settings import MAX_BODY, MAX_STATEMENT

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
FIELDS = ("balance", "date")
MAX_DROPPED = 64 * 1024 * 1024  # bytes that are read of a body that is too large
REFUSED_STATUS = "good_bank.refused_status"  # in the environ: why the gateway gives no body


def max_body(path: str) -> int:
    """Return how many bytes a body may have that is sent to this path."""
    return MAX_STATEMENT if path == "/api/import" else MAX_BODY


def limit_body() -> None:
    """Refuse a body that is too large, too slow or not all there, whatever it is for.

    The gateway has read it and noted that. Without a gateway, as with `flask run`, the body is
    read here. Werkzeug would cut a chunked one at the limit, silently; and a client that is still
    sending may never see an answer, so the rest of a body of some size is read first, and dropped.
    """
    limit = max_body(request.path)
    too_large = RequestEntityTooLarge(f"The body is larger than {limit // 1024**2} MiB.")
    match request.environ.get(REFUSED_STATUS):
        case 400:
            raise BadRequest("The body ended early.")
        case 408:
            raise RequestTimeout("The request did not arrive whole within 20 seconds.")
        case 413:
            raise too_large
    if request.method == "GET":
        return
    length = request.content_length
    if length is None:
        request.max_content_length = limit + 1
        length = len(request.get_data())
    if length > limit:
        left = min(request.content_length or MAX_DROPPED, MAX_DROPPED)
        while left > 0 and (chunk := request.environ["wsgi.input"].read(min(left, 65536))):
            left -= len(chunk)
        raise too_large
    if len(request.get_data()) < length:  # the connection was lost; what has come is not all
        raise BadRequest("The body ended early.")


def key() -> str | None:
    """Return the Idempotency-Key, in lower case, or None; raise BadRequest if it is no UUID."""
    text = request.headers.get("Idempotency-Key")
    if text is None:
        return None
    try:
        if str(UUID(text)) == text.lower():
            return text.lower()
    except ValueError:
        pass
    raise BadRequest("The Idempotency-Key is no UUID like 123e4567-e89b-42d3-a456-426614174000.")


def minimal() -> bool:
    """Tell whether the visitor asks for the least answer (RFC 7240)."""
    return "return=minimal" in parse_list_header(request.headers.get("Prefer", ""))


def fields() -> Mapping[str, object]:
    """Return the fields of a JSON object or a form; numbers as the digits that were written.

    Raises BadRequest for what cannot be parsed, RefusedError for a field that is there twice,
    UnsupportedMediaType for what is neither.
    """
    if request.is_json:
        try:
            sent = current_app.json.loads(
                request.get_data().decode("utf-8-sig"),
                parse_float=str,
                parse_int=str,
                parse_constant=str,
                object_pairs_hook=unique,
            )
        except (ValueError, RecursionError):
            raise BadRequest("The body is no valid JSON.") from None
        if not isinstance(sent, dict):
            detail = 'Send an object such as {"balance": "1234.56"}.'
            raise RefusedError([{"field": "balance", "detail": detail}])
        return sent
    if request.mimetype in (FORM, MULTIPART):
        if request.get_data() and not request.form and not request.files:
            raise BadRequest("The form cannot be parsed.")
        return unique([*request.form.items(multi=True)])
    raise UnsupportedMediaType("Send JSON or a form.")


def unique(fields: Sequence[tuple[str, object]]) -> dict[str, object]:
    """Return values by their names; raise RefusedError where one that counts is there twice."""
    names = [name for name, _ in fields]
    if twice := [name for name in FIELDS if names.count(name) > 1]:
        raise RefusedError(
            [{"field": name, "detail": f"The {name} is there twice."} for name in twice]
        )
    return dict(fields)


def csv_file() -> bytes:
    """Return the CSV file that is the body, or the one in the form's field `file`."""
    if request.mimetype == "text/csv":
        return request.get_data()
    if request.mimetype != MULTIPART:
        raise UnsupportedMediaType("Send CSV as text/csv or in the file field of a form.")
    if len(request.files.getlist("file")) != 1:
        detail = "Send one CSV file in the field “file”."
        raise RefusedError([{"field": "file", "detail": detail}])
    data: bytes = request.files["file"].read()
    return data
