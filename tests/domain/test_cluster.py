"""What a node is said to do and to have."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from jobsvc.domain.operation_records import ClusterStatus, NodeItem, NodeState, NodeStatus, ResourceUse, SchedulerState
from jobsvc.domain.status import QueueMode

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HAS = {"mem": 1024.0, "cpus": 4.0}


def node(*, workers: int = 1, paused: bool = False, active: bool = True, cpus_used: float = 1.0) -> NodeStatus:
    item = NodeItem(1, "host", None, paused, active, None, NOON, NOON, HAS)
    return NodeStatus(item, workers, slots=4, used={"cpus": cpus_used, "gpus": 0.0}, executions=[])


def cluster(*nodes: NodeStatus, paused: bool = False) -> ClusterStatus:
    return ClusterStatus(NOON, SchedulerState(paused, QueueMode.FIFO, "framework"), list(nodes), [], "postgres", None)


@pytest.mark.parametrize(
    ("node_status", "expected"),
    [
        (node(), NodeState.READY),
        (node(paused=True), NodeState.PAUSED),
        (node(paused=True, workers=0), NodeState.OFFLINE),
        (node(active=False), NodeState.INACTIVE),
    ],
)
def test_the_state_of_a_node(node_status: NodeStatus, expected: NodeState) -> None:
    assert node_status.state is expected


def test_what_is_not_in_use_is_free() -> None:
    result = node().resources
    assert (result["cpus"], result["mem"]) == (ResourceUse(4, 1, 3, 0), ResourceUse(1024, 0, 1024, 0))


def test_nothing_is_free_where_nothing_is_started() -> None:
    assert node(paused=True).resources["cpus"] == ResourceUse(4, 1, free=0, unavailable=3)


def test_a_node_may_have_promised_more_than_it_has() -> None:
    assert node(cpus_used=6).resources["cpus"] == ResourceUse(4, 6, free=0, unavailable=0)


def test_a_cluster_has_what_its_nodes_have() -> None:
    assert cluster(node(), node(workers=0)).resources["cpus"] == ResourceUse(8, 2, free=3, unavailable=3)


@pytest.mark.parametrize("nodes", [[], [node()], [node(workers=0), node(paused=True)]])
def test_what_jobs_always_need_is_always_told_of(nodes: list[NodeStatus]) -> None:
    assert list(cluster(*nodes).resources) == ["cpus", "disk", "gpus", "mem"]
    assert cluster(*nodes).resources["gpus"] == ResourceUse(0, 0, 0, 0)


def test_what_a_job_was_promised_is_told_of_where_the_node_has_none_of_it() -> None:
    result = replace(node(), used={"licenses": 2.0})
    assert result.resources["licenses"] == ResourceUse(0, 2, 0, 0)
    assert cluster(result, result).resources["licenses"] == ResourceUse(0, 4, 0, 0)


def test_a_cluster_is_ready_when_a_node_is_and_the_scheduler_is_not_paused() -> None:
    assert cluster(node(paused=True), node()).is_ready
    assert not cluster(node(paused=True)).is_ready
    assert not cluster(node(), paused=True).is_ready
