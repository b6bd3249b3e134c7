"""The processes of a service that is up, and how they die."""

import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType

from tests.embedded.support import postmaster, watcher
from tests.faults.conftest import StartUp
from tests.stack.up import Up, children, command_line
from tests.waiting import until

ANSWERS = "jobsvc answers at"
LAUNCHER = "job_supervisor.py"


def victims(up: Up) -> dict[str, int | None]:
    """The processes of a service that is up, by name; None: it is being started just now."""
    result: dict[str, int | None] = {"worker": up.part("worker"), "serve": up.part("serve")}
    with suppress(OSError, ValueError, StopIteration):
        result |= {"postgres": postmaster(up.data_dir), "watcher": watcher(up.data_dir)}
    return result


def kill(pid: int | None) -> None:
    """Kill a process that may be gone already."""
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def start_again(start_up: StartUp, before: Up, variables: Mapping[str, str] = MappingProxyType({})) -> Up:
    """Start the service until it runs, as a service manager does: what is left of the dead one has the port for a moment."""
    starts = len(before.says(ANSWERS))

    def try_it() -> Up | None:
        up = start_up({"JOBSVC_PORT": str(before.port), **variables})
        until(lambda: up.process.poll() is not None or len(up.says(ANSWERS)) > starts)
        return up if up.process.poll() is None else None

    return until(try_it)


def launchers(up: Up) -> list[int]:
    """The processes between the worker and its jobs: one that starts them, and one for each."""
    worker = up.part("worker")
    first = [pid for pid in (children(worker) if worker else []) if LAUNCHER in command_line(pid)]
    return first + [child for pid in first for child in children(pid)]
