"""What lies outside of the cluster, and how its pods reach it.

Everything of the tests listens on loopback or on a socket, where pods with a network of their own do not come. So one pod has the
network of the machine, another one its own, and connections go through the first, a directory that both see, and the second.
"""

import json
import socket
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from jobsvc.embedded import EmbeddedPostgres
from tests.cluster import pass_on
from tests.parts import kubernetes
from tests.parts.containers import SEED_IMAGE
from tests.parts.kubernetes_files import ADMIN
from tests.waiting import until

NAMESPACE = "outside"
API_PORT, DATABASE_PORT = 6443, 5432
_SOCKETS, _DATABASE = "/sockets", "/database"
_OURS = f"{_SOCKETS}/api"


class Outside:
    """A PostgreSQL, and the API server, at an address that pods can connect to."""

    def __init__(self, api: httpx.Client, directory: Path) -> None:
        self._api = api
        self._pods = f"/api/v1/namespaces/{NAMESPACE}/pods"
        self._postgres = EmbeddedPostgres(directory / "postgres", durable=False)
        self._sockets = directory / "sockets"
        self.address = ""
        self.database_url = ""

    def start(self) -> None:
        """Start both."""
        url = urlsplit(self._postgres.start())
        [database] = parse_qs(url.query)["host"]
        self._sockets.mkdir()
        server = urlsplit(str(self._api.base_url)).netloc
        _expect(self._api.post("/api/v1/namespaces", json={"metadata": {"name": NAMESPACE}}))
        until(self._has_account)
        self._run("machine", [f"{_OURS}={server}"], {}, is_on_machine=True)
        until((self._sockets / "api").exists)
        [listening] = Path(database).glob(".s.PGSQL.*[0-9]")
        ways = [f"0.0.0.0:{API_PORT}={_OURS}", f"0.0.0.0:{DATABASE_PORT}={_DATABASE}/{listening.name}"]
        self._run("way", ways, {_DATABASE: database}, is_on_machine=False)
        self.address = until(lambda: self._pod("way")["status"].get("podIP"))
        until(self._is_open, pause=0.1)
        place = f"{url.username}:{url.password}@{self.address}:{DATABASE_PORT}"
        self.database_url = url._replace(scheme="postgresql", netloc=place, query="").geturl()

    def stop(self) -> None:
        """Leave nothing of them."""
        self._api.delete(f"/api/v1/namespaces/{NAMESPACE}")
        self._postgres.stop()

    def _is_open(self) -> bool:
        try:
            socket.create_connection((self.address, DATABASE_PORT), timeout=5).close()
        except OSError:
            return False
        return True

    def _has_account(self) -> bool:
        return self._api.get(f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/default").is_success

    def _pod(self, name: str) -> dict[str, dict[str, str]]:
        pod: dict[str, dict[str, str]] = self._api.get(f"{self._pods}/{name}").json()
        return pod

    def _run(self, name: str, ways: list[str], directories: dict[str, str], *, is_on_machine: bool) -> None:
        places = {_SOCKETS: str(self._sockets), **directories}
        container = {
            "name": name,
            "image": SEED_IMAGE,
            "imagePullPolicy": "Never",
            "command": ["python3", "-c", Path(pass_on.__file__).read_text(), *ways],
            "volumeMounts": [{"name": target.strip("/"), "mountPath": target} for target in places],
        }
        volumes = [{"name": target.strip("/"), "hostPath": {"path": source}} for target, source in places.items()]
        spec = {
            "hostNetwork": is_on_machine,
            "terminationGracePeriodSeconds": 0,
            "containers": [container],
            "volumes": volumes,
        }
        _expect(self._api.post(self._pods, json={"metadata": {"name": name}, "spec": spec}))


def share(api: httpx.Client, directory: Path, namespace: str, claim: str) -> None:
    """A volume for a claim that will be made: a directory of the machine, for the user of the image."""
    name = f"{namespace}-{claim}"
    spec = {
        "capacity": {"storage": "100Gi"},
        "accessModes": ["ReadWriteMany"],
        "hostPath": {"path": str(directory), "type": "Directory"},
        "claimRef": {"namespace": namespace, "name": claim},
    }
    _expect(api.post("/api/v1/persistentvolumes", json={"metadata": {"name": name}, "spec": spec}))


def administer(kubeconfig: Path) -> httpx.Client:
    """The API server for who administers the cluster."""
    return kubernetes.client(kubeconfig.with_name(f"{ADMIN}.conf"))


def _expect(answer: httpx.Response) -> None:
    assert answer.is_success, json.dumps(answer.json())
