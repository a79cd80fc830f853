"""Firefox and WebKit, driven by what they bring themselves.

Firefox takes the commands of W3C WebDriver by its Marionette socket, WebKit by WebKitWebDriver's
HTTP. Chromium, in which all other tests of the page run, is Playwright's.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import requests
from helpers import free_port
from survival import wait_until

PATIENCE = 20  # seconds until what is waited for fails its test
FIREFOX = shutil.which("firefox-esr") or "firefox"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # W3C's name for a reference to an element
KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "ArrowLeft": "\ue012"}  # by W3C's numbers
PROXY = "127.0.0.1", 9  # for all that is not this machine's: nobody is there
HTTP = {  # W3C's requests for the commands that are used here
    "Navigate": "POST url",
    "ExecuteScript": "POST execute/sync",
    "ElementClick": "POST element/{id}/click",
    "ElementClear": "POST element/{id}/clear",
    "ElementSendKeys": "POST element/{id}/value",
    "PerformActions": "POST actions",
    "DeleteAllCookies": "DELETE cookie",
}
PREFERENCES = {
    "marionette.port": 0,
    "ui.primaryPointerCapabilities": 6,  # a mouse, also without a screen
    "ui.allPointerCapabilities": 6,
    "network.proxy.type": 1,
    "network.proxy.ssl": PROXY[0],
    "network.proxy.ssl_port": PROXY[1],
}
FIND = """
    const [role, name, within] = arguments;
    const kinds = {
      alert: "[role=alert]", button: "button", dialog: "dialog[open]", link: "a[href]",
      row: "tbody tr", slider: "input[type=range]", status: "[role=status]", textbox: "input",
    };
    const plain = (text) => text.replace(/\\s+/g, " ").replaceAll("\\u2212", "-").trim();
    const nameOf = (element) => plain(
      element.ariaLabel ?? element.labels?.[0]?.textContent ?? element.textContent);
    return [...(within ?? document).querySelectorAll(kinds[role] ?? role)].filter(
      (element) => element.getClientRects().length && nameOf(element).includes(name));
"""


class Browser:
    """A browser with one page; what a person does with it, by roles and names."""

    def __init__(self, call: Callable[[str, dict[str, Any]], Any]) -> None:
        self.call = call

    def open(self, url: str) -> None:
        self.call("Navigate", {"url": url})

    def run(self, script: str, *arguments: object) -> Any:
        """Return what a script's `return` gives."""
        return self.call("ExecuteScript", {"script": script, "args": arguments})

    def all(self, role: str, name: str = "", within: object = None) -> list[dict[str, str]]:
        """Return the visible elements of a role, or of a selector, with this in their names."""
        found: list[dict[str, str]] = self.run(FIND, role, name, within)
        return found

    def find(self, role: str, name: str = "", within: object = None) -> dict[str, str]:
        """Return the first of them, once there is one."""
        found = self.wait(lambda: self.all(role, name, within), f"a {role} {name!r}")
        first: dict[str, str] = found[0]
        return first

    def wait(self, condition: Callable[[], Any], what: str) -> Any:
        """Wait until a condition holds; return what it gives."""
        end = time.monotonic() + PATIENCE
        while not (result := condition()):
            assert time.monotonic() < end, f"there is not {what}, but: {self.text()}"
            time.sleep(0.05)
        return result

    def text(self) -> str:
        """Return what the page shows, with a space for each run of them and - for each minus."""
        shown: str = self.run("return document.body.innerText")
        return re.sub(r"\s+", " ", shown).replace("−", "-")

    def click(self, role: str, name: str = "", within: object = None) -> None:
        self.call("ElementClick", {"id": self.find(role, name, within)[ELEMENT]})

    def fill(self, name: str, text: str) -> None:
        field = self.find("textbox", name)[ELEMENT]
        self.call("ElementClear", {"id": field})
        self.call("ElementSendKeys", {"id": field, "text": text})

    def press(self, key: str) -> None:
        actions = [{"type": kind, "value": KEYS[key]} for kind in ("keyDown", "keyUp")]
        self.call("PerformActions", {"actions": [{"type": "key", "id": "0", "actions": actions}]})


