"""The steps: what changes from one stage to another."""

from dataclasses import dataclass
from difflib import unified_diff

from gallery.stages import folder


@dataclass(frozen=True)
class Change:
    """A file that a step changes: its path in the stage's folder, and its unified diff."""

    path: str
    lines: list[str]

    @property
    def added(self) -> int:
        """How many lines the step adds."""
        return sum(line.startswith("+") for line in self.lines[2:])

    @property
    def deleted(self) -> int:
        """How many lines it deletes."""
        return sum(line.startswith("-") for line in self.lines[2:])


def files(number: int) -> dict[str, list[str]]:
    """Return the lines of a stage's files, by path; of stage 0, which is not there, none."""
    return {
        path.relative_to(folder(number)).as_posix(): path.read_text("utf-8").splitlines()
        for path in sorted(folder(number).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def changes(before: int, after: int) -> list[Change]:
    """Return what changes from one stage to another, a file at a time."""
    old, new = files(before), files(after)
    found = []
    for path in sorted(old | new):
        names = (f"stage-{before}/{path}", f"stage-{after}/{path}")
        lines = unified_diff(old.get(path, []), new.get(path, []), *names, lineterm="")
        found.append(Change(path, list(lines)))
    return [change for change in found if change.lines]
