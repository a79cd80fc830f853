"""Settings from the environment, and the secret key that is made once."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import MakeApp
from flask import Flask
from helpers import own, record

from server import create_app
from server.settings import stored_secret_key


def test_the_environment_is_read(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_LUNO_URLS", '["http://127.0.0.1:1/"]')
    monkeypatch.setenv("FLASK_TIMEZONE", "Europe/Paris")
    monkeypatch.setenv("FLASK_CORS_ORIGINS", '["https://example.org"]')
    app = make_app()
    assert app.config["TIMEZONE"] == "Europe/Paris"
    assert app.config["CORS_ORIGINS"] == ["https://example.org"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", 12345),
        ("SECRET_KEY", float("inf")),
        ("SECRET_KEY_FALLBACKS", "old"),
        ("SECRET_KEY_FALLBACKS", [""]),
        ("DATABASE_URL", 5),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://localhost/name"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("LUNO_URLS", ["luno"]),
        ("CORS_ORIGINS", ["https://Example.org"]),
        ("LUNO_URLS", "http://127.0.0.1/"),
        ("LUNO_URLS", [5]),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", ["*"]),
        ("CORS_ORIGINS", ["https://*.example.org"]),
        ("CORS_ORIGINS", ["example.org"]),
        ("CORS_ORIGINS", ["https://example.org/"]),
        ("TIMEZONE", "Africa/Nowhere"),
        ("TIMEZONE", "../etc/passwd"),
        ("TIMEZONE", 5),
    ],
)
def test_a_setting_that_cannot_serve_is_named(make_app: MakeApp, name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"FLASK_{name}"):
        make_app(**{name: value})


def test_the_secret_key_is_made_once_by_many(tmp_path: Path) -> None:
    path = tmp_path / "secret-key"
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(stored_secret_key, [path] * 64))
    assert len(keys) == 1
    assert len(keys.pop()) == 64
    assert list(tmp_path.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_old_key_is_still_accepted(make_app: MakeApp) -> None:
    old = make_app(SECRET_KEY="old").test_client()
    cookie = record(old).headers["Set-Cookie"].partition(";")[0]

    def entries(app: Flask) -> int:
        client = app.test_client(use_cookies=False)
        return len(own(client.get("/api/balances", headers={"Cookie": cookie})))

    assert entries(make_app(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["old"])) == 1
    assert entries(make_app(SECRET_KEY="new")) == 0


def test_the_factory_needs_no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With none it keeps its key and its database in the instance folder, for its owner only."""
    (tmp_path / "instance").mkdir(mode=0o755)
    monkeypatch.setattr(Flask, "auto_find_instance_path", lambda _: str(tmp_path / "instance"))
    app = create_app()
    app.extensions["database"].ping()
    app.extensions["database"].close()
    files = {path.name for path in (tmp_path / "instance").iterdir()}
    assert {"secret-key", "good-bank.db"} <= files
    assert not any(path.stat().st_mode & 0o077 for path in (tmp_path / "instance").iterdir())
    assert len(app.config["LUNO_URLS"]) == 2
