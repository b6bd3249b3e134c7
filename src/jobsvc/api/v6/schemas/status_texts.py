"""The texts and sums of the status of everything."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobsvc.api.models import Computed
from jobsvc.domain.operation_records import ClusterStatus, NodeExecutions, NodeState, NodeStatus
from jobsvc.domain.status import ErrorCategory, ExecutionStatus

NODE_TEXTS = {
    NodeState.READY: "The node starts jobs.",
    NodeState.PAUSED: "The node starts no jobs until it is resumed.",
    NodeState.OFFLINE: "No worker of the node has been seen recently.",
    NodeState.INACTIVE: "The node does not take part.",
}


@dataclass(frozen=True, slots=True)
class StateText:
    """Whether something takes jobs."""

    name: str
    description: str

    @property
    def title(self) -> str:
        """The name for people."""
        return self.name.title()


@dataclass(frozen=True, slots=True)
class DependencyState:
    """How something is that the service needs: `name` is what it is called when there is a problem."""

    name: str
    problem: str | None
    good: str

    @property
    def is_good(self) -> bool:
        """Whether it works."""
        return self.problem is None

    @property
    def text(self) -> str:
        """Its state, for people."""
        return self.problem or self.good

    @property
    def errors(self) -> list[dict[str, str]]:
        """The problem, by name."""
        return [] if self.problem is None else [{self.name: self.problem}]


def database(_cluster: ClusterStatus) -> DependencyState:
    """PostgreSQL: without it there would be no record."""
    return DependencyState("DATABASE_OFFLINE", None, "The database answers.")


def logs(cluster: ClusterStatus) -> DependencyState:
    """The store of log lines."""
    return DependencyState("LOGS_OFFLINE", cluster.log_problem, f"The log store {cluster.log_store} answers.")


def nodes(cluster: ClusterStatus) -> DependencyState:
    """At least one node that starts jobs."""
    is_running = any(node.state is NodeState.READY for node in cluster.nodes)
    return DependencyState("NODES_OFFLINE", None if is_running else "No node starts jobs.", "There are nodes that start jobs.")


def scheduler_state(cluster: ClusterStatus) -> StateText:
    """Whether jobs are started."""
    if cluster.scheduler.is_paused:
        return StateText("PAUSED", "Nothing is started until the scheduler is resumed.")
    if cluster.is_ready:
        return StateText("READY", "Jobs are started.")
    return StateText("OFFLINE", "There is no node that starts jobs.")


def node_state(status: NodeStatus) -> StateText:
    """Whether a node takes jobs, and why not."""
    reason = status.node.pause_reason if status.state is NodeState.PAUSED else None
    return StateText(status.state, reason or NODE_TEXTS[status.state])


def node_errors(status: NodeStatus) -> list[StateText]:
    """What is wrong with a node."""
    return [node_state(status)] if status.state is NodeState.OFFLINE else []


def of_status(status: ExecutionStatus) -> Computed:
    """The executions that have a status."""
    return Computed(lambda executions: [item for item in executions if item.status == status])


def of_category(category: ErrorCategory) -> Computed:
    """The executions that failed with an error of a category."""
    return Computed(lambda executions: [item for item in executions if item.category == category])


def total(executions: Sequence[NodeExecutions]) -> int:
    """How many there are in all."""
    return sum(item.count for item in executions)
