"""The page on the home screen: what it costs while it is open, and what it shows without a line."""

import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from flask import Flask
from flask.testing import FlaskClient
from pages import SAMPLES, Bank, NewContext, daily, plain, set_price
from playwright.sync_api import Error, Page, expect

from demo.luno import Luno

WORKING = "navigator.serviceWorker.ready.then(({ active }) => active.scriptURL)"
VERSION = "new URL(document.querySelector('script[src]').src).pathname.split('/')[1]"
UPDATED = """async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    while (!registration.waiting) {
        await registration.update();
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}"""
CACHED = """async () => (await Promise.all((await caches.keys()).map(async (name) =>
    (await (await caches.open(name)).keys()).map(({ url }) => url)))).flat()"""
SHOWN_AT_ONCE = """new MutationObserver(() => {
    window.atOnce ||= document.querySelector("[aria-busy=true] tr.entry") !== null;
}).observe(document, { subtree: true, childList: true })"""
# Headless Chromium has background sync switched off, but for what DevTools sends the worker.
WOKEN = "SyncManager.prototype.register = async (tag) => void (window.woken = tag)"
STORED = """Object.values(localStorage).join().includes('"5.00"')"""


@pytest.fixture
def page(new_context: NewContext) -> Page:
    """A page whose service worker is not kept out, as it is elsewhere."""
    return new_context(service_workers="allow").new_page()


def visit(bank: Bank) -> None:
    """Visit the page until it is there to start without a network."""
    bank.open()
    bank.page.evaluate(WORKING)


# The price


def test_new_price_costs_an_open_page_at_most_2_kb(app: Flask, bank: Bank, luno: Luno) -> None:
    set_price(app, luno, "1000000.00")
    bank.give(daily(range(1000, 4000), date(2020, 1, 1)))
    bank.open()
    sizes: list[int] = []
    network = bank.page.context.new_cdp_session(bank.page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    set_price(app, luno, "1250000.00")
    bank.look_again()
    expect(bank.page.get_by_role("region", name="Bitcoin price")).to_contain_text("R 1 250 000,00")
    assert 0 < sum(sizes) <= 2000


# The home screen


def test_manifest_names_the_icons_of_this_version(client: FlaskClient) -> None:
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


# The next visit


def test_installed_page_shows_the_last_history_and_its_age(page: Page, bank: Bank) -> None:
    """At once, until the server answers, and offline; what was cleared is fetched again."""
    visit(bank)
    bank.record("5")
    page.wait_for_function(STORED)
    page.add_init_script(SHOWN_AT_ONCE)
    with bank.held("**/api/balances"):
        page.goto(bank.url)
        expect(bank.notice).to_contain_text("has not answered yet")
        expect(bank.rows).to_have_count(1)
        assert page.evaluate("atOnce")
    expect(bank.notice).to_have_count(0)
    page.context.set_offline(True)
    page.goto(bank.url)
    expect(bank.rows).to_have_count(1)
    expect(bank.notice).to_have_text(
        re.compile(r"You are offline\. What is shown is from \d+ \w+ \d+, \d\d:\d\d")
    )
    bank.from_menu("Devices", "Open on another device…")  # which was not opened before
    expect(bank.dialog).to_be_visible()
    page.keyboard.press("Escape")
    page.context.set_offline(False)
    expect(bank.notice).to_have_count(0)
    bank.record("6")
    expect(bank.rows).to_have_count(2)
    kept = page.evaluate(CACHED)
    assert f"{bank.url}/" in kept
    assert [address for address in kept if "/api/" in address] == []
    page.context.clear_cookies()
    bank.open()
    assert page.context.cookies()
    page.evaluate("caches.keys().then((names) => Promise.all(names.map((n) => caches.delete(n))))")
    other = Bank(page.context.new_page(), bank.url).open()
    bank.record("5")
    expect(other.rows).to_have_count(1)
    expect(other.notice).to_have_count(0)


def lose_cookies(bank: Bank) -> None:
    bank.page.context.clear_cookies()
    bank.page.reload()
    expect(bank.sample_rows).to_have_count(SAMPLES)


def keep_nothing(bank: Bank) -> None:
    bank.from_menu("Devices", "Open on another device…")
    bank.page.get_by_role("button", name="Leave this browser…").click()
    bank.dialog.get_by_label("Keep nothing on this device").check()
    bank.page.get_by_role("button", name="Stay").click()


def test_last_history_is_gone_with_its_reason(page: Page, bank: Bank) -> None:
    """Where nothing is to be kept, what waits lasts as long as the page."""
    visit(bank)
    for end in (Bank.start_fresh, lose_cookies, keep_nothing):
        bank.record("5")
        page.wait_for_function(STORED)
        end(bank)
        page.wait_for_function(f"!{STORED}")
        page.context.set_offline(True)
        page.goto(bank.url)
        expect(bank.notice).to_contain_text("You are offline.")
        assert "R 5,00" not in plain(page.locator("main").inner_text())
        page.context.set_offline(False)
        bank.open()
    page.context.set_offline(True)
    bank.set_balance("6")
    expect(bank.form).to_contain_text("leave this page open until they are sent")
    page.goto(bank.url)
    expect(bank.notice).to_contain_text("You are offline.")
    expect(bank.rows).to_have_count(0)


# The worker


def test_what_was_recorded_is_sent_after_the_page_was_closed(page: Page, bank: Bank) -> None:
    """Up to a change, which may take the place of another device's: the page tells that."""
    visit(bank)
    bank.record("5")
    page.evaluate(WOKEN)
    page.context.set_offline(True)
    bank.set_balance("6")
    expect(bank.rows.last).to_contain_text("waiting to be sent")
    bank.set_balance("7")
    expect(bank.rows).to_have_count(3)
    bank.undo.click()
    bank.change(0, "5.50")
    expect(bank.toast).to_contain_text("Waiting to be sent: change")
    page.wait_for_function("window.woken === 'outbox'")
    blank = page.context.new_page()
    browser = page.context.new_cdp_session(blank)
    workers: list[Any] = []
    browser.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: workers.extend(told["registrations"]),
    )
    page.close()
    page.context.set_offline(False)
    blank.goto(f"{bank.url}/api/health")
    browser.send("ServiceWorker.enable")
    again = Bank(blank, bank.url)
    again.until(lambda: workers)
    there = {"origin": bank.url, "registrationId": workers[0]["registrationId"]}
    browser.send("ServiceWorker.dispatchSyncEvent", there | {"tag": "outbox", "lastChance": False})
    again.until(lambda: again.balances() == ["5.00", "6.00"])
    page.context.set_offline(True)
    blank.goto(bank.url)
    expect(again.rows).to_have_count(3)
    page.context.set_offline(False)
    again.until(lambda: again.balances() == ["5.50", "6.00"])
    expect(again.rows).to_have_count(2)


