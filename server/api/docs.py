"""The API's description: `openapi.json`, and a page on which Swagger UI shows it."""

from pathlib import Path

from flask import Blueprint, Response

blueprint = Blueprint("docs", __name__, url_prefix="/api")

FOLDER = Path(__file__).parent
DESCRIPTION = (FOLDER / "openapi.json").read_text("utf-8")
PAGE = (FOLDER / "docs.html").read_text("utf-8")
SWAGGER_UI = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5.35.0/"  # as in docs.html
# What Swagger UI needs: itself, its icons (data:), and the API, which it calls on request.
POLICY = (
    "default-src 'none'",
    f"script-src 'self' {SWAGGER_UI}swagger-ui-bundle.js",
    f"style-src 'self' {SWAGGER_UI}swagger-ui.css",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Answer the API's description."""
    return Response(DESCRIPTION, mimetype="application/json")


@blueprint.get("/docs")
def docs() -> Response:
    """Answer a page that shows it."""
    headers = {"Content-Security-Policy": "; ".join(POLICY)}
    return Response(PAGE, mimetype="text/html", headers=headers)
