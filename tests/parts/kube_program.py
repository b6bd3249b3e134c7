"""Builds the program of the cluster that tests start, and `kubectl`, once for each version of its sources.

`python -m tests.parts.kube_program` builds it unless it is there. It needs Go and nothing else but the standard library, and
takes minutes of two cores.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOURCES = Path(__file__).parent / "kube"
VERSION = "v1.34.4"
_GO_PLACES = "/usr/local/go/bin"
_STAMPED = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")


class NotBuilt(RuntimeError):
    """The program is not there; the text says why, and what helps."""


def path() -> Path:
    """Where the program is, or will be: its sources say it."""
    content = b"".join((SOURCES / name).read_bytes() for name in ("go.mod", "main.go"))
    return Path.home() / ".cache" / "jobsvc" / "kubernetes" / hashlib.sha256(content).hexdigest()[:16] / "kube"


def ready() -> Path:
    """The program, which is waited for while somebody builds it; NotBuilt when nobody does. Blocks."""
    program = path()
    if not program.exists() and program.parent.exists():
        with _building(program.parent):
            pass
    if not program.exists():
        raise NotBuilt("the program of the cluster is not built (python -m tests.parts.kube_program)")
    return program


def build() -> Path:
    """Build the program unless it is there. Blocks; NotBuilt."""
    program = path()
    program.parent.mkdir(parents=True, exist_ok=True)
    with _building(program.parent):
        if not program.exists():
            _build(program)
    return program


def _build(program: Path) -> None:
    go = shutil.which("go", path=f"{os.environ.get('PATH', os.defpath)}:{_GO_PLACES}")
    if go is None:
        raise NotBuilt("Go is not installed, which builds the program of the cluster (apt-get install golang-go, 1.24 or newer)")
    numbers = VERSION.removeprefix("v").split(".")
    stamps = {"gitVersion": VERSION, "gitMajor": numbers[0], "gitMinor": numbers[1]}
    flags = " ".join(["-s", "-w", *(f"-X {place}.{name}={value}" for place in _STAMPED for name, value in stamps.items())])
    draft, kubectl = program.with_name("kube.new"), program.with_name("kubectl")
    command = [go, "build", "-mod=readonly", "-trimpath", f"-ldflags={flags}", "-o", str(draft), "."]
    environment = os.environ | {"CGO_ENABLED": "0", "GOFLAGS": ""}
    built = subprocess.run(command, cwd=SOURCES, env=environment, capture_output=True, text=True, check=False)
    if built.returncode != 0:
        raise NotBuilt(f"the program of the cluster cannot be built: {built.stderr[-2000:]}")
    kubectl.unlink(missing_ok=True)
    kubectl.symlink_to(program.name)
    draft.rename(program)


@contextmanager
def _building(directory: Path) -> Iterator[None]:
    """Alone among the processes of this machine; the kernel lets the next one in, however this one ends."""
    with (directory / "lock").open("w") as lock:
        # The file locks of the service are not to be had before there is an environment for it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{build()}\n")
    except NotBuilt as error:
        sys.exit(f"{error}")
