"""The gallery: the five stages of the task side by side, and each one's diff to the one before."""

from flask import Flask, render_template
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from gallery.stages import ADDS, TASKS, load
from gallery.steps import changes, files


def create_app() -> Flask:
    """Build the application: the gallery at /, and each stage under its name, as /stage-3/."""
    app = Flask(__name__)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.wsgi_app = DispatcherMiddleware(  # type: ignore[method-assign]
        app.wsgi_app, {f"/stage-{number}": load(number) for number in ADDS}
    )

    @app.get("/")
    def index() -> str:
        """Show the gallery, with the stages' files as they are now."""
        steps = {number: changes(number - 1, number) for number in ADDS}
        sources = {number: files(number) for number in ADDS}
        return render_template("index.html", adds=ADDS, tasks=TASKS, steps=steps, sources=sources)

    return app
