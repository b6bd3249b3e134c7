"""Callers who are limited to some job types see and change those, and nothing of the others."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi.routing import APIRoute

from jobsvc.api.generations import GENERATIONS
from jobsvc.api.identity import AccessOptions
from jobsvc.api.permissions import Reach, requirement_of
from jobsvc.app import bare_app
from jobsvc.db.tables import FileRow
from jobsvc.domain.access import Principal, Role, digest_of
from tests.api.conftest import Stage
from tests.api.rows import execution_row
from tests.api.test_roles import address
from tests.support import BASE

pytestmark = pytest.mark.asyncio(loop_scope="module")
AUTHORIZED = {"Authorization": "Bearer limited"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ids(stage: Stage) -> dict[str, dict[str, int]]:
    """A job type `mine` and one `theirs`, each with a job, an execution and a file that it has made."""
    made: dict[str, dict[str, int]] = {}
    for name in ("mine", "theirs"):
        kind = await stage.make.job_type(name)
        type_id = kind.item.job_type.id
        job = (await stage.make.job(kind)).item.job
        file_id = (await stage.make.file(f"{name}.txt")).file.id
        await stage.make.change(FileRow, file_id, job_id=job.id, job_type_id=type_id, file_type="PRODUCT")
        execution_id = await execution_row(stage.make, job.id, kind, status="FAILED")
        made[name] = {"job": job.id, "execution": execution_id, "file": file_id, "type": type_id}
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(stage: Stage, ids: dict[str, dict[str, int]]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an administrator who is limited to `mine`."""
    assert ids
    principal = Principal("limited", Role.ADMIN, job_types=frozenset({"mine"}))
    app = bare_app({}, access=AccessOptions({digest_of("limited"): principal}))
    app.state.services = stage.services
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=AUTHORIZED) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v6/jobs/", "job"),
        ("/v6/jobs/?job_type_name=theirs", ""),
        ("/v6/jobs/?job_type_name=theirs&job_type_name=mine", "job"),
        ("/v6/jobs/?cursor=", "job"),
        ("/v6/files/", "file"),
        ("/v6/files/?job_type_name=theirs", ""),
        ("/v6/job-types/", "type"),
        ("/v6/job-types/?keyword=theirs", ""),
        ("/jobs/", "job"),
        ("/jobs/?include_superseded=true", "job"),
        ("/v5/jobs/updates/", "job"),
        ("/jobs/executions/", "job"),
        ("/job-types/", "type"),
    ],
)
async def test_lists_leave_out_the_others(http: httpx.AsyncClient, ids: dict[str, dict[str, int]], path: str, kind: str) -> None:
    page = (await http.get(path)).json()
    expected = [ids["mine"][kind]] if kind else []
    assert ([item["id"] for item in page["results"]], page["count"]) == (expected, len(expected))


async def test_the_list_of_executions_leaves_out_the_others(http: httpx.AsyncClient, ids: dict[str, dict[str, int]]) -> None:
    page = (await http.get("/job-executions/")).json()
    assert {item["job"]["id"] for item in page["results"]} == {ids["mine"]["job"]}


@pytest.mark.parametrize(
    "path",
    [
        "/v6/jobs/{job}/",
        "/v6/job/{job}/",
        "/v7/jobs/{job}/executions/",
        "/v6/jobs/{job}/executions/1/",
        "/v6/jobs/{job}/input_files/",
        "/v6/job-executions/{execution}/logs/stdout/?format=txt",
        "/v6/files/{file}/",
        "/v6/files/{file}/content/",
        "/v6/job-types/{name}/",
        "/v6/job-types/{name}/1.0.0/",
        "/v6/job-types/{name}/1.0.0/revisions/1/",
        "/jobs/{job}/",
        "/v4/jobs/{job}/executions/",
        "/jobs/{job}/input_files/",
        "/job-executions/{execution}/",
        "/job-executions/{execution}/logs/",
        "/v3/job-executions/{execution}/logs/stdout/",
        "/job-types/{type}/",
    ],
)
async def test_one_of_the_others_is_not_there(http: httpx.AsyncClient, ids: dict[str, dict[str, int]], path: str) -> None:
    answers = [await http.get(path.format(name=name, **ids[name])) for name in ("mine", "theirs")]
    assert (answers[0].is_success, answers[1].status_code) == (True, 404)


