"""The pages' HTML is valid, and their CSS has no rule that nothing uses."""

import re
import subprocess
from pathlib import Path

import pytest
import requests
from conftest import ROOT, MakeApp, Serve
from pages import NewContext
from playwright.sync_api import Page, expect

import gallery
from demo.luno import Luno
from gallery.stages import ADDS, load


@pytest.fixture(autouse=True)
def luno_url(monkeypatch: pytest.MonkeyPatch, luno: Luno) -> None:
    monkeypatch.setenv("LUNO_URL", luno.url)


def invalid(folder: Path) -> str:
    """Return what is not HTML in the files of a folder, by the HTML standard."""
    done = subprocess.run(
        ["npx", "html-validate", "--preset", "standard", "--formatter", "text", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_what_is_sent_is_html(make_app: MakeApp, serve: Serve, tmp_path: Path) -> None:
    stages, product = serve(gallery.create_app()), serve(make_app())
    pages = {f"stage-{number}": ("GET", f"{stages}/stage-{number}/") for number in ADDS}
    pages |= {f"refused-{number}": ("POST", f"{stages}/stage-{number}/") for number in (3, 4)}
    pages |= {"gallery": ("GET", stages)}
    pages |= {"product": ("GET", product), "docs": ("GET", f"{product}/api/docs")}
    for name, (method, url) in pages.items():
        page = requests.request(method, url, timeout=10)
        assert page.text.startswith("<!doctype html>")
        (tmp_path / f"{name}.html").write_text(page.text)
    assert invalid(tmp_path) == ""


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


def test_templates_of_the_page_are_html(tmp_path: Path) -> None:
    assert len(templates()) > 15
    for name, template in templates().items():
        (tmp_path / f"{name}.html").write_text(template)
    assert invalid(tmp_path) == ""


def test_classes_that_the_page_styles_are_in_its_templates() -> None:
    markup = (ROOT / "client/index.html").read_text()
    markup += "".join(module.read_text() for module in (ROOT / "client").glob("*.js"))
    for sheet in (ROOT / "client").glob("*.css"):
        if sheet.stem == "docs":
            continue
        styled = re.findall(r"\.([a-z][a-z-]*)", sheet.read_text())
        unused = {name for name in styled if not re.search(rf"\b{name}\b", markup)}
        assert unused == set(), sheet


def test_what_is_not_html_is_found(tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text(
        "<!doctype html><title>x</title><p id=a><div id=a></div></p>"
    )
    assert "no-dup-id" in invalid(tmp_path)


def unmatched(page: Page) -> set[str]:
    """Return the selectors of the page's own CSS that match nothing in its present state."""
    found: list[str] = page.evaluate(
        """() => {
            const texts = (rules) =>
                [...rules].flatMap((rule) => rule.selectorText ?? texts(rule.cssRules));
            const plain = (selector) => selector.replace(/::?[a-z-]+/g, "") || "*";
            return [...document.styleSheets]
                .flatMap((sheet) => texts(sheet.cssRules))
                .flatMap((text) => text.split(", "))
                .filter((selector) => !document.querySelector(plain(selector)));
        }"""
    )
    return set(found)


@pytest.mark.parametrize("number", list(ADDS)[1:])
def test_every_rule_of_a_stage_is_used(serve: Serve, new_context: NewContext, number: int) -> None:
    url = serve(load(number))
    page = new_context(java_script_enabled=False).new_page()
    page.goto(url)
    unused = unmatched(page)
    page = new_context().new_page()
    page.goto(url)
    expect(page.locator("tbody tr")).to_have_count(6)
    unused &= unmatched(page)
    if number >= 3:
        page.get_by_label("Current balance").fill("abc")
        page.get_by_role("button").click()
        expect(page.locator("#error")).to_be_visible()
        unused &= unmatched(page)
    assert unused == set()


def test_every_rule_of_the_gallery_is_used(serve: Serve, page: Page) -> None:
    page.goto(serve(gallery.create_app()))
    assert unmatched(page) == set()


def test_a_rule_that_nothing_uses_is_found(serve: Serve, page: Page) -> None:
    page.goto(serve(load(2)))
    page.add_style_tag(content="@media (width > 1px) { main, main .gone:hover { color: red } }")
    assert unmatched(page) == {"main .gone:hover"}
