"""What later releases added under v4 and v5, and the job types that job documents point to."""

from typing import Any

import pytest

from jobsvc.db.tables import NodeRow
from tests.api import rows
from tests.factories import Factory
from tests.support import Client

PREFIXES = ["/v4", "/v5"]


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_jobs_are_canceled_and_requeued(client: Client, make: Factory, prefix: str) -> None:
    first, second = [(await make.job(await make.job_type())).item.job.id for _ in range(2)]
    work = client.app.state.services.bulk_work
    for action, status in (("cancel", ["CANCELED", "QUEUED"]), ("requeue", ["QUEUED", "QUEUED"])):
        answer = await client.post(f"{prefix}/jobs/{action}/", {"job_ids": [first], "priority": 5})
        assert (answer.status_code, answer.content) == (202, b"")
        location = answer.headers["location"]
        await work.complete(int(location.rstrip("/").rpartition("/")[2]))
        assert (await client.get(location)).json()["matched"] == 1
        result = [(await client.get(f"{prefix}/jobs/{item}/")).json()["status"] for item in (first, second)]
        assert result == status


@pytest.mark.parametrize("body", [{"jobs": [1]}, {"job_ids": ["x"]}, {"started": "now"}, {"error_ids": "x"}, []])
async def test_what_cannot_be_understood_changes_nothing(client: Client, body: Any) -> None:
    for action in ("cancel", "requeue"):
        assert (await client.post(f"/v5/jobs/{action}/", body)).status_code == 400
    assert (await client.get("/v6/bulk-operations/")).json()["count"] == 0


async def test_executions_of_a_job(client: Client, make: Factory) -> None:
    kind = await make.job_type()
    one, other = [await rows.job_row(make, kind, **rows.COMPLETED) for _ in range(2)]
    for number in (1, 2):
        await rows.execution_row(make, one, kind, exe_num=number, created=rows.hour(number))
    await rows.execution_row(make, other, kind)
    page = (await client.get(f"/v5/jobs/{one}/executions/")).json()
    listed = {item["id"]: item for item in (await client.get("/v5/job-executions/")).json()["results"]}
    assert page["results"] == [listed[2], listed[1]]
    assert (await client.get(f"/v5/jobs/{one}/executions/?page_size=1")).json()["count"] == 2
    assert (await client.get("/v5/jobs/99/executions/")).json()["count"] == 0


async def test_executions_of_a_job_that_were_recorded_at_once(client: Client, make: Factory) -> None:
    """As an import does: their numbers say which is the latest, and they are selected as in v6."""
    kind = await make.job_type()
    job = await rows.job_row(make, kind, **rows.COMPLETED)
    node = await make.row(NodeRow, hostname="north")
    differing: list[dict[str, Any]] = [{"status": "FAILED"}, {"status": "CANCELED"}, {"node_id": node}]
    for number, columns in enumerate(differing, start=1):
        await rows.execution_row(make, job, kind, exe_num=number, created=rows.hour(1), **columns)
    for query, expected in {
        "": [3, 2, 1],
        "status=COMPLETED&status=FAILED": [3, 1],
        f"node_id={node}": [3],
        "error_id=1": [],
        "error_category=DATA": [],
    }.items():
        for generation in ("v5", "v6"):
            result = (await client.get(f"/{generation}/jobs/{job}/executions/?{query}")).json()["results"]
            assert [item["id"] for item in result] == expected, (generation, query)
    assert (await client.get(f"/v5/jobs/{job}/executions/?node_id=north")).status_code == 400


async def test_an_execution_by_its_number(client: Client, make: Factory) -> None:
    kind = await make.job_type()
    await rows.execution_row(make, await rows.job_row(make, kind, **rows.COMPLETED), kind)
    job = await rows.job_row(make, kind, **rows.COMPLETED)
    for number in (1, 2):
        await rows.execution_row(make, job, kind, exe_num=number)
    result = await client.get(f"/v5/jobs/{job}/executions/2/")
    assert result.json() == (await client.get("/v5/job-executions/3/")).json()
    waiting = (await make.job(kind)).item.job.id
    for path in (f"{job}/executions/3/", f"{job}/executions/0/", f"{waiting}/executions/1/", "99/executions/1/"):
        assert (await client.get(f"/v5/jobs/{path}")).status_code == 404


async def test_input_files_of_a_job(client: Client, make: Factory) -> None:
    kind = await make.job_type(interface={"command": "true", "inputs": {"files": [{"name": "IN", "multiple": True}]}})
    files = [(await make.file(name)).file.id for name in ("a.txt", "b.txt")]
    job = (await make.job(kind, input={"files": {"IN": files}})).item.job.id
    result = (await client.get(f"/v5/jobs/{job}/input_files/")).json()["results"]
    assert result == (await client.get(f"/v5/jobs/{job}/")).json()["input_files"]
    [named] = (await client.get(f"/v5/jobs/{job}/input_files/?file_name=b.txt&job_input=IN")).json()["results"]
    assert named["id"] == files[1]
    assert (await client.get("/v5/jobs/99/input_files/")).status_code == 404
    assert (await client.get(f"/v5/jobs/{job}/input_files/?time_field=x")).status_code == 400


@pytest.mark.parametrize("prefix", ["", "/v3", *PREFIXES])
async def test_job_types_that_jobs_point_to(client: Client, make: Factory, prefix: str) -> None:
    errors = [{"code": 7, "name": "oops", "category": "data"}]
    job = (await make.job(await make.job_type(errors=errors))).item.job.id
    of_job = (await client.get(f"{prefix}/jobs/{job}/")).json()
    result = (await client.get(f"{prefix}/job-types/{of_job['job_type']['id']}/")).json()
    assert result == of_job["job_type"] | {name: result[name] for name in result if name not in of_job["job_type"]}
    assert (result["interface"], result["trigger_rule"]) == (of_job["job_type_rev"]["interface"], None)
    assert result["error_mapping"] == {"version": "1.0", "exit_codes": {"7": "oops"}}
    assert [item["name"] for item in result["errors"]] == ["oops"]
    assert [item["count"] for item in result["job_counts_6h"]] == [1]
    assert (await client.get(f"{prefix}/job-types/")).json()["results"] == [of_job["job_type"]]
    assert (await client.get(f"{prefix}/job-types/99/")).status_code == 404


async def test_which_job_types_are_listed(client: Client, make: Factory) -> None:
    await make.job_type("b")
    await make.job_type("a", "2.0.0")
    await make.job_type("a", "1.0.0")
    await make.job_type("old", columns={"is_active": False})
    for query, expected in {
        "": [3, 2, 1],
        "is_active=false": [4],
        "name=b&name=old": [1],
        "order=-name&order=version": [1, 3, 2],
        "category=x": [],
        "is_operational=false": [],
        "started=2000-01-01T00:00:00Z&ended=2000-01-02T00:00:00Z": [],
    }.items():
        result = (await client.get(f"/v5/job-types/?{query}")).json()["results"]
        assert [item["id"] for item in result] == expected, query
    assert (await client.get("/v5/job-types/?order=nothing")).status_code == 400
