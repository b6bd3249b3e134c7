"""Jobs that cannot run now delay nobody: the whole claim is made behind very many of them, and its cost is compared."""

from copy import deepcopy
from typing import Any

import pytest
from sqlalchemy import text

from jobsvc.domain.records import JobTypeDetails
from jobsvc.services.queueing import SUBPROCESS
from tests.db.queue import Queue
from tests.db.rows import NOON
from tests.factories import Factory

MANY = 20_000
SIZED = {"name": "mem", "value": 100, "inputMultiplier": 2.0}
FILL = text("""
    WITH new AS (
        INSERT INTO job (job_type_id, job_type_rev_id, status, num_exes, max_tries, input, input_file_size)
        SELECT r.job_type_id, r.id, 'QUEUED', 1, 3, '{}', :size FROM job_type_revision r, generate_series(1, :count)
        WHERE r.job_type_id = :job_type_id RETURNING id)
    INSERT INTO queue (job_id, job_type_id, exe_num, priority, input_file_size, queued, not_before)
    SELECT id, :job_type_id, 1, 1, :size, :now, CAST(CAST(:not_before AS text) AS timestamptz) FROM new
""")


class Crowd:
    """Jobs of the best priority that cannot run on the node, and one of the worst that can."""

    def __init__(self, queue: Queue, node_id: int) -> None:
        self.queue = queue
        self.node_id = node_id

    async def fill(self, job_type: JobTypeDetails, count: int, size: float = 0, not_before: Any = None) -> None:
        """Put jobs in front of all others."""
        parameters = {"job_type_id": job_type.item.job_type.id, "count": count, "size": size}
        async with self.queue.db.engine.begin() as connection:
            await connection.execute(FILL, parameters | {"not_before": not_before, "now": NOON})

    async def finish(self, job_type: JobTypeDetails, count: int) -> None:
        """Have many jobs done, and let the server know its tables as they are then: full of these."""
        await self.queue.pending(job_type, count)
        await self.queue.execute("UPDATE job SET status = 'COMPLETED'")
        await self.queue.execute("ANALYZE job, queue")

    async def pick(self) -> list[int]:
        """The ids of the jobs that a claim takes on the node."""
        async with self.queue.db.transaction() as tx:
            waiting = await tx.queue_head.pick(self.node_id, SUBPROCESS, SUBPROCESS, 4, is_on_host=True)
            return [item.inputs.job_id for item in waiting]


@pytest.fixture
async def crowd(queue: Queue) -> Crowd:
    """A node with little of everything."""
    async with queue.db.transaction() as tx:
        return Crowd(queue, await tx.nodes.ensure("small", {"cpus": 2.0, "mem": 1000.0, "disk": 5000.0, "gpus": 0.0}))


def scalars(*resources: Any) -> dict[str, Any]:
    """The options of a job type that needs resources."""
    return {"resources": {"scalar": list(resources)}}


UNFIT: dict[str, dict[str, Any]] = {
    "cores": scalars({"name": "cpus", "value": 3}),
    "memory": scalars({"name": "MEM", "value": 1000.5}),
    "gpu": scalars({"name": "gpus", "value": 1}),
    "unheard of": scalars({"name": "chocolate", "value": 0.5}),
    "one of two": scalars({"name": "cpus", "value": 1}, {"name": "disk", "value": 6000}),
    "multiplied by nothing": scalars({"name": "mem", "value": 1500, "inputMultiplier": 1.0}),
    "paused": {"columns": {"is_paused": True}},
    "engine not served": {"configuration": {"engine": {"name": "slurm"}}},
}


@pytest.mark.parametrize("options", UNFIT.values(), ids=UNFIT.keys())
@pytest.mark.parametrize("mode", ["FIFO", "LIFO"])
async def test_types_that_cannot_run_delay_nobody(crowd: Crowd, make: Factory, options: dict[str, Any], mode: str) -> None:
    await crowd.queue.execute("UPDATE scheduler SET queue_mode = :mode", mode=mode)
    await crowd.fill(await make.job_type("unfit", **deepcopy(options)), 500)
    last = await crowd.queue.queued(await make.job_type("modest", **scalars({"name": "cpus", "value": 2})), priority=1000)
    assert await crowd.pick() == last


async def test_a_full_type_delays_nobody(crowd: Crowd, make: Factory) -> None:
    await crowd.fill(await make.job_type("full", columns={"max_scheduled": 1}), 500)
    await crowd.queue.claimed()
    last = await crowd.queue.queued(await make.job_type("modest"), priority=1000)
    assert await crowd.pick() == last


