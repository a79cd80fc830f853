"""The API's imports: the balances of a file join a history, and can be taken out again."""

import json
from dataclasses import fields
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, current_app, jsonify, request
from werkzeug.datastructures import FileStorage

from server.api import describe
from server.history import imports
from server.history.history import LIMIT, new_entry
from server.history.imports import Conflict, Outcome, Statement
from server.history.tables import Entry
from server.money import rand
from server.statements import Choices, Reading, StatementError
from server.web import inputs, services, statement_process, visitor
from server.web.errors import RefusedError, problem, refused
from server.web.limits import CLIENT_LEFT

blueprint = Blueprint("imports", __name__, url_prefix="/api")

TOLD = [  # of a reading
    *("kind", "columns", "date_column", "date_order", "balance_column", "decimal", "each", "rows"),
    *("account", "accounts", "skipped", "doubts", "doubt_lines", "doubt_choices"),
]
CHOICES = [field.name for field in fields(Choices)]  # how to read the file: options of the call


@blueprint.post("/import")
def import_statement() -> Response:
    """Record the balances of a statement, all or none; with `dry_run=true` only show them."""
    options = dict(inputs.options("dry_run", "duplicates", "conflicts", *CHOICES))
    dry_run = inputs.flag(options, "dry_run")
    options.pop("dry_run", None)
    add_duplicates = has_option(options, "duplicates", "add")
    keep_conflicts = has_option(options, "conflicts", "keep")
    context, key = describe.current_context(), inputs.idempotency_key() or str(uuid4())
    history = visitor.history()  # before what takes long, so that a start fresh is noticed
    data = file_sent()
    choices = Choices(**{name: options.get(name) for name in CHOICES})
    reading = statement_process.read(
        data,
        choices,
        context.today,
        current_app.config["TIMEZONE"],
        request.environ.get(CLIENT_LEFT, lambda: False),
    )
    if len(reading.balances) > LIMIT:
        detail = f"The file has {len(reading.balances)} balances; a history holds {LIMIT}."
        raise StatementError([{"field": "file", "detail": detail}], reading.columns, 409)
    statement = Statement(
        new=new_entries(reading, context.today),
        rows_of=reading.day_balances,
        every_row=reading.each == "row",
        add_duplicates=add_duplicates,
        keep_conflicts=keep_conflicts,
    )
    if dry_run:
        import_id = None
        stored, outcome = imports.preview(history, statement)
    else:
        digest = sha256(json.dumps(sorted(options.items())).encode() + data).hexdigest()
        import_id, outcome = imports.record(
            history, key, digest, reading.kind, context.today, statement
        )
        visitor.remember(history)
        stored = history.read()
    told = tell(import_id, reading, outcome, settled=keep_conflicts)
    if dry_run:
        told["lines"] = lines(reading, statement, outcome)
    if inputs.prefers_minimal():
        return describe.minimal(outcome.entries, context, **{"import": told})
    return describe.whole(stored, context, **{"import": told})


@blueprint.get("/imports")
def list_imports() -> Response:
    """Answer which imports can be taken back, the newest first."""
    rows = imports.listed(visitor.history())
    return jsonify(imports=[row._asdict() for row in rows])  # msgspec writes dates as ISO


@blueprint.delete("/imports/<uuid:import_id>")
def undo_import(import_id: UUID) -> Response:
    """Take out what an import added and nobody changed since, and answer the history."""
    history = visitor.history()
    imports.undo(history, str(import_id))
    return describe.changed(history)


@blueprint.errorhandler(StatementError)
def refuse_statement(error: StatementError) -> Response:
    """Answer what was refused, and the columns and accounts, so that the client can choose."""
    more: dict[str, Any] = {"columns": error.columns}
    if error.accounts:
        more["accounts"] = error.accounts
    refusal = RefusedError(error.errors, **more)
    refusal.code = error.status
    return problem(refusal)


def has_option(options: dict[str, str], name: str, value: str) -> bool:
    """Return whether an option is there, which can have one value only."""
    if options.get(name, value) != value:
        raise refused(name, f"It can only be “{value}”.")
    return name in options


def new_entries(reading: Reading, today: date) -> list[Entry]:
    """Return the entries of a reading, with the rates of their days."""
    rates = services.exchange().rates_on({found.day for found in reading.balances}, today)
    return [
        new_entry(str(uuid4()), found.day, found.cents, found.rate or rates.get(found.day))
        for found in reading.balances
    ]


def tell(
    import_id: str | None, reading: Reading, outcome: Outcome, *, settled: bool
) -> dict[str, object]:
    """Describe how a file was read and what became of it; `settled` are the conflicts."""
    told = {name: getattr(reading, name) for name in TOLD}
    doubtful = [conflict for conflict in outcome.conflicts if not conflict.expected]
    if doubtful and not settled:
        days = {conflict.date for conflict in doubtful}
        doubtful_lines = [
            source.line
            for balance, source in zip(reading.balances, reading.sources, strict=True)
            if balance.day.isoformat() in days
        ]
        told["doubts"] = [*reading.doubts, conflict_doubt(doubtful)]
        told["doubt_choices"] = [*reading.doubt_choices, "conflicts"]
        told["doubt_lines"] = [*reading.doubt_lines, doubtful_lines]
    conflicts = [
        {"date": day, "there": rand(there), "file": rand(file)}
        for day, there, file, _ in outcome.conflicts
    ]
    counts = {"added": outcome.added, "duplicates": outcome.duplicates, "conflicts": conflicts}
    return {"id": import_id} | told | counts


def lines(reading: Reading, statement: Statement, outcome: Outcome) -> list[dict[str, object]]:
    """Describe each balance, where it stands in the file, and what becomes of it: its `state`."""
    added = {entry.id for entry in outcome.entries}
    there = {conflict.date: conflict.there for conflict in outcome.conflicts}

    def state(entry: Entry) -> str:
        if there.get(entry.date, entry.cents) != entry.cents:
            return "differs"
        return "add" if entry.id in added else "there"

    return [
        {
            "line": source.line,
            "file_date": source.date,
            "file_balance": source.balance,
            "date": entry.date,
            "balance": rand(entry.cents),
            "state": state(entry),
        }
        for entry, source in zip(statement.new, reading.sources, strict=True)
    ]


def conflict_doubt(conflicts: list[Conflict]) -> str:
    """Say that days have another balance already, with the last of them."""
    days = f"{len(conflicts)} days end" if len(conflicts) > 1 else "1 day ends"
    day, there, file, _ = conflicts[-1]
    return (
        f"{days} with another balance in your history, such as {day} with {rand(there)} instead"
        f" of {rand(file)}: is this an older download, or another account?"
    )


def file_sent() -> bytes:
    """Return the file: the field `file` of a multipart form, else the body of any media type."""
    if request.mimetype != inputs.MULTIPART:
        return request.get_data()
    sent = inputs.fields("file").get("file")
    if not isinstance(sent, FileStorage):
        raise refused("file", "Send one file in the field “file”.")
    data: bytes = sent.read()
    return data
