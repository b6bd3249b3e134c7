"""What a container is made of: closed by default, with what its run asks for and nothing more."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobsvc.ports.remote_engine import Bind, RunSpec

Json = dict[str, Any]
MIB = 2**20
MIN_MEMORY_MIB = 16.0
"""Runtimes refuse limits below a few MiB, and no process starts with less."""
DEFAULT_SHARED_MIB = 64.0
NANO = 10**9
LABEL = "jobsvc.installation"
GPUS = "gpus"
NETWORK, USER = "network", "user"
OPTIONS = frozenset({NETWORK, USER})
"""What a job type may choose for itself."""


@dataclass(frozen=True)
class Policy:
    """What the installation allows: the network of containers, the user in them, and how many processes each may have."""

    network: str = "none"
    user: str = "65534:65534"
    pids: int = 512
    tmp_mib: int = 256
    log_bytes: int = 2**30


def container(spec: RunSpec, image: str, policy: Policy) -> Json:
    """The body of a request that creates a container."""
    return {
        "Image": image,
        "Cmd": list(spec.command),
        "Env": [f"{name}={value}" for name, value in spec.environment.items()],
        "Labels": dict(spec.labels),
        "User": str(spec.options.get(USER, policy.user)),
        "AttachStdin": False,
        "OpenStdin": False,
        "Tty": False,
        "HostConfig": _closed(spec, policy) | _limits(spec.resources, policy) | {"Mounts": [_mount(item) for item in spec.binds]},
    }


def _closed(spec: RunSpec, policy: Policy) -> Json:
    return {
        "NetworkMode": str(spec.options.get(NETWORK, policy.network)),
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges"],
        "ReadonlyRootfs": True,
        "Privileged": False,
        "Init": True,
        "Tmpfs": {"/tmp": f"rw,nosuid,nodev,size={policy.tmp_mib}m,mode=1777"},  # noqa: S108 - inside of the container
        "RestartPolicy": {"Name": "no"},
        # More than the service ever reads, so that a flood does not fill the host's disk.
        "LogConfig": {"Type": "json-file", "Config": {"max-size": str(2 * policy.log_bytes)}},
    }


def _limits(resources: Mapping[str, float], policy: Policy) -> Json:
    shared = resources.get("sharedmem") or DEFAULT_SHARED_MIB
    limits: Json = {"PidsLimit": policy.pids, "ShmSize": int(shared * MIB)}
    if memory := resources.get("mem"):
        limit = int(max(memory, MIN_MEMORY_MIB) * MIB)
        limits |= {"Memory": limit, "MemorySwap": limit}
    if cpus := resources.get("cpus"):
        limits["NanoCpus"] = int(cpus * NANO)
    if gpus := resources.get(GPUS):
        limits["DeviceRequests"] = [{"Driver": "", "Count": math.ceil(gpus), "Capabilities": [["gpu"]]}]
    return limits


def _mount(bind: Bind) -> Json:
    return {"Type": "bind", "Source": str(bind.source), "Target": bind.target, "ReadOnly": bind.is_read_only}
