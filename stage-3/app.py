"""Good Bank: a bank balance over time."""

import re
import secrets
from datetime import date, timedelta
from decimal import Decimal

from flask import Flask, redirect, render_template, request, session, url_for

app = Flask(__name__)
# Signs the session cookie. New at each start, so a restart begins every history afresh.
app.secret_key = secrets.token_hex()

# Simulated: the balance in rand, by how many weeks ago.
WEEKS_AGO = {6: "8250.00", 5: "9480.50", 4: "7915.25", 3: "11260.00", 2: "12875.40", 1: "12340.10"}
BALANCES = [
    {"date": (date.today() - timedelta(weeks=weeks)).isoformat(), "balance": Decimal(amount)}
    for weeks, amount in WEEKS_AGO.items()
]

# What a visitor may enter: 1234.56, -50, or as the page shows it, R 1,234.56 and -R 50.00.
RAND = re.compile(r"-?(R\s?)?([0-9]{1,12}|[0-9]{1,3}(,[0-9]{3}){1,3})(\.[0-9]{1,2})?")
# Flask's session is a cookie, and a browser drops one over 4 KB: this many entries always fit.
MAX_ENTRIES = 50


def history():
    """Return every entry, oldest first: the simulated ones, then the visitor's own."""
    own = session.get("entries", [])
    return BALANCES + [entry | {"balance": Decimal(entry["balance"])} for entry in own]


def record(balance):
    """Append today's balance to the session, or raise ValueError and change nothing."""
    entries = session.get("entries", [])
    if not RAND.fullmatch(balance):
        raise ValueError("Enter an amount of rand, at most 12 digits and 2 decimals, like 1234.56.")
    if len(entries) == MAX_ENTRIES:
        raise ValueError(f"Your session is full: it holds {MAX_ENTRIES} balances.")
    amount = Decimal(re.sub(r"[R\s,]", "", balance))
    # A session holds text, not decimals; the z keeps -0 from becoming -0.00.
    session["entries"] = entries + [{"date": date.today().isoformat(), "balance": f"{amount:z.2f}"}]


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
