"""The README and the docs, against the code."""

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from conftest import ROOT, MakeApp
from flask import Flask, request
from flask.testing import FlaskClient
from helpers import PAGES, amounts, blocks, record

API = (ROOT / "docs" / "api.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
FOLDERS = ("server", "client", "demo", "gallery", "docs", "tests", "bench", "stage-[1-5]")


def test_every_setting_that_is_told_is_one(app: Flask) -> None:
    told = re.findall(r"^\| `FLASK_(\w+)` \| `?(.*?)`? \|", OPERATIONS, re.MULTILINE)
    assert {"SECRET_KEY", "DATABASE_URL", "LUNO_URLS", "CORS_ORIGINS"} < {name for name, _ in told}
    for name, default in told:
        assert name in app.config
        assert default in (str(app.config[name]), "none") or " " in default  # which is in words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_file_command_and_route_exists(page: Path, app: Flask) -> None:
    text = page.read_text()
    for link in re.findall(r"\]\((?!http)([^)]+)\)", text):
        name, _, heading = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        headings = re.findall(r"^#+ (.*)", target.read_text(), re.MULTILINE) if heading else []
        slugs = [re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings]
        assert not heading or heading in slugs, link
    for path in re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*)`", text):
        assert (ROOT / path).exists(), path
    patterns = ("*", *(f"{folder}/**/*" for folder in FOLDERS))
    files = {path.name for pattern in patterns for path in ROOT.glob(pattern)}
    for name in re.findall(r"`(\w[\w.-]*\.(?:css|html|js|json|md|py|sh|toml|txt))`", text):
        assert name in files, name
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for command in re.findall(r"(?:^|`|\S=\S+ )make ([a-z][a-z0-9-]*)", text, re.MULTILINE):
        assert f"make {re.sub('[1-5]', 'N', command)} " in helped.stdout
    routes = app.url_map.bind("localhost")
    for path in re.findall(r"(?:`|[A-Z] |:5000)(/api/[\w./-]*)", text):
        assert routes.allowed_methods(re.sub(r"\b(ID|IMPORT)\b", str(uuid4()), path)), path


def test_tour_with_curl_runs_and_makes_every_call(
    app: Flask, serve: Callable[[Flask], str], tmp_path: Path
) -> None:
    """ID, IMPORT and KEY stand for what an answer before told."""
    called = set()
    app.before_request(lambda: called.add((request.method, str(request.url_rule))))
    url = serve(app)
    told: dict[str, str] = {}
    own: list[list[str]] = []
    for command in blocks(API, "sh")[0].replace("http://127.0.0.1:5000", url).splitlines():
        for name, value in told.items():
            command = re.sub(rf"\b{name}\b", value, command)
        quiet = command.replace("curl ", "curl -fsS ", 1)
        done = subprocess.run(
            ["bash", "-c", quiet], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        answer = json.loads(done.stdout) if done.stdout and " -o " not in command else {}
        told |= {"KEY": answer["key"]} if "key" in answer else {}
        if made := answer.get("import", {}).get("id"):
            told["IMPORT"] = made
        if "balances" in answer:
            entries = [entry for entry in answer["balances"] if not entry["sample"]]
            own.append([entry["balance"] for entry in entries])
            if "/api/update" in command:
                told["ID"] = entries[-1]["id"]
    two, three = ["-50.00", "1234.56"], ["-50.00", "1234.56", "100.00"]
    recorded, corrected = [[], ["1234.56"], two, [*two, "99.50"]], [three, two, three]
    assert own[:7] == recorded + corrected
    assert own[7:-1] == [three] * len(own[7:-1])
    assert own[-1] == []
    assert called == {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/")
    }


def test_line_of_the_crontab_can_run_twice(client: FlaskClient, url: str, tmp_path: Path) -> None:
    """Run by sh, as cron does, which takes a % for the end of the command."""
    (line,) = blocks(API, "text")
    assert "%" not in line
    command = line.partition("curl ")[2].replace("http://127.0.0.1:5000", url)
    record(client, "5")
    command = command.replace("KEY", client.post("/api/key").get_json()["key"], 1)
    program = tmp_path / "my-balance"
    program.write_text("#!/bin/sh\necho 1234.56\n")
    program.chmod(0o700)
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    for _ in range(2):
        subprocess.run(["sh", "-c", f"curl {command}"], env=path, check=True, capture_output=True)
    assert amounts(client) == ["5.00", "1234.56"]


def test_examples_have_the_shapes_that_are_answered(make_app: MakeApp) -> None:
    history, problem = map(json.loads, blocks(API, "json"))
    client = make_app().test_client()
    answer = json.loads(record(client).data)
    assert list(history) == list(answer)
    assert list(history["balances"][0]) == list(answer["balances"][-1])
    assert list(history["rate"]) == list(answer["rate"])
    assert json.loads(record(client, "1.234").data) == problem
