"""The single page, and its files, which a browser keeps until they change."""

import os
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from flask import Blueprint, Response, current_app, request, send_from_directory, session
from werkzeug.wrappers import Response as BaseResponse

from server.web import visitor

blueprint = Blueprint("page", __name__)


@blueprint.get("/")
def index() -> BaseResponse:
    """Send the page. A new visitor's cookie comes with it, so that two tabs share a history."""
    if not session:
        visitor.remember(visitor.history())
    page = (folder() / "index.html").read_text("utf-8")
    response = Response(page.replace('"client/', f'"client-{version()}/'), mimetype="text/html")
    response.add_etag()
    return response.make_conditional(request)


@blueprint.get("/client-<name>/<path:file>")
def client(name: str, file: str) -> BaseResponse:
    """Send a file of the page. Its address names its version, so it need not be asked for again."""
    response = send_from_directory(folder(), file)
    if name == version():
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def folder() -> Path:
    """Return where the page's files are."""
    return Path(str(current_app.static_folder))


def version() -> str:
    """Return a name for all of the page's files as they are now; the libraries' are in the page."""
    with os.scandir(folder()) as entries:
        files = [(entry.path, entry.stat().st_mtime_ns) for entry in entries if entry.is_file()]
    return digest(tuple(sorted(files)))


@lru_cache(maxsize=1)
def digest(files: tuple[tuple[str, int], ...]) -> str:
    """Return a name for the contents of files, each with the time of its last change."""
    contents = b"".join(Path(path).read_bytes() for path, _ in files)
    return blake2b(contents, digest_size=8).hexdigest()
