"""Every JSON example of the documents is built from one stock of rows, key for key (docs/spec/services/README.md#v3)."""

from typing import Any

import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator

from jobsvc.api.generations import GENERATIONS
from jobsvc.api.openapi import describe
from jobsvc.api.v3.examples import EXAMPLES as EXAMPLES_BY_OPERATION
from tests.api import rows
from tests.api.conftest import Stage
from tests.api.contract import strict
from tests.api.v3 import documented
from tests.api.v3.documented import EXAMPLES, differences, example
from tests.api.v3.stock import make_stock

pytestmark = pytest.mark.asyncio(loop_scope="module")
LISTED = {
    "job_list": ("/jobs/?job_id={job}", "Job"),
    "job_details": ("/jobs/{job}/", "JobDetails"),
    "job_updates": ("/jobs/updates/?status=COMPLETED", "JobWithFiles"),
    "jobs_with_executions": ("/jobs/executions/?job_id={job}", "JobWithExecution"),
    "job_execution_list": ("/job-executions/?status=COMPLETED", "Execution"),
    "job_execution_details": ("/job-executions/{execution}/", "ExecutionDetails"),
    "job_execution_logs": ("/job-executions/{execution}/logs/", "ExecutionLogs"),
}
"""Of each section of the documents where its example is to be had, and the schema that it fits."""
OPERATIONS = {
    "job_list": "list_jobs",
    "job_details": "get_job",
    "job_updates": "list_job_updates",
    "jobs_with_executions": "list_jobs_with_executions",
    "job_execution_list": "list_executions",
    "job_execution_details": "get_execution",
    "job_execution_logs": "get_execution_logs",
}
NAMES = sorted(file.stem for file in EXAMPLES.glob("*.json"))
EVERY_EXAMPLE = pytest.mark.parametrize("name", NAMES)


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def ids(stage: Stage) -> dict[str, int]:
    return await make_stock(stage.make)


async def answered(stage: Stage, ids: dict[str, int], name: str) -> Any:
    path, _ = LISTED[name.partition("_")[2]]
    result = (await stage.client.get(path.format(**ids))).json()
    if "count" not in result:
        return result
    assert (list(result), result["count"]) == (["count", "next", "previous", "results"], 1)
    return result["results"][0]


@EVERY_EXAMPLE
async def test_the_example_is_built(stage: Stage, ids: dict[str, int], name: str) -> None:
    assert list(differences(example(name), await answered(stage, ids, name))) == []


@EVERY_EXAMPLE
async def test_the_schema_allows_the_example(name: str) -> None:
    """Also null where the example has null; but not all that is given was documented from the beginning."""
    components = strict(describe(GENERATIONS[0])["components"])
    lenient = {key: {**schema, "required": []} for key, schema in components["schemas"].items()}
    schema = {"$ref": f"#/components/schemas/{LISTED[name.partition('_')[2]][1]}", "components": {"schemas": lenient}}
    assert [problem.message for problem in Draft202012Validator(schema).iter_errors(example(name))] == []


@EVERY_EXAMPLE
async def test_the_description_shows_the_example(name: str) -> None:
    """With the further keys that there are now."""
    shown = EXAMPLES_BY_OPERATION[OPERATIONS[name.partition("_")[2]]]["200"]
    assert list(differences(example(name), shown["results"][0] if "count" in shown else shown)) == []


async def test_every_example_of_every_document_is_there() -> None:
    jobs, executions = list(LISTED)[:4], list(LISTED)[4:]
    of_jobs = [f"{document}_{name}" for document in ("v3-first", "v3-later") for name in jobs]
    assert sorted([*of_jobs, *(f"v3-executions_{name}" for name in executions)]) == NAMES


LACKS = [
    ({"id": 1}, {"id": "1"}),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ({"a": 1}, {"a": 1, "b": 2}),
    ({"a": 1.0}, {"a": 1}),
    ({"a": [{"b": 1}]}, {"a": []}),
    ({"a": [{"b": 1}]}, {"a": [{"b": None}]}),
    ({"a": {"b": 1}}, {"a": None}),
    ({"a": "2015-08-28T17:57:24.261Z"}, {"a": "2015-08-28T17:57:24+00:00"}),
    ({}, {"a": 1}),
]


