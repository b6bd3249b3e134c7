"""Events as they are read: by their numbers, never beyond what is decided (see `EventHorizon`)."""

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.clauses import any_of, ids, where
from jobsvc.db.row_mapper import RowMapper, mapper_of
from jobsvc.db.tables import ChangeEventRow, ExpiredEventDayRow, JobTypeRow
from jobsvc.domain.change_events import ChangeEvent, EventFilter, Horizon

HORIZON = text("SELECT last, writers FROM change_event_horizon()")
EVENT: RowMapper[ChangeEvent] = mapper_of(
    ChangeEvent, ChangeEventRow, job_type_name=JobTypeRow.name, job_type_version=JobTypeRow.version
)
EVENT_CLAUSES = {
    "types": any_of(ChangeEventRow.type),
    # By its ids, so that events of others are passed over without a look at their types.
    "job_type_names": lambda names: ChangeEventRow.job_type_id.in_(select(JobTypeRow.id).where(any_of(JobTypeRow.name)(names))),
    "batch_ids": ids(ChangeEventRow.batch_id),
    "job_ids": ids(ChangeEventRow.job_id),
}


class EventRepository:
    """Reads events."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def horizon(self) -> Horizon:
        """How far the sequence is, and who may still write what lies before; outside of a transaction of the caller's own."""
        row = (await self._connection.execute(HORIZON)).one()
        return Horizon(row.last, frozenset(row.writers))

    async def expired(self) -> int:
        """The highest position before which events may have been dropped."""
        return (await self._connection.execute(select(func.coalesce(func.max(ExpiredEventDayRow.last_seq), 0)))).scalar_one()

    async def page(self, criteria: EventFilter, *, after: int, until: int, limit: int) -> list[ChangeEvent]:
        """The first events with numbers in (after, until] that fit."""
        query = select(*EVENT.columns).outerjoin(JobTypeRow, JobTypeRow.id == ChangeEventRow.job_type_id)
        query = query.where(ChangeEventRow.seq > after, ChangeEventRow.seq <= until, *where(EVENT_CLAUSES, criteria))
        return await EVENT.all(self._connection, query.order_by(ChangeEventRow.seq).limit(limit))
