"""Late workers, lost executions and dead workers."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from jobsvc.db.claims import Claim
from jobsvc.domain.errors import LeaseLost
from jobsvc.domain.outcome import CapturedOutput, Completed, Failed, Outcome
from jobsvc.services.queueing import QueueService, Worker
from tests.db.queue import EXPIRED, MINUTE
from tests.db.rows import NOON
from tests.services.support import Station

COMPLETED = Completed(CapturedOutput())


async def refuse(station: Station, claim: Claim, outcome: Outcome = COMPLETED) -> None:
    """Nobody listens to this worker, and nothing is overwritten."""
    before = await station.execution(claim.execution_id), await station.job(claim.job_id)
    with pytest.raises(LeaseLost):
        await station.finish(claim, outcome)
    assert (await station.execution(claim.execution_id), await station.job(claim.job_id)) == before


@pytest.mark.parametrize("wrong", [-1, 1])
async def test_a_worker_with_another_token_is_refused(station: Station, wrong: int) -> None:
    claim = await station.running()
    await refuse(station, replace(claim, token=claim.token + wrong))
    await station.finish(claim, COMPLETED)


async def test_an_execution_ends_once(station: Station) -> None:
    claim = await station.running()
    await station.finish(claim, COMPLETED)
    await refuse(station, claim, Failed("node-lost"))


async def test_an_execution_of_no_job_is_refused(station: Station) -> None:
    claim = await station.running()
    with pytest.raises(LeaseLost):
        await station.finish(replace(claim, job_id=0), COMPLETED)


async def test_a_worker_that_comes_back_after_the_rescue_is_refused(station: Station) -> None:
    claim = await station.running()
    await station.expire()
    await station.service.rescue()
    await refuse(station, claim)
    second = await station.claimed()
    await refuse(station, claim)
    await station.finish(second, COMPLETED)
    assert await station.executions(claim.job_id) == [(2, "COMPLETED", None), (1, "FAILED", "node-lost")]


async def test_a_worker_that_comes_back_before_the_rescue_is_in_time(station: Station) -> None:
    claim = await station.running()
    await station.expire()
    await station.finish(claim, COMPLETED)
    assert await station.service.rescue() == 0
    assert await station.job(claim.job_id) == ("COMPLETED", 1, 3, None)


@pytest.mark.parametrize(
    ("max_tries", "job"), [(3, ("QUEUED", 2, 3, None)), (1, ("FAILED", 1, 1, "node-lost"))], ids=["tries left", "no tries left"]
)
async def test_a_lost_execution_fails_and_is_retried(station: Station, max_tries: int, job: object) -> None:
    claim = await station.running(columns={"max_tries": max_tries})
    await station.expire()
    assert await station.service.rescue() == 1
    assert await station.job(claim.job_id) == job
    assert await station.executions(claim.job_id) == [(1, "FAILED", "node-lost")]


async def test_an_execution_whose_lease_lasts_is_left_alone(station: Station) -> None:
    claim = await station.running()
    assert await station.service.rescue() == 0
    assert await station.job(claim.job_id) == ("RUNNING", 1, 3, None)


async def test_a_worker_that_was_heard_of_in_between_keeps_its_execution(station: Station) -> None:
    claim = await station.running()
    await station.expire()
    [lost] = await station.queue.lost()
    await station.service.renew(station.worker)
    assert not await station.service._close(lost, known_dead=False)
    await station.finish(claim, COMPLETED)


async def test_two_rescues_at_once_close_every_execution_once(station: Station) -> None:
    job_type = await station.make.job_type()
    await station.queue.queued(job_type, 20)
    for claim in [await station.claimed() for _ in range(20)]:
        assert claim.exe_num == 1
    await station.expire()
    assert sum(await asyncio.gather(station.service.rescue(), station.service.rescue())) == 20
    assert await station.queue.execute("SELECT count(*), count(DISTINCT job_id), max(exe_num) FROM queue") == [(20, 20, 2)]


async def finish_late(station: Station, claim: Claim) -> bool:
    try:
        await station.finish(claim, COMPLETED)
    except LeaseLost:
        return False
    return True


async def test_of_a_rescue_and_a_late_worker_one_wins(station: Station) -> None:
    await station.queue.queued(await station.make.job_type(), 20)
    claims = [await station.claimed() for _ in range(20)]
    await station.expire()
    rescued, *in_time = await asyncio.gather(station.service.rescue(), *(finish_late(station, claim) for claim in claims))
    assert rescued + sum(in_time) == 20
    assert await station.queue.execute("SELECT count(*) FROM job WHERE status = 'COMPLETED'") == [sum(in_time)]
    assert await station.queue.execute("SELECT count(*) FROM queue") == [rescued]


def impatient(station: Station) -> QueueService:
    """The same queue for somebody who gives workers no time to confirm a cancel."""
    return QueueService(station.queue.db, lambda: NOON, lease=MINUTE, cancel_deadline=timedelta(0))


async def test_a_cancel_that_no_worker_confirms_is_carried_out_without_it(station: Station) -> None:
    claim = await station.running()
    await station.queue.cancel([claim.job_id])
    assert await station.service.rescue() == 0
    assert await impatient(station).rescue() == 1
    assert await station.executions(claim.job_id) == [(1, "CANCELED", None)]
    assert await station.job(claim.job_id) == ("CANCELED", 1, 3, None)
    await refuse(station, claim)


async def test_a_canceled_execution_of_a_dead_worker_is_canceled_and_not_lost(station: Station) -> None:
    claim = await station.running()
    await station.queue.cancel([claim.job_id])
    await station.expire()
    assert await station.service.rescue() == 1
    assert await station.executions(claim.job_id) == [(1, "CANCELED", None)]


async def test_a_rescue_takes_no_notice_of_a_job_that_was_sent_back(station: Station) -> None:
    claim = await station.running()
    await station.queue.cancel([claim.job_id])
    await station.queue.enqueue([claim.job_id], exe_num=2)
    await station.expire()
    assert await station.service.rescue() == 1
    assert await station.job(claim.job_id) == ("QUEUED", 2, 3, None)
    assert (await station.claimed()).exe_num == 2


async def test_executions_of_dead_workers_are_closed_at_once(station: Station) -> None:
    await station.queue.queued(await station.make.job_type(), 2)
    claim = await station.claimed()
    other = await station.queue.claimed("worker-2")
    assert await station.service.rescue_workers([station.worker.id]) == 1
    assert await station.job(claim.job_id) == ("QUEUED", 2, 3, None)
    assert await station.job(other.job_id) == ("RUNNING", 1, 3, None)
    assert await station.queue.execute("SELECT id FROM worker") == []


async def test_nobody_is_dead(station: Station) -> None:
    claim = await station.running()
    assert await station.service.rescue_workers([]) == 0
    assert await station.service.rescue_workers(["never-seen"]) == 0
    assert await station.job(claim.job_id) == ("RUNNING", 1, 3, None)


async def test_a_heartbeat_keeps_leases_and_passes_on_cancels(station: Station) -> None:
    job_type = await station.make.job_type()
    await station.queue.queued(job_type, 2)
    first, second = await station.claimed(), await station.claimed()
    await station.queue.cancel([second.job_id])
    await station.queue.renew(station.worker.id, EXPIRED)
    leases = await station.service.renew(station.worker)
    assert {lease.execution_id: lease.cancel_requested for lease in leases} == {
        first.execution_id: False,
        second.execution_id: True,
    }
    assert await station.queue.lost() == []
    assert await station.queue.execute("SELECT heartbeat FROM worker") == [NOON]


async def test_what_a_worker_does_not_run_any_more_is_left_to_the_rescue(station: Station) -> None:
    await station.queue.queued(await station.make.job_type(), 2)
    running, unregistered = await station.claimed(), await station.claimed()
    await station.expire()
    await station.service.renew(station.worker, [running.execution_id])
    assert await station.service.rescue() == 1
    assert await station.executions(unregistered.job_id) == [(1, "FAILED", "node-lost")]
    assert await station.executions(running.job_id) == [(1, "RUNNING", None)]


async def test_whether_an_execution_ended_well(station: Station) -> None:
    claim = await station.running()
    assert not await station.service.was_completed(claim.execution_id)
    await station.finish(claim, COMPLETED)
    assert await station.service.was_completed(claim.execution_id)
    assert not await station.service.was_completed(claim.execution_id + 1)


async def test_another_worker_claims_what_is_left(station: Station) -> None:
    first = await station.running()
    assert await station.service.claim(Worker("worker-2", station.worker.node_id)) == []
    await station.finish(first, Failed("node-lost"))
    [second] = await station.service.claim(Worker("worker-2", station.worker.node_id))
    assert (second.claim.job_id, second.claim.exe_num) == (first.job_id, 2)
