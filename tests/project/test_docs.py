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
from flask import Flask
from flask.testing import FlaskClient
from helpers import PAGES, amounts, blocks, record

from gallery.stages import ADDS

README = (ROOT / "README.md").read_text()
API = (ROOT / "docs" / "api.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
FOLDERS = ("server", "client", "demo", "gallery", "docs", "tests", "bench", "stage-[1-5]")

# The defaults that are told in words; test_settings.py has the first three.
IN_WORDS = {
    "FLASK_SECRET_KEY": "made once, kept in `instance/`",
    "FLASK_DATABASE_URL": "SQLite in `instance/`",
    "FLASK_LUNO_URLS": "Luno's ticker, at two addresses",
    "LUNO_URL": "the brief's address",
}


def section(page: str, title: str) -> str:
    return page.partition(f"## {title}\n")[2].partition("\n## ")[0]


def defaults() -> dict[str, str]:
    """Return the default of each variable that a user can set, as the code has it."""
    public = (ROOT / "server" / "settings.py").read_text().partition("# Fixed")[0]
    flask = re.findall(r'^ {8}([A-Z_]+)="?(.*?)"?,?$', public, re.MULTILINE)
    found = {f"FLASK_{name}": default for name, default in flask}
    for folder in set(FOLDERS) - {"tests"}:
        for path in ROOT.glob(f"{folder}/*.py"):
            read = re.findall(r'environ\.get\("(\w+)"(?:,|\) or) "(.*?)"', path.read_text())
            found |= dict(read)
    found |= dict(re.findall(r"^(\w+) \?= (.*)", MAKEFILE, re.MULTILINE))
    return found | dict(re.findall(r"\{(\w+):-(\w+)\}", MAKEFILE))


def test_every_setting_is_told_with_its_default() -> None:
    told: dict[str, str] = {}
    rows = re.findall(r"^\| (`.*?) \| (.*?) \|", section(OPERATIONS, "Settings"), re.MULTILINE)
    for names, values in rows:
        known = re.findall(r"`(\w+)`", names)
        told |= dict(zip(known, values.split(", ") if known[1:] else [values], strict=True))
    code = {
        name: f"`{value}`" if value not in ("[]", "") else "none"
        for name, value in defaults().items()
    }
    assert told == code | IN_WORDS


def test_every_call_is_in_the_tour(app: Flask) -> None:
    calls = set()
    for command in re.findall("^curl .*", API, re.MULTILINE):
        method = re.search(r" -X (\w+)", command)
        path = re.search(r":5000(/api/[\w/.-]+)", command)
        assert path
        sends = "POST" if re.search(" -[dF] ", command) else "GET"  # what curl does by itself
        calls.add((method[1] if method else sends, path[1]))
    ids = {"<uuid:entry_id>": "ID", "<uuid:import_id>": "IMPORT"}
    routes = {
        (method, re.sub("<.*>", lambda part: ids[part[0]], rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/")
    }
    assert calls == routes


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_route_that_is_named_exists(page: Path, app: Flask) -> None:
    routes = app.url_map.bind("localhost")
    for path in re.findall(r"(?:`|[A-Z] |:5000)(/api/[\w./-]*)", page.read_text()):
        assert routes.allowed_methods(re.sub(r"\b(ID|IMPORT)\b", str(uuid4()), path)), path


def test_the_commands_of_make_are_told() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*  ## ", MAKEFILE, re.MULTILINE))
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(re.findall(r"^make (\S+) ", helped.stdout, re.MULTILINE)) == targets | {"stage-N"}
    stages = {f"stage-{number}" for number in ADDS}
    assert " ".join(sorted(stages)) in MAKEFILE
    text = "\n".join(page.read_text() for page in PAGES)
    named = re.findall(r"(?:^|`|\S=\S+ )make ([a-z][a-z0-9-]*)", text, re.MULTILINE)
    assert set(named) == targets | stages


@pytest.mark.parametrize("number", ADDS)
def test_the_table_of_stages_says_what_the_gallery_says(number: int) -> None:
    adds = ADDS[number].rstrip(".")
    assert f"\n| {number} | {adds[0].lower()}{adds[1:]} |" in section(README, "The stages")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_and_file_exists(page: Path) -> None:
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


def test_the_architecture_names_every_room_and_module() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    for path in [*ROOT.glob("server/*.py"), *ROOT.glob("server/*/")]:
        if path.name not in ("__init__.py", "__pycache__"):
            assert re.search(rf"\b{path.name}\b", page), path


def test_the_log_lines_are_those_of_the_code() -> None:
    code = "\n".join(path.read_text() for path in ROOT.glob("server/**/*.py"))
    lines = re.findall(r"^\| `(.*?)…?` \|", section(OPERATIONS, "What the logs say"), re.MULTILINE)
    assert all(f'"{line}' in code for line in lines)
    logged = re.findall(r'_log\.\w+\(f?"([^{%"]+)', code)
    assert logged
    assert set(logged) <= set(lines)


def test_the_tour_with_curl_runs(app: Flask, serve: Callable[[Flask], str], tmp_path: Path) -> None:
    """ID, IMPORT and KEY stand for what an answer before told."""
    url = serve(app)
    (tour,) = blocks(API.partition("\n## ")[0], "sh")
    told: dict[str, str] = {}
    own: list[list[str]] = []
    for command in tour.replace("http://127.0.0.1:5000", url).splitlines():
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


def test_the_line_of_the_crontab_can_run_twice(
    client: FlaskClient, url: str, tmp_path: Path
) -> None:
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
    assert amounts(client.get("/api/balances")) == ["5.00", "1234.56"]


def test_the_examples_have_the_shapes_that_are_answered(make_app: MakeApp) -> None:
    history, problem = map(json.loads, blocks(API, "json"))
    client = make_app().test_client()
    answer = json.loads(record(client).data)
    assert list(history) == list(answer)
    assert list(history["balances"][0]) == list(answer["balances"][-1])
    assert list(history["rate"]) == list(answer["rate"])
    assert json.loads(record(client, "1.234").data) == problem
