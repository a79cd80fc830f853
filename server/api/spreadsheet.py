"""CSV, as spreadsheets read it: a history to take along."""

import csv
import io
from collections.abc import Iterable

from server.api.answers import Balance

COLUMNS = ("date", "balance", "btc", "btc_then", "rate_then")


def write_csv(balances: Iterable[Balance]) -> str:
    """Return balances as CSV: a dot for decimals, empty for null."""
    file = io.StringIO(newline="")
    rows = csv.writer(file)
    rows.writerow(COLUMNS)
    rows.writerows([getattr(balance, name) for name in COLUMNS] for balance in balances)
    return file.getvalue()