@pytest.mark.parametrize(("shown", "result"), LACKS)
async def test_a_difference_would_be_seen(shown: Any, result: Any) -> None:
    assert list(documented.differences(shown, result)) != []


async def test_values_come_from_the_rows(stage: Stage, ids: dict[str, int]) -> None:
    job = (await stage.client.get(f"/jobs/{ids['job']}/")).json()
    assert job["job_type_rev"]["interface"] == example("v3-later_job_details")["job_type_rev"]["interface"]
    (read,), (made,) = job["inputs"], job["outputs"]
    assert job["data"]["input_data"] == [{"name": "input_file", "file_id": read["value"]["id"]}]
    assert job["results"]["output_data"] == [{"name": "output_file", "file_id": made["value"]["id"]}]
    assert (job["input_files"], job["products"]) == ([read["value"]], [made["value"]])
    assert (made["value"]["url"], made["value"]["job_exe"]) == (
        "http://host.com/files/path/file%201.kml",
        {"id": ids["execution"]},
    )
    assert [item["id"] for item in job["job_exes"]] == [ids["execution"]]
    assert [job[key]["id"] for key in ("root_superseded_job", "superseded_job")] == [ids["replaced"]] * 2
    assert (job["superseded_job"]["status"], job["superseded_by_job"]) == ("FAILED", None)


async def test_a_job_that_failed_and_was_superseded(stage: Stage, ids: dict[str, int]) -> None:
    job = (await stage.client.get(f"/jobs/{ids['replaced']}/")).json()
    assert (job["error"]["name"], job["superseded_by_job"]["id"], job["is_superseded"]) == ("bad-data", ids["job"], True)
    (listed,) = (await stage.client.get("/jobs/?error_category=DATA")).json()["results"]
    assert (listed["error"]["id"], listed["superseded_by_job"]) == (job["error"]["id"], {"id": ids["job"]})
    (execution,) = (await stage.client.get("/job-executions/?status=FAILED")).json()["results"]
    assert (execution["error"], execution["job"]["error"]) == (listed["error"], {"id": job["error"]["id"]})
    result = (await stage.client.get(f"/job-executions/{execution['id']}/")).json()
    assert (result["error"]["title"], result["results"], result["job"]) == ("Bad Data", None, listed)


async def test_without_an_address_of_its_workspace_a_file_is_read_from_the_service(stage: Stage) -> None:
    file = (await stage.make.file("a.txt", b"content")).file.id
    kind = await stage.make.job_type("reader", interface={"command": "cat", "inputs": {"files": [{"name": "IN"}]}})
    job = await stage.make.job(kind, input={"files": {"IN": [file]}})
    url = (await stage.client.get(f"/v5/jobs/{job.item.job.id}/")).json()["inputs"][0]["value"]["url"]
    assert (await stage.client.get(url)).content == b"content"


async def test_a_job_that_waits_has_an_execution_that_waits(stage: Stage) -> None:
    job = (await stage.make.job(await stage.make.job_type("waiting"))).item.job.id
    (listed,) = (await stage.client.get(f"/jobs/executions/?job_id={job}")).json()["results"]
    assert (listed["latest_job_exe"]["status"], listed["latest_job_exe"]["job"]) == ("QUEUED", {"id": job})
    assert (await stage.client.get(f"/jobs/{job}/")).json()["job_exes"] == [listed["latest_job_exe"]]


async def test_updates_are_ordered_by_the_change_of_status(stage: Stage) -> None:
    kind = await stage.make.job_type("changing")
    jobs = [
        await rows.job_row(stage.make, kind, last_status_change=rows.hour(9 - n), last_modified=rows.hour(n)) for n in range(3)
    ]
    result = (await stage.client.get("/jobs/updates/?job_type_name=changing")).json()["results"]
    assert [item["id"] for item in result] == jobs[::-1]
