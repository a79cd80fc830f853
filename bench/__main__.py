"""What the product costs, in one table: `make bench`.

Its API in one process, over HTTP, and its page in Chromium, each alternated with a baseline: a
machine's speed drifts, so only ratios within a round mean anything. The cells are medians. ROUNDS
(5), SECONDS (3, of each load) and SIZES (of histories) can be set.
"""

import os
import tempfile
from pathlib import Path

from bench import calls, load, page
from demo.luno import Luno

ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = int(os.environ.get("SECONDS", "3"))
SIZES = [int(size) for size in os.environ.get("SIZES", "10,1000,10000").split(",")]


def main() -> None:
    """Measure everything and print the table."""
    with tempfile.TemporaryDirectory(prefix="good-bank-") as name, Luno() as luno:
        folder = Path(name)
        rows = calls.measure(folder, luno.url, SIZES, ROUNDS)
        rows |= page.measure(folder, luno.url, SIZES, ROUNDS)
        rows |= load.measure(folder, luno.url, SIZES, ROUNDS, SECONDS)
    print("| |", " | ".join(f"{size:,} entries" for size in SIZES), "|")
    print("| --- |", " | ".join("---:" for _ in SIZES), "|")
    for title, cells in rows.items():
        print("|", title, "|", " | ".join([*cells, *[""] * (len(SIZES) - len(cells))]), "|")


if __name__ == "__main__":
    main()
