"""Slurm's own commands: they work at every site and need neither a daemon of ours nor a token."""

import asyncio
import contextlib
import getpass
import os
import subprocess
from collections.abc import Sequence

from jobsvc.engines.slurm import states
from jobsvc.engines.slurm.scheduler import Batch, Queued, Refused
from jobsvc.ports.remote_engine import EngineUnavailable

TIMES = {"SLURM_TIME_FORMAT": "%s"}
"""Seconds since 1970 instead of local times."""
PASSED = frozenset({"PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "LD_LIBRARY_PATH"})
PASSED_PREFIXES = ("SLURM_", "SBATCH_", "LC_")
"""Variables that commands get, and batch scripts with them: nothing of the service is among them."""
SUBMISSIONS = 8
"""At once: a worker may claim hundreds of jobs together, and each command is a process of its host."""
MOST_TASKS = 500
"""Of an array: half of what clusters allow that were not told otherwise."""
SECONDS = 30.0
"""A controller that is busy or fails over takes long; one that takes longer is away."""


class Commands:
    """A `Scheduler`; `arguments` are further ones of `sbatch`."""

    most_tasks = MOST_TASKS

    def __init__(self, arguments: Sequence[str] = ()) -> None:
        self._arguments = arguments
        self._submissions = asyncio.Semaphore(SUBMISSIONS)

    async def submit(self, batch: Batch) -> None:
        """By `sbatch`."""
        async with self._submissions:
            await run("sbatch", *_arguments(batch), *self._arguments, script=batch.script)

    async def queue(self) -> list[Queued]:
        """By `squeue`."""
        user = getpass.getuser()
        text = await run("squeue", "--noheader", "--array", "--states=all", f"--user={user}", f"--format={states.FORMAT}")
        return list(states.parse_queue(text))

    async def cancel(self, job_ids: Sequence[str], signal: str | None = None) -> None:
        """By `scancel`."""
        with contextlib.suppress(Refused):
            await run("scancel", *([f"--signal={signal}"] if signal else []), "--full", *job_ids)

    async def close(self) -> None:
        """Nothing is open."""


def _arguments(batch: Batch) -> list[str]:
    """What `sbatch` is called with, but for the script."""
    result = [
        "--parsable",
        f"--job-name={batch.name}",
        f"--comment={batch.name}",
        "--output=/dev/null",
        "--error=/dev/null",
        "--no-requeue",
        # Of the few variables that are passed: with NONE or names, the node would run a login shell for each job first.
        "--export=ALL",
        f"--chdir={batch.directory}",
        f"--cpus-per-task={batch.cpus}",
        *(f"--{name}={value}" for name, value in batch.chosen.items()),
    ]
    if batch.tasks > 1:
        result.append(f"--array=0-{batch.tasks - 1}")
    if batch.memory:
        result.append(f"--mem={batch.memory}M")
    if batch.gpus:
        result.append(f"--gres=gpu:{batch.gpus}")
    if batch.avoided_node:
        result.append(f"--exclude={batch.avoided_node}")
    if batch.minutes:
        result.append(f"--time={batch.minutes}")
    return result


async def run(command: str, *arguments: str, script: str = "") -> str:
    """The standard output of a command, which reads `script` from its standard input.

    Raises:
        EngineUnavailable: It is not there, or the controller does not answer.
        Refused: It says that something is wrong with the request.
    """
    try:
        variables = environment() | TIMES
        process = await asyncio.create_subprocess_exec(
            command, *arguments, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except OSError as exc:
        raise EngineUnavailable(f"{command} cannot be run: {exc.strerror}") from exc
    try:
        async with asyncio.timeout(SECONDS):
            output, errors = await process.communicate(script.encode())
    except TimeoutError:
        process.kill()
        await process.wait()
        raise EngineUnavailable(f"{command} took longer than {SECONDS:.0f} s") from None
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        raise
    text = errors.decode(errors="replace").strip()
    if process.returncode == 0:
        return output.decode(errors="replace")
    if is_away(text):
        raise EngineUnavailable(f"{command}: {text}")
    raise Refused(text or f"{command} ended with the exit code {process.returncode}")


def environment() -> dict[str, str]:
    """The few variables that batch scripts may have."""
    return {name: value for name, value in os.environ.items() if name in PASSED or name.startswith(PASSED_PREFIXES)}


def is_away(text: str) -> bool:
    """Whether an error is that of a controller that cannot be reached, and not of a request."""
    marks: Sequence[str] = (
        "Unable to contact slurm controller",
        "Connection refused",
        "Socket timed out",
        "Zero Bytes were transmitted",
        "Communication connection failure",
        "Slurm backup controller in standby",
        "Transport endpoint is not connected",
    )
    return any(mark.lower() in text.lower() for mark in marks)
