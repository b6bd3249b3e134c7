"""Logs that are written while v3 reads them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from jobsvc.api.context import Services
from jobsvc.app import bare_app
from jobsvc.db.database import Database
from jobsvc.domain.status import Stream
from jobsvc.logstores.postgres import PostgresLogStore
from jobsvc.ports.log_store import LogLine, LogOrigin, LogQuery
from jobsvc.services.logs.service import LogService
from tests.api import rows
from tests.factories import Factory
from tests.support import Client

SECOND = timedelta(seconds=1)


class BusyStore(PostgresLogStore):
    """Between two reads of its log, an execution writes a line a second later than the last."""

    written = 0

    async def read(self, query: LogQuery) -> AsyncIterator[list[LogLine]]:
        async for page in super().read(query):
            yield page
        self.written += 1
        line = LogLine(at(self.written), self.written, Stream.STDOUT, "slipped in", LogOrigin(query.execution.cluster_id, task=1))
        await self.append(query.execution.id, [line])


def at(number: int) -> datetime:
    return rows.T0 + number * SECOND


@pytest.mark.parametrize("accept", ["application/json", "text/plain", "text/html"])
async def test_a_log_that_has_a_line_says_when_it_was_written(
    services: Services, db: Database, make: Factory, accept: str
) -> None:
    echo = await make.job_type()
    job_id = await rows.job_row(make, echo, **rows.COMPLETED)
    path = f"/job-executions/{await rows.execution_row(make, job_id, echo)}/logs/stdout/"
    app = bare_app({})
    app.state.services = replace(services, logs=LogService(db, BusyStore(db)))
    async with Client(app) as client:
        answers = [await client.request("GET", path, headers={"Accept": accept}) for _ in range(3)]
    seconds = [int(answer.headers["last-modified"][-6:-4]) for answer in answers]
    assert [answer.text.count("slipped in") for answer in answers] == seconds == [1, 2, 3]
