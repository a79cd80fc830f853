"""The JSON API: a visitor's balance history, read and changed."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, current_app, jsonify, request
from werkzeug.exceptions import (
    BadRequest,
    NotFound,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)
from werkzeug.wrappers import Response as BaseResponse

from server import history, spreadsheet, visitor
from server.database import Database
from server.dates import parse_day, today
from server.errors import RefusedError
from server.exchange import PAIR, Exchange, Rate
from server.history import Entry
from server.money import bitcoin, decimal_string, parse_rand
from server.settings import MAX_BODY

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

blueprint = Blueprint("api", __name__, url_prefix="/api")


@blueprint.get("/balances")
def balances() -> BaseResponse:
    """Answer the history; 304 where the visitor has it already."""
    response = answer(own(visitor.account()))
    response.add_etag()
    return response.make_conditional(request)


@blueprint.post("/update")
def update() -> Response:
    """Record a balance and answer the history. A repeat of an Idempotency-Key records nothing."""
    entry = sent_entry()
    account = visitor.account() or visitor.new_account()
    history.append(database(), account, entry)
    visitor.remember(account)
    return answer(own(account))


@blueprint.delete("/balances")
def start_fresh() -> Response:
    """Delete all that is stored of the visitor, show no more samples, answer the empty history."""
    account = visitor.account() or visitor.new_account()
    history.clear(database(), account)
    visitor.remember(account)
    visitor.start_fresh()
    return answer(own(account))


@blueprint.delete("/balances/<uuid:entry_id>")
def delete(entry_id: UUID) -> Response:
    """Delete an entry, which `restore` can bring back, and answer the history."""
    return change(history.remove, entry_id)


@blueprint.post("/balances/<uuid:entry_id>/restore")
def restore(entry_id: UUID) -> Response:
    """Bring a deleted entry back as it was, and answer the history."""
    return change(history.restore, entry_id)


@blueprint.get("/balances.csv")
def export() -> Response:
    """Answer the visitor's own entries as a CSV file."""
    rate = exchange().rate()
    text = spreadsheet.write(entry_json(entry, rate) for entry in own(visitor.account()))
    disposition = {"Content-Disposition": 'attachment; filename="good-bank.csv"'}
    return Response(text, mimetype="text/csv", headers=disposition)


@blueprint.post("/import")
def import_csv() -> Response:
    """Record the balances of a CSV file, all or none; with `dry_run=true` only show them."""
    dry_run = request.args.get("dry_run", "false")
    if dry_run not in ("true", "false"):
        raise RefusedError([{"field": "dry_run", "detail": "It is either true or false."}])
    try:
        rows = spreadsheet.read(sent_csv(), today())
    except ValueError as error:
        raise BadRequest(f"The file is no CSV in UTF-8 ({error}).") from None
    new = [Entry(str(uuid4()), day, cents, None) for day, cents in rows]
    account = visitor.account() or visitor.new_account()
    entries = history.extend(database(), account, new, keep=dry_run == "false")
    if dry_run == "false":
        visitor.remember(account)
    return answer(entries)


@blueprint.get("/health")
def health() -> Response:
    """Answer 200 when the database answers; the database's error makes it 503."""
    database().ping()
    return jsonify(status="ok")


@blueprint.before_request
def limit_body() -> None:
    """Refuse a chunked body that is too large. Werkzeug would cut it at the limit, silently."""
    if request.content_length is None:
        request.max_content_length = MAX_BODY + 1
        if len(request.get_data()) > MAX_BODY:
            raise RequestEntityTooLarge


def database() -> Database:
    """Return the application's database."""
    result: Database = current_app.extensions["database"]
    return result


def exchange() -> Exchange:
    """Return the application's exchange."""
    result: Exchange = current_app.extensions["exchange"]
    return result


def change(action: Callable[[Database, str, str], bool], entry_id: UUID) -> Response:
    """Remove or restore an entry of the visitor's and answer the history; 404 if there is none."""
    account = visitor.account()
    if account is None or not action(database(), account, str(entry_id)):
        raise NotFound("Your history has no such entry.")
    visitor.remember(account)
    return answer(own(account))


def own(account: str | None) -> list[Entry]:
    """Return the account's entries, none for a visitor without one."""
    return history.read(database(), account) if account else []


def answer(own: list[Entry]) -> Response:
    """Answer the whole history: samples first, unless the visitor has started fresh."""
    samples = history.samples(today()) if visitor.sees_samples() else []
    rate = exchange().rate()
    balances = [entry_json(entry, rate) for entry in samples + own]
    return jsonify(balances=balances, rate=rate_json(rate))


def entry_json(entry: Entry, rate: Rate | None) -> dict[str, Any]:
    """Describe an entry, in rand and at the present rate."""
    return {
        "id": entry.id,
        "date": entry.date.isoformat(),
        "balance": decimal_string(entry.cents, 2),
        "btc": bitcoin(entry.cents, rate.price) if rate else None,
        "btc_then": entry.btc_then,
        "sample": entry.id is None,
    }


def rate_json(rate: Rate | None) -> dict[str, Any] | None:
    """Describe the rate, or None while there has never been one."""
    if rate is None:
        return None
    return {
        "pair": PAIR,
        "price": f"{rate.price:f}",
        "as_of": rate.as_of.isoformat(),
        "stale": exchange().is_stale(rate),
    }


def sent_entry() -> Entry:
    """Return the entry that the request asks to record.

    Raises 400 or 415 for a body or key that cannot be read, RefusedError for a bad value.
    """
    entry_id, fields, now = sent_key() or str(uuid4()), sent_fields(), today()
    errors = []
    try:
        cents = parse_rand(fields.get("balance"))
    except ValueError as error:
        errors.append({"field": "balance", "detail": str(error)})
    try:
        day = parse_day(fields["date"], now) if "date" in fields else now
    except ValueError as error:
        errors.append({"field": "date", "detail": str(error)})
    if errors:
        raise RefusedError(errors)
    rate = exchange().rate() if day == now else None
    return Entry(entry_id, day, cents, bitcoin(cents, rate.price) if rate else None)


def sent_key() -> str | None:
    """Return the request's Idempotency-Key, in lower case; None where it has none."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    try:
        if str(UUID(key)) == key.lower():
            return key.lower()
    except ValueError:
        pass
    raise BadRequest("The Idempotency-Key is no UUID like 123e4567-e89b-42d3-a456-426614174000.")


def sent_fields() -> Mapping[str, object]:
    """Return the fields of the JSON object or form that was sent; numbers as they were written."""
    if request.is_json:
        try:
            sent = current_app.json.loads(
                request.get_data(), parse_float=str, parse_int=str, parse_constant=str
            )
        except (ValueError, RecursionError):
            raise BadRequest("The body is no valid JSON.") from None
        if not isinstance(sent, dict):
            detail = 'Send an object such as {"balance": "1234.56"}.'
            raise RefusedError([{"field": "balance", "detail": detail}])
        return sent
    if request.mimetype in FORMS:
        if request.get_data() and not request.form and not request.files:
            raise BadRequest("The form cannot be parsed.")
        return request.form
    raise UnsupportedMediaType("Send JSON or a form.")


def sent_csv() -> bytes:
    """Return the CSV that was sent, as the body or as the form's field `file`."""
    if request.mimetype == "text/csv":
        return request.get_data()
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType("Send CSV as text/csv or in the file field of a form.")
    if "file" not in request.files:
        detail = "Send the CSV file in the field “file”."
        raise RefusedError([{"field": "file", "detail": detail}])
    data: bytes = request.files["file"].read()
    return data