@pytest.mark.parametrize(("size", "claimed"), [(0, 4), (450, 4), (451, 1), (5001, 1)])
async def test_inputs_that_are_too_large_delay_none_of_their_own_type(
    crowd: Crowd, make: Factory, size: float, claimed: int
) -> None:
    job_type = await make.job_type("sized", **scalars(SIZED))
    await crowd.fill(job_type, 500, size)
    small = await crowd.queue.queued(job_type, priority=1000)
    ids = await crowd.pick()
    assert (len(ids), ids == small) == (claimed, claimed == 1)


async def test_the_disk_has_to_hold_the_input(crowd: Crowd, echo: JobTypeDetails) -> None:
    await crowd.fill(echo, 500, 5001)
    assert await crowd.pick() == []
    await crowd.queue.execute("UPDATE node SET resources = jsonb_set(resources, '{disk}', '5001')")
    assert len(await crowd.pick()) == 4


@pytest.mark.parametrize("resources", ["{}", '{"version": "1.0", "resources": {"cpus": 9, "chocolate": 1}}'])
async def test_a_node_has_what_it_says_and_everything_when_it_says_nothing(crowd: Crowd, make: Factory, resources: str) -> None:
    await crowd.fill(await make.job_type("sweet", **scalars({"name": "chocolate", "value": 1})), 1)
    assert await crowd.pick() == []
    await crowd.queue.execute("UPDATE node SET resources = CAST(:resources AS jsonb)", resources=resources)
    assert len(await crowd.pick()) == 1


async def test_engines_elsewhere_have_resources_of_their_own(crowd: Crowd, make: Factory) -> None:
    await crowd.fill(await make.job_type("huge", **scalars({"name": "cpus", "value": 4000})), 1)
    async with crowd.queue.db.transaction() as tx:
        assert len(await tx.queue_head.pick(crowd.node_id, SUBPROCESS, SUBPROCESS, 1)) == 1


async def test_jobs_before_their_time_delay_none_of_their_own_type(crowd: Crowd, echo: JobTypeDetails) -> None:
    await crowd.fill(echo, 500, not_before="infinity")
    late = await crowd.queue.queued(echo, priority=1000)
    assert await crowd.pick() == late


async def test_jobs_whose_time_has_come_wait_in_their_place(crowd: Crowd, echo: JobTypeDetails) -> None:
    other = await crowd.queue.queued(echo)
    await crowd.fill(echo, 3, not_before="2000-01-01T00:00:00Z")
    first = await crowd.pick()
    assert (first[-1:], len(first)) == (other, 4)
    assert await crowd.queue.execute("SELECT count(*) FROM queue WHERE not_before IS NOT NULL") == [0]


@pytest.mark.parametrize("is_analyzed", [True, False], ids=["analyzed", "as it was when it was empty"])
async def test_a_claim_costs_the_same_behind_many_that_cannot_run(
    crowd: Crowd, make: Factory, echo: JobTypeDetails, *, is_analyzed: bool
) -> None:
    sized = await make.job_type("sized", **scalars(SIZED))
    await crowd.finish(echo, MANY)
    await crowd.fill(await make.job_type("greedy", **scalars({"name": "cpus", "value": 99})), MANY)
    await crowd.fill(echo, MANY, not_before="infinity")
    await crowd.fill(sized, MANY, size=4000)
    ids = [*await crowd.queue.queued(echo, 2, priority=1000), *await crowd.queue.queued(sized, 2, priority=2000)]
    if is_analyzed:
        await crowd.queue.execute("ANALYZE queue")
    assert await crowd.pick() == ids
    rows = await rows_read(crowd)
    assert rows < 200, rows


async def rows_read(crowd: Crowd) -> int:
    """How many rows of the queue a claim reads from the table, or from an index."""
    counted = text("SELECT sum(idx_tup_fetch + seq_tup_read)::bigint FROM pg_stat_xact_user_tables WHERE relname = 'queue'")
    async with crowd.queue.db.transaction() as tx:
        # What the connection has read before counts as well, until its server writes that down.
        before = int((await tx._connection.execute(counted)).scalar_one() or 0)
        await tx.queue_head.pick(crowd.node_id, SUBPROCESS, SUBPROCESS, 4, is_on_host=True)
        return int((await tx._connection.execute(counted)).scalar_one()) - before
