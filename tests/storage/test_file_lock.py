"""Who holds a lock on a file, and when it is free again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobsvc.file_lock import FileLock, try_lock

HOLDER = """
import sys
from pathlib import Path
from jobsvc.file_lock import FileLock
print(FileLock(Path(sys.argv[1])).acquire(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lock"


def held_elsewhere(path: Path) -> "subprocess.Popen[str]":
    """Another process that holds the lock until its stdin is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    return process


def test_a_lock_has_one_holder(path: Path) -> None:
    first, second = FileLock(path), FileLock(path)
    assert (first.acquire(), first.acquire(), second.acquire()) == (True, True, False)
    first.release()
    first.release()
    assert second.acquire()
    second.release()


def test_the_lock_of_a_killed_process_is_free(path: Path) -> None:
    lock = FileLock(path)
    with held_elsewhere(path) as process:
        assert not lock.acquire()
        process.kill()
        assert lock.acquire(10)
    lock.release()


def test_a_child_that_has_the_descriptor_goes_on_holding_the_lock(path: Path) -> None:
    lock = FileLock(path)
    assert lock.acquire()
    assert lock.descriptor is not None
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=[lock.descriptor]) as child:
        lock.release()
        assert not FileLock(path).acquire()
        child.kill()
        child.wait()
    assert FileLock(path).acquire(10)


def test_a_child_without_the_descriptor_holds_nothing(path: Path) -> None:
    lock = FileLock(path)
    assert lock.acquire()
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False) as child:
        lock.release()
        assert FileLock(path).acquire()
        child.kill()


def test_a_file_that_its_holder_removed_locks_nothing(path: Path) -> None:
    holder, other = FileLock(path), FileLock(path, create=False)
    assert holder.acquire()
    path.unlink()
    with pytest.raises(FileNotFoundError):
        other.acquire()
    newer = FileLock(path)
    assert newer.acquire()
    assert not other.acquire()


def test_an_open_file_is_locked_until_it_is_closed(path: Path) -> None:
    with path.open("wb") as file:
        assert try_lock(file.fileno())
        assert not FileLock(path).acquire()
    assert FileLock(path).acquire()


def test_a_descriptor_that_is_not_open_cannot_be_locked() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    os.close(writer)
    with pytest.raises(OSError, match="Bad file descriptor"):
        try_lock(reader)
