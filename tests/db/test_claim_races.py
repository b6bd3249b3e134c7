"""Claims at the same time: every job once, no limit exceeded, no deadlock with cancels."""

import asyncio
import random
from itertools import chain

from jobsvc.db.claims import Claim
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.records import JobTypeDetails
from tests.db.queue import Queue
from tests.db.rows import NOON
from tests.factories import Factory

ADVISORY_LOCKS = """
    SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE l.locktype = 'advisory' AND d.datname = current_database()
"""
CLAIMERS = [f"worker-{number}" for number in range(8)]


async def claimed_by_all(queue: Queue) -> list[Claim]:
    """What eight workers claim at the same time until nothing is left."""
    claims = await asyncio.gather(*(queue.all_claimed(worker) for worker in CLAIMERS))
    return list(chain.from_iterable(claims))


async def claimed_in_step(queue: Queue) -> list[Claim]:
    """What each of the eight claims first, while no claim of the others has been committed."""
    barrier = asyncio.Barrier(len(CLAIMERS))

    async def first(worker: str) -> Claim:
        async with queue.db.transaction() as tx:
            claim = await queue.claim_in(tx, worker)
            await barrier.wait()
        assert claim is not None
        return claim

    async with asyncio.timeout(60):
        return await asyncio.gather(*map(first, CLAIMERS))


async def test_eight_workers_claim_every_job_once(queue: Queue, echo: JobTypeDetails) -> None:
    ids = await queue.queued(echo, 200)
    claims = await claimed_in_step(queue)
    assert sorted(claim.job_id for claim in claims) == ids[: len(CLAIMERS)]
    claims += await claimed_by_all(queue)
    assert sorted(claim.job_id for claim in claims) == ids
    assert len({claim.token for claim in claims}) == 200
    assert await queue.execute("SELECT count(*) FROM execution WHERE status = 'RUNNING'") == [200]


async def test_tokens_of_one_worker_ascend(queue: Queue, echo: JobTypeDetails) -> None:
    await queue.queued(echo, 20)
    tokens = [claim.token for claim in await queue.all_claimed()]
    assert tokens == sorted(tokens)


async def test_eight_workers_never_exceed_the_limit_of_a_type(queue: Queue, make: Factory) -> None:
    await queue.queued(await make.job_type("limited", columns={"max_scheduled": 3}), 20)
    for _ in range(5):
        claims = [claim for claim in await asyncio.gather(*map(queue.claim, CLAIMERS)) if claim is not None]
        assert len(claims) == 3
        await asyncio.gather(*map(queue.end, claims))


async def test_limits_of_two_types_hold_at_the_same_time(queue: Queue, make: Factory) -> None:
    for name, limit in (("one", 1), ("two", 2)):
        await queue.queued(await make.job_type(name, columns={"max_scheduled": limit}), 20)
    await claimed_by_all(queue)
    assert await queue.execute("SELECT count(*) FROM lease GROUP BY job_type_id ORDER BY 1") == [1, 2]


async def test_a_claim_that_finds_a_type_full_holds_nobody_up(queue: Queue, make: Factory) -> None:
    """Otherwise two claims could wait for each other, each for the type that the other one found full."""
    await queue.queued(await make.job_type("full", columns={"max_scheduled": 1}), 2)
    async with queue.db.transaction() as later:
        async with queue.db.transaction() as first:
            assert await queue.claim_in(first) is not None
            waiting = asyncio.create_task(queue.claim_in(later))
            await queue.until_someone_waits()
        assert await waiting is None
        assert await queue.execute(ADVISORY_LOCKS) == []


async def cancel_all(queue: Queue) -> None:
    """Cancel every job, chunk by chunk as bulk operations do."""
    after = 0
    while True:
        async with queue.db.transaction() as tx:
            jobs = await tx.job_changes.lock_chunk(JobFilter(), after_id=after, max_id=2**62, limit=7)
            await tx.job_changes.cancel([job.id for job in jobs], NOON)
        if not jobs:
            return
        after = jobs[-1].id


async def cancel_one_by_one(queue: Queue, ids: list[int]) -> None:
    for job_id in random.sample(ids, len(ids)):
        await queue.cancel([job_id])


async def test_a_cancel_and_a_claim_of_one_job_both_have_their_way(queue: Queue, echo: JobTypeDetails) -> None:
    ids = await queue.queued(echo, 100)
    await asyncio.gather(claimed_by_all(queue), cancel_all(queue), cancel_one_by_one(queue, ids))
    assert await queue.execute("SELECT DISTINCT status FROM job") == ["CANCELED"]
    assert await queue.execute("SELECT count(*) FROM queue") == [0]
    assert await queue.execute("SELECT count(*), count(DISTINCT job_id) FROM execution") == [(100, 100)]
    running = await queue.execute("SELECT id FROM execution WHERE status = 'RUNNING' ORDER BY id")
    assert await queue.execute("SELECT execution_id FROM lease WHERE cancel_requested <= now() ORDER BY 1") == running
