"""The `host` broker: a workspace is a directory of the host.

Paths come from requests and from jobs. They are relative, and what they resolve to, links included, has to lie inside
of the workspace. What was checked is then opened directory by directory without following links, so that whoever
replaces one of them meanwhile gets an error. Nothing that exists is ever overwritten.
"""

import asyncio
import contextlib
import errno
import os
from collections.abc import AsyncIterable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from jobsvc.domain.errors import Conflict, InvalidRequest, StorageFailure
from jobsvc.domain.limits import MAX_DIRECTORIES, MAX_NAME_BYTES, MAX_PATH_BYTES
from jobsvc.domain.outcome import FileIdentity
from jobsvc.storage.copying import copy
from jobsvc.storage.partial import PREFIX, new_partial
from jobsvc.storage.regular import NotRegularError, open_regular

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_SYSTEM = tuple(map(Path, ("/proc", "/sys", "/dev")))
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (nothing is written to it here)
_NOWHERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EINVAL})

JOB = "job_"
"""What the directory of a job is called in front of its id."""


def check_relative(path: str, member: str) -> PurePosixPath:
    """The path when it stays below its directory by its words alone and can be stored.

    Raises:
        InvalidRequest: It does not.
    """
    relative = PurePosixPath(path)
    if not path or "\0" in path or relative.is_absolute() or ".." in relative.parts or relative == PurePosixPath():
        raise InvalidRequest(f"{member}: '{_shown(path)}' must be a relative path inside the workspace.")
    if len(os.fsencode(path)) > MAX_PATH_BYTES or any(len(os.fsencode(part)) > MAX_NAME_BYTES for part in relative.parts):
        raise InvalidRequest(f"{member}: is longer than {MAX_PATH_BYTES} bytes, or a name in it than {MAX_NAME_BYTES}.")
    if len(relative.parts) > MAX_DIRECTORIES + 1:
        raise InvalidRequest(f"{member}: has more than {MAX_DIRECTORIES} directory levels.")
    if any(part.startswith(PREFIX) for part in relative.parts):
        raise InvalidRequest(f"{member}: names that begin with {PREFIX} belong to unfinished uploads.")
    return relative


def locate(root: Path, path: str, member: str) -> Path:
    """Where a workspace's file lies.

    Raises:
        InvalidRequest: The path, or a link on it, leads out of the workspace.
    """
    target = root / check_relative(path, member)
    # Unlike Path.resolve, this returns something for links that lead in a circle: a path at which there is no file.
    resolved = Path(os.path.realpath(target))
    if not resolved.is_relative_to(os.path.realpath(root)):
        raise InvalidRequest(f"{member}: '{path}' leads out of the workspace.")
    if is_of_the_system(resolved):
        raise InvalidRequest(f"{member}: '{path}' is a system file, not on a disk.")
    return target


def open_file(root: Path, path: str, member: str) -> int:
    """A descriptor of a regular file of a workspace.

    Raises:
        InvalidRequest: There is none.
        StorageFailure: The disk refuses.
    """
    resolved = os.path.realpath(locate(root, path, member))
    parts = Path(resolved).relative_to(os.path.realpath(root)).parts
    try:
        with _directory(root, parts[:-1]) as directory:
            return open_regular(parts[-1], parent=directory, follow=False)
    except OSError as exc:
        if isinstance(exc, NotRegularError) or exc.errno in _NOWHERE:
            raise InvalidRequest(f"{member}: there is no regular file '{path}' in the workspace.") from exc
        raise StorageFailure(f"'{path}' cannot be read: {exc.strerror}.") from exc


async def store(root: Path, path: str, chunks: AsyncIterable[bytes]) -> int:
    """Write a new file from a stream and return its size in bytes.

    The bytes go to a temporary name, which is gone again when the stream breaks off.

    Raises:
        Conflict: The path is taken.
        StorageFailure: The disk refuses.
    """
    with _translating_errors(path):
        await asyncio.to_thread(_check_free, root, path)
        partial, file = await asyncio.to_thread(new_partial, root)
        try:
            with file:
                size = await _write(file, chunks)
                await asyncio.to_thread(_publish, root, path, partial, os.link)
        finally:
            _drop(partial)
    return size


def import_file(
    root: Path, path: str, source: Path, identity: FileIdentity | None = None, check: Callable[[], None] = lambda: None
) -> int:
    """Take a file that an execution produced into a workspace and return its size in bytes.

    `identity` is that of the only file to be taken; `check` is called while it is copied. StorageFailure,
    InvalidRequest for a path that cannot be.
    """
    locate(root, path, "file_path")
    with _translating_errors(path):
        partial, file = new_partial(root)
        try:
            with file:
                size = _copy(source, identity, file.fileno(), check)
                os.fsync(file.fileno())
                _publish(root, path, partial, os.replace)
        finally:
            _drop(partial)
    return size


def remove(root: Path, path: str) -> None:
    """Take back a file that was stored but is not wanted; what is gone already is fine."""
    with contextlib.suppress(OSError, InvalidRequest), _parent(root, path) as (directory, name):
        os.unlink(name, dir_fd=directory)


