"""Notes about process groups, which jobs can write to."""

import os
from pathlib import Path

import pytest

from jobsvc.engines.orphans import read_group, write_group
from jobsvc.engines.process_group import ProcessGroup


def test_a_note_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_group(tmp_path / "note", ProcessGroup(7, "8"))
    assert read_group(tmp_path / "note") == ProcessGroup(7, "8")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff", b"[" * 1000, b'{"pid": 1}', b'{"pid": 1, "start_time": ' + b" " * 2000]
)
def test_a_note_that_is_none_says_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "note").write_bytes(content)
    assert read_group(tmp_path / "note") is None


def test_a_note_that_is_no_file_says_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert (read_group(tmp_path / "fifo"), read_group(tmp_path), read_group(tmp_path / "none")) == (None, None, None)
