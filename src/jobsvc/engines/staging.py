"""Brings the input files of an execution to this host that do not lie on it."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

from jobsvc.domain.builtin_errors import FILESYSTEM_IO, MISSING_FILE, PRE_TIMEOUT
from jobsvc.domain.errors import InvalidRequest, StorageFailure
from jobsvc.domain.limits import MAX_STAGING_SECONDS
from jobsvc.ports.engine import InputFile, InputSource, LaunchSpec

AT_ONCE = 4
"""Files of one execution that are fetched at the same time."""


class Interrupted(Exception):
    """Whoever wanted the files does not want them any more."""


class NotStaged(Exception):
    """A file cannot be had: the builtin error, and why in a sentence."""

    def __init__(self, error_name: str, reason: str) -> None:
        super().__init__(reason)
        self.error_name = error_name
        self.reason = reason


def stage(directory: Path, spec: LaunchSpec, goes_on: Callable[[], bool] = lambda: True) -> Mapping[str, tuple[InputFile, ...]]:
    """The input files of an execution, all of them on this host: those that were not are copied to the directory. Blocks.

    Raises:
        NotStaged: One is missing, cannot be read, or takes too long.
        Interrupted: They are not wanted any more.
        OSError: The disk refuses.
    """
    distant = {file.id: file for files in spec.file_inputs.values() for file in files if file.origin}
    if not distant or spec.input_source is None:
        return spec.file_inputs
    directory.mkdir(mode=0o700)
    fetching = _Fetching(spec.input_source, directory, goes_on)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="staging") as threads:
        paths = dict(zip(distant, threads.map(fetching.fetch, distant.values()), strict=True))
    return {
        name: tuple(replace(file, path=paths.get(file.id, file.path)) for file in files)
        for name, files in spec.file_inputs.items()
    }


class _Fetching:
    """Fetches files until one cannot be had."""

    def __init__(self, source: InputSource, directory: Path, goes_on: Callable[[], bool]) -> None:
        self._source = source
        self._directory = directory
        self._goes_on = goes_on
        self._end = time.monotonic() + MAX_STAGING_SECONDS
        self._has_failed = Event()

    def fetch(self, file: InputFile) -> Path:
        """Copy one file and return where it is."""
        target = self._directory / str(file.id)
        try:
            self._check()
            self._source.fetch(file, target, self._check)
        except InvalidRequest as exc:
            self._has_failed.set()
            raise NotStaged(MISSING_FILE, f"the input file {file.id} ({file.file_name}) is missing: {exc.detail}") from None
        except StorageFailure as exc:
            self._has_failed.set()
            raise NotStaged(FILESYSTEM_IO, f"the input file {file.id} ({file.file_name}): {exc.detail}") from None
        except BaseException:
            self._has_failed.set()
            raise
        return target

    def _check(self) -> None:
        if self._has_failed.is_set() or not self._goes_on():
            raise Interrupted
        if time.monotonic() > self._end:
            raise NotStaged(PRE_TIMEOUT, f"fetching the input files took longer than {MAX_STAGING_SECONDS:.0f} s")
