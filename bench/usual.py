"""The same job as the docs of Flask and Flask-SQLAlchemy teach it, to hold the product against.

A model, the visitor in Flask's session, `jsonify` of the rows. The price is a constant, so that
nobody waits for an exchange.
"""

import os
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from flask import Flask, Response, jsonify, request, session
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

PRICE = Decimal(1_000_000)  # rand for one bitcoin


class Base(DeclarativeBase):
    """The base of the models."""


db = SQLAlchemy(model_class=Base)


class Balance(db.Model):  # type: ignore[misc, name-defined]
    """The balance of a visitor on a day."""

    id: Mapped[int] = mapped_column(primary_key=True)
    visitor: Mapped[str] = mapped_column(index=True)
    day: Mapped[date]
    cents: Mapped[int]

    def as_json(self) -> dict[str, Any]:
        """Return what the API answers of it."""
        rand = Decimal(self.cents) / 100
        btc = f"{rand / PRICE:.8f}"
        return {
            "id": str(self.id),
            "date": self.day.isoformat(),
            "balance": f"{rand:.2f}",
            "btc": btc,
            "btc_then": btc,
            "rate_then": f"{PRICE:.2f}",
            "sample": False,
        }


def create_app() -> Flask:
    """Build the application on the database that USUAL_URL names."""
    app = Flask("usual")
    app.secret_key = "bench"  # noqa: S105
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["USUAL_URL"]
    db.init_app(app)
    with app.app_context():
        db.create_all()

    @app.get("/api/balances")
    def balances() -> Response:
        own = db.select(Balance).filter_by(visitor=session.get("visitor"))
        rows = db.session.scalars(own.order_by(Balance.day, Balance.id))
        rate = {"pair": "XBTZAR", "price": f"{PRICE:.2f}", "as_of": "", "stale": False}
        return jsonify(balances=[row.as_json() for row in rows], rate=rate)

    @app.post("/api/update")
    def update() -> Response:
        visitor = session.setdefault("visitor", str(uuid4()))
        sent = request.get_json()
        day = date.fromisoformat(sent["date"]) if "date" in sent else date.today()
        cents = int(Decimal(sent["balance"]) * 100)
        db.session.add(Balance(visitor=visitor, day=day, cents=cents))
        db.session.commit()
        return balances()

    return app


def seed(balances: Iterable[tuple[date, str]]) -> str:
    """Insert the balances of a new visitor; return the visitor's cookie."""
    app, visitor = create_app(), str(uuid4())
    with app.app_context():
        for day, balance in balances:
            cents = int(Decimal(balance) * 100)
            db.session.add(Balance(visitor=visitor, day=day, cents=cents))
        db.session.commit()
        db.engine.dispose()
    with app.test_request_context() as context:
        session["visitor"] = visitor
        response = app.make_response("")
        app.session_interface.save_session(app, context.session, response)
    return response.headers["Set-Cookie"].partition(";")[0]
