"""The baseline: a view that returns `jsonify` of what is in memory."""

import json
import os
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify


def create_app(payload: Any = None) -> Flask:
    """Build an application that answers a payload, or what is in the file that PAYLOAD names.

    At /written it answers the same bytes, written once: less than that no view in Flask can do.
    """
    app = Flask("bare")
    answer = payload or json.loads(Path(os.environ["PAYLOAD"]).read_text())
    bytes_ = app.json.dumps(answer).encode()

    @app.get("/api/balances")
    def balances() -> Response:
        return jsonify(answer)

    @app.get("/written")
    def written() -> Response:
        return Response(bytes_, content_type="application/json")

    return app
