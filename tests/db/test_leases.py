"""Leases: kept alive, lost, and held only by who shows the token."""

from datetime import timedelta

import pytest

from jobsvc.db.claims import Claim, Lease
from jobsvc.domain.records import JobTypeDetails
from tests.db.queue import EXPIRED, MINUTE, Queue
from tests.db.rows import NOON

AT_ONCE = timedelta(0)


@pytest.fixture
async def claim(queue: Queue, echo: JobTypeDetails) -> Claim:
    """The running execution of the only job."""
    await queue.queued(echo)
    return await queue.claimed()


def lease_of(claim: Claim, *, cancel_requested: bool = False) -> Lease:
    origin = (claim.cluster_id, claim.job_type, claim.job_type_version)
    return Lease(claim.execution_id, claim.job_id, claim.token, claim.exe_num, *origin, None, None, cancel_requested)


async def test_a_lease_that_lasts_is_not_lost(queue: Queue, claim: Claim) -> None:
    assert await queue.lost() == []
    assert await queue.renew() == [lease_of(claim)]


async def test_a_lease_that_ran_out_is_lost_until_it_is_renewed(queue: Queue, claim: Claim) -> None:
    await queue.renew(lease=EXPIRED)
    assert await queue.lost() == [lease_of(claim)]
    await queue.renew()
    assert await queue.lost() == []


async def test_a_worker_renews_its_own_leases_only(queue: Queue, claim: Claim) -> None:
    assert await queue.renew("another", EXPIRED) == []
    assert await queue.lost() == []
    assert await queue.renew() == [lease_of(claim)]


async def test_a_lease_is_over_when_its_execution_ends(queue: Queue, claim: Claim) -> None:
    await queue.end(claim)
    assert await queue.renew() == []
    assert not await queue.lock_lease(claim.execution_id, claim.token)


async def test_a_lease_is_held_with_its_token_only(queue: Queue, claim: Claim) -> None:
    assert await queue.lock_lease(claim.execution_id, claim.token)
    assert not await queue.lock_lease(claim.execution_id, claim.token - 1)
    assert not await queue.lock_lease(claim.execution_id, claim.token + 1)
    assert not await queue.lock_lease(claim.execution_id + 1, claim.token)


async def test_the_rescue_holds_a_lease_only_while_it_is_lost(queue: Queue, claim: Claim) -> None:
    assert not await queue.lock_lease(claim.execution_id, claim.token, lost_after=MINUTE)
    await queue.renew(lease=EXPIRED)
    assert await queue.lock_lease(claim.execution_id, claim.token, lost_after=MINUTE)
    assert not await queue.lock_lease(claim.execution_id, claim.token - 1, lost_after=MINUTE)


async def test_the_worker_of_a_canceled_job_is_told_and_has_time_to_stop(queue: Queue, claim: Claim) -> None:
    await queue.cancel([claim.job_id])
    assert await queue.renew() == [lease_of(claim, cancel_requested=True)]
    assert await queue.lost(cancel_deadline=MINUTE) == []
    assert await queue.lost(cancel_deadline=AT_ONCE) == [lease_of(claim, cancel_requested=True)]
    assert await queue.lock_lease(claim.execution_id, claim.token, lost_after=AT_ONCE)


@pytest.mark.parametrize("year", [1970, 2100])
async def test_the_clock_of_the_canceling_host_does_not_matter(queue: Queue, claim: Claim, year: int) -> None:
    await queue.cancel([claim.job_id], NOON.replace(year=year))
    assert await queue.lost(cancel_deadline=MINUTE) == []
    assert len(await queue.lost(cancel_deadline=AT_ONCE)) == 1


async def test_a_second_cancel_does_not_move_the_deadline(queue: Queue, claim: Claim) -> None:
    await queue.cancel([claim.job_id])
    requested = await queue.execute("SELECT cancel_requested FROM lease")
    await queue.cancel([claim.job_id])
    assert await queue.execute("SELECT cancel_requested FROM lease") == requested


async def test_the_rescue_takes_the_oldest_first_and_not_all_at_once(queue: Queue, echo: JobTypeDetails) -> None:
    await queue.queued(echo, 3)
    claims = [await queue.claimed(lease=EXPIRED) for _ in range(3)]
    async with queue.db.transaction() as tx:
        assert await tx.claims.lost(MINUTE, limit=2) == [lease_of(claim) for claim in claims[:2]]


async def test_all_leases_of_dead_workers(queue: Queue, echo: JobTypeDetails) -> None:
    await queue.queued(echo, 3)
    dead = [await queue.claimed(worker) for worker in ("dead-1", "dead-2")]
    await queue.claimed("alive")
    async with queue.db.transaction() as tx:
        assert await tx.claims.held_by(["dead-1", "dead-2", "never-seen"]) == [lease_of(claim) for claim in dead]
