"""The status of everything as a JSON object."""

from collections.abc import Iterable
from typing import Any

from jobsvc.api.v6.render_jobs import job_type
from jobsvc.domain.operation_records import ClusterStatus, NodeExecutions, NodeState, NodeStatus, ResourceUse
from jobsvc.domain.status import ErrorCategory, ExecutionStatus

Json = dict[str, Any]
NODE_TEXTS = {
    NodeState.READY: "The node starts jobs.",
    NodeState.PAUSED: "The node starts no jobs until it is resumed.",
    NodeState.OFFLINE: "No worker of the node has been seen recently.",
    NodeState.INACTIVE: "The node does not take part.",
}


def status(cluster_status: ClusterStatus, version: str) -> Json:
    """The status of everything."""
    return {
        "timestamp": cluster_status.timestamp,
        "version": version,
        "dependencies": _dependencies(cluster_status),
        "scheduler": _scheduler(cluster_status),
        "num_offers": 0,
        "resources": _resources(cluster_status.resources),
        "job_types": [job_type(item) for item in cluster_status.job_types],
        "nodes": [_node(node) for node in cluster_status.nodes],
    }


def _dependencies(cluster_status: ClusterStatus) -> Json:
    is_running = any(node.state is NodeState.READY for node in cluster_status.nodes)
    return {
        "database": _dependency(None, "The database answers.", "DATABASE_OFFLINE"),
        "logs": _dependency(cluster_status.log_problem, f"The log store {cluster_status.log_store} answers.", "LOGS_OFFLINE"),
        "nodes": _dependency(None if is_running else "No node starts jobs.", "There are nodes that start jobs.", "NODES_OFFLINE"),
    }


def _dependency(problem: str | None, good: str, name: str) -> Json:
    errors = [] if problem is None else [{name: problem}]
    return {"OK": problem is None, "detail": {"msg": problem or good}, "errors": errors, "warnings": []}


def _scheduler(cluster_status: ClusterStatus) -> Json:
    if cluster_status.scheduler.is_paused:
        state = _state("PAUSED", "Nothing is started until the scheduler is resumed.")
    elif cluster_status.is_ready:
        state = _state("READY", "Jobs are started.")
    else:
        state = _state("OFFLINE", "There is no node that starts jobs.")
    mesos = {"framework_id": cluster_status.scheduler.framework_id}
    return {"state": state, "queue_mode": cluster_status.scheduler.queue_mode, "mesos": mesos, "warnings": []}


def _state(name: str, description: str) -> Json:
    return {"name": name, "title": name.title(), "description": description}


def _node(node_status: NodeStatus) -> Json:
    reason = node_status.node.pause_reason if node_status.state is NodeState.PAUSED else None
    state = _state(node_status.state, reason or NODE_TEXTS[node_status.state])
    return {
        "id": node_status.node.id,
        "hostname": node_status.node.hostname,
        "agent_id": "",
        "is_active": node_status.node.is_active,
        "state": state,
        "errors": [state] if node_status.state is NodeState.OFFLINE else [],
        "warnings": [],
        "num_offers": 0,
        "num_workers": node_status.workers,
        "num_slots": node_status.slots,
        "resources": _resources(node_status.resources),
        "job_executions": _executions(node_status.executions),
    }


def _resources(result: dict[str, ResourceUse]) -> Json:
    return {
        name: {
            "total": use.total,
            "running": use.running,
            "free": use.free,
            "unavailable": use.unavailable,
            "offered": 0.0,
        }
        for name, use in result.items()
    }


def _executions(result: list[NodeExecutions]) -> Json:
    by_status = {status: [item for item in result if item.status == status] for status in ExecutionStatus}
    failed = by_status[ExecutionStatus.FAILED]
    return {
        "running": _count(by_status[ExecutionStatus.RUNNING]),
        "completed": _count(by_status[ExecutionStatus.COMPLETED]),
        "failed": {"total": sum(item.count for item in failed)}
        | {category.lower(): _count(item for item in failed if item.category == category) for category in ErrorCategory},
    }


def _count(result: Iterable[NodeExecutions]) -> Json:
    counts = [{"job_type_id": item.job_type_id, "count": item.count} for item in result]
    return {"total": sum(count["count"] for count in counts), "by_job_type": counts}
