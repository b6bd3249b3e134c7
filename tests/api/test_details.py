"""Job details.

See docs/spec/services/v6-job-details.md, docs/spec/behaviour/job-details.md#details, docs/spec/behaviour/keys-v6.md and
docs/spec/decisions.md#details.
"""

from typing import Any

import pytest
import pytest_asyncio

from jobsvc.db.tables import EventRow, IngestEventRow, RecipeNodeRow
from jobsvc.domain.records import JobTypeDetails
from tests.api import rows
from tests.api.conftest import Stage
from tests.factories import manifest

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def echo(stage: Stage) -> JobTypeDetails:
    return await stage.make.job_type("echo")


async def details(stage: Stage, job_id: int) -> dict[str, Any]:
    answer = await stage.client.get(f"/v6/jobs/{job_id}/")
    assert answer.status_code == 200
    job: dict[str, Any] = answer.json()
    return job


async def listed(stage: Stage, job_id: int) -> dict[str, Any]:
    (job,) = (await stage.client.get("/v6/jobs/", job_id=job_id)).json()["results"]
    result: dict[str, Any] = job
    return result


ECHO = {
    "id": 1,
    "name": "echo",
    "version": "1.0.0",
    "title": "Echo",
    "description": "Runs echo",
    "is_active": True,
    "is_system": False,
    "is_paused": False,
    "is_published": False,
    "icon_code": None,
    "unmet_resources": None,
    "revision_num": 1,
}
RECIPE_TYPE = {"name": "a-recipe", "title": "A recipe", "description": "Of jobs", "revision_num": 1}


async def test_all_that_a_list_says_of_a_job(stage: Stage, echo: JobTypeDetails) -> None:
    event = await stage.make.row(EventRow, type="STRIKE_TRANSFER", occurred=rows.T0)
    ingest = await stage.make.row(IngestEventRow, type="STRIKE", occurred=rows.hour(1))
    batch, node, recipe = await rows.batch_row(stage.make), await rows.node_row(stage.make), await rows.recipe_row(stage.make)
    error = await rows.error_row(stage.make, "boom", "DATA", title="Boom", description="It went boom")
    old = await rows.job_row(stage.make, echo, is_superseded=True, superseded=rows.T0)
    ids = {"event_id": event, "ingest_event_id": ingest, "batch_id": batch, "recipe_id": recipe, "node_id": node}
    more = {"superseded_job_id": old, "error_id": error, "input_file_size": 64.0, "source_sensor": "1", "source_started": rows.T0}
    times = {"created": rows.T0, "last_status_change": rows.hour(2), "last_modified": rows.hour(3)}
    job_id = await rows.job_row(stage.make, echo, **rows.FAILED, **ids, **more, **times)
    job = await listed(stage, job_id)
    assert list(job)[:6] == ["id", "job_type", "status", "job_type_rev", "event", "ingest_event"]
    assert job == {
        "id": job_id,
        "job_type": ECHO,
        "status": "FAILED",
        "job_type_rev": {"id": 1, "job_type": {"id": 1}, "revision_num": 1},
        "event": {"id": event, "type": "STRIKE_TRANSFER", "occurred": "2020-01-01T00:00:00Z"},
        "ingest_event": {"id": ingest, "type": "STRIKE", "occurred": "2020-01-01T01:00:00Z"},
        "recipe": {
            "id": recipe,
            "recipe_type": {"id": job["recipe"]["recipe_type"]["id"], **RECIPE_TYPE},
            "recipe_type_rev": {"id": job["recipe"]["recipe_type_rev"]["id"]},
            "event": None,
        },
        "batch": {"id": batch, "title": "A batch", "description": "Of recipes", "created": "2020-01-01T00:00:00Z"},
        "is_superseded": False,
        "superseded_job": {"id": old},
        "node": {"id": node, "hostname": "node1.example.com"},
        "error": {
            "id": error,
            "name": "boom",
            "title": "Boom",
            "description": "It went boom",
            "job_type_name": "echo",
            "category": "DATA",
            "is_builtin": False,
            "should_be_retried": False,
        },
        "max_tries": 3,
        "num_exes": 1,
        "input_file_size": 64.0,
        "input_files": {},
        "source_started": "2020-01-01T00:00:00Z",
        "source_ended": None,
        "source_sensor_class": None,
        "source_sensor": "1",
        "source_collection": None,
        "source_task": None,
        "created": "2020-01-01T00:00:00Z",
        "queued": "2020-01-01T00:00:00Z",
        "started": "2020-01-01T00:00:00Z",
        "ended": "2020-01-01T00:00:00Z",
        "last_status_change": "2020-01-01T02:00:00Z",
        "superseded": None,
        "last_modified": "2020-01-01T03:00:00Z",
    }


