"""The README's commands and the production server, as processes over real HTTP."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection

import pytest
import requests
from conftest import ROOT
from helpers import SERVER, commands, environment, free_port, serving

from demo.luno import Luno


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server, whose host is a name, for tests that bring visitors of their own."""
    env = {"HOST": "localhost"}
    url = f"sqlite:///{tmp_path_factory.mktemp('server')}/test.db"
    with Luno() as luno, serving(SERVER, **env | environment(url, luno)) as (_, url):
        yield url


@pytest.mark.parametrize(
    "command", [["make", "run"], [sys.executable, "-m", "flask", "--app", "server", "run"]]
)
def test_the_product_is_served(command: list[str], settings: dict[str, str]) -> None:
    with serving(command, **settings) as (_, url):
        page = requests.get(url, timeout=10)
        assert "Account History" in page.text
        if "flask" not in command:  # whose server is for developing only
            assert page.headers["Server"] == "granian"
        answer = requests.post(f"{url}/api/update", data={"balance": "5"}, timeout=10)
        entry = answer.json()["balances"][-1]
        assert (entry["balance"], entry["btc_then"]) == ("5.00", "0.00000500")


def test_the_demo_has_bitcoin_values_and_an_exchange_to_switch_off_and_on(
    settings: dict[str, str],
) -> None:
    settings.pop("FLASK_LUNO_URLS")
    env = os.environ | settings | {"PORT": str(free_port())}
    command = ["make", "demo"]
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as demo:
        assert demo.stdout
        line = next(line for line in demo.stdout if "curl -X POST" in line)
        url = next(line.split()[-1] for line in demo.stdout if "Good Bank is at" in line)
        balances = requests.get(f"{url}/api/balances", timeout=10).json()["balances"]
        assert all(float(entry["btc"]) > 0 for entry in balances)
        off = line.split()[-3]
        requests.post(off, timeout=10).raise_for_status()
        with pytest.raises(requests.ConnectionError):
            requests.get(off, timeout=10)
        requests.post(off.replace("/off", "/on"), timeout=10).raise_for_status()
        assert requests.get(off, timeout=10).json()["pair"] == "XBTZAR"
        os.killpg(demo.pid, signal.SIGTERM)


OURS = ("FLASK_", "LUNO_URL=", ".venv/bin/flask")  # as test_docs.py says


@pytest.mark.parametrize("command", [shown for shown in commands() if shown.startswith(OURS)])
def test_a_command_of_the_docs_serves(
    command: str, settings: dict[str, str], luno: Luno, postgresql: str
) -> None:
    command = command.replace("http://127.0.0.1:5001/", luno.url)
    command = command.replace("postgresql+psycopg://user:password@host/name", f"'{postgresql}'")
    proxied = {"X-Forwarded-Host": "bank.example"}  # which only a server behind a proxy heeds
    with serving(["sh", "-c", command], **settings) as (_, url):
        assert "Account History" in requests.get(url, headers=proxied, timeout=10).text


def test_a_stage_is_served(luno: Luno) -> None:
    with serving(["make", "stage-5"], LUNO_URL=luno.url) as (_, url):
        assert "Account History" in requests.get(url, timeout=10).text


def test_the_stages_are_served_side_by_side(luno: Luno) -> None:
    with serving(["make", "stages"], LUNO_URL=luno.url) as (_, url):
        assert "stage by stage" in requests.get(url, timeout=10).text
        assert "R 1,000,000.00" in requests.get(f"{url}/stage-4/", timeout=10).text


