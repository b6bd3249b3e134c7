"""Jobs that start after others (docs/guide/dependencies.md)."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select, text, update

from jobsvc.db.database import Database
from jobsvc.db.tables import JobRow
from jobsvc.domain.dependencies import Parent, waiting_status
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.outcome import CapturedOutput, Completed, Failed
from jobsvc.domain.records import JobTypeDetails
from jobsvc.domain.status import BulkKind, JobStatus
from jobsvc.domain.transitions import Enqueue
from jobsvc.services.clock import utc_now
from jobsvc.services.dependencies import PORTION, DependencyService
from jobsvc.services.submission import NewJob
from jobsvc.services.submitting import ManyJobs
from tests.db.rows import NOON
from tests.factories import Factory
from tests.services.support import Station

COMPLETED = Completed(CapturedOutput())
FAILED = Failed("algorithm-unknown")


@pytest.fixture
async def echo(make: Factory) -> JobTypeDetails:
    return await make.job_type()


@pytest.fixture
def dependencies(db: Database) -> DependencyService:
    return DependencyService(db, utc_now)


async def status(make: Factory, *ids: int) -> list[str]:
    return [(await make.services.jobs.get(job_id)).item.job.status for job_id in ids]


async def end(station: Station, outcome: Completed | Failed = COMPLETED) -> int:
    """End the best job; gives its id."""
    claim = await station.claimed()
    await station.finish(claim, outcome)
    return claim.job_id


async def change(make: Factory, kind: BulkKind, job_id: int) -> None:
    async with make.db.transaction() as tx:
        job = await tx.job_changes.lock(job_id)
        if kind is BulkKind.CANCEL:
            await tx.job_changes.cancel([job_id], NOON)
        elif job.num_exes:
            await tx.job_changes.enqueue([Enqueue(job_id, job.num_exes + 1, job.num_exes + 3)], NOON)
        else:
            await tx.job_changes.uncancel([job_id], NOON)


async def test_a_job_starts_after_those_it_names(
    station: Station, make: Factory, echo: JobTypeDetails, dependencies: DependencyService
) -> None:
    first, second = (await make.job(echo)).item.job.id, (await make.job(echo)).item.job.id
    details = await make.job(echo, after=(second, first, first))
    child = details.item.job.id
    assert (details.item.job.status, details.item.job.num_exes, details.item.job.queued) == ("PENDING", 0, None)
    assert details == await make.services.jobs.get(child)
    assert [reason.description for reason in details.pending.reasons] == [
        f"It starts after jobs {first} (QUEUED), {second} (QUEUED)."
    ]
    assert await end(station) == first
    await dependencies.run()
    assert await status(make, child) == ["PENDING"]
    assert await end(station) == second
    await dependencies.run()
    assert await status(make, child) == ["QUEUED"]
    assert (await make.services.jobs.get(child)).after == [
        Parent(first, JobStatus.COMPLETED, is_met=True),
        Parent(second, JobStatus.COMPLETED, is_met=True),
    ]
    assert await end(station) == child


async def test_a_parent_that_fails_blocks_and_one_that_is_requeued_releases(
    station: Station, make: Factory, echo: JobTypeDetails, dependencies: DependencyService
) -> None:
    parent = (await make.job(echo)).item.job.id
    child = (await make.job(echo, after=(parent,))).item.job.id
    grandchild = (await make.job(echo, after=(child,))).item.job.id
    await end(station, FAILED)
    await dependencies.run()
    assert await status(make, parent, child, grandchild) == ["FAILED", "BLOCKED", "BLOCKED"]
    [reason] = (await make.services.jobs.get(child)).pending.reasons
    assert (reason.name, str(parent) in reason.description) == ("parents-failed", True)
    late = await make.job(echo, after=(grandchild,))
    assert late.item.job.status == "BLOCKED"
    await change(make, BulkKind.REQUEUE, parent)
    await dependencies.run()
    assert await status(make, child, grandchild) == ["PENDING", "PENDING"]
    for job_id in (parent, child, grandchild, late.item.job.id):
        assert await end(station) == job_id
        await dependencies.run()


async def test_a_job_that_was_canceled_while_it_waited_waits_again_or_runs(
    station: Station, make: Factory, echo: JobTypeDetails, dependencies: DependencyService
) -> None:
    parent = (await make.job(echo)).item.job.id
    child = (await make.job(echo, after=(parent,))).item.job.id
    await change(make, BulkKind.CANCEL, child)
    await dependencies.run()
    await end(station)
    await dependencies.run()
    assert await status(make, child) == ["CANCELED"]
    await change(make, BulkKind.REQUEUE, child)
    await dependencies.run()
    assert await status(make, child) == ["QUEUED"]


async def test_a_time_holds_beside_the_parents(
    station: Station, make: Factory, echo: JobTypeDetails, dependencies: DependencyService
) -> None:
    later = utc_now() + timedelta(hours=1)
    parent = (await make.job(echo)).item.job.id
    child = (await make.job(echo, after=(parent,), not_before=later)).item.job.id
    await end(station)
    await dependencies.run()
    assert await status(make, child) == ["QUEUED"]
    assert "not-before" in {reason.name for reason in (await make.services.jobs.get(child)).pending.reasons}


async def test_parents_that_have_completed_keep_nobody_waiting(station: Station, make: Factory, echo: JobTypeDetails) -> None:
    parent = (await make.job(echo)).item.job.id
    await end(station)
    details = await make.job(echo, after=(parent,))
    assert details.item.job.status == "QUEUED"
    assert details == await make.services.jobs.get(details.item.job.id)


@pytest.mark.parametrize("after", [(99,), (2**63,), (-1,), tuple(range(1001))])
async def test_what_cannot_be_waited_for_is_refused(make: Factory, echo: JobTypeDetails, after: tuple[int, ...]) -> None:
    with pytest.raises(InvalidRequest, match="after: "):
        await make.job(echo, after=after)


async def test_a_parent_of_a_type_that_the_caller_may_not_see_is_not_there(make: Factory, echo: JobTypeDetails) -> None:
    parent = (await make.job(echo)).item.job.id
    other = await make.job_type("other")
    with pytest.raises(InvalidRequest, match=f"no job {parent}"):
        await make.job(other, after=(parent,), job_types=frozenset({"other"}))


async def test_a_parent_that_is_gone_blocks_unless_it_had_completed() -> None:
    assert waiting_status([Parent(1, None)]) is JobStatus.BLOCKED
    assert waiting_status([Parent(1, None, is_met=True)]) is JobStatus.QUEUED


def many(echo: JobTypeDetails, items: Sequence[tuple[int, ...]], *, is_atomic: bool = True) -> ManyJobs:
    kind = echo.item.job_type.id
    return ManyJobs([NewJob(kind, after_items=item) for item in items], "Anonymous", {}, is_atomic)


async def test_jobs_of_one_request_wait_for_each_other(
    station: Station, make: Factory, echo: JobTypeDetails, dependencies: DependencyService
) -> None:
    submitted = await make.services.jobs.submit_many(many(echo, [(), (), (0, 1), (2,)]))
    ids = [item for item in submitted.results if isinstance(item, int)]
    assert await status(make, *ids) == ["QUEUED", "QUEUED", "PENDING", "PENDING"]
    for job_id in ids:
        assert await end(station) == job_id
        await dependencies.run()


@pytest.mark.parametrize("item", [2, 3, -1])
async def test_a_circle_is_refused(make: Factory, echo: JobTypeDetails, item: int) -> None:
    with pytest.raises(InvalidRequest, match="earlier job of this request"):
        await make.services.jobs.submit_many(many(echo, [(), (), (item,), ()]))


async def test_who_waits_for_what_is_refused_is_refused(make: Factory, echo: JobTypeDetails) -> None:
    submitted = await make.services.jobs.submit_many(many(echo, [(7,), (), (0,), (1,)], is_atomic=False))
    assert [isinstance(item, int) for item in submitted.results] == [False, True, False, True]
    made = [item for item in submitted.results if isinstance(item, int)]
    assert [parent.id for parent in (await make.services.jobs.get(made[1])).after] == [made[0]]


async def test_a_parent_of_many_is_worked_off_in_portions(
    station: Station, make: Factory, echo: JobTypeDetails, dependencies: DependencyService
) -> None:
    count = 2 * PORTION
    submitted = await make.services.jobs.submit_many(many(echo, [(), *[(0,)] * count]))
    assert await end(station) == submitted.results[0]
    await asyncio.gather(dependencies.run(), dependencies.run())
    assert await station.queue.execute("SELECT count(*) FROM queue") == [count]
    assert await station.queue.execute("SELECT count(*) FROM dependency_change") == [0]


@pytest_asyncio.fixture
async def workers(station: Station, dependencies: DependencyService) -> AsyncIterator[list[int]]:
    """Three that run jobs, of which some fail, and two that release those that wait; the ids of jobs that completed."""
    done: list[int] = []
    chance = random.Random(7)  # noqa: S311

    async def work() -> None:
        while True:
            for claimed in await station.service.claim(station.worker):
                has_failed = chance.random() < 0.2
                await station.finish(claimed.claim, FAILED if has_failed else COMPLETED)
                if not has_failed:
                    done.append(claimed.claim.job_id)
            await asyncio.sleep(0)

    async def release() -> None:
        while True:
            await dependencies.run()
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(item) for item in (work(), work(), work(), release(), release())]
    yield done
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.timeout(120)
async def test_whatever_happens_each_runs_once_after_its_parents(make: Factory, echo: JobTypeDetails, workers: list[int]) -> None:
    chance, after = random.Random(3), dict[int, tuple[int, ...]]()  # noqa: S311
    for _ in range(60):
        parents = tuple(chance.sample(sorted(after), min(len(after), chance.randrange(4))))
        after[(await make.job(echo, after=parents)).item.job.id] = parents
        if chance.random() < 0.2:
            job_id = chance.choice(sorted(after))
            if (await status(make, job_id))[0] in {"QUEUED", "PENDING", "BLOCKED"}:
                await change(make, BulkKind.CANCEL, job_id)
    while len(workers) < len(after):
        for job_id, state in zip(after, await status(make, *after), strict=True):
            if state in {"FAILED", "CANCELED"}:
                await change(make, BulkKind.REQUEUE, job_id)
    assert sorted(workers) == sorted(after)
    places = {job_id: place for place, job_id in enumerate(workers)}
    for job_id, parents in after.items():
        assert all(places[parent] < places[job_id] for parent in parents)


async def test_a_change_of_many_jobs_is_noted_as_fast_as_one_of_few(
    station: Station, make: Factory, echo: JobTypeDetails
) -> None:
    """The plan of the trigger is made for a statement that changes one job, and kept."""
    ids = await station.queue.pending(echo, 20_000)
    child = (await make.job(echo, after=(ids[0],))).item.job.id
    async with make.db.engine.begin() as connection:
        for _ in range(3):
            await connection.execute(update(JobRow).where(JobRow.id == child).values(status="CANCELED"))
            await connection.execute(update(JobRow).where(JobRow.id == child).values(status="PENDING"))
        # Compared row against row they would take a minute.
        await connection.execute(text("SET LOCAL statement_timeout = '20s'"))
        await connection.execute(
            update(JobRow).where(JobRow.id.in_(select(JobRow.id).where(JobRow.id <= ids[-1]))).values(status="FAILED")
        )
    assert await station.queue.execute("SELECT DISTINCT parent_id FROM dependency_change WHERE parent_id IS NOT NULL") == [ids[0]]
