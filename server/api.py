"""The JSON API: a visitor's balance history, read and changed."""

from collections.abc import Callable, Sequence
from uuid import UUID, uuid4, uuid5

from flask import Blueprint, Response, current_app, jsonify, render_template, request
from werkzeug.exceptions import BadRequest

from server import description, history, sent, spreadsheet, visitor
from server.balances import Present, describe, etag, present
from server.database import Database
from server.errors import RefusedError
from server.history import Entry, History
from server.money import converter
from server.values import parse_values, today

blueprint = Blueprint("api", __name__, url_prefix="/api")
blueprint.before_request(sent.limit_body)


@blueprint.after_request
def tell_today(response: Response) -> Response:
    """Say in a header what day it is here, the last that a balance may have."""
    response.headers["Good-Bank-Today"] = today().isoformat()
    return response


@blueprint.get("/balances")
def balances() -> Response:
    """Answer the history; 304 where the visitor has it already."""
    account, now = visitor.account(), present()
    if request.if_none_match:
        version = history.version(database(), account) if account else None
        if request.if_none_match.contains_weak(etag(version, now)):
            return tagged(Response(status=304), version, now)
    version, entries = own(account)
    return tagged(answer(entries, now), version, now)


@blueprint.post("/update")
def update() -> Response:
    """Record a balance and answer the history. A repeat of an Idempotency-Key records nothing."""
    account = visitor.account() or visitor.new_account()
    key, now = sent.key(), present()
    entry_id = key or str(uuid4())
    if key is None or not history.has(database(), account, key):  # a repeat may hold anything
        day, cents = parse_values(sent.fields(), now.today)
        btc_then = converter(now.price)(cents) if now.price and day == now.today else None
        history.append(database(), account, [(entry_id, day.isoformat(), cents, btc_then)])
    visitor.remember(account)
    if sent.minimal():
        return partial_answer(history.find(database(), account, entry_id), now)
    return answer(own(account).entries, now)


@blueprint.delete("/balances")
def start_fresh() -> Response:
    """Delete all that is stored of the visitor, show no more samples, answer the empty history."""
    account = visitor.account() or visitor.new_account()
    history.clear(database(), account)
    visitor.remember(account)
    visitor.start_fresh()
    return answer([], present())


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
    entries = describe(own(visitor.account()).entries, present().price)
    text = spreadsheet.write((e.date, e.balance, e.btc, e.btc_then) for e in entries)
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
    now = present()
    try:
        rows = spreadsheet.read(sent.csv_file(), now.today)
    except ValueError as error:
        raise BadRequest(f"The file is no CSV in UTF-8 ({error}).") from None
    key = UUID(sent.key() or str(uuid4()))
    new = [
        (str(uuid5(key, str(number))), day.isoformat(), cents, None)
        for number, (day, cents) in enumerate(rows)
    ]
    account = visitor.account() or visitor.new_account()
    if dry_run == "true":
        entries = history.preview(database(), account, new)
    else:
        history.append(database(), account, new)
        visitor.remember(account)
        entries = own(account).entries
    return partial_answer(new, now) if sent.minimal() else answer(entries, now)


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


def change(action: Callable[[Database, str, str], None], entry_id: UUID) -> Response:
    """Remove or restore an entry of the visitor's and answer the history; 404 if there is none."""
    account = visitor.account()
    if account is None:
        raise history.missing()
    action(database(), account, str(entry_id))
    visitor.remember(account)
    return answer(own(account).entries, present())


def own(account: str | None) -> History:
    """Return the account's history, an empty one for a visitor without an account."""
    return history.read(database(), account) if account else History(None, [])


def answer(entries: Sequence[Entry], now: Present) -> Response:
    """Answer the whole history: samples first, unless the visitor has started fresh."""
    samples = history.samples(now.today) if now.samples else []
    balances = describe(samples, now.price, sample=True) + describe(entries, now.price)
    return jsonify(balances=balances, rate=now.rate)


def partial_answer(entries: Sequence[Entry], now: Present) -> Response:
    """Answer new entries alone, for a client that has the others or will look for them."""
    response = jsonify(balances=describe(entries, now.price), rate=now.rate)
    response.headers["Preference-Applied"] = "return=minimal"
    return response


def tagged(response: Response, version: int | None, now: Present) -> Response:
    """Name what is answered."""
    response.headers["ETag"] = f'W/"{etag(version, now)}"'
    return response
