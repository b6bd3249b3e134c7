"""Executions, and the rows of the queue among them as executions that wait."""

from datetime import timedelta
from typing import Any

import pytest

from jobsvc.db.database import Database
from jobsvc.db.tables import ExecutionRow, NodeRow
from jobsvc.domain.errors import NotFound
from jobsvc.domain.filters import ExecutionFilter
from jobsvc.domain.paging import PageRequest
from jobsvc.domain.sorting import ExecutionOrderField, SortKey, parse_sort
from jobsvc.domain.v3.records import V3Execution
from tests.db.queue import Queue
from tests.db.rows import NOON
from tests.factories import Factory

HOUR = timedelta(hours=1)
DONE, FAILED, WAITING = 1, 2, -1
DATA_ERROR = "SELECT id FROM error WHERE category = 'ALGORITHM' ORDER BY id LIMIT 1"


@pytest.fixture
async def v3_executions(queue: Queue, make: Factory) -> Queue:
    """One that is done at noon and one that failed an hour later, on nodes and of types that differ; then one that waits."""
    echo = await make.job_type("echo", columns={"is_system": False})
    other = await make.job_type("other")
    await queue.execute("UPDATE job_type SET category = name")
    second = await make.row(NodeRow, hostname="node-2")
    [error_id] = await queue.execute(DATA_ERROR)
    [done, waiting] = await queue.pending(echo, 2)
    [failed] = await queue.pending(other, 1)
    await make.row(ExecutionRow, **execution(done, 1, NOON, node_id=queue.node_id, status="COMPLETED"))
    await make.row(ExecutionRow, **execution(failed, 2, NOON + HOUR, node_id=second, status="FAILED", error_id=error_id))
    await queue.enqueue([waiting], now=NOON + 2 * HOUR)
    return queue


def execution(job_id: int, job_type_id: int, ended: Any, **columns: Any) -> dict[str, Any]:
    times = dict.fromkeys(("created", "queued", "started", "ended", "last_modified"), ended)
    return {"job_id": job_id, "job_type_id": job_type_id, "exe_num": 1, "cluster_id": f"x{job_id}", **times, **columns}


async def ids(db: Database, criteria: ExecutionFilter, *order: SortKey[ExecutionOrderField]) -> list[int]:
    async with db.reading() as tx:
        page = await tx.v3_executions.page(criteria, order, PageRequest())
    assert page.count == len(page.items)
    return [item.id for item, _, _ in page.items]


CASES: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [WAITING, DONE, FAILED]),
    ({"started": NOON + HOUR}, [WAITING, FAILED]),
    ({"ended": NOON + HOUR}, [DONE, FAILED]),
    ({"statuses": {"QUEUED"}}, [WAITING]),
    ({"statuses": {"QUEUED", "FAILED", "UNHEARD-OF"}}, [WAITING, FAILED]),
    ({"statuses": {"RUNNING"}}, []),
    ({"job_type_ids": {1}}, [WAITING, DONE]),
    ({"job_ids": {2**70}}, []),
    ({"job_type_ids": {2, 2**70}}, [FAILED]),
    ({"job_type_names": {"echo"}}, [WAITING, DONE]),
    ({"job_type_categories": {"other"}}, [FAILED]),
    ({"node_ids": {1}}, [DONE]),
    ({"node_ids": {1, 2}}, [DONE, FAILED]),
    ({"error_categories": {"ALGORITHM"}}, [FAILED]),
    ({"error_categories": {"DATA"}}, []),
    ({"statuses": {"QUEUED"}, "job_type_names": {"other"}}, []),
]


@pytest.mark.parametrize(("requested", "expected"), CASES)
async def test_every_criterion_looks_at_both_kinds(v3_executions: Queue, requested: dict[str, Any], expected: list[int]) -> None:
    assert await ids(v3_executions.db, ExecutionFilter(**requested)) == expected


def test_every_criterion_is_in_the_table() -> None:
    assert {name for item, _ in CASES for name in item} | {"error_ids"} == set(ExecutionFilter.model_fields)


