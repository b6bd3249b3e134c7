"""The command that runs an image on a node of the cluster, by the Podman that is there."""

import os
import shlex

from jobsvc.ports.remote_engine import Bind, RunSpec

DEFAULT_SHARED_MIB = 64
NETWORK = "network"
GPUS = """$(IFS=,; for gpu in $CUDA_VISIBLE_DEVICES; do echo "--device=nvidia.com/gpu=$gpu"; done)"""
"""Those that Slurm gave to the job, by the names that NVIDIA's container toolkit has for them."""


def podman(spec: RunSpec, executable: str) -> str:
    """For a shell. Closed like the containers of `docker`, but for memory and cores: those are Slurm's."""
    shared = int(spec.resources.get("sharedmem") or DEFAULT_SHARED_MIB)
    # Outputs have to be the worker's to remove; root's jobs are nobody.
    user = "--user=65534:65534" if os.geteuid() == 0 else "--userns=keep-id"
    options = [
        *(executable, "run", "--rm", f"--name={spec.handle}", "--pull=missing", "--init", user),
        *(f"--network={spec.options.get(NETWORK, 'none')}", "--cap-drop=all", "--security-opt=no-new-privileges", "--read-only"),
        *("--tmpfs=/tmp:rw,nosuid,nodev,size=256m,mode=1777", f"--shm-size={shared}m"),
        *(f"--env={name}={value}" for name, value in spec.environment.items()),
        *(_mount(bind) for bind in spec.binds),
    ]
    gpus = [GPUS] if spec.resources.get("gpus") else []
    return " ".join([shlex.join(options), *gpus, shlex.join([str(spec.image), *spec.command])])


def _mount(bind: Bind) -> str:
    access = "ro=true" if bind.is_read_only else "ro=false"
    return f"--mount=type=bind,source={bind.source},target={bind.target},{access}"
