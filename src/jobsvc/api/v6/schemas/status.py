"""The status of everything at a glance (docs/spec/behaviour/siblings.md)."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from jobsvc.api.models import ITSELF, ApiModel, Computed, Source, always
from jobsvc.api.v6.schemas import status_texts as texts
from jobsvc.api.v6.schemas.common import JobTypeBase, Node
from jobsvc.api.v6.schemas.system import VERSION
from jobsvc.domain.operation_records import NodeState
from jobsvc.domain.status import ErrorCategory, ExecutionStatus, QueueMode


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

    msg: Annotated[str, Source("text")] = Field(description="The state of the dependency, human readable.")


class DependencyStatus(ApiModel):
    """The health of a dependency of the service."""

    OK: Annotated[bool, Source("is_good")] = Field(description="Whether it is healthy.")
    detail: Annotated[DependencyDetail, ITSELF] = Field(description="Its details.")
    errors: list[dict[str, str]] = Field(description="Errors, by name.")
    warnings: Annotated[list[dict[str, str]], always([])] = Field(description="Possible warnings, by name.")


class Dependencies(ApiModel):
    """The dependencies of the service."""

    database: Annotated[DependencyStatus, Computed(texts.database)] = Field(description="PostgreSQL.")
    logs: Annotated[DependencyStatus, Computed(texts.logs)] = Field(description="The store of log lines.")
    nodes: Annotated[DependencyStatus, Computed(texts.nodes)] = Field(description="At least one node that starts jobs.")


class Mesos(ApiModel):
    """Kept for clients: what the ids of executions begin with."""

    framework_id: str = Field(description="What the ids of executions begin with.")


class SchedulerStatus(ApiModel):
    """The scheduler."""

    state: Annotated[State, Computed(texts.scheduler_state)] = Field(description="Whether it takes jobs.")
    queue_mode: Annotated[QueueMode, Source("scheduler.queue_mode")] = Field(
        description="Which of two jobs of equal priority is started first."
    )
    mesos: Annotated[Mesos, Source("scheduler")] = Field(description="Kept for clients.")
    warnings: Annotated[list[Finding], always([])] = Field(description="Warnings.")


class ResourceStatus(ApiModel):
    """How much of a resource there is: cpus in cores, gpus in pieces, mem and disk in MiB."""

    total: float = Field(description="The total amount.")
    running: float = Field(description="Allocated to running jobs.")
    free: float = Field(description="Free, on nodes that start jobs.")
    unavailable: float = Field(description="Free, on nodes that start none.")
    offered: Annotated[float, always(0.0)] = Field(description="Always 0: nodes make no offers.")


class CountByJobType(ApiModel):
    """How many executions of a job type there are."""

    job_type_id: int = Field(description="The unique identifier of the job type.")
    count: int = Field(description="The number of executions.")


class ExecutionCount(ApiModel):
    """How many executions there are, in total and by job type; the record is the executions by job type."""

    total: Annotated[int, Computed(texts.total)] = Field(description="The total number.")
    by_job_type: Annotated[list[CountByJobType], ITSELF] = Field(description="The number by job type.")


class FailedCount(ApiModel):
    """How many executions failed, in total and by cause."""

    total: Annotated[int, Computed(texts.total)] = Field(description="The total number.")
    system: Annotated[ExecutionCount, texts.of_category(ErrorCategory.SYSTEM)] = Field(description="Those caused by the system.")
    data: Annotated[ExecutionCount, texts.of_category(ErrorCategory.DATA)] = Field(description="Those caused by the input data.")
    algorithm: Annotated[ExecutionCount, texts.of_category(ErrorCategory.ALGORITHM)] = Field(
        description="Those caused by the algorithm."
    )


class NodeJobExecutions(ApiModel):
    """Executions on a node: those that run, and those that ended in the last 3 hours."""

    running: Annotated[ExecutionCount, texts.of_status(ExecutionStatus.RUNNING)] = Field(description="Executions that run.")
    completed: Annotated[ExecutionCount, texts.of_status(ExecutionStatus.COMPLETED)] = Field(
        description="Executions that were completed."
    )
    failed: Annotated[FailedCount, texts.of_status(ExecutionStatus.FAILED)] = Field(description="Executions that failed.")


class NodeStatus(Node, inherited="node"):
    """A node as it is now."""

    agent_id: Annotated[str, always("")] = Field(description="Kept for clients: always empty.")
    is_active: Annotated[bool, Source("node.is_active")] = Field(description="Whether the node is active.")
    state: Annotated[State, Computed(texts.node_state)] = Field(description="Whether it takes jobs.")
    errors: Annotated[list[Finding], Computed(texts.node_errors)] = Field(description="What is wrong.")
    warnings: Annotated[list[Finding], always([])] = Field(description="Warnings.")
    num_offers: Annotated[int, always(0)] = Field(description="Kept for clients: always 0.")
    num_workers: Annotated[int, Source("workers")] = Field(description="Workers on the node that were seen recently.")
    num_slots: Annotated[int, Source("slots")] = Field(description="How many jobs they run at a time.")
    resources: dict[str, ResourceStatus] = Field(description="The amounts by name: at least `cpus`, `mem`, `disk` and `gpus`.")
    job_executions: Annotated[NodeJobExecutions, Source("executions")] = Field(description="Executions on the node.")


class Status(ApiModel):
    """The status of everything."""

    timestamp: datetime = Field(description="When the status was determined.")
    version: Annotated[str, always(VERSION)] = Field(description="The version of the service.")
    dependencies: Annotated[Dependencies, ITSELF] = Field(description="The dependencies of the service.")
    scheduler: Annotated[SchedulerStatus, ITSELF] = Field(description="The scheduler.")
    num_offers: Annotated[int, always(0)] = Field(description="Kept for clients: always 0.")
    resources: dict[str, ResourceStatus] = Field(
        description="Those of all nodes together: at least `cpus`, `mem`, `disk` and `gpus`."
    )
    job_types: list[JobTypeBase] = Field(description="The job types that `job_executions` of the nodes name.")
    nodes: list[NodeStatus] = Field(description="The active nodes, by hostname.")
