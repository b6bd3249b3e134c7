"""An execution that runs and writes lines, and log stores with faults."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from jobsvc.db.database import Database
from jobsvc.db.tables import ExecutionRow
from jobsvc.domain.errors import LogsUnavailable
from jobsvc.domain.status import Stream
from jobsvc.logstores.postgres import PostgresLogStore
from jobsvc.ports.log_store import LoggedExecution, LogLine, LogOrigin, LogQuery
from tests.factories import Factory

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Logged:
    """An execution and its log."""

    db: Database
    execution: LoggedExecution

    async def write(self, *numbers: int, message: str = "line {}", task: int | None = None) -> None:
        """Lines of these numbers, a microsecond apart; every tenth goes to standard error. `task`: another's than jobsvc's."""
        origin = LogOrigin(self.execution.cluster_id, self.execution.id if task is None else task)
        lines = [LogLine(at(number), number, stream_of(number), message.format(number), origin) for number in numbers]
        await PostgresLogStore(self.db).append(self.execution.id, lines)

    async def end(self, exit_code: int | None = 0, lines: int | None = None) -> None:
        """The execution is final; `lines`: how many the worker says it wrote."""
        status = "COMPLETED" if exit_code == 0 else "FAILED"
        values = {"status": status, "exit_code": exit_code, "log_lines": lines, "ended": datetime.now(UTC)}
        async with self.db.engine.begin() as connection:
            await connection.execute(update(ExecutionRow).where(ExecutionRow.id == self.execution.id).values(**values))


async def running(make: Factory) -> Logged:
    """An execution of a job of its own."""
    job = (await make.job()).item
    cluster_id = f"scale_job_x_{job.job.id}x1"
    ids = {"job_id": job.job.id, "job_type_id": job.job_type.id, "exe_num": 1, "cluster_id": cluster_id}
    execution_id = await make.row(ExecutionRow, **ids, queued=START, started=START, status="RUNNING")
    return Logged(make.db, LoggedExecution(execution_id, cluster_id, START))


def at(number: int) -> datetime:
    """When a line was written."""
    return START + timedelta(microseconds=number)


def stream_of(number: int) -> Stream:
    """Where a line went."""
    return Stream.STDOUT if number % 10 else Stream.STDERR


class CountingStore(PostgresLogStore):
    """Notes what it is asked."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.queries: list[LogQuery] = []

    async def read(self, query: LogQuery) -> AsyncIterator[list[LogLine]]:
        self.queries.append(query)
        async for page in super().read(query):
            yield page


class FailingStore(PostgresLogStore):
    """Is away when it is told to be, or after a number of pages."""

    is_away = False
    pages: int | None = None

    async def read(self, query: LogQuery) -> AsyncIterator[list[LogLine]]:
        number = 0
        async for page in super().read(query):
            if self.is_away or number == self.pages:
                break
            yield page
            number += 1
        else:
            if not self.is_away:
                return
        raise LogsUnavailable("The log store is away.")
