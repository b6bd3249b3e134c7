"""How long lines are kept."""

from datetime import timedelta

from jobsvc.db.database import Database
from jobsvc.ports.log_store import LogStore
from jobsvc.services.clock import Clock


class LogRetention:
    """Lets go of old lines; `days` 0 keeps all."""

    def __init__(self, database: Database, log_store: LogStore, clock: Clock, *, days: int) -> None:
        self._db = database
        self._log_store = log_store
        self._clock = clock
        self._days = days

    async def delete_expired(self) -> None:
        """Let go of lines that are too old, unless another process is at it.

        Raises:
            LogsUnavailable: The log store is away.
            DatabaseUnavailable: The database is away.
        """
        if self._days:
            async with self._db.try_exclusive("log_retention") as is_exclusive:
                if is_exclusive:
                    await self._log_store.delete_expired(self._clock() - timedelta(days=self._days))
