"""The batch script of a run: a small shell wrapper that needs nothing but `sh`, and what it asks for."""

import math
import shlex
from dataclasses import dataclass

from jobsvc.engines.slurm.container import podman
from jobsvc.engines.slurm.scheduler import Batch
from jobsvc.ports.remote_engine import RunSpec

OPTIONS = frozenset({"partition", "account", "qos", "constraint"})
"""What a job type may choose for itself."""
GPU_VARIABLES = ("CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "ZE_AFFINITY_MASK", "GPU_DEVICE_ORDINAL")
"""In which Slurm says to a job which GPUs of its node it got."""
STDOUT, STDERR = "stdout.log", "stderr.log"
ENDED, STARTED, ONCE = "ended", "started", "once"
SCRIPT = "run.sh"

WRAPPER = """#!/bin/sh
# Runs one job and notes how it went, in the directory that the cluster shares with the worker.
run={directory}
# A second job of the same name, submitted because the answer about the first one was lost, must not run it again.
mkdir "$run/{once}" 2>/dev/null || exit 0
note() {{ printf '%s\\n' "$2" > "$run/$1.new" && mv "$run/$1.new" "$run/$1"; }}
now() {{ date -u +%Y-%m-%dT%H:%M:%S.%6NZ; }}
note {started} "$(now) ${{SLURMD_NODENAME:-$(hostname)}}"
child=
trap 'trap "" TERM; [ -n "$child" ] && kill -TERM -- "-$child" 2>/dev/null || kill -TERM "$child" 2>/dev/null' TERM
cd "$run/output" || exit 1
set -m 2>/dev/null
{command} > "$run/{stdout}" 2> "$run/{stderr}" < /dev/null &
child=$!
while :; do
  wait "$child"; code=$?
  kill -0 "$child" 2>/dev/null || break
done
# Its second line is that of the children; in `$(times)` it would be that of a shell without any.
times > "$run/times"
note {ended} "$code $(now) $(tail -n 1 "$run/times")"
exit "$code"
"""


@dataclass(frozen=True)
class SlurmOptions:
    """The installation's own choices: where jobs go, and what runs their images."""

    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    constraint: str | None = None
    podman: str | None = None
    """The Podman of the nodes; None: images are not used, and commands are those of the nodes."""


def wrapper(spec: RunSpec, options: SlurmOptions) -> str:
    """The script of a run."""
    command = _process(spec)
    if spec.image and options.podman:
        command = podman(spec, options.podman)
    return WRAPPER.format(
        directory=shlex.quote(str(spec.directory)),
        once=ONCE,
        started=STARTED,
        ended=ENDED,
        stdout=STDOUT,
        stderr=STDERR,
        command=command,
    )


def _process(spec: RunSpec) -> str:
    """The command with the variables of the run alone, and with those that only the node knows."""
    words = [*(f"{name}={value}" for name, value in spec.environment.items()), *spec.command]
    passed = [f'${{{name}+"{name}=${name}"}}' for name in GPU_VARIABLES] if spec.resources.get("gpus") else []
    return " ".join(["env", "-i", *passed, shlex.join(words)])


def batch(spec: RunSpec, options: SlurmOptions) -> Batch:
    """A run as Slurm is to have it."""
    resources = spec.resources
    memory, gpus = resources.get("mem"), resources.get("gpus")
    return Batch(
        name=spec.handle,
        directory=spec.directory,
        script=wrapper(spec, options),
        cpus=max(1, math.ceil(resources.get("cpus", 1))),
        memory=math.ceil(memory) if memory else None,
        gpus=math.ceil(gpus) if gpus else None,
        # The service ends it by the second; this is for a service that is away.
        minutes=math.ceil(spec.timeout / 60) + 1 if spec.timeout else None,
        avoided_node=spec.avoided_node,
        chosen={name: str(value) for name in sorted(OPTIONS) if (value := spec.options.get(name) or getattr(options, name))},
    )
