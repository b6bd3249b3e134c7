"""A directory that belongs to a test run, and whose servers end with it, however it ends.

The processes of pytest-xdist end one by one, so it belongs to the process above them (or to the only one): that one holds a
pipe open, the watchers of the servers read from it, and the kernel closes it.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.waiting import until


@dataclass(frozen=True)
class RunPlace:
    """The place of servers. Nothing runs there until it is asked for."""

    directory: Path

    @property
    def alive(self) -> Path:
        """The pipe between the process above and the watchers."""
        return self.directory / "alive"

    def clear_within(self, seconds: float) -> None:
        """Wait for the end of what runs there, whose pipe is closed by now, and remove what is left of the place."""
        try:
            until(lambda: not self._is_watched(), seconds)
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)

    def _is_watched(self) -> bool:
        try:
            os.close(os.open(self.alive, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:  # nobody reads any more
            return False
        return True
