"""What imports make of jobs that wait or run, and of their files."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from jobsvc.db.claims import Claim
from jobsvc.db.database import Database
from jobsvc.services.clock import utc_now
from jobsvc.services.queueing import QueueService, Worker
from tests.transfer.lines import BASIS, NOON, execution, file, job, load, refused, save

QUEUED: dict[str, Any] = {"status": "QUEUED", "num_exes": 1, "input": {}, "queued": NOON}
RUNNING: dict[str, Any] = {"status": "RUNNING", "num_exes": 1, "input": {}, "queued": NOON, "started": NOON}
LATER = "2026-01-01T12:00:30Z"


def queue_of(db: Database) -> QueueService:
    """The queue as workers use it."""
    return QueueService(db, utc_now, lease=timedelta(seconds=30), cancel_deadline=timedelta(seconds=60))


async def claim(db: Database) -> Claim | None:
    """What a worker of the node of the lines gets."""
    claims = await queue_of(db).claim(Worker("worker-1", 1))
    return claims[0].claim if claims else None


async def rows(db: Database, query: str) -> list[Any]:
    """The rows of a query."""
    async with db.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def test_a_queued_job_can_be_claimed(db: Database) -> None:
    await load(db, *BASIS, job(1, **QUEUED), job(2, **QUEUED, configuration={"priority": 5}), job(3))
    claimed = await claim(db)
    assert claimed is not None
    assert (claimed.job_id, claimed.exe_num) == (2, 1)
    assert await rows(db, "SELECT job_id, priority, timeout FROM queue") == [(1, 100, 60)]


async def test_jobs_wait_in_the_sequence_in_which_they_were_queued(db: Database) -> None:
    await load(db, *BASIS, job(1, **QUEUED | {"queued": LATER}), job(2, **QUEUED))
    claimed = [await claim(db), await claim(db)]
    assert [item.job_id for item in claimed if item] == [2, 1]


async def test_a_job_that_waits_no_more_leaves_the_queue(db: Database) -> None:
    await load(db, *BASIS, job(1, **QUEUED))
    await load(db, job(1, **QUEUED))
    assert await rows(db, "SELECT job_id FROM queue") == [(1,)]
    await load(db, job(1, **QUEUED | {"status": "CANCELED"}))
    assert await rows(db, "SELECT job_id FROM queue") == []


async def test_what_runs_elsewhere_is_lost_here(db: Database) -> None:
    lines = (*BASIS, job(1, **RUNNING, last_modified=LATER), execution(1, status="RUNNING", last_modified=LATER))
    for _ in range(2):
        await load(db, *lines)
        [ended_job, ended] = await save(db, "job", "execution")
        [(node_lost,)] = await rows(db, "SELECT id FROM error WHERE name = 'node-lost'")
        assert [(item["status"], item["error_id"], item["ended"]) for item in (ended_job, ended)] == [
            ("FAILED", node_lost, LATER)
        ] * 2
        assert ended_job["last_modified"] == ended["last_modified"] == LATER


async def test_it_can_be_left_as_it_is(db: Database) -> None:
    await load(db, *BASIS, job(1, **RUNNING), execution(1, status="RUNNING"), keep_running=True)
    assert [line["status"] for line in await save(db, "job", "execution")] == ["RUNNING", "RUNNING"]


async def test_what_runs_here_is_left_alone(db: Database) -> None:
    lines = (*BASIS, job(1, **QUEUED))
    await load(db, *lines)
    assert await claim(db)
    [running] = await save(db, "job")
    assert await refused(db, *lines) == ["line 5: job: id 1 is running here and would be changed; wait for its end, or cancel it"]
    assert await save(db, "job") == [running]


async def test_links_to_files_are_made_of_the_input(db: Database) -> None:
    result = {"files": {"A": [2, 1], "B": [1]}, "json": {"C": 1}}
    link = {"table": "job_input_file", "job_id": 2, "job_input": "A", "position": 0, "file_id": 1}
    await load(db, *BASIS, job(1, input=result), job(2, input=result), link, file(1), file(2))
    links = await rows(db, "SELECT job_id, job_input, position, file_id FROM job_input_file ORDER BY 1, 2, 3")
    assert links == [(1, "A", 0, 2), (1, "A", 1, 1), (1, "B", 0, 1), (2, "A", 0, 1)]


async def test_inputs_of_the_first_generation_are_stored_as_those_of_today(db: Database) -> None:
    v3 = {"version": "1.0", "input_data": [{"name": "A", "file_id": 1}, {"name": "C", "value": 3}]}
    await load(db, *BASIS, job(1, input=v3), file(1))
    [line, link] = await save(db, "job", "job_input_file")
    assert line["input"] == {"files": {"A": [1]}, "json": {"C": 3}}
    assert link["file_id"] == 1


async def test_jobs_that_come_without_their_latest_execution_are_noted_until_it_comes(db: Database) -> None:
    begun: dict[str, Any] = {"status": "COMPLETED", "started": NOON, "ended": NOON}
    ended = {"status": "COMPLETED", "ended": NOON}
    jobs = job(1, num_exes=1, **begun), job(2, num_exes=2, **begun), job(3), job(4, **QUEUED)
    await load(db, *BASIS, *jobs, execution(1, job_id=2, exe_num=1, **ended))
    assert await rows(db, "SELECT job_id FROM unrecorded_execution ORDER BY 1") == [(1,), (2,)]
    await load(db, execution(2, job_id=1, exe_num=1, **ended))
    assert await rows(db, "SELECT job_id FROM unrecorded_execution") == [(2,)]
    await load(db, jobs[1], execution(3, job_id=2, exe_num=2, **ended))
    assert await rows(db, "SELECT job_id FROM unrecorded_execution") == []
