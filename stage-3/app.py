"""Good Bank: a bank balance over time."""

import re
import secrets
from datetime import date
from decimal import Decimal
from pathlib import Path

from flask import Flask, redirect, render_template, request, session, url_for

app = Flask(__name__)
# Signs the session cookie. New at each start, so a restart begins every history afresh.
app.secret_key = secrets.token_hex()
# Browsers send a cookie to every port of a host: its own name keeps each stage's apart.
app.config["SESSION_COOKIE_NAME"] = Path(__file__).parent.name

# Simulated: what the account held at the end of each month, in rand.
BALANCES = [
    {"date": "2026-05-31", "balance": "8250.00"},
    {"date": "2026-06-30", "balance": "9480.50"},
    {"date": "2026-07-31", "balance": "7915.25"},
    {"date": "2026-08-31", "balance": "11260.00"},
    {"date": "2026-09-30", "balance": "12875.40"},
    {"date": "2026-10-31", "balance": "12340.10"},
]

# An amount of rand: at most 12 digits and, after a point, at most 2 decimals.
RAND = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,2})?")
# Flask's session is a cookie, and browsers drop one over 4 KB without a word.
COOKIE_LIMIT = 4000


def history():
    """Return every entry, oldest first: the simulated ones, then the visitor's own."""
    return BALANCES + session.get("entries", [])


def fits(entries):
    """Tell whether the session's cookie could hold these entries."""
    serializer = app.session_interface.get_signing_serializer(app)
    return len(serializer.dumps({"entries": entries})) <= COOKIE_LIMIT


def record(balance):
    """Append today's balance to the session, or raise ValueError and change nothing."""
    if not RAND.fullmatch(balance):
        raise ValueError("Enter an amount of rand with at most two decimals, such as 1234.56.")
    entry = {"date": date.today().isoformat(), "balance": f"{Decimal(balance) + 0:.2f}"}
    entries = session.get("entries", []) + [entry]
    if not fits(entries):
        raise ValueError("Your session is full: it has no room for another balance.")
    session["entries"] = entries


@app.get("/")
def index():
    """Show the page."""
    return render_template("index.html", balances=history())


@app.post("/")
def update():
    """Record the balance that was sent."""
    try:
        record(request.form.get("balance", "").strip())
    except ValueError as error:
        return render_template("index.html", balances=history(), error=error), 422
    return redirect(url_for("index"))  # so that a reload records nothing twice
