"""Whether the last frame of a log that was read while it grew is a whole line, or may have been cut off."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from jobsvc.ports.remote_engine import LogChunk

SETTLE_SECONDS = 1.0
"""How long a frame has to stay as it is where nobody can look at the file: its monitor writes the rest at once."""

WITHIN_A_LINE = -1
FindFile = Callable[[], Awaitable[Path | None]]
"""Gives the place of a log on this host; None when it is not there, or nobody may look at it."""


class LastFrame:
    """The last frame of a read that was held back."""

    def __init__(self, find_file: FindFile) -> None:
        self.frame: LogChunk | None = None
        self.may_be_cut = False
        """Whether the runtime is one of those that give parts of lines; known after the first read."""
        self._find_file = find_file
        self._since = 0.0
        self._size: int | None = None

    async def begin(self) -> None:
        """Note how long the file is, before it is read."""
        self._size = await self._whole_size() if self.may_be_cut else None

    async def whole(self, held: list[LogChunk]) -> list[LogChunk]:
        """The frame that ended the read, none or one, if it is whole; else it is to be read again."""
        if not held:
            self.frame = None
            return []
        if held[0] != self.frame:
            self.frame, self._since = held[0], asyncio.get_running_loop().time()
        if not await self._is_whole():
            return []
        self.frame = None
        return held

    async def _is_whole(self) -> bool:
        """Whether the file was as it is during the whole read, and ends with a line; or nothing was added for long."""
        size = await self._whole_size()
        if size is None:
            return asyncio.get_running_loop().time() - self._since >= SETTLE_SECONDS
        return size == self._size != WITHIN_A_LINE

    async def _whole_size(self) -> int | None:
        file = await self._find_file()
        return await asyncio.to_thread(_whole_size, file) if file else None


def _whole_size(file: Path) -> int | None:
    """Bytes of a file, or `WITHIN_A_LINE` when it ends so; None when it cannot be read."""
    try:
        with file.open("rb") as content:
            size = content.seek(0, os.SEEK_END)
            content.seek(max(0, size - 1))
            return size if content.read(1) in {b"", b"\n"} else WITHIN_A_LINE
    except OSError:
        return None
