"""The page in Chromium: how long a person waits, and for how many bytes.

The CDN is a stand-in on this machine, as for Lighthouse, so that the numbers are the page's own.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from bench import calls
from bench.calls import Table
from bench.lighthouse import cdn, chromium
from bench.load import served
from server.history.history import LIMIT

# Notes when Enter was pressed, when the table and the new row were there to be painted, and the
# longest task. The new row is pointed out.
WATCH = """
const times = { table: 0, enter: 0, row: 0, longest: 0 };
window.times = times;
addEventListener("keydown", ({ key }) => {
  if (key === "Enter") Object.assign(times, { enter: performance.now(), row: 0 });
}, true);
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) times.longest = Math.max(times.longest, duration);
}).observe({ type: "longtask", buffered: true });
new MutationObserver(() => {
  const paint = (name) => requestAnimationFrame(() => (times[name] ||= performance.now()));
  if (document.querySelector(".entry")) paint("table");
  if (times.enter && document.querySelector(".entry.pointed")) paint("row");
}).observe(document, { subtree: true, childList: true, attributeFilter: ["class"] });
"""


def measure(folder: Path, luno_url: str, sizes: Sequence[int], rounds: int) -> Table:
    """Return the rows of the table, each with a cell for each size."""
    environment = os.environ | {
        "FLASK_SECRET_KEY": "bench",
        "FLASK_DATABASE_URL": f"sqlite:///{folder}/page.db",
        "FLASK_LUNO_URLS": f'["{luno_url}"]',
    }
    executable = chromium()
    with (
        served("product", environment) as (url, _),
        cdn(folder) as port,
        sync_playwright() as playwright,
    ):
        flags = ["--ignore-certificate-errors", "--disable-gpu", "--no-first-run"]
        flags += [f"--host-resolver-rules=MAP cdn.jsdelivr.net 127.0.0.1:{port}"]
        browser = playwright.chromium.launch(
            executable_path=executable, args=flags, chromium_sandbox=os.geteuid() != 0
        )
        visits = [[visit(browser, url, size) for size in sizes] for _ in range(rounds)]
        browser.close()
    columns = list(zip(*visits, strict=True))  # for each size its visits
    return {
        title: [f"{median(one[title] for one in column):.0f}" for column in columns]
        for title in visits[0][0]
    }


def visit(browser: Browser, url: str, size: int) -> dict[str, float]:
    """Be a new visitor with so many entries who comes twice, and records a balance."""
    context = browser.new_context()
    context.add_init_script(WATCH)
    context.request.delete(f"{url}/api/balances")
    file, type_ = calls.csv(min(size, LIMIT - calls.ROOM)), {"Content-Type": "text/csv"}
    context.request.post(f"{url}/api/import", data=file, headers=type_)
    page = context.new_page()
    bytes_: list[int] = []
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: bytes_.append(event["encodedDataLength"]))
    measured = {}
    for time in ("first", "second"):
        bytes_.clear()
        page.goto(url)
        page.wait_for_function("times.table")
        page.wait_for_load_state("networkidle")
        measured[f"Page, {time} visit: table shown after ms"] = page.evaluate("times.table")
        measured[f"Page, {time} visit: longest task, ms"] = page.evaluate("times.longest")
        measured[f"Page, {time} visit: KB transferred"] = sum(bytes_) / 1000
    page.get_by_label("Balance", exact=True).fill("123")
    page.keyboard.press("Enter")
    page.wait_for_function("times.row")
    measured["Page: from Enter to the new row, ms"] = page.evaluate("times.row - times.enter")
    measured["Page: longest task with it, ms"] = page.evaluate("times.longest")
    context.close()
    return measured
