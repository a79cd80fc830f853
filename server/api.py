"""The JSON API: a visitor's balance history, read and changed."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4, uuid5

from flask import Blueprint, Response, current_app, jsonify, render_template, request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as BaseResponse

from server import description, history, sent, spreadsheet, visitor
from server.database import Database
from server.errors import RefusedError
from server.exchange import PAIR, Exchange, Rate
from server.history import Entry
from server.money import bitcoin, decimal_string
from server.values import parse_values, today

blueprint = Blueprint("api", __name__, url_prefix="/api")
blueprint.before_request(sent.limit_body)


@blueprint.get("/balances")
def balances() -> BaseResponse:
    """Answer the history; 304 where the visitor has it already."""
    response = answer(own(visitor.account()))
    response.add_etag(weak=True)  # it names the history, compressed or not
    return response.make_conditional(request)


@blueprint.post("/update")
def update() -> Response:
    """Record a balance and answer the history. A repeat of an Idempotency-Key records nothing."""
    account = visitor.account() or visitor.new_account()
    key, present = sent.key(), today()
    if key is None or not history.has(database(), account, key):
        day, cents = parse_values(sent.fields(), present)
        rate = exchange().rate() if day == present else None
        btc_then = bitcoin(cents, rate.price) if rate else None
        entry = Entry(key or str(uuid4()), day, cents, btc_then)
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
    """Record the balances of a CSV file, all or none; with `dry_run=true` only show them.

    A repeat of an Idempotency-Key records nothing: each row's id derives from it.
    """
    dry_run = request.args.get("dry_run", "false")
    if dry_run not in ("true", "false"):
        raise RefusedError([{"field": "dry_run", "detail": "It is either true or false."}])
    try:
        rows = spreadsheet.read(sent.csv_file(), today())
    except ValueError as error:
        raise BadRequest(f"The file is no CSV in UTF-8 ({error}).") from None
    key = UUID(sent.key() or str(uuid4()))
    new = [
        Entry(str(uuid5(key, str(number))), day, cents, None)
        for number, (day, cents) in enumerate(rows)
    ]
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


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Answer the API's description."""
    return Response(description.TEXT, mimetype="application/json")


@blueprint.get("/docs")
def docs() -> str:
    """Answer the same description as a page."""
    root = request.url_root.rstrip("/")
    return render_template("docs.html", api=description.API, root=root, tell=description)


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
    """Answer the whole history: samples first, unless the visitor has started fresh.

    The header Good-Bank-Today says what day it is here, the last that a balance may have.
    """
    present, rate = today(), exchange().rate()
    samples = history.samples(present) if visitor.sees_samples() else []
    balances = [entry_json(entry, rate) for entry in samples + own]
    response = jsonify(balances=balances, rate=rate_json(rate))
    response.headers["Good-Bank-Today"] = present.isoformat()
    return response


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
