"""The room that a directory takes, whatever its job does with it."""

import os
from pathlib import Path

import pytest

from jobsvc.engines.remote import tree_size as module
from jobsvc.engines.remote.tree_size import tree_size

MIB = 2**20
SMALL = 64 * 1024
"""What directories take themselves, at most."""


def fill(file: Path, size: int = MIB) -> Path:
    """A file of so many bytes that are really there."""
    file.write_bytes(os.urandom(size))
    return file


def measured(directory: Path) -> int:
    """MiB that it takes; directories themselves are next to nothing."""
    size = tree_size(directory)
    assert size % MIB < SMALL
    return size // MIB


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """An output directory."""
    directory = tmp_path / "output"
    directory.mkdir()
    return directory


def test_files_in_all_directories_count(output: Path) -> None:
    (output / "a" / "b").mkdir(parents=True)
    for place in (output, output / "a", output / "a" / "b"):
        fill(place / "file")
    assert measured(output) == 3


def test_what_is_not_there_has_nothing(tmp_path: Path) -> None:
    assert tree_size(tmp_path / "nowhere") == 0


def test_no_link_is_followed(output: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    fill(elsewhere / "file")
    (output / "directory").symlink_to(elsewhere)
    (output / "file").symlink_to(elsewhere / "file")
    (output / "itself").symlink_to(output)
    assert measured(output) == 0
    (tmp_path / "link").symlink_to(elsewhere)
    assert tree_size(tmp_path / "link") == 0


def test_a_file_with_several_names_counts_once(output: Path) -> None:
    file = fill(output / "file")
    for number in range(5):
        (output / f"same-{number}").hardlink_to(file)
    assert measured(output) == 1


def test_holes_count_for_nothing(output: Path) -> None:
    with (output / "file").open("wb") as file:
        file.truncate(2**40)
    assert measured(output) == 0


def test_special_files_do_not_block(output: Path) -> None:
    os.mkfifo(output / "pipe")
    fill(output / "file")
    assert measured(output) == 1


def test_names_may_be_any_bytes(output: Path) -> None:
    (output / os.fsdecode(b"\xff\n")).mkdir()
    fill(output / os.fsdecode(b"\xff\n") / os.fsdecode(b"\xfe"))
    assert measured(output) == 1


def test_directories_may_be_deeper_than_paths_are_long(output: Path) -> None:
    here = os.open(output, os.O_RDONLY)
    for _ in range(400):
        os.mkdir("d" * 100, dir_fd=here)
        below = os.open("d" * 100, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    file = os.open("file", os.O_WRONLY | os.O_CREAT, dir_fd=here)
    os.write(file, os.urandom(4 * MIB))
    os.close(file)
    os.close(here)
    assert tree_size(output) >= 4 * MIB


def test_a_look_has_an_end(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_STEPS", 5)
    for number in range(10):
        fill(output / str(number))
    assert measured(output) == 5
