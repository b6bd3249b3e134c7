"""Jobs as the older generation sees them: the same jobs, other columns and documents."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from jobsvc.api.context import Services
from jobsvc.db.database import Database
from jobsvc.db.tables import RecipeNodeRow, RecipeRow, RecipeTypeRevisionRow, RecipeTypeRow, TriggerRuleRow
from jobsvc.domain.errors import InvalidPage, InvalidRequest, NotFound
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.job_sorting import JobOrderField as Field
from jobsvc.domain.outcome import CapturedOutput, Completed, Failed, TaskTimes
from jobsvc.domain.paging import PageRequest
from jobsvc.domain.records import JobTypeDetails
from jobsvc.domain.sorting import SortKey
from jobsvc.domain.status import BulkKind
from jobsvc.domain.v3.records import V3JobDetails
from jobsvc.domain.writes import FileInsert
from jobsvc.services.bulk import BulkRequest
from jobsvc.services.completion import ExecutionResult, Product
from jobsvc.services.submission import NewJob
from tests.db.rows import NOON
from tests.factories import Factory
from tests.services.support import Station

INTERFACE = {
    "command": "count ${TEXT}",
    "inputs": {
        "files": [{"name": "TEXT"}, {"name": "MORE", "required": False, "multiple": True}],
        "json": [{"name": "TOP", "type": "integer", "required": False}],
    },
    "outputs": {"files": [{"name": "TABLE", "pattern": "*.csv"}], "json": [{"name": "TOTAL", "type": "integer"}]},
}
RESOURCES = {"scalar": [{"name": "cpus", "value": 2.0}, {"name": "disk", "value": 10.0, "inputMultiplier": 2.0}]}
ALL, FIRST = JobFilter(), PageRequest()
TABLE = FileInsert(1, "a.csv", "count/a.csv", "PRODUCT", 5, "text/csv", uuid="")
MADE = Completed(CapturedOutput(json={"TOTAL": 7}), TaskTimes(NOON, NOON))
MADE_A_TABLE = ExecutionResult(MADE, [Product("TABLE", {}, TABLE)])


@pytest.fixture
async def count(make: Factory) -> JobTypeDetails:
    """A job type with inputs and outputs of every kind."""
    return await make.job_type("count", interface=INTERFACE, resources=RESOURCES, configuration={"priority": 50})


@pytest.fixture
async def file_id(make: Factory) -> int:
    """A file to read."""
    return (await make.file("text.txt")).file.id


def data(file_id: int, **more: Any) -> dict[str, Any]:
    return {"version": "1.0", "input_data": [{"name": "TEXT", "file_id": file_id}], **more}


async def finished(station: Station, file_id: int, job_type: JobTypeDetails) -> int:
    """The id of a job that has read a file and made one."""
    job = await station.make.job(job_type, input={"files": {"TEXT": [file_id]}, "json": {"TOP": 3}})
    await station.service.finish(await station.claimed(), MADE_A_TABLE)
    return job.item.job.id


async def test_a_job_is_the_same_for_both_generations(services: Services, count: JobTypeDetails, file_id: int) -> None:
    type_id = count.item.job_type.id
    old = (await services.v3_jobs.submit(type_id, data(file_id))).item
    new, _ = await services.jobs.submit(NewJob(type_id, {"files": {"TEXT": [file_id]}}))
    listed = [job.item for job in (await services.v3_jobs.with_executions(ALL, (), FIRST)).items]
    assert [item.job for item in listed] == [(await services.jobs.get(item.job.id)).item.job for item in listed]
    assert [item.job.id for item in listed] == [old.job.id, new.item.job.id]
    assert (await services.jobs.get(old.job.id)).input == new.input


async def test_the_columns_that_jobs_had_once(services: Services, count: JobTypeDetails, file_id: int) -> None:
    job = (await services.v3_jobs.submit(count.item.job_type.id, data(file_id))).item
    assert job.more == (50, 60, 2.0, 128.0, 1.0, 11.0, None, None, True)
    assert (job.event.type if job.event else None, job.error) == ("USER", None)


async def test_a_job_that_runs_for_ever_has_no_timeout(make: Factory, services: Services) -> None:
    job = await make.job(await make.job_type(columns={"is_long_running": True}))
    assert (await services.v3_jobs.get(job.item.job.id)).item.more.timeout is None


async def test_the_priority_is_that_of_the_latest_attempt(station: Station) -> None:
    job = await station.make.job(configuration={"priority": 7})
    await station.queue.execute("UPDATE queue SET priority = 3")
    jobs = station.make.services.v3_jobs
    assert (await jobs.get(job.item.job.id)).item.more.priority == 3
    await station.claimed()
    assert (await jobs.get(job.item.job.id)).item.more.priority == 3
    await station.queue.execute("DELETE FROM lease")
    await station.queue.execute("DELETE FROM execution")
    assert (await jobs.get(job.item.job.id)).item.more.priority == 7


async def test_the_details_of_a_finished_job(station: Station, file_id: int, count: JobTypeDetails) -> None:
    result = await station.make.services.v3_jobs.get(await finished(station, file_id, count))
    [product] = result.products
    assert result.data == {
        "version": "1.0",
        "input_data": [{"name": "TEXT", "file_id": file_id}, {"name": "TOP", "value": 3}],
        "output_data": [{"name": "TABLE", "workspace_id": 1}],
    }
    assert result.results == {
        "version": "1.0",
        "output_data": [{"name": "TABLE", "file_id": product.id}, {"name": "TOTAL", "value": 7}],
    }
    assert [input_file.file_name for input_file in result.input_files] == ["text.txt"]
    assert [(item.name, item.type) for item in result.inputs] == [("TEXT", "file"), ("MORE", "files"), ("TOP", "property")]
    assert [item.value for item in result.inputs] == [result.input_files[0], None, 3]
    assert [tuple(output) for output in result.outputs] == [("TABLE", "file", product), ("TOTAL", "property", 7)]
    assert (product.job_id, product.job_exe_id, product.workspace_name) == (result.item.job.id, 1, "default")
    assert (product.is_published, product.has_been_published, product.published) == (True, True, result.item.job.ended)
    assert result.revision.interface["command_arguments"] == "${TEXT}"


async def test_what_a_canceled_job_still_made_is_not_published(station: Station, file_id: int, count: JobTypeDetails) -> None:
    await station.make.job(count, input={"files": {"TEXT": [file_id]}, "json": {}})
    claim = await station.claimed()
    await station.queue.cancel([claim.job_id])
    await station.service.finish(claim, MADE_A_TABLE)
    [product] = (await station.make.services.v3_jobs.get(claim.job_id)).products
    assert (product.is_published, product.published) == (False, None)


async def test_the_executions_of_a_job_the_latest_first(station: Station) -> None:
    claim = await station.running(errors=[])
    await station.finish(claim, Failed("filesystem-io", TaskTimes(NOON, NOON), 3))
    result = await station.make.services.v3_jobs.get(claim.job_id)
    waiting, failed = result.job_exes
    assert (waiting.status, waiting.id, waiting.job_started) == ("QUEUED", -2, None)
    assert (failed.status, failed.id, failed.job_exit_code) == ("FAILED", claim.execution_id, 3)
    assert (failed.job_started, failed.job_completed, failed.pre_started) == (NOON, NOON, None)


async def test_the_type_of_a_job(services: Services, count: JobTypeDetails, file_id: int) -> None:
    result = (await services.v3_jobs.submit(count.item.job_type.id, data(file_id))).job_type
    needs = (result.cpus_required, result.mem_required, result.disk_out_const_required, result.disk_out_mult_required)
    assert needs == (2.0, 128.0, 10.0, 2.0)
    assert (result.priority, result.timeout, result.max_tries, result.archived) == (50, 60, 3, None)


async def test_an_event_has_its_rule(make: Factory, db: Database) -> None:
    job = await make.job()
    rule_id = await make.row(TriggerRuleRow, type="PARSE", name="rule", configuration={"when": "always"})
    async with db.engine.begin() as connection:
        await connection.execute(text("UPDATE event SET rule_id = :id"), {"id": rule_id})
    result = await make.services.v3_jobs.get(job.item.job.id)
    assert result.event is not None
    assert result.event.rule is not None
    assert result.event.rule[:5] == (rule_id, "PARSE", "rule", True, {"when": "always"})
    assert result.event.description == {"user": "Anonymous"}
    assert result.item.event is not None
    assert result.item.event.rule_id == rule_id


async def test_an_error_has_its_dates(station: Station) -> None:
    claim = await station.running()
    await station.finish(claim, Failed("algorithm-unknown"))
    result = await station.make.services.v3_jobs.get(claim.job_id)
    assert result.error is not None
    assert (result.error.error, result.error.error.name) == (result.item.error, "algorithm-unknown")
    assert result.error.created <= result.error.last_modified


async def test_a_chain_of_jobs_that_replaced_each_other(make: Factory, services: Services) -> None:
    first, second, third = [(await make.job(await make.job_type())).item.job.id for _ in range(3)]
    await make.set(first, is_superseded=True, superseded=NOON)
    await make.set(second, is_superseded=True, superseded=NOON, superseded_job_id=first, root_superseded_job_id=first)
    await make.set(third, superseded_job_id=second, root_superseded_job_id=first, delete_superseded=False)
    middle, last = [await services.v3_jobs.get(job_id) for job_id in (second, third)]
    assert chain(middle) == (first, first, third)
    assert chain(last) == (first, second, None)
    assert (middle.item.more.superseded_by_job_id, last.item.more.delete_superseded) == (third, False)


def chain(job: V3JobDetails) -> tuple[int | None, ...]:
    near = (job.root_superseded_job, job.superseded_job, job.superseded_by_job)
    return tuple(item.id if item else None for item in near)


async def test_the_recipes_of_a_job(make: Factory, services: Services) -> None:
    job_id = (await make.job()).item.job.id
    type_id = await make.row(RecipeTypeRow, name="recipe", version="1.0.0")
    revision_id = await make.row(RecipeTypeRevisionRow, recipe_type_id=type_id, revision_num=2)
    kind = {"recipe_type_id": type_id, "recipe_type_rev_id": revision_id}
    old = await make.row(RecipeRow, **kind, is_superseded=True, superseded=NOON, last_modified=NOON)
    new = await make.row(RecipeRow, **kind, superseded_recipe_id=old, event_id=1)
    await make.set(job_id, recipe_id=old)
    for recipe_id in (old, new):
        await make.row(RecipeNodeRow, recipe_id=recipe_id, node_name="count", job_id=job_id)
    first, second = (await services.v3_jobs.get(job_id)).recipes
    assert (first.id, first.superseded_by_recipe_id, first.event) == (old, new, None)
    assert (second.id, second.superseded_recipe_id, second.revision_num) == (new, old, 2)
    assert (second.type_name, second.type_version) == ("recipe", "1.0.0")
    assert second.event is not None


@pytest.mark.parametrize("unknown", [0, 99, -1, 2**70])
async def test_a_job_that_does_not_exist(services: Services, unknown: int) -> None:
    with pytest.raises(NotFound):
        await services.v3_jobs.get(unknown)
    with pytest.raises(NotFound):
        await services.v3_jobs.cancel(unknown)


async def test_updates_have_the_files_that_jobs_read(
    make: Factory, services: Services, count: JobTypeDetails, file_id: int
) -> None:
    more = (await make.file("more.txt")).file.id
    some = {"files": {"TEXT": [file_id], "MORE": [more, file_id]}}
    await make.job(count, input=some)
    await make.job(await make.job_type())
    page = await services.v3_jobs.updates(ALL, (), FIRST)
    assert [[file.id for file in item.input_files] for item in page.items] == [[more, file_id], []]


async def test_jobs_have_their_latest_execution(station: Station) -> None:
    ran = await station.running()
    waits = await station.make.job(await station.make.job_type())
    page = await station.make.services.v3_jobs.with_executions(ALL, (), FIRST)
    latest = {item.item.job.id: item.latest_job_exe for item in page.items}
    result = {job_id: (item.id, item.status) for job_id, item in latest.items() if item}
    assert result == {ran.job_id: (ran.execution_id, "RUNNING"), waits.item.job.id: (-2, "QUEUED")}


@pytest.mark.parametrize(
    ("job_data", "where"),
    [
        ([], "job_data: "),
        ({"files": {}}, "job_data.files: "),
        ({}, "job_data.input_data.TEXT: "),
        ({"input_data": [{"name": "TEXT", "value": "a"}]}, "job_data.input_data.TEXT: "),
        ({"input_data": [{"name": "TEXT", "file_ids": [1, 2]}]}, "job_data.input_data.TEXT: "),
        ({"input_data": [{"name": "TEXT", "file_id": 99}]}, "job_data.input_data.TEXT: "),
        ({"input_data": [{"name": "TEXT", "file_id": 1}, {"name": "TOP", "value": "three"}]}, "job_data.input_data.TOP: "),
        (data(1, output_data=[{"name": "TABLE", "workspace_id": 99}]), "job_data.output_data.TABLE: "),
        (data(1, output_data=[{"name": "OTHER", "workspace_id": 1}]), "job_data.output_data.TABLE: "),
    ],
)
@pytest.mark.usefixtures("file_id")
async def test_data_that_do_not_suit_are_refused(services: Services, count: JobTypeDetails, job_data: object, where: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await services.v3_jobs.submit(count.item.job_type.id, job_data)
    assert refused.value.detail.startswith(where)
    assert (await services.v3_jobs.updates(ALL, (), FIRST)).count == 0


async def test_a_job_of_an_unknown_type_is_not_found(services: Services) -> None:
    with pytest.raises(NotFound):
        await services.v3_jobs.submit(99)


async def test_data_say_where_the_outputs_go(services: Services, count: JobTypeDetails, file_id: int) -> None:
    provided = data(file_id, output_data=[{"name": "TABLE", "workspace_id": 1}])
    job = await services.v3_jobs.submit(count.item.job_type.id, provided)
    assert job.data == provided
    stored = (await services.jobs.get(job.item.job.id)).configuration
    assert stored == {"output_workspaces": {"default": "", "outputs": {"TABLE": "default"}}}


async def test_a_job_is_canceled_in_the_queue(station: Station) -> None:
    job_id = (await station.make.job()).item.job.id
    result = await station.make.services.v3_jobs.cancel(job_id)
    assert (result.item.job.status, [job_exe.status for job_exe in result.job_exes]) == ("CANCELED", ["CANCELED"])
    assert result.item.job.ended is not None
    assert result.item.job.ended == result.item.job.last_status_change
    assert await station.waiting() == []


async def test_a_running_execution_is_told_to_stop(station: Station) -> None:
    claim = await station.running()
    result = await station.make.services.v3_jobs.cancel(claim.job_id)
    assert (result.item.job.status, result.job_exes[0].status) == ("CANCELED", "RUNNING")
    assert [item.cancel_requested for item in await station.service.renew(station.worker)] == [True]


async def test_a_failed_job_loses_its_error_when_it_is_canceled(station: Station) -> None:
    claim = await station.running()
    await station.finish(claim, Failed("algorithm-unknown"))
    result = await station.make.services.v3_jobs.cancel(claim.job_id)
    assert (result.item.job.status, result.error) == ("CANCELED", None)


async def test_a_finished_job_stays_as_it_is(station: Station) -> None:
    claim = await station.running()
    await station.finish(claim, Completed(CapturedOutput()))
    jobs = station.make.services.v3_jobs
    assert await jobs.cancel(claim.job_id) == await jobs.get(claim.job_id)
    assert (await jobs.get(claim.job_id)).item.job.status == "COMPLETED"


@pytest.fixture
async def ended(make: Factory) -> dict[str, int]:
    """The ids of jobs that have run, by what became of them; one FAILED job is superseded."""
    jobs = {}
    for status in ("FAILED", "CANCELED", "COMPLETED", "RUNNING", "SUPERSEDED"):
        jobs[status] = (await make.job(await make.job_type())).item.job.id
        await make.set(jobs[status], status="FAILED" if status == "SUPERSEDED" else status)
    await make.set(jobs["SUPERSEDED"], is_superseded=True, superseded=NOON)
    async with make.db.engine.begin() as connection:
        await connection.execute(text("DELETE FROM queue"))
    return jobs


async def test_failed_and_canceled_jobs_are_queued_again(station: Station, ended: dict[str, int]) -> None:
    page = await station.make.services.v3_jobs.requeue(ALL, 5, FIRST)
    assert [(item.job.id, item.job.status, item.more.priority) for item in page.items] == [
        (ended["FAILED"], "QUEUED", 5),
        (ended["CANCELED"], "QUEUED", 5),
        (ended["COMPLETED"], "COMPLETED", 100),
        (ended["RUNNING"], "RUNNING", 100),
        (ended["SUPERSEDED"], "FAILED", 100),
    ]
    assert await station.waiting() == [(ended["FAILED"], 2, 5), (ended["CANCELED"], 2, 5)]


async def test_only_jobs_that_match_are_queued_again(station: Station, ended: dict[str, int]) -> None:
    jobs = station.make.services.v3_jobs
    page = await jobs.requeue(JobFilter(statuses=frozenset({"CANCELED", "RUNNING"})), None, FIRST)
    assert [item.job.id for item in page.items] == [ended["CANCELED"], ended["RUNNING"]]
    assert (await jobs.requeue(JobFilter(statuses=frozenset({"RUNNING"})), None, FIRST)).count == 1
    assert await station.waiting() == [(ended["CANCELED"], 2, 100)]


async def test_all_are_queued_again_whatever_page_is_shown(station: Station, ended: dict[str, int]) -> None:
    page = await station.make.services.v3_jobs.requeue(ALL, None, PageRequest(2, 1))
    assert ([item.job.id for item in page.items], page.count, page.number) == ([ended["CANCELED"]], 5, 2)
    assert len(await station.waiting()) == 2


@pytest.mark.usefixtures("ended")
async def test_a_page_that_does_not_exist_changes_nothing(station: Station) -> None:
    with pytest.raises(InvalidPage):
        await station.make.services.v3_jobs.requeue(ALL, None, PageRequest(2))
    assert await station.waiting() == []


async def test_work_that_somebody_else_has_taken_is_waited_for(
    db: Database, services: Services, station: Station, ended: dict[str, int]
) -> None:
    operation_id = await services.bulk.accept(BulkRequest(BulkKind.REQUEUE, JobFilter(job_ids=frozenset(ended.values()))))
    async with db.transaction() as tx:
        await tx.bulk_operations.take(operation_id)
        complete = asyncio.create_task(services.bulk_work.complete(operation_id))
        assert await asyncio.wait([complete], timeout=0.2) == (set(), {complete})
    await complete
    assert len(await station.waiting()) == 2
    await services.bulk_work.complete(operation_id + 1)


SCALARS: list[list[dict[str, Any]]] = [
    [],
    [{"name": "cpus", "value": 0.1}, {"name": "mem", "value": 64.0}, {"name": "disk", "value": 1.0}],
    [{"name": "CPUS", "value": 2.0}, {"name": "Mem", "value": 512.0, "inputMultiplier": 0.0}, {"name": "disk", "value": 40.0}],
    [{"name": name, "value": 1.5, "inputMultiplier": 100.5} for name in ("cpus", "mem", "disk")],
]
COMPUTED = [Field.PRIORITY, Field.TIMEOUT, Field.CPUS_REQUIRED, Field.MEM_REQUIRED, Field.DISK_OUT_REQUIRED]


async def test_orders_by_columns_of_old_are_those_of_what_is_shown(services: Services, make: Factory) -> None:
    for number, scalars in enumerate(SCALARS):
        wants: dict[str, Any] = {"resources": {"scalar": scalars}, "timeout": 60 - number}
        kind = await make.job_type(f"n{number}", configuration={"priority": 4 - number} if number else {}, **wants)
        for size in (None, 0.0, 3.0, 1000.0):
            job = (await make.job(kind, configuration={"priority": 9} if size else None)).item.job.id
            await make.set(job, input_file_size=size)
    for field in COMPUTED:
        for order in (SortKey(field), SortKey(field, descending=True)):
            result = (await services.v3_jobs.with_executions(ALL, [order], FIRST)).items
            shown = [getattr(job.item.more, field) for job in result]
            assert (shown, len(set(shown)) > 1) == (sorted(shown, reverse=order.descending), True), field
