"""Connections and transactions."""

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

import asyncpg
import orjson
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from jobsvc.db.addresses import read_address
from jobsvc.db.connections import give_up_read_only, note_use, renewed, require_open
from jobsvc.db.json_text import to_json
from jobsvc.db.refusals import connecting, unavailable
from jobsvc.db.transaction import Transaction
from jobsvc.db.turns import WAIT_SECONDS, Turns
from jobsvc.domain.acting import ACTOR
from jobsvc.domain.errors import DatabaseBusy, DatabaseUnavailable

__all__ = ["Database", "Transaction"]
NEVER = float("-inf")
QUERIES = 60
"""Statements that are remembered with their texts, tens of KiB each; half as many more before some are let go of."""
PREPARED = 30
"""Statements that a connection keeps prepared, of SQLAlchemy's and of those handed to the driver: each describes its columns."""
LIST_SECONDS = 2.0
"""That a statement for a list may take."""


class Database:
    """A pool of connections to PostgreSQL; every use case opens its transaction here."""

    def __init__(self, engine: AsyncEngine, turns: Turns, *, list_seconds: float = LIST_SECONDS) -> None:
        self._engine = engine
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
        pool_size: int = 10,
        server_settings: Mapping[str, str] | None = None,
        list_seconds: float = LIST_SECONDS,
    ) -> "Database":
        """Prepare the pool (connections are made when needed); `list_seconds` is how long a list may take, 0: any time."""
        address = read_address(url)
        settings = {"application_name": "jobsvc", "timezone": "UTC", "jit": "off", **address.server_settings}
        settings |= server_settings or {}
        return cls(
            create_async_engine(
                address.url,
                pool_size=pool_size,
                max_overflow=0,
                pool_timeout=WAIT_SECONDS,
                # A connection that was just used has the statements prepared that are asked next.
                pool_use_lifo=True,
                query_cache_size=QUERIES,
                json_serializer=to_json,
                json_deserializer=orjson.loads,
                connect_args={
                    "server_settings": settings,
                    "timeout": address.timeout,
                    "prepared_statement_cache_size": PREPARED,
                    "statement_cache_size": PREPARED,
                },
            ),
            Turns(pool_size),
            list_seconds=list_seconds,
        )

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
        """Connect once.

        Raises:
            DatabaseUnavailable: With the address and the reason.
        """
        try:
            async with self._engine.connect():
                pass
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError) as exc:
            where = self._engine.url.render_as_string(hide_password=True)
            raise DatabaseUnavailable(f"The database {where} cannot be used: {exc}") from exc

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()


def asyncpg_url(url: str) -> str:
    """The URL of a database as the driver that the service uses takes it."""
    return read_address(url).url.render_as_string(hide_password=False)


def driver_options(engine: AsyncEngine) -> dict[str, Any]:
    """The engine's address in the driver's words, for connections outside of the pool."""
    arguments = engine.dialect.create_connect_args(engine.url)[1]
    return {name: value for name, value in arguments.items() if not name.startswith("prepared_statement")}
