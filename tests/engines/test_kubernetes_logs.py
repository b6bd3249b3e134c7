"""The log of a pod: cut into lines, kept, and gone on with from a whole second."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from jobsvc.engines.kubernetes.log_file import NAME, LogFile
from jobsvc.engines.kubernetes.log_lines import Cutter, chunks

MOST = 2**20


def line(second: int, text: str, nanosecond: int = 1) -> bytes:
    """A line as the cluster gives it."""
    return f"2026-11-29T06:00:{second:02}.{nanosecond:09}Z {text}\n".encode()


LINES = [line(1, "a"), line(1, "b", 2), line(1, "b", 2), line(5, "c"), line(5, "d", 3), line(6, "e")]
CONTENT = b"a\nb\nb\nc\nd\ne\n"


def read(file: LogFile, *parts: bytes) -> bytes:
    """What is new of an answer that comes in parts."""
    file.begin()
    return b"".join(chunk.data for part in parts for chunk in file.take(part))


def kept(file: LogFile) -> bytes:
    """What was read before."""
    return b"".join(chunk.data for chunks_of in file.kept() for chunk in chunks_of)


@pytest.mark.parametrize("size", [1, 7, 31, 1000])
def test_bytes_may_come_in_any_parts(size: int) -> None:
    content, cutter = b"".join(LINES), Cutter()
    pieces = [piece for start in range(0, len(content), size) for piece in cutter.cut(content[start : start + size])]
    assert b"".join(chunk.data for chunk in chunks(pieces)) == CONTENT
    assert [chunk.time.second for chunk in chunks(pieces)][-1] == 6


def test_what_the_node_says_itself_is_no_line() -> None:
    said = b"unable to retrieve container logs for containerd://1\n"
    assert [piece.data for piece in Cutter().cut(said + LINES[0] + b"rpc error\n")] == [b"a\n"]


@pytest.mark.parametrize("known", range(len(LINES) + 1))
def test_a_log_goes_on_where_it_broke_off(tmp_path: Path, known: int) -> None:
    first, second = LogFile(tmp_path, MOST), LogFile(tmp_path, MOST)
    before = read(first, *LINES[:known])
    assert before + read(first, *LINES) == CONTENT
    # Somebody else, from what is kept.
    assert kept(second) == CONTENT
    assert second.begin() is not None
    assert read(second, *LINES) == b""


@pytest.mark.parametrize("cut", range(1, len(LINES[5])))
def test_a_line_that_broke_off_goes_on(tmp_path: Path, cut: int) -> None:
    first, second = LogFile(tmp_path, MOST), LogFile(tmp_path, MOST)
    before = read(first, *LINES[:5], LINES[5][:cut])
    rest = [LINES[3], LINES[4], LINES[5]]
    assert before + read(first, *rest) == CONTENT
    assert kept(second) == CONTENT


@pytest.mark.parametrize("cut", range(1, sum(map(len, LINES)), 5))
def test_a_file_that_was_cut_off_is_completed(tmp_path: Path, cut: int) -> None:
    (tmp_path / NAME).write_bytes(b"".join(LINES)[:cut])
    file = LogFile(tmp_path, MOST)
    assert kept(file) + read(file, *LINES) == CONTENT
    assert (tmp_path / NAME).read_bytes() == b"".join(LINES)


def test_what_the_node_has_rotated_away_is_not_missed(tmp_path: Path) -> None:
    file = LogFile(tmp_path, MOST)
    assert read(file, *LINES[:5], line(6, "long")[:-2]) == CONTENT[:-2] + b"lon"
    assert read(file, line(7, "f")) == b"\nf\n"
    assert kept(LogFile(tmp_path, MOST)) == CONTENT[:-2] + b"lon\nf\n"


def test_two_workers_keep_the_same(tmp_path: Path) -> None:
    both: Sequence[LogFile] = LogFile(tmp_path, MOST), LogFile(tmp_path, MOST)
    for number in range(len(LINES)):
        for file in both:
            read(file, *LINES[: number + 1])
    assert (tmp_path / NAME).read_bytes() == b"".join(LINES)


def test_no_more_is_kept_than_the_limit_and_all_is_passed_on(tmp_path: Path) -> None:
    file = LogFile(tmp_path, 100)
    assert read(file, *LINES) == CONTENT
    assert (tmp_path / NAME).read_bytes() == b"".join(LINES[:4])
    gone = LogFile(tmp_path / "gone", MOST)
    assert read(gone, *LINES) == CONTENT
