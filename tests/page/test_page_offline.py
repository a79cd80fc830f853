"""The page on the home screen: what it costs while it is open, and what it shows without a line."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from conftest import ROOT
from flask import Flask
from flask.testing import FlaskClient
from pages import (
    SAMPLES,
    NewContext,
    daily,
    give,
    headline,
    look_again,
    notice,
    opened,
    plain,
    record,
    rows,
    set_price,
)
from playwright.sync_api import Page, expect

from demo.luno import Luno

WORKING = "navigator.serviceWorker.ready.then(({ active }) => active.scriptURL)"
VERSION = "new URL(document.querySelector('script[src]').src).pathname.split('/')[1]"
KEPT = """Promise.all([caches.keys(), caches.match("./")]).then(
    ([names, page]) => page && names.length)"""


@pytest.fixture
def page(new_context: NewContext) -> Page:
    """A page whose service worker is not kept out, as it is elsewhere."""
    return new_context(service_workers="allow").new_page()


def visited(page: Page, url: str) -> Page:
    """Visit the page until it is there to start without a network."""
    opened(page, url)
    page.evaluate(WORKING)
    return page


# The price


def test_a_new_price_costs_an_open_page_at_most_2_kb(
    page: Page, app: Flask, url: str, luno: Luno
) -> None:
    set_price(app, luno, "1000000.00")
    give(page, url, daily(range(1000, 4000), date(2020, 1, 1)))
    opened(page, url)
    sizes: list[int] = []
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    set_price(app, luno, "1250000.00")
    look_again(page)
    price = page.get_by_role("region", name="Bitcoin price")
    expect(price).to_contain_text("1 250 000,00".replace(" ", "\u00a0"))
    assert "0,00319920 BTC" in headline(page)
    assert "0,00319920" in plain(rows(page).last.inner_text())
    assert 0 < sum(sizes) <= 2000


# The home screen


def test_the_manifest_names_the_icons_of_this_version(client: FlaskClient) -> None:
    (address,) = re.findall('rel="manifest" href="(.*)"', client.get("/").text)
    manifest = client.get(f"/{address}")
    assert manifest.mimetype == "application/manifest+json"
    assert manifest.json and manifest.json["display"] == "standalone"
    sizes = set()
    for icon in manifest.json["icons"]:
        answer = client.get(f"/{icon['src']}", buffered=True)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.mimetype == icon["type"]
        sizes.add((icon["sizes"], icon.get("purpose")))
    assert sizes >= {(size, use) for size in ("192x192", "512x512") for use in ("any", "maskable")}
    (touch,) = re.findall('rel="apple-touch-icon" href="(.*)"', client.get("/").text)
    assert client.get(f"/{touch}", buffered=True).mimetype == "image/png"


def test_chromium_finds_nothing_that_keeps_the_page_from_being_installed(
    page: Page, url: str
) -> None:
    visited(page, url)
    found = page.context.new_cdp_session(page).send("Page.getInstallabilityErrors")
    assert [error["errorId"] for error in found["installabilityErrors"]] in ([], ["in-incognito"])


# The next visit


def test_without_a_network_the_page_starts_all_the_same(page: Page, url: str) -> None:
    visited(page, url)
    page.context.set_offline(True)
    page.goto(url)
    expect(notice(page)).to_contain_text("You are offline.")
    page.context.set_offline(False)
    expect(notice(page)).to_have_count(0, timeout=15_000)
    expect(rows(page)).to_have_count(SAMPLES)
    record(page, "5")
