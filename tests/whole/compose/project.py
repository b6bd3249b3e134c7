"""One project of Compose on a Docker daemon whose network is not the machine's."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.cli.support import EXAMPLES
from tests.image.building import IMAGE, ROOT, Podman
from tests.parts.containers import SEED_IMAGE
from tests.waiting import until

HERE = Path(__file__).parent
FILES = ("docker-compose.yml", "tests/whole/compose/local.yml")
NAME = "jobsvc-compose"
URL = "http://127.0.0.1:8000/api"
"""Of the gateway, where the daemon is."""
UP_LIMIT = 240.0  # seconds
JOBSVC = Path(sys.executable).parent / "jobsvc"


class Project:
    """The services of the file, and a command line where their gateway listens.

    Args:
        socket: of the daemon, which has its pid beside it.
        directory: for secrets and sockets.
        elasticsearch: the URL of one on the network of this machine.

    """

    def __init__(self, socket: Path, directory: Path, elasticsearch: str) -> None:
        self._socket = socket
        self._directory = directory
        self._elasticsearch = urlsplit(elasticsearch).netloc
        self._token = secrets.token_hex(32)

    def take_image(self, podman: Podman) -> None:
        """Give the daemon the image under test, under the name of the file."""
        archive = self._directory / "jobsvc.tar"
        podman("save", "--format=docker-archive", f"--output={archive}", IMAGE)
        self._docker("load", f"--input={archive}")
        self._docker("tag", IMAGE, "jobsvc")
        archive.unlink()

    def config(self, *files: str) -> None:
        """Have Compose read files of the project's root."""
        self._compose(files, "config", "--quiet")

    @contextmanager
    def up(self) -> Iterator[None]:
        """All services as the page on containers says, and nothing of them afterwards."""
        self._write_secrets()
        listening = self._directory / "elasticsearch"
        with subprocess.Popen([sys.executable, str(HERE / "carry.py"), str(listening), self._elasticsearch]) as carrier:
            try:
                until(listening.exists)
                listening.chmod(0o777)
                self._compose(FILES, "up", "--detach", "--no-build")
                yield
            finally:
                self._compose(FILES, "down", "--volumes", "--timeout=5")
                carrier.terminate()

    def states(self) -> dict[str, str]:
        """What the daemon says of each container, by its service."""
        shown = self._docker(
            "ps", "--all", f"--filter=label=com.docker.compose.project={NAME}", "--format={{.Names}} {{.Status}}"
        )
        rows = (line.split(maxsplit=1) for line in shown.splitlines())
        return {name.removeprefix(f"{NAME}_").removesuffix("_1"): state for name, state in rows}

    def logs(self) -> str:
        """The last lines of all services."""
        return self._compose(FILES, "logs", "--tail=15", "--no-color")

    def jobsvc(self, *arguments: str) -> str:
        """What a command prints whose service is behind the gateway; AssertionError when it fails."""
        daemon = (self._socket.parent / "dockerd.pid").read_text()
        command = ["nsenter", f"--net=/proc/{daemon}/ns/net", str(JOBSVC), *arguments]
        return self._run(command, {"JOBSVC_URL": URL, "JOBSVC_TOKEN": self._token})

    def _write_secrets(self) -> None:
        password = secrets.token_hex(24)
        entry = self._run([str(JOBSVC), "token", "admin"], {}).splitlines()
        self._token, tokens = token_and_entry(entry)
        texts = {
            "postgres_password": password,
            "database_url": f"postgresql://jobsvc:{password}@postgres/jobsvc",
            "tokens": tokens,
        }
        for name, text in texts.items():
            (self._directory / name).write_text(f"{text}\n")

    def _compose(self, files: "tuple[str, ...]", *arguments: str) -> str:
        chosen = [f"--file={ROOT / file}" for file in files]
        variables = {
            "LOCAL_IMAGE": SEED_IMAGE,
            "HERE": str(HERE),
            "EXAMPLES": str(EXAMPLES),
            "PLACE": str(self._directory),
            "JOBSVC_DOCKER_GROUP": "0",
        }
        return self._run(["docker-compose", f"--project-name={NAME}", *chosen, *arguments], variables)

    def _docker(self, *arguments: str) -> str:
        return self._run(["docker", *arguments], {})

    def _run(self, command: list[str], variables: Mapping[str, str]) -> str:
        surroundings = {**os.environ, "DOCKER_HOST": f"unix://{self._socket}", **variables}
        ran = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False, timeout=UP_LIMIT)
        assert ran.returncode == 0, f"{command}: {ran.stdout[-3000:]}{ran.stderr[-3000:]}"
        return ran.stdout


def token_and_entry(lines: "list[str]") -> tuple[str, str]:
    """The secret, and what is for the service, of what `jobsvc token` prints."""
    said = dict(line.split(":", 1) for line in lines)
    return said["token"].strip(), said["JOBSVC_TOKENS"].strip()
