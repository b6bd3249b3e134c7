"""What the log store has of an execution."""

import re
from pathlib import Path
from typing import Any, cast

from sqlalchemy import text

from jobsvc.db.database import Database
from jobsvc.domain.records import JobDetails
from jobsvc.settings import Settings
from tests.waiting import eventually

Line = tuple[int, str, str]
LINES = text("SELECT order_num, stream, message FROM log_line WHERE execution_id = :id ORDER BY time, order_num")


async def stored(db: Database, execution_id: int) -> list[Line]:
    """Number, stream and text of the lines."""
    async with db.engine.connect() as connection:
        return [(row[0], row[1], row[2]) for row in await connection.execute(LINES, {"id": execution_id})]


async def all_stored(db: Database, execution_id: int, count: int) -> list[Line]:
    """The lines as soon as there are so many, those included that a line says are missing."""

    async def lines() -> list[Line] | None:
        result = await stored(db, execution_id)
        return result if sum(missing(text) or 1 for _, _, text in result) >= count else None

    return cast("list[Line]", await eventually(lines))


async def all_shipped(settings: Settings) -> None:
    """Wait until no spool holds anything."""
    await eventually(lambda: not spooled(settings))


def spooled(settings: Settings) -> list[Path]:
    """The files in all spools."""
    return list(settings.spool_dir.glob("*/*.*"))


def missing(text: str) -> int:
    """How many lines a line says are missing, beside itself; 0 for one of the job's."""
    match = re.match(r"jobsvc: (\d+) lines were not kept: ", text)
    return int(match[1]) if match else 0


def numbers(count: int, first: int = 1) -> list[Line]:
    """The lines of `seq 1 count`."""
    return [(number, "stdout", str(number)) for number in range(first, count + 1)]


def execution_of(job: JobDetails) -> int:
    """The id of the latest execution."""
    latest: Any = job.execution
    return int(latest.item.execution.id)
