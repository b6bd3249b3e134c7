"""Rows rendered by PostgreSQL are those that Python renders, to the byte of each value."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from jobsvc.api.context import Services, to_json
from jobsvc.api.shapes import shape_of
from jobsvc.api.v3.schemas.jobs import Job as V3Job
from jobsvc.api.v6.schemas.jobs import Job
from jobsvc.db.tables import JobRow, RecipeTypeRow
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.job_sorting import JobOrderField
from jobsvc.domain.paging import PageRequest
from jobsvc.domain.sorting import SortKey
from tests.db.rows import NOON, TABLES, add
from tests.factories import Factory

JOB, V3_JOB = shape_of(Job), shape_of(V3Job)
NEWEST_LAST = (SortKey(JobOrderField.ID),)
LATER = NOON + timedelta(microseconds=120)
AWKWARD = 'quote " backslash \\ newline \n tab \t é 😀 \x01 </script>'


async def full_job(make: Factory, **columns: Any) -> int:
    """A job with everything that a job can have."""
    files = [(await make.file(name)).file.id for name in ("b.txt", "a.txt", f"{AWKWARD.strip()}".replace("/", "-"))]
    inputs = {"files": [{"name": "MANY", "multiple": True}, {"name": "ALSO"}]}
    job_type = await make.job_type(interface={"command": "true", "inputs": inputs})
    job_id = (await make.job(job_type, input={"files": {"MANY": files, "ALSO": files[:1]}})).item.job.id
    async with make.db.engine.begin() as connection:
        for table in ("recipe", "batch", "node", "error", "event", "ingest_event"):
            columns[f"{table}_id"] = (await add(connection, TABLES[table]))["id"]
        await connection.execute(update(RecipeTypeRow).values(title=AWKWARD))
        older = await add(connection, TABLES["job"])
        columns |= {"superseded_job_id": older["id"], "is_superseded": True, "superseded": LATER}
        times = dict.fromkeys(["source_started", "source_ended", "queued", "started", "ended", "last_status_change"], NOON)
        texts = dict.fromkeys(["source_sensor_class", "source_sensor", "source_collection", "source_task"], AWKWARD)
        await connection.execute(update(JobRow).where(JobRow.id == job_id).values(**times | texts | columns))
    return job_id


async def compared(services: Services, job_id: int) -> tuple[Any, Any]:
    """The job as PostgreSQL and as Python write it, numbers and texts as they stand in the JSON text."""
    expected = JobFilter(job_ids=frozenset({job_id}))
    [text] = (await services.jobs.list_json(expected, NEWEST_LAST, PageRequest(), JOB)).items
    item = (await services.jobs.get(job_id)).item
    return literally(text), literally(to_json(JOB.of(item)))


def literally(text: str | bytes) -> Any:
    """What a JSON text says; numbers keep their spelling."""
    return json.loads(text, parse_float=lambda number: ("float", number), parse_int=lambda number: ("int", number))


async def test_a_job_with_nothing(make: Factory, services: Services) -> None:
    by_database, by_python = await compared(services, (await make.job()).item.job.id)
    assert by_database == by_python
    assert list(by_database) == list(by_python)


async def test_a_job_with_everything(make: Factory, services: Services) -> None:
    by_database, by_python = await compared(services, await full_job(make))
    assert by_database == by_python
    assert [list(by_database[name]) for name in ("job_type", "recipe", "error")] == [
        list(by_python[name]) for name in ("job_type", "recipe", "error")
    ]
    assert by_database["superseded"] == "2026-01-01T12:00:00.000120Z"
    assert by_database["queued"] == "2026-01-01T12:00:00Z"
    assert by_database["input_files"]["MANY"][:2] == ["b.txt", "a.txt"]


@pytest.mark.parametrize(
    ("size", "written"),
    [(64.0, "64.0"), (0.1, "0.1"), (1 / 3, "0.3333333333333333"), (0.0, "0.0"), (123456789.125, "123456789.125")],
)
async def test_sizes_are_floating_numbers(make: Factory, services: Services, size: float, written: str) -> None:
    job_id = (await make.job()).item.job.id
    await make.set(job_id, input_file_size=size)
    by_database, by_python = await compared(services, job_id)
    assert by_database["input_file_size"] == by_python["input_file_size"] == ("float", written)


async def test_the_sequence_of_the_page_is_kept(make: Factory, services: Services) -> None:
    job_type = await make.job_type()
    ids = [(await make.job(job_type)).item.job.id for _ in range(5)]
    newest_first = (SortKey(JobOrderField.ID, descending=True),)
    page = await services.jobs.list_json(JobFilter(), newest_first, PageRequest(), JOB)
    assert [item["id"] for item in json.loads(f"[{','.join(page.items)}]")] == ids[::-1]


async def compared_as_v3(services: Services, job_id: int) -> tuple[Any, Any]:
    """The same for the older generation; its record is that of the details."""
    expected = JobFilter(job_ids=frozenset({job_id}))
    [text] = (await services.v3_jobs.list_json(expected, NEWEST_LAST, PageRequest(), V3_JOB)).items
    by_python = V3_JOB.of((await services.v3_jobs.get(job_id)).item)
    return literally(text), literally(to_json(by_python))


@pytest.mark.parametrize("events", [("event_id", "ingest_event_id"), ("event_id",), ("ingest_event_id",), ()])
async def test_a_job_with_everything_for_the_older_generation(make: Factory, services: Services, events: tuple[str, ...]) -> None:
    job_id = await full_job(make)
    await make.set(job_id, **{name: None for name in ("event_id", "ingest_event_id") if name not in events})
    by_database, by_python = await compared_as_v3(services, job_id)
    assert by_database == by_python
    assert list(by_database) == list(by_python)
    assert (by_database["event"] is not None) == bool(events)


@pytest.mark.parametrize(
    "scalars",
    [
        [],
        [{"name": "CPUS", "value": 1.5}, {"name": "Mem", "value": 64}, {"name": "disk", "value": 12.25}],
        [{"name": name, "value": 1.5, "inputMultiplier": 3.7} for name in ("cpus", "mem", "disk")],
        [{"name": "disk", "value": 0.0, "inputMultiplier": 0.0}, {"name": "gpus", "value": 2}, {"name": "sharedmem", "value": 9}],
    ],
)
async def test_what_jobs_need_is_the_same(make: Factory, services: Services, scalars: list[dict[str, Any]]) -> None:
    job_type = await make.job_type("needing", resources={"scalar": scalars}, configuration={"priority": 4})
    other = await make.job_type("other", resources={"scalar": [{"name": "cpus", "value": 7}]})
    for size in (None, 0.0, 0.1, 3.0, 123456.75):
        for kind in (job_type, other):
            job_id = (await make.job(kind)).item.job.id
            await make.set(job_id, input_file_size=size)
            by_database, by_python = await compared_as_v3(services, job_id)
            assert by_database == by_python


async def test_jobs_that_never_end_and_those_that_replace_each_other_are_the_same(make: Factory, services: Services) -> None:
    older = (await make.job(await make.job_type(columns={"is_long_running": True}))).item.job.id
    newer = (await make.job(configuration={"priority": 7})).item.job.id
    await make.set(newer, superseded_job_id=older, root_superseded_job_id=older)
    for job_id in (older, newer):
        by_database, by_python = await compared_as_v3(services, job_id)
        assert by_database == by_python
