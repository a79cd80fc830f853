"""The image and compose.yaml, by the commands of README.md and docs/operations.md."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from conftest import ROOT
from helpers import commands_of, free_port
from requests import Session

from demo.luno import Luno

pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS")
HARDENED = "--read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges"
NO_EXCHANGE = """--env FLASK_LUNO_URLS='["http://127.0.0.1:9"]'"""


def succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def require_images(file: str, pattern: str) -> None:
    for image in re.findall(pattern, (ROOT / file).read_text(), re.MULTILINE):
        if not (succeeds("docker", "image", "inspect", image) or succeeds("docker", "pull", image)):
            pytest.skip(f"{image} cannot be fetched")


def shell(script: str, folder: Path = ROOT) -> str:
    command = ["sh", "-euc", script]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def wait_for(url: str) -> None:
    """Wait until a server's database answers."""
    for _ in range(300):
        try:
            if requests.get(f"{url}/api/health", timeout=20, verify=False).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"{url} does not answer")


def record(visitor: Session, url: str, balance: str) -> None:
    sent = {"balance": balance}
    visitor.post(f"{url}/api/update", data=sent, timeout=20).raise_for_status()


def balances(visitor: Session, url: str) -> list[str]:
    history = visitor.get(f"{url}/api/balances", timeout=20).json()
    return [entry["balance"] for entry in history["balances"] if not entry["sample"]]


@pytest.fixture
def visitor() -> Iterator[Session]:
    with Session() as session:
        session.trust_env, session.verify = False, False  # Caddy signs for localhost itself
        yield session


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    """The name of the image, which is built as `make image` does."""
    if not (shutil.which("docker") and succeeds("docker", "version")):
        pytest.skip("no container engine")
    require_images("Dockerfile", r"^FROM (\S+)")
    name = f"good-bank-{uuid4().hex[:8]}"
    shell(shell("make --dry-run image").replace("good-bank", name))
    yield name
    shell(f"docker image rm {name}")


class Container:
    """A container with its volume, under another name than the good-bank of the pages."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def run(self, script: str, folder: Path = ROOT) -> None:
        """Run a script of the pages about this container."""
        script = re.sub(r"good-bank(?!\.db)", self.name, script)
        script = script.replace("127.0.0.1:5000:", f"127.0.0.1:{self.port}:")
        script = script.replace("docker run", f"docker run {NO_EXCHANGE} {HARDENED}")
        shell(script, folder)

    def start(self) -> None:
        """Start it as the README says, and wait until it answers."""
        _, run = commands_of("README.md", "make image").splitlines()
        self.run(run)
        wait_for(self.url)

    def exit_code(self) -> str:
        """Stop it, and return what it ended with."""
        shell(f"docker stop {self.name}")
        return shell(f"docker inspect --format '{{{{.State.ExitCode}}}}' {self.name}").strip()


@pytest.fixture
def container(image: str) -> Iterator[Container]:
    made = Container(f"{image}-{uuid4().hex[:8]}")
    shell(f"docker tag {image} {made.name}")
    yield made
    for remove in ("rm --force", "volume rm", "image rm"):
        shell(f"docker {remove} {made.name}")


def test_what_is_recorded_outlives_the_container(container: Container, visitor: Session) -> None:
    container.start()
    record(visitor, container.url, "5")
    assert container.exit_code() == "0"
    shell(f"docker start {container.name}")
    wait_for(container.url)
    assert balances(visitor, container.url) == ["5.00"]
    shell(f"docker rm --force {container.name}")
    container.start()
    assert balances(visitor, container.url) == ["5.00"]


def test_image_has_what_it_needs_and_no_more(container: Container, visitor: Session) -> None:
    container.start()
    inside = f"docker exec {container.name}"
    assert shell(f"{inside} ls").split() == ["client", "instance", "requirements.lock", "server"]
    assert shell(f"{inside} id --user").strip() != "0"
    assert shell(f"{inside} find instance -perm /077") == ""
    for library in ("vue.global.prod.js", "axios.min.js"):
        assert visitor.get(f"{container.url}/client/vendor/{library}", timeout=20).ok
    with (ROOT / "tests/statements/files/xlsx-typed-cells.xlsx").open("rb") as workbook:
        answer = visitor.post(f"{container.url}/api/import", files={"file": workbook}, timeout=20)
    assert answer.json()["import"]["kind"] == "xlsx"  # for which it needs files and a process
    health = f"docker inspect --format '{{{{json .Config.Healthcheck.Test}}}}' {container.name}"
    kind, command = json.loads(shell(health))
    assert kind == "CMD-SHELL"
    assert succeeds("docker", "exec", container.name, "sh", "-c", command)
    assert not succeeds("docker", "exec", "--env", "PORT=9", container.name, "sh", "-c", command)


def test_backup_of_a_container_brings_all_back(
    container: Container, visitor: Session, tmp_path: Path
) -> None:
    container.start()
    record(visitor, container.url, "1")
    page = "docs/operations.md"
    container.run(commands_of(page, "(umask 077 && docker exec"), tmp_path)
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}
    shell(f"docker rm --force {container.name}; docker volume rm {container.name}")
    container.start()  # with a volume and a key of its own
    assert balances(visitor, container.url) == []
    container.run(commands_of(page, "docker stop"), tmp_path)
    wait_for(container.url)
    assert balances(visitor, container.url) == ["1.00"]
    assert shell(f"docker exec {container.name} find instance -perm /077") == ""


OVERRIDE = """
services:
  caddy:
    ports: !override ["127.0.0.1::443"]
  good-bank:
    image: {image}
    ports: ["127.0.0.1::5000"]
    environment: {{FLASK_LUNO_URLS: '["http://exchange:5001/ticker"]'}}
  exchange:
    image: {image}
    command: [python, -m, http.server, "5001", --directory, /exchange]
    volumes: [./exchange:/exchange:ro]
