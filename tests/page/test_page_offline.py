"""The page on the home screen: what it costs while it is open, and what it shows without a line."""

import re
import shutil
import threading
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
    field,
    form,
    give,
    headline,
    look_again,
    notice,
    opened,
    plain,
    record,
    rows,
    sample_rows,
    set_balance,
    set_price,
    start_fresh,
)
from playwright.sync_api import Error, Locator, Page, expect

from demo.luno import Luno

WORKING = "navigator.serviceWorker.ready.then(({ active }) => active.scriptURL)"
VERSION = "new URL(document.querySelector('script[src]').src).pathname.split('/')[1]"
UPDATED = """navigator.serviceWorker.getRegistration()
    .then((registration) => registration.update())
    .then(({ installing }) => new Promise((resolve) => {
        installing.onstatechange = () => installing.state === "installed" && resolve();
    }))"""
STORED = """Object.values(localStorage).join().includes('"5.00"')"""


@pytest.fixture
def page(new_context: NewContext) -> Page:
    """A page whose service worker is not kept out, as it is elsewhere."""
    return new_context(service_workers="allow").new_page()


def visited(page: Page, url: str) -> Page:
    """Visit the page until it is there to start without a network."""
    opened(page, url)
    page.evaluate(WORKING)
    return page


def leave_dialog(page: Page) -> Locator:
    page.locator("summary", has_text="Devices").click()
    page.get_by_role("button", name="Open on another device…").click()
    page.get_by_role("button", name="Leave this browser…").click()
    return page.get_by_role("dialog")


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
    assert manifest.json
    assert manifest.json["display"] == "standalone"
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


def test_without_a_network_the_last_history_is_shown_with_its_age(page: Page, url: str) -> None:
    visited(page, url)
    record(page, "5")
    page.wait_for_function(STORED)
    page.context.set_offline(True)
    page.goto(url)
    expect(rows(page)).to_have_count(1)
    expect(notice(page)).to_have_text(
        re.compile(r"You are offline\. What is shown is from \d+ \w+ \d+, \d\d:\d\d")
    )
    expect(page.get_by_role("region", name="Bitcoin price")).to_contain_text("cannot be reached")
    page.locator("summary", has_text="Devices").click()
    page.get_by_role("button", name="Open on another device…").click()  # was not opened before
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.context.set_offline(False)
    expect(notice(page)).to_have_count(0, timeout=15_000)
    record(page, "6")
    expect(rows(page)).to_have_count(2)


def test_where_the_server_is_silent_the_last_history_is_shown_until_it_answers(
    page: Page, app: Flask, url: str
) -> None:
    answer = threading.Event()

    def wait() -> None:
        answer.wait(60)

    app.before_request(wait)
    answer.set()
    visited(page, url)
    record(page, "5")
    page.wait_for_function(STORED)
    answer.clear()
    page.goto(url)
    expect(notice(page)).to_contain_text("has not answered yet", timeout=15_000)
    expect(rows(page)).to_have_count(1)
    answer.set()
    expect(notice(page)).to_have_count(0)


def test_a_page_from_the_cache_has_a_cookie_before_it_is_shown(page: Page, url: str) -> None:
    visited(page, url)
    page.context.clear_cookies()
    opened(page, url)
    assert page.context.cookies()
    other = opened(page.context.new_page(), url)
    record(page, "5")
    look_again(other)
    expect(rows(other)).to_have_count(1)
    expect(notice(other)).to_have_count(0)


@pytest.mark.parametrize("way", ["leave", "start fresh", "another", "keep nothing"])
def test_the_last_history_is_gone_with_its_reason(page: Page, url: str, way: str) -> None:
    visited(page, url)
    record(page, "5")
    page.wait_for_function(STORED)
    if way == "keep nothing":
        leave_dialog(page).get_by_label("Keep nothing on this device").check()
        page.get_by_role("button", name="Stay").click()
    elif way == "leave":
        leave_dialog(page).get_by_role("button", name="Leave anyway").click()
    elif way == "start fresh":
        start_fresh(page)
    else:
        page.context.clear_cookies()
        page.reload()
        expect(sample_rows(page)).to_have_count(SAMPLES)
    page.wait_for_function(f"!{STORED}")
    page.context.set_offline(True)
    page.goto(url)
    expect(notice(page)).to_contain_text("You are offline.")
    assert "R 5,00" not in plain(page.locator("main").inner_text())


