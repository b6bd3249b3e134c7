"""The composition root: settings in, a database, services, engines and loops out."""

import contextlib
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from jobsvc.api.context import ApiOptions, Services
from jobsvc.background.maintenance import Maintenance
from jobsvc.db.database import Database
from jobsvc.db.retry import retry_while_unavailable
from jobsvc.domain.access import Role, Source
from jobsvc.domain.errors import DatabaseUnavailable
from jobsvc.domain.oidc import ClaimRules, rule_of
from jobsvc.domain.retention import RetentionDefaults
from jobsvc.engine_factories import Setup, engine_names, engine_table, host_resources, image_labels
from jobsvc.logstores.postgres import PostgresLogStore
from jobsvc.ports.log_store import LogStore
from jobsvc.services.audit import AuditService
from jobsvc.services.bulk import BulkService
from jobsvc.services.bulk_work import BulkWork
from jobsvc.services.clock import utc_now
from jobsvc.services.cluster import ClusterService
from jobsvc.services.counts import CountService
from jobsvc.services.dependencies import DependencyService
from jobsvc.services.events.service import EventService
from jobsvc.services.events.upkeep import EventUpkeep
from jobsvc.services.figures import FigureService
from jobsvc.services.files import FileService
from jobsvc.services.health import HealthService
from jobsvc.services.image_manifests import ImageManifests
from jobsvc.services.job_types import JobTypeService
from jobsvc.services.jobs import JobService
from jobsvc.services.logs.retention import LogRetention
from jobsvc.services.logs.service import LogService
from jobsvc.services.logs.tail_service import LogTailService
from jobsvc.services.metrics import MetricsService
from jobsvc.services.nodes import NodeService
from jobsvc.services.plots import PlotService
from jobsvc.services.products import ProductService
from jobsvc.services.purge_work import PurgeWork
from jobsvc.services.queueing import QueueService, Worker
from jobsvc.services.reading import BatchService, ErrorService
from jobsvc.services.recipes import RecipeService
from jobsvc.services.request_keys import RequestKeyService
from jobsvc.services.retention import RetentionService
from jobsvc.services.retry_limits import RetryLimitService
from jobsvc.services.retry_policies import RetryPolicyService
from jobsvc.services.saved_views import SavedViewService
from jobsvc.services.scheduler import SchedulerService
from jobsvc.services.statistics import StatisticsService
from jobsvc.services.submission import Submissions
from jobsvc.services.submitting import SubmitService
from jobsvc.services.tokens import TokenService
from jobsvc.services.transfer import TransferService
from jobsvc.services.v3.executions import V3ExecutionService
from jobsvc.services.v3.job_types import V3JobTypeService
from jobsvc.services.v3.jobs import V3JobService
from jobsvc.services.visibility import VisibilityService
from jobsvc.services.webhooks.delivery import WebhookDelivery
from jobsvc.services.webhooks.sending import WebhookSender
from jobsvc.services.webhooks.service import WebhookService
from jobsvc.services.workspaces import WorkspaceService
from jobsvc.settings import Settings
from jobsvc.storage_factories import WORK_SECONDS, allowed_places, open_storages
from jobsvc.worker.disk_guard import DiskGuard
from jobsvc.worker.engine_table import EngineTable
from jobsvc.worker.logs import WorkerLogs
from jobsvc.worker.loop import WorkerLoop
from jobsvc.worker.run_one import ExecutionRunner
from jobsvc.worker.spool_dir import SpoolDir

if TYPE_CHECKING:
    from jobsvc.services.oidc.sign_in import CodeFlow
    from jobsvc.services.oidc.tokens import TokenVerifier

log = structlog.get_logger(__name__)


def queue_service(settings: Settings, database: Database) -> QueueService:
    """The queue as workers use it."""
    return QueueService(
        database,
        utc_now,
        lease=timedelta(seconds=settings.lease_seconds),
        cancel_deadline=timedelta(seconds=settings.cancel_seconds),
        first_wait=timedelta(seconds=settings.retry_seconds),
    )


def open_log_store(settings: Settings, database: Database) -> LogStore:
    """The log store of the settings; it connects when it is used, and whoever opened it closes it."""
    if not settings.elasticsearch_url:
        return PostgresLogStore(database)
    # Here, for the client takes as long to import as all the rest together.
    from jobsvc.logstores.elasticsearch import ElasticsearchLogStore, Options  # noqa: PLC0415

    options = Options(settings.elasticsearch_url, settings.elasticsearch_api_key, settings.elasticsearch_ca_certs)
    return ElasticsearchLogStore(options, settings.log_index)