"""


class Composed:
    """What compose.yaml runs, for localhost and on free ports, with a file as the exchange."""

    def __init__(self, image: str, folder: Path, ticker: bytes) -> None:
        """Copy what it is made of to a folder, whose name becomes the project's."""
        self._folder = folder
        shutil.copytree(ROOT / "server", folder / "server")
        shutil.copytree(ROOT / "client", folder / "client")
        for pattern in ("Dockerfile", "compose.yaml", "package*.json", "*.lock"):
            for path in ROOT.glob(pattern):
                shutil.copy2(path, folder)
        (folder / "exchange").mkdir()
        (folder / "exchange" / "ticker").write_bytes(ticker)
        (folder / "compose.override.yaml").write_text(OVERRIDE.format(image=image))

    def run(self, first: str) -> None:
        """Run the block of commands of docs/operations.md that begins so."""
        script = commands_of("docs/operations.md", first)
        shell(script.replace("bank.example", "localhost"), self._folder)

    def containers(self, service: str = "") -> list[str]:
        labels = [f"com.docker.compose.project={self._folder.name}"]
        labels += [f"com.docker.compose.service={service}"] if service else []
        filters = " ".join(f"--filter label={label}" for label in labels)
        return shell(f"docker ps --all --quiet {filters}").split()

    def addresses(self, service: str, port: int) -> list[str]:
        """Return at what host and port each container of a service is reached."""
        return [shell(f"docker port {found} {port}").strip() for found in self.containers(service)]

    def site(self) -> str:
        """Return its address, once it answers there."""
        ((_, port),) = (address.split(":") for address in self.addresses("caddy", 443))
        site = f"https://localhost:{port}"
        wait_for(site)
        return site

    def asked(self) -> int:
        (exchange,) = self.containers("exchange")
        return shell(f"docker logs {exchange} 2>&1").count('"GET /ticker')

    def remove(self) -> None:
        for service in ("caddy", "good-bank", "postgresql", "exchange"):
            shell(f"docker rm --force --volumes {' '.join(self.containers(service))}")
        shell("docker compose down --volumes", self._folder)


@pytest.fixture
def composed(image: str, luno: Luno, tmp_path: Path) -> Iterator[Composed]:
    if not succeeds("docker", "compose", "version"):
        pytest.skip("no docker compose")
    require_images("compose.yaml", r"^ +image: (\S+:\d+)$")
    folder = tmp_path / f"good-bank-{uuid4().hex[:8]}"
    folder.mkdir()
    made = Composed(image, folder, luno.answer())
    yield made
    made.remove()


def test_three_behind_caddy_answer_as_one(composed: Composed, visitor: Session) -> None:
    began = time.monotonic()
    composed.run("(umask 077 && echo")
    composed.run("docker compose up --detach --scale")
    site = composed.site()
    record(visitor, site, "5")
    ((name, value),) = visitor.cookies.items()
    assert name == "__Host-good_bank"
    each = [f"http://{address}" for address in composed.addresses("good-bank", 5000)]
    assert len(each) == 3
    for url in each:
        wait_for(url)
    headers = {"Cookie": f"{name}={value}", "X-Forwarded-Proto": "https"}
    for _ in range(50):  # a rate is with all of them within 5 s
        answers = [
            requests.get(f"{url}/api/balances", headers=headers, timeout=20).json() for url in each
        ]
        if all(answer["rate"] for answer in answers):
            break
        time.sleep(0.1)
    assert [answer["balances"][-1]["balance"] for answer in answers] == ["5.00"] * 3
    assert [answer["rate"]["price"] for answer in answers] == ["1000000.00"] * 3
    assert 1 <= composed.asked() <= 1 + (time.monotonic() - began) / 30


def test_backup_of_what_compose_runs_brings_all_back(
    composed: Composed, visitor: Session, tmp_path: Path
) -> None:
    composed.run("(umask 077 && echo")
    record(visitor, composed.site(), "1")
    composed.run("(umask 077 && docker compose exec")
    kept = list(tmp_path.glob("*/backup*"))
    assert [path.stat().st_mode & 0o077 for path in kept] == [0, 0]
    composed.remove()
    composed.run("(umask 077 && echo")  # anew, with a password and a key of its own
    assert balances(visitor, composed.site()) == []
    composed.run("docker compose stop")
    assert balances(visitor, composed.site()) == ["1.00"]
