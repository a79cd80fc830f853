"""The page in Chromium: how long one waits on a phone and on a quick line, and for how many KB.

The server and the CDN are elsewhere: each has a connection and TLS to set up, over `line.py`. With
BASELINE=COMMIT the page of that commit is visited in turn with this one.
"""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from bench import calls
from bench.calls import Table, ratio
from bench.lighthouse import cdn, chromium, make_certificate
from bench.line import PHONE, QUICK, Line, over
from bench.load import ROOT, served

BASELINE = os.environ.get("BASELINE", "")  # a commit
NEW = "17,29"  # rand, of the balance that is recorded

# Notes when the form could be sent, when the table was there to be painted, when Enter was pressed
# and the new balance was there, and the longest task.
WATCH = """
const times = { form: 0, table: 0, enter: 0, row: 0, longest: 0 };
window.times = times;
addEventListener("keydown", ({ key }) => {
  if (key === "Enter") Object.assign(times, { enter: performance.now(), row: 0 });
}, true);
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) times.longest = Math.max(times.longest, duration);
}).observe({ type: "longtask", buffered: true });
new MutationObserver(() => {
  const paint = (name) => requestAnimationFrame(() => (times[name] ||= performance.now()));
  if (document.querySelector("form button:not([type=button]):enabled")) paint("form");
  const rows = document.querySelectorAll("main tbody tr");
  if (rows.length) paint("table");
  if (times.enter && [...rows].slice(-3).some((row) => row.textContent.includes("NEW"))) {
    paint("row");
  }
}).observe(document, { subtree: true, childList: true, attributeFilter: ["class", "disabled"] });
""".replace("NEW", NEW)
WORKER_READY = "navigator.serviceWorker.ready.then(({ active }) => active.state)"
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def measure(folder: Path, luno_url: str, sizes: Sequence[int], rounds: int) -> Table:
    """Return the rows of the table: on the phone for the first size, on the quick line for each."""
    certificate = make_certificate(folder)
    environment = os.environ | {
        "FLASK_SECRET_KEY": "bench",
        "FLASK_LUNO_URLS": f'["{luno_url}"]',
    }
    with ExitStack() as stack:
        sources = {"": ROOT}
        if BASELINE:
            sources[BASELINE] = checkout(BASELINE, folder / "baseline")
        urls = {}
        for name, source in sources.items():
            database = {"FLASK_DATABASE_URL": f"sqlite:///{folder}/page{name}.db"}
            product = served("product", environment | database, source)
            urls[name] = stack.enter_context(product)[0]
        cdn_port = stack.enter_context(cdn())
        table: Table = {}
        for line, lines_sizes in ((PHONE, sizes[:1]), (QUICK, sizes)):
            found = in_turn(line, urls, cdn_port, certificate, lines_sizes, rounds)
            table |= rows(line, found)
        return table


def checkout(commit: str, folder: Path) -> Path:
    """Write the files of a commit into a new folder; return it."""
    folder.mkdir()
    archive = subprocess.run(
        ["git", "-C", str(ROOT), "archive", commit], check=True, capture_output=True
    )
    subprocess.run(["tar", "-x", "-C", str(folder)], check=True, input=archive.stdout)
    return folder


Visits = dict[str, list[list[dict[str, float]]]]  # of each page, for each size, round by round


def in_turn(
    line: Line,
    urls: Mapping[str, str],
    cdn_port: int,
    certificate: Path,
    sizes: Sequence[int],
    rounds: int,
) -> Visits:
    """Visit each page in turn over a line, with histories of each size."""
    executable = chromium()
    ports = [int(url.rpartition(":")[2]) for url in urls.values()]
    visits: Visits = {name: [[] for _ in sizes] for name in urls}
    with (
        over(line, [*ports, cdn_port], certificate) as (far, hang_up),
        sync_playwright() as playwright,
    ):
        flags = ["--ignore-certificate-errors", "--disable-gpu", "--no-first-run"]
        flags += [f"--host-resolver-rules=MAP cdn.jsdelivr.net 127.0.0.1:{far[-1]}"]
        browser = playwright.chromium.launch(
            executable_path=executable, args=flags, chromium_sandbox=os.geteuid() != 0
        )
        for _ in range(rounds):
            for number, size in enumerate(sizes):
                for name, port in zip(urls, far, strict=False):
                    found = visit(browser, line, f"https://localhost:{port}", size, hang_up)
                    visits[name][number].append(found)
        browser.close()
    return visits


def rows(line: Line, visits: Visits) -> Table:
    """Return the rows of one line: medians, and the ratios to the baseline within each round."""
    table: Table = {}
    for title in visits[""][0][0]:
        table[f"Page, {line.name}: {title}"] = [
            f"{median(found[title] for found in column):.0f}" for column in visits[""]
        ]
        for name in filter(None, visits):
            pairs = zip(visits[""], visits[name], strict=True)
            table[f"Page, {line.name}: {title}, over {name}'s"] = [
                f"{ratio(*([found[title] for found in one] for one in pair)):.2f}" for pair in pairs
            ]
    return table


def visit(
    browser: Browser, line: Line, url: str, size: int, hang_up: Callable[[], None]
) -> dict[str, float]:
    """Be a new visitor with so many entries, come back on another day, and record a balance."""
    context = browser.new_context(ignore_https_errors=True)
    context.add_init_script(WATCH)
    context.request.delete(f"{url}/api/balances")
    file, type_ = calls.csv(min(size, calls.MOST - calls.ROOM)), {"Content-Type": "text/csv"}
    context.request.post(f"{url}/api/import", data=file, headers=type_, timeout=60_000)
    page = context.new_page()
    bytes_: list[int] = []
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: bytes_.append(event["encodedDataLength"]))
    network.send("Emulation.setCPUThrottlingRate", {"rate": line.slowdown})
    measured = {}
    for time in ("first", "second"):
        bytes_.clear()
        hang_up()
        page.goto(url, timeout=60_000)
        page.wait_for_function("times.table", timeout=60_000)
        page.wait_for_load_state("networkidle")
        measured[f"{time} visit, painted after ms"] = page.evaluate(PAINTED)
        measured[f"{time} visit, form can be sent after ms"] = page.evaluate("times.form")
        measured[f"{time} visit, table shown after ms"] = page.evaluate("times.table")
        measured[f"{time} visit, KB"] = sum(bytes_) / 1000
        if context.request.get(f"{url}/worker.js").ok:
            page.evaluate(WORKER_READY)
    page.get_by_label("Balance", exact=True).fill(NEW)
    page.keyboard.press("Enter")
    page.wait_for_function("times.row", timeout=60_000)
    measured["from Enter to the new row, ms"] = page.evaluate("times.row - times.enter")
    context.close()
    return measured
