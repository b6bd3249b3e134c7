"""As what runs were handed over to Slurm: each as a job of its own name, or as a task of an array of many."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path

NOTE = "offered"


class Offers:
    """The notes about that, one in the directory of each run; they are made before Slurm is called and never change."""

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._known: dict[str, tuple[str, ...]] = {}

    def note(self, handle: str, task: str) -> bool:
        """Note that a run is about to be submitted as `task`. False when that was noted before. Blocks. OSError."""
        path = self._runs / handle / NOTE
        beside = path.with_name(f"{NOTE}.{os.getpid()}")
        beside.write_text(task, encoding="utf-8")
        try:
            # Nobody may see it without its content.
            path.hardlink_to(beside)
        except FileExistsError:
            return False
        finally:
            beside.unlink()
        return True

    def is_noted(self, handle: str) -> bool:
        """Whether a run may have been submitted before. Blocks."""
        return (self._runs / handle / NOTE).exists()

    def names(self, handle: str) -> tuple[str, ...]:
        """What jobs of a run may be called: as the run, and as the task that it was submitted as. Blocks."""
        known = self._known.get(handle)
        if known is None:
            try:
                known = tuple({handle, (self._runs / handle / NOTE).read_text(encoding="utf-8")})
            except OSError:
                return (handle,)
            self._known[handle] = known
        return known

    def by_name(self) -> Mapping[str, str]:
        """The handles of all runs that are there, by the names of their jobs. Blocks."""
        handles = [entry.name for entry in os.scandir(self._runs)] if self._runs.is_dir() else []
        return {name: handle for handle in handles for name in self.names(handle)}

    def keep(self, handles: Collection[str]) -> None:
        """Forget what is known of all others."""
        for handle in set(self._known).difference(handles):
            self._known.pop(handle, None)
