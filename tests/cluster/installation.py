"""The service on the cluster, installed as docs/kubernetes.md says."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from tests.cli.support import free_port
from tests.cluster.outside import API_PORT, Outside, administer, share
from tests.docs.pages import Pages
from tests.image.building import IMAGE, Podman
from tests.parts import kube_program
from tests.parts.containers import SEED_IMAGE
from tests.parts.daemons import program
from tests.parts.kubernetes_files import ADMIN
from tests.waiting import until

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "kubernetes.md"
NAMESPACE, CLAIM = "batch", "jobsvc-data"
"""Those of the page."""
USER = 10001
"""The one of the image."""
COMMAND_SECONDS = 300.0
STOP_SECONDS = 60.0
INSTALL, REST = PAGE.read_text(encoding="utf-8").split("\n## Settings and secrets\n")


class Installation:
    """An empty cluster that has the image, a database beside it, and a directory with `deploy` for who follows the page."""

    def __init__(self, kubeconfig: Path, directory: Path) -> None:
        self.kubeconfig = kubeconfig
        self.directory = directory
        self.data = directory / "data"
        port = str(free_port())
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("JOBSVC_")}
        self._variables = inherited | {
            "KUBECONFIG": str(kubeconfig.with_name(f"{ADMIN}.conf")),
            # With its kubectl: what distributions have may be older than the files of deploy/kubernetes.
            "PATH": f"{kube_program.ready().parent}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "JOBSVC_PORT": port,
            "IMAGE": IMAGE,
            "JOB_IMAGE": SEED_IMAGE,
        }
        self._port_url = f"http://127.0.0.1:{port}"
        self._services = ExitStack()

    @contextmanager
    def prepared(self) -> Iterator["Installation"]:
        """What the page takes for granted, for the time of the block."""
        shutil.copytree(ROOT / "deploy", self.directory / "deploy")
        self.data.mkdir(mode=0o700)
        os.chown(self.data, USER, USER)
        with administer(self.kubeconfig) as api, self._services:
            outside = Outside(api, self.directory)
            try:
                outside.start()
                share(api, self.data, NAMESPACE, CLAIM)
                self._variables["DATABASE_URL"] = outside.database_url
                # The cluster has no kube-proxy, which would lead pods to its API server.
                with (self.directory / "deploy/kubernetes/settings.env").open("a") as settings:
                    settings.write(f"KUBERNETES_SERVICE_HOST={outside.address}\nKUBERNETES_SERVICE_PORT={API_PORT}\n")
                yield self
            finally:
                _remove(api)
                outside.stop()

    def follow(self, text: str) -> int:
        """Do what a part of the page says; gives the number of its examples."""
        page = self.directory / "page.md"
        page.write_text(text, encoding="utf-8")
        try:
            return Pages(self._variables, {}, directory=self.directory, serve=self._serve, seconds=COMMAND_SECONDS).run(page)
        except AssertionError as exc:
            raise AssertionError(f"{exc}\n{self.state()}") from exc

    def kubectl(self, *arguments: str) -> str:
        """Run it in the namespace; what it wrote. AssertionError with its complaint when it fails."""
        command = ["kubectl", "--namespace", NAMESPACE, *arguments]
        ran = subprocess.run(
            command, env=self._variables, capture_output=True, text=True, check=False, timeout=COMMAND_SECONDS + 10
        )
        assert ran.returncode == 0, f"{arguments}: {ran.stdout[-2000:]}{ran.stderr[-2000:]}\n{self.state()}"
        return ran.stdout

    @property
    def token(self) -> str:
        """That of the page."""
        return (self.directory / "production" / "token").read_text().strip()

    def state(self) -> str:
        """What there is, for who looks for a reason."""
        looks = (["get", "all"], ["events"], ["logs", "--selector=app.kubernetes.io/name=jobsvc", "--prefix", "--tail=15"])
        commands = [["kubectl", "--namespace", NAMESPACE, *look] for look in looks]
        return "\n".join(
            subprocess.run(command, env=self._variables, capture_output=True, text=True, check=False, timeout=60).stdout[-6000:]
            for command in commands
        )

    def _serve(self, command: Sequence[str]) -> None:
        """Keep a command of the page going, which leads to the service."""
        process = self._services.enter_context(subprocess.Popen(command, env=self._variables, stdin=subprocess.DEVNULL))
        self._services.callback(process.terminate)

        def answers() -> bool:
            assert process.poll() is None, "the way to the service has ended"
            try:
                return httpx.get(f"{self._port_url}/api/livez", trust_env=False).is_success
            except httpx.TransportError:
                return False

        until(answers, pause=0.1)


def _remove(api: httpx.Client) -> None:
    """Leave nothing of the installation, while there still is a database that workers can take their leave of."""
    namespace = f"/api/v1/namespaces/{NAMESPACE}"
    api.delete(namespace)
    until(lambda: api.get(namespace).status_code == httpx.codes.NOT_FOUND, 2 * STOP_SECONDS, 0.2)
    api.delete(f"/api/v1/persistentvolumes/{NAMESPACE}-{CLAIM}")


def load(podman: Podman, kubeconfig: Path, directory: Path) -> None:
    """Give the cluster's node the image."""
    archive, place = directory / "image.tar", kubeconfig.parent
    podman("save", "--format=docker-archive", f"--output={archive}", IMAGE)
    ctr = [program("ctr", "containerd"), f"--address={place / 'containerd.sock'}", "--namespace=k8s.io"]
    subprocess.run([*ctr, "images", "import", str(archive)], check=True, capture_output=True, timeout=200)
    archive.unlink()