async def test_a_waiting_execution_of_the_others_is_not_there(
    stage: Stage, http: httpx.AsyncClient, ids: dict[str, dict[str, int]]
) -> None:
    waiting = (await stage.client.get("/job-executions/", status="QUEUED")).json()["results"]
    of_job = {item["job"]["id"]: item["id"] for item in waiting}
    statuses = [(await http.get(f"/job-executions/{of_job[ids[name]['job']]}/")).status_code for name in ("mine", "theirs")]
    assert statuses == [200, 404]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v6/jobs/", {"job_type_id": "type"}),
        ("/v6/job/", {"job_type_id": "type"}),
        ("/v6/jobs/bulk/", {"jobs": [{"job_type_id": "type"}]}),
        ("/queue/new-job/", {"job_type_id": "type"}),
    ],
)
async def test_jobs_of_the_others_are_not_submitted(
    http: httpx.AsyncClient, ids: dict[str, dict[str, int]], path: str, body: dict[str, Any]
) -> None:
    def filled(value: Any, name: str) -> Any:
        if isinstance(value, dict):
            return {key: filled(item, name) for key, item in value.items()}
        return [filled(item, name) for item in value] if isinstance(value, list) else ids[name][value]

    answers = [await http.post(path, json=filled(body, name)) for name in ("mine", "theirs")]
    assert [answer.is_success for answer in answers] == [True, False]
    assert answers[1].status_code == 404
    assert "Job type" in answers[1].json()["detail"]


@pytest.mark.parametrize("path", ["/v6/jobs/cancel/", "/v6/jobs/requeue/"])
async def test_filters_that_select_everything_select_nothing_of_the_others(
    stage: Stage, http: httpx.AsyncClient, ids: dict[str, dict[str, int]], path: str
) -> None:
    for body in ({}, {"job_ids": [ids["theirs"]["job"]]}, {"job_type_ids": [ids["theirs"]["type"]]}):
        preview = (await http.post(path, json={**body, "dry_run": True})).json()
        assert {item["job_type"]["name"] for item in preview["by_job_type"]} <= {"mine"}
    unlimited = (await stage.client.post(path, {"dry_run": True})).json()
    assert {item["job_type"]["name"] for item in unlimited["by_job_type"]} == {"mine", "theirs"}


async def test_only_its_own_bulk_operations_are_seen(stage: Stage, http: httpx.AsyncClient) -> None:
    own = (await http.post("/v6/jobs/cancel/", json={"job_ids": [0]})).headers["location"]
    foreign = (await stage.client.post("/v6/jobs/cancel/", {"job_ids": [0]})).headers["location"]
    assert [(await http.get(url)).status_code for url in (own, foreign)] == [200, 404]
    assert [(await http.post(f"{url}stop/")).status_code for url in (own, foreign)] == [200, 404]
    assert (await http.post("/v5/jobs/cancel/", json={"job_ids": [0]})).status_code == 202


async def test_a_job_of_the_others_is_not_canceled_in_the_older_way(
    stage: Stage, http: httpx.AsyncClient, ids: dict[str, dict[str, int]]
) -> None:
    answer = await http.patch(f"/jobs/{ids['theirs']['job']}/", json={"status": "CANCELED"})
    assert answer.status_code == 404
    assert (await stage.client.get(f"/v6/jobs/{ids['theirs']['job']}/")).json()["status"] == "QUEUED"


async def test_requeueing_in_the_older_way_leaves_out_the_others(
    stage: Stage, http: httpx.AsyncClient, ids: dict[str, dict[str, int]]
) -> None:
    await stage.make.set(ids["theirs"]["job"], status="CANCELED")
    answer = await http.post("/queue/requeue-jobs/", json={"job_ids": [ids["theirs"]["job"]]})
    assert answer.json()["count"] == 0
    assert (await stage.client.get(f"/v6/jobs/{ids['theirs']['job']}/")).json()["status"] == "CANCELED"


async def test_what_is_about_all_job_types_is_refused(http: httpx.AsyncClient) -> None:
    """Each operation that does not say how it keeps to job types."""
    refused = 0
    for generation in GENERATIONS:
        for route in (route for part in generation.parts for route in part.routes):
            assert isinstance(route, APIRoute)
            if requirement_of(route).reach is Reach.ALL:
                method = next(iter(route.methods or ()))
                answer = await http.request(method, address(f"{generation.prefix}{route.path}"))
                assert answer.status_code == 403, route.path
                assert "mine" in answer.json()["detail"]
                refused += 1
    assert refused > 20
