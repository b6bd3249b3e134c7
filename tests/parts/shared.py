"""One of each part for a test run: started by the first test process that asks, ended with the run.

The processes of pytest-xdist end one by one, so the parts belong to the process above them (or to the only one): that one
holds a pipe open, the watchers of the parts read from it, and the kernel closes it however the run ends.
"""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jobsvc.file_lock import FileLock
from tests.parts import dockerd, kubernetes, object_store, podman, slurm, slurmrestd
from tests.parts.containers import load_seed_image, seed_archive
from tests.run_place import RunPlace

_DIRECTORY = "JOBSVC_TEST_PARTS_DIRECTORY"  # from the process above to those below
_START_LIMIT = 400.0  # seconds
STOP_LIMIT = 90.0


@dataclass(frozen=True)
class SharedParts(RunPlace):
    """The place of the parts. Nothing runs there until it is asked for."""

    @classmethod
    def make(cls) -> "SharedParts":
        """A new place, for the processes below this one as well."""
        parts = cls(Path(tempfile.mkdtemp(prefix="jobsvc-parts-")))
        parts.directory.chmod(0o711)  # jobs and containers are other users'
        os.environ[_DIRECTORY] = str(parts.directory)
        os.mkfifo(parts.alive, 0o600)
        return parts

    @classmethod
    def offered(cls) -> "SharedParts":
        """The place that the process above has made."""
        return cls(Path(os.environ[_DIRECTORY]))

    def podman(self) -> Path:
        """The socket of Podman, which has the image of the tests. Starting it raises `PartUnavailable` or `PartFailed`."""
        return self._once("podman", lambda place, owner_gone: self._with_image(podman.start(place, owner_gone)))

    def dockerd(self) -> Path:
        """The same of Docker."""
        return self._once("dockerd", lambda place, owner_gone: self._with_image(dockerd.start(place, owner_gone)))

    def networked_dockerd(self) -> Path:
        """The same of another one, which has a network that is not the machine's."""

        def start(place: Path, owner_gone: int) -> Path:
            return self._with_image(dockerd.start(place, owner_gone, has_network=True))

        return self._once("networked-dockerd", start)

    def slurm(self) -> Path:
        """The `slurm.conf` of the cluster. Starting it raises as that of the others does."""
        return self._once("slurm", slurm.start)

    def slurmrestd(self) -> Path:
        """The socket of the cluster's REST service."""
        conf = self.slurm()
        return self._once("slurmrestd", lambda place, owner_gone: slurmrestd.start(place, owner_gone, conf))

    def kubernetes(self, name: str = "kubernetes") -> Path:
        """The kubeconfig of a worker; whoever administers the cluster has one beside it. Each name is a cluster."""
        return self._once(name, lambda place, owner_gone: kubernetes.start(place, owner_gone, self._archive()))

    def object_store(self) -> Path:
        """The address of an object store, whose directory has the name of the part."""
        return self._once("object_store", object_store.start)

    def _with_image(self, socket: Path) -> Path:
        load_seed_image(socket, self._archive())
        return socket

    def _archive(self) -> Path:
        return self._one_by_one("image", lambda: seed_archive(self.directory / "image.tar"))

    def _once(self, name: str, start: Callable[[Path, int], Path]) -> Path:
        known = self.directory / f"{name}.address"

        def address() -> Path:
            if not known.exists():
                known.write_text(str(self._start(name, start)))
            return Path(known.read_text())

        return self._one_by_one(name, address)

    def _one_by_one(self, name: str, work: Callable[[], Path]) -> Path:
        lock = FileLock(self.directory / f"{name}.lock")
        assert lock.acquire(_START_LIMIT)
        try:
            return work()
        finally:
            lock.release()

    def _start(self, name: str, start: Callable[[Path, int], Path]) -> Path:
        place = self.directory / name
        place.mkdir(mode=0o711, exist_ok=True)
        owner_gone = os.open(self.alive, os.O_RDONLY)
        try:
            return start(place, owner_gone)
        finally:
            os.close(owner_gone)
