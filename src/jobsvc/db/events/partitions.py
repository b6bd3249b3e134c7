"""The days of events: each has a partition, made ahead and dropped as a whole.

Both need a lock that writers of events wait behind, so none is waited for: who does not get it at once tries again later.
"""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.tables.events import PARTITION

LOCK_LIMIT = text("SELECT set_config('lock_timeout', '200ms', true)")
DAYS = text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'change_event'::regclass")
STRAYS = text("SELECT DISTINCT (time AT TIME ZONE 'UTC')::date FROM change_event_other")
ONE_DAY = timedelta(days=1)


class EventPartitions:
    """Makes and drops days."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def days(self) -> set[date]:
        """The days that have a partition."""
        names = [str(name).removeprefix(PARTITION) for name in (await self._connection.execute(DAYS)).scalars()]
        return {datetime.strptime(name, "%Y%m%d").replace(tzinfo=UTC).date() for name in names if name.isdecimal()}

    async def strays(self) -> set[date]:
        """The days of events that came when their day had no partition."""
        return set((await self._connection.execute(STRAYS)).scalars())

    async def add(self, day: date) -> int:
        """Make a day, with the events of it that lie elsewhere; returns how many there were."""
        await self._connection.execute(LOCK_LIMIT)
        name, since, before = f"{PARTITION}{day:%Y%m%d}", f"'{day} 00:00+00'", f"'{day + ONE_DAY} 00:00+00'"
        strays = f"time >= {since} AND time < {before}"
        # A table of its own first, for the rows that the day has must not lie elsewhere when it becomes a part of all.
        await self._connection.execute(text(f"CREATE TABLE {name} (LIKE change_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"))
        await self._connection.execute(text("LOCK TABLE change_event_other IN ACCESS EXCLUSIVE MODE"))
        taken = f"DELETE FROM change_event_other WHERE {strays} RETURNING *"  # noqa: S608 - names of ours
        moved = text(f"WITH taken AS ({taken}) INSERT INTO {name} SELECT * FROM taken")  # noqa: S608
        count = (await self._connection.execute(moved)).rowcount
        attach = f"ALTER TABLE change_event ATTACH PARTITION {name} FOR VALUES FROM ({since}) TO ({before})"
        await self._connection.execute(text(attach))
        return count

    async def drop(self, day: date) -> None:
        """Drop a day, and note how far events are gone with it."""
        await self._connection.execute(LOCK_LIMIT)
        name = f"{PARTITION}{day:%Y%m%d}"
        note = f"INSERT INTO expired_event_day (day, last_seq) SELECT '{day}', max(seq) FROM {name} HAVING max(seq) IS NOT NULL"  # noqa: S608
        await self._connection.execute(text(note))
        await self._connection.execute(text(f"DROP TABLE {name}"))
