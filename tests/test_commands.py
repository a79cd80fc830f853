"""The README's commands and the production server, as processes over real HTTP."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
import requests
from conftest import ROOT

from demo.luno import Luno

SERVER = [sys.executable, "-m", "server"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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
        for _ in range(600):
            assert process.poll() is None, "the command ended"
            try:
                requests.get(url, timeout=10)
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        yield process, url
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


@pytest.fixture
def settings(tmp_path: Path, luno: Luno) -> dict[str, str]:
    """Settings that keep clear of the developer's own instance folder."""
    return {
        "FLASK_SECRET_KEY": "test",
        "FLASK_DATABASE_URL": f"sqlite:///{tmp_path}/test.db",
        "FLASK_LUNO_URLS": json.dumps([luno.url]),
    }


@pytest.mark.parametrize(
    "command", [["make", "run"], SERVER, [sys.executable, "-m", "flask", "--app", "server", "run"]]
)
def test_the_product_is_served(command: list[str], settings: dict[str, str]) -> None:
    with serving(command, **settings) as (_, url):
        assert "Account History" in requests.get(url, timeout=10).text
        visitor = requests.Session()
        visitor.post(f"{url}/api/update", data={"balance": "5"}, timeout=10).raise_for_status()
        entry = visitor.get(f"{url}/api/balances", timeout=10).json()["balances"][-1]
        assert (entry["balance"], entry["btc_then"]) == ("5.00", "0.00000500")
        visitor.close()


def test_the_demo_has_bitcoin_values(settings: dict[str, str]) -> None:
    settings.pop("FLASK_LUNO_URLS")
    with serving(["make", "demo"], **settings) as (_, url):
        body = requests.get(f"{url}/api/balances", timeout=10).json()
        assert body["rate"]["pair"] == "XBTZAR"
        assert all(float(entry["btc"]) > 0 for entry in body["balances"])


@pytest.mark.parametrize("stage", [f"stage-{number}" for number in range(1, 6)])
def test_a_stage_is_served(stage: str, luno: Luno) -> None:
    with serving(["make", stage], LUNO_URL=luno.url) as (_, url):
        assert "Account History" in requests.get(url, timeout=10).text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_after_what_is_under_way(
    number: signal.Signals, settings: dict[str, str], luno: Luno
) -> None:
    """The first request waits for an exchange that hangs, and is answered all the same."""
    luno.let_go.clear()
    with serving(SERVER, **settings) as (process, url):
        answers: list[requests.Response] = []

        def ask() -> None:
            answers.append(requests.get(f"{url}/api/balances", timeout=20))

        request = threading.Thread(target=ask)
        request.start()
        while not luno.calls:
            time.sleep(0.01)
        process.send_signal(number)
        request.join()
        assert [answer.status_code for answer in answers] == [200]
        assert process.wait(30) == 0


def test_two_servers_started_at_once_share_one_database(settings: dict[str, str]) -> None:
    with serving(SERVER, **settings) as (_, one), serving(SERVER, **settings) as (_, other):
        with requests.Session() as visitor:
            visitor.get(one, timeout=10)
            for number in range(10):
                for url in (one, other):
                    balance = {"balance": str(number)}
                    answer = visitor.post(f"{url}/api/update", json=balance, timeout=10)
                    assert answer.status_code == 200
            body = visitor.get(f"{one}/api/balances", timeout=10).json()
        own = [entry["balance"] for entry in body["balances"] if not entry["sample"]]
        assert own == [f"{number}.00" for number in range(10) for _ in range(2)]


def test_the_answer_to_too_large_a_body_reaches_the_client(settings: dict[str, str]) -> None:
    headers = {"Content-Type": "application/json"}
    with serving(SERVER, **settings) as (_, url):
        for size in (1024 * 1024 + 1, 20 * 1024 * 1024):
            body = b'{"balance": "5"}'.ljust(size)
            answer = requests.post(f"{url}/api/update", body, headers=headers, timeout=30)
            assert answer.status_code == 413
            assert answer.headers["Content-Type"] == "application/problem+json"
        connection = HTTPConnection(url.removeprefix("http://"), timeout=30)
        chunks = (b" " * 4096 for _ in range(257))
        connection.request("POST", "/api/update", chunks, headers, encode_chunked=True)
        assert connection.getresponse().status == 413
        connection.close()
