"""The executions of all jobs, as the older generation reads them."""

import pytest

from jobsvc.api.context import Services
from jobsvc.domain.errors import NotFound
from jobsvc.domain.filters import ExecutionFilter
from jobsvc.domain.outcome import CapturedOutput, Completed, Failed, TaskTimes
from jobsvc.domain.paging import PageRequest
from jobsvc.domain.sorting import ExecutionOrderField, parse_sort
from jobsvc.domain.v3.records import V3Scheduled
from tests.db.rows import NOON
from tests.services.support import Station

OUTPUTS = {"command": "count $OUTPUT_DIR", "outputs": {"json": [{"name": "TOTAL", "type": "integer"}]}}


async def test_an_execution_has_its_job_its_node_and_its_error(station: Station) -> None:
    claim = await station.running()
    await station.finish(claim, Failed("algorithm-unknown"))
    page = await station.make.services.v3_executions.list(ExecutionFilter(), (), PageRequest())
    [item] = page.items
    assert (item.execution.id, item.execution.status) == (claim.execution_id, "FAILED")
    assert (item.job.id, item.job.status, item.job.num_exes, item.job.priority) == (claim.job_id, "FAILED", 1, 100)
    assert item.node is not None
    assert (item.node.id, item.node.hostname) == (station.queue.node_id, "node-1")
    assert item.error is not None
    assert (item.error.id, item.error.name) == (item.execution.error_id, "algorithm-unknown")
    assert await station.make.services.v3_executions.item(claim.execution_id) == item


async def test_what_waits_is_among_them(station: Station) -> None:
    await station.make.job()
    order = parse_sort(["-job__job_type__name"], ExecutionOrderField)
    page = await station.make.services.v3_executions.list(ExecutionFilter(), order, PageRequest())
    [item] = page.items
    assert (item.execution.id, item.execution.status, item.job.status) == (-1, "QUEUED", "QUEUED")
    details = await station.make.services.v3_executions.get(-1)
    assert details.execution == item.execution
    assert details.scheduled == V3Scheduled(None, None, None, None, None)
    assert (details.environment, details.results, details.results_manifest) == ({}, None, None)


async def test_the_details_of_a_running_execution(station: Station) -> None:
    claim = await station.running(interface=OUTPUTS)
    await station.service.launch(claim)
    details = await station.make.services.v3_executions.get(claim.execution_id)
    assert details.execution.command_arguments == "$OUTPUT_DIR"
    assert (details.execution.job_started, details.execution.job_completed) == (NOON, None)
    assert details.scheduled == V3Scheduled(0.25, 128.0, 0.0, 0.0, 0.0)
    assert details.environment["tasks"][0]["args"] == "count $OUTPUT_DIR"
    assert (details.results, details.results_manifest, details.error) == (None, None, None)
    assert details.job == (await station.make.services.v3_jobs.get(claim.job_id)).item


async def test_the_results_of_an_execution(station: Station) -> None:
    claim = await station.running(interface=OUTPUTS)
    await station.finish(claim, Completed(CapturedOutput(json={"TOTAL": 3}), TaskTimes(NOON, NOON), 0))
    details = await station.make.services.v3_executions.get(claim.execution_id)
    assert details.results == {"version": "1.0", "output_data": [{"name": "TOTAL", "value": 3}]}
    assert details.results_manifest == {"version": "1.1", "output_data": [], "errors": [], "parse_results": []}
    assert (details.execution.job_completed, details.execution.job_exit_code) == (NOON, 0)


async def test_an_error_has_its_dates(station: Station) -> None:
    claim = await station.running()
    await station.finish(claim, Failed("algorithm-unknown"))
    details = await station.make.services.v3_executions.get(claim.execution_id)
    assert details.error is not None
    assert details.error.created <= details.error.last_modified


@pytest.mark.parametrize("unknown", [0, 99, -99, 2**70])
async def test_an_execution_that_does_not_exist(services: Services, unknown: int) -> None:
    with pytest.raises(NotFound):
        await services.v3_executions.item(unknown)
    with pytest.raises(NotFound):
        await services.v3_executions.get(unknown)
