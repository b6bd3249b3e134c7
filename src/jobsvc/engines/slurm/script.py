"""The batch script of a run: a small shell wrapper that needs nothing but `sh`, and what it is submitted with."""

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobsvc.engines.slurm.container import podman
from jobsvc.ports.remote_engine import RunSpec

OPTIONS = frozenset({"partition", "account", "qos", "constraint"})
"""What a job type may choose for itself."""
STDOUT, STDERR = "stdout.log", "stderr.log"
ENDED, STARTED, ONCE = "ended", "started", "once"

WRAPPER = """#!/bin/sh
# Runs one job and notes how it went, in the directory that the cluster shares with the worker.
run={directory}
# A second job of the same name, submitted because the answer about the first one was lost, must not run it again.
mkdir "$run/{once}" 2>/dev/null || exit 0
note() {{ printf '%s\\n' "$2" > "$run/$1.new" && mv "$run/$1.new" "$run/$1"; }}
now() {{ date -u +%Y-%m-%dT%H:%M:%S.%6NZ; }}
note {started} "$(now) $(hostname)"
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
    """The installation's own choices: where jobs go, and further arguments of `sbatch`."""

    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    constraint: str | None = None
    arguments: Sequence[str] = ()
    podman: str | None = None
    """The Podman of the nodes; None: images are not used, and commands are those of the nodes."""


def wrapper(spec: RunSpec, options: SlurmOptions) -> str:
    """The script of a run."""
    command = ["env", "-i", *(f"{name}={value}" for name, value in spec.environment.items()), *spec.command]
    if spec.image and options.podman:
        command = podman(spec, options.podman)
    return WRAPPER.format(
        directory=shlex.quote(str(spec.directory)),
        once=ONCE,
        started=STARTED,
        ended=ENDED,
        stdout=STDOUT,
        stderr=STDERR,
        command=shlex.join(command),
    )


def arguments(spec: RunSpec, options: SlurmOptions, installation: str) -> list[str]:
    """What `sbatch` is called with, but for the script."""
    chosen: Mapping[str, object] = {
        name: value for name in sorted(OPTIONS) if (value := spec.options.get(name) or getattr(options, name))
    }
    resources = spec.resources
    result = [
        "--parsable",
        f"--job-name={spec.handle}",
        f"--comment=jobsvc {installation}",
        "--output=/dev/null",
        "--error=/dev/null",
        "--no-requeue",
        # Of the few variables that `commands` gives: with NONE or names, the node would run a login shell for each job first.
        "--export=ALL",
        f"--chdir={spec.directory}",
        f"--cpus-per-task={max(1, math.ceil(resources.get('cpus', 1)))}",
        *(f"--{name}={value}" for name, value in chosen.items()),
    ]
    if memory := resources.get("mem"):
        result.append(f"--mem={math.ceil(memory)}M")
    if gpus := resources.get("gpus"):
        result.append(f"--gres=gpu:{math.ceil(gpus)}")
    if spec.timeout:
        # The service ends it by the second; this is for a service that is away.
        result.append(f"--time={math.ceil(spec.timeout / 60) + 1}")
    return [*result, *options.arguments]
