"""Imports: the balances of a file join a history, all or none, and can be taken out again."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import date
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID, uuid4, uuid5

from flask import Blueprint, Response, current_app, request
from sqlalchemy import and_, insert, select, update
from werkzeug.datastructures import FileStorage

from server.api import answers
from server.history.history import (
    LIMIT,
    Entry,
    History,
    HistoryFullError,
    KeyReusedError,
    NoSuchEntryError,
    Stored,
    new_entry,
)
from server.history.tables import entries, imports
from server.rate.exchange import Exchange
from server.statements import Choices, Reading, StatementError
from server.web import inputs, statement_process, visitor
from server.web.errors import RefusedError, problem

blueprint = Blueprint("imports", __name__, url_prefix="/api")

CHOICES = [field.name for field in fields(Choices)]  # how to read the file: options of the call


class Done(NamedTuple):
    """What an import has done, or would do."""

    added: int
    duplicates: int  # left out, since the history has that day with that balance
    entries: Sequence[Entry]  # those that were added just now


@blueprint.post("/import")
def import_statement() -> Response:
    """Record the balances of a statement, all or none; with `dry_run=true` only show them.

    A repeat of an Idempotency-Key records nothing.
    """
    options = dict(inputs.options("dry_run", "duplicates", *CHOICES))
    dry_run = inputs.flag(options, "dry_run")
    if options.get("duplicates", "add") != "add":
        raise inputs.refused("duplicates", "It can only be “add”.")
    context, import_id = answers.current_context(), inputs.idempotency_key() or str(uuid4())
    data = file_sent()
    choices = Choices(**{name: options.get(name) for name in CHOICES})
    reading = statement_process.read(data, choices, context.today, inputs.client_left())
    new = new_entries(reading, import_id, context.today)
    history, add_duplicates = visitor.history(), "duplicates" in options
    if dry_run:
        stored, done = preview(history, new, add_duplicates=add_duplicates)
    else:
        options.pop("dry_run", None)
        digest = sha256(json.dumps(sorted(options.items())).encode() + data).hexdigest()
        done = record(history, import_id, digest, new, add_duplicates=add_duplicates)
        visitor.remember(history)
        stored = history.read()
    told = {"id": None if dry_run else import_id, "added": done.added}
    told |= {"duplicates": done.duplicates} | asdict(reading)
    del told["balances"]
    if inputs.prefers_minimal():
        return answers.minimal(done.entries, context, **{"import": told})
    return answers.whole(stored, context, **{"import": told})


@blueprint.delete("/imports/<uuid:import_id>")
def undo_import(import_id: UUID) -> Response:
    """Delete what an import added, and answer the history."""
    history = visitor.history()
    undo(history, str(import_id))
    visitor.remember(history)
    return answers.whole(history.read(), answers.current_context())


@blueprint.errorhandler(StatementError)
def refuse_statement(error: StatementError) -> Response:
    """Answer what was refused, and the columns, so that the client can choose."""
    refused = RefusedError(error.errors, columns=error.columns)
    refused.code = error.status
    return problem(refused)


def new_entries(reading: Reading, import_id: str, today: date) -> list[Entry]:
    """Return the entries of a reading. Their ids derive from the import's."""
    exchange: Exchange = current_app.extensions["exchange"]
    rates = exchange.rates_on({day for day, _, _ in reading.balances}, today)
    return [
        new_entry(str(uuid5(UUID(import_id), str(number))), day, cents, rate or rates.get(day))
        for number, (day, cents, rate) in enumerate(reading.balances)
    ]


def file_sent() -> bytes:
    """Return the file: the field `file` of a multipart form, else the body of any media type."""
    if request.mimetype != inputs.MULTIPART:
        return request.get_data()
    sent = inputs.fields("file").get("file")
    if not isinstance(sent, FileStorage):
        raise inputs.refused("file", "Send one file in the field “file”.")
    data: bytes = sent.read()
    return data


def record(
    history: History, import_id: str, digest: str, new: Sequence[Entry], *, add_duplicates: bool
) -> Done:
    """Record entries in their order; where this import was carried out before, nothing.

    Raises KeyReusedError where `digest`, which names the file and the options, was another then;
    HistoryFullError, and records nothing, where not all fit.
    """
    with history.database.write() as connection:
        history.lock(connection)
        this = and_(imports.c.account == history.account, imports.c.id == import_id)
        before = connection.execute(select(imports).where(this)).first()
        if before and before.digest != digest:
            raise KeyReusedError("This Idempotency-Key was used for another file or other options.")
        if before:
            return Done(before.added, before.duplicates, [])
        live = and_(entries.c.account == history.account, ~entries.c.deleted)
        rows = connection.execute(select(entries.c.date, entries.c.cents).where(live))
        there = {(row.date.isoformat(), row.cents) for row in rows}
        added = new if add_duplicates else without_duplicates(new, there)
        version, size = history.grow(connection, len(added), len(added))
        if size > LIMIT:
            raise HistoryFullError
        history.insert(connection, added, version - len(added) + 1, import_id)
        done = Done(len(added), len(new) - len(added), added)
        counts: dict[str, object] = {"added": done.added, "duplicates": done.duplicates}
        this_one = {"account": history.account, "id": import_id, "digest": digest}
        connection.execute(insert(imports), this_one | counts)
    return done


def preview(history: History, new: Sequence[Entry], *, add_duplicates: bool) -> tuple[Stored, Done]:
    """Return what `record` would leave and what it would have done; raise what it would."""
    stored = history.read()
    there = {(entry.date, entry.cents) for entry in stored.entries}
    added = new if add_duplicates else without_duplicates(new, there)
    if len(stored.entries) + len(added) > LIMIT:
        raise HistoryFullError
    # Sorting is stable, so among the entries of one day the new ones come last.
    merged = sorted([*stored.entries, *added], key=lambda entry: entry.date)
    return stored._replace(entries=merged), Done(len(added), len(new) - len(added), added)


def without_duplicates(new: Sequence[Entry], there: Collection[tuple[str, int]]) -> Sequence[Entry]:
    """Return the entries whose day and cents are not there yet."""
    return [entry for entry in new if (entry.date, entry.cents) not in there]


def undo(history: History, import_id: str) -> None:
    """Delete what is left of an import. Raises NoSuchEntryError where there was no such import."""
    with history.database.write() as connection:
        history.lock(connection)
        this = and_(imports.c.account == history.account, imports.c.id == import_id)
        if connection.execute(select(imports.c.id).where(this)).first() is None:
            raise NoSuchEntryError("import")
        added = and_(entries.c.account == history.account, entries.c.import_id == import_id)
        live = update(entries).where(added, ~entries.c.deleted)
        history.grow(connection, -connection.execute(live.values(deleted=True)).rowcount)