@pytest.mark.parametrize(
    ("number", "everyone"),
    [(signal.SIGTERM, False), (signal.SIGINT, True)],
    ids=["SIGTERM to the server", "Ctrl-C"],
)
def test_a_signal_ends_the_server_after_what_is_under_way(
    number: signal.Signals, everyone: bool, settings: dict[str, str], luno: Luno
) -> None:
    """The first request waits for an exchange that hangs, and is answered all the same.

    A terminal sends Ctrl-C to the whole process group.
    """
    luno.let_go.clear()
    with serving(SERVER, **settings) as (process, url):
        answers: list[requests.Response] = []

        def ask() -> None:
            answers.append(requests.get(f"{url}/api/balances", timeout=20))

        request = threading.Thread(target=ask)
        request.start()
        while not luno.calls:
            time.sleep(0.01)
        (os.killpg if everyone else os.kill)(process.pid, number)
        request.join()
        assert [answer.status_code for answer in answers] == [200]
        assert process.wait(30) == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("PORT", "abc"), ("PORT", "99999999"), ("HOST", "no such host")),
        ("FLASK_TIMEZONE", "Africa/Nowhere"),
    ],
)
def test_a_setting_that_cannot_serve_ends_it_with_a_sentence(
    name: str, value: str, settings: dict[str, str]
) -> None:
    env = os.environ | {"PORT": str(free_port())} | settings | {name: value}
    done = subprocess.run(SERVER, cwd=ROOT, env=env, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert done.stderr.startswith("Good Bank cannot serve at ")
    assert len(done.stderr.splitlines()) == 1


def test_a_port_that_is_taken_ends_it_with_a_sentence(settings: dict[str, str], luno: Luno) -> None:
    env = os.environ | settings | {"PORT": str(luno.server_port)}
    done = subprocess.run(SERVER, cwd=ROOT, env=env, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "in use" in done.stderr


def test_servers_started_at_once_share_one_database(settings: dict[str, str]) -> None:
    """None waits for another, so that they make the database and its table together."""
    with ExitStack() as stack:
        with ThreadPoolExecutor(4) as pool:
            servers = [serving(SERVER, **settings) for _ in range(3)]
            launches = [pool.submit(stack.enter_context, server) for server in servers]
        urls = [launch.result()[1] for launch in launches]
        visitor = stack.enter_context(requests.Session())
        visitor.get(urls[0], timeout=10)
        for number in range(10):
            for url in urls:
                balance = {"balance": str(number)}
                answer = visitor.post(f"{url}/api/update", json=balance, timeout=10)
                assert answer.status_code == 200
        body = visitor.get(f"{urls[0]}/api/balances", timeout=10).json()
        own = [entry["balance"] for entry in body["balances"] if not entry["sample"]]
        assert own == [f"{number}.00" for number in range(10) for _ in urls]


def test_the_answer_to_too_large_a_body_reaches_the_client(server: str) -> None:
    headers = {"Content-Type": "application/json"}
    for size in (1024 * 1024 + 4096, 20 * 1024 * 1024):
        for chunked in (False, True):
            for method, path in (("POST", "/api/update"), ("DELETE", "/api/balances")):
                connection = HTTPConnection(server.removeprefix("http://"), timeout=30)
                body = (b" " * 4096 for _ in range(size // 4096))
                length = {} if chunked else {"Content-Length": str(size)}
                connection.request(method, path, body, headers | length, encode_chunked=chunked)
                answer = connection.getresponse()
                assert answer.status == 413
                assert answer.headers["Content-Type"] == "application/problem+json"
                connection.close()


def test_a_body_that_is_cut_off_records_nothing(server: str) -> None:
    """What had come would be good: a shorter amount, fewer rows."""
    with requests.Session() as visitor:
        visitor.get(server, timeout=10)
        cookie = f"good_bank={visitor.cookies['good_bank']}"
        for path, media, body, cut in (
            ("/api/update", "application/x-www-form-urlencoded", b"balance=1234.56", 3),
            ("/api/import", "text/csv", b"date,balance\n2026-01-01,1\n2026-01-02,2\n", 13),
        ):
            host, port = server.removeprefix("http://").split(":")
            with socket.create_connection((host, int(port))) as connection:
                head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n"
                head += f"Content-Type: {media}\r\nContent-Length: {len(body)}\r\n\r\n"
                connection.sendall(head.encode() + body[:-cut])
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(4096):  # until the server has dealt with it
                    pass
        balances = visitor.get(f"{server}/api/balances", timeout=10).json()["balances"]
        assert [entry for entry in balances if not entry["sample"]] == []


def test_a_foreign_cookie_loses_nobody_their_history(server: str) -> None:
    """Another page of the host has set one that is not ASCII; each may have a line of its own."""
    with requests.Session() as visitor:
        visitor.post(f"{server}/api/update", data={"balance": "5"}, timeout=10).raise_for_status()
        own = f"good_bank={visitor.cookies['good_bank']}".encode()
        host, port = server.removeprefix("http://").split(":")
        for lines in ([own + b"; name=Jos\xc3\xa9"], [b"name=Jos\xe9", own], [own, b"a=b"]):
            for path in ("/", "/api/balances"):
                head = f"GET {path} HTTP/1.0\r\nHost: {host}\r\n".encode()
                with socket.create_connection((host, int(port)), 10) as connection:
                    connection.sendall(head + b"".join(b"Cookie: %s\r\n" % line for line in lines))
                    connection.sendall(b"\r\n")
                    answer = b"".join(iter(lambda: connection.recv(65536), b""))
                assert answer.startswith(b"HTTP/1.0 200")
                assert b"set-cookie" not in answer.lower()
            assert b'"balance":"5.00"' in answer
