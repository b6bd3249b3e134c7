"""Where v3 is served: without a prefix, and as v3, v4 and v5.

See docs/spec/behaviour/README.md#generations and docs/spec/decisions.md#prefixes.
"""

import pytest
import pytest_asyncio

from tests.api import rows
from tests.api.conftest import Stage
from tests.support import BASE

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATHS = ["/jobs", "/jobs/1", "/jobs/updates", "/jobs/executions", "/job-executions", "/job-executions/1"]
PATHS += ["/job-executions/1/logs", "/job-executions/1/logs/combined"]
PREFIXES = ["/v3", "/v4", "/v5"]


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def job(stage: Stage) -> None:
    """Job 1 of job type 1 with execution 1."""
    kind = await stage.make.job_type()
    await rows.execution_row(stage.make, await rows.job_row(stage.make, kind, **rows.COMPLETED), kind)


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("path", [f"{path}/" for path in PATHS] + PATHS)
async def test_prefix_and_last_slash_make_no_difference(stage: Stage, prefix: str, path: str) -> None:
    plain = await stage.client.get(path)
    assert plain.status_code == 200
    assert (await stage.client.get(f"{prefix}{path}")).text == plain.text


@pytest.mark.parametrize("prefix", ["", *PREFIXES])
async def test_links_keep_the_prefix(stage: Stage, prefix: str) -> None:
    await rows.job_row(stage.make, await stage.make.job_type(f"more{prefix.replace('/', '-')}"))
    result = (await stage.client.get(f"{prefix}/jobs?page_size=1")).json()
    assert result["next"] == f"{BASE}{prefix}/jobs/?page=2&page_size=1"
    made = await stage.client.post(f"{prefix}/queue/new-job", {"job_type_id": 1})
    assert made.headers["location"] == f"{BASE}{prefix}/jobs/{made.json()['id']}/"


@pytest.mark.parametrize(
    "path", ["/v3/", "/v2/jobs/", "/v8/jobs/", "/v3/v3/jobs/", "/v3/files/", "/files/", "/queue/", "/version/"]
)
async def test_nothing_else_is_there(stage: Stage, path: str) -> None:
    assert (await stage.client.get(path)).status_code == 404


async def test_nothing_is_shadowed(stage: Stage) -> None:
    assert "/v6/jobs/" in (await stage.client.get("/openapi.json")).json()["paths"]
    assert any(path.endswith("/jobs/updates/") for path in (await stage.client.get("/v3/openapi.json")).json()["paths"])
    assert "swagger" in (await stage.client.get("/docs")).text
    assert "superseded_by_job" in (await stage.client.get("/jobs/1/")).json()
    assert "ingest_event" in (await stage.client.get("/v6/jobs/1/")).json()


async def test_jobs_of_one_generation_are_seen_in_the_other(stage: Stage) -> None:
    newer = (await stage.client.post("/v6/jobs/", {"job_type_id": 1})).json()["id"]
    older = (await stage.client.post("/queue/new-job/", {"job_type_id": 1})).json()["id"]
    for path in ("/jobs/", "/v6/jobs/"):
        ids = {item["id"] for item in (await stage.client.get(f"{path}?page_size=1000")).json()["results"]}
        assert {newer, older} <= ids
        assert {(await stage.client.get(f"{path}{job}/")).json()["status"] for job in (newer, older)} == {"QUEUED"}


ALLOWED = [("/jobs/1/", "GET, HEAD, OPTIONS, PATCH"), ("/queue/new-job/", "OPTIONS, POST"), ("/v4/jobs/", "GET, HEAD, OPTIONS")]


@pytest.mark.parametrize(("path", "allow"), ALLOWED)
async def test_a_method_that_is_not_offered(stage: Stage, path: str, allow: str) -> None:
    assert (await stage.client.request("DELETE", path)).headers["allow"] == allow
