"""Good Bank: a bank balance over time."""

import os
import re
from datetime import date, timedelta
from decimal import Decimal

import requests
from flask import Flask, render_template, request, session

app = Flask(__name__)
# Signs the session cookie. Without a key in the environment, a restart forgets every session.
app.secret_key = os.environ.get("FLASK_SECRET_KEY") or os.urandom(32)

# Simulated balances: how many weeks ago, and how many rand.
WEEKS_AGO = [(6, "8250"), (5, "9480.50"), (4, "7915.25"), (3, "11260"), (2, "12875"), (1, "12340")]
BALANCES = [
    {"date": (date.today() - timedelta(weeks=weeks)).isoformat(), "balance": Decimal(amount)}
    for weeks, amount in WEEKS_AGO
]

LUNO_URL = os.environ.get("LUNO_URL", "https://api.mybitx.com/api/1/ticker?pair=XBTZAR")


def bitcoin_price():
    """Return the price of one bitcoin in rand, Luno's last trade, or None without a good answer."""
    try:
        answer = requests.get(LUNO_URL, timeout=4)
        answer.raise_for_status()
        # Infinity and 1e400 cannot be rounded to the cent, so they are refused as well.
        price = round(Decimal(str(answer.json()["last_trade"])), 2)
        return price if price > 0 else None
    except (requests.RequestException, ArithmeticError, KeyError, TypeError, ValueError) as error:
        app.logger.warning("No price from %s: %r", LUNO_URL, error)
        return None


@app.get("/api/balances")
def history():
    """Return what the page shows: the simulated entries, then the visitor's own."""
    own = [entry | {"balance": Decimal(entry["balance"])} for entry in session.get("entries", [])]
    price = bitcoin_price()
    balances = [
        entry | {"btc": f"{entry['balance'] / price:z.8f}" if price else None}
        for entry in BALANCES + own
    ]
    return {"balances": balances, "price": price}


@app.get("/")
def index():
    """Show the page."""
    return render_template("index.html")


@app.post("/api/update")
def update():
    """Record the balance that was sent."""
    balance = request.form.get("balance", "").strip()
    entries = session.get("entries", [])
    if not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,2})?", balance):
        error = "Enter an amount of rand like 1234.56 or -50: up to 12 digits, a point, 2 decimals."
    elif len(entries) == 50:  # well within the 4 KB that a cookie can hold
        error = "Your session is full: it holds 50 balances."
    else:
        amount = f"{Decimal(balance):z.2f}"  # the z keeps -0 from becoming -0.00
        session["entries"] = entries + [{"date": date.today().isoformat(), "balance": amount}]
        return history()
    return {"error": error}, 422