def delete(root: Path, path: str) -> None:
    """Delete a file for good, and the directories of its job that are empty without it; what is gone already is fine.

    Raises:
        StorageFailure: The workspace is not there, or does not let go of it.
        InvalidRequest: The path leads out of the workspace.
    """
    if not root.is_dir():
        raise StorageFailure(f"'{path}' cannot be deleted: '{root}' is not there.")
    try:
        with _parent(root, path) as (directory, name):
            os.unlink(name, dir_fd=directory)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as exc:
        raise StorageFailure(f"'{path}' cannot be deleted: {exc.strerror or exc}.") from exc
    with contextlib.suppress(OSError, InvalidRequest):
        for above in PurePosixPath(path).parents:
            # Others may be making files in the directories above these at this moment.
            if not any(part.startswith(JOB) for part in above.parts):
                break
            with _parent(root, str(above)) as (directory, name):
                os.rmdir(name, dir_fd=directory)


def remove_directory(root: Path, path: str) -> None:
    """Take back the directory that was made for this file alone, if it is empty."""
    with contextlib.suppress(OSError, InvalidRequest), _parent(root, str(PurePosixPath(path).parent)) as (directory, name):
        os.rmdir(name, dir_fd=directory)


def _shown(path: str) -> str:
    return path if len(path) <= MAX_NAME_BYTES else f"{path[:MAX_NAME_BYTES]}..."


def is_of_the_system(path: Path) -> bool:
    """Whether it is no file that lies somewhere, but made when it is read, for ever perhaps."""
    return any(path.is_relative_to(item) for item in _SYSTEM) and not path.is_relative_to(_SHARED_MEMORY)


@contextmanager
def _translating_errors(path: str) -> Iterator[None]:
    """Turn errors of the disk into errors of the domain."""
    try:
        yield
    except (FileExistsError, NotADirectoryError) as exc:
        raise Conflict(f"The workspace has a file at '{path}', or above it, already.") from exc
    except OSError as exc:
        raise StorageFailure(f"'{path}' cannot be written: {exc.strerror or exc}.") from exc


@contextmanager
def _directory(root: Path, parts: tuple[str, ...], *, make: bool = False) -> Iterator[int]:
    """A directory below `root`, opened step by step and, with `make`, made where it is missing."""
    descriptor = os.open(os.path.realpath(root), _DIRECTORY)
    try:
        for part in parts:
            above = descriptor
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, dir_fd=above)
            descriptor = os.open(part, _DIRECTORY, dir_fd=above)
            os.close(above)
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _parent(root: Path, path: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
    """The directory of a workspace's file, and its name in there."""
    target = locate(root, path, "file_path")
    directory = Path(os.path.realpath(target.parent))
    if not directory.is_relative_to(os.path.realpath(root)):
        raise InvalidRequest(f"file_path: '{path}' leads out of the workspace.")
    with _directory(root, directory.relative_to(os.path.realpath(root)).parts, make=make) as descriptor:
        yield descriptor, target.name


def _check_free(root: Path, path: str) -> None:
    """Say no before the bytes come."""
    with contextlib.suppress(FileNotFoundError), _parent(root, path) as (directory, name):
        os.stat(name, dir_fd=directory, follow_symlinks=False)
        raise FileExistsError(name)


async def _write(file: BinaryIO, chunks: AsyncIterable[bytes]) -> int:
    size = 0
    async for chunk in chunks:
        size += await asyncio.to_thread(file.write, chunk)
    await asyncio.to_thread(file.flush)
    await asyncio.to_thread(os.fsync, file.fileno())
    return size


def _copy(source: Path, identity: FileIdentity | None, target: int, check: Callable[[], None]) -> int:
    descriptor = open_regular(source)
    try:
        facts = os.fstat(descriptor)
        if identity is not None and identity != FileIdentity(facts.st_dev, facts.st_ino):
            raise OSError(errno.ESTALE, "the file was replaced after it had been found")
        return copy(descriptor, target, check)
    finally:
        os.close(descriptor)


def _publish(root: Path, path: str, partial: Path, put: Callable[..., None]) -> None:
    """Return a file its name. A link, unlike a rename, fails when that is taken."""
    with _parent(root, path, make=True) as (directory, name):
        try:
            put(partial, name, dst_dir_fd=directory)
        except OSError as exc:
            if exc.errno != errno.EXDEV:
                raise
            _publish_elsewhere(partial, directory, name, put)


def _publish_elsewhere(partial: Path, directory: int, name: str, put: Callable[..., None]) -> None:
    """The same for a directory that lies on another disk than the workspace."""
    copied = partial.name
    target = os.open(copied, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=directory)
    try:
        _copy(partial, None, target, lambda: None)
        os.fsync(target)
        put(copied, name, src_dir_fd=directory, dst_dir_fd=directory)
    finally:
        os.close(target)
        with contextlib.suppress(OSError):
            os.unlink(copied, dir_fd=directory)


def _drop(partial: Path) -> None:
    with contextlib.suppress(OSError):
        partial.unlink()
