"""Cancel and requeue requests that are carried out at once, and what the tables hold afterwards."""

from typing import Any

from sqlalchemy import select

from jobsvc.db.tables import Base, ExecutionRow, JobRow, QueueRow
from tests.api.conftest import Stage
from tests.support import BASE

Row = dict[str, Any]


async def carry_out(stage: Stage, command: str, *job_ids: int, **members: Any) -> Row:
    """The operation, worked off, that a request for these jobs has started."""
    answer = await stage.client.post(f"/v6/jobs/{command}/", {"job_ids": list(job_ids), **members})
    assert answer.status_code == 202, answer.text
    await stage.services.bulk_work.run_open()
    operation: Row = (await stage.client.get(answer.headers["location"].removeprefix(BASE))).json()
    return operation


async def job(stage: Stage, job_id: int) -> Row:
    """The job's row."""
    (row,) = await _rows(stage, JobRow, JobRow.id == job_id)
    return row


async def waiting(stage: Stage, job_id: int) -> list[Row]:
    """The job's rows of the queue."""
    return await _rows(stage, QueueRow, QueueRow.job_id == job_id)


async def executions(stage: Stage, job_id: int) -> list[Row]:
    """The job's executions, the first one first."""
    return sorted(await _rows(stage, ExecutionRow, ExecutionRow.job_id == job_id), key=lambda row: int(row["exe_num"]))


async def _rows(stage: Stage, table: type[Base], condition: Any) -> list[Row]:
    async with stage.db.engine.connect() as connection:
        result = await connection.execute(select(*table.__table__.columns).where(condition))
        return [dict(row._mapping) for row in result]