async def test_what_details_say_beside(stage: Stage, echo: JobTypeDetails) -> None:
    job_id = await rows.job_row(stage.make, echo, input=None)
    job, item = await details(stage, job_id), await listed(stage, job_id)
    revision = job["job_type_rev"]
    assert job == item | {
        "job_type_rev": {
            "id": 1,
            "job_type": {**ECHO, "num_versions": 1, "latest_version": "1.0.0"},
            "revision_num": 1,
            "docker_image": None,
            "created": revision["created"],
            "manifest": manifest(),
        },
        "superseded_by_job": None,
        "resources": {"resources": {"cpus": 0.25, "mem": 128.0, "disk": 0.0, "gpus": 0.0}},
        "execution": None,
        "input": {"files": {}, "json": {}},
        "output": {"files": {}, "json": {}},
        "configuration": {"mounts": {}, "output_workspaces": {"default": "", "outputs": {}}, "priority": 100, "settings": {}},
        "labels": {},
        "pending": {"reasons": [], "place": None, "estimate": None},
        "retry": {
            "is_expected": None,
            "reason": "If it fails with an error that is tried again.",
            "at": None,
            "tries_left": 3,
            "policy": None,
            "rule": None,
        },
        "after": [],
    }


async def test_v7_says_the_same(stage: Stage, echo: JobTypeDetails) -> None:
    job_id = await rows.job_row(stage.make, echo)
    assert (await stage.client.get(f"/v7/jobs/{job_id}/")).json() == await details(stage, job_id)


@pytest.mark.parametrize(
    ("state", "exe_num"),
    [
        ({}, None),
        ({"status": "BLOCKED"}, None),
        ({**rows.QUEUED, "num_exes": 2}, 2),
        ({**rows.QUEUED, "num_exes": 3}, None),
        (rows.RUNNING, 1),
        ({**rows.FAILED, "num_exes": 2}, 2),
        (rows.COMPLETED, 1),
        ({**rows.CANCELED, "num_exes": 2}, None),
    ],
    ids=lambda state: f"{state.get('status', 'PENDING')}-{state.get('num_exes', 0)}" if isinstance(state, dict) else str(state),
)
async def test_the_latest_execution_is_shown_by_status(
    stage: Stage, echo: JobTypeDetails, state: dict[str, Any], exe_num: int | None
) -> None:
    job_id = await rows.job_row(stage.make, echo, **state)
    for number in (1, 2):
        await rows.execution_row(stage.make, job_id, echo, exe_num=number)
    shown = (await details(stage, job_id))["execution"]
    if exe_num is None:
        assert shown is None
    else:
        assert shown == (await stage.client.get(f"/v6/jobs/{job_id}/executions/{exe_num}/")).json()


async def test_a_chain_of_superseded_jobs(stage: Stage, echo: JobTypeDetails) -> None:
    gone = {"is_superseded": True, "superseded": rows.hour(5)}
    first = await rows.job_row(stage.make, echo, **rows.COMPLETED, **gone)
    second = await rows.job_row(stage.make, echo, **rows.FAILED, **gone, superseded_job_id=first)
    third = await rows.job_row(stage.make, echo, superseded_job_id=second)
    job = await details(stage, second)
    assert (job["is_superseded"], job["superseded"]) == (True, "2020-01-01T05:00:00Z")
    assert job["superseded_job"] == {"id": first, "job_type": ECHO, "status": "COMPLETED"}
    assert job["superseded_by_job"] == {"id": third, "job_type": ECHO, "status": "PENDING"}
    assert (await listed(stage, second))["superseded_job"] == {"id": first}


