"""Which job a claim takes, and what it writes."""

from dataclasses import astuple
from datetime import timedelta

import pytest

from jobsvc.db.claims import Claim
from jobsvc.domain.records import JobTypeDetails
from tests.db.queue import Queue
from tests.db.rows import NOON
from tests.factories import Factory

SECOND = timedelta(seconds=1)


async def test_an_empty_queue_has_nothing_to_claim(queue: Queue) -> None:
    assert await queue.claim() is None


async def test_a_claim_starts_an_execution_under_a_lease(queue: Queue, echo: JobTypeDetails) -> None:
    [job_id] = await queue.queued(echo)
    claim = await queue.claimed("worker-1")
    framework = (await queue.execute("SELECT framework_id FROM scheduler"))[0]
    assert claim == Claim(
        claim.execution_id, job_id, claim.token, 1, f"scale_job_{framework}_{job_id}x1", "echo", "1.0.0", None, None
    )
    assert await queue.execute("SELECT status, num_exes, node_id, started FROM job") == [("RUNNING", 1, queue.node_id, NOON)]
    running = (claim.execution_id, job_id, 1, claim.cluster_id, "RUNNING", NOON, queue.node_id, 60)
    query = "SELECT id, job_id, exe_num, cluster_id, status, started, node_id, timeout FROM execution"
    assert await queue.execute(query) == [running]
    assert await queue.execute("SELECT execution_id, job_id, token, worker_id FROM lease") == [(*astuple(claim)[:3], "worker-1")]
    assert await queue.execute("SELECT id FROM queue") == []


async def test_the_least_priority_number_comes_first_then_who_waits_longest(queue: Queue, echo: JobTypeDetails) -> None:
    late, early, urgent, lazy = await queue.pending(echo, 4)
    await queue.enqueue([lazy], priority=200, now=NOON - 9 * SECOND)
    await queue.enqueue([late], now=NOON + SECOND)
    await queue.enqueue([early], now=NOON)
    await queue.enqueue([urgent], priority=1, now=NOON + 9 * SECOND)
    assert [claim.job_id for claim in await queue.all_claimed()] == [urgent, early, late, lazy]


async def test_the_other_way_round_the_last_comes_first_within_a_priority(queue: Queue, echo: JobTypeDetails) -> None:
    await queue.execute("UPDATE scheduler SET queue_mode = 'LIFO'")
    early, late, twin, urgent = await queue.pending(echo, 4)
    await queue.enqueue([early], now=NOON)
    await queue.enqueue([late, twin], now=NOON + SECOND)
    await queue.enqueue([urgent], priority=1, now=NOON - SECOND)
    assert [claim.job_id for claim in await queue.all_claimed()] == [urgent, twin, late, early]


async def test_job_types_share_one_queue(queue: Queue, make: Factory, echo: JobTypeDetails) -> None:
    other = await make.job_type("other")
    [third] = await queue.queued(echo, now=NOON + 2 * SECOND)
    [second] = await queue.queued(other, now=NOON + SECOND)
    [first] = await queue.queued(echo, now=NOON)
    assert [claim.job_id for claim in await queue.all_claimed()] == [first, second, third]


@pytest.mark.parametrize(
    ("pause", "resume"),
    [
        ("UPDATE scheduler SET is_paused = true", "UPDATE scheduler SET is_paused = false"),
        ("UPDATE node SET is_paused = true", "UPDATE node SET is_paused = false"),
        ("UPDATE job_type SET is_paused = true", "UPDATE job_type SET is_paused = false"),
    ],
)
async def test_what_is_paused_waits(queue: Queue, echo: JobTypeDetails, pause: str, resume: str) -> None:
    [job_id] = await queue.queued(echo)
    await queue.execute(pause)
    assert await queue.claim() is None
    await queue.execute(resume)
    assert (await queue.claimed()).job_id == job_id


async def test_a_paused_type_does_not_stop_the_others(queue: Queue, make: Factory, echo: JobTypeDetails) -> None:
    await queue.queued(await make.job_type("paused", columns={"is_paused": True}), 50, priority=1)
    [job_id] = await queue.queued(echo)
    assert [claim.job_id for claim in await queue.all_claimed()] == [job_id]


async def test_a_full_type_does_not_stop_the_others(queue: Queue, make: Factory, echo: JobTypeDetails) -> None:
    urgent = await queue.queued(await make.job_type("full", columns={"max_scheduled": 1}), 50, priority=1)
    [job_id] = await queue.queued(echo)
    assert [claim.job_id for claim in await queue.all_claimed()] == [urgent[0], job_id]


async def test_a_full_type_has_room_again_when_an_execution_ends(queue: Queue, make: Factory) -> None:
    ids = await queue.queued(await make.job_type("full", columns={"max_scheduled": 2}), 4)
    first, second = await queue.all_claimed()
    await queue.end(first)
    third = await queue.claimed()
    assert [claim.job_id for claim in (first, second, third)] == ids[:3]
    assert await queue.claim() is None


async def test_a_long_running_type_has_no_timeout(queue: Queue, make: Factory) -> None:
    await queue.queued(await make.job_type("server", columns={"is_long_running": True}))
    await queue.claimed()
    assert await queue.execute("SELECT timeout FROM execution") == [None]


async def test_a_job_is_not_claimed_while_its_earlier_attempt_runs(queue: Queue, echo: JobTypeDetails) -> None:
    [job_id] = await queue.queued(echo)
    first = await queue.claimed()
    await queue.cancel([job_id])
    await queue.enqueue([job_id], exe_num=2)
    assert await queue.claim() is None
    await queue.end(first)
    second = await queue.claimed()
    assert (second.job_id, second.exe_num) == (job_id, 2)
    assert second.token > first.token


async def test_a_job_that_waits_for_its_earlier_attempt_lets_others_pass(queue: Queue, echo: JobTypeDetails) -> None:
    blocked = await queue.queued(echo, 40, priority=1)
    while await queue.claim() is not None:
        pass
    await queue.cancel(blocked)
    await queue.enqueue(blocked, exe_num=2, priority=1)
    [job_id] = await queue.queued(echo)
    assert [claim.job_id for claim in await queue.all_claimed()] == [job_id]
