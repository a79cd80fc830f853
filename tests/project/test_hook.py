"""The hook that checks a commit, installed in a copy."""

import os
import subprocess
from pathlib import Path
from shutil import copytree, ignore_patterns

from conftest import ROOT


def test_what_make_check_refuses_is_not_committed(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    made = (".venv", "node_modules", "instance", ".git", ".*_cache")
    copytree(ROOT, copy, ignore=ignore_patterns(*made))
    for name in (".venv/made", ".venv/run", ".venv/test", "node_modules/tested"):
        (copy / name).parent.mkdir(exist_ok=True)
        (copy / name).touch()  # so that make installs nothing
    (copy / ".venv" / "bin").symlink_to(ROOT / ".venv" / "bin")
    own = {"PRE_COMMIT_HOME": str(tmp_path / "home"), "GIT_CONFIG_GLOBAL": os.devnull}
    env = os.environ | own  # and none of the developer's own

    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command.split(), cwd=copy, env=env, capture_output=True, text=True)

    for command in ("git init", ".venv/bin/pre-commit install"):
        run(command).check_returncode()
    bad = copy / "demo" / "bad.py"
    bad.write_text('"""Good, but for its format."""\n\nanswer  =  42\n')
    run("git add demo").check_returncode()
    bad.write_text('"""Good, but this is not what is committed."""\n\nanswer = 42\n')
    refused = run("git -c user.name=a -c user.email=a@bank.example commit -m bad")
    assert refused.returncode != 0
    assert "demo/bad.py" in refused.stderr, refused.stderr
    assert "1 file would be reformatted" in refused.stderr
