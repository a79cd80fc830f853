"""The page's libraries: from the CDN, or local copies, or a sentence that says what is missing."""

import base64
import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from conftest import CDN, ROOT, Cdn
from pages import SAMPLES, NewContext, field, notice, opened, record, sample_rows
from playwright.sync_api import Page, Route, expect

VENDORED = ("vue.global.prod.js", "axios.min.js")


def test_the_integrity_hashes_are_those_of_the_npm_packages() -> None:
    for name in ("client/index.html", "stage-5/templates/index.html"):
        html = (ROOT / name).read_text()
        scripts = re.findall(rf'(?:href|src)="{CDN}([^"]+)"\s+integrity="([^"]+)"', html)
        assert len(scripts) == html.count("integrity=") == 2
        for path, integrity in scripts:
            package, _, file = path.partition("/")
            data = (ROOT / "node_modules" / package.partition("@")[0] / file).read_bytes()
            digest = base64.b64encode(hashlib.sha384(data).digest()).decode()
            assert integrity == f"sha384-{digest}"


def test_the_libraries_come_from_the_cdn(page: Page, url: str, cdn: Cdn) -> None:
    local: list[str] = []
    page.on("request", lambda r: local.append(r.url) if "/vendor/" in r.url else None)
    opened(page, url)
    assert len(cdn.asked) == 2
    assert local == []


SCRIPTS = """performance.getEntriesByType("resource")
    .map(({ name }) => name.split("/").at(-1)).filter((name) => name.endsWith(".js"))"""


def test_all_scripts_are_asked_for_before_the_first_has_run(page: Page, url: str) -> None:
    opened(page, url)
    needed = set(page.evaluate(SCRIPTS))
    assert needed >= {*VENDORED, "main.js", "app.js", "api.js", "table-row.js"}
    page.route("**/main.js", lambda route: route.abort())
    page.reload(wait_until="networkidle")
    assert set(page.evaluate(SCRIPTS)) == needed


def never(route: Route, body: bytes) -> None:
    """Leave a request without any answer."""


FAILURES: dict[str, Callable[[Route, bytes], Any]] = {
    "blocked": lambda route, body: route.abort(),
    "missing": lambda route, body: route.fulfill(status=404),
    "tampered": lambda route, body: route.fulfill(
        body=body + b";window.hacked = true", headers={"Access-Control-Allow-Origin": "*"}
    ),
    "silent": never,
}


@pytest.mark.parametrize("failure", FAILURES)
def test_where_the_cdn_fails_local_copies_serve(
    page: Page, url: str, cdn: Cdn, failure: str
) -> None:
    cdn.reply = FAILURES[failure]
    page.goto(url, wait_until="commit")
    expect(sample_rows(page)).to_have_count(SAMPLES, timeout=30_000)
    assert page.evaluate("typeof hacked") == "undefined"
    record(page, "5")


@pytest.mark.parametrize("failure", FAILURES)
def test_where_there_is_neither_the_page_says_so(
    page: Page, url: str, cdn: Cdn, failure: str
) -> None:
    cdn.reply = FAILURES[failure]
    page.route("**/vendor/*", lambda route: route.fulfill(status=404))
    page.goto(url, wait_until="commit")
    said = notice(page)
    expect(said).to_contain_text("came neither from", timeout=30_000)
    expect(said).to_contain_text("make run")
    expect(said).to_be_in_viewport(ratio=1)
    expect(field(page)).to_have_count(0)


def test_where_its_own_scripts_fail_the_page_says_so(page: Page, url: str) -> None:
    page.route("**/table.js", lambda route: route.fulfill(status=500))
    page.goto(url)
    expect(notice(page)).to_contain_text("its own scripts cannot be loaded")
    expect(notice(page).get_by_role("link", name="Reload")).to_be_visible()


def test_without_javascript_the_page_says_so(new_context: NewContext, url: str) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(url)
    text = page.locator("main").inner_text()
    assert "Good Bank needs JavaScript" in text
    assert "Loading" not in text
