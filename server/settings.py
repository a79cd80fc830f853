"""Settings: environment variables with the prefix FLASK_, each with a default that serves."""

import os
import re
import secrets
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from server.web.limits import MAX_BODY, MAX_FIELDS

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]+)?")  # as browsers write it


def load(app: Flask, overrides: Mapping[str, Any] | None = None) -> None:
    """Fill `app.config`: defaults, then the environment, then `overrides`.

    Also have the process make files for their owner only, such as the database and its log.
    Raises ValueError, naming the variable, for a value that cannot serve.
    """
    os.umask(0o077)
    instance = Path(app.instance_path)
    app.config.from_mapping(
        # Signs the session cookie. None: made once and kept in the instance folder.
        SECRET_KEY=None,
        # Keys of before, still accepted, so that a key can be changed without losing a visitor.
        SECRET_KEY_FALLBACKS=[],
        # Where the entries are: any SQLAlchemy URL. None: SQLite in the instance folder.
        DATABASE_URL=None,
        # Luno's ticker, tried in order: the task's address, then Luno's present one.
        LUNO_URLS=[
            "https://api.mybitx.com/api/1/ticker?pair=XBTZAR",
            "https://api.luno.com/api/1/ticker?pair=XBTZAR",
        ],
        # Other origins of the same site that may call the API with the visitor's session.
        CORS_ORIGINS=[],
        # How many proxies in front say who the visitor is and by which address they came.
        TRUSTED_PROXIES=0,
        # The names by which it may be called; none: all. `python -m server` on 127.0.0.1 sets them.
        TRUSTED_HOSTS=[],
        # Decides what day "today" is.
        TIMEZONE="Africa/Johannesburg",
    )
    app.config.from_prefixed_env()
    app.config.from_mapping(
        # What is no setting. A cookie goes to every port of a host: under a name of our own no
        # other local app overwrites it.
        SESSION_COOKIE_NAME="good_bank",
        PERMANENT_SESSION_LIFETIME=timedelta(days=365),  # from the last write
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        MAX_FORM_PARTS=MAX_FIELDS,
    )
    app.config.from_mapping(overrides or {})
    if not (app.config["SECRET_KEY"] and app.config["DATABASE_URL"]):
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not app.config["SECRET_KEY"]:
        app.config["SECRET_KEY"] = stored_secret_key(instance / "secret-key")
    if not app.config["DATABASE_URL"]:
        app.config["DATABASE_URL"] = f"sqlite:///{instance / 'good-bank.db'}"
    check(app.config)


def stored_secret_key(path: Path) -> str:
    """Return the key kept at `path`, made there first if need be, readable by its owner only.

    The key appears whole or not at all, and the first of several processes to link it wins.
    """
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=path.parent)  # mode 0600
        with open(handle, "w") as file:
            file.write(secrets.token_hex())
        with suppress(FileExistsError):
            os.link(draft, path)
        os.unlink(draft)
    return path.read_text()


def check(config: Mapping[str, Any]) -> None:
    """Refuse settings that would only fail later, or silently mean something else."""
    if not isinstance(config["SECRET_KEY"], str) or not config["SECRET_KEY"]:
        raise ValueError(
            "FLASK_SECRET_KEY reads as a number, or the file secret-key in its place is empty."
        )
    try:
        url = make_url(config["DATABASE_URL"])
        url.get_dialect().import_dbapi()
    except (ArgumentError, AttributeError, ImportError) as error:
        raise ValueError(
            f"FLASK_DATABASE_URL is no SQLAlchemy URL with a driver: {error}"
        ) from None
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError("FLASK_DATABASE_URL names no file, and memory is not shared.")
    if url.get_backend_name() == "sqlite" and sqlite3.sqlite_version_info < (3, 35):
        raise ValueError(f"This Python has SQLite {sqlite3.sqlite_version}, but 3.35 is needed.")
    for name in ("SECRET_KEY_FALLBACKS", "LUNO_URLS", "CORS_ORIGINS", "TRUSTED_HOSTS"):
        values = config[name]
        if not isinstance(values, list) or not all(isinstance(v, str) and v for v in values):
            raise ValueError(f'FLASK_{name} must be a JSON list of strings, such as ["…", "…"].')
    for url in config["LUNO_URLS"]:
        if not is_http(url):
            raise ValueError("FLASK_LUNO_URLS: one is no address like https://host/path.")
    for origin in config["CORS_ORIGINS"]:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(f"FLASK_CORS_ORIGINS: {origin!r} is no origin like https://host:port.")
    proxies = config["TRUSTED_PROXIES"]
    if not isinstance(proxies, int) or proxies < 0:
        raise ValueError(f"FLASK_TRUSTED_PROXIES: {proxies!r} is no number of proxies.")
    try:
        ZoneInfo(config["TIMEZONE"])
    except (KeyError, TypeError, ValueError, OSError):
        raise ValueError(f"FLASK_TIMEZONE: no time zone {config['TIMEZONE']!r}.") from None


def is_http(url: str) -> bool:
    """Tell whether an address can be asked."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of its host or its port
        return False
