"""The status of everything at a glance (behaviour.md, section 15)."""

from datetime import datetime

from pydantic import Field

from jobsvc.api.v6.schemas.common import JobTypeBase, Node, Shape


class State(Shape):
    """Whether something takes jobs, for programs and for people."""

    name: str = Field(description="READY, PAUSED, OFFLINE or INACTIVE.")
    title: str
    description: str


class Finding(Shape):
    """Something that is wrong."""

    name: str
    title: str
    description: str


class DependencyDetail(Shape):
    """What is known of a dependency."""

    msg: str


class DependencyStatus(Shape):
    """Whether something works that the service needs."""

    OK: bool
    detail: DependencyDetail
    errors: list[dict[str, str]] = Field(description="What is wrong, by name.")
    warnings: list[dict[str, str]]


class Dependencies(Shape):
    """What the service needs."""

    database: DependencyStatus
    logs: DependencyStatus = Field(description="The store of log lines.")
    nodes: DependencyStatus = Field(description="At least one node that starts jobs.")


class Mesos(Shape):
    """Kept for clients: what the ids of executions begin with."""

    framework_id: str


class SchedulerStatus(Shape):
    """The scheduler."""

    state: State
    queue_mode: str
    mesos: Mesos
    warnings: list[Finding]


class ResourceStatus(Shape):
    """How much of a resource there is: cpus in cores, gpus in pieces, mem and disk in MiB."""

    total: float
    running: float = Field(description="Promised to running jobs.")
    free: float = Field(description="Not promised, on nodes that start jobs.")
    unavailable: float = Field(description="Not promised, on nodes that start none.")
    offered: float = Field(description="Always 0: nodes make no offers.")


class CountByJobType(Shape):
    """How many executions of a job type there are."""

    job_type_id: int
    count: int


class ExecutionCount(Shape):
    """How many executions there are, in all and by job type."""

    total: int
    by_job_type: list[CountByJobType]


class FailedCount(Shape):
    """How many executions failed, in all and by whose fault it was."""

    total: int
    data: ExecutionCount
    algorithm: ExecutionCount
    system: ExecutionCount


class NodeJobExecutions(Shape):
    """Executions on a node: those that run, and those that ended in the last 3 hours."""

    running: ExecutionCount
    completed: ExecutionCount
    failed: FailedCount


class NodeStatus(Node):
    """A node as it is now."""

    agent_id: str = Field(description="Kept for clients: always empty.")
    is_active: bool
    state: State
    errors: list[Finding]
    warnings: list[Finding]
    num_offers: int = Field(description="Kept for clients: always 0.")
    num_workers: int = Field(description="Workers on the node that were heard of lately.")
    num_slots: int = Field(description="How many jobs they run at a time.")
    resources: dict[str, ResourceStatus]
    job_executions: NodeJobExecutions


class Status(Shape):
    """The status of everything."""

    timestamp: datetime = Field(description="When the status was told.")
    version: str
    dependencies: Dependencies
    scheduler: SchedulerStatus
    num_offers: int = Field(description="Kept for clients: always 0.")
    resources: dict[str, ResourceStatus] = Field(description="Those of all nodes together.")
    job_types: list[JobTypeBase] = Field(description="The job types that `job_executions` of the nodes name.")
    nodes: list[NodeStatus] = Field(description="The active nodes, by hostname.")
