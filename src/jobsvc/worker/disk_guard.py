"""Whether the disks of a worker have room for another execution: without it a try of a job would be used up for nothing."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)


class DiskGuard:
    """Looks at the file systems of some directories."""

    def __init__(self, directories: Sequence[Path], least_mib: int) -> None:
        """`least_mib`: what has to be free on each, in MiB; 0: nothing is looked at."""
        self._directories = directories
        self._least = least_mib * 2**20
        self._is_short = False

    async def is_enough(self) -> bool:
        """Whether something may be claimed; says in the worker's log, once, when that changes."""
        shortage = await asyncio.to_thread(self._shortage) if self._least else ""
        if shortage and not self._is_short:
            log.warning("worker.disk_full", because=shortage, hint="nothing is claimed until there is")
        if self._is_short and not shortage:
            log.info("worker.disk_available")
        self._is_short = bool(shortage)
        return not shortage

    def _shortage(self) -> str:
        """What is wrong with the first directory that has no room; nothing when all have."""
        return next(filter(None, map(self._shortage_of, self._directories)), "")

    def _shortage_of(self, directory: Path) -> str:
        try:
            disk = os.statvfs(directory)
        except OSError as exc:
            return f"{directory} cannot be used: {exc.strerror}"
        free = disk.f_bavail * disk.f_frsize
        if free < self._least:
            return f"{directory} has {free >> 20} MiB left, {self._least >> 20} are needed"
        # Some file systems count no files: they have 0 of 0 left.
        return f"{directory} takes no more files" if disk.f_files and not disk.f_favail else ""
