"""The API's description: `openapi.json`, and a page that shows it."""

import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

blueprint = Blueprint("docs", __name__, url_prefix="/api")

TEXT = Path(__file__).with_name("openapi.json").read_text(encoding="utf-8")


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Answer the API's description."""
    return Response(TEXT, mimetype="application/json")


@blueprint.get("/docs")
def docs() -> str:
    """Answer the same description as a page."""
    root = request.url_root.rstrip("/")
    return render_template("docs.html", api=API, root=root, tell=sys.modules[__name__])


def resolved(part: Any, whole: Mapping[str, Any]) -> Any:
    """Return a part of a description with what each `$ref` names in its place."""
    if isinstance(part, list):
        return [resolved(item, whole) for item in part]
    if not isinstance(part, dict):
        return part
    result = {name: resolved(value, whole) for name, value in part.items() if name != "$ref"}
    if "$ref" in part:
        named: Any = whole
        for name in part["$ref"].removeprefix("#/").split("/"):
            named = named[name]
        result = resolved(named, whole) | result
    return result


WHOLE = json.loads(TEXT)
API = resolved(WHOLE, WHOLE)


def example(described: Mapping[str, Any]) -> Any:
    """Return the example of a parameter, a header or a body, which may be its schema's."""
    if "example" in described:
        return described["example"]
    return described["schema"].get("examples", [None])[0]


def written(value: Any) -> str:
    """Write a value as it is sent: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def sent(parameter: Mapping[str, Any]) -> str:
    """Write the example of a parameter as it is sent: an option stands behind a `?`."""
    value = written(example(parameter))
    return f"?{urlencode({parameter['name']: value})}" if parameter["in"] == "query" else value


def curl(root: str, path: str, method: str, operation: Mapping[str, Any], body: str = "") -> str:
    """Write the command that calls an operation with its example, in the media type `body`."""
    for parameter in operation.get("parameters", []):
        path = path.replace(f"{{{parameter['name']}}}", written(example(parameter)))
    words = ["curl", root + path]
    if operation.get("security") != []:
        words[1:1] = ["-b", "jar", "-c", "jar"]
    if method != ("post" if body else "get"):  # what curl sends by itself
        words += ["-X", method.upper()]
    if body == "application/json":
        value = json.dumps(example(operation["requestBody"]["content"][body]))
        words += ["-H", f"Content-Type: {body}", "-d", value]
    elif body == "*/*":
        words += ["-H", "Content-Type: text/csv", "--data-binary", "@statement.csv"]
    elif body:
        flag = "-F" if body == "multipart/form-data" else "-d"
        for name, value in example(operation["requestBody"]["content"][body]).items():
            words += [flag, f"{name}={'@statement.csv' if name == 'file' else written(value)}"]
    return shlex.join(words)


def curl_with_key(root: str) -> str:
    """Write the command that reads the history which a key opens."""
    return shlex.join(["curl", "-H", "Authorization: Bearer KEY", f"{root}/api/balances"])
