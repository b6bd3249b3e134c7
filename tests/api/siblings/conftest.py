"""A queue to claim from, and a job type."""

import pytest

from jobsvc.db.database import Database
from jobsvc.domain.records import JobTypeDetails
from tests.db.queue import Queue
from tests.factories import Factory


@pytest.fixture
async def queue(db: Database) -> Queue:
    """The queue of the test's database, claimed from on one node."""
    async with db.transaction() as tx:
        return Queue(db, await tx.nodes.ensure("node-1", {"cpus": 4.0, "mem": 1024.0}))


@pytest.fixture
async def echo(make: Factory) -> JobTypeDetails:
    """A job type."""
    return await make.job_type("echo")
