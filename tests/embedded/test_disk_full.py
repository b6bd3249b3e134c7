"""A disk without room, made of a small file system in memory."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from jobsvc.embedded import EmbeddedUnavailable

from .support import MakeServer, Query

MakeDisk = Callable[[int], Path]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a file system")


@pytest.fixture
def make_disk(folder: Path) -> Iterator[MakeDisk]:
    """Mounts a file system of some megabytes, and removes it in the end."""
    with ExitStack() as stack:

        def make(megabytes: int) -> Path:
            options = ["-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(folder)]
            if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
                pytest.skip("this root may not mount a file system")
            stack.callback(subprocess.check_call, ["umount", str(folder)])
            return folder

        yield make


@pytest.mark.parametrize("megabytes", [20, 40])
def test_no_room_for_a_cluster(make_disk: MakeDisk, make_server: MakeServer, megabytes: int) -> None:
    disk = make_disk(megabytes)
    with pytest.raises(EmbeddedUnavailable, match=rf"(?s)disk that holds {disk}/data is full.*Free some space"):
        make_server(disk / "data").start()
    assert not (disk / "data" / "postgres").exists()


def test_no_room_any_more(make_disk: MakeDisk, make_server: MakeServer, query: Query) -> None:
    disk = make_disk(100)
    server = make_server(disk / "data")
    query(server.start(), "CREATE TABLE kept AS SELECT 42 AS answer")
    server.stop()
    fill(disk / "filler")
    with pytest.raises(EmbeddedUnavailable, match=rf"(?s)disk that holds {disk}/data is full"):
        server.start()
    (disk / "filler").unlink()
    assert query(server.start(), "SELECT answer FROM kept") == 42


def fill(path: Path) -> None:
    """Write until nothing more fits."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
