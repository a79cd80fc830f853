"""The README and the docs, against the code."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, MakeApp
from flask import Flask
from test_api import record

from gallery.stages import ADDS

README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
PUBLIC_SETTINGS = {
    *("SECRET_KEY", "SECRET_KEY_FALLBACKS", "DATABASE_URL", "LUNO_URLS", "CORS_ORIGINS"),
    *("TRUSTED_PROXIES", "TIMEZONE"),
}


def section(title: str) -> str:
    return README.partition(f"## {title}\n")[2].partition("\n## ")[0]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_every_setting_is_in_the_readme_and_in_the_code(app: Flask) -> None:
    named = set(re.findall(r"`FLASK_([A-Z_]+)`", section("Settings")))
    assert named == PUBLIC_SETTINGS
    assert named <= app.config.keys()


def test_every_route_is_in_the_readme(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            path = rule.rule.replace("<uuid:entry_id>", "ID")
            assert re.search(rf"127\.0\.0\.1:5000{re.escape(path)}\s", README), path


def test_every_command_is_one_of_the_makefile() -> None:
    targets = (ROOT / "Makefile").read_text()
    ladder = (ROOT / "docs" / "stages.md").read_text()
    for target in re.findall(r"make ([a-z][a-z0-9-]*)", README + ladder):
        assert re.search(rf"^({target}:|STAGES :=.*\b{target}\b)", targets, re.MULTILINE), target


@pytest.mark.parametrize("number", ADDS)
def test_the_table_of_stages_says_what_the_gallery_says(number: int) -> None:
    adds = ADDS[number].rstrip(".")
    assert f"\n| {number} | {adds[0].lower()}{adds[1:]} |" in section("The stages")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_and_folder_exists(page: Path) -> None:
    text = page.read_text()
    for link in re.findall(r"\]\((?!http)([^)]+)\)", text):
        name, _, heading = link.partition("#")
        target = page.parent / name
        assert target.exists(), link
        headings = re.findall(r"^#+ (.*)", target.read_text(), re.MULTILINE) if heading else []
        assert not heading or heading in [h.lower().replace(" ", "-") for h in headings], link
    folders = r"server|client|demo|gallery|docs|tests|bench|stage-\d"
    for path in re.findall(rf"`((?:{folders})/[\w./-]*)`", text):
        assert (ROOT / path).exists(), path


def test_the_tour_with_curl_runs(app: Flask, serve: Callable[[Flask], str], tmp_path: Path) -> None:
    url = serve(app)
    (tour,) = blocks(section("The API, with curl"), "sh")
    commands = tour.replace("http://127.0.0.1:5000", url).splitlines()
    answers: list[Any] = []
    recorded = ""
    for command in commands:
        quiet = command.replace("curl ", "curl -fsS ", 1).replace("/ID", f"/{recorded}")
        done = subprocess.run(
            ["bash", "-c", quiet], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        if "-o" in command:
            continue
        answers.append(json.loads(done.stdout))
        if "update" in command:
            recorded = answers[-1]["balances"][-1]["id"]
    own = [
        [entry["balance"] for entry in answer.get("balances", []) if not entry["sample"]]
        for answer in answers
    ]
    history = ["-50.00", "1234.56"]
    four = [*history, "99.50"]
    twice = ["-50.00", "-50.00", "1234.56", "99.50", "1234.56", "99.50"]
    assert own == [[], ["1234.56"], history, four, history, four, twice, [], [], []]


def test_the_examples_have_the_shapes_that_are_answered(make_app: MakeApp) -> None:
    history, problem = map(json.loads, blocks(section("The API, with curl"), "json"))
    client = make_app().test_client()
    answer = json.loads(record(client).data)
    assert list(history) == list(answer)
    assert list(history["balances"][0]) == list(answer["balances"][-1])
    assert list(history["rate"]) == list(answer["rate"])
    assert json.loads(record(client, date="9999-12-31").data) == problem
