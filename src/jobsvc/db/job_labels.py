"""Labels of jobs as they are changed (`submissions` stores those of new jobs)."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.tables import JobLabelRow, JobRow
from jobsvc.domain.labels import relabelled


class JobLabelRepository:
    """Changes labels."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def change(self, job_id: int, changes: Mapping[str, str | None], now: datetime) -> None:
        """Set labels of a job that is locked, and remove those that are None; the others stay.

        Raises:
            InvalidRequest: It would have too many.
        """
        own = JobLabelRow.job_id == job_id
        rows = await self._connection.execute(select(JobLabelRow.key, JobLabelRow.value).where(own))
        before: dict[str, str] = {row.key: row.value for row in rows}
        after = relabelled(before, changes)
        if after == before:
            return
        await self._connection.execute(delete(JobLabelRow).where(own, JobLabelRow.key.in_(list(changes))))
        if rows_of_changes := [{"job_id": job_id, "key": key, "value": after[key]} for key in changes if key in after]:
            await self._connection.execute(insert(JobLabelRow), rows_of_changes)
        await self._connection.execute(update(JobRow).where(JobRow.id == job_id).values(last_modified=now))
