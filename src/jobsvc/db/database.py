"""Connections and transactions."""

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import cached_property
from typing import Any

import asyncpg
import orjson
from sqlalchemy import event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from jobsvc.db import advisory_locks
from jobsvc.db.batches import BatchRepository
from jobsvc.db.bulk_operations import BulkOperationRepository
from jobsvc.db.claims import ClaimRepository
from jobsvc.db.cluster import ClusterRepository
from jobsvc.db.connections import give_up_read_only, note_use, renewed, require_open
from jobsvc.db.counting.upkeep import CountRepository
from jobsvc.db.errors import ErrorRepository
from jobsvc.db.executions import ExecutionRepository
from jobsvc.db.files import FileRepository
from jobsvc.db.idempotency_keys import IdempotencyKeyRepository
from jobsvc.db.job_changes import JobChanges
from jobsvc.db.job_type_names import JobTypeNameRepository
from jobsvc.db.job_types import JobTypeRepository
from jobsvc.db.jobs import JobRepository
from jobsvc.db.json_text import to_json
from jobsvc.db.launch_inputs import LaunchInputReader
from jobsvc.db.log_lines import LogLineRepository
from jobsvc.db.nodes import NodeRepository
from jobsvc.db.owners import OwnerRepository
from jobsvc.db.pending import PendingRepository
from jobsvc.db.queue_head import QueueHead
from jobsvc.db.recipe_types import RecipeTypeRepository
from jobsvc.db.recipes import RecipeRepository
from jobsvc.db.refusals import connecting, unavailable
from jobsvc.db.scheduler import SchedulerRepository
from jobsvc.db.statistics import StatisticsRepository
from jobsvc.db.submissions import SubmissionRepository
from jobsvc.db.transfer.exporting import ExportRepository
from jobsvc.db.transfer.importing import ImportRepository
from jobsvc.db.turns import WAIT_SECONDS, Turns
from jobsvc.db.v3.executions import V3ExecutionRepository
from jobsvc.db.v3.files import V3FileRepository
from jobsvc.db.v3.job_types import V3JobTypeRepository
from jobsvc.db.v3.jobs import V3JobRepository
from jobsvc.db.v3.recipes import V3RecipeRepository
from jobsvc.db.workspaces import WorkspaceRepository
from jobsvc.domain.errors import DatabaseBusy, DatabaseUnavailable

# The first is refused by a database that is read-only; for the second the commit has to be written.
WRITES = (text("DELETE FROM lease WHERE false"), text("SELECT pg_current_xact_id()"))
NEVER = float("-inf")
QUERIES = 150
"""Statements that are remembered with their texts, each of which takes tens of KiB."""
LIST_SECONDS = 2.0
"""That a statement for a list may take."""


