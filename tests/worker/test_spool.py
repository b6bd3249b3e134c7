"""The files of a spool: what is put in comes out, and what is damaged is passed over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobsvc.domain.status import Stream
from jobsvc.ports.log_store import LogLine, LogOrigin
from jobsvc.worker import spool as spools
from jobsvc.worker.spool import LeftFile, Spool
from jobsvc.worker.spool_dir import SpoolDir
from jobsvc.worker.spool_reader import DAMAGED, SpoolReader
from jobsvc.worker.spool_records import SpoolHead, pack, readable

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(microseconds=123_457)
ORIGIN = LogOrigin("scale_job_a_7x2", 9, "host", 7, 2, "echo", "1.0.0")
HEAD = SpoolHead(9, ORIGIN)
MIB = 2**20


def line(number: int, message: str, stream: Stream = Stream.STDOUT) -> LogLine:
    return LogLine(NOON, number, stream, message, ORIGIN)


def record(first: int, *lines: bytes) -> bytes:
    return pack(NOON, first, Stream.STDOUT, b"\n".join(lines))


def read(data: bytes) -> list[LogLine]:
    reader = SpoolReader(lambda: BytesIO(data))
    lines = []
    while reader.position < len(data):
        lines += reader.read(len(data))
    return lines


@given(st.lists(st.lists(st.binary().map(lambda item: item.replace(b"\n", b"")), min_size=1)))
def test_lines_come_out_as_they_were_put_in(batches: list[list[bytes]]) -> None:
    data, expected = HEAD.pack(), list[LogLine]()
    for batch in batches:
        data += record(len(expected) + 1, *batch)
        expected += [line(number, readable(text)) for number, text in enumerate(batch, len(expected) + 1)]
    assert read(data) == expected


@pytest.mark.parametrize(
    ("raw", "text"),
    [("ä €".encode(), "ä €"), (b"a\xffb", "a\\xffb"), (b"\0", "\\x00"), (b"\xe2\x82", "\\xe2\\x82"), (b"\x1b[1m\r", "\x1b[1m\r")],
)
def test_text_is_what_any_store_takes(raw: bytes, text: str) -> None:
    assert read(HEAD.pack() + record(1, raw, b"next")) == [line(1, text), line(2, "next")]


@given(st.integers(min_value=1, max_value=len(record(3, b"c", b"d")) - 1))
def test_what_was_cut_off_is_passed_over_and_said(missing: int) -> None:
    data = HEAD.pack() + record(1, b"a", b"b") + record(3, b"c", b"d")
    assert read(data[:-missing]) == [line(1, "a"), line(2, "b"), line(3, DAMAGED, Stream.STDERR)]


@given(st.integers(min_value=0, max_value=len(record(1, b"a", b"b")) - 1), st.integers(min_value=1, max_value=255))
def test_a_record_with_a_wrong_byte_is_passed_over(at: int, change: int) -> None:
    bad = bytearray(record(2, b"a", b"b"))
    bad[at] ^= change
    assert read(HEAD.pack() + record(1, b"a") + bad) == [line(1, "a"), line(2, DAMAGED, Stream.STDERR)]


@pytest.mark.parametrize("data", [b"\0" * 5000, b'{"execution_id": 9', b"[]\n", b"{}\n", HEAD.pack() + b"\0" * 100])
def test_a_file_of_which_nothing_is_left_has_no_lines(data: bytes) -> None:
    assert read(data) == []


def test_a_file_of_another_version_can_be_read() -> None:
    head = HEAD.pack().replace(b'"node":"host"', b'"weather":"rain"')
    (read_back,) = read(head + record(1, b"a"))
    assert read_back.origin == replace(ORIGIN, node=None)


def test_a_spool_is_a_row_of_files_that_go_when_they_are_stored(tmp_path: Path) -> None:
    spool = Spool(tmp_path, HEAD, 100 * MIB)
    for number in range(40):
        assert spool.append(record(number + 1, b"x" * MIB))
    assert len(list(tmp_path.iterdir())) == 3
    for _ in range(2):
        part = spool.first
        assert part is not None
        assert spool.stored(part.size, ended=False)
    assert spool.first is not None
    assert not spool.stored(spool.first.size, ended=False)
    assert spool.waiting == 0
    assert spool.stored(spool.first.size, ended=True)
    assert list(tmp_path.iterdir()) == []


def test_a_spool_has_room_again_for_what_the_store_took(tmp_path: Path) -> None:
    spool = Spool(tmp_path, HEAD, MIB)
    text = record(1, b"x" * MIB)
    assert [spool.append(text), spool.append(text)] == [True, False]
    assert spool.first is not None
    spool.stored(spool.first.size, ended=False)
    assert spool.append(text)


def test_a_spool_without_a_disk_holds_the_end_in_memory_until_there_is_one(tmp_path: Path) -> None:
    directory = tmp_path / "gone"
    spool = Spool(directory, HEAD, 100 * MIB)
    third = b"x" * (spools.HELD_BYTES // 3)
    assert [spool.append(record(number, third)) for number in (1, 2, 3)] == [True, True, False]
    directory.mkdir()
    assert spool.append(record(3, third))
    assert spool.close() is None
    (file,) = SpoolDir.create(directory).files()
    with LeftFile(file).open() as data:
        assert [item.order_num for item in read(data.read())] == [1, 2, 3]


def test_files_come_in_the_order_of_their_lines(tmp_path: Path) -> None:
    names = ["7.000002", "10.000001", "7.000001", "9.000010", "9.000009"]
    directory = SpoolDir.create(tmp_path / "worker")
    for name in names:
        (directory.root / name).touch()
    assert [file.name for file in directory.files()] == ["7.000001", "7.000002", "9.000009", "9.000010", "10.000001"]


def test_what_the_store_has_of_a_file_is_not_read_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path, HEAD, 100 * MIB)
    spool.append(record(1, b"a"))
    assert spool.first is not None
    spool.stored(spool.first.size, ended=False)
    spool.append(record(2, b"b"))
    spool.close()
    ((file, begin),) = spool.begun.items()
    assert [item.order_num for item in SpoolReader(LeftFile(file).open, begin).read(file.stat().st_size)] == [2]


def test_the_shortest_log_comes_first(tmp_path: Path) -> None:
    directory = SpoolDir.create(tmp_path / "worker")
    for name, size in {"1.000001": 2, "1.000002": 2, "2.000001": 3, "3.000001": 1}.items():
        (directory.root / name).write_bytes(b"x" * size)
    assert [file.name for file in directory.files()] == ["3.000001", "2.000001", "1.000001", "1.000002"]


def test_workers_of_another_installation_are_none_of_ours(tmp_path: Path) -> None:
    own, mate, _ = (SpoolDir.of_worker(tmp_path, *names) for names in [("a", "1"), ("a", "2"), ("b", "3")])
    assert own.others() == [mate.root]


def test_a_directory_belongs_to_one_worker_at_a_time(tmp_path: Path) -> None:
    first = SpoolDir.create(tmp_path / "worker")
    (first.root / "1.000001").touch()
    assert SpoolDir.take_over(first.root) is None
    first.close()
    second = SpoolDir.take_over(first.root)
    assert second is not None
    assert SpoolDir.take_over(first.root) is None
