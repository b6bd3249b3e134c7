"""Brings the parts up in the sequence of `docker-compose.yml`, and restarts them.

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
from tests.gateway.nginx import PREFIX, gateway, reload_gateway
from tests.identity_provider import AUDIENCE, IdentityProvider, identity_provider
from tests.image.building import Podman
from tests.live import JOBS
from tests.relay import HOST
from tests.whole.container import Container, environment, once, volume
from tests.whole.load import bearer
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
    "JOBSVC_LEASE_SECONDS": "6",
    "JOBSVC_RETRY_SECONDS": "0.2",
    # All callers of the tests have one address, which is not to be taken for somebody's who guesses.
    "JOBSVC_WRONG_TOKENS_LIMIT": "0",
}


class Installation:
    """All parts, under the names that they have in `docker-compose.yml`."""

    def __init__(self, podman: Podman, directory: Path, provider: IdentityProvider) -> None:
        self.podman = podman
        self.provider = provider
        self.directory = directory
        self.shared = directory / "shared"
        """A directory that workers and tests have at the same path."""
        self.url = ""
        """Of the service, as its clients call it."""
        self._ports = {name: free_port() for name in (*REPLICAS, *WORKERS, "elasticsearch")}
        self._gateway, self._elasticsearch = ExitStack(), ExitStack()
        self._postgres = Postgres(directory / "postgres")
        self.containers = {name: Container(podman, name, self._ports[name]) for name in (*REPLICAS, *WORKERS)}

    def token(self, role: str, **claims: Any) -> str:
        """A token of the provider for somebody with the role."""
        return self.provider.token(preferred_username=role, roles=[f"{role}s"], **claims)

    def client(self, role: str) -> httpx.Client:
        """A client with such a token, by way of the gateway."""
        return httpx.Client(base_url=self.url, headers=bearer(self.token(role)), timeout=30, trust_env=False)

    def start(self) -> None:
        """Start everything: what others need comes first."""
        self._prepare_files()
        self._start_elasticsearch()
        once(self.podman, ["migrate"], self._options({}))
        once(self.podman, ["import", "--keep-running", "/jobs.jsonl"], [*self._options({}), volume(JOBS, "/jobs.jsonl")])
        for name in REPLICAS:
            self.containers[name].create("serve", self._options({"JOBSVC_PORT": str(self._ports[name])}))
        for name in WORKERS:
            own = {"JOBSVC_HEALTH_PORT": str(self._ports[name]), "JOBSVC_PORT": str(self._ports[name])}
            self.containers[name].create("worker", [f"--hostname={name}", *self._options(own)])
        self._await_ready()
        self.url = self._gateway.enter_context(gateway(self.directory / "gateway", [self._ports[name] for name in REPLICAS]))

    def add_examples(self) -> None:
        """Register the job types that the scenario of the generated clients runs."""
        with self.client("admin") as admin:
            for name in ("word-count", "countdown"):
                manifest = json.loads((EXAMPLES / name / "manifest.json").read_text())
                body = {"manifest": manifest, "configuration": {"settings": {"EXAMPLES": "/examples"}}}
                admin.post("v6/job-types/", json=body).raise_for_status()

    def restart(self, name: str) -> None:
        """Restart a part as an upgrade does, and return when it is ready."""
        match name:
            case "gateway":
                reload_gateway(self.directory / "gateway")
            case "postgres":
                self._postgres.restart()
                self._await_ready()
            case "elasticsearch":
                self._elasticsearch.close()
                self._start_elasticsearch()
            case _:
                self.containers[name].stop()
                self._start_again(name)

    def kill(self, name: str) -> None:
        """Kill a container, and start it again."""
        self.containers[name].kill()
        self._start_again(name)

    def close(self) -> None:
        """Leave nothing."""
        for container in self.containers.values():
            container.remove()
        self._gateway.close()
        self._elasticsearch.close()
        self._postgres.stop()

    def _start_again(self, name: str) -> None:
        self.containers[name].start()
        self.containers[name].await_ready()

    def _await_ready(self) -> None:
        for container in self.containers.values():
            container.await_ready()

    def _start_elasticsearch(self) -> None:
        place, port = self.directory / "elasticsearch", self._ports["elasticsearch"]
        self._elasticsearch.enter_context(running(place, QUICK_START, port))

    def _prepare_files(self) -> None:
        for name in ("data", "shared", "secrets", "gateway"):
            (self.directory / name).mkdir()
        os.chown(self.directory / "data", USER, USER)
        (self.directory / "secrets" / "database_url").write_text(self._postgres.url)

    def _options(self, own: Mapping[str, str]) -> list[str]:
        elasticsearch = f"http://{HOST}:{self._ports['elasticsearch']}"
        of_here = {"JOBSVC_OIDC_ISSUER": self.provider.issuer, "JOBSVC_ELASTICSEARCH_URL": elasticsearch}
        return [
            *environment({**SETTINGS, **of_here, **own}),
            volume(self.directory / "secrets", "/run/secrets"),
            volume(self.directory / "data", "/data", is_writable=True),
            volume(self.shared, str(self.shared), is_writable=True),
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
