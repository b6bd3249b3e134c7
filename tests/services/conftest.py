"""Fixtures of the tests of the use cases."""

import pytest

from jobsvc.db.database import Database
from jobsvc.services.queueing import QueueService, Worker
from tests.db.queue import MINUTE, Queue
from tests.db.rows import NOON
from tests.factories import Factory
from tests.services.support import Station


@pytest.fixture
async def queue(db: Database) -> Queue:
    """The queue of the test's database."""
    async with db.transaction() as tx:
        return Queue(db, await tx.nodes.ensure("node-1", {}))


@pytest.fixture
async def station(db: Database, make: Factory, queue: Queue) -> Station:
    """A worker whose clock stands still at noon."""
    async with db.transaction() as tx:
        await tx.nodes.register("worker-1", queue.node_id, pid=7, slots=4, now=NOON)
    service = QueueService(db, lambda: NOON, lease=MINUTE, cancel_deadline=MINUTE)
    return Station(service, Worker("worker-1", queue.node_id), queue, make)