def test_new_version_takes_over_at_the_next_start(
    page: Page, app: Flask, bank: Bank, tmp_path: Path
) -> None:
    visit(bank)
    bank.open()
    before = page.evaluate(VERSION)
    bank.field.fill("12")
    app.static_folder = str(shutil.copytree(ROOT / "client", tmp_path / "client"))
    with (tmp_path / "client" / "chart.js").open("a") as file:
        file.write("\n")
    page.evaluate(UPDATED)
    expect(bank.field).to_have_value("12")  # nothing was loaded again
    assert page.evaluate(VERSION) == before
    page.context.set_offline(True)
    page.reload()
    expect(bank.field).to_have_value("12")
    assert page.evaluate(VERSION) != before
    page.context.set_offline(False)
    page.close()
    again = page.context.new_page()
    visit(Bank(again, bank.url))
    again.wait_for_function("caches.keys().then(({ length }) => length === 1)")


def test_server_gets_rid_of_a_broken_worker(app: Flask, bank: Bank, tmp_path: Path) -> None:
    """By the script that docs/operations.md tells."""
    broken = tmp_path / "client"
    app.static_folder = str(shutil.copytree(ROOT / "client", broken))
    with (broken / "worker.js").open("a") as file:
        file.write('self.addEventListener("fetch", (e) => e.respondWith(Response.error()));\n')
    whole = (broken / "worker.js").read_text()
    (broken / "worker.js").write_text(whole.replace("event.respondWith", "void "))
    visit(bank)
    with pytest.raises(Error, match="ERR_FAILED"):
        bank.page.goto(bank.url)
    operations = (ROOT / "docs" / "operations.md").read_text()
    (script,) = re.findall("```js\n(.*?)```", operations, re.DOTALL)
    (broken / "worker.js").write_text(script)

    def is_mended() -> bool:
        try:
            bank.page.goto(bank.url)  # a while after which the browser looks for another worker
        except Error:
            bank.page.wait_for_timeout(2000)  # each visit puts that off
            return False
        return True

    bank.until(is_mended)
    bank.open()
    bank.record("5")
