"""Good Bank: a bank balance over time."""

from flask import Flask, render_template

app = Flask(__name__)

# Simulated: what the account held at the end of each month, in rand.
BALANCES = [
    {"date": "2026-05-31", "balance": "8250.00"},
    {"date": "2026-06-30", "balance": "9480.50"},
    {"date": "2026-07-31", "balance": "7915.25"},
    {"date": "2026-08-31", "balance": "11260.00"},
    {"date": "2026-09-30", "balance": "12875.40"},
    {"date": "2026-10-31", "balance": "12340.10"},
]


@app.get("/")
def index():
    """Show the page."""
    return render_template("index.html", balances=BALANCES)
