"""The one row of switches that hold for all workers."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import channels
from jobsvc.db.tables import SchedulerRow
from jobsvc.domain.operation_records import SchedulerState
from jobsvc.domain.status import QueueMode
from jobsvc.domain.writes import SchedulerUpdate

_QUERY = select(SchedulerRow.is_paused, SchedulerRow.queue_mode, SchedulerRow.framework_id)


class SchedulerRepository:
    """Reads and writes the switches."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self) -> SchedulerState:
        """The switches as they are."""
        row = (await self._connection.execute(_QUERY)).one()
        return SchedulerState(row.is_paused, QueueMode(row.queue_mode), row.framework_id)

    async def change(self, change: SchedulerUpdate) -> None:
        """Turn switches; workers look at the queue after the commit."""
        await self._connection.execute(update(SchedulerRow).values(**change.columns))
        await channels.notify(self._connection, channels.QUEUE)
