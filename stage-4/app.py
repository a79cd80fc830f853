"""Good Bank: a bank balance over time."""

import os
import re
import secrets
from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Thread

import requests
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

LUNO_URL = os.environ.get("LUNO_URL", "https://api.mybitx.com/api/1/ticker?pair=XBTZAR")


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


def ask_luno(prices):
    """Append Luno's last trade, in rand for one bitcoin, if its answer is any good."""
    try:
        answer = requests.get(LUNO_URL, timeout=4)
        answer.raise_for_status()
        price = Decimal(str(answer.json(parse_float=Decimal)["last_trade"]))
        if Decimal("0.01") <= price < 10**12:  # beyond these, 8 decimals say nothing
            prices.append(price)
    except Exception as error:  # Whatever the exchange does, the page still comes.
        app.logger.warning("No price from %s: %r", LUNO_URL, error)


def bitcoin_price():
    """Return Luno's price, or None if there is none within six seconds."""
    prices = []
    # A timeout bounds each wait for bytes, not their sum: so a thread, which is not waited for.
    asking = Thread(target=ask_luno, args=[prices], daemon=True)
    asking.start()
    asking.join(timeout=6)
    return prices[0] if prices else None


def with_bitcoin(entry, price):
    """Return the entry with its value in bitcoin, to 8 decimals; None without a price."""
    return entry | {"btc": f"{Decimal(entry['balance']) / price:.8f}" if price else None}


def balances():
    """Return the full history, each entry with its bitcoin value, and the price behind it."""
    price = bitcoin_price()
    return {"balances": [with_bitcoin(entry, price) for entry in history()], "price": price}


@app.get("/")
def index():
    """Show the page."""
    return render_template("index.html", **balances())


@app.post("/")
def update():
    """Record the balance that was sent."""
    try:
        record(request.form.get("balance", "").strip())
    except ValueError as error:
        return render_template("index.html", **balances(), error=error), 422
    return redirect(url_for("index"))  # so that a reload records nothing twice
