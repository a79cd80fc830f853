"""What a request holds: its fields, options, values and keys, read or refused with a reason."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import current_app, g, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.http import parse_list_header

from server.money import parse_rand, quoted, shortened
from server.web.errors import RefusedError, refused
from server.web.limits import MAX_FIELDS

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
FIRST_DAY = date(1900, 1, 1)
UUID_PATTERN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MAX_LISTED = 10  # unknown fields that an answer names


def idempotency_key() -> str | None:
    """Return the Idempotency-Key, in lower case, or None; raise BadRequest if it is no UUID."""
    key = request.headers.get("Idempotency-Key")
    if key is None or UUID_PATTERN.fullmatch(key.lower()):
        return key and key.lower()
    raise BadRequest("The Idempotency-Key is no UUID like 123e4567-e89b-42d3-a456-426614174000.")


def prefers_minimal() -> bool:
    """Tell whether the visitor asks for the least answer (RFC 7240)."""
    return "return=minimal" in parse_list_header(request.headers.get("Prefer", ""))


def today() -> date:
    """Return what day it is in FLASK_TIMEZONE, the same one for the whole of a request."""
    if "today" not in g:
        g.today = datetime.now(ZoneInfo(current_app.config["TIMEZONE"])).date()
    return cast(date, g.today)


def fields(*known: str) -> dict[str, Any]:
    """Return the fields of a JSON object or a form; numbers as the digits that were written.

    Raises BadRequest for what cannot be parsed, UnsupportedMediaType for what is neither, and
    RefusedError for a field that is there twice or is none of the `known` ones.
    """
    if request.is_json:
        pairs = _json()
        if not isinstance(pairs, _Pairs):
            raise refused(known[0], f'Send an object such as {{"{known[0]}": "…"}}.')
    elif request.mimetype in (FORM, MULTIPART):
        pairs = _form()
    else:
        raise UnsupportedMediaType("Send JSON or a form.")
    return _known(pairs, known, "field")


def options(*known: str) -> dict[str, str]:
    """Return the options in the address, after the `?`; raise RefusedError as `fields` does."""
    if request.query_string.count(b"&") >= MAX_FIELDS:
        raise BadRequest(f"The address has more than {MAX_FIELDS} options.")
    return _known([*request.args.items(multi=True)], known, "option")


def flag(values: Mapping[str, object], name: str) -> bool:
    """Return whether an option or a field is true; one that is missing is false."""
    value = values.get(name, False)
    if value not in (True, False, "true", "false"):
        raise refused(name, f"{quoted(value)} is neither true nor false.")
    return value in (True, "true")


def entry_values(today: date, *required: str) -> dict[str, Any]:
    """Return what was sent of an entry, as it has it: the `cents` of its balance, its `date`.

    Raises RefusedError, also where nothing was sent, or not what is `required`.
    """
    parsers: dict[str, tuple[str, Callable[[object], Any]]] = {
        "balance": ("cents", parse_rand),
        "date": ("date", partial(parse_day, today=today)),
    }
    sent = dict.fromkeys(required) | fields(*parsers)
    if not sent:
        raise refused("balance", f"Send what is to change: {' or '.join(parsers)}.")
    values, errors = {}, []
    for name, value in sent.items():
        column, parse = parsers[name]
        try:
            values[column] = parse(value)
        except ValueError as error:
            errors.append({"field": name, "detail": str(error)})
    if errors:
        raise RefusedError(errors)
    return values


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


class _Pairs(list[tuple[str, Any]]):
    """The names and values of a JSON object or a form, also those that are there twice."""


def _json() -> Any:
    """Return what JSON says, an object as _Pairs, a number as the digits that were written."""
    try:
        pairs = json.loads(
            request.get_data().decode("utf-8-sig"),
            parse_float=str,
            parse_int=str,
            parse_constant=str,
            object_pairs_hook=_object,
        )
        json.dumps(pairs, ensure_ascii=False).encode()  # half a character fails
    except (ValueError, RecursionError):
        raise BadRequest("The body is no valid JSON.") from None
    return pairs


def _object(pairs: Sequence[tuple[str, Any]]) -> _Pairs:
    """Return the fields of an object. What is an object itself is only quoted: a dict will do."""
    return _Pairs((name, dict(v) if isinstance(v, _Pairs) else v) for name, v in pairs)


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
    """Return what was sent by its name; raise RefusedError, which names what cannot be."""
    expected = " and ".join(f"“{name}”" for name in known)
    values, errors = dict[str, Any](), {}
    for name, value in pairs:
        if name not in known:
            errors[name] = f"There is no {kind} {quoted(name)} here, only {expected}."
        elif name in values:
            errors[name] = f"The {kind} “{name}” is there twice."
        values[name] = value
    if errors:
        first = list(errors.items())[:MAX_LISTED]
        raise RefusedError([{"field": shortened(name), "detail": detail} for name, detail in first])
    return values
