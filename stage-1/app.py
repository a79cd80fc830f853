"""Good Bank: a bank balance over time."""

from datetime import date, timedelta
from decimal import Decimal

from flask import Flask, render_template

app = Flask(__name__)

# Simulated balances: how many weeks ago, and how many rand.
WEEKS_AGO = [(6, "8250"), (5, "9480.50"), (4, "7915.25"), (3, "11260"), (2, "12875"), (1, "12340")]
BALANCES = [
    {"date": (date.today() - timedelta(weeks=weeks)).isoformat(), "balance": Decimal(amount)}
    for weeks, amount in WEEKS_AGO
]


@app.get("/")
def index():
    """Show the page."""
    return render_template("index.html", balances=BALANCES)
