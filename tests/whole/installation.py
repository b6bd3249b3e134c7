"""Brings the parts up in the sequence of `docker-compose.yml`, and takes them down again.

The service's own parts are containers of its image. PostgreSQL, Elasticsearch, nginx (with the configuration that is given
out) and the provider of identities are processes of this machine, for their images cannot be had in tests.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
from scripts.elasticsearch import QUICK_START
from scripts.elasticsearch.server import running

from tests.cli.support import EXAMPLES, free_port
from tests.gateway.nginx import PREFIX, gateway
from tests.identity_provider import AUDIENCE, IdentityProvider, identity_provider
from tests.image.building import Podman
from tests.live import JOBS
from tests.relay import HOST
from tests.whole.container import Container, environment, once, volume
from tests.whole.postgres import Postgres

USER = 10001
"""Of the image."""
REPLICAS, WORKERS = ("api-1", "api-2"), ("worker-1", "worker-2")
ROLES = ("viewer", "submitter", "operator", "admin")
SETTINGS = {
    "JOBSVC_HOST": HOST,
    "JOBSVC_ROOT_PATH": PREFIX,
    "JOBSVC_TRUSTED_PROXIES": HOST,
    "JOBSVC_DATABASE_URL_FILE": "/run/secrets/database_url",
    "JOBSVC_OIDC_AUDIENCE": AUDIENCE,
    "JOBSVC_OIDC_ROLES": ",".join(f"{role}s={role}" for role in ROLES),
}


class Installation:
    """All parts, under the names that they have in `docker-compose.yml`."""

    def __init__(self, podman: Podman, directory: Path, provider: IdentityProvider) -> None:
        self.podman = podman
        self.provider = provider
        self.directory = directory
        self.ports = {name: free_port() for name in (*REPLICAS, *WORKERS)}
        self._processes = ExitStack()
        self.url = ""
        """Of the service, as its clients call it; known once it is started."""
        self._elasticsearch = ""
        self.postgres = Postgres(directory / "postgres")
        self.containers = {name: Container(podman, name, self.ports[name]) for name in (*REPLICAS, *WORKERS)}

    def token(self, role: str, **claims: Any) -> str:
        """A token of the provider for somebody with the role."""
        return self.provider.token(preferred_username=role, roles=[f"{role}s"], **claims)

    def client(self, role: str) -> httpx.Client:
        """A client with such a token, by way of the gateway."""
        headers = {"Authorization": f"Bearer {self.token(role)}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, trust_env=False)

    def start(self) -> None:
        """Start everything: what others need comes first."""
        self._prepare_files()
        self._elasticsearch = self._processes.enter_context(running(self.directory / "elasticsearch", QUICK_START))
        once(self.podman, ["migrate"], self._options({}))
        once(self.podman, ["import", "--keep-running", "/jobs.jsonl"], [*self._options({}), volume(JOBS, "/jobs.jsonl")])
        for name in REPLICAS:
            self.containers[name].create("serve", self._options({"JOBSVC_PORT": str(self.ports[name])}))
        for name in WORKERS:
            own = {"JOBSVC_HEALTH_PORT": str(self.ports[name]), "JOBSVC_PORT": str(self.ports[name])}
            self.containers[name].create("worker", [f"--hostname={name}", *self._options(own)])
        for container in self.containers.values():
            container.await_ready()
        replicas = [self.ports[name] for name in REPLICAS]
        self.url = self._processes.enter_context(gateway(self.directory / "gateway", replicas))

    def add_examples(self) -> None:
        """Register the job types that the scenario of the generated clients runs."""
        with self.client("admin") as admin:
            for name in ("word-count", "countdown"):
                manifest = json.loads((EXAMPLES / name / "manifest.json").read_text())
                body = {"manifest": manifest, "configuration": {"settings": {"EXAMPLES": "/examples"}}}
                admin.post("v6/job-types/", json=body).raise_for_status()

    def close(self) -> None:
        """Leave nothing."""
        for container in self.containers.values():
            container.remove()
        self._processes.close()
        self.postgres.stop()

    def _prepare_files(self) -> None:
        for name in ("data", "secrets", "gateway"):
            (self.directory / name).mkdir()
        os.chown(self.directory / "data", USER, USER)
        (self.directory / "secrets" / "database_url").write_text(self.postgres.url)

    def _options(self, own: Mapping[str, str]) -> list[str]:
        of_here = {"JOBSVC_OIDC_ISSUER": self.provider.issuer, "JOBSVC_ELASTICSEARCH_URL": self._elasticsearch}
        return [
            *environment({**SETTINGS, **of_here, **own}),
            volume(self.directory / "secrets", "/run/secrets"),
            volume(self.directory / "data", "/data", is_writable=True),
            volume(EXAMPLES, "/examples"),
        ]


@contextmanager
def installed(podman: Podman, directory: Path) -> Iterator[Installation]:
    """An installation that answers, of which nothing is left after the block."""
    with identity_provider() as provider:
        installation = Installation(podman, directory, provider)
        try:
            installation.start()
            installation.add_examples()
            yield installation
        finally:
            installation.close()
