"""nginx with the configuration that the project gives out, in front of servers of this machine."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.cli.support import free_port
from tests.waiting import until

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx" / "nginx.conf"
REPLICAS = ("172.31.251.11:8000", "172.31.251.12:8000")
PREFIX = "/api"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
AS_ROOT = "user root;" if os.geteuid() == 0 else ""

needs_nginx = pytest.mark.skipif(
    shutil.which("nginx") is None and "JOBSVC_REQUIRE_NGINX" not in os.environ, reason="nginx is not installed"
)


@contextmanager
def gateway(directory: Path, ports: Sequence[int], *, strips: bool = False) -> Iterator[str]:
    """Nginx in front of servers at these ports; gives the URL of the prefix. `strips`: it takes the prefix away."""
    port = free_port()
    text = CONFIGURATION.read_text().replace("listen 8080;", f"listen 127.0.0.1:{port};")
    for replica, own in zip(REPLICAS, ports, strict=True):
        assert replica in text
        text = text.replace(replica, f"127.0.0.1:{own}")
    if strips:
        text = text.replace("proxy_pass http://jobsvc;\n        }", "proxy_pass http://jobsvc/;\n        }", 1)
    paths = "".join(f"    {name}_temp_path {directory}/{name};\n" for name in TEMPORARY)
    file = directory / "nginx.conf"
    file.write_text(text.replace("http {\n", f"http {{\n{paths}    access_log {directory}/access.log;\n", 1))
    options = f"daemon off; pid {directory}/nginx.pid; error_log {directory}/error.log; {AS_ROOT}"
    with subprocess.Popen(["nginx", "-p", directory, "-c", file, "-g", options]) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            until(lambda: _answers(process, url))
            yield url + PREFIX
        finally:
            process.terminate()


def reload_gateway(directory: Path) -> None:
    """Have the gateway of this directory read its configuration again, and wait until its earlier workers are gone."""
    master = int((directory / "nginx.pid").read_text())
    earlier = _workers(master)
    os.kill(master, signal.SIGHUP)
    until(lambda: (workers := _workers(master)) and not workers & earlier)


def _workers(master: int) -> set[str]:
    return set(Path(f"/proc/{master}/task/{master}/children").read_text().split())


def _answers(process: "subprocess.Popen[bytes]", url: str) -> bool:
    assert process.poll() is None, "nginx has ended"
    try:
        return httpx.get(url, trust_env=False).status_code == httpx.codes.FOUND
    except httpx.TransportError:
        return False
