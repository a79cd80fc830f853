"""The single page, and its files, which a browser keeps until they change."""

import json
import os
import re
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from flask import Blueprint, Response, current_app, request, send_from_directory, session
from werkzeug.wrappers import Response as BaseResponse

from server.web import visitor

blueprint = Blueprint("page", __name__)

STYLE = re.compile(r' *<link rel="stylesheet" href="client/(.*)">\n')
STYLES = "page.css"  # all of index.html's in one
ONLINE_ONLY = ("docs.css", "docs.js", "worker.js")  # which the service worker does not keep
PRELOAD = '  <link rel="modulepreload" href="client/app.js">\n'
IMPORT = re.compile(r'^(?:import|export|\}) .*from "\./([\w-]+\.js)";$', re.MULTILINE)
LIBRARY = re.compile(r'data-local="(.*)"\s+href="(.*)"\s+integrity="(.*)"')


@blueprint.get("/")
def index() -> BaseResponse:
    """Send the page. A new visitor's cookie comes with it, so that two tabs share a history."""
    if not session:
        visitor.remember(visitor.history())
    response = Response(html(folder(), version()), mimetype="text/html")
    response.add_etag()
    return response.make_conditional(request)


@blueprint.get("/client-<name>/<path:file>")
def client(name: str, file: str) -> BaseResponse:
    """Send a file of the page. Its address names its version, so it need not be asked for again."""
    is_kept = name == version()
    if file == STYLES:
        response = Response(styles(folder(), version()), mimetype="text/css")
    else:
        response = send_from_directory(folder(), file, etag=not is_kept)
    if is_kept:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """Send what a phone needs to put the page on its home screen."""
    text = (folder() / "manifest.webmanifest").read_text("utf-8")
    return Response(in_version(text, version()), mimetype="application/manifest+json")


@blueprint.get("/worker.js")
def worker() -> Response:
    """Send the service worker, another one for each version: browsers look for it at each visit."""
    files = {path.name for path in folder().iterdir() if path.suffix in (".css", ".js", ".svg")}
    files = files - {*STYLE.findall(index_html(folder())), *ONLINE_ONLY} | {STYLES}
    page = html(folder(), version())
    names = ("local", "href", "integrity")
    told = {
        "version": version(),
        "files": [f"client-{version()}/{name}" for name in sorted(files)],
        "libraries": [dict(zip(names, found, strict=True)) for found in LIBRARY.findall(page)],
    }
    script = (folder() / "worker.js").read_text("utf-8")
    return Response(f"const PAGE = {json.dumps(told)};\n{script}", mimetype="text/javascript")


@lru_cache(maxsize=1)
def html(folder: Path, version: str) -> str:
    """Return the page, each of its files in this version.

    It asks for all of its modules at once, and for its styles in one file: they come before it is
    painted, and a phone waits for each of eight.
    """
    modules = ["app.js"]
    for module in modules:  # grows
        imported = IMPORT.findall((folder / module).read_text("utf-8"))
        modules += [name for name in dict.fromkeys(imported) if name not in modules]
    preloads = "".join(PRELOAD.replace("app.js", module) for module in modules)
    page = index_html(folder).replace(PRELOAD, preloads)
    links = [link[0] for link in STYLE.finditer(page)]
    page = page.replace("".join(links), f'  <link rel="stylesheet" href="client/{STYLES}">\n')
    return in_version(page, version)


@lru_cache(maxsize=1)
def styles(folder: Path, version: str) -> str:
    """Return the style sheets of the page in one."""
    return "".join((folder / name).read_text("utf-8") for name in STYLE.findall(index_html(folder)))


def index_html(folder: Path) -> str:
    """Return the page as it is written."""
    return (folder / "index.html").read_text("utf-8")


def in_version(text: str, version: str) -> str:
    """Return a text whose addresses of files name a version."""
    return text.replace('"client/', f'"client-{version}/')


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
