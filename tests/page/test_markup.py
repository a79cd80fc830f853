"""The pages' HTML is valid."""

import re
import subprocess
from pathlib import Path

import pytest
import requests
from conftest import ROOT, MakeApp, Serve

import gallery
from demo.luno import Luno
from gallery.stages import ADDS

TAGS = {"Teleport": "div", "TableRow": "tr", "TableEditor": "tr"}  # what Vue makes of them


def templates() -> dict[str, str]:
    """Return the templates in the page's modules, with elements in the place of components."""
    found = {}
    for module in sorted((ROOT / "client").glob("*.js")):
        text = module.read_text()
        modules = re.findall(r"template: /\* html \*/ `\n(.*?)`,\n", text, re.DOTALL)
        assert text.count("template:") == len(modules), module
        for number, template in enumerate(modules):
            template = re.sub(r"<([A-Z]\w+)([^<]*?) />", r"<\1\2></\1>", template)
            found[f"{module.stem}-{number}"] = re.sub(
                r"(</?)([A-Z]\w+)",
                lambda tag: tag[1] + TAGS.get(tag[2], f"x-{tag[2].lower()}"),
                template,
            )
    return found


def test_pages_and_templates_are_html(
    monkeypatch: pytest.MonkeyPatch, luno: Luno, make_app: MakeApp, serve: Serve, tmp_path: Path
) -> None:
    monkeypatch.setenv("LUNO_URL", luno.url)
    stages, product = serve(gallery.create_app()), serve(make_app())
    pages = {f"stage-{number}": ("GET", f"{stages}/stage-{number}/") for number in ADDS}
    pages |= {f"refused-{number}": ("POST", f"{stages}/stage-{number}/") for number in (3, 4)}
    pages |= {"gallery": ("GET", stages)}
    pages |= {"product": ("GET", product), "docs": ("GET", f"{product}/api/docs")}
    texts = {name: requests.request(*page, timeout=10).text for name, page in pages.items()}
    assert all(text.startswith("<!doctype html>") for text in texts.values())
    assert len(templates()) > 15
    for name, text in (texts | templates()).items():
        (tmp_path / f"{name}.html").write_text(text)
    done = subprocess.run(
        ["npx", "html-validate", "--preset", "standard", "--formatter", "text", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.returncode) == ("", 0), done.stderr
