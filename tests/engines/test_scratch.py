"""Directories of executions, and the lock that says whose they are."""

import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier

import pytest

from jobsvc.engines.scratch import ExecutionDir, WorkerDir

NOBODY = 65534


def test_a_worker_that_lives_is_not_taken_over(tmp_path: Path) -> None:
    worker = WorkerDir.create(tmp_path / "w")
    assert WorkerDir.take_over(tmp_path / "w") is None
    with pytest.raises(BlockingIOError):
        WorkerDir.create(tmp_path / "w")
    worker.release()
    assert WorkerDir.take_over(tmp_path / "w") is not None


def test_what_is_no_directory_of_a_worker_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    assert [WorkerDir.take_over(tmp_path / name) for name in ("file", "empty", "nothing")] == [None] * 3


def test_a_lock_on_a_file_that_was_removed_counts_for_nothing(tmp_path: Path) -> None:
    first = WorkerDir.create(tmp_path / "w")
    first.remove()
    second = WorkerDir.create(tmp_path / "w")
    first.release()
    assert WorkerDir.take_over(tmp_path / "w") is None
    second.remove()
    assert not (tmp_path / "w").exists()


def test_of_two_who_take_over_at_once_one_gets_it(tmp_path: Path) -> None:
    def take_over(_: int) -> bool:
        together.wait()
        worker = WorkerDir.take_over(tmp_path / "w")
        if worker:
            worker.remove()
        return worker is not None

    together = Barrier(2)
    with ThreadPoolExecutor(2) as threads:
        for _ in range(300):
            WorkerDir.create(tmp_path / "w").release()
            assert sorted(threads.map(take_over, range(2))) == [False, True]


def test_what_a_job_made_unreadable_is_removed_and_nothing_beside_it() -> None:
    # Not in the directory of the test, which nobody but its owner may enter.
    with tempfile.TemporaryDirectory() as directory, _not_as_root(directory):
        outside, root = Path(directory, "outside"), Path(directory, "execution")
        outside.mkdir(mode=0o500)
        (root / "a" / "b").mkdir(parents=True)
        (root / "a" / "link").symlink_to(outside)
        (root / "a" / "b").chmod(0)
        (root / "a").chmod(0o500)
        ExecutionDir(root).remove()

        assert not root.exists()
        assert outside.stat().st_mode & 0o777 == 0o500


@contextmanager
def _not_as_root(directory: str) -> Iterator[None]:
    """Root can remove anything, so be somebody else for a while, who owns this directory."""
    if os.geteuid() != 0:
        yield
        return
    os.chown(directory, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
