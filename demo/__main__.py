"""Serve the product beside a stand-in for the exchange: `python -m demo`."""

import json
import os

from demo.luno import WanderingLuno
from server.__main__ import main

if __name__ == "__main__":
    with WanderingLuno() as luno:
        os.environ["FLASK_LUNO_URLS"] = json.dumps([luno.url])
        print(luno, flush=True)  # noqa: T201
        main()
