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
    NodeState.OFFLINE: "No worker of the node has been heard of lately.",
    NodeState.INACTIVE: "The node does not take part.",
}


def status(found: ClusterStatus, version: str) -> Json:
    """The status of everything."""
    return {
        "timestamp": found.timestamp,
        "version": version,
        "dependencies": _dependencies(found),
        "scheduler": _scheduler(found),
        "num_offers": 0,
        "resources": _resources(found.resources),
        "job_types": [job_type(each) for each in found.job_types],
        "nodes": [_node(each) for each in found.nodes],
    }


def _dependencies(found: ClusterStatus) -> Json:
    is_running = any(node.state is NodeState.READY for node in found.nodes)
    return {
        "database": _dependency(None, "The database answers.", "DATABASE_OFFLINE"),
        "logs": _dependency(found.log_problem, f"The log store {found.log_store} answers.", "LOGS_OFFLINE"),
        "nodes": _dependency(None if is_running else "No node starts jobs.", "There are nodes that start jobs.", "NODES_OFFLINE"),
    }


def _dependency(problem: str | None, good: str, name: str) -> Json:
    errors = [] if problem is None else [{name: problem}]
    return {"OK": problem is None, "detail": {"msg": problem or good}, "errors": errors, "warnings": []}


def _scheduler(found: ClusterStatus) -> Json:
    if found.scheduler.is_paused:
        state = _state("PAUSED", "Nothing is started until the scheduler is resumed.")
    elif found.is_ready:
        state = _state("READY", "Jobs are started.")
    else:
        state = _state("OFFLINE", "There is no node that starts jobs.")
    mesos = {"framework_id": found.scheduler.framework_id}
    return {"state": state, "queue_mode": found.scheduler.queue_mode, "mesos": mesos, "warnings": []}


def _state(name: str, description: str) -> Json:
    return {"name": name, "title": name.title(), "description": description}


def _node(found: NodeStatus) -> Json:
    reason = found.node.pause_reason if found.state is NodeState.PAUSED else None
    state = _state(found.state, reason or NODE_TEXTS[found.state])
    return {
        "id": found.node.id,
        "hostname": found.node.hostname,
        "agent_id": "",
        "is_active": found.node.is_active,
        "state": state,
        "errors": [state] if found.state is NodeState.OFFLINE else [],
        "warnings": [],
        "num_offers": 0,
        "num_workers": found.workers,
        "num_slots": found.slots,
        "resources": _resources(found.resources),
        "job_executions": _executions(found.executions),
    }


def _resources(found: dict[str, ResourceUse]) -> Json:
    return {
        name: {
            "total": use.total,
            "running": use.running,
            "free": use.free,
            "unavailable": use.unavailable,
            "offered": 0.0,
        }
        for name, use in found.items()
    }


def _executions(found: list[NodeExecutions]) -> Json:
    by_status = {status: [each for each in found if each.status == status] for status in ExecutionStatus}
    failed = by_status[ExecutionStatus.FAILED]
    return {
        "running": _count(by_status[ExecutionStatus.RUNNING]),
        "completed": _count(by_status[ExecutionStatus.COMPLETED]),
        "failed": {"total": sum(each.count for each in failed)}
        | {category.lower(): _count(each for each in failed if each.category == category) for category in ErrorCategory},
    }


def _count(found: Iterable[NodeExecutions]) -> Json:
    counts = [{"job_type_id": each.job_type_id, "count": each.count} for each in found]
    return {"total": sum(each["count"] for each in counts), "by_job_type": counts}
