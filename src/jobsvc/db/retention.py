"""What is said of how long jobs are kept, and what is held."""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.row_mapper import RowMapper, mapper_of
from jobsvc.db.tables import JobHoldRow, JobTypeRetentionRow, JobTypeRow
from jobsvc.domain.ids import storable_id
from jobsvc.domain.retention import JobHold, RetentionPolicy

_NAMES = tuple(RetentionPolicy.model_fields)
_HOLD = mapper_of(JobHold, JobHoldRow)


def _stored(*, is_held: bool | None, **days: int | None) -> RetentionPolicy:
    return RetentionPolicy(is_held=bool(is_held), **days)


_POLICY: RowMapper[Any] = RowMapper(_stored, **{name: getattr(JobTypeRetentionRow, name) for name in _NAMES})
_OF_TYPES = select(JobTypeRow.id, *_POLICY.columns).outerjoin(
    JobTypeRetentionRow, JobTypeRetentionRow.job_type_id == JobTypeRow.id
)


class RetentionRepository:
    """Reads and writes policies and holds."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def policies(self) -> dict[int, RetentionPolicy]:
        """What each job type says, by its id."""
        rows = await self._connection.execute(_OF_TYPES)
        return {row[0]: _stored(**dict(zip(_NAMES, row[1:], strict=True))) for row in rows}

    async def policy(self, job_type_id: int) -> RetentionPolicy:
        """What a job type says."""
        query = select(*_POLICY.columns).where(JobTypeRetentionRow.job_type_id == job_type_id)
        policy: RetentionPolicy | None = await _POLICY.first(self._connection, query)
        return policy or RetentionPolicy()

    async def set_policy(self, job_type_id: int, policy: RetentionPolicy) -> None:
        """Say something else of a job type."""
        values = policy.model_dump()
        statement = postgresql.insert(JobTypeRetentionRow).values(job_type_id=job_type_id, **values)
        await self._connection.execute(statement.on_conflict_do_update(index_elements=["job_type_id"], set_=values))

    async def hold_of(self, job_id: int) -> JobHold | None:
        """The hold of a job."""
        return await _HOLD.first(self._connection, select(*_HOLD.columns).where(JobHoldRow.job_id == storable_id(job_id)))

    async def hold(self, hold: JobHold) -> None:
        """Hold a job, or say something else of its hold."""
        values = hold._asdict()
        statement = postgresql.insert(JobHoldRow).values(**values)
        await self._connection.execute(statement.on_conflict_do_update(index_elements=["job_id"], set_=values))

    async def has_holds(self) -> bool:
        """Whether any job is held."""
        return bool((await self._connection.execute(select(select(JobHoldRow).exists()))).scalar_one())

    async def release(self, job_id: int) -> None:
        """Take back the hold of a job; without one nothing changes."""
        await self._connection.execute(delete(JobHoldRow).where(JobHoldRow.job_id == job_id))