async def test_the_recipe_is_the_live_one_that_holds_the_job_else_its_creator(stage: Stage, echo: JobTypeDetails) -> None:
    gone = {"is_superseded": True, "superseded": rows.T0}
    creator, live = await rows.recipe_row(stage.make, "Old", **gone), await rows.recipe_row(stage.make, "New")
    reused = await rows.job_row(stage.make, echo, recipe_id=creator)
    alone = await rows.job_row(stage.make, echo, recipe_id=creator)
    for recipe_id, job_id in ((creator, reused), (live, reused)):
        await stage.make.row(RecipeNodeRow, recipe_id=recipe_id, job_id=job_id, node_name=f"node {job_id}")
    for job_id, recipe_id in ((reused, live), (alone, creator)):
        assert (await details(stage, job_id))["recipe"]["id"] == recipe_id
        assert (await listed(stage, job_id))["recipe"] == (await details(stage, job_id))["recipe"]


async def test_resources_follow_the_current_manifest_and_the_revision_stays(stage: Stage) -> None:
    needs = {"scalar": [{"name": "CPUS", "value": 1.5}, {"name": "mem", "value": 1, "inputMultiplier": 2.5}]}
    old = await stage.make.job_type("growing")
    job_id = await rows.job_row(stage.make, old, input_file_size=101.0)
    await stage.make.job_type("growing", resources=needs)
    job = await details(stage, job_id)
    assert job["resources"] == {"resources": {"cpus": 1.5, "mem": 254, "disk": 101.0, "gpus": 0.0}}
    assert (job["job_type"]["revision_num"], job["job_type_rev"]["revision_num"]) == (2, 1)
    assert "resources" not in job["job_type_rev"]["manifest"]["job"]


async def test_versions_are_compared_as_numbers(stage: Stage) -> None:
    _, _, kind = [await stage.make.job_type("versioned", version) for version in ("1.9.0", "1.10.0", "1.2.0")]
    job = await details(stage, await rows.job_row(stage.make, kind))
    shown = job["job_type_rev"]["job_type"]
    assert (shown["version"], shown["num_versions"], shown["latest_version"]) == ("1.2.0", 3, "1.10.0")


async def test_secrets_are_shown_nowhere(stage: Stage) -> None:
    interface = {"command": "true", "settings": [{"name": "OPEN"}, {"name": "HIDDEN", "secret": True}]}
    settings = {"OPEN": "sesame", "HIDDEN": "treasure"}
    await stage.make.job_type("secretive", interface=interface, configuration={"settings": settings})
    kind = await stage.make.job_type("secretive", interface=interface)
    answer = await stage.client.post("/v6/jobs/", {"job_type_id": kind.item.job_type.id, "configuration": {"settings": settings}})
    assert answer.json()["configuration"]["settings"] == {"OPEN": "sesame"}
    for path in (f"/v6/jobs/{answer.json()['id']}/", "/v6/jobs/", "/v6/job-types/secretive/1.0.0/"):
        assert "treasure" not in (await stage.client.get(path)).text


async def test_input_files_are_named_in_the_sequence_of_the_input(stage: Stage) -> None:
    inputs = {"files": [{"name": "B", "multiple": True}, {"name": "A"}]}
    kind = await stage.make.job_type("reader", interface={"command": "true", "inputs": inputs})
    first, second = [(await stage.make.file(name)).file.id for name in ("first", "second")]
    job = await stage.make.job(kind, input={"files": {"B": [second, first, second], "A": [first]}})
    expected = {"B": ["second", "first", "second"], "A": ["first"]}
    assert (await details(stage, job.item.job.id))["input_files"] == expected
    assert (await listed(stage, job.item.job.id))["input_files"] == expected


@pytest.mark.parametrize("job_id", ["0", "99999", str(2**63), "9" * 30, "9" * 5000])
@pytest.mark.parametrize("below", ["", "input_files/", "executions/1/"])
async def test_a_job_that_there_is_not(stage: Stage, job_id: str, below: str) -> None:
    answer = await stage.client.get(f"/v6/jobs/{job_id}/{below}")
    assert answer.status_code == 404
