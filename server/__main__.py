"""Serve the product: `python -m server`, at HOST and PORT."""

import os

from granian import Granian
from granian.constants import Interfaces

MAX_WORKERS = 4


def main() -> None:
    """Run a process per core, up to four, until SIGTERM or Ctrl-C; end what is under way."""
    Granian(
        "server:create_app",
        factory=True,
        interface=Interfaces.WSGI,
        address=os.environ.get("HOST", "127.0.0.1"),
        port=int(os.environ.get("PORT", "5000")),
        workers=min(os.cpu_count() or 1, MAX_WORKERS),
        blocking_threads=4,
    ).serve()


if __name__ == "__main__":
    main()
