"""The stages: where they are, what each adds, and how one is loaded beside the others."""

import runpy
from pathlib import Path

from flask import Flask

ROOT = Path(__file__).parent.parent

ADDS = {
    1: "A page with a table of simulated balances.",
    2: "The mockup's layout, in hand-written CSS.",
    3: "A form, and entries kept in Flask's session.",
    4: "Each balance's value in bitcoin, at Luno's price.",
    5: "No page reload: a small API, Vue and axios.",
}


def folder(number: int) -> Path:
    """Return where a stage is."""
    return ROOT / f"stage-{number}"


def load(number: int) -> Flask:
    """Run a stage's app.py as a module of its own name; return its app, a new one each time."""
    path = folder(number) / "app.py"
    app: Flask = runpy.run_path(str(path), run_name=f"stage_{number}")["app"]
    return app