class Transaction:
    """One open transaction with a repository for each aggregate."""

    def __init__(self, connection: AsyncConnection, list_seconds: float) -> None:
        """`list_seconds` is how long a list may take."""
        self._connection = connection
        self._list_seconds = list_seconds

    async def lock_task(self, task: str) -> bool:
        """Whether no other transaction has this task, which is this one's now until it ends."""
        return await advisory_locks.try_lock(self._connection, advisory_locks.TASK, task)

    async def write_something(self) -> None:
        """Change nothing, but in a way that only a database does that takes changes."""
        for statement in WRITES:
            await self._connection.execute(statement)

    @cached_property
    def jobs(self) -> JobRepository:
        """Lists and details of jobs."""
        return JobRepository(self._connection, self._list_seconds)

    @cached_property
    def counts(self) -> CountRepository:
        """The numbers that lists show."""
        return CountRepository(self._connection)

    @cached_property
    def job_changes(self) -> JobChanges:
        """Carrying out transitions."""
        return JobChanges(self._connection)

    @cached_property
    def submissions(self) -> SubmissionRepository:
        """New jobs."""
        return SubmissionRepository(self._connection)

    @cached_property
    def pending(self) -> PendingRepository:
        """Why jobs wait."""
        return PendingRepository(self._connection)

    @cached_property
    def queue_head(self) -> QueueHead:
        """The jobs that are claimed next."""
        return QueueHead(self._connection)

    @cached_property
    def claims(self) -> ClaimRepository:
        """Leases, heartbeats."""
        return ClaimRepository(self._connection)

    @cached_property
    def owners(self) -> OwnerRepository:
        """Which job type things belong to."""
        return OwnerRepository(self._connection)

    @cached_property
    def launch_inputs(self) -> LaunchInputReader:
        """What running executions needs."""
        return LaunchInputReader(self._connection)

    @cached_property
    def executions(self) -> ExecutionRepository:
        """Executions and how they ended."""
        return ExecutionRepository(self._connection)

    @cached_property
    def job_types(self) -> JobTypeRepository:
        """Job types, revisions and declared errors."""
        return JobTypeRepository(self._connection)

    @cached_property
    def files(self) -> FileRepository:
        """Files of workspaces."""
        return FileRepository(self._connection)

    @cached_property
    def workspaces(self) -> WorkspaceRepository:
        """Workspaces."""
        return WorkspaceRepository(self._connection)

    @cached_property
    def nodes(self) -> NodeRepository:
        """Hosts and the workers on them."""
        return NodeRepository(self._connection)

    @cached_property
    def bulk_operations(self) -> BulkOperationRepository:
        """Stored commands over many jobs."""
        return BulkOperationRepository(self._connection)

    @cached_property
    def idempotency_keys(self) -> IdempotencyKeyRepository:
        """Keys of requests that must not be carried out twice."""
        return IdempotencyKeyRepository(self._connection)

    @cached_property
    def errors(self) -> ErrorRepository:
        """Why executions fail."""
        return ErrorRepository(self._connection)

    @cached_property
    def scheduler(self) -> SchedulerRepository:
        """The settings that apply to all workers."""
        return SchedulerRepository(self._connection)

    @cached_property
    def cluster(self) -> ClusterRepository:
        """What all nodes do."""
        return ClusterRepository(self._connection)

    @cached_property
    def statistics(self) -> StatisticsRepository:
        """How many jobs do what."""
        return StatisticsRepository(self._connection)

    @cached_property
    def job_type_names(self) -> JobTypeNameRepository:
        """Job types by name."""
        return JobTypeNameRepository(self._connection)

    @cached_property
    def batches(self) -> BatchRepository:
        """Batches of recipes."""
        return BatchRepository(self._connection)

    @cached_property
    def recipes(self) -> RecipeRepository:
        """Recipes."""
        return RecipeRepository(self._connection)

    @cached_property
    def recipe_types(self) -> RecipeTypeRepository:
        """Recipe types and their revisions."""
        return RecipeTypeRepository(self._connection)

    @cached_property
    def v3_executions(self) -> V3ExecutionRepository:
        """Executions, and those that wait."""
        return V3ExecutionRepository(self._connection, self._list_seconds)

    @cached_property
    def v3_jobs(self) -> V3JobRepository:
        """Jobs as the older generation shows them."""
        return V3JobRepository(self._connection)

    @cached_property
    def v3_job_types(self) -> V3JobTypeRepository:
        """Job types as the older generation shows them."""
        return V3JobTypeRepository(self._connection)

    @cached_property
    def v3_files(self) -> V3FileRepository:
        """Files as the older generation shows them."""
        return V3FileRepository(self._connection)

    @cached_property
    def v3_recipes(self) -> V3RecipeRepository:
        """Recipes as the older generation shows them."""
        return V3RecipeRepository(self._connection)

    @cached_property
    def log_lines(self) -> LogLineRepository:
        """Lines of executions, when PostgreSQL is the log store."""
        return LogLineRepository(self._connection)

    @cached_property
    def imports(self) -> ImportRepository:
        """The import that the transaction makes."""
        return ImportRepository(self._connection)

    @cached_property
    def exports(self) -> ExportRepository:
        """The export that the transaction makes."""
        return ExportRepository(self._connection)


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
        settings = {"application_name": "jobsvc", "timezone": "UTC", "jit": "off", **(server_settings or {})}
        return cls(
            create_async_engine(
                asyncpg_url(url),
                pool_size=pool_size,
                max_overflow=0,
                pool_timeout=WAIT_SECONDS,
                # A connection that was just used has the statements prepared that are asked next.
                pool_use_lifo=True,
                query_cache_size=QUERIES,
                json_serializer=to_json,
                json_deserializer=orjson.loads,
                connect_args={"server_settings": settings, "timeout": 10},
            ),
            Turns(pool_size),
            list_seconds=list_seconds,
        )

    @property
    def engine(self) -> AsyncEngine:
        """The engine itself, for what needs a connection of its own."""
        return self._engine

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
                    yield Transaction(connection, self._list_seconds)

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
    """Let `postgres://` and `postgresql://` mean the driver that the service uses."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+asyncpg://{rest}" if scheme in {"postgres", "postgresql"} else url


def driver_options(engine: AsyncEngine) -> dict[str, Any]:
    """The engine's address in the driver's words, for connections outside of the pool."""
    arguments = engine.dialect.create_connect_args(engine.url)[1]
    return {name: value for name, value in arguments.items() if not name.startswith("prepared_statement")}
