"""The last frame of a log that is read while it grows."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobsvc.domain.status import Stream
from jobsvc.engines.docker.last_frame import SETTLE_SECONDS, LastFrame
from jobsvc.ports.remote_engine import LogChunk
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio
FRAME = LogChunk(Stream.STDOUT, b"line 4\n", datetime(2026, 1, 1, tzinfo=UTC))
LONGER = LogChunk(Stream.STDOUT, b"line 43\n", FRAME.time)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A log of one whole line."""
    path = tmp_path / "log"
    path.write_bytes(b"line 42\n")
    return path


def _of(file: Path | None) -> LastFrame:
    """That of Podman, with its log in this file."""

    async def find_file() -> Path | None:
        return file

    last = LastFrame(find_file)
    last.may_be_cut = True
    return last


async def test_it_is_whole_when_the_file_ended_with_a_line_before_and_after(file: Path) -> None:
    last = _of(file)
    await last.begin()
    assert await last.whole([FRAME]) == [FRAME]
    assert last.frame is None


async def test_it_is_held_when_the_file_grew_meanwhile(file: Path) -> None:
    last = _of(file)
    await last.begin()
    with file.open("ab") as log:
        log.write(b"line 43\n")
    assert await last.whole([FRAME]) == []
    assert last.frame == FRAME
    await last.begin()
    assert await last.whole([LONGER]) == [LONGER]


async def test_it_is_held_while_the_file_ends_within_a_line(file: Path) -> None:
    file.write_bytes(b"line 42\nline 4")
    last = _of(file)
    await last.begin()
    assert await last.whole([FRAME]) == []


@pytest.mark.parametrize("name", [None, "no-such-file"])
async def test_where_the_file_cannot_be_read_it_has_to_stay_as_it_is(tmp_path: Path, name: str | None) -> None:
    last = _of(tmp_path / name if name else None)
    await last.begin()
    assert await last.whole([FRAME]) == []
    assert await last.whole([LONGER]) == []

    async def is_passed_on() -> bool:
        return await last.whole([LONGER]) == [LONGER]

    await eventually(is_passed_on, 10 * SETTLE_SECONDS)


async def test_nothing_is_held_of_a_read_that_brought_nothing(file: Path) -> None:
    last = _of(file)
    assert await last.whole([]) == []
    assert last.frame is None
