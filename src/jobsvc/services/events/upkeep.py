"""The days of events: made ahead, and dropped when they are too old."""

from datetime import UTC, date, timedelta

import structlog

from jobsvc.db.database import Database
from jobsvc.services.clock import Clock

log = structlog.get_logger(__name__)
DAYS_AHEAD = 7
"""A service that was away, or cannot get a lock, has so many days before events come that have no day."""


class EventUpkeep:
    """Makes and drops days; `days` is how long events are kept, 0: for ever."""

    def __init__(self, database: Database, clock: Clock, *, days: int) -> None:
        self._db = database
        self._clock = clock
        self._days = days

    async def run(self) -> None:
        """Make the days that are missing, drop those that are too old, unless another process is at it.

        Raises:
            DatabaseUnavailable: Also where writers held a table; what was done until then stays.
        """
        async with self._db.try_exclusive("events") as is_exclusive:
            if is_exclusive:
                await self._make()
                await self._drop()

    async def _make(self) -> None:
        today = self._clock().astimezone(UTC).date()
        async with self._db.reading() as tx:
            there, strays = await tx.event_partitions.days(), await tx.event_partitions.strays()
        ahead = {today + timedelta(days=number) for number in range(DAYS_AHEAD + 1)}
        for day in sorted((ahead | strays) - there):
            async with self._db.transaction() as tx:
                moved = await tx.event_partitions.add(day)
            if moved:
                log.warning("events.without_day", day=str(day), events=moved)

    async def _drop(self) -> None:
        if not self._days:
            return
        async with self._db.reading() as tx:
            there = await tx.event_partitions.days()
        for day in sorted(day for day in there if day < self._oldest()):
            async with self._db.transaction() as tx:
                await tx.event_partitions.drop(day)
            log.info("events.expired", day=str(day))

    def _oldest(self) -> date:
        """The first day of which something is kept."""
        return (self._clock().astimezone(UTC) - timedelta(days=self._days)).date()
