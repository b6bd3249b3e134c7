"""Slurm's own commands: they work at every site and need neither a daemon of ours nor a token."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Sequence

from jobsvc.ports.remote_engine import EngineUnavailable

TIMES = {"SLURM_TIME_FORMAT": "%s"}
"""Seconds since 1970 instead of local times."""
PASSED = frozenset({"PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "LD_LIBRARY_PATH"})
PASSED_PREFIXES = ("SLURM_", "SBATCH_", "LC_")
"""Variables that commands get, and batch scripts with them: nothing of the service is among them."""
SECONDS = 30.0
"""A controller that is busy or fails over takes long; one that takes longer is away."""


class CommandFailed(Exception):
    """A command ended with an error; the text is what it said."""


async def run(command: str, *arguments: str) -> str:
    """The standard output of a command.

    Raises:
        EngineUnavailable: It is not there, or the controller does not answer.
        CommandFailed: It says that something is wrong with the request.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            command, *arguments, env=_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except OSError as exc:
        raise EngineUnavailable(f"{command} cannot be run: {exc.strerror}") from exc
    try:
        async with asyncio.timeout(SECONDS):
            output, errors = await process.communicate()
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
    raise CommandFailed(text or f"{command} ended with the exit code {process.returncode}")


def _environment() -> dict[str, str]:
    passed = {name: value for name, value in os.environ.items() if name in PASSED or name.startswith(PASSED_PREFIXES)}
    return passed | TIMES


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
