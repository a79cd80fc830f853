"""What a request holds: its fields, options, values and keys, read or refused with a reason."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.http import parse_list_header

from server.money import parse_rand, quoted
from server.web.errors import RefusedError
from server.web.limits import CLIENT_LEFT, MAX_FIELDS

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
FIRST_DAY = date(1900, 1, 1)
MAX_LISTED = 10  # unknown fields that an answer names
MAX_NAME = 100  # characters of each


def init_app(app: Flask) -> None:
    """Say what day it is in every answer of the API."""
    app.after_request(tell_today)


def tell_today(response: Response) -> Response:
    """Say in a header what day it is here, the last that a balance may have."""
    if request.path.startswith("/api/"):
        response.headers["Good-Bank-Today"] = today().isoformat()
    return response


def idempotency_key() -> str | None:
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


def prefers_minimal() -> bool:
    """Tell whether the visitor asks for the least answer (RFC 7240)."""
    return "return=minimal" in parse_list_header(request.headers.get("Prefer", ""))


def client_left() -> Callable[[], bool]:
    """Return a function that tells, in any thread, whether nobody waits for the answer any more."""
    function: Callable[[], bool] = request.environ.get(CLIENT_LEFT, bool)
    return function


def today() -> date:
    """Return what day it is in FLASK_TIMEZONE, the same one for the whole of a request."""
    if "today" not in g:
        g.today = datetime.now(ZoneInfo(current_app.config["TIMEZONE"])).date()
    return cast(date, g.today)


def fields(*known: str) -> Mapping[str, object]:
    """Return the fields of a JSON object or a form; numbers as the digits that were written.

    Raises BadRequest for what cannot be parsed, UnsupportedMediaType for what is neither, and
    RefusedError for a field that is there twice or is none of the `known` ones.
    """
    if request.is_json:
        try:
            pairs = current_app.json.loads(
                request.get_data().decode("utf-8-sig"),
                parse_float=str,
                parse_int=str,
                parse_constant=str,
                object_pairs_hook=_Pairs,
            )
            current_app.json.dumps(pairs, ensure_ascii=False).encode()  # half a character fails
        except (ValueError, RecursionError):
            raise BadRequest("The body is no valid JSON.") from None
        if not isinstance(pairs, _Pairs):
            raise refused(known[0], f'Send an object such as {{"{known[0]}": "…"}}.')
    elif request.mimetype in (FORM, MULTIPART):
        pairs = _form()
    else:
        raise UnsupportedMediaType("Send JSON or a form.")
    return _known(pairs, known, "field")


def options(*known: str) -> Mapping[str, str]:
    """Return the options in the address, after the `?`.

    Raises RefusedError for one that is there twice or is none of the `known` ones.
    """
    if request.query_string.count(b"&") >= MAX_FIELDS:
        raise BadRequest(f"The address has more than {MAX_FIELDS} options.")
    return _known([*request.args.items(multi=True)], known, "option")


def flag(values: Mapping[str, object], name: str) -> bool:
    """Return whether an option or a field is true; one that is missing is false."""
    value = values.get(name, False)
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise refused(name, f"{quoted(value)} is neither true nor false.")


def new_balance(today: date) -> tuple[date | None, int]:
    """Return the day, None where no `date` was sent, and the `balance` in cents.

    Raises RefusedError, which names each bad field.
    """
    values = _parsed({"balance": None, **fields("balance", "date")}, today)
    return values.get("date"), values["balance"]


def changed_balance(today: date) -> tuple[date | None, int | None]:
    """Return the day and the balance in cents, None for the one that was not sent.

    Raises RefusedError, which names each bad field, or both where neither was sent.
    """
    sent = fields("balance", "date")
    if not sent:
        raise refused("balance", "Send the new balance, the new date, or both.")
    values = _parsed(sent, today)
    return values.get("date"), values.get("balance")


def parse_day(text: object, today: date) -> date:
    """Return the day in an ISO date, such as "2026-11-22".

    Raises ValueError, with a sentence about this value, for anything else, for the future, and
    for what lies before 1900, which is a year typed by half.
    """
    try:
        day = date.fromisoformat(str(text))
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        detail = f"{quoted(text)} is no date; one is written year-month-day, such as 2026-11-22."
        raise ValueError(detail)
    if day > today:
        raise ValueError(f"{day} lies in the future; today is {today}.")
    if day < FIRST_DAY:
        raise ValueError(
            f"{day} is too early; the first day that can have a balance is 1900-01-01."
        )
    return day


def refused(field: str, detail: str) -> RefusedError:
    """Return the error of one field."""
    return RefusedError([{"field": field, "detail": detail}])


def _parsed(sent: Mapping[str, object], today: date) -> dict[str, Any]:
    """Return the day in `date` and the cents in `balance`, of those that were sent."""
    parsers: dict[str, Callable[[object], Any]]
    parsers = {"balance": parse_rand, "date": partial(parse_day, today=today)}
    values, errors = {}, []
    for name, parse in parsers.items():
        try:
            if name in sent:
                values[name] = parse(sent[name])
        except ValueError as error:
            errors.append({"field": name, "detail": str(error)})
    if errors:
        raise RefusedError(errors)
    return values


class _Pairs(list[tuple[str, Any]]):
    """The names and values of a JSON object or a form, also those that are there twice."""


def _form() -> _Pairs:
    """Return the fields and files of a form. Its parser takes long over many of them."""
    too_many = BadRequest(f"The form has more than {MAX_FIELDS} fields, or they are too long.")
    data = request.get_data()
    if request.mimetype == FORM and data.count(b"&") >= MAX_FIELDS:
        raise too_many
    try:
        pairs = _Pairs([*request.form.items(multi=True), *request.files.items(multi=True)])
    except RequestEntityTooLarge:
        raise too_many from None
    if data and not pairs:
        raise BadRequest("The form cannot be parsed.")
    return pairs


def _known(pairs: Sequence[tuple[str, Any]], known: Sequence[str], kind: str) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    expected = " and ".join(f"“{name}”" for name in known)
    unknown = [name for name in dict.fromkeys(names) if name not in known]
    errors = [
        {
            "field": name[:MAX_NAME],
            "detail": f"There is no {kind} {quoted(name)} here, only {expected}.",
        }
        for name in unknown[:MAX_LISTED]
    ]
    errors += [
        {"field": name, "detail": f"The {kind} “{name}” is there twice."}
        for name in known
        if names.count(name) > 1
    ]
    if errors:
        raise RefusedError(errors, unlisted=len(unknown[MAX_LISTED:]))
    return dict(pairs)
