"""Claims of many jobs at once follow the same rules as claims one by one."""

import asyncio
from itertools import chain

import pytest

from jobsvc.db.claims import Claim
from jobsvc.domain.records import JobTypeDetails
from tests.db.queue import EXPIRED, MINUTE, Queue
from tests.factories import Factory

PLACE = "slurm@cluster"


def jobs_of(claims: list[Claim]) -> list[int]:
    return [claim.job_id for claim in claims]


async def test_the_best_come_first_and_no_more_than_there_is_room_for(queue: Queue, echo: JobTypeDetails) -> None:
    late, early = await queue.queued(echo, 5), await queue.queued(echo, 3, priority=1)
    claims = await queue.claim_many(5)
    assert jobs_of(claims) == [*early, *late[:2]]
    assert sorted(claim.execution_id for claim in claims) == [claim.execution_id for claim in claims]
    assert sorted(claim.token for claim in claims) == [claim.token for claim in claims]


async def test_the_last_come_first_when_the_queue_says_so(queue: Queue, echo: JobTypeDetails) -> None:
    ids = await queue.queued(echo, 5)
    await queue.execute("UPDATE scheduler SET queue_mode = 'LIFO'")
    assert jobs_of(await queue.claim_many(3)) == ids[:1:-1]


@pytest.mark.parametrize("count", [1, 7, 40])
async def test_more_room_than_jobs(queue: Queue, echo: JobTypeDetails, count: int) -> None:
    ids = await queue.queued(echo, count)
    assert jobs_of(await queue.claim_many(500)) == ids
    assert await queue.claim_many(500) == []
    assert await queue.execute("SELECT count(*) FROM queue") == [0]
    assert await queue.execute("SELECT count(DISTINCT token), count(*) FROM lease") == [(count, count)]


async def test_many_workers_claim_batches_at_the_same_time(queue: Queue, echo: JobTypeDetails) -> None:
    ids = await queue.queued(echo, 200)

    async def claim_all(worker: str) -> list[int]:
        taken: list[int] = []
        while claims := await queue.claim_many(17, worker):
            taken += jobs_of(claims)
        return taken

    taken = await asyncio.gather(*(claim_all(f"worker-{number}") for number in range(6)))
    assert sorted(chain.from_iterable(taken)) == ids


async def test_batches_that_are_open_at_the_same_time_have_nothing_in_common(queue: Queue, echo: JobTypeDetails) -> None:
    ids = await queue.queued(echo, 60)
    async with queue.db.transaction() as one, queue.db.transaction() as other:
        first, second = await queue.claim_many_in(one, 30, "a"), await queue.claim_many_in(other, 30, "b")
        assert (jobs_of(first), jobs_of(second)) == (ids[:30], ids[30:])


async def test_batches_never_exceed_the_limits_of_types(queue: Queue, make: Factory) -> None:
    limits = {"one": 1, "three": 3, "nine": 9}
    for name, limit in limits.items():
        await queue.queued(await make.job_type(name, columns={"max_scheduled": limit}), 40)
    await queue.queued(await make.job_type("unlimited"), 10)
    most = "SELECT t.name, count(*) FROM lease l JOIN job_type t ON t.id = l.job_type_id GROUP BY t.name ORDER BY t.name"
    for round_number in range(4):
        claims = list(chain.from_iterable(await asyncio.gather(*(queue.claim_many(20, f"w{number}") for number in range(6)))))
        running = dict(await queue.execute(most))
        assert {name: running[name] for name in limits} == limits, round_number
        await asyncio.gather(*map(queue.end, claims))
    # What all six had locked at a moment none of them took.
    await asyncio.gather(*map(queue.end, await queue.claim_many(20, "last")))
    assert await queue.execute(
        "SELECT count(*) FROM queue q JOIN job_type t ON t.id = q.job_type_id WHERE name = 'unlimited'"
    ) == [0]


async def test_what_a_full_type_leaves_goes_to_the_others(queue: Queue, make: Factory, echo: JobTypeDetails) -> None:
    urgent = await queue.queued(await make.job_type("full", columns={"max_scheduled": 2}), 100, priority=1)
    others = await queue.queued(echo, 10)
    first, second, third = await queue.claim_many(8), await queue.claim_many(6), await queue.claim_many(6)
    assert jobs_of(first)[:2] == urgent[:2]
    assert sorted(jobs_of(first) + jobs_of(second) + jobs_of(third)) == sorted(urgent[:2] + others)


async def test_two_batches_that_want_the_same_two_limited_types_do_not_stop_each_other(queue: Queue, make: Factory) -> None:
    types = [await make.job_type(name, columns={"max_scheduled": 500}) for name in ("a", "b")]
    for number in range(40):
        await queue.queued(types[number % 2], 1, priority=1 + number)

    async def claim(worker: str) -> int:
        taken = 0
        while claims := await queue.claim_many(4, worker):
            taken += len(claims)
        return taken

    async with asyncio.timeout(60):
        assert sum(await asyncio.gather(*map(claim, "abcdef"))) == 40


async def test_a_cancel_during_a_batch_has_its_way(queue: Queue, echo: JobTypeDetails) -> None:
    ids = await queue.queued(echo, 5)
    async with queue.db.transaction() as tx:
        claims = await queue.claim_many_in(tx, 5)
        canceling = asyncio.create_task(queue.cancel([ids[2]]))
        await queue.until_someone_waits()
    await canceling
    requested = await queue.execute("SELECT job_id FROM lease WHERE cancel_requested IS NOT NULL")
    assert (jobs_of(claims), requested) == (ids, [ids[2]])
    assert await queue.execute("SELECT status, count(*) FROM job GROUP BY status ORDER BY status") == [
        ("CANCELED", 1),
        ("RUNNING", 4),
    ]


async def test_a_job_that_is_being_canceled_is_left_out_of_a_batch(queue: Queue, echo: JobTypeDetails) -> None:
    ids = await queue.queued(echo, 5)
    async with queue.db.transaction() as tx:
        await tx.job_changes.lock(ids[0])
        assert jobs_of(await queue.claim_many(5)) == ids[1:]


async def lives_elsewhere(queue: Queue, count: int, echo: JobTypeDetails) -> list[Claim]:
    """Runs at a place, whose worker is gone."""
    await queue.queued(echo, count)
    claims = await queue.claim_many(count, "gone", EXPIRED - MINUTE)
    await queue.execute("UPDATE lease SET place = :place, handle = 'run-' || execution_id", place=PLACE)
    return claims


async def test_runs_are_taken_over_together_and_no_more_than_there_is_room_for(queue: Queue, echo: JobTypeDetails) -> None:
    claims = await lives_elsewhere(queue, 7, echo)
    async with queue.db.transaction() as one, queue.db.transaction() as other:
        first = await one.claims.take_over("a", PLACE, MINUTE, 4)
        second = await other.claims.take_over("b", PLACE, MINUTE, 4)
        assert [lease.execution_id for lease in first + second] == [claim.execution_id for claim in claims]
        assert len(first) == 4
        assert {lease.handle for lease in first} == {f"run-{lease.execution_id}" for lease in first}
        assert min(lease.token for lease in first + second) > max(claim.token for claim in claims)
    async with queue.db.transaction() as tx:
        assert await tx.claims.take_over("c", PLACE, MINUTE, 4) == []
    assert await queue.execute("SELECT worker_id, count(*) FROM lease GROUP BY 1 ORDER BY 1") == [("a", 4), ("b", 3)]
