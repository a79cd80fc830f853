"""The page's libraries: from the CDN, or local copies, or a sentence that says what is missing."""

import base64
import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from conftest import CDN, ROOT, Cdn
from pages import SAMPLES, NewContext, field, opened, record, rows
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


def test_the_modules_are_asked_for_once_the_page_is_painted(page: Page, url: str) -> None:
    opened(page, url)
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    asked = page.evaluate(
        "performance.getEntriesByType('resource').map(({ name, startTime }) => [name, startTime])"
    )
    scripts = {name.rpartition("/")[2]: time for name, time in asked if name.endswith(".js")}
    at_once = [scripts.pop(name) for name in ("libraries.js", *VENDORED)]
    assert len(scripts) > 30
    assert min(scripts.values()) > max(painted, *at_once)


def test_a_tab_that_is_not_painted_loads_all_the_same(page: Page, url: str) -> None:
    page.add_init_script("PerformanceObserver.prototype.observe = () => {}")
    opened(page, url)


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
    expect(rows(page)).to_have_count(SAMPLES, timeout=30_000)
    assert page.evaluate("typeof hacked") == "undefined"
    record(page, "5")


@pytest.mark.parametrize("failure", FAILURES)
def test_where_there_is_neither_the_page_says_so(
    page: Page, url: str, cdn: Cdn, failure: str
) -> None:
    cdn.reply = FAILURES[failure]
    page.route("**/vendor/*", lambda route: route.fulfill(status=404))
    page.goto(url, wait_until="commit")
    said = page.locator("#loading")
    expect(said).to_contain_text("came neither from", timeout=30_000)
    expect(said).to_contain_text("make run")
    expect(said).to_be_in_viewport(ratio=1)
    expect(field(page)).to_have_count(0)


def test_where_its_own_scripts_fail_the_page_says_so(page: Page, url: str) -> None:
    page.route("**/main.js", lambda route: route.fulfill(status=500))
    page.goto(url)
    expect(page.locator("#loading")).to_contain_text("its own scripts cannot be loaded")


def test_without_javascript_the_page_says_so(new_context: NewContext, url: str) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(url)
    text = page.locator("main").inner_text()
    assert "Good Bank needs JavaScript" in text
    assert "Loading" not in text
