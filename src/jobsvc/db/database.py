"""Connections and transactions."""

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool

from jobsvc.db.connections import give_up_read_only, note_use, renewed, require_open
from jobsvc.db.engines import check_engines, direct_engine, pool_engine, session_options
from jobsvc.db.refusals import connecting, unavailable
from jobsvc.db.transaction import Transaction
from jobsvc.db.turns import Turns
from jobsvc.domain.acting import ACTOR
from jobsvc.domain.errors import DatabaseBusy, DatabaseUnavailable

__all__ = ["Database", "Transaction"]
NEVER = float("-inf")
LIST_SECONDS = 2.0
"""That a statement for a list may take."""


class Database:
    """A pool of connections to PostgreSQL; every use case opens its transaction here."""

    def __init__(
        self,
        engine: AsyncEngine,
        turns: Turns,
        session_options: Mapping[str, Any],
        *,
        list_seconds: float = LIST_SECONDS,
        direct: AsyncEngine | None = None,
    ) -> None:
        self._engine = engine
        self.is_pooled = direct is not None
        """Whether a pooler is between this pool and PostgreSQL."""
        self.session_options = session_options
        """How a connection outside of the pool is made to PostgreSQL itself, in the driver's words."""
        self.direct = direct or engine
        """Leads to PostgreSQL itself, for what needs a session: LISTEN, migrations and the lock of these."""
        self._turns = turns
        self._list_seconds = list_seconds
        # The same pool of connections, in the driver's autocommit mode.
        self._reader = engine.execution_options(isolation_level="AUTOCOMMIT")
        self.last_outage = NEVER
        """When this process last saw the database away, by the monotonic clock."""
        event.listen(engine.sync_engine, "handle_error", give_up_read_only)
        event.listen(engine.sync_engine, "checkout", require_open)
        event.listen(engine.sync_engine, "checkin", note_use)

    @classmethod
    def connect(
        cls,
        url: str,
        *,
        direct_url: str | None = None,
        pool_size: int = 10,
        server_settings: Mapping[str, str] | None = None,
        list_seconds: float = LIST_SECONDS,
    ) -> "Database":
        """Prepare the pool (connections are made when needed); `list_seconds` is how long a list may take, 0: any time.

        `direct_url`: that of PostgreSQL itself where `url` is that of a pooler (docs/operations.md#pgbouncer).
        """
        is_pooled = direct_url is not None
        engine = pool_engine(url, pool_size=pool_size, server_settings=server_settings, is_pooled=is_pooled)
        direct = direct_engine(direct_url) if direct_url is not None else None
        session = session_options(direct_url or url)
        return cls(engine, Turns(pool_size), session, list_seconds=list_seconds, direct=direct)

    @property
    def engine(self) -> AsyncEngine:
        """The engine itself, for what needs a connection of its own."""
        return self._engine

    def connection_counts(self) -> dict[str, int]:
        """How many connections are used or idle, how many wait for one, and how many there may be at most."""
        pool = self._engine.pool
        idle = pool.checkedin() if isinstance(pool, QueuePool) else 0
        turns = self._turns
        return {"used": turns.used, "idle": idle, "waiting": turns.waiting, "most": turns.connections}

    @asynccontextmanager
    async def transaction(self, *, insisting: bool = False) -> AsyncIterator[Transaction]:
        """Commit at the end of the block, roll back when it raises.

        `insisting`: for what must not be given up because of an error that nobody foresaw (see `refusals.unavailable`).

        Raises:
            DatabaseUnavailable: For whatever passes (see `refusals`).
            DatabaseBusy: It befell one statement alone.
        """
        with self._noting_outages(), unavailable(insisting=insisting):
            async with AsyncExitStack() as stack:
                connection = await self._connect(stack, self._engine)
                async with connection.begin(), renewed(connection):
                    tx = Transaction(connection, self._list_seconds)
                    if (actor := ACTOR.get()) is not None:
                        await tx.act_for(actor)
                    yield tx

    @asynccontextmanager
    async def reading(self, *, insisting: bool = False) -> AsyncIterator[Transaction]:
        """Each statement for itself, without the round trips of BEGIN and COMMIT: for who only reads, or writes with one."""
        with self._noting_outages(), unavailable(insisting=insisting):
            async with AsyncExitStack() as stack:
                yield Transaction(await self._connect(stack, self._reader), self._list_seconds)

    async def _connect(self, stack: AsyncExitStack, engine: AsyncEngine) -> AsyncConnection:
        await stack.enter_async_context(self._turns.turn())
        with connecting():
            return await stack.enter_async_context(engine.connect())

    @contextmanager
    def _noting_outages(self) -> Iterator[None]:
        try:
            yield
        except DatabaseBusy:
            raise
        except DatabaseUnavailable:
            self.last_outage = time.monotonic()
            raise

    @asynccontextmanager
    async def try_exclusive(self, task: str) -> AsyncIterator[bool]:
        """Whether no other process does a task at this moment; none begins it before the end of the block."""
        async with self.transaction() as tx:
            yield await tx.lock_task(task)

    async def check(self) -> None:
        """Connect once, to the pooler and to PostgreSQL itself where they are two.

        Raises:
            DatabaseUnavailable: With the address and the reason.
        """
        await check_engines(self._engine, self.direct)

    async def check_direct(self) -> None:
        """Connect to PostgreSQL itself.

        Raises:
            DatabaseUnavailable: It cannot be reached.
        """
        with connecting():
            async with self.direct.connect():
                pass

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()
        if self.is_pooled:
            await self.direct.dispose()