def api_services(settings: Settings, database: Database, log_store: LogStore | None = None) -> Services:
    """The use cases that the API calls."""
    log_store = log_store or open_log_store(settings, database)
    bulk, bulk_work = BulkService(database, utc_now), bulk_worker(settings, database, log_store)
    places, storages = allowed_places(settings), open_storages(settings)
    submissions, events = Submissions(settings.engine, places), EventService(database)
    return Services(
        jobs=JobService(database, utc_now, SubmitService(database, utc_now, submissions), settings.engine),
        job_types=JobTypeService(database, utc_now, ImageManifests(image_labels(settings))),
        files=FileService(database, utc_now, places, storages),
        workspaces=WorkspaceService(database, utc_now, places, storages),
        bulk=bulk,
        bulk_work=bulk_work,
        retention=RetentionService(database, utc_now, retention_defaults(settings)),
        retry_policies=RetryPolicyService(database),
        saved_views=SavedViewService(database),
        logs=LogService(database, log_store),
        log_tail=LogTailService(database, log_store),
        events=events,
        errors=ErrorService(database, lambda tx: tx.errors),
        batches=BatchService(database, lambda tx: tx.batches),
        recipes=RecipeService(database),
        statistics=StatisticsService(database, utc_now),
        figures=FigureService(database, utc_now),
        plots=PlotService(database, utc_now),
        nodes=NodeService(database, utc_now),
        scheduler=SchedulerService(database),
        cluster=ClusterService(database, log_store, utc_now, silent_after=timedelta(seconds=settings.lease_seconds)),
        health=HealthService(database, log_store),
        metrics=MetricsService(database, utc_now),
        v3_jobs=V3JobService(database, utc_now, submissions, bulk, bulk_work),
        v3_job_types=V3JobTypeService(database, utc_now),
        v3_executions=V3ExecutionService(database),
        visibility=VisibilityService(database),
        tokens=TokenService(database, utc_now),
        audit=audit_service(settings, database),
        webhooks=WebhookService(database, utc_now, events.hub, allows_private=settings.webhook_private),
        clock=utc_now,
        options=api_options(settings),
    )


def api_options(settings: Settings) -> ApiOptions:
    """How the API answers."""
    return ApiOptions(
        root_path=settings.root_path,
        max_body_bytes=settings.max_body_bytes,
        bulk_require_filter=settings.bulk_require_filter,
        v6_log_json="elasticsearch" if settings.v6_log_json == "elasticsearch" else "json",
    )


def retention_defaults(settings: Settings) -> RetentionDefaults:
    """How long jobs are kept whose types say nothing."""
    jobs, failed = settings.job_retention_days, settings.failed_job_retention_days
    return RetentionDefaults(jobs, failed, settings.product_retention_days, settings.log_retention_days)


def bulk_worker(settings: Settings, database: Database, log_store: LogStore) -> BulkWork:
    """What works off bulk operations."""
    pause = settings.purge_pause_seconds
    purges = PurgeWork(log_store, utc_now, retention_defaults(settings), pause_seconds=pause, storages=open_storages(settings))
    return BulkWork(database, utc_now, purges)


def audit_service(settings: Settings, database: Database) -> AuditService:
    """The audit, as one process keeps it."""
    return AuditService(database, utc_now, days=settings.audit_retention_days)


def token_verifier(settings: Settings) -> "TokenVerifier | None":
    """What knows the tokens of the provider of identities, if there is one."""
    if settings.oidc_issuer is None:
        return None
    # Here, for few have a provider, and what reads its tokens takes 9 MiB.
    from jobsvc.services.oidc.provider import Provider, ProviderOptions  # noqa: PLC0415
    from jobsvc.services.oidc.tokens import TokenRules, TokenVerifier  # noqa: PLC0415

    names = (settings.oidc_name_claim, settings.oidc_roles_claim)
    rules = TokenRules(settings.oidc_audience, frozenset(settings.oidc_algorithms), settings.oidc_leeway_seconds)
    provider = Provider(ProviderOptions(settings.oidc_issuer, settings.oidc_ca_certs))
    of_claims = claim_rules(settings.oidc_roles, settings.oidc_default_role, Source.OIDC, *names)
    return TokenVerifier(provider, rules, of_claims, utc_now)


def claim_rules(
    roles: Sequence[str], default: str | None, source: Source, name_claim: str = "", roles_claim: str = ""
) -> ClaimRules:
    """How what others say of callers becomes what these may do."""
    return ClaimRules(name_claim, roles_claim, [rule_of(text) for text in roles], Role(default) if default else None, source)


