"""Retries that are held by the budget or the breaker of their type, on the real queue."""

import asyncio
from typing import Any

import pytest

from jobsvc.db.claims import Claim
from jobsvc.domain.outcome import CapturedOutput, Completed, Failed
from jobsvc.domain.records import JobTypeDetails
from jobsvc.domain.retry_limits import NO_LIMITS, Limits, RetryBreaker, RetryBudget
from jobsvc.domain.retry_policies import RetryRule
from jobsvc.domain.writes import QueuedJobUpdate
from jobsvc.services.retry_limits import RetryLimitService
from tests.services.support import Station

FAILED, COMPLETED = Failed("algorithm-unknown", exit_code=3), Completed(CapturedOutput())
BUDGET = Limits(RetryBudget(share=0.25, at_least=1))
BREAKER = Limits(breaker=RetryBreaker(share=0.5, min_failures=3, probes=2))
HELD = "SELECT count(*) FROM queue WHERE retry_at IS NOT NULL"
EVENTS = "SELECT type || ' ' || (data ->> 'error') FROM change_event WHERE type LIKE 'breaker%' ORDER BY seq"


async def policy(station: Station, limits: Limits, **rule: Any) -> None:
    rules = [RetryRule.model_validate({"delay_seconds": 0, "max_tries": 9, **rule})]
    await station.make.services.retry_policies.set("calm", "", rules, limits)


async def typed(station: Station, limits: Limits, **rule: Any) -> JobTypeDetails:
    """A job type that names a policy with these limits."""
    await policy(station, limits, **rule)
    return await station.make.job_type(configuration={"retries": {"policy": "calm"}})


async def failed(station: Station, kind: JobTypeDetails, count: int) -> list[int]:
    """So many new jobs that have failed once; gives their ids."""
    claims: list[Claim] = []
    for _ in range(count):
        await station.make.job(kind)
        claims.append(await station.claimed())
    for claim in claims:
        await station.finish(claim, FAILED)
    return [claim.job_id for claim in claims]


async def look(station: Station) -> int:
    """Let go on what may, at once; says how many are held still."""
    await RetryLimitService(station.make.db).run()
    await station.queue.execute("UPDATE queue SET not_before = NULL WHERE retry_at IS NULL RETURNING id")
    [count] = await station.queue.execute(HELD)
    return int(count)


async def reasons(station: Station, job_id: int) -> list[str]:
    """Why a job waits, but for what the engine says."""
    names = [reason.name for reason in (await station.make.services.jobs.get(job_id)).pending.reasons]
    return [name for name in names if name != "engine-not-served"]


async def test_a_share_of_the_starts_goes_on_and_the_others_follow(station: Station) -> None:
    kind = await typed(station, BUDGET)
    first, *others = await failed(station, kind, 4)
    assert await station.service.claim(station.worker) == []
    assert await look(station) == 3
    assert (await station.claimed()).job_id == first
    assert await reasons(station, others[0]) == ["retry-budget"]
    assert (await station.make.services.jobs.get(others[0])).retry.is_expected
    assert await look(station) == 3
    await station.queue.execute("UPDATE retry_gate SET released = '[[\"2020-01-01T00:00:00Z\", 1]]' RETURNING job_type_id")
    assert await look(station) == 2
    [shown] = (await station.make.services.retry_policies.get("calm")).job_types
    assert (shown.held, shown.breaker.state) == (2, "closed")


async def test_two_who_look_at_the_same_time_do_not_let_go_on_twice(station: Station) -> None:
    await failed(station, await typed(station, BUDGET), 4)
    service = RetryLimitService(station.make.db)
    await asyncio.gather(*(service.run() for _ in range(4)))
    assert await station.queue.execute(HELD) == [3]


async def test_the_breaker_holds_retries_and_no_first_runs(station: Station) -> None:
    kind = await typed(station, BREAKER)
    job_id, *_ = await failed(station, kind, 4)
    assert await look(station) == 4
    assert await reasons(station, job_id) == ["retry-breaker"]
    fresh = (await station.make.job(kind)).item.job.id
    claim = await station.claimed()
    assert claim.job_id == fresh
    await station.finish(claim, COMPLETED)
    [shown] = (await station.make.services.retry_policies.get("calm")).job_types
    assert (shown.held, shown.breaker.state, shown.breaker.error) == (4, "open", "algorithm-unknown")
    limits = (await station.make.services.job_types.get("echo", "1.0.0")).retry_limits
    assert limits is not None
    assert (limits.policy, limits.held, limits.breaker_state) == ("calm", shown.held, shown.breaker)
    async with station.make.db.reading() as tx:
        seen = (await tx.gauges.read()).retries
    assert (seen.held, seen.breakers_open, seen.oldest is None) == (4, 1, False)


@pytest.mark.parametrize(("outcome", "last"), [(COMPLETED, "closed"), (FAILED, "opened")])
async def test_it_looks_again_and_closes_or_opens(station: Station, outcome: Completed | Failed, last: str) -> None:
    await failed(station, await typed(station, BREAKER), 4)
    await look(station)
    await station.queue.execute("UPDATE retry_gate SET since = since - interval '60 s' RETURNING job_type_id")
    assert await look(station) == 2
    assert await look(station) == 2
    for _ in range(2):
        await station.finish(await station.claimed(), outcome)
    assert await look(station) == (0 if outcome is COMPLETED else 4)
    events = await station.queue.execute(EVENTS)
    assert events == [f"breaker.{name} algorithm-unknown" for name in ("opened", "half_opened", last)]


async def test_what_is_held_goes_on_when_there_are_no_limits_any_more(station: Station) -> None:
    kind = await typed(station, BREAKER)
    await failed(station, kind, 3)
    assert await look(station) == 3
    await policy(station, NO_LIMITS)
    assert await look(station) == 0
    assert len([await station.claimed() for _ in range(3)]) == 3
    assert await station.queue.execute(EVENTS) == ["breaker.opened algorithm-unknown", "breaker.closed algorithm-unknown"]


async def test_retries_that_go_on_together_do_not_begin_together(station: Station) -> None:
    await failed(station, await typed(station, Limits(RetryBudget(share=1))), 10)
    await RetryLimitService(station.make.db).run()
    assert await station.queue.execute(HELD) == [0]
    [(several, latest)] = await station.queue.execute(
        "SELECT row(count(DISTINCT not_before), max(not_before) - now() < interval '2 s') FROM queue"
    )
    assert (several, latest) == (10, True)


async def test_a_retry_waits_for_its_own_time_first(station: Station) -> None:
    [job_id] = await failed(station, await typed(station, BUDGET, delay_seconds=100), 1)
    assert await look(station) == 1
    assert await reasons(station, job_id) == ["not-before"]
    details = await station.make.services.jobs.get(job_id)
    assert details.retry.at is not None
    await station.make.services.jobs.change(job_id, QueuedJobUpdate(not_before=None))
    assert (await station.claimed()).job_id == job_id


async def test_a_job_that_is_canceled_while_it_is_held_is_gone(station: Station) -> None:
    [job_id, _] = await failed(station, await typed(station, BREAKER), 2)
    async with station.make.db.transaction() as tx:
        await tx.job_changes.cancel([job_id], station.service._clock())
    assert await look(station) == 0
    assert (await station.job(job_id))[0] == "CANCELED"
