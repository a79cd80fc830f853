"""What browsers may do with an answer, and who is believed about where a visitor came from."""

import gzip
import re
import shutil
from pathlib import Path

import brotli
import pytest
from conftest import CDN, ROOT, MakeApp
from flask import Flask
from flask.testing import FlaskClient
from helpers import cookie, cookies, own, problem, record

OF_DOCUMENTS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "same-origin",
}
HTTPS = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "bank.example"}


# What the page may do, and who may show it


@pytest.mark.parametrize(
    "path", ["/", "/api/balances", "/client/app.js", "/api/nothing", "/nothing"]
)
def test_every_answer_has_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path, buffered=True).headers
    assert headers.getlist("X-Content-Type-Options") == ["nosniff"]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    vary = {part for line in headers.getlist("Vary") for part in line.split(", ")}
    assert {"Accept-Encoding", "Authorization", "Cookie", "Origin"} <= vary
    script = path.endswith(".js")  # which the page's own headers are about too
    for name, value in OF_DOCUMENTS.items():
        assert headers.getlist(name) == ([] if script else [value])
    assert len(headers.getlist("Content-Security-Policy")) == (0 if script else 1)
    kept = {"no-cache"} if path.startswith("/client/") else {"private", "no-cache"}
    assert set(headers["Cache-Control"].split(", ")) == kept


def test_content_policy_names_each_source_and_no_other(client: FlaskClient) -> None:
    page = client.get("/", buffered=True)
    libraries = re.findall(rf'href="({CDN}[^"]+)"', page.text)
    assert len(libraries) == 2
    rules = page.headers["Content-Security-Policy"].split("; ")
    assert dict(rule.split(" ", 1) for rule in rules) == {
        **dict.fromkeys(("default-src", "base-uri", "frame-ancestors"), "'none'"),
        **dict.fromkeys(("style-src", "img-src", "manifest-src", "worker-src"), "'self'"),
        **dict.fromkeys(("connect-src", "form-action"), "'self'"),
        "script-src": " ".join(["'self'", "'unsafe-eval'", *libraries]),
    }


# Cookies, by way of https and of proxies


def test_over_https_the_cookie_belongs_to_the_host_alone(app: Flask) -> None:
    """One that another host could set is not read."""
    client = app.test_client(use_cookies=False)
    (secure,) = cookies(client.get("/", base_url="https://localhost", buffered=True))
    parts = secure.split("; ")
    assert parts[0].startswith("__Host-good_bank=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(parts)
    assert not any(part.startswith("Domain") for part in parts)
    headers = {"Cookie": cookie(record(client))}
    assert len(own(client.get("/api/balances", headers=headers))) == 1
    assert own(client.get("/api/balances", headers=headers, base_url="https://localhost")) == []


@pytest.mark.parametrize("proxies", [0, 1])
def test_only_a_trusted_proxy_says_where_a_visitor_is_from(make_app: MakeApp, proxies: int) -> None:
    client = make_app(TRUSTED_PROXIES=proxies).test_client()
    (named,) = cookies(client.get("/", headers=HTTPS, buffered=True))
    assert named.startswith("__Host-good_bank=" if proxies else "good_bank=")
    refused, accepted = "http://localhost", "https://bank.example"
    if not proxies:
        refused, accepted = accepted, refused
    problem(client.delete("/api/balances", headers=HTTPS | {"Origin": refused}), 403)
    assert own(client.delete("/api/balances", headers=HTTPS | {"Origin": accepted})) == []


# Caching


def test_files_of_the_page_are_kept_until_they_change(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    (address,) = re.findall(r'href="(client-[0-9a-f]+/page.css)"', client.get("/").text)
    for file in ("page.css", "vendor/axios.min.js"):
        answer = client.get(f"/{address.replace('page.css', file)}", buffered=True)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        small = client.get(answer.request.path, headers={"Accept-Encoding": "gzip, br"})
        assert small.headers["Content-Encoding"] == "br"
        assert brotli.decompress(small.data) == answer.data
    missing = client.get(f"/{address.replace('page.css', 'nothing.js')}")
    assert (missing.status_code, missing.headers["Cache-Control"]) == (404, "private, no-cache")
    app.static_folder = str(shutil.copytree(ROOT / "client", tmp_path / "client"))
    with (tmp_path / "client" / "base.css").open("a") as css:
        css.write("\n")
    assert address not in client.get("/").text
    answer = client.get(f"/{address}", buffered=True)  # asked for by a page of before
    assert answer.status_code == 200
    assert "no-cache" in answer.headers["Cache-Control"]


# Compression


@pytest.mark.parametrize("path", ["/", "/api/balances", "/api/openapi.json", "/client/base.css"])
def test_long_answer_is_compressed_for_who_can_read_it(client: FlaskClient, path: str) -> None:
    client.get("/", buffered=True)  # for the cookie: another history has another ETag
    plain = client.get(path, headers={"Accept-Encoding": "gzip;q=0"}, buffered=True)
    small = client.get(path, headers={"Accept-Encoding": "br, gzip"}, buffered=True)
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == plain.data
    assert small.content_length == len(small.data) < len(plain.data) / 2
    if etag := small.headers.get("ETag"):
        for encodings in ("gzip", "identity"):
            headers = {"If-None-Match": etag, "Accept-Encoding": encodings}
            again = client.get(path, headers=headers, buffered=True)
            assert (again.status_code, again.data) == (304, b"")
