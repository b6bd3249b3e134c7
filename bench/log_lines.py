"""Executions and lines to measure with, stored through the log stores themselves."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from bench.log_stores import Bench
from jobsvc.db.database import Database
from jobsvc.domain.status import Stream
from jobsvc.ports.log_store import LogLine, LogOrigin

BATCH = 5000
"""Lines in one call, as many as a worker sends at most."""
WORDS = "the quick brown fox jumps over the lazy dog while the band plays on and nobody looks at it"

_BEGIN = text("""
    INSERT INTO execution (job_id, job_type_id, exe_num, cluster_id, queued, started, status)
    SELECT id, job_type_id, 1, 'bench-' || id, now(), now() - interval '1 hour', 'RUNNING'
    FROM job WHERE NOT EXISTS (SELECT FROM execution WHERE job_id = job.id) ORDER BY id LIMIT 1
    RETURNING id, cluster_id, job_id, started
""")
_END = text("UPDATE execution SET status = 'COMPLETED', ended = now(), exit_code = 0 WHERE id = :id")


@dataclass(frozen=True)
class Written:
    """An execution whose lines can be written."""

    id: int
    origin: LogOrigin
    started: datetime


@dataclass(frozen=True)
class WriteCost:
    """What storing lines took: seconds by the clock, and CPU seconds of this process and of the store."""

    lines: int
    wall: float
    cpu: float
    store_cpu: float

    def row(self) -> str:
        """A sentence."""
        own, store = self.cpu / self.lines * 1e6, self.store_cpu / self.lines * 1e6
        rate = f"{self.lines / self.wall:.0f} lines/s, CPU us a line {own:.1f} of the writer, {store:.1f} of the store"
        return f"wrote {self.lines} lines in {self.wall:.1f} s: {rate}"


async def begin(database: Database) -> Written:
    """A new execution that runs."""
    async with database.engine.begin() as connection:
        row = (await connection.execute(_BEGIN)).one()
    origin = LogOrigin(row.cluster_id, row.id, "node-1.example", row.job_id, 1, "type-1", "1.0.0")
    return Written(row.id, origin, row.started)


async def end(database: Database, execution: Written) -> None:
    """Let an execution be over."""
    async with database.engine.begin() as connection:
        await connection.execute(_END, {"id": execution.id})


async def write(bench: Bench, execution: Written, count: int) -> WriteCost:
    """Store this many lines of about 100 characters, one batch after the other."""
    wall = cpu = 0.0
    store_cpu = await bench.store_cpu()
    for batch in _batches(execution, count):
        began, used = time.monotonic(), time.process_time()
        await bench.store.append(execution.id, batch)
        wall, cpu = wall + time.monotonic() - began, cpu + time.process_time() - used
    return WriteCost(count, wall, cpu, await bench.store_cpu() - store_cpu)


def line(execution: Written, number: int, message: str, moment: datetime | None = None) -> LogLine:
    """The line of a number; without a moment it is written some milliseconds after the one before."""
    when = moment or execution.started + timedelta(milliseconds=number)
    return LogLine(when, number, Stream.STDERR if number % 10 == 0 else Stream.STDOUT, message, execution.origin)


def lines_now(execution: Written, first: int, count: int) -> Sequence[LogLine]:
    """Lines of this moment that say when they were sent, on the clock that all processes of the machine share."""
    message, now = f"{WORDS} sent {time.monotonic():.6f}", datetime.now(UTC)
    return [line(execution, first + number, message, now) for number in range(count)]


def _batches(execution: Written, count: int) -> Iterator[list[LogLine]]:
    for first in range(0, count, BATCH):
        yield [line(execution, number, f"{number} {WORDS}") for number in range(first, min(first + BATCH, count))]