def test_where_nothing_is_to_be_kept_what_waits_lasts_as_long_as_the_page(
    page: Page, url: str
) -> None:
    visited(page, url)
    leave_dialog(page).get_by_label("Keep nothing on this device").check()
    page.get_by_role("button", name="Stay").click()
    record(page, "5")
    page.context.set_offline(True)
    set_balance(page, "6")
    expect(form(page)).to_contain_text("leave this page open until they are sent")
    page.goto(url)
    expect(notice(page)).to_contain_text("You are offline.")
    expect(rows(page)).to_have_count(0)


# The worker


def test_the_api_is_never_answered_from_the_cache(page: Page, url: str) -> None:
    visited(page, url)
    page.reload()
    addresses = page.evaluate(
        """async () => (await Promise.all((await caches.keys()).map(async (name) =>
            (await (await caches.open(name)).keys()).map(({ url }) => url)))).flat()"""
    )
    assert f"{url}/" in addresses
    assert [address for address in addresses if "/api/" in address] == []


def test_a_new_version_takes_over_at_the_next_start(
    page: Page, app: Flask, url: str, tmp_path: Path
) -> None:
    visited(page, url)
    opened(page, url)
    before = page.evaluate(VERSION)
    field(page).fill("12")
    app.static_folder = str(shutil.copytree(ROOT / "client", tmp_path / "client"))
    with (tmp_path / "client" / "chart.js").open("a") as file:
        file.write("\n")
    page.evaluate(UPDATED)
    expect(field(page)).to_have_value("12")  # nothing was loaded again
    assert page.evaluate(VERSION) == before
    page.context.set_offline(True)
    page.reload()
    expect(field(page)).to_have_value("12")
    assert page.evaluate(VERSION) != before
    page.context.set_offline(False)
    page.close()
    again = page.context.new_page()
    visited(again, url)
    again.wait_for_function("caches.keys().then(({ length }) => length === 1)")


def test_the_server_gets_rid_of_a_broken_worker(
    page: Page, app: Flask, url: str, tmp_path: Path
) -> None:
    """By the script that docs/operations.md tells."""
    broken = tmp_path / "client"
    app.static_folder = str(shutil.copytree(ROOT / "client", broken))
    with (broken / "worker.js").open("a") as file:
        file.write('self.addEventListener("fetch", (e) => e.respondWith(Response.error()));\n')
    whole = (broken / "worker.js").read_text()
    (broken / "worker.js").write_text(whole.replace("event.respondWith", "void "))
    visited(page, url)
    with pytest.raises(Error, match="ERR_FAILED"):
        page.goto(url)
    operations = (ROOT / "docs" / "operations.md").read_text()
    (script,) = re.findall("```js\n(.*?)```", operations, re.DOTALL)
    (broken / "worker.js").write_text(script)
    with pytest.raises(Error, match="ERR_FAILED"):
        page.goto(url)  # which has the browser look for another worker
    for _ in range(50):
        page.wait_for_timeout(100)
        if not page.context.service_workers:
            break
    opened(page, url)
    record(page, "5")


def test_where_nothing_can_be_kept_the_page_goes_on_as_without_a_worker(
    page: Page, url: str
) -> None:
    page.add_init_script(
        """Storage.prototype.setItem = () => { throw new DOMException("full") };
        ServiceWorkerContainer.prototype.register = () => Promise.reject(new DOMException("no"));"""
    )
    opened(page, url)
    record(page, "5")
    opened(page, url)
    expect(rows(page)).to_have_count(1)


def test_where_the_browser_has_evicted_the_files_the_network_has_them(page: Page, url: str) -> None:
    visited(page, url)
    page.evaluate("caches.keys().then((names) => Promise.all(names.map((n) => caches.delete(n))))")
    opened(page, url)
    record(page, "5")
