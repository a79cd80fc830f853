"""What the tests of survival share: writers of one history over real HTTP, and what must be left.

As in Jepsen's set test, each append is a balance of its own. The server acknowledges it (200) or
refuses it (a problem); where no answer comes, it is unknown what became of it.
"""

import itertools
import math
import os
import threading
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from uuid import uuid4

import psutil  # type: ignore[import-untyped]
import requests

SIZE = int(os.environ.get("FAULTS", "1"))  # how many times as much of everything
WRITERS = 6
CALM = 50  # appends in a row
PATIENCE = 60  # seconds until a request or a wait that hangs fails its test

DONE, REFUSED, UNKNOWN = "acknowledged", "refused", "unknown"


@dataclass
class Append:
    """A balance that is sent under a key of its own, and what became of it."""

    number: int
    key: str
    began: float
    ended: float = math.inf  # when it was acknowledged
    fate: str = UNKNOWN

    @property
    def balance(self) -> str:
        return f"{self.number}.00"


class Load:
    """Writers of one visitor's history, each with connections of its own, at all of `urls` in turn.

    A status `in_doubt` leaves open what became of the append: a database server that is lost while
    it commits cannot tell, and the answer is 503 all the same.
    """

    def __init__(self, urls: list[str], in_doubt: Collection[int] = ()) -> None:
        self.urls = urls
        self.appends: list[Append] = []
        self.cookie = visitor(urls[0])
        self._in_doubt = in_doubt
        self._numbers = itertools.count(1)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Have the writers append until the block ends; raise what one has come upon."""
        stop = threading.Event()
        with ThreadPoolExecutor(WRITERS) as pool:
            writing = [pool.submit(self._write, stop.is_set) for _ in range(WRITERS)]
            try:
                yield
            finally:
                stop.set()
                for writer in writing:
                    writer.result()

    def wait_for(self, more: int, fate: str = DONE) -> None:
        """Wait until so many more appends have met this fate."""
        enough = len(self.of(fate)) + more
        wait_until(lambda: len(self.of(fate)) >= enough)

    def wait_for_calm(self) -> None:
        """Wait until so many in a row were acknowledged that every writer was among them."""
        start = len(self.appends)
        calm = [DONE] * CALM
        wait_until(lambda: [append.fate for append in self.appends[start:][-CALM:]] == calm)

    def check_all(self) -> None:
        """Check, send what is unknown again, under its key, and check that none is."""
        self.check()
        with requests.Session() as session:
            for append in self.of(UNKNOWN):
                self.send(session, append)
        assert self.of(UNKNOWN) == []
        self.check()

    def send(self, session: requests.Session, append: Append) -> None:
        """Send a balance, and note what becomes of it."""
        urls = list(self.urls)  # a test may change them meanwhile
        try:
            answer = session.post(
                f"{urls[append.number % len(urls)]}/api/update",
                json={"balance": append.balance},
                headers={"Cookie": self.cookie, "Idempotency-Key": append.key},
                timeout=PATIENCE,
            )
        except requests.RequestException:
            return
        if answer.status_code == 200:
            append.fate, append.ended = DONE, time.monotonic()
            shown = [entry["id"] for entry in answer.json()["balances"]]
            assert shown.count(append.key) == 1, "the answer does not have what it acknowledges"
        else:
            assert_problem(answer)
            append.fate = UNKNOWN if answer.status_code in self._in_doubt else REFUSED

    def of(self, fate: str) -> list[Append]:
        return [append for append in self.appends if append.fate == fate]

    def read(self) -> list[dict[str, str]]:
        answer = requests.get(
            f"{self.urls[0]}/api/balances", headers={"Cookie": self.cookie}, timeout=PATIENCE
        )
        assert answer.status_code == 200
        return [entry for entry in answer.json()["balances"] if not entry["sample"]]

    def check(self) -> None:
        """Hold the final read against what the writers were told."""
        final = self.read()
        keys = [entry["id"] for entry in final]
        sent = {append.key: append for append in self.appends}
        assert len(set(keys)) == len(keys), "an append is there twice"
        assert set(keys) <= sent.keys(), "there is what nobody sent, or not under its key"
        assert {append.key for append in self.of(DONE)} <= set(keys), "an append is lost"
        assert not {append.key for append in self.of(REFUSED)} & set(keys), "a refused one is there"
        assert [entry["balance"] for entry in final] == [sent[key].balance for key in keys]
        latest = 0.0  # when the last to begin, of those so far, began
        for key in keys:
            assert sent[key].ended >= latest, "one stands before what was acknowledged earlier"
            latest = max(latest, sent[key].began)

    def _write(self, ended: Callable[[], bool]) -> None:
        with requests.Session() as session:
            while not ended():
                append = Append(next(self._numbers), str(uuid4()), time.monotonic())
                self.send(session, append)
                self.appends.append(append)
                if append.fate != DONE:
                    time.sleep(0.05)


def visitor(url: str) -> str:
    cookie = requests.get(url, timeout=PATIENCE).headers["Set-Cookie"]
    return cookie.partition(";")[0]


def assert_problem(answer: requests.Response) -> None:
    """Assert that an answer is one of the problems that the API promises."""
    assert answer.status_code == 503 or 400 <= answer.status_code < 500, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for something that comes unless the product hangs."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "what is waited for does not come"
        time.sleep(0.01)


def kill(pid: int) -> None:
    """Kill a process and all that descend from it, as a crash of the machine would."""
    process = psutil.Process(pid)
    process.suspend()  # so that it starts no more
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            each.kill()
