"""What all generations read of nodes, the queue and how busy the service is; see `views` for the conventions."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from jobsvc.domain.records import ErrorItem, JobTypeRef
from jobsvc.domain.resources import MINIMUMS
from jobsvc.domain.status import QueueMode

Amounts = dict[str, float]


class NodeItem(NamedTuple):
    """A node; `resources` are what it has, in cores, pieces and MiB."""

    id: int
    hostname: str
    pause_reason: str | None
    is_paused: bool
    is_active: bool
    deprecated: datetime | None
    created: datetime
    last_modified: datetime
    resources: Amounts


@dataclass(frozen=True, slots=True)
class SchedulerState:
    """The settings that apply to all workers."""

    is_paused: bool
    queue_mode: QueueMode
    framework_id: str


@dataclass(frozen=True, slots=True)
class StatusCount:
    """How many jobs have a status (and, of failed ones, an error of a category), and when the last one got it."""

    status: str
    category: str | None
    count: int
    most_recent: datetime | None


@dataclass(frozen=True, slots=True)
class JobTypeStatus:
    """The jobs of a type by status."""

    job_type: JobTypeRef
    job_counts: list[StatusCount]


@dataclass(frozen=True, slots=True)
class JobTypeActivity:
    """How many jobs of a type have a status, and since when the first of them has had it."""

    job_type: JobTypeRef
    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class SystemFailure:
    """How many jobs of a type failed with an error of the system."""

    job_type: JobTypeRef
    error: ErrorItem
    count: int
    first_error: datetime
    last_error: datetime


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """The waiting jobs of a type; the highest priority is the lowest number."""

    job_type: JobTypeRef
    count: int
    longest_queued: datetime
    highest_priority: int


@dataclass(frozen=True, slots=True)
class JobTypeName:
    """All versions of a job type under its name, the latest one for the rest."""

    latest: JobTypeRef
    versions: list[str]


@dataclass(frozen=True, slots=True)
class NodeExecutions:
    """Executions of one job type on one node with one status (and, of failed ones, an error of one category)."""

    node_id: int
    job_type_id: int
    status: str
    category: str | None
    count: int


class NodeState(StrEnum):
    """Whether a node takes jobs, and why not."""

    READY = "READY"
    PAUSED = "PAUSED"
    OFFLINE = "OFFLINE"
    INACTIVE = "INACTIVE"


@dataclass(frozen=True, slots=True)
class ResourceUse:
    """How much of a resource there is, is in use, can be given to jobs and cannot."""

    total: float
    running: float
    free: float
    unavailable: float

    def __add__(self, other: "ResourceUse") -> "ResourceUse":
        """Both together."""
        return ResourceUse(
            self.total + other.total,
            self.running + other.running,
            self.free + other.free,
            self.unavailable + other.unavailable,
        )


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """A node as it is now; `used` is what its running executions were given, `workers` those that were heard of lately."""

    node: NodeItem
    workers: int
    slots: int
    used: Amounts
    executions: list[NodeExecutions]

    @property
    def state(self) -> NodeState:
        """What keeps it from taking jobs, the lasting causes first."""
        if not self.node.is_active:
            return NodeState.INACTIVE
        if not self.workers:
            return NodeState.OFFLINE
        return NodeState.PAUSED if self.node.is_paused else NodeState.READY

    @property
    def resources(self) -> dict[str, ResourceUse]:
        """By name what the node has, of what jobs always need if it has none; what jobs were promised may be more than that."""
        has = self.node.resources
        names = sorted({*MINIMUMS, *has, *self.used})
        return {name: self._use(has.get(name, 0.0), self.used.get(name, 0.0)) for name in names}

    def _use(self, total: float, running: float) -> ResourceUse:
        left = max(total - running, 0.0)
        can_run = self.state is NodeState.READY
        return ResourceUse(total, running, left if can_run else 0.0, 0.0 if can_run else left)


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """All nodes, the scheduler and the log store, as they are at `timestamp`; `log_problem` is why it fails."""

    timestamp: datetime
    scheduler: SchedulerState
    nodes: list[NodeStatus]
    job_types: list[JobTypeRef]
    log_store: str
    log_problem: str | None

    @property
    def is_ready(self) -> bool:
        """Whether jobs are started."""
        return not self.scheduler.is_paused and any(node.state is NodeState.READY for node in self.nodes)

    @property
    def resources(self) -> dict[str, ResourceUse]:
        """The resources of all nodes together; without a node there is nothing of what jobs always need."""
        sums = dict.fromkeys(MINIMUMS, ResourceUse(0.0, 0.0, 0.0, 0.0))
        for node in self.nodes:
            for name, use in node.resources.items():
                sums[name] = sums[name] + use if name in sums else use
        return dict(sorted(sums.items()))
