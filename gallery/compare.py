"""Print what changes from one stage to another: `make compare FROM=3 TO=4`."""

import sys

from gallery.stages import ADDS
from gallery.steps import changes

COLOURS = {"+": "\033[32m", "-": "\033[31m", "@": "\033[36m"}
PLAIN = "\033[0m"


def painted(line: str) -> str:
    """Return a line of a diff in its colour, for a terminal."""
    return f"{COLOURS[line[0]]}{line}{PLAIN}" if line[0] in COLOURS else line


def main(before: str = "", after: str = "") -> None:
    """Print the diff between two stages, in colour if a terminal shows it."""
    if not {before, after} <= {str(number) for number in ADDS}:
        sys.exit(f"FROM and TO are each a stage, 1 to {len(ADDS)}: make compare FROM=3 TO=4")
    lines = [line for change in changes(int(before), int(after)) for line in change.lines]
    if sys.stdout.isatty():
        lines = [painted(line) for line in lines]
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
