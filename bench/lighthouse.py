"""Lighthouse's scores of the running product, the medians of five runs: `make lighthouse`.

The CDN's addresses are answered on this machine with the same files of the npm packages,
compressed as the CDN does, so that the scores do not depend on the way to it.
"""

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import sync_playwright

from bench.line import DIRECT, over
from bench.serving import free_port, wait_for
from demo.luno import Luno

LIGHTHOUSE = "lighthouse@12.8.2"
RUNS = int(os.environ.get("RUNS", "5"))  # one run differs from the next
ROOT = Path(__file__).parent.parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")


class Cdn(BaseHTTPRequestHandler):
    """Answers /npm/NAME@VERSION/PATH."""

    def do_GET(self) -> None:
        """Send the file of the package."""
        package, _, path = self.path.removeprefix("/npm/").partition("/")
        body = gzip.compress(
            (ROOT / "node_modules" / package.partition("@")[0] / path).read_bytes()
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript; charset=utf-8")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Cache-Control", "public, max-age=31536000, immutable")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""


@contextmanager
def cdn() -> Iterator[int]:
    """Serve the CDN's files over http; yield the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Cdn)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def make_certificate(folder: Path) -> Path:
    """Make a certificate for this run; return the file with it and its key."""
    file = folder / "certificate.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=cdn.jsdelivr.net"
    files = ["-keyout", str(folder / "key.pem"), "-out", str(file)]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    file.write_text(file.read_text() + (folder / "key.pem").read_text())
    return file


def chromium() -> str:
    """Return the path of the system's Chromium, or of the one that Playwright has installed."""
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return next(filter(None, map(shutil.which, CHROMIUM)), own)


def audit(url: str, cdn_port: int, preset: str, folder: Path) -> Any:
    """Run Lighthouse on a page; return its report."""
    report = folder / f"{preset}.json"
    flags = [
        "--headless --disable-gpu --no-first-run --disable-background-networking",
        "--disable-component-update --disable-sync --ignore-certificate-errors",
        f'--host-resolver-rules="MAP cdn.jsdelivr.net 127.0.0.1:{cdn_port}"',
        "--no-sandbox" if hasattr(os, "geteuid") and os.geteuid() == 0 else "",
    ]
    command = [
        *("npx", "--yes", "--ignore-scripts", LIGHTHOUSE, url, "--quiet"),
        *("--output=json", f"--output-path={report}", f"--chrome-flags={' '.join(flags)}"),
        *(["--preset=desktop"] if preset == "desktop" else []),
    ]
    # Now and then it misses the start of its own trace, and asks to be run again (NO_NAVSTART).
    for left in reversed(range(3)):
        run = subprocess.run(command, check=left == 0, env=os.environ | {"CHROME_PATH": chromium()})
        if run.returncode == 0:
            break
    return json.loads(report.read_text())


def tell(preset: str, reports: Sequence[Any]) -> None:
    """Print the median of each score, all of them, and what keeps one below 100."""
    for name, category in reports[0]["categories"].items():
        scores = [round(report["categories"][name]["score"] * 100) for report in reports]
        print(f"{preset:8} {category['title']:16} {median(scores):.0f}", sorted(scores))
        for report in reports:
            for part in category["auditRefs"]:
                found = report["audits"][part["id"]]
                if part["weight"] and (found["score"] or 0) < 0.9:
                    print(f"         {found['title']}: {found.get('displayValue', '')}")


def main() -> None:
    """Print the scores of the page on a phone and on a desktop."""
    with (
        tempfile.TemporaryDirectory() as name,
        Luno() as luno,
        cdn() as plain_port,
        over(DIRECT, [plain_port], make_certificate(Path(name))) as ((cdn_port,), _),
    ):
        folder, port = Path(name), free_port()
        settings = {
            "PORT": str(port),
            "FLASK_SECRET_KEY": "lighthouse",
            "FLASK_DATABASE_URL": f"sqlite:///{folder}/lighthouse.db",
            "FLASK_LUNO_URLS": json.dumps([luno.url]),
        }
        server = subprocess.Popen([sys.executable, "-m", "server"], env=os.environ | settings)
        try:
            wait_for(port)
            for preset in ("mobile", "desktop"):
                url = f"http://127.0.0.1:{port}/"
                tell(preset, [audit(url, cdn_port, preset, folder) for _ in range(RUNS)])
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
