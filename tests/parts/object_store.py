"""An object store: versitygw on a directory, whose subdirectories are its buckets."""

import contextlib
import http.client
import secrets
import socket
import uuid
from dataclasses import dataclass
from pathlib import Path

from scripts.go_program import GoProgramUnavailable
from scripts.versitygw import VERSITYGW

from tests.parts.daemons import Part, PartFailed, PartUnavailable, run_part

_STARTS = 3


@dataclass(frozen=True)
class ObjectStore:
    """The store of a test run: its directory, and the address `host:port`."""

    directory: Path
    address: str

    @property
    def endpoint(self) -> str:
        """Its URL."""
        return f"http://{self.address}"

    @property
    def credentials(self) -> Path:
        """The file with its credentials."""
        return self.directory / "credentials"

    def make_bucket(self) -> str:
        """A new bucket."""
        name = f"test-{uuid.uuid4().hex}"
        (self.directory / "buckets" / name).mkdir()
        return name

    def objects(self, bucket: str) -> dict[str, int]:
        """Whatever is in a bucket, by key, unfinished parts of uploads included: the sizes in bytes."""
        root = self.directory / "buckets" / bucket
        return {str(path.relative_to(root)): path.stat().st_size for path in root.rglob("*") if path.is_file()}


def start(directory: Path, owner_gone: int) -> Path:
    """Start the store with everything in `directory` and give its address as a path. Raises as `run_part` does."""
    try:
        server = VERSITYGW.path()
    except GoProgramUnavailable as exc:
        raise PartUnavailable(str(exc)) from exc
    for _ in range(_STARTS - 1):
        with contextlib.suppress(PartFailed):  # the port may have been taken just now
            return _start(directory, server, owner_gone)
    return _start(directory, server, owner_gone)


def _start(directory: Path, server: Path, owner_gone: int) -> Path:
    buckets = directory / "buckets"
    buckets.mkdir(parents=True, exist_ok=True)  # a start that failed has removed it
    access, secret = secrets.token_hex(8), secrets.token_hex(16)
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    keys = f"[default]\naws_access_key_id = {access}\naws_secret_access_key = {secret}\n"
    (directory / "credentials").write_text(keys)
    command = [str(server), "--port", address, "--health", "/health", "--quiet", "posix", str(buckets)]
    environment = {"ROOT_ACCESS_KEY": access, "ROOT_SECRET_KEY": secret}
    run_part(directory, Part({"versitygw": command}, environment), owner_gone, lambda: _is_ready(address))
    return Path(address)


def _is_ready(address: str) -> bool:
    with contextlib.closing(http.client.HTTPConnection(address, timeout=5)) as connection:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
