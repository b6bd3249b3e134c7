"""When lines go to the log store."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from jobsvc.db.database import Database
from jobsvc.domain.status import Stream
from jobsvc.logstores.postgres import PostgresLogStore
from jobsvc.ports.log_store import LogLine, LogOrigin
from jobsvc.services.clock import utc_now
from jobsvc.worker import log_writer
from jobsvc.worker.delivery import Delivery
from jobsvc.worker.log_writer import LogWriter
from jobsvc.worker.spool import Spool
from jobsvc.worker.spool_records import SpoolHead

SECONDS = 30.0


class Batches(PostgresLogStore):
    """Notes which lines came together, for an execution that there is not."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.batches: list[list[str]] = []
        self.came = asyncio.Event()

    async def append(self, execution_id: int, lines: Sequence[LogLine]) -> None:  # noqa: ARG002 (there is one only)
        self.batches.append([line.message for line in lines])
        self.came.set()


async def test_the_first_line_waits_for_no_others(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_writer, "GATHER_SECONDS", 3600.0)
    store = Batches(db)
    writer = LogWriter(Spool(tmp_path, SpoolHead(1, LogOrigin("cluster")), 2**20), Delivery(store), utc_now)
    await writer.write(Stream.STDOUT, [b"first"])
    async with asyncio.timeout(SECONDS):
        await store.came.wait()
    for number in range(3):
        await writer.write(Stream.STDOUT, [b"%d" % number])
    await writer.settle()
    assert store.batches == [["first"], ["0", "1", "2"]]
    await writer.leave()


async def test_lines_that_come_right_before_the_end_are_stored_before_it(db: Database, tmp_path: Path) -> None:
    store = Batches(db)
    writer = LogWriter(Spool(tmp_path, SpoolHead(1, LogOrigin("cluster")), 2**20), Delivery(store), utc_now)
    # Without a turn of the loop in between, as when an execution fails before it begins.
    await writer.write(Stream.STDERR, [b"why"])
    await writer.settle()
    assert store.batches == [["why"]]
    writer.resume()
    await writer.write(Stream.STDERR, [b"and why not"])
    await writer.settle()
    assert store.batches == [["why"], ["and why not"]]
    await writer.leave()


async def test_nothing_is_waited_for_when_there_are_no_lines(db: Database, tmp_path: Path) -> None:
    writer = LogWriter(Spool(tmp_path, SpoolHead(1, LogOrigin("cluster")), 2**20), Delivery(Batches(db)), utc_now)
    tasks = len(asyncio.all_tasks())
    async with asyncio.timeout(SECONDS):
        await writer.settle()
    assert len(asyncio.all_tasks()) == tasks
    assert await writer.leave() is None
