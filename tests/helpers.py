"""What the tests share: how to call the API and read its answers, and how to run a server."""

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import requests
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from sqlalchemy import Table, func, select
from werkzeug.test import TestResponse

from demo.luno import Luno
from server.history.database import Database
from server.history.tables import entries

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
SERVER = [sys.executable, "-m", "server"]

Json = dict[str, Any]

# Amounts that are refused, wherever an amount is read.
BAD = [
    *("", " ", "abc", "NaN", "Infinity", "-Infinity", "1e3", "1e400", "1_000", "1,000", "1 000"),
    *("1.234", "0.001", "1.", ".5", "+1", "--1", "-", ".", "1.2.3", "0x10", "R5", "1\n", " 1"),
    *("1 ", "1000000000000", "-1000000000000", "9" * 10_000, "１２", "١٢", "½", "1\x00"),
    "−5",
]

# Calls of a visitor who has an entry, whose id goes into the path; each is answered in this order.
CALLS: list[tuple[str, str, Json]] = [
    ("GET", "/api/balances", {}),
    ("GET", "/api/balances.csv", {}),
    ("GET", "/api/balances.xlsx", {}),
    ("POST", "/api/update", {"json": {"balance": "5"}}),
    ("POST", "/api/import", {"data": "date,balance\n2020-01-01,0\n", "content_type": "text/csv"}),
    ("GET", "/api/imports", {}),
    ("PATCH", "/api/balances/{entry_id}", {"json": {"balance": "6"}}),
    ("DELETE", "/api/balances/{entry_id}", {}),
    ("POST", "/api/balances/{entry_id}/restore", {}),
    ("DELETE", "/api/samples", {}),
    ("POST", "/api/samples", {}),
    ("GET", "/api/key", {}),
    ("GET", "/api/health", {}),
    ("DELETE", "/api/session", {}),
    ("DELETE", "/api/balances", {}),
]


# Calls and answers


def today() -> date:
    """Return what day it is for a server with the default time zone."""
    return datetime.now(ZoneInfo("Africa/Johannesburg")).date()


def record(
    client: FlaskClient, balance: str = "1234.56", key: str | None = None, **fields: str
) -> TestResponse:
    """Record a balance, under an Idempotency-Key where there is one."""
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/api/update", json={"balance": balance} | fields, headers=headers)


def send_csv(client: FlaskClient, text: str | bytes, **options: Any) -> TestResponse:
    return client.post("/api/import", data=text, content_type="text/csv", **options)


def make_key(client: FlaskClient) -> str:
    answer = client.post("/api/key")
    assert answer.status_code == 201
    return str(body(answer)["key"])


def export_of(count: int) -> str:
    """Return an export of so many balances of one day, 0.00, 1.00 and so on."""
    return "date,balance,btc,btc_then,rate_then\n" + "".join(
        f"2020-01-01,{number},,,\n" for number in range(count)
    )


def body(response: TestResponse) -> Json:
    return dict(json.loads(response.data))


def own(of: TestResponse | FlaskClient) -> list[Json]:
    """Return a visitor's own entries, or those in an answer that must be a history."""
    response = of.get("/api/balances") if isinstance(of, FlaskClient) else of
    assert response.status_code == 200, response.text[:500]
    return [entry for entry in body(response)["balances"] if not entry["sample"]]


def amounts(of: TestResponse | FlaskClient) -> list[str]:
    """Return the balances of those entries, in their order."""
    return [entry["balance"] for entry in own(of)]


def problem(response: TestResponse, status: int) -> Json:
    """Return the problem that is answered, after a look at the shape that all have."""
    assert response.status_code == status, response.text[:500]
    assert response.content_type == "application/problem+json"
    told = body(response)
    assert told["status"] == status
    assert told["type"] == "about:blank"
    assert told["title"]
    assert told["detail"].endswith(".")
    return told


def cookies(response: TestResponse) -> list[str]:
    return response.headers.getlist("Set-Cookie")


def cookie(response: TestResponse) -> str:
    """Return the one cookie that an answer sets, as a browser sends it back."""
    (value,) = cookies(response)
    return value.partition(";")[0]


def tab_with(app: Flask, cookie: str) -> FlaskClient:
    """Return another tab of the browser that has this cookie."""
    client = app.test_client()
    client.set_cookie(*cookie.split("=", 1))
    return client


def signed(app: Flask, payload: object) -> str:
    """Return a cookie with a good signature and this content."""
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer
    return f"good_bank={serializer.dumps(payload)}"


def rows(app: Flask, table: Table = entries) -> int:
    """Count what is stored, of all visitors."""
    database: Database = app.extensions["database"]
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


# The pages


def blocks(text: str, language: str) -> list[str]:
    """Return the blocks of code of a page."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def commands_of(page: str, first: str) -> str:
    """Return the block of commands of a page that begins so."""
    (found,) = (b for b in blocks((ROOT / page).read_text(), "sh") if b.startswith(first))
    return found


def commands() -> list[str]:
    """Return the commands that the pages show, without their comments."""
    text = "\n".join(page.read_text() for page in PAGES)
    shown = "".join(blocks(text, "(?:sh|bat|sql)")).replace("\\\n", "").splitlines()
    shown += [" ".join(span.split()) for span in re.findall(r"`(\.venv/bin/\w[^`]+)`", text)]
    return [re.sub(r"\s+# .*", "", command) for command in shown]


# Servers


def environment(database_url: str, luno: Luno) -> dict[str, str]:
    return {
        "FLASK_SECRET_KEY": "test",
        "FLASK_DATABASE_URL": database_url,
        "FLASK_LUNO_URLS": json.dumps([luno.url]),
    }


# Each worker of pytest has its own, none of which the system gives to who asks for any port.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 8
PORTS = count(10_000 + 2_500 * WORKER + random.randrange(2_000))


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody uses."""
    for port in PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("there is always a next one")


@contextmanager
def serving(command: list[str], **env: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run a command that serves; yield it and its address once it answers; end it."""
    port = str(free_port())
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"PORT": port, "FLASK_RUN_PORT": port} | env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(3000):
            assert process.poll() is None, "the command ended"
            try:
                requests.get(url, timeout=10)
                break
            except (requests.ConnectionError, requests.Timeout):
                time.sleep(0.02)
        yield process, url
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)
