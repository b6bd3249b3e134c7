"""Bulk operations: worked off in chunks, each job once, whatever happens in between."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from jobsvc.db.database import Database
from jobsvc.domain.bulk import BulkOperation
from jobsvc.domain.errors import DatabaseUnavailable, NotFound
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.records import JobTypeDetails
from jobsvc.domain.retention import RetentionDefaults
from jobsvc.domain.status import BulkKind, BulkState
from jobsvc.logstores.postgres import PostgresLogStore
from jobsvc.services.bulk import BulkRequest, BulkService
from jobsvc.services.bulk_work import CHUNK, BulkWork
from jobsvc.services.purge_work import PurgeWork
from tests.db.queue import Queue
from tests.db.rows import NOON
from tests.factories import Factory
from tests.refusing import breaking_off, refusing

EVERYTHING = JobFilter()
LATER = NOON + timedelta(hours=1)


def purges(db: Database) -> PurgeWork:
    return PurgeWork(PostgresLogStore(db), lambda: NOON, RetentionDefaults(), pause_seconds=0)


class Office:
    """Takes bulk requests and works them off."""

    def __init__(self, db: Database) -> None:
        self.service = BulkService(db, lambda: NOON)
        self.work = BulkWork(db, lambda: NOON, purges(db))

    async def accept(self, kind: BulkKind, criteria: JobFilter = EVERYTHING, **options: Any) -> int:
        return await self.service.accept(BulkRequest(kind, criteria, **options))

    async def done(self, kind: BulkKind, criteria: JobFilter = EVERYTHING, **options: Any) -> BulkOperation:
        """An operation that has been worked off."""
        operation_id = await self.accept(kind, criteria, **options)
        await self.work.run(operation_id)
        return await self.service.get(operation_id)


@pytest.fixture
async def office(db: Database) -> Office:
    return Office(db)


@pytest.fixture
async def echo(make: Factory) -> JobTypeDetails:
    return await make.job_type("echo")


def counts(operation: BulkOperation) -> tuple[str, int | None, int, int, int, int]:
    """State; jobs matched, processed, done, not eligible, in error."""
    some = (operation.matched, operation.processed, operation.done, operation.not_eligible, operation.error)
    return (operation.state, *some)


async def statuses(queue: Queue) -> Counter[str]:
    return Counter(await queue.execute("SELECT status FROM job"))


async def test_a_command_is_stored_first(office: Office, queue: Queue, echo: JobTypeDetails) -> None:
    ids = await queue.queued(echo, 3)
    expected = JobFilter(started=NOON, job_ids=frozenset(ids))
    operation = await office.service.get(await office.accept(BulkKind.REQUEUE, expected, priority=7, user="jane"))
    assert counts(operation) == (BulkState.ACCEPTED, None, 0, 0, 0, 0)
    assert (operation.kind, operation.filter, operation.priority) == (BulkKind.REQUEUE, expected, 7)
    assert (operation.requested_by, operation.max_job_id, operation.created) == ("jane", ids[-1], NOON)
    assert await statuses(queue) == {"QUEUED": 3}


async def test_all_kinds_of_jobs_are_counted(office: Office, queue: Queue, echo: JobTypeDetails) -> None:
    [pending], [queued] = await queue.pending(echo, 1), await queue.queued(echo)
    done = (await queue.queued(echo, priority=1))[0]
    await queue.claimed()
    await queue.execute("UPDATE job SET status = 'COMPLETED' WHERE id = :id", id=done)
    operation = await office.done(BulkKind.CANCEL)
    assert counts(operation) == (BulkState.COMPLETED, 3, 3, 2, 1, 0)
    assert await queue.execute("SELECT id FROM job WHERE status = 'CANCELED' ORDER BY id") == [pending, queued]


async def test_nothing_matches(office: Office) -> None:
    assert counts(await office.done(BulkKind.CANCEL)) == (BulkState.COMPLETED, 0, 0, 0, 0, 0)


async def test_requeued_jobs_wait_with_the_priority_of_the_command(office: Office, queue: Queue, echo: JobTypeDetails) -> None:
    ids = await queue.queued(echo, 2)
    await queue.cancel(ids)
    await office.done(BulkKind.REQUEUE, priority=3)
    rows = await queue.execute("SELECT job_id, exe_num, priority FROM queue ORDER BY job_id")
    assert rows == [(job_id, 2, 3) for job_id in ids]
    assert await queue.execute("SELECT num_exes, max_tries FROM job") == [(2, 4)] * 2


async def test_a_job_that_was_never_queued_is_queued_for_the_first_time(
    office: Office, queue: Queue, echo: JobTypeDetails
) -> None:
    await queue.cancel(await queue.pending(echo, 2))
    operation = await office.done(BulkKind.REQUEUE)
    assert counts(operation) == (BulkState.COMPLETED, 2, 2, 2, 0, 0)
    assert await queue.execute("SELECT status, num_exes, max_tries FROM job") == [("QUEUED", 1, 3)] * 2
    assert await queue.execute("SELECT exe_num FROM queue") == [1, 1]


async def test_such_a_job_without_input_goes_on_waiting(office: Office, queue: Queue, echo: JobTypeDetails) -> None:
    await queue.cancel(await queue.pending(echo, 1))
    await queue.execute("UPDATE job SET input = NULL")
    await office.done(BulkKind.REQUEUE)
    assert await statuses(queue) == {"PENDING": 1}


async def test_work_goes_on_after_the_last_chunk_that_was_committed(office: Office, queue: Queue, echo: JobTypeDetails) -> None:
    ids = await queue.queued(echo, 25)
    operation_id = await office.accept(BulkKind.CANCEL)
    for processed in (10, 20):
        assert await office.work.step(operation_id, 10)
        operation = await office.service.get(operation_id)
        assert (operation.state, operation.processed, operation.last_job_id) == ("RUNNING", processed, ids[processed - 1])
        assert await statuses(queue) == {"CANCELED": processed, "QUEUED": 25 - processed}
    await Office(queue.db).work.run_open()
    assert counts(await office.service.get(operation_id)) == (BulkState.COMPLETED, 25, 25, 25, 0, 0)
    assert await queue.execute("SELECT count(*), count(DISTINCT job_id) FROM execution") == [(25, 25)]


async def test_a_chunk_that_is_broken_off_leaves_nothing(office: Office, queue: Queue, echo: JobTypeDetails) -> None:
    await queue.queued(echo, 3)
    operation_id = await office.accept(BulkKind.CANCEL)
    await queue.execute("ALTER TABLE bulk_operation ADD CONSTRAINT broken CHECK (processed < 3)")
    with pytest.raises(Exception, match="broken"):
        await office.work.step(operation_id, 10)
    await queue.execute("ALTER TABLE bulk_operation DROP CONSTRAINT broken")
    assert await statuses(queue) == {"QUEUED": 3}
    assert counts(await office.service.get(operation_id)) == (BulkState.ACCEPTED, None, 0, 0, 0, 0)


async def test_two_runners_do_every_job_once(office: Office, queue: Queue, echo: JobTypeDetails) -> None:
    """Their clocks differ, so the jobs say who has done them; each does a chunk before they race for the rest."""
    await queue.cancel(await queue.queued(echo, 60))
    operation_id = await office.accept(BulkKind.REQUEUE)
    other = BulkWork(queue.db, lambda: LATER, purges(queue.db))
    for work in (office.work, other):
        assert await work.step(operation_id, 7)

    async def runner(work: BulkWork) -> None:
        while (await office.service.get(operation_id)).ended is None:
            await work.step(operation_id, 7)

    await asyncio.gather(runner(office.work), runner(other))
    assert counts(await office.service.get(operation_id)) == (BulkState.COMPLETED, 60, 60, 60, 0, 0)
    assert await queue.execute("SELECT DISTINCT num_exes FROM job") == [2]
    done = Counter(await queue.execute("SELECT last_status_change FROM job"))
    assert done.total() == 60
    assert min(done[NOON], done[LATER]) >= 7


async def test_an_operation_is_worked_on_by_one_at_a_time(office: Office, queue: Queue, echo: JobTypeDetails) -> None:
    await queue.queued(echo, 3)
    operation_id = await office.accept(BulkKind.CANCEL)
    async with queue.db.transaction() as tx:
        assert await tx.bulk_operations.take(operation_id) is not None
        assert not await office.work.step(operation_id, 10)
    assert await statuses(queue) == {"QUEUED": 3}


async def test_jobs_created_later_are_not_touched(office: Office, queue: Queue, echo: JobTypeDetails) -> None:
    await queue.queued(echo, 12)
    operation_id = await office.accept(BulkKind.CANCEL)
    await office.work.step(operation_id, 10)
    later = await queue.queued(echo, 5)
    await office.work.run(operation_id)
    assert (await office.service.get(operation_id)).done == 12
    assert await queue.execute("SELECT id FROM job WHERE status = 'QUEUED' ORDER BY id") == later


async def test_a_stop_takes_effect_after_the_chunk(office: Office, queue: Queue, echo: JobTypeDetails) -> None:
    await queue.queued(echo, 25)
    operation_id = await office.accept(BulkKind.CANCEL)
    await office.work.step(operation_id, 10)
    await office.service.stop(operation_id)
    assert not await office.work.step(operation_id, 10)
    assert counts(await office.service.get(operation_id)) == (BulkState.STOPPED, 25, 10, 10, 0, 0)
    await office.work.run_open()
    assert await statuses(queue) == {"CANCELED": 10, "QUEUED": 15}


async def test_an_operation_that_is_done_cannot_be_stopped(office: Office) -> None:
    operation = await office.done(BulkKind.CANCEL)
    assert await office.service.stop(operation.id) == operation


@pytest.mark.parametrize("operation_id", [0, 1, 2**63])
async def test_an_unknown_operation_is_not_found(office: Office, operation_id: int) -> None:
    for use_case in (office.service.get, office.service.stop):
        with pytest.raises(NotFound, match=f"^Bulk operation {operation_id} "):
            await use_case(operation_id)


async def test_a_full_last_chunk_is_followed_by_an_empty_one(office: Office, queue: Queue, echo: JobTypeDetails) -> None:
    await queue.queued(echo, 3 * CHUNK)
    operation_id = await office.accept(BulkKind.CANCEL)
    assert [await office.work.step(operation_id, CHUNK) for _ in range(4)] == [True, True, True, False]
    assert counts(await office.service.get(operation_id)) == (BulkState.COMPLETED, 3000, 3000, 3000, 0, 0)
    assert await queue.execute("SELECT count(*) FROM queue") == [0]


async def test_a_job_that_cannot_be_changed_does_not_hold_up_the_others(
    office: Office, queue: Queue, make: Factory, echo: JobTypeDetails
) -> None:
    ids = await queue.queued(echo, 5)
    await queue.cancel(ids)
    await make.set(ids[2], configuration={"priority": "none"})
    with capture_logs() as logs:
        operation = await office.done(BulkKind.REQUEUE)
    assert counts(operation) == (BulkState.COMPLETED, 5, 5, 4, 0, 1)
    assert [entry["event"] for entry in logs] == ["bulk.job_failed"]
    assert await queue.execute("SELECT id FROM job WHERE status = 'CANCELED'") == [ids[2]]


@pytest.mark.parametrize("sqlstate", ["25006", "40P01", "53100", "55P03", "57014"])
async def test_a_database_that_says_no_is_no_error_of_a_job(
    office: Office, queue: Queue, echo: JobTypeDetails, database_url: str, sqlstate: str
) -> None:
    ids = await queue.queued(echo, 25)
    operation_id = await office.accept(BulkKind.CANCEL)
    await office.work.step(operation_id, 10)
    async with refusing(database_url, sqlstate, "job"):
        with pytest.raises(DatabaseUnavailable):
            await office.work.run(operation_id)
    await office.work.run_open()
    assert counts(await office.service.get(operation_id)) == (BulkState.COMPLETED, 25, 25, 25, 0, 0)
    assert await statuses(queue) == {"CANCELED": len(ids)}


async def test_chunks_shrink_until_the_database_has_time_for_them(
    office: Office, queue: Queue, echo: JobTypeDetails, database_url: str
) -> None:
    await queue.queued(echo, 25)
    operation_id = await office.accept(BulkKind.CANCEL)
    async with breaking_off(database_url, "job", rows=5):
        await office.work.run(operation_id)
    assert counts(await office.service.get(operation_id)) == (BulkState.COMPLETED, 25, 25, 25, 0, 0)
