"""The benchmark, on small histories and for a moment, so that it keeps running."""

import os
import re
import subprocess
import sys

from conftest import ROOT


def test_the_benchmark_prints_one_table() -> None:
    small = {"ROUNDS": "1", "SECONDS": "1", "SIZES": "2,20"}
    done = subprocess.run(
        [sys.executable, "-m", "bench"],
        cwd=ROOT,
        env=os.environ | small,
        capture_output=True,
        text=True,
        check=True,
    )
    head, _, *rows = done.stdout.splitlines()
    assert head == "| | 2 entries | 20 entries |"
    assert len(rows) > 15
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert len(cells) == 3, row
        assert re.match(r"[0-9]", cells[1]), row
