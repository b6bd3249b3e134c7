"""Orders by priority and timeout: jobs are read from where these stand, in the sequence of what is shown."""

from itertools import count
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.job_latest import by_latest
from jobsvc.db.job_sorting import ordered
from jobsvc.db.paging import Window
from jobsvc.db.tables import JobRow
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.job_sorting import JobOrderField as Field
from jobsvc.domain.sorting import SortKey
from tests.db.rows import NOON, TABLES, add
from tests.factories import manifest

PRIORITIES = [5, None, 30, 100]
TIMEOUTS = [60, None, 30]
OWN = [None, {"priority": 7}, {"priority": "40"}, {"priority": None}, {"priority": -3}, {"priority": 30}]
NUMBERS = count(1)


@pytest.fixture
async def jobs(connection: AsyncConnection) -> int:
    """Jobs that wait, ran, were never queued, or have lost their execution: of each type and batch; gives their number."""
    types = [await _type(connection, priority, number) for number, priority in enumerate([None, 30, 200])]
    batches = [None, *[(await add(connection, TABLES["batch"], configuration=config))["id"] for config in ({}, {"priority": 6})]]
    made = 0
    for job_type in types:
        for batch in batches:
            for place in (_never_queued, _waiting, _begun, _unrecorded):
                made += await place(connection, {"job_type_id": job_type, "batch_id": batch})
    return made


async def _type(connection: AsyncConnection, priority: int | None, number: int) -> int:
    configuration = {} if priority is None else {"priority": priority}
    document = manifest(timeout=[30, 60, 900][number])
    columns = {"configuration": configuration, "manifest": document, "is_long_running": number == 1}
    return int((await add(connection, TABLES["job_type"], name=f"type-{number}", **columns))["id"])


async def _never_queued(connection: AsyncConnection, common: dict[str, Any]) -> int:
    for own in OWN:
        await add(connection, TABLES["job"], configuration=own, **common)
    return len(OWN)


async def _waiting(connection: AsyncConnection, common: dict[str, Any]) -> int:
    assigned = [(5, None), (30, 60), (100, 30)]
    for priority, timeout in assigned:
        job = await add(connection, TABLES["job"], status="QUEUED", num_exes=2, configuration=OWN[1], **common)
        await _execution(connection, job, 1, 1, 1)
        own = {"job_id": job["id"], "job_type_id": job["job_type_id"], "exe_num": 2}
        await add(connection, TABLES["queue"], priority=priority, timeout=timeout, **own)
    return len(assigned)


async def _begun(connection: AsyncConnection, common: dict[str, Any]) -> int:
    """Their first executions had other priorities than their latest ones."""
    for priority in PRIORITIES:
        for timeout in TIMEOUTS:
            job = await add(
                connection, TABLES["job"], status="COMPLETED", num_exes=2, started=NOON, configuration=OWN[2], **common
            )
            await _execution(connection, job, 1, 1000 - next(NUMBERS), 7)
            await _execution(connection, job, 2, priority, timeout)
    return len(PRIORITIES) * len(TIMEOUTS)


async def _execution(connection: AsyncConnection, job: dict[str, Any], number: int, *assigned: int | None) -> None:
    """`assigned`: the priority and the timeout."""
    own = {"job_id": job["id"], "job_type_id": job["job_type_id"], "exe_num": number, "status": "COMPLETED", "ended": NOON}
    await add(connection, TABLES["execution"], priority=assigned[0], timeout=assigned[1], **own)


async def _unrecorded(connection: AsyncConnection, common: dict[str, Any]) -> int:
    job = await add(connection, TABLES["job"], status="FAILED", num_exes=3, started=NOON, configuration=OWN[5], **common)
    await _execution(connection, job, 2, 1, 1)
    await add(connection, TABLES["unrecorded_execution"], job_id=job["id"])
    return 1


async def _ids(connection: AsyncConnection, query: Any) -> list[int]:
    return list((await connection.execute(query)).scalars())


@pytest.mark.parametrize("field", [Field.PRIORITY, Field.TIMEOUT])
@pytest.mark.parametrize("descending", [False, True])
async def test_all_windows_have_what_sorting_all_jobs_gives(
    connection: AsyncConnection, jobs: int, field: Field, *, descending: bool
) -> None:
    key = SortKey(field, descending=descending)
    for is_reversed in (False, True):
        sequence = await _ids(connection, ordered(select(JobRow.id), [key], is_reversed=is_reversed))
        assert len(sequence) == jobs
        for offset, limit in ((0, 3), (10, 25), (100, jobs), (0, jobs)):
            window = Window(offset, limit, is_reversed=is_reversed)
            assert await _ids(connection, by_latest(JobFilter(), key, window)) == sequence[offset : offset + limit]


@pytest.mark.parametrize("field", [Field.PRIORITY, Field.TIMEOUT])
async def test_a_filter_leaves_the_sequence(connection: AsyncConnection, jobs: int, field: Field) -> None:
    assert jobs > 0
    for status in ("PENDING", "QUEUED", "COMPLETED", "FAILED", "RUNNING"):
        criteria, key = JobFilter(statuses=frozenset({status})), SortKey(field, descending=True)
        sequence = await _ids(connection, ordered(select(JobRow.id).where(JobRow.status == status), [key]))
        assert await _ids(connection, by_latest(criteria, key, Window(0, jobs))) == sequence


async def test_a_priority_that_is_none_can_be_stored(connection: AsyncConnection) -> None:
    """The index of priorities bears what an import may bring."""
    await add(connection, TABLES["job"], configuration={"priority": "soon"})
    assert await connection.scalar(text("SELECT configuration ->> 'priority' FROM job")) == "soon"