def code_flow(settings: Settings, tokens: "TokenVerifier | None") -> "CodeFlow | None":
    """What lets browsers sign in at the provider of identities, if the service is known there."""
    if tokens is None or settings.oidc_client_id is None:
        return None
    from jobsvc.services.oidc.sign_in import ClientOptions, CodeFlow  # noqa: PLC0415

    return CodeFlow(tokens, ClientOptions(settings.oidc_client_id, settings.oidc_client_secret, settings.oidc_scopes))


def transfer_service(database: Database) -> TransferService:
    """Imports and exports."""
    return TransferService(database)


def maintenance(settings: Settings, database: Database, log_store: LogStore | None = None) -> Maintenance:
    """The background loops of every process."""
    queue = queue_service(settings, database)
    log_store = log_store or open_log_store(settings, database)
    pause = settings.purge_pause_seconds
    retention = LogRetention(database, log_store, utc_now, retention_defaults(settings), pause_seconds=pause)
    bulk = bulk_worker(settings, database, log_store)
    workspaces = WorkspaceService(database, utc_now)
    counts = CountService(database)
    request_keys = RequestKeyService(database, utc_now, days=settings.idempotency_key_days)
    return Maintenance(
        database,
        queue,
        bulk,
        retention,
        workspaces,
        counts=counts,
        request_keys=request_keys,
        jobs=RetentionService(database, utc_now, retention_defaults(settings)),
        audit=audit_service(settings, database),
        events=EventUpkeep(database, utc_now, days=settings.event_retention_days),
        webhooks=WebhookDelivery(database, utc_now, WebhookSender(allows_private=settings.webhook_private)),
        dependencies=DependencyService(database, utc_now),
        retry_limits=RetryLimitService(database),
        lease_seconds=settings.lease_seconds,
        default_engine=settings.engine,
    )


async def log_start(database: Database, **what: object) -> None:
    """Say that a part of the service runs, of which version, on a database at which schema."""
    async with database.reading() as tx:
        schema = await tx.cluster.schema_revision()
    log.info("service.started", version=version("jobsvc"), schema=schema, pid=os.getpid(), **what)


def log_stop(**what: object) -> None:
    """Say that a part of the service has ended in order."""
    log.info("service.stopped", pid=os.getpid(), **what)


async def ensure_defaults(settings: Settings, database: Database) -> None:
    """Make what every installation has: its data directory, which is private, and the default workspace."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    await WorkspaceService(database, utc_now).ensure_default(settings.data_dir / "workspaces" / "default")


@dataclass(frozen=True)
class WorkerComponents:
    """A worker that is ready to run, with what it needs beside."""

    loop: WorkerLoop
    engines: EngineTable
    worker: Worker
    logs: WorkerLogs
    log_store: LogStore


async def open_worker(settings: Settings, database: Database, store: LogStore | None = None) -> WorkerComponents:
    """Make this process known as a worker of this host; `store` takes the lines in place of that of the settings."""
    hostname = socket.gethostname()
    worker_id = uuid4().hex

    async def register() -> tuple[int, str]:
        async with database.transaction() as tx:
            node_id = await tx.nodes.ensure(hostname, host_resources(settings))
            names = engine_names(settings)
            await tx.nodes.register(worker_id, node_id, pid=os.getpid(), slots=settings.slots, now=utc_now(), engines=names)
            return node_id, (await tx.scheduler.get()).framework_id

    node_id, installation = await retry_while_unavailable(register, "register")
    engines = engine_table(Setup(settings, installation, worker_id))
    worker = Worker(worker_id, node_id, os.getpid(), engines.slots, engines.names, engines.on_host)
    queue = queue_service(settings, database)
    storages = open_storages(settings, retry_seconds=WORK_SECONDS)
    products = ProductService(database, storages)
    store = store or open_log_store(settings, database)
    spool_dir = SpoolDir.of_worker(settings.spool_dir, installation, worker_id)
    logs = WorkerLogs(spool_dir, store, node=hostname, limit_mib=settings.spool_mib, clock=utc_now)
    runner = ExecutionRunner(queue, products, engines, logs, storages)
    loop = WorkerLoop(
        database,
        queue,
        runner,
        engines,
        worker,
        logs=logs,
        disk_guard=DiskGuard((*engines.directories, settings.spool_dir), settings.min_free_mib),
        lease_seconds=settings.lease_seconds,
        drain_seconds=settings.drain_seconds,
        grace_seconds=settings.grace_seconds,
    )
    return WorkerComponents(loop, engines, worker, logs, store)


async def close_worker(database: Database, components: WorkerComponents) -> None:
    """Take the worker off the list again; a database that is away removes it by itself later."""
    for engine in components.engines:
        await engine.close()
    components.logs.close()
    await components.log_store.close()
    with contextlib.suppress(DatabaseUnavailable):
        async with database.transaction() as tx:
            await tx.nodes.unregister_worker(components.worker.id)
