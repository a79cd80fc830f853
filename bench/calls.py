"""The API in one process, beside a bare Flask view: what a call costs, without a network."""

import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient

from bench.bare import create_app as create_bare
from server import create_app
from server.history.history import History, new_entry

Table = dict[str, list[str]]

DAY = date(2026, 1, 1)
COOKIE = "good_bank"
MOST = 10_000  # entries that a history can hold
ROOM = 1000  # entries that are recorded on top, at most
AT_LEAST = 0.02  # seconds that a turn takes, so that the clock's grain does not matter


def balances(size: int) -> list[tuple[date, str]]:
    """Return so many days, the last one DAY, each with a balance."""
    days = (DAY - timedelta(days=size - 1 - number) for number in range(size))
    return [(day, f"{10_000 + number * 7 % 5_000}.25") for number, day in enumerate(days)]


def csv(size: int) -> str:
    """Return a file of so many balances."""
    return "date,balance\n" + "".join(f"{day},{balance}\n" for day, balance in balances(size))


def visitor(app: Flask, size: int) -> FlaskClient:
    """Return a visitor who has so many entries and no samples."""
    client = app.test_client()
    client.delete("/api/balances")
    answer = client.post("/api/import", data=csv(size), content_type="text/csv")
    if answer.status_code != 200:
        raise RuntimeError(answer.text)
    return client


def alternate(actions: Sequence[Callable[[], Any]], rounds: int) -> list[list[float]]:
    """Carry out actions in turn; return the seconds that each took, round by round.

    In a turn an action is repeated as often as AT_LEAST asks for.
    """
    repeats = []
    for action in actions:
        started = time.perf_counter()
        action()
        repeats.append(max(1, round(AT_LEAST / (time.perf_counter() - started))))
    measured: list[list[float]] = [[] for _ in actions]
    for _ in range(rounds):
        for seconds, action, count in zip(measured, actions, repeats, strict=True):
            started = time.perf_counter()
            for _ in range(count):
                action()
            seconds.append((time.perf_counter() - started) / count)
    return measured


def ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """Return the median of the ratios within each round."""
    return median(one / other for one, other in zip(over, under, strict=True))


def measure(folder: Path, luno_url: str, sizes: Sequence[int], rounds: int) -> Table:
    """Return the rows of the table, each with a cell for each size."""
    app = create_app(
        {
            "SECRET_KEY": "bench",
            "DATABASE_URL": f"sqlite:///{folder}/calls.db",
            "LUNO_URLS": [luno_url],
        }
    )
    database = app.extensions["database"]
    gets, unchanged, records, appends, imports = [], [], [], [], []
    for size in sizes:
        client = visitor(app, size)
        answer = client.get("/api/balances")
        beside = create_bare(answer.json).test_client()
        if cookie := client.get_cookie(COOKIE):  # both are sent the same
            beside.set_cookie(COOKIE, cookie.value)
        three = [(beside, "/api/balances"), (client, "/api/balances"), (beside, "/written")]
        gets.append(alternate([partial(one.get, path) for one, path in three], rounds))
        headers = {"If-None-Match": answer.headers["ETag"]}
        unchanged.append(partial(client.get, "/api/balances", headers=headers))
        client = visitor(app, min(size, MOST - ROOM))
        with client.session_transaction() as session:
            history = History(database, session["account"])
        records.append(partial(client.post, "/api/update", json={"balance": "1"}))
        appends.append(partial(append, history))
        imports.append(partial(visitor, app, size))
    rows = {
        "GET: jsonify's time over ours": [f"{ratio(bare, own):.2f}" for bare, own, _ in gets],
        "GET: jsonify's time over that of bytes written once": [
            f"{ratio(bare, written):.2f}" for bare, _, written in gets
        ],
        "304: time relative to the first size": over_first(alternate(unchanged, rounds)),
        "POST: time relative to the first size": over_first(alternate(records, rounds)),
        "Append alone: time relative to the first size": over_first(alternate(appends, rounds)),
        "Import into a new history, ms": milliseconds(alternate(imports, rounds)),
    }
    for name in ("cleanup", "exchange", "database"):
        app.extensions[name].close()
    return rows


def append(history: History) -> None:
    """Record a balance, as POST does."""
    history.append(new_entry(str(uuid4()), DAY, 100, Decimal(1_000_000)), dated=True)


def over_first(measured: Sequence[Sequence[float]]) -> list[str]:
    """Return each time as a multiple of the first one's in the same round."""
    return [f"{ratio(seconds, measured[0]):.2f}" for seconds in measured]


def milliseconds(measured: Sequence[Sequence[float]]) -> list[str]:
    """Return the median of each."""
    return [f"{median(seconds) * 1000:.0f}" for seconds in measured]
