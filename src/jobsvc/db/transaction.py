"""A transaction, with all that is read and written in it."""

from functools import cached_property

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import advisory_locks
from jobsvc.db.access_tokens import AccessTokenRepository
from jobsvc.db.audit import AuditRepository
from jobsvc.db.batches import BatchRepository
from jobsvc.db.bulk_operations import BulkOperationRepository
from jobsvc.db.claims import ClaimRepository
from jobsvc.db.cluster import ClusterRepository
from jobsvc.db.counting.upkeep import CountRepository
from jobsvc.db.dependencies import DependencyRepository
from jobsvc.db.errors import ErrorRepository
from jobsvc.db.events.partitions import EventPartitions
from jobsvc.db.events.reading import EventRepository
from jobsvc.db.executions import ExecutionRepository
from jobsvc.db.failed_runs import FailedRunRepository
from jobsvc.db.figures import FigureRepository
from jobsvc.db.files import FileRepository
from jobsvc.db.fitting import FittingRepository
from jobsvc.db.gauges import GaugeRepository
from jobsvc.db.idempotency_keys import IdempotencyKeyRepository
from jobsvc.db.job_changes import JobChanges
from jobsvc.db.job_labels import JobLabelRepository
from jobsvc.db.job_type_names import JobTypeNameRepository
from jobsvc.db.job_types import JobTypeRepository
from jobsvc.db.jobs import JobRepository
from jobsvc.db.launch_inputs import LaunchInputReader
from jobsvc.db.log_lines import LogLineRepository
from jobsvc.db.nodes import NodeRepository
from jobsvc.db.owners import OwnerRepository
from jobsvc.db.pending import PendingRepository
from jobsvc.db.plots import PlotRepository
from jobsvc.db.purging import PurgeRepository
from jobsvc.db.queue_head import QueueHead
from jobsvc.db.recipe_types import RecipeTypeRepository
from jobsvc.db.recipes import RecipeRepository
from jobsvc.db.retention import RetentionRepository
from jobsvc.db.retry_limits import RetryLimitRepository
from jobsvc.db.retry_policies import RetryPolicyRepository
from jobsvc.db.saved_views import SavedViewRepository
from jobsvc.db.scheduler import SchedulerRepository
from jobsvc.db.statistics import StatisticsRepository
from jobsvc.db.submissions import SubmissionRepository
from jobsvc.db.transfer.exporting import ExportRepository
from jobsvc.db.transfer.importing import ImportRepository
from jobsvc.db.v3.executions import V3ExecutionRepository
from jobsvc.db.v3.files import V3FileRepository
from jobsvc.db.v3.job_types import V3JobTypeRepository
from jobsvc.db.v3.jobs import V3JobRepository
from jobsvc.db.v3.recipes import V3RecipeRepository
from jobsvc.db.webhooks import WebhookRepository
from jobsvc.db.workspaces import WorkspaceRepository

# The first is refused by a database that is read-only; for the second the commit has to be written.
WRITES = (text("DELETE FROM lease WHERE false"), text("SELECT pg_current_xact_id()"))

# Local to the transaction; triggers read it.
ACT = text("""
    SELECT set_config('jobsvc.actor', COALESCE(CAST(:actor AS text), ''), true),
           set_config('jobsvc.bulk_operation', COALESCE(CAST(CAST(:bulk_operation AS bigint) AS text), ''), true)
""")


