"""The status of everything at a glance (docs/spec/behaviour/siblings.md)."""

from datetime import datetime

from pydantic import Field

from jobsvc.api.models import ApiModel
from jobsvc.api.v6.schemas.common import JobTypeBase, Node
from jobsvc.domain.operation_records import NodeState
from jobsvc.domain.status import QueueMode


class State(ApiModel):
    """A state, machine readable and human readable."""

    name: NodeState = Field(description="Whether jobs are taken.")
    title: str = Field(description="The same, human readable.")
    description: str = Field(description="What it means.")


class Finding(ApiModel):
    """A problem."""

    name: str = Field(description="Its name, machine readable.")
    title: str = Field(description="Its name, human readable.")
    description: str = Field(description="What is wrong.")


class DependencyDetail(ApiModel):
    """Details of a dependency."""

    msg: str = Field(description="The state of the dependency, human readable.")


class DependencyStatus(ApiModel):
    """The health of a dependency of the service."""

    OK: bool = Field(description="Whether it is healthy.")
    detail: DependencyDetail = Field(description="Its details.")
    errors: list[dict[str, str]] = Field(description="Errors, by name.")
    warnings: list[dict[str, str]] = Field(description="Possible warnings, by name.")


class Dependencies(ApiModel):
    """The dependencies of the service."""

    database: DependencyStatus = Field(description="PostgreSQL.")
    logs: DependencyStatus = Field(description="The store of log lines.")
    nodes: DependencyStatus = Field(description="At least one node that starts jobs.")


class Mesos(ApiModel):
    """Kept for clients: what the ids of executions begin with."""

    framework_id: str = Field(description="What the ids of executions begin with.")


class SchedulerStatus(ApiModel):
    """The scheduler."""

    state: State = Field(description="Whether it takes jobs.")
    queue_mode: QueueMode = Field(description="Which of two jobs of equal priority is started first.")
    mesos: Mesos = Field(description="Kept for clients.")
    warnings: list[Finding] = Field(description="Warnings.")


class ResourceStatus(ApiModel):
    """How much of a resource there is: cpus in cores, gpus in pieces, mem and disk in MiB."""

    total: float = Field(description="The total amount.")
    running: float = Field(description="Allocated to running jobs.")
    free: float = Field(description="Free, on nodes that start jobs.")
    unavailable: float = Field(description="Free, on nodes that start none.")
    offered: float = Field(description="Always 0: nodes make no offers.")


class CountByJobType(ApiModel):
    """How many executions of a job type there are."""

    job_type_id: int = Field(description="The unique identifier of the job type.")
    count: int = Field(description="The number of executions.")


class ExecutionCount(ApiModel):
    """How many executions there are, in total and by job type."""

    total: int = Field(description="The total number.")
    by_job_type: list[CountByJobType] = Field(description="The number by job type.")


class FailedCount(ApiModel):
    """How many executions failed, in total and by cause."""

    total: int = Field(description="The total number.")
    data: ExecutionCount = Field(description="Those caused by the input data.")
    algorithm: ExecutionCount = Field(description="Those caused by the algorithm.")
    system: ExecutionCount = Field(description="Those caused by the system.")


class NodeJobExecutions(ApiModel):
    """Executions on a node: those that run, and those that ended in the last 3 hours."""

    running: ExecutionCount = Field(description="Executions that run.")
    completed: ExecutionCount = Field(description="Executions that were completed.")
    failed: FailedCount = Field(description="Executions that failed.")


class NodeStatus(Node):
    """A node as it is now."""

    agent_id: str = Field(description="Kept for clients: always empty.")
    is_active: bool = Field(description="Whether the node is active.")
    state: State = Field(description="Whether it takes jobs.")
    errors: list[Finding] = Field(description="What is wrong.")
    warnings: list[Finding] = Field(description="Warnings.")
    num_offers: int = Field(description="Kept for clients: always 0.")
    num_workers: int = Field(description="Workers on the node that were seen recently.")
    num_slots: int = Field(description="How many jobs they run at a time.")
    resources: dict[str, ResourceStatus] = Field(description="The amounts by name: at least `cpus`, `mem`, `disk` and `gpus`.")
    job_executions: NodeJobExecutions = Field(description="Executions on the node.")


class Status(ApiModel):
    """The status of everything."""

    timestamp: datetime = Field(description="When the status was determined.")
    version: str = Field(description="The version of the service.")
    dependencies: Dependencies = Field(description="The dependencies of the service.")
    scheduler: SchedulerStatus = Field(description="The scheduler.")
    num_offers: int = Field(description="Kept for clients: always 0.")
    resources: dict[str, ResourceStatus] = Field(
        description="Those of all nodes together: at least `cpus`, `mem`, `disk` and `gpus`."
    )
    job_types: list[JobTypeBase] = Field(description="The job types that `job_executions` of the nodes name.")
    nodes: list[NodeStatus] = Field(description="The active nodes, by hostname.")
