"""Reads the directory that a job wrote, which may be anything and may change meanwhile.

Directories are opened one below the other and never through a link, and what is looked at is what was opened: a process
that outlived its job can swap names, and gains nothing by it.
"""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISLNK, S_ISREG
from types import TracebackType
from typing import Self

from jobsvc.domain.builtin_errors import INVALID_RESULTS_MANIFEST
from jobsvc.domain.limits import MAX_DIRECTORIES, MAX_OUTPUT_ENTRIES, MAX_PATH_BYTES, MAX_WARNINGS
from jobsvc.domain.outcome import FileIdentity
from jobsvc.domain.outputs import OutputMatcher, OutputProblem, Trail
from jobsvc.storage.regular import NotRegularError, open_regular, read_at_most

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_IS_ELSEWHERE = "a link must lead to a file in the output directory"
_IS_SPECIAL = "it is no regular file"
_HAS_CHANGED = "it changed while it was read"


@dataclass(frozen=True)
class OutputFile:
    """A regular file that outputs take: its path relative to the directory, and which file that is."""

    name: str
    takers: tuple[str, ...]
    identity: FileIdentity
    size: int


class OutputTree:
    """An output directory, held open. Blocks."""

    def __init__(self, directory: Path, check: Callable[[], None]) -> None:
        """Open it; `check` is called again and again, and raises when there is no more time.

        OutputProblem when it was removed, or replaced by something else; OSError.
        """
        self.warnings: list[str] = []
        self._unsaid = 0
        self._path = directory
        self._check = check
        self._root = _open_root(directory)
        self._seen = 0

    def __enter__(self) -> Self:
        """Nothing more to do."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close it."""
        os.close(self._root)

    def files(self, matcher: OutputMatcher) -> Iterator[OutputFile]:
        """The files that outputs take, looking only where there can be some. OutputProblem beyond a limit, OSError.

        Links are left out unless they lead to a regular file in the directory: a job could pass any file of the host for
        its output otherwise. Directories that are links are not entered. What is left out is listed in `warnings`.
        """
        # A stack and no recursion: a job chooses how deep its directories are.
        waiting: list[tuple[str, Trail]] = [("", matcher.start)]
        while waiting:
            below, trail = waiting.pop()
            for entry in self._entries(below):
                on = matcher.step(trail, entry.name)
                name = below + entry.name
                if entry.is_dir(follow_symlinks=False):
                    if matcher.goes_on(on):
                        waiting.append((_deeper(f"{name}/"), on))
                elif takers := matcher.takers(on, entry.name):
                    yield from self._file(name, tuple(takers))
                elif matcher.goes_on(on) and entry.is_symlink() and entry.is_dir():
                    self._leave_out(name, _IS_ELSEWHERE)
        if self._unsaid:
            self.warnings.append(f"{self._unsaid} more files were left out for such reasons")

    def read(self, name: str, limit: int) -> bytes | None:
        """What is in a file that describes others; None when there is no such name.

        OutputProblem when it is no regular file of the directory or has more bytes than `limit`; OSError.
        """
        self._check()
        try:
            content = read_at_most(self._open(name), limit + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return None
            raise
        except _Refused as refused:
            raise OutputProblem(INVALID_RESULTS_MANIFEST, f"{name}: cannot be read: {refused}") from None
        if len(content) > limit:
            raise OutputProblem(INVALID_RESULTS_MANIFEST, f"{name}: is larger than {limit} bytes")
        return content

    def _file(self, name: str, takers: tuple[str, ...]) -> Iterator[OutputFile]:
        try:
            facts = self._stat(name)
        except (_Refused, FileNotFoundError) as refused:
            reason = refused if isinstance(refused, _Refused) else _HAS_CHANGED
            self._leave_out(name, str(reason))
        else:
            yield OutputFile(name, takers, FileIdentity(facts.st_dev, facts.st_ino), facts.st_size)

    def _stat(self, name: str) -> os.stat_result:
        # Not opened: the job may have left a file that it may not read, of an output that nobody needs to read here.
        directory, _, last = name.rpartition("/")
        with self._directory(directory) as parent:
            facts = os.stat(last, dir_fd=parent, follow_symlinks=False)
        if S_ISLNK(facts.st_mode):
            facts = self._stat_target(name)
        if not S_ISREG(facts.st_mode):
            raise _Refused(_IS_SPECIAL)
        return facts

    def _stat_target(self, link: str) -> os.stat_result:
        directory, _, last = self._target(link).rpartition("/")
        try:
            with self._directory(directory) as parent:
                facts = os.stat(last, dir_fd=parent, follow_symlinks=False)
        except FileNotFoundError:
            raise _Refused(_IS_ELSEWHERE) from None
        if not S_ISREG(facts.st_mode):
            raise _Refused(_IS_ELSEWHERE)
        return facts

    def _open(self, name: str) -> int:
        directory, _, last = name.rpartition("/")
        with self._directory(directory) as parent:
            if S_ISLNK(os.stat(last, dir_fd=parent, follow_symlinks=False).st_mode):
                name = self._target(name)
        directory, _, last = name.rpartition("/")
        with self._directory(directory) as parent, _refusing():
            return open_regular(last, parent=parent, follow=False)

    def _target(self, name: str) -> str:
        """Where a link leads to, when that is in the directory."""
        root = os.path.realpath(self._path)
        target = os.path.realpath(f"{root}/{name}")
        if not target.startswith(f"{root}/"):
            raise _Refused(_IS_ELSEWHERE)
        return target.removeprefix(f"{root}/")

    @contextmanager
    def _directory(self, name: str) -> Iterator[int]:
        """The directory of this name, opened step by step."""
        descriptor = os.dup(self._root)
        try:
            for part in filter(None, name.split("/")):
                above = descriptor
                with _refusing():
                    descriptor = os.open(part, _DIRECTORY, dir_fd=above)
                os.close(above)
            yield descriptor
        finally:
            os.close(descriptor)

    def _entries(self, below: str) -> Iterator["os.DirEntry[str]"]:
        try:
            with self._directory(below) as directory, os.scandir(directory) as entries:
                for entry in entries:
                    self._count()
                    yield entry
        except (_Refused, FileNotFoundError):
            self._leave_out(below, _HAS_CHANGED)

    def _count(self) -> None:
        self._check()
        self._seen += 1
        if self._seen > MAX_OUTPUT_ENTRIES:
            detail = f"there are more than {MAX_OUTPUT_ENTRIES} files and directories where outputs may be"
            raise OutputProblem(INVALID_RESULTS_MANIFEST, detail)

    def _leave_out(self, name: str, reason: str) -> None:
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(f"{name} is left out: {reason}")
        else:
            self._unsaid += 1


class _Refused(Exception):
    """A name is not what may be read."""


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except NotRegularError:
        raise _Refused(_IS_SPECIAL) from None
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR}:
            raise _Refused(_HAS_CHANGED) from None
        raise


def _open_root(directory: Path) -> int:
    try:
        parent = os.open(directory.parent, _DIRECTORY)
        try:
            return os.open(directory.name, _DIRECTORY, dir_fd=parent)
        finally:
            os.close(parent)
    except OSError as error:
        if error.errno not in {errno.ELOOP, errno.ENOTDIR, errno.ENOENT}:
            raise
        was = "removed" if error.errno == errno.ENOENT else "replaced by a link or a file"
        raise OutputProblem(INVALID_RESULTS_MANIFEST, f"the output directory was {was}") from None


def _deeper(name: str) -> str:
    if name.count("/") > MAX_DIRECTORIES:
        detail = f"there may be outputs more than {MAX_DIRECTORIES} directories deep: {name[:64]}..."
        raise OutputProblem(INVALID_RESULTS_MANIFEST, detail)
    if len(os.fsencode(name)) > MAX_PATH_BYTES:
        detail = f"there may be outputs whose paths are longer than {MAX_PATH_BYTES} bytes: {name[:64]}..."
        raise OutputProblem(INVALID_RESULTS_MANIFEST, detail)
    return name