async def test_the_error_itself(v3_executions: Queue) -> None:
    [error_id] = await v3_executions.execute(DATA_ERROR)
    assert await ids(v3_executions.db, ExecutionFilter(error_ids=frozenset({error_id}))) == [FAILED]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (None, [DONE, FAILED, WAITING]),
        (["-last_modified"], [WAITING, FAILED, DONE]),
        (["id"], [WAITING, DONE, FAILED]),
        (["status"], [DONE, FAILED, WAITING]),
        (["-created"], [WAITING, FAILED, DONE]),
        (["queued"], [DONE, FAILED, WAITING]),
        (["started"], [DONE, FAILED, WAITING]),
        (["-ended"], [WAITING, FAILED, DONE]),
        (["timeout"], [WAITING, DONE, FAILED]),
        (["job__id"], [DONE, WAITING, FAILED]),
        (["-job__status", "id"], [WAITING, DONE, FAILED]),
        (["-job_type__id", "id"], [FAILED, WAITING, DONE]),
        (["-job_type__name", "-id"], [FAILED, DONE, WAITING]),
        (["job__job_type__name", "-id"], [DONE, WAITING, FAILED]),
        (["-job__job_type__id", "id"], [FAILED, WAITING, DONE]),
        (["-job_type__category", "id"], [FAILED, WAITING, DONE]),
        (["-node__hostname"], [WAITING, FAILED, DONE]),
        (["node__id"], [DONE, FAILED, WAITING]),
        (["error__name", "id"], [FAILED, WAITING, DONE]),
        (["error__category", "-id"], [FAILED, DONE, WAITING]),
        (["-error__id", "id"], [WAITING, DONE, FAILED]),
    ],
)
async def test_both_kinds_are_in_one_sequence(v3_executions: Queue, order: list[str] | None, expected: list[int]) -> None:
    assert await ids(v3_executions.db, ExecutionFilter(), *parse_sort(order, ExecutionOrderField)) == expected


@pytest.mark.parametrize("field", ExecutionOrderField)
async def test_no_order_loses_an_attempt(v3_executions: Queue, field: ExecutionOrderField) -> None:
    assert set(await ids(v3_executions.db, ExecutionFilter(), SortKey(field))) == {DONE, FAILED, WAITING}


async def test_pages_go_on_where_the_last_one_ended(v3_executions: Queue) -> None:
    async with v3_executions.db.reading() as tx:
        pages = [await tx.v3_executions.page(ExecutionFilter(), (), PageRequest(number, 2)) for number in (1, 2)]
    assert [[item.id for item, _, _ in page.items] for page in pages] == [[WAITING, DONE], [FAILED]]
    assert {page.count for page in pages} == {3}


async def test_one_that_waits_is_shown_as_a_queued_execution(v3_executions: Queue) -> None:
    async with v3_executions.db.reading() as tx:
        record = await tx.v3_executions.get(WAITING)
    assert record is not None
    nothing_yet = dict.fromkeys(V3Execution._fields, None)
    times = dict.fromkeys(("created", "queued", "last_modified"), NOON + 2 * HOUR)
    known = {"id": WAITING, "status": "QUEUED", "command_arguments": "", "timeout": 60, "job_id": 2}
    assert record.execution._asdict() == nothing_yet | times | known
    assert (record.node, record.error, record.configuration, record.resources, record.output) == (None, None, {}, {}, None)


async def test_a_claim_gives_it_an_id_of_its_own(v3_executions: Queue) -> None:
    claim = await v3_executions.claimed()
    async with v3_executions.db.reading() as tx:
        with pytest.raises(NotFound):
            await tx.v3_executions.listed(WAITING)
        record = await tx.v3_executions.listed(claim.execution_id)
    assert record is not None
    assert record[0].status == "RUNNING"


@pytest.mark.parametrize("unknown", [0, 7, -7, 2**63, -(2**63), 2**70])
async def test_an_attempt_that_does_not_exist(v3_executions: Queue, unknown: int) -> None:
    async with v3_executions.db.reading() as tx:
        for get in (tx.v3_executions.listed, tx.v3_executions.get):
            with pytest.raises(NotFound, match=f"^Execution {unknown} does not exist"):
                await get(unknown)


async def test_the_attempts_of_jobs(v3_executions: Queue, make: Factory) -> None:
    await make.row(ExecutionRow, **execution(2, 1, NOON, node_id=1, status="CANCELED", exe_num=7))
    await v3_executions.execute("UPDATE queue SET exe_num = 8")
    async with v3_executions.db.reading() as tx:
        assert [item.id for item in await tx.v3_executions.of_job(2)] == [WAITING, 3]
        assert {job: item.id for job, item in (await tx.v3_executions.latest([1, 2, 99])).items()} == {1: DONE, 2: WAITING}
        assert await tx.v3_executions.latest([]) == {}
