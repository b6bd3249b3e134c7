"""The executions of a job.

See docs/spec/behaviour/executions.md, docs/spec/behaviour/keys-v6.md#executions and
docs/spec/decisions.md#unknown-job-executions.
"""

from typing import Any

import pytest
import pytest_asyncio

from jobsvc.db.tables import NodeRow
from jobsvc.domain.records import JobTypeDetails
from tests.api import rows
from tests.api.conftest import Stage
from tests.api.test_details import ECHO

pytestmark = pytest.mark.asyncio(loop_scope="module")
JOB, NODE, OTHER, BOOM, GARBAGE = 7, 71, 72, 73, 74
RESOURCES = {"cpus": 1.0, "mem": 128.0, "disk": 11, "gpus": 0.0}
CONFIGURATION = {"version": "2.0", "input_files": {}, "output_workspaces": {}, "tasks": [{"type": "main"}]}
TASKS = {"version": "1.0", "tasks": []}
OUTPUT = {"version": "7", "files": {"OUT": [3], "ALL": [4]}, "json": {"N": {"n": 1}}}
OUTPUTS = {"files": [{"name": "ALL", "pattern": "*", "multiple": True}, {"name": "OUT", "pattern": "*"}]}
ENDS: list[dict[str, Any]] = [
    {"status": "FAILED", "node_id": NODE, "error_id": BOOM},
    {"status": "FAILED", "node_id": OTHER, "error_id": GARBAGE},
    {"status": "COMPLETED", "node_id": NODE, "output": OUTPUT},
    {"status": "CANCELED", "started": None, "task_results": TASKS, "resources": {"resources": dict.fromkeys(RESOURCES, 0.0)}},
    {"status": "RUNNING", "node_id": OTHER, "ended": None, "resources": {"version": "1.0", "resources": RESOURCES}},
]
"""Five executions, numbered from 1."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def echo(stage: Stage) -> JobTypeDetails:
    for node_id, hostname in ((NODE, "one.example.com"), (OTHER, "two.example.com")):
        await stage.make.row(NodeRow, id=node_id, hostname=hostname)
    await rows.error_row(stage.make, "boom", "SYSTEM", id=BOOM, title="Boom", should_be_retried=True)
    await rows.error_row(stage.make, "garbage", "DATA", id=GARBAGE)
    kind = await stage.make.job_type("echo", interface={"command": "true", "outputs": OUTPUTS})
    for job_id in (JOB, JOB + 1):
        await rows.job_row(stage.make, kind, id=job_id, **{**rows.RUNNING, "num_exes": len(ENDS)})
    for exe_num, columns in enumerate(ENDS, start=1):
        more = {"timeout": 60, "input_file_size": 1.0, "created": rows.hour(1), "configuration": CONFIGURATION}
        await rows.execution_row(stage.make, JOB, kind, exe_num=exe_num, last_modified=rows.hour(3), **more | columns)
    await rows.execution_row(stage.make, JOB + 1, kind)
    return kind


async def numbers(stage: Stage, query: str, job_id: int = JOB) -> list[int]:
    answer = await stage.client.get(f"/v6/jobs/{job_id}/executions/?{query}")
    assert answer.status_code == 200
    assert answer.json()["count"] == len(answer.json()["results"])
    return [execution["exe_num"] for execution in answer.json()["results"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [5, 4, 3, 2, 1]),
        ("order=exe_num&started=2999-01-01T00:00:00Z&ended=x&bogus=1", [5, 4, 3, 2, 1]),
        ("status=RUNNING", [5]),
        ("status=FAILED", [2, 1]),
        ("status=COMPLETED", [3]),
        ("status=CANCELED", [4]),
        ("status=RUNNING&status=CANCELED", [5, 4]),
        ("status=QUEUED", []),
        ("status=failed", []),
        ("status=", []),
        (f"node_id={NODE}", [3, 1]),
        (f"node_id={NODE}&node_id={OTHER}", [5, 3, 2, 1]),
        (f"error_id={BOOM}", [1]),
        (f"error_id={BOOM}&error_id={GARBAGE}", [2, 1]),
        ("error_category=SYSTEM", [1]),
        ("error_category=SYSTEM&error_category=DATA", [2, 1]),
        ("error_category=bogus", []),
        (f"status=FAILED&node_id={OTHER}&error_category=DATA", [2]),
        (f"node_id={'9' * 30}", []),
    ],
)
async def test_the_list_is_filtered_and_the_latest_comes_first(stage: Stage, query: str, expected: list[int]) -> None:
    assert await numbers(stage, query) == expected


@pytest.mark.parametrize("query", ["node_id=x", "error_id=", "status=%00", "page=0&node_id=1.0"])
async def test_a_parameter_that_cannot_be_read(stage: Stage, query: str) -> None:
    assert (await stage.client.get(f"/v6/jobs/{JOB}/executions/?{query}")).status_code == 400


@pytest.mark.parametrize("job_id", [0, 999, 2**63, 10**30])
async def test_a_job_that_there_is_not_has_none(stage: Stage, job_id: int) -> None:
    assert await numbers(stage, "", job_id) == []
    assert (await stage.client.get(f"/v6/jobs/{job_id}/executions/?page=2")).status_code == 404


async def test_pages(stage: Stage) -> None:
    page = (await stage.client.get(f"/v7/jobs/{JOB}/executions/", page_size="2", page="2", status=["FAILED", "COMPLETED"])).json()
    assert (page["count"], [item["exe_num"] for item in page["results"]], page["next"]) == (3, [1], None)
    assert page["previous"].endswith(f"/v7/jobs/{JOB}/executions/?page_size=2&status=FAILED&status=COMPLETED")


async def execution(stage: Stage, exe_num: int) -> dict[str, Any]:
    answer = await stage.client.get(f"/v6/jobs/{JOB}/executions/{exe_num}/")
    assert answer.status_code == 200
    result: dict[str, Any] = answer.json()
    return result


async def test_all_that_is_said_of_an_execution(stage: Stage) -> None:
    result = await execution(stage, 3)
    assert result == {
        "id": result["id"],
        "status": "COMPLETED",
        "exe_num": 3,
        "cluster_id": f"scale_job_test_{JOB}x3",
        "created": "2020-01-01T01:00:00Z",
        "queued": "2020-01-01T00:00:00Z",
        "started": "2020-01-01T01:00:00Z",
        "ended": "2020-01-01T02:00:00Z",
        "job": {"id": JOB},
        "node": {"id": NODE, "hostname": "one.example.com"},
        "error": None,
        "job_type": ECHO,
        "timeout": 60,
        "input_file_size": 1.0,
        "task_results": None,
        "resources": {"resources": {"cpus": 0.0, "mem": 0.0, "disk": 0.0, "gpus": 0.0}},
        "configuration": CONFIGURATION,
        "last_modified": "2020-01-01T03:00:00Z",
        "output": {
            "version": "7",
            "files": {"OUT": [3], "ALL": [4]},
            "json": {"N": {"n": 1}},
            "output_data": [
                {"name": "ALL", "file_ids": [4]},
                {"name": "OUT", "file_id": 3},
                {"name": "N", "value": {"n": 1}},
            ],
        },
    }
    only_here = {"task_results", "resources", "configuration", "output"}
    (listed,) = (await stage.client.get(f"/v6/jobs/{JOB}/executions/", status="COMPLETED")).json()["results"]
    assert {**listed, **{name: result[name] for name in only_here}} == result
    assert not only_here & set(listed)


async def test_one_that_failed_says_why(stage: Stage) -> None:
    result = await execution(stage, 1)
    error = {"id": BOOM, "name": "boom", "title": "Boom", "description": None, "job_type_name": "echo", "category": "SYSTEM"}
    assert result["error"] == {**error, "is_builtin": False, "should_be_retried": True}
    assert result["output"] is None


async def test_one_that_runs_has_no_end(stage: Stage) -> None:
    result = await execution(stage, 5)
    assert [result[name] for name in ("ended", "error", "task_results", "output")] == [None] * 4
    assert result["resources"] == {"resources": RESOURCES}


async def test_one_that_was_canceled_in_the_queue_never_began(stage: Stage) -> None:
    result = await execution(stage, 4)
    assert (result["node"], result["started"], result["task_results"]) == (None, None, TASKS)
    assert result["resources"] == {"resources": {"cpus": 0.0, "mem": 0.0, "disk": 0.0, "gpus": 0.0}}


@pytest.mark.parametrize("exe_num", ["0", "6", str(2**63), "9" * 40])
async def test_a_number_that_there_is_not(stage: Stage, exe_num: str) -> None:
    answer = await stage.client.get(f"/v6/jobs/{JOB}/executions/{exe_num}/")
    assert (answer.status_code, answer.json()["detail"]) == (404, f"Execution {exe_num} of job {JOB} does not exist.")


async def test_the_number_is_that_within_the_job(stage: Stage) -> None:
    result = (await stage.client.get(f"/v6/jobs/{JOB + 1}/executions/1/")).json()
    assert (result["job"], result["exe_num"]) == ({"id": JOB + 1}, 1)
    assert result["id"] != (await execution(stage, 1))["id"]


async def test_times_in_documents_are_written_like_all_others(stage: Stage, echo: JobTypeDetails) -> None:
    job_id = await rows.job_row(stage.make, echo, **rows.COMPLETED)
    await rows.execution_row(stage.make, job_id, echo, task_results={"tasks": [{"started": rows.hour(0.5)}]})
    result = (await stage.client.get(f"/v6/jobs/{job_id}/executions/1/")).json()
    assert result["task_results"] == {"tasks": [{"started": "2020-01-01T00:30:00Z"}]}
