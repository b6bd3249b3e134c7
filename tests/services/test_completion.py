"""What the end of an execution does to it and to its job (docs/spec/behaviour/status.md)."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from jobsvc.db.claims import Claim
from jobsvc.domain.outcome import Canceled, CapturedOutput, Completed, Failed, HandedBack, Lost, Outcome, TaskTimes, Usage
from jobsvc.services.completion import ExecutionResult
from jobsvc.services.queueing import QueueService
from tests.db.queue import MINUTE
from tests.db.rows import NOON
from tests.services.support import Station

COMPLETED = Completed(CapturedOutput(json={"N": 1}))
DECLARED = [{"code": 3, "name": "bad-data", "category": "data"}]
ENDS = [
    (COMPLETED, ("COMPLETED", 1, 3, None), ("COMPLETED", None)),
    (Failed("filesystem-io"), ("QUEUED", 2, 3, None), ("FAILED", "filesystem-io")),
    (Failed("algorithm-unknown"), ("FAILED", 1, 3, "algorithm-unknown"), ("FAILED", "algorithm-unknown")),
    (Failed("bad-data"), ("FAILED", 1, 3, "bad-data"), ("FAILED", "bad-data")),
    (Failed("never-declared"), ("QUEUED", 2, 3, None), ("FAILED", "unknown")),
    (Canceled(), ("CANCELED", 1, 3, None), ("CANCELED", None)),
    (HandedBack(), ("QUEUED", 2, 4, None), ("CANCELED", None)),
    (Lost(), ("QUEUED", 2, 3, None), ("FAILED", "node-lost")),
]


def test_every_outcome_is_in_the_table() -> None:
    assert {type(outcome) for outcome, _, _ in ENDS} == set(get_args(Outcome))


@pytest.mark.parametrize(("outcome", "job", "execution"), ENDS)
async def test_the_end_of_the_first_attempt(
    station: Station, outcome: Outcome, job: object, execution: tuple[object, ...]
) -> None:
    claim = await station.running(errors=DECLARED)
    await station.finish(claim, outcome)
    assert await station.job(claim.job_id) == job
    assert await station.executions(claim.job_id) == [(1, *execution)]
    assert await station.queue.execute("SELECT count(*) FROM lease") == [0]
    assert (await station.execution(claim.execution_id))["ended"] == "2026-01-01T12:00:00+00:00"


async def test_an_error_that_may_pass_is_tried_until_no_tries_are_left(station: Station) -> None:
    claim = await station.running(columns={"max_tries": 2})
    await station.finish(claim, Failed("node-lost"))
    await station.finish(await station.claimed(), Failed("node-lost"))
    assert await station.job(claim.job_id) == ("FAILED", 2, 2, "node-lost")
    assert await station.executions(claim.job_id) == [(2, "FAILED", "node-lost"), (1, "FAILED", "node-lost")]


async def test_a_worker_that_stops_costs_the_job_no_try(station: Station) -> None:
    claim = await station.running(columns={"max_tries": 1})
    await station.finish(claim, HandedBack())
    await station.finish(await station.claimed(), Failed("node-lost"))
    assert await station.job(claim.job_id) == ("FAILED", 2, 2, "node-lost")


@pytest.mark.parametrize("outcome", [Failed("node-lost"), HandedBack(), Lost()])
async def test_the_next_attempt_has_the_priority_of_the_last(station: Station, outcome: Outcome) -> None:
    job_type = await station.make.job_type(configuration={"priority": 50})
    job_id = (await station.make.job(job_type)).item.job.id
    await station.queue.execute("UPDATE queue SET priority = 7")
    await station.finish(await station.claimed(), outcome)
    assert await station.waiting() == [(job_id, 2, 7)]


async def test_a_job_that_succeeds_after_a_failure_has_no_error(station: Station) -> None:
    claim = await station.running()
    await station.finish(claim, Failed("node-lost"))
    await station.finish(await station.claimed(), COMPLETED)
    assert await station.job(claim.job_id) == ("COMPLETED", 2, 3, None)


async def test_the_job_takes_the_output_of_its_execution(station: Station) -> None:
    claim = await station.running()
    await station.finish(claim, COMPLETED)
    details = await station.make.services.jobs.get(claim.job_id)
    assert details.output == {"files": {}, "json": {"N": 1}}
    assert (await station.execution(claim.execution_id))["output"] == {"version": "7", "files": {}, "json": {"N": 1}}
    assert (details.item.job.ended, details.item.job.last_status_change) == (NOON, NOON)


TIMES = TaskTimes(NOON, NOON + timedelta(seconds=2))
STARTED, ENDED = "2026-01-01T12:00:00Z", "2026-01-01T12:00:02Z"


@pytest.mark.parametrize(
    ("outcome", "status", "exit_code"),
    [
        (Completed(CapturedOutput(), TIMES), "COMPLETED", 0),
        (Failed("algorithm-unknown", TIMES, exit_code=3), "FAILED", 3),
        (Canceled(TIMES), "CANCELED", None),
        (HandedBack(TIMES), "CANCELED", None),
    ],
)
async def test_the_results_of_the_task(station: Station, outcome: Outcome, status: str, exit_code: int | None) -> None:
    claim = await station.running()
    await station.finish(claim, outcome)
    execution = await station.execution(claim.execution_id)
    [task] = execution["task_results"]["tasks"]
    assert (task["started"][:19], task["ended"][:19]) == (STARTED[:19], ENDED[:19])
    assert (task["type"], task["was_started"], task["status"]) == ("main", True, status)
    assert (task["exit_code"], execution["exit_code"]) == (exit_code, exit_code)
    assert "usage" not in task


async def test_what_a_task_used_is_there_when_it_is_known(station: Station) -> None:
    for usage in (Usage(1.25, 80.5), Usage(0.0, None), Usage(None, 12.0)):
        claim = await station.running()
        await station.finish(claim, Failed("algorithm-unknown", replace(TIMES, usage=usage), exit_code=3))
        [task] = (await station.execution(claim.execution_id))["task_results"]["tasks"]
        assert task["usage"] == {"cpu_seconds": usage.cpu_seconds, "peak_memory": usage.peak_memory}


async def test_a_process_that_was_never_started_says_so(station: Station) -> None:
    claim = await station.running()
    await station.finish(claim, Failed("deleted-file"))
    [task] = (await station.execution(claim.execution_id))["task_results"]["tasks"]
    assert (task["was_launched"], task["was_started"], task["started"], task["ended"]) == (False, False, None, None)


async def test_of_a_lost_execution_nothing_is_known(station: Station) -> None:
    claim = await station.running()
    await station.finish(claim, Lost())
    assert (await station.execution(claim.execution_id))["task_results"] == {"version": "1.0", "tasks": []}


async def cancel(station: Station, claim: Claim) -> None:
    await station.queue.cancel([claim.job_id])


@pytest.mark.parametrize(
    ("outcome", "execution"),
    [
        (COMPLETED, ("COMPLETED", None)),
        (Failed("algorithm-unknown"), ("FAILED", "algorithm-unknown")),
        (Failed("node-lost"), ("FAILED", "node-lost")),
        (Canceled(), ("CANCELED", None)),
        (HandedBack(), ("CANCELED", None)),
    ],
)
async def test_a_canceled_job_stays_canceled_however_its_execution_ends(
    station: Station, outcome: Outcome, execution: tuple[object, ...]
) -> None:
    claim = await station.running()
    await cancel(station, claim)
    await station.finish(claim, outcome)
    assert await station.job(claim.job_id) == ("CANCELED", 1, 3, None)
    assert await station.executions(claim.job_id) == [(1, *execution)]
    assert await station.waiting() == []


@pytest.mark.parametrize("outcome", [COMPLETED, Failed("node-lost"), Canceled(), HandedBack()])
async def test_a_job_that_was_sent_back_waits_for_its_next_attempt(station: Station, outcome: Outcome) -> None:
    first = await station.running()
    await cancel(station, first)
    await station.queue.enqueue([first.job_id], exe_num=2)
    assert await station.service.claim(station.worker) == []
    await station.finish(first, outcome)
    assert await station.job(first.job_id) == ("QUEUED", 2, 3, None)
    assert (await station.claimed()).exe_num == 2


async def test_a_job_that_the_system_failed_waits_for_its_next_try(station: Station) -> None:
    patient = QueueService(station.queue.db, lambda: NOON, lease=MINUTE, cancel_deadline=MINUTE, first_wait=MINUTE)
    claim = await station.running()
    await patient.finish(claim, ExecutionResult(Failed("filesystem-io")))
    assert await station.job(claim.job_id) == ("QUEUED", 2, 3, None)
    assert await station.service.claim(station.worker) == []
    [wait] = await station.queue.execute("SELECT extract(epoch FROM not_before - clock_timestamp())::float FROM queue")
    assert 55 < wait <= 75
    # A job that is not waited for passes it.
    other = await station.make.job()
    assert (await station.claimed()).job_id == other.item.job.id
    await station.queue.execute("UPDATE queue SET not_before = now() - interval '1 second' RETURNING id")
    assert (await station.claimed()).exe_num == 2


async def test_a_job_that_waits_can_be_canceled_and_is_requeued_at_once(station: Station) -> None:
    patient = QueueService(station.queue.db, lambda: NOON, lease=MINUTE, cancel_deadline=MINUTE, first_wait=MINUTE)
    claim = await station.running()
    await patient.finish(claim, ExecutionResult(Failed("filesystem-io")))
    await station.queue.cancel([claim.job_id])
    await station.queue.enqueue([claim.job_id], exe_num=3)
    assert (await station.claimed()).exe_num == 3
