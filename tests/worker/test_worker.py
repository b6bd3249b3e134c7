"""A worker takes jobs from the queue to their end: real processes, real database."""

import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from jobsvc.db.database import Database
from jobsvc.db.tables import FileRow
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.status import BulkKind
from jobsvc.services.bulk import BulkRequest
from jobsvc.settings import Settings
from tests.factories import Factory, script
from tests.support import Client
from tests.worker.running import canceled, ended, executions, running_worker, started, until


def shell(tmp_path: Path, lines: str) -> dict[str, Any]:
    return {"command": script(tmp_path, lines)}


async def cancel(make: Factory, *job_ids: int) -> None:
    await make.services.bulk.accept(BulkRequest(BulkKind.CANCEL, JobFilter(job_ids=frozenset(job_ids))))


async def test_a_job_is_run_and_its_output_kept(
    db: Database, settings: Settings, make: Factory, client: Client, tmp_path: Path
) -> None:
    command = script(tmp_path, 'tr a-z A-Z <"$1" | tee "$2/out.txt"; echo noise >&2; echo \'{"n": 6}\' >"$2/seed.outputs.json"')
    interface = {
        "command": f"{command} ${{IN}} ${{OUTPUT_DIR}}",
        "inputs": {"files": [{"name": "IN"}]},
        "outputs": {"files": [{"name": "OUT", "pattern": "*.txt"}], "json": [{"name": "N", "key": "n", "type": "integer"}]},
    }
    file = await make.file(content=b"hello\n")
    job = await make.job(await make.job_type(interface=interface), input={"files": {"IN": [file.file.id]}})
    async with running_worker(settings, db):
        done = await ended(make, job)
    assert done.item.job.status == "COMPLETED"
    assert done.output is not None
    assert done.output["json"] == {"N": 6}
    product = (await client.get(f"/v6/files/{done.output['files']['OUT'][0]}/")).json()
    assert (product["file_type"], product["job_output"], product["job"]) == ("PRODUCT", "OUT", {"id": job.item.job.id})
    assert (await client.get(product["url"])).text == "HELLO\n"
    assert done.execution is not None
    log = (await client.get(f"/v6/job-executions/{done.execution.item.execution.id}/logs/combined/")).json()
    assert {(line["stream"], line["message"]) for line in log} == {("stdout", "HELLO"), ("stderr", "noise")}


async def test_a_free_slot_starts_a_job_at_once(db: Database, settings: Settings, make: Factory) -> None:
    job_type = await make.job_type()
    waits = []
    async with running_worker(settings, db):
        await ended(make, await make.job(job_type))
        for _ in range(5):
            done = (await ended(make, await make.job(job_type))).item.job
            assert done.started is not None
            assert done.queued is not None
            waits.append((done.started - done.queued).total_seconds())
    assert sorted(waits)[2] < 0.1


async def test_a_failing_job_ends_with_the_error_of_its_exit_code(
    db: Database, settings: Settings, make: Factory, tmp_path: Path
) -> None:
    errors = [{"code": 7, "name": "bad-data", "category": "data"}]
    job_type = await make.job_type(interface=shell(tmp_path, "exit 7"), errors=errors)
    async with running_worker(settings, db):
        done = await ended(make, await make.job(job_type))
    assert done.item.job.status == "FAILED"
    assert done.item.error is not None
    assert (done.item.error.name, done.item.error.category, done.item.job.num_exes) == ("bad-data", "DATA", 1)


async def test_a_job_that_takes_too_long_is_killed(db: Database, settings: Settings, make: Factory, tmp_path: Path) -> None:
    job_type = await make.job_type(interface=shell(tmp_path, "sleep 60"), timeout=1)
    async with running_worker(settings, db):
        done = await ended(make, await make.job(job_type))
    assert done.item.error is not None
    assert done.item.error.name == "timeout"


async def test_a_running_job_stops_soon_after_its_cancel(db: Database, settings: Settings, make: Factory, tmp_path: Path) -> None:
    job_type = await make.job_type(interface=shell(tmp_path, "echo up; sleep 60"))
    async with running_worker(settings, db):
        job = await started(make, await make.job(job_type))
        asked = time.monotonic()
        await cancel(make, job.item.job.id)
        final = await ended(make, job)
        await until(make, job.item.job.id, lambda _: True)
        await canceled(make, job, 5)
    assert time.monotonic() - asked < 3
    assert (final.item.job.status, final.item.job.ended, final.item.node) == ("CANCELED", None, None)


async def test_two_workers_share_the_queue_and_run_each_job_once(
    db: Database, settings: Settings, make: Factory, tmp_path: Path
) -> None:
    """A worker has one slot, and the first two jobs wait for each other: neither could run alone."""
    gate = f"echo >>{tmp_path}/began; until [ $(wc -l <{tmp_path}/began) -ge 2 ]; do sleep 0.02; done"
    job_type = await make.job_type(interface=shell(tmp_path, f"echo $SCALE_JOB_ID >>{tmp_path}/ran; {gate}"))
    jobs = [await make.job(job_type) for _ in range(30)]
    async with running_worker(settings, db, slots=1), running_worker(settings, db, slots=1):
        for job in jobs:
            assert (await ended(make, job)).item.job.status == "COMPLETED"
    ran = [int(line) for line in (tmp_path / "ran").read_text().split()]
    assert sorted(ran) == sorted(job.item.job.id for job in jobs)


