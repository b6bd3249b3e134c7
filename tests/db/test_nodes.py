"""Hosts and workers make themselves known."""

from datetime import timedelta

import pytest

from jobsvc.db.database import Database
from tests.db.queue import Queue
from tests.db.rows import NOON

LATER = NOON + timedelta(seconds=1)


@pytest.fixture
async def worker(db: Database, queue: Queue) -> str:
    """A worker that started at noon."""
    async with db.transaction() as tx:
        await tx.nodes.register("worker-1", queue.node_id, pid=7, slots=4, now=NOON)
    return "worker-1"


async def test_a_host_is_one_node_however_often_it_appears(db: Database, queue: Queue) -> None:
    await queue.execute("UPDATE node SET is_active = false")
    async with db.transaction() as tx:
        assert await tx.nodes.ensure("node-1", {"cpus": 8}) == queue.node_id
        assert await tx.nodes.ensure("node-2", {}) != queue.node_id
    assert await queue.execute("SELECT hostname, is_active, resources FROM node ORDER BY id") == [
        ("node-1", True, {"cpus": 8}),
        ("node-2", True, {}),
    ]


async def test_a_worker_that_is_back_is_the_same_one(db: Database, queue: Queue, worker: str) -> None:
    async with db.transaction() as tx:
        await tx.nodes.register(worker, queue.node_id, pid=7, slots=4, now=LATER)
    assert await queue.execute("SELECT id, started, heartbeat FROM worker") == [(worker, NOON, LATER)]


async def test_silent_workers_are_forgotten(db: Database, queue: Queue, worker: str) -> None:
    for before, left in ((NOON, [worker]), (LATER, [])):
        async with db.transaction() as tx:
            await tx.nodes.prune_stalled_workers(before)
        assert await queue.execute("SELECT id FROM worker") == left


async def test_a_worker_that_stopped_is_forgotten(db: Database, queue: Queue, worker: str) -> None:
    async with db.transaction() as tx:
        await tx.nodes.unregister_worker(worker)
    assert await queue.execute("SELECT id FROM worker") == []
    assert await queue.execute("SELECT is_active, deprecated IS NULL FROM node") == [(False, False)]


async def test_a_node_with_another_worker_stays_active(db: Database, queue: Queue, worker: str) -> None:
    async with db.transaction() as tx:
        await tx.nodes.register("worker-2", queue.node_id, pid=8, slots=4, now=LATER)
    for stopped, is_active in ((worker, True), ("worker-2", False)):
        async with db.transaction() as tx:
            await tx.nodes.unregister_worker(stopped)
        assert await queue.execute("SELECT is_active FROM node") == [is_active]


async def test_a_worker_that_was_silent_for_long_brings_its_node_back(db: Database, queue: Queue, worker: str) -> None:
    async with db.transaction() as tx:
        await tx.nodes.prune_stalled_workers(LATER)
    async with db.transaction() as tx:
        await tx.nodes.register(worker, queue.node_id, pid=7, slots=4, now=LATER)
    assert await queue.execute("SELECT is_active, deprecated FROM node") == [(True, None)]


async def test_a_heartbeat_leaves_a_node_as_an_operator_set_it(db: Database, queue: Queue, worker: str) -> None:
    await queue.execute("UPDATE node SET is_active = false")
    async with db.transaction() as tx:
        await tx.nodes.register(worker, queue.node_id, pid=7, slots=4, now=LATER)
    assert await queue.execute("SELECT is_active FROM node") == [False]
