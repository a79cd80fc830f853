"""The commands of the README and the docs, as processes over real HTTP."""

import os
import signal
import subprocess

import pytest
import requests
from conftest import ROOT
from helpers import commands, free_port, serving
from survival import PATIENCE, wait_until

from demo.luno import Luno

OURS = ("FLASK_", "LUNO_URL=", ".venv/bin/flask")  # those of the docs that serve


def test_demo_has_bitcoin_values_and_an_exchange_to_switch(settings: dict[str, str]) -> None:
    settings.pop("FLASK_LUNO_URLS")
    env = os.environ | settings | {"PORT": str(free_port())}
    command = ["make", "demo"]
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as demo:
        assert demo.stdout
        line = next(line for line in demo.stdout if "curl -X POST" in line)
        url = next(line.split()[-1] for line in demo.stdout if "Good Bank is at" in line)

        def has_rate() -> bool:
            balances = requests.get(f"{url}/api/balances", timeout=PATIENCE).json()["balances"]
            return all(float(entry["btc"] or 0) > 0 for entry in balances)

        wait_until(has_rate)
        off = line.split()[-3]
        requests.post(off, timeout=10).raise_for_status()
        with pytest.raises(requests.ConnectionError):
            requests.get(off, timeout=10)
        requests.post(off.replace("/off", "/on"), timeout=10).raise_for_status()
        assert requests.get(off, timeout=10).json()["pair"] == "XBTZAR"
        os.killpg(demo.pid, signal.SIGTERM)


@pytest.mark.parametrize(
    "command",
    [
        *(shown for shown in commands() if shown.startswith(OURS)),
        ".venv/bin/flask --app server run",
        "cd stage-5 && ../.venv/bin/flask run",
    ],
)
def test_command_serves(
    command: str, settings: dict[str, str], luno: Luno, postgresql: str
) -> None:
    command = command.replace("http://127.0.0.1:5001/", luno.url)
    command = command.replace("postgresql+psycopg://user:password@host/name", f"'{postgresql}'")
    proxied = {"X-Forwarded-Host": "bank.example"}  # which only a server behind a proxy heeds
    with serving(["sh", "-c", command], **settings) as (_, url):
        page = requests.get(url, headers=proxied, timeout=10)
        assert "Account History" in page.text
        assert (page.headers["Server"] == "granian") == ("make run" in command)

        def record() -> tuple[str, str]:
            answer = requests.post(f"{url}/api/update", {"balance": "5"}, timeout=PATIENCE)
            entry = answer.json()["balances"][-1]
            return entry["balance"], entry["btc_then"]

        if "stage" not in command:
            wait_until(lambda: record() == ("5.00", "0.00000500"))  # the first may have no rate yet


def test_stages_are_served_side_by_side(luno: Luno) -> None:
    with serving(["make", "stages"], LUNO_URL=luno.url) as (_, url):
        assert "stage by stage" in requests.get(url, timeout=10).text
        assert "R 1,000,000.00" in requests.get(f"{url}/stage-4/", timeout=10).text