async def test_max_scheduled_and_pause_are_respected(db: Database, settings: Settings, make: Factory, tmp_path: Path) -> None:
    lines = f"echo + >>{tmp_path}/trace; sleep 0.15; echo - >>{tmp_path}/trace"
    job_type = await make.job_type(interface=shell(tmp_path, lines), columns={"max_scheduled": 1})
    paused = await make.job(await make.job_type("resting", columns={"is_paused": True}))
    jobs = [await make.job(job_type) for _ in range(4)]
    async with running_worker(settings, db):
        for job in jobs:
            await ended(make, job)
        assert (await make.services.jobs.get(paused.item.job.id)).item.job.status == "QUEUED"
    assert (tmp_path / "trace").read_text().split() == ["+", "-"] * 4


async def test_priority_comes_before_age(db: Database, settings: Settings, make: Factory, tmp_path: Path) -> None:
    job_type = await make.job_type(interface=shell(tmp_path, f"echo $SCALE_JOB_ID >>{tmp_path}/ran"))
    jobs = [await make.job(job_type, configuration={"priority": priority}) for priority in (50, 100, 10)]
    async with running_worker(settings, db, slots=1):
        for job in jobs:
            await ended(make, job)
    first, second, third = (job.item.job.id for job in jobs)
    assert [int(line) for line in (tmp_path / "ran").read_text().split()] == [third, first, second]


async def test_a_stopped_worker_hands_its_jobs_back_without_costing_a_try(
    db: Database, settings: Settings, make: Factory, tmp_path: Path
) -> None:
    job_type = await make.job_type(interface=shell(tmp_path, "sleep 60"))
    job = await make.job(job_type)
    async with running_worker(settings, db):
        await started(make, job)
    back = (await make.services.jobs.get(job.item.job.id)).item.job
    assert (back.status, back.num_exes, back.max_tries) == ("QUEUED", 2, 4)
    assert await executions(make, job) == [(1, "CANCELED")]


async def test_a_worker_that_comes_back_late_overwrites_nothing(
    db: Database, settings: Settings, make: Factory, tmp_path: Path
) -> None:
    job = await make.job(await make.job_type(interface=shell(tmp_path, "sleep 1.5; echo late")))
    async with running_worker(settings, db, lease_seconds=1.5):
        await started(make, job)
        async with db.engine.begin() as connection:
            await connection.execute(
                text("UPDATE lease SET expires = clock_timestamp() - interval '1 second', worker_id = 'gone'")
            )
            await connection.execute(text("UPDATE job_type SET is_paused = true"))
        await until(make, job.item.job.id, lambda result: result.item.job.num_exes == 2)
    after = (await make.services.jobs.get(job.item.job.id)).item.job
    assert (after.status, after.num_exes) == ("QUEUED", 2)
    assert await executions(make, job) == [(1, "FAILED")]


@pytest.mark.parametrize("lines", [1, 20_000])
async def test_every_line_is_there_when_the_job_has_ended(
    db: Database, settings: Settings, make: Factory, client: Client, tmp_path: Path, lines: int
) -> None:
    job = await make.job(await make.job_type(interface=shell(tmp_path, f"seq 1 {lines}")))
    async with running_worker(settings, db):
        done = await ended(make, job)
    assert done.execution is not None
    log = (await client.get(f"/v6/job-executions/{done.execution.item.execution.id}/logs/stdout/")).json()
    assert [line["message"] for line in log] == [str(number) for number in range(1, lines + 1)]
    assert [line["scale_order_num"] for line in log] == list(range(1, lines + 1))


async def test_a_deleted_input_fails_the_job_and_its_log_says_so(
    db: Database, settings: Settings, make: Factory, client: Client
) -> None:
    file = await make.file()
    job_type = await make.job_type(interface={"command": "true", "inputs": {"files": [{"name": "IN"}]}})
    job = await make.job(job_type, input={"files": {"IN": [file.file.id]}})
    await make.change(FileRow, file.file.id, is_deleted=True)
    async with running_worker(settings, db):
        done = await ended(make, job)
    assert done.item.error is not None
    assert done.item.error.name == "deleted-file"
    assert done.execution is not None
    log = await client.get(f"/v6/job-executions/{done.execution.item.execution.id}/logs/stderr/", format="txt")
    assert log.text == f"jobsvc: the input file {file.file.id} (input.txt) was deleted"


UNTIL_COMPLETED = text("""
    SELECT min(extract(epoch FROM ended - CAST(task_results #>> '{tasks,0,ended}' AS timestamptz))) FROM execution
""")


async def test_a_lone_job_is_completed_at_once(db: Database, settings: Settings, make: Factory) -> None:
    job_type = await make.job_type(interface={"command": "true"})
    async with running_worker(settings, db):
        for _ in range(6):
            await ended(make, await make.job(job_type))
    async with db.engine.connect() as connection:
        # The least, for the machine may be busy: a wait for others would be in all of them.
        assert (await connection.execute(UNTIL_COMPLETED)).scalar_one() < 0.05
