"""Small things that all handlers use: JSON answers, and what they find on the application."""

from dataclasses import dataclass

import orjson
from fastapi import Request, Response

from jobsvc.domain.access import EVERYBODY, Principal
from jobsvc.services.audit import AuditService
from jobsvc.services.bulk import BulkService
from jobsvc.services.bulk_work import BulkWork
from jobsvc.services.clock import Clock
from jobsvc.services.cluster import ClusterService
from jobsvc.services.events.service import EventService
from jobsvc.services.figures import FigureService
from jobsvc.services.files import FileService
from jobsvc.services.health import HealthService
from jobsvc.services.job_types import JobTypeService
from jobsvc.services.jobs import JobService
from jobsvc.services.logs.service import LogService
from jobsvc.services.logs.tail_service import LogTailService
from jobsvc.services.metrics import MetricsService
from jobsvc.services.nodes import NodeService
from jobsvc.services.plots import PlotService
from jobsvc.services.reading import BatchService, ErrorService
from jobsvc.services.recipes import RecipeService
from jobsvc.services.retention import RetentionService
from jobsvc.services.retry_policies import RetryPolicyService
from jobsvc.services.saved_views import SavedViewService
from jobsvc.services.scheduler import SchedulerService
from jobsvc.services.statistics import StatisticsService
from jobsvc.services.tokens import TokenService
from jobsvc.services.v3.executions import V3ExecutionService
from jobsvc.services.v3.job_types import V3JobTypeService
from jobsvc.services.v3.jobs import V3JobService
from jobsvc.services.visibility import VisibilityService
from jobsvc.services.webhooks.service import WebhookService
from jobsvc.services.workspaces import WorkspaceService


@dataclass(frozen=True)
class ApiOptions:
    """What an operator decides about the API."""

    root_path: str = ""
    max_body_bytes: int = 10 * 2**20
    bulk_require_filter: bool = False
    v6_log_json: str = "json"


@dataclass(frozen=True)
class Services:
    """The use cases that handlers call."""

    jobs: JobService
    job_types: JobTypeService
    files: FileService
    workspaces: WorkspaceService
    bulk: BulkService
    bulk_work: BulkWork
    retention: RetentionService
    retry_policies: RetryPolicyService
    saved_views: SavedViewService
    logs: LogService
    log_tail: LogTailService
    events: EventService
    errors: ErrorService
    batches: BatchService
    recipes: RecipeService
    statistics: StatisticsService
    figures: FigureService
    plots: PlotService
    nodes: NodeService
    scheduler: SchedulerService
    cluster: ClusterService
    health: HealthService
    metrics: MetricsService
    v3_jobs: V3JobService
    v3_job_types: V3JobTypeService
    v3_executions: V3ExecutionService
    visibility: VisibilityService
    tokens: TokenService
    audit: AuditService
    webhooks: WebhookService
    clock: Clock
    options: ApiOptions = ApiOptions()


def services_of(request: Request) -> Services:
    """The services of the application that a request came to."""
    services: Services = request.app.state.services
    return services


def principal_of(request: Request) -> Principal:
    """Who calls, and what it may do."""
    principal: Principal = request.scope.get("jobsvc.principal", EVERYBODY)
    return principal


def user_of(request: Request) -> str:
    """The name of who calls, or Anonymous."""
    return principal_of(request).name


def to_json(content: object) -> bytes:
    """JSON as all generations write it: UTC with `Z`, microseconds when there are any.

    See docs/spec/behaviour/conventions.md#serialization.
    """
    return orjson.dumps(content, option=orjson.OPT_UTC_Z)


def json_response(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer in JSON; rendered here, for the framework would look at each value once more."""
    return Response(to_json(content), status, headers, media_type="application/json")
