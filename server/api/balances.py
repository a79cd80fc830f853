"""The API's balances: a visitor's history, read and changed."""

from uuid import UUID, uuid4

from flask import Blueprint, Response, g, jsonify, request

from server.api import describe, spreadsheet
from server.history.history import new_entry
from server.web import inputs, services, visitor
from server.web.responses import WORKBOOK

blueprint = Blueprint("balances", __name__, url_prefix="/api")


@blueprint.get("/balances")
def balances() -> Response:
    """Answer the history; 304 where the visitor has it already.

    Who has all but the present rate, and prefers the least answer, is sent the rate alone.
    """
    history, context = visitor.history(), describe.current_context()
    if request.if_none_match:
        version = history.version()
        etag = describe.etag(visitor.public_name(history), version, context)
        if request.if_none_match.contains_weak(etag):
            return describe.with_etag(Response(status=304), etag)
        known = request.if_none_match.as_set(include_weak=True)
        if inputs.prefers_minimal() and any(describe.same_balances(etag, tag) for tag in known):
            return describe.with_etag(describe.minimal([], context), etag)
    stored = history.read()
    version = (stored.version, stored.samples)
    etag = describe.etag(visitor.public_name(history), version, context)
    return describe.with_etag(describe.whole(stored, context), etag)


@blueprint.post("/update")
def update() -> Response:
    """Record a balance and answer the history. A repeat of an Idempotency-Key records nothing."""
    context, key = describe.current_context(), inputs.idempotency_key()
    sent = inputs.entry_values(context.today, "balance")
    day = sent.get("date", context.today)
    rate = services.exchange().rates_on([day], context.today).get(day)
    entry = new_entry(key or str(uuid4()), day, sent["cents"], rate)
    history = visitor.history()
    repeated = history.append(entry, dated="date" in sent)
    visitor.remember(history)
    if not inputs.prefers_minimal():
        return describe.whole(history.read(), context)
    new = [e for e in history.read().entries if e.id == repeated] if repeated else [entry]
    return describe.minimal(new, context)


@blueprint.patch("/balances/<uuid:entry_id>")
def change(entry_id: UUID) -> Response:
    """Give an entry another balance, another date or both, and answer the history."""
    today = inputs.today()
    new = inputs.entry_values(today)
    day = new.get("date")
    rate = services.exchange().rates_on([day], today).get(day) if day else None
    history = visitor.history()
    history.change(str(entry_id), new, rate)
    return describe.changed(history)


@blueprint.delete("/balances/<uuid:entry_id>")
def delete(entry_id: UUID) -> Response:
    """Delete an entry, which `restore` can bring back, and answer the history."""
    history = visitor.history()
    history.remove(str(entry_id))
    return describe.changed(history)


@blueprint.post("/balances/<uuid:entry_id>/restore")
def restore(entry_id: UUID) -> Response:
    """Bring a deleted entry back as it was, and answer the history."""
    history = visitor.history()
    history.restore(str(entry_id))
    return describe.changed(history)


@blueprint.delete("/samples")
def remove_samples() -> Response:
    """Show the samples no more, and answer the history."""
    history = visitor.history()
    history.set_samples(False)
    return describe.changed(history)


@blueprint.post("/samples")
def show_samples() -> Response:
    """Show the samples again, unless the visitor has started fresh, and answer the history."""
    history = visitor.history()
    history.set_samples(True)
    return describe.changed(history)


@blueprint.delete("/balances")
def start_fresh() -> Response:
    """Delete all that is stored of the visitor; answer an empty history under a new name.

    So what is recorded from now on is not for who has a copy of the old cookie.
    """
    history = visitor.history()
    if not g.history_is_new:
        history.clear()
    history = visitor.open_history(str(uuid4()), samples=False)
    visitor.remember(history, fresh=True)
    return describe.whole(history.read(), describe.current_context())


@blueprint.get("/balances.csv")
def export_csv() -> Response:
    """Answer the visitor's own entries as a CSV file."""
    return download(spreadsheet.write_csv(own_balances()), "good-bank.csv", "text/csv")


@blueprint.get("/balances.xlsx")
def export_workbook() -> Response:
    """Answer the visitor's own entries as a workbook."""
    return download(spreadsheet.write_workbook(own_balances()), "good-bank.xlsx", WORKBOOK)


@blueprint.get("/health")
def health() -> Response:
    """Answer 200 when the database answers; the database's error makes it 503."""
    services.database().ping()
    return jsonify(status="ok")


def own_balances() -> list[describe.Balance]:
    """Return the visitor's own entries at the present rate."""
    price = describe.current_context().price
    return describe.entries_at(visitor.history().read().entries, price)


def download(data: str | bytes, name: str, kind: str) -> Response:
    """Answer a file."""
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, mimetype=kind, headers=disposition)
