"""Settings from the environment, and the secret key that is made once."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import MakeApp
from flask import Flask

from server import create_app
from server.settings import stored_secret_key


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("SECRET_KEY", [12345, float("inf")]),
        ("SECRET_KEY_FALLBACKS", ["old", [""]]),
        ("DATABASE_URL", [5, "nonsense", "mysql://localhost/name"]),
        ("DATABASE_URL", ["sqlite://", "sqlite:///:memory:"]),
        ("LUNO_URLS", [["luno"], "http://127.0.0.1/", [5], ["http://[luno/"]]),
        ("CORS_ORIGINS", ["*", ["*"], ["example.org"], ["https://Example.org"]]),
        ("CORS_ORIGINS", [["https://*.example.org"], ["https://example.org/"]]),
        ("TRUSTED_PROXIES", ["one", -1]),
        ("TIMEZONE", ["Africa/Nowhere", "../etc/passwd", 5]),
    ],
)
def test_setting_that_cannot_serve_is_named(
    make_app: MakeApp, name: str, values: list[Any]
) -> None:
    for value in values:
        with pytest.raises(ValueError, match=f"FLASK_{name}"):
            make_app(**{name: value})


def test_only_the_hosts_that_are_named_are_answered(make_app: MakeApp) -> None:
    client = make_app(TRUSTED_HOSTS=["bank.example"]).test_client()
    for host, status in (("bank.example", 200), ("localhost", 400)):
        assert client.get("/api/health", headers={"Host": host}).status_code == status


def test_secret_key_is_made_once_by_many(tmp_path: Path) -> None:
    path = tmp_path / "secret-key"
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(stored_secret_key, [path] * 64))
    assert len(keys) == 1
    assert len(keys.pop()) == 64
    assert list(tmp_path.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_factory_needs_no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With none it keeps its key and its database in the instance folder, for its owner only.

    A variable that is no setting changes nothing.
    """
    monkeypatch.setenv("FLASK_PERMANENT_SESSION_LIFETIME", "3600")
    (tmp_path / "instance").mkdir(mode=0o755)
    monkeypatch.setattr(Flask, "auto_find_instance_path", lambda _: str(tmp_path / "instance"))
    app = create_app()
    app.extensions["database"].ping()
    app.extensions["database"].close()
    files = {path.name for path in (tmp_path / "instance").iterdir()}
    assert {"secret-key", "good-bank.db"} <= files
    assert not any(path.stat().st_mode & 0o077 for path in (tmp_path / "instance").iterdir())
    assert len(app.config["LUNO_URLS"]) == 2
    assert app.permanent_session_lifetime == timedelta(days=365)