class Transaction:
    """One open transaction with a repository for each aggregate."""

    def __init__(self, connection: AsyncConnection, list_seconds: float) -> None:
        """`list_seconds` is how long a list may take."""
        self._connection = connection
        self._list_seconds = list_seconds

    async def lock_task(self, task: str) -> bool:
        """Whether no other transaction has this task, which is this one's now until it ends."""
        return await advisory_locks.try_lock(self._connection, advisory_locks.TASK, task)

    async def act_for(self, actor: str | None, bulk_operation_id: int | None = None) -> None:
        """Name in the events of this transaction who makes its changes, and what they are a part of."""
        await self._connection.execute(ACT, {"actor": actor, "bulk_operation": bulk_operation_id})

    async def write_something(self) -> None:
        """Change nothing, but in a way that only a database does that takes changes."""
        for statement in WRITES:
            await self._connection.execute(statement)

    @cached_property
    def gauges(self) -> GaugeRepository:
        """Numbers of the whole installation."""
        return GaugeRepository(self._connection)

    @cached_property
    def jobs(self) -> JobRepository:
        """Lists and details of jobs."""
        return JobRepository(self._connection, self._list_seconds)

    @cached_property
    def counts(self) -> CountRepository:
        """The numbers that lists show."""
        return CountRepository(self._connection)

    @cached_property
    def job_labels(self) -> JobLabelRepository:
        """Changes of labels."""
        return JobLabelRepository(self._connection)

    @cached_property
    def job_changes(self) -> JobChanges:
        """Carrying out transitions."""
        return JobChanges(self._connection)

    @cached_property
    def dependencies(self) -> DependencyRepository:
        """What jobs wait for."""
        return DependencyRepository(self._connection)

    @cached_property
    def submissions(self) -> SubmissionRepository:
        """New jobs."""
        return SubmissionRepository(self._connection)

    @cached_property
    def pending(self) -> PendingRepository:
        """Why jobs wait."""
        return PendingRepository(self._connection)

    @cached_property
    def fitting(self) -> FittingRepository:
        """What jobs need, and what nodes have."""
        return FittingRepository(self._connection)

    @cached_property
    def queue_head(self) -> QueueHead:
        """The jobs that are claimed next."""
        return QueueHead(self._connection)

    @cached_property
    def claims(self) -> ClaimRepository:
        """Leases, heartbeats."""
        return ClaimRepository(self._connection)

    @cached_property
    def access_tokens(self) -> AccessTokenRepository:
        """Tokens that were given out."""
        return AccessTokenRepository(self._connection)

    @cached_property
    def audit(self) -> AuditRepository:
        """What callers asked for."""
        return AuditRepository(self._connection)

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
        return FileRepository(self._connection, self._list_seconds)

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
    def retention(self) -> RetentionRepository:
        """How long jobs are kept."""
        return RetentionRepository(self._connection)

    @cached_property
    def purging(self) -> PurgeRepository:
        """Jobs that have been kept long enough."""
        return PurgeRepository(self._connection)

    @cached_property
    def retry_policies(self) -> RetryPolicyRepository:
        """What becomes of jobs that failed."""
        return RetryPolicyRepository(self._connection)

    @cached_property
    def saved_views(self) -> SavedViewRepository:
        """Views of lists by name."""
        return SavedViewRepository(self._connection)

    @cached_property
    def retry_limits(self) -> RetryLimitRepository:
        """Retries that are held."""
        return RetryLimitRepository(self._connection)

    @cached_property
    def failed_runs(self) -> FailedRunRepository:
        """What policies are tried on."""
        return FailedRunRepository(self._connection)

    @cached_property
    def idempotency_keys(self) -> IdempotencyKeyRepository:
        """Keys of requests that must not be carried out twice."""
        return IdempotencyKeyRepository(self._connection)

    @cached_property
    def errors(self) -> ErrorRepository:
        """Why executions fail."""
        return ErrorRepository(self._connection)

    @cached_property
    def events(self) -> EventRepository:
        """What was changed."""
        return EventRepository(self._connection)

    @cached_property
    def webhooks(self) -> WebhookRepository:
        """Who hears of events, and what has come through."""
        return WebhookRepository(self._connection)

    @cached_property
    def event_partitions(self) -> EventPartitions:
        """The days of events."""
        return EventPartitions(self._connection)

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
    def figures(self) -> FigureRepository:
        """Jobs as numbers."""
        return FigureRepository(self._connection, self._list_seconds)

    @cached_property
    def plots(self) -> PlotRepository:
        """Numbers by job type and day."""
        return PlotRepository(self._connection, self._list_seconds)

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
