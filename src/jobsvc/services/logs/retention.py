"""How long lines are kept: an execution's go together, some days after its end, as its job type says.

Those of jobs that are held stay. What is held is asked under the lock of purges, for some executions at a time: a hold that was
answered is kept, and nobody who holds something waits for more than these.
"""

import asyncio
import time
from datetime import datetime

from jobsvc.db.database import Database, Transaction
from jobsvc.domain.retention import RetentionDefaults, lines_before
from jobsvc.ports.log_store import LogStore
from jobsvc.services.clock import Clock
from jobsvc.services.pacing import Pace

Bounds = dict[int, datetime | None]
"""By the id of a job type: when an execution ended whose lines may go; None: they stay."""


class LogRetention:
    """Lets go of old lines; between some executions and the next it rests for `pause_seconds` at least (`services.pacing`)."""

    def __init__(
        self, database: Database, log_store: LogStore, clock: Clock, defaults: RetentionDefaults, *, pause_seconds: float
    ) -> None:
        self._db = database
        self._log_store = log_store
        self._clock = clock
        self._defaults = defaults
        self._pace = Pace(pause_seconds)

    async def delete_expired(self) -> None:
        """Let go of lines that are too old, unless another process is at it. Whatever breaks off is gone on with by the next run.

        Raises:
            LogsUnavailable: The log store is away.
            DatabaseUnavailable: The database is away.
        """
        async with self._db.try_exclusive("log_retention") as is_exclusive:
            if not is_exclusive or await self._drop_days():
                return
            async with self._db.reading() as tx:
                moments = [moment for moment in (await self._bounds(tx)).values() if moment is not None]
            if moments:
                async for names in self._log_store.logged_before(max(moments)):
                    begun = time.monotonic()
                    await self._delete(names)
                    await asyncio.sleep(self._pace.rest(len(names), time.monotonic() - begun))

    async def _drop_days(self) -> bool:
        """Let go of whole days that nothing is kept of, where the store has days; whether that was all."""
        async with self._db.transaction() as tx:
            await tx.purging.lock()
            moments = {moment for moment in (await self._bounds(tx)).values() if moment is not None}
            if not moments or await self._keeps_some(tx):
                return False
            has_days = await self._log_store.drop_days(min(moments))
            return has_days and len(moments) == 1

    async def _keeps_some(self, tx: Transaction) -> bool:
        return None in (await self._bounds(tx)).values() or await tx.retention.has_holds()

    async def _delete(self, names: list[str]) -> None:
        async with self._db.transaction() as tx:
            await tx.purging.lock()
            await self._log_store.delete(await tx.purging.expired_executions(names, await self._bounds(tx)))

    async def _bounds(self, tx: Transaction) -> Bounds:
        now, policies = self._clock(), await tx.retention.policies()
        return {type_id: lines_before(policy, self._defaults.of(policy), now) for type_id, policy in policies.items()}
