"""The stages: where they are, what each adds and was asked for, how one is loaded."""

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

# The sentence of the task that each stage answers.
TASKS = {
    1: "Create a simple flask application … with a page that displays your bank balance over time.",
    2: "Change the layout and style your page using CSS. "
    "The layout should look something like this.",
    3: "Add a form below the table that allows you set your current balance.",
    4: "Use the LUNO API to find the current price in bitcoin "
    "and display the bitcoin value of each balance entry in a new column.",
    5: "Now instead of doing a page reload to add a new balance, "
    "use Javascript to do an asynchronous request.",
}


def folder(number: int) -> Path:
    """Return where a stage is."""
    return ROOT / f"stage-{number}"


def load(number: int) -> Flask:
    """Run a stage's app.py; return its app, a new one each time.

    Its module and its cookie get names of their own, since all stages share a process and a host.
    """
    path = folder(number) / "app.py"
    app: Flask = runpy.run_path(str(path), run_name=f"stage_{number}")["app"]
    app.config["SESSION_COOKIE_NAME"] = f"stage-{number}"
    return app
