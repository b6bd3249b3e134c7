"""Ends and removes what a worker left behind that was killed before it could do so itself."""

import asyncio
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from jobsvc.engines.process_group import ProcessGroup
from jobsvc.engines.scratch import ExecutionDir, WorkerDir
from jobsvc.storage.regular import NotRegularError, open_regular, read_at_most

log = structlog.get_logger(__name__)
_LARGEST_NOTE = 1024
"""Bytes; the job can write to the file."""


def write_group(file: Path, group: ProcessGroup) -> None:
    """Note which process group an execution is, for a worker that comes after this one.

    Raises:
        OSError: The file system refuses.
    """
    file.write_text(json.dumps({"pid": group.id, "start_time": group.start_time}), encoding="ascii")


def read_group(file: Path) -> ProcessGroup | None:
    """What `write_group` wrote; None when there is no such note, or only the beginning of one.

    Raises:
        OSError: The file system refuses.
    """
    try:
        note = json.loads(read_at_most(open_regular(file), _LARGEST_NOTE))
        return ProcessGroup(int(note["pid"]), str(note["start_time"]))
    except (FileNotFoundError, NotRegularError, ValueError, TypeError, KeyError, RecursionError):
        return None


async def clear_worker(root: Path) -> bool:
    """End and remove everything of a dead worker; False when it lives or somebody else is at it already."""
    worker = await asyncio.to_thread(WorkerDir.take_over, root)
    if worker is None:
        return False
    await clear_executions(await asyncio.to_thread(worker.executions))
    with _reported(root):
        await asyncio.to_thread(worker.remove)
    return True


async def clear_executions(directories: Iterable[ExecutionDir]) -> None:
    """End what still runs of each execution and remove its directory; what resists is reported and left."""
    for directory in directories:
        with _reported(directory.root):
            await _end(directory)
            await asyncio.to_thread(directory.remove)


async def _end(directory: ExecutionDir) -> None:
    group = await asyncio.to_thread(read_group, directory.process_file)
    # A look before the signal: by now the id may be that of a stranger's group.
    runs = group is not None and await asyncio.to_thread(group.runs)
    if group and runs and not await group.kill():
        log.error("orphans.unkillable", group=group.id)


@contextmanager
def _reported(directory: Path) -> Iterator[None]:
    # One directory that resists must not keep all others from being cleared.
    try:
        yield
    except OSError:
        log.exception("orphans.cleanup_failed", directory=str(directory))