class Marionette:
    """Firefox's socket: each message is its length, a colon, and JSON."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 60)
        self._stream = self._socket.makefile("rb")
        self._read()  # its greeting
        self._number = 0
        self("NewSession", {})

    def __call__(self, command: str, parameters: dict[str, Any]) -> Any:
        """Have a command done; return what it gives."""
        self._number += 1
        text = json.dumps([0, self._number, f"WebDriver:{command}", parameters]).encode()
        self._socket.sendall(b"%d:%s" % (len(text), text))
        _, _, error, result = self._read()
        assert not error, error["message"]
        return result.get("value", result) if isinstance(result, dict) else result

    def _read(self) -> Any:
        length = b"".join(iter(lambda: self._stream.read(1), b":"))
        return json.loads(self._stream.read(int(length)))

    def close(self) -> None:
        self._socket.close()


class WebDriver:
    """WebKitWebDriver's HTTP."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/session"
        outside = {"proxyType": "manual", "sslProxy": "{}:{}".format(*PROXY)}
        capabilities = {"alwaysMatch": {"proxy": outside}}
        session = self._send("POST", "", {"capabilities": capabilities})
        self._url += f"/{session['sessionId']}"

    def __call__(self, command: str, parameters: dict[str, Any]) -> Any:
        """Have a command done; return what it gives."""
        method, path = HTTP[command].split()
        return self._send(method, "/" + path.format(**parameters), parameters)

    def close(self) -> None:
        self._send("DELETE", "", {})

    def _send(self, method: str, path: str, parameters: dict[str, Any]) -> Any:
        body = parameters if method == "POST" else None
        answer = requests.request(method, self._url + path, json=body, timeout=60)
        value = answer.json()["value"]
        assert answer.ok, value
        return value


@contextmanager
def running(command: list[str], **options: Any) -> Iterator[None]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet | options) as process:
        try:
            yield
        finally:
            process.terminate()


def told_in(path: Path) -> str:
    """Return what a program has written to a file, once it has."""
    wait_until(lambda: path.exists() and path.read_text().strip() != "")
    return path.read_text().strip()


@contextmanager
def firefox(folder: Path) -> Iterator[Browser]:
    lines = (
        f"user_pref({json.dumps(name)}, {json.dumps(PREFERENCES[name])});" for name in PREFERENCES
    )
    (folder / "user.js").write_text("\n".join(lines))
    with running([FIREFOX, "--headless", "--marionette", "--no-remote", "--profile", str(folder)]):
        port = int(told_in(folder / "MarionetteActivePort"))
        with closing(Marionette(port)) as marionette:
            yield Browser(marionette)


@contextmanager
def webkit(folder: Path) -> Iterator[Browser]:
    """Run WebKit's own small browser on a screen that nobody sees."""
    with ExitStack() as stack:
        file = stack.enter_context((folder / "display").open("wb"))
        screen = ["Xvfb", "-displayfd", str(file.fileno()), "-screen", "0", "1280x1000x24"]
        stack.enter_context(running(screen, pass_fds=[file.fileno()]))
        own = {"DISPLAY": f":{told_in(folder / 'display')}", "HOME": str(folder)}
        port = free_port()
        command = ["WebKitWebDriver", f"--port={port}"]
        stack.enter_context(running(command, env=os.environ | own))
        wait_until(lambda: listens(port))
        yield Browser(stack.enter_context(closing(WebDriver(port))))


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# Each browser, and the programs that it needs.
BROWSERS = {"firefox": (firefox, [FIREFOX]), "webkit": (webkit, ["WebKitWebDriver", "Xvfb"])}
