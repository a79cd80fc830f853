"""Good Bank: a bank balance over time."""

import os
import re
import secrets
from datetime import date, timedelta
from decimal import Decimal

import requests
from flask import Flask, render_template, request, session

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

LUNO_URL = os.environ.get("LUNO_URL", "https://api.mybitx.com/api/1/ticker?pair=XBTZAR")


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


def bitcoin_price():
    """Return the price of one bitcoin in rand, Luno's last trade, or None without a good answer."""
    try:
        # This bounds each wait for bytes. The product also bounds an answer that trickles in.
        answer = requests.get(LUNO_URL, timeout=4)
        answer.raise_for_status()
        price = Decimal(str(answer.json()["last_trade"]))
        return price if 1 <= price < 10**12 else None
    except (requests.RequestException, KeyError, TypeError, ArithmeticError) as error:
        app.logger.warning("No price from %s: %r", LUNO_URL, error)
        return None


@app.get("/api/balances")
def balances():
    """Return the history, each entry with its value in bitcoin, and the price behind it."""
    price = bitcoin_price()
    entries = [
        entry | {"btc": f"{entry['balance'] / price:z.8f}" if price else None}
        for entry in history()
    ]
    return {"balances": entries, "price": price}


@app.get("/")
def index():
    """Show the page."""
    return render_template("index.html")


@app.post("/api/update")
def update():
    """Record the balance that was sent."""
    try:
        record(request.form.get("balance", "").strip())
    except ValueError as error:
        return {"error": str(error)}, 422
    return balances()
