"""Podman's service, with storage and containers of its own."""

import os
import subprocess
from pathlib import Path

from tests.parts.containers import answers
from tests.parts.daemons import Part, PartUnavailable, program, run_part, socket_in

# Runs also where root is not almighty: `crun` refuses what `runc` takes (a machine with both kinds of cgroups), a bridge needs
# rules of the machine's packet filter, and the limits that a container gets by default may be above those of the machine.
_CONTAINERS = """
[containers]
default_ulimits=["nofile={files}:{files}","nproc={processes}:{processes}"]
netns="none"
log_driver="k8s-file"
[engine]
runtime="runc"
cgroup_manager="cgroupfs"
events_logger="file"
events_logfile_path="{directory}/events.log"
lock_type="file"
tmp_dir="{directory}/tmp"
"""
_STORAGE = """
[storage]
driver = "{driver}"
graphroot = "{directory}/graph"
runroot = "{directory}/run"
"""
_FILES, _PROCESSES = 4096, 4096


def start(directory: Path, owner_gone: int) -> Path:
    """Start the service with everything in `directory` and give its socket. Raises as `run_part` does."""
    if os.geteuid() != 0:
        raise PartUnavailable("only root can run containers here")
    podman = program("podman", "podman runc catatonit")
    program("runc", "runc")
    program("catatonit", "catatonit")
    socket = socket_in(directory, "podman.sock")
    (directory / "tmp").mkdir()
    containers, storage = directory / "containers.conf", directory / "storage.conf"
    containers.write_text(_CONTAINERS.format(directory=directory, files=_FILES, processes=_PROCESSES))
    storage.write_text(_STORAGE.format(directory=directory, driver=_storage_driver(directory)))
    part = Part(
        daemons={"podman": [podman, "system", "service", "--time=0", f"unix://{socket}"]},
        environment={"CONTAINERS_CONF": str(containers), "CONTAINERS_STORAGE_CONF": str(storage)},
        socket=str(socket),
    )
    run_part(directory, part, owner_gone, lambda: answers(socket))
    return socket


def _storage_driver(directory: Path) -> str:
    """The quick one, which does not work on top of itself: there each container is a copy of its image."""
    kind = ["stat", "--file-system", "--format=%T", str(directory)]
    return "vfs" if "overlay" in subprocess.run(kind, capture_output=True, text=True, check=True).stdout else "overlay"
