"""Which job type things belong to, and whose they are."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.tables import BulkOperationRow, ExecutionRow, FileRow, JobRow, JobTypeRow, QueueRow
from jobsvc.domain.ids import storable_id

_OF_JOB = select(JobTypeRow.name).join(JobRow, JobRow.job_type_id == JobTypeRow.id)
_OF_EXECUTION = select(JobTypeRow.name).join(ExecutionRow, ExecutionRow.job_type_id == JobTypeRow.id)
_OF_WAITING = select(JobTypeRow.name).join(QueueRow, QueueRow.job_type_id == JobTypeRow.id)
_OF_FILE = select(JobTypeRow.name).join(FileRow, FileRow.job_type_id == JobTypeRow.id)
_OF_JOB_TYPE = select(JobTypeRow.name)
_OF_BULK_OPERATION = select(BulkOperationRow.requested_by)


class OwnerRepository:
    """Reads the names of job types by the ids of what is of them; None for what is of none, or is not there."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_job(self, job_id: int) -> str | None:
        """That of a job."""
        return await self._one(_OF_JOB.where(JobRow.id == storable_id(job_id)))

    async def of_execution(self, execution_id: int) -> str | None:
        """That of an execution; of one that waits the id is negative."""
        if execution_id < 0:
            return await self._one(_OF_WAITING.where(QueueRow.id == storable_id(-execution_id)))
        return await self._one(_OF_EXECUTION.where(ExecutionRow.id == storable_id(execution_id)))

    async def of_file(self, file_id: int) -> str | None:
        """That of the jobs that have made a file."""
        return await self._one(_OF_FILE.where(FileRow.id == storable_id(file_id)))

    async def of_job_type(self, job_type_id: int) -> str | None:
        """Its own."""
        return await self._one(_OF_JOB_TYPE.where(JobTypeRow.id == storable_id(job_type_id)))

    async def of_bulk_operation(self, operation_id: int) -> str | None:
        """The user who has asked for it."""
        return await self._one(_OF_BULK_OPERATION.where(BulkOperationRow.id == storable_id(operation_id)))

    async def _one(self, query: Select[Any]) -> str | None:
        name: str | None = (await self._connection.execute(query)).scalar_one_or_none()
        return name
