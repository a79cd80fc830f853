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
from helpers import PAGES, blocks, commands, record

from gallery.stages import ADDS

README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
FOLDERS = ("server", "client", "demo", "gallery", "docs", "tests", "bench", "stage-[1-5]")

# The defaults that the README tells in words; test_settings.py has the first three.
IN_WORDS = {
    "FLASK_SECRET_KEY": "made once, kept in `instance/`",
    "FLASK_DATABASE_URL": "SQLite in `instance/`",
    "FLASK_LUNO_URLS": "Luno's ticker, at two addresses",
    "LUNO_URL": "the brief's address",
}

# Which test runs the commands that the pages show, by how they begin; or why none does.
RUN_BY = {
    "test_commands.test_the_product_is_served": ("make run",),
    "test_commands.test_a_command_of_the_docs_serves": ("FLASK_", "LUNO_URL=", ".venv/bin/flask"),
    "test_docs.test_the_tour_with_curl_runs": ("curl ",),
    "test_hook.test_what_make_check_refuses_is_not_committed": (".venv/bin/pre-commit",),
    "test_operations.test_a_backup_of_sqlite_while_it_serves_brings_all_back": (
        *("cp ", "rm ", ".venv/bin/python -c"),
    ),
    "test_operations.test_a_backup_of_postgresql_brings_all_back": ("pg_dump", "pg_restore"),
}
NOT_RUN = {
    "They run the tests, or before them.": ("make test", "make check", ".venv/bin/pytest"),
    "They are for Windows.": ("py ", ".venv\\Scripts\\"),
}


def section(title: str) -> str:
    return README.partition(f"## {title}\n")[2].partition("\n## ")[0]


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


def test_every_setting_is_in_the_readme_with_its_default() -> None:
    told: dict[str, str] = {}
    rows = re.findall(r"^\| (`.*?) \| (.*?) \|", section("Settings"), re.MULTILINE)
    for names, values in rows:
        known = re.findall(r"`(\w+)`", names)
        told |= dict(zip(known, values.split(", ") if known[1:] else [values], strict=True))
    code = {name: "none" if value == "[]" else f"`{value}`" for name, value in defaults().items()}
    assert told == code | IN_WORDS


def test_every_route_is_in_the_readme(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            path = rule.rule.replace("<uuid:entry_id>", "ID").replace("<uuid:import_id>", "IMPORT")
            assert re.search(rf"127\.0\.0\.1:5000{re.escape(path)}[\s?]", README), path


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


def test_every_command_is_run_by_a_test() -> None:
    ways = RUN_BY | NOT_RUN
    for command in commands():
        assert [way for way, first in ways.items() if command.startswith(first)], command
    for first in (first for way in ways.values() for first in way):
        assert any(command.startswith(first) for command in commands()), first
    for module, _, name in (way.partition(".") for way in RUN_BY):
        (file,) = (ROOT / "tests").rglob(f"{module}.py")
        assert f"def {name}(" in file.read_text()


@pytest.mark.parametrize("number", ADDS)
def test_the_table_of_stages_says_what_the_gallery_says(number: int) -> None:
    adds = ADDS[number].rstrip(".")
    assert f"\n| {number} | {adds[0].lower()}{adds[1:]} |" in section("The stages")


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


def test_the_architecture_names_every_module() -> None:
    named = (ROOT / "docs" / "architecture.md").read_text()
    for path in ROOT.glob("server/[a-z]*.py"):
        assert re.search(rf"\b{path.name}\b", named), path


def test_the_log_lines_are_those_of_the_code() -> None:
    code = "\n".join(path.read_text() for path in ROOT.glob("server/**/*.py"))
    page = (ROOT / "docs" / "operations.md").read_text().partition("## What the logs say")[2]
    lines = re.findall(r"^\| `(.*?)…?` \|", page, re.MULTILINE)
    assert all(f'"{line}' in code for line in lines)
    logged = re.findall(r'_log\.\w+\(f?"([^{%"]+)', code)
    assert logged
    assert set(logged) <= set(lines)


def test_the_tour_with_curl_runs(app: Flask, serve: Callable[[Flask], str], tmp_path: Path) -> None:
    """Each answer's own balances; ID, IMPORT and KEY stand for what an answer before told."""
    url = serve(app)
    (tour,) = blocks(section("The API, with curl"), "sh")
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
        if "key" in answer:
            told["KEY"] = answer["key"]
        if answer.get("import", {}).get("id"):
            told["IMPORT"] = answer["import"]["id"]
        if "balances" in answer:
            balances = [entry for entry in answer["balances"] if not entry["sample"]]
            own.append([entry["balance"] for entry in balances])
            if "/api/update" in command:
                told["ID"] = balances[-1]["id"]
    two, three = ["-50.00", "1234.56"], ["-50.00", "1234.56", "100.00"]
    assert own == [
        *([], ["1234.56"], two, [*two, "99.50"]),
        *(three, two, three, three),  # changed, deleted, restored, without samples
        *(three, three, three),  # an import of what is there already, and its undo
        *(three, three),  # by the key
        [],
    ]
    assert (tmp_path / "docs.html").read_text().startswith("<!doctype html>")


def test_the_line_of_the_crontab_can_run_twice(
    client: FlaskClient, url: str, tmp_path: Path
) -> None:
    """Run by sh, as cron does, which takes a % for the end of the command."""
    record(client, "5")
    (line,) = blocks(section("The API, with curl"), "text")
    assert "%" not in line
    command = line.partition("curl ")[2].replace("http://127.0.0.1:5000", url)
    command = command.replace("KEY", client.post("/api/key").get_json()["key"], 1)
    program = tmp_path / "my-balance"
    program.write_text("#!/bin/sh\necho 1234.56\n")
    program.chmod(0o700)
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    for _ in range(2):
        subprocess.run(["sh", "-c", f"curl {command}"], env=path, check=True, capture_output=True)
    assert client.delete("/api/samples").get_json()["balances"][-1]["balance"] == "1234.56"
    assert len(client.get("/api/balances").get_json()["balances"]) == 2


def test_the_examples_have_the_shapes_that_are_answered(make_app: MakeApp) -> None:
    history, problem = map(json.loads, blocks(section("The API, with curl"), "json"))
    client = make_app().test_client()
    answer = json.loads(record(client).data)
    assert list(history) == list(answer)
    assert list(history["balances"][0]) == list(answer["balances"][-1])
    assert list(history["rate"]) == list(answer["rate"])
    assert json.loads(record(client, "1.234").data) == problem
