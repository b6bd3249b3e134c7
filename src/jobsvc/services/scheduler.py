"""The settings that apply to all workers."""

from jobsvc.db.database import Database
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.operation_records import SchedulerState
from jobsvc.domain.writes import SchedulerUpdate


class SchedulerService:
    """Use cases around the scheduler."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def get(self) -> SchedulerState:
        """The switches as they are."""
        async with self._db.reading() as tx:
            return await tx.scheduler.get()

    async def change(self, change: SchedulerUpdate) -> None:
        """Pause or resume (`is_paused`), or change the `queue_mode`.

        What runs goes on while the scheduler is paused; nothing more is started.

        Raises:
            InvalidRequest: For no change.
        """
        if not change.model_fields_set:
            raise InvalidRequest("At least one of is_paused and queue_mode is required.")
        async with self._db.transaction() as tx:
            await tx.scheduler.change(change)
