"""Job types: made, revised, listed, paused, deactivated (docs/spec/behaviour/siblings.md)."""

from typing import Any

import pytest

from tests.api.conftest import Stage
from tests.factories import manifest
from tests.support import BASE

pytestmark = pytest.mark.asyncio(loop_scope="module")
DEFAULTS = {"mounts": {}, "output_workspaces": {"default": "", "outputs": {}}, "priority": 100, "settings": {}}


async def created(stage: Stage, status: int = 201, **members: Any) -> dict[str, Any]:
    answer = await stage.client.post("/v6/job-types/", members)
    assert answer.status_code == status, answer.text
    job_type: dict[str, Any] = answer.json()
    return job_type


async def changed(stage: Stage, name: str, **members: Any) -> dict[str, Any]:
    answer = await stage.client.patch(f"/v6/job-types/{name}/1.0.0/", members)
    assert answer.status_code == 200, answer.text
    job_type: dict[str, Any] = answer.json()
    return job_type


async def test_all_that_is_said_of_a_new_job_type(stage: Stage) -> None:
    document = manifest("new", interface={"command": "true", "inputs": {"files": [{"name": "IN"}]}})
    options = {"docker_image": "new:1", "icon_code": "f013", "is_published": True, "max_scheduled": 3, "max_tries": 5}
    answer = await stage.client.post("/v7/job-types/", {"manifest": document, "auto_update": True, **options})
    job_type = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, f"{BASE}/v7/job-types/new/1.0.0/")
    document["job"]["interface"]["inputs"]["files"] = [
        {"name": "IN", "required": True, "multiple": False, "partial": False, "mediaTypes": []}
    ]
    assert job_type == {
        **{name: job_type[name] for name in ("id", "created", "last_modified")},
        **options,
        "name": "new",
        "version": "1.0.0",
        "title": "New",
        "description": "Runs new",
        "is_active": True,
        "is_system": False,
        "is_paused": False,
        "unmet_resources": None,
        "revision_num": 1,
        "deprecated": None,
        "paused": None,
        "manifest": document,
        "configuration": DEFAULTS,
        "recipe_types": [],
        "retry_limits": None,
    }
    assert (await stage.client.get("/v6/job-types/new/1.0.0/")).json() == job_type


async def test_the_same_again_is_no_new_revision(stage: Stage) -> None:
    first = await created(stage, manifest=manifest("same"), max_tries=5)
    again = await created(stage, 200, manifest=manifest("same"))
    assert (again["id"], again["revision_num"], again["max_tries"]) == (first["id"], 1, 5)


async def test_another_manifest_or_image_is_a_new_revision(stage: Stage) -> None:
    await created(stage, manifest=manifest("revised"))
    second = await created(stage, 200, manifest=manifest("revised", title="Better"))
    third = await created(stage, 200, manifest=manifest("revised", title="Better"), docker_image="better:2")
    assert [(item["revision_num"], item["title"], item["docker_image"]) for item in (second, third)] == [
        (2, "Better", None),
        (3, "Better", "better:2"),
    ]
    page = (await stage.client.get("/v6/job-types/revised/1.0.0/revisions/", page_size="2")).json()
    assert [(item["revision_num"], item["docker_image"]) for item in page["results"]] == [(3, "better:2"), (2, None)]
    assert (page["count"], page["next"]) == (3, f"{BASE}/v6/job-types/revised/1.0.0/revisions/?page=2&page_size=2")


async def test_a_revision_keeps_its_manifest(stage: Stage) -> None:
    first = await created(stage, manifest=manifest("kept", timeout=1))
    await changed(stage, "kept", manifest=manifest("kept", timeout=2))
    result = (await stage.client.get("/v6/job-types/kept/1.0.0/revisions/1/")).json()
    assert (result["manifest"], result["revision_num"], result["docker_image"]) == (first["manifest"], 1, None)
    assert result["job_type"]["id"] == first["id"]


async def test_pausing_and_resuming(stage: Stage) -> None:
    await created(stage, manifest=manifest("paused"))
    paused = await changed(stage, "paused", is_paused=True)
    assert paused["is_paused"]
    assert paused["created"] < paused["paused"] <= paused["last_modified"]
    resumed = await changed(stage, "paused", is_paused=False)
    assert (resumed["is_paused"], resumed["paused"], resumed["revision_num"]) == (False, None, 1)


async def test_deactivating(stage: Stage) -> None:
    job_type = await created(stage, manifest=manifest("retired"))
    retired = await changed(stage, "retired", is_active=False)
    assert job_type["created"] < retired["deprecated"] <= retired["last_modified"]
    assert (await stage.client.post("/v6/jobs/", {"job_type_id": job_type["id"]})).status_code == 400
    assert (await changed(stage, "retired", is_active=True))["deprecated"] is None
    assert (await stage.client.post("/v6/jobs/", {"job_type_id": job_type["id"]})).status_code == 201


async def test_limits_are_set_and_taken_back(stage: Stage) -> None:
    await created(stage, manifest=manifest("limited"))
    assert (await changed(stage, "limited", max_scheduled=2, max_tries=1))["max_scheduled"] == 2
    kept = await changed(stage, "limited", max_tries=None, is_paused=None, manifest=None)
    assert (kept["max_scheduled"], kept["max_tries"], kept["is_paused"]) == (2, 1, False)
    assert (await changed(stage, "limited", max_scheduled=None))["max_scheduled"] is None


async def test_a_configuration_is_checked_and_completed(stage: Stage) -> None:
    await created(stage, manifest=manifest("configured"), configuration={"version": "6", "priority": 5})
    result = await changed(stage, "configured", configuration={"output_workspaces": {"default": "default"}})
    assert result["configuration"] == {**DEFAULTS, "output_workspaces": {"default": "default", "outputs": {}}}


async def test_declared_errors_are_stored_and_renewed(stage: Stage) -> None:
    for title in ("First", "Second"):
        errors = [{"code": 7, "name": "oops", "title": title, "category": "data"}]
        await stage.client.post("/v6/job-types/", {"manifest": manifest("erring", errors=errors, timeout=len(title))})
    (error,) = (await stage.client.get("/v6/errors/", job_type_name="erring")).json()["results"]
    assert (error["name"], error["title"], error["category"], error["is_builtin"]) == ("oops", "Second", "DATA", False)


IN = {"name": "A", "type": "string"}
BAD = [
    ({"name": "no name"}, "manifest.job.name"),
    ({"name": None}, "manifest.job.name"),
    ({"name": "x" * 251}, "manifest.job.name"),
    ({"jobVersion": "1.0"}, "manifest.job.jobVersion"),
    ({"packageVersion": "v1.0.0"}, "manifest.job.packageVersion"),
    ({"timeout": "60"}, "manifest.job.timeout"),
    ({"timeout": 2**40}, "manifest.job.timeout"),
    ({"maintainer": {"name": "Jane"}}, "manifest.job.maintainer"),
    ({"bogus": 1}, "manifest.job"),
    ({"title": "\0"}, "manifest.job.title"),
    ({"interface": {"command": "'"}}, "manifest.job.interface.command"),
    ({"interface": {"inputs": {"json": [{"name": "A", "type": "text"}]}}}, "manifest.job.interface.inputs.json[0].type"),
    ({"interface": {"inputs": {"json": [IN, IN]}}}, "manifest.job.interface.inputs.json[1].name"),
    ({"interface": {"outputs": {"files": [{"name": "A"}]}}}, "manifest.job.interface.outputs.files[0]"),
    ({"interface": {"mounts": [{"name": "A", "path": "data"}]}}, "manifest.job.interface.mounts[0].path"),
    ({"resources": {"scalar": [{"name": "gpus", "value": 0.5}]}}, "manifest.job.resources.scalar[0].value"),
    ({"errors": [{"code": 1, "name": "a"}, {"code": 2, "name": "a"}]}, "manifest.job.errors[1].name"),
]


@pytest.mark.parametrize(("job", "where"), BAD)
async def test_what_is_wrong_with_a_manifest_is_told_by_its_member(stage: Stage, job: dict[str, Any], where: str) -> None:
    document = manifest("bad")
    document["job"] |= job
    answer = await stage.client.post("/v6/job-types/", {"manifest": document})
    assert (answer.status_code, answer.json()["detail"].partition(": ")[0]) == (400, where)
    assert (await stage.client.get("/v6/job-types/bad/")).json()["count"] == 0


MEMBERS = [
    ({"manifest": None}, "manifest"),
    ({"manifest": []}, "manifest"),
    ({"manifest": {}}, "manifest"),
    ({"manifest": {"seedVersion": "2.0.0", "job": manifest()["job"]}}, "manifest.seedVersion"),
    ({"bogus": 1}, "bogus"),
    ({"name": "other"}, "name"),
    ({"max_tries": 0}, "max_tries"),
    ({"max_tries": "3"}, "max_tries"),
    ({"max_scheduled": 1.0}, "max_scheduled"),
    ({"max_scheduled": 2**31}, "max_scheduled"),
    ({"is_paused": "maybe"}, "is_paused"),
    ({"docker_image": 1}, "docker_image"),
    ({"docker_image": "\0"}, "docker_image"),
    ({"icon_code": "\0"}, "icon_code"),
    ({"configuration": "x"}, "configuration"),
    ({"configuration": {"priority": 0}}, "configuration.priority"),
    ({"configuration": {"output_workspaces": {"default": "nowhere"}}}, "configuration.output_workspaces"),
]


@pytest.mark.parametrize(("members", "where"), MEMBERS)
async def test_what_is_wrong_with_a_member(stage: Stage, members: dict[str, Any], where: str) -> None:
    answer = await stage.client.post("/v6/job-types/", {"manifest": manifest("bad"), **members})
    assert (answer.status_code, answer.json()["detail"].partition(": ")[0]) == (400, where)
    assert (await stage.client.get("/v6/job-types/bad/")).json()["count"] == 0


@pytest.mark.parametrize(
    ("content", "media_type", "status"), [(b"[]", "json", 400), (b"{", "json", 400), (b"a=1", "x-www-form-urlencoded", 415)]
)
async def test_a_body_that_is_no_json_object(stage: Stage, content: bytes, media_type: str, status: int) -> None:
    headers = {"Content-Type": f"application/{media_type}"}
    for method, path in (("POST", "/v6/job-types/"), ("PATCH", "/v6/job-types/grep/1.9.0/")):
        assert (await stage.client.request(method, path, content=content, headers=headers)).status_code == status


@pytest.mark.parametrize("document", [manifest("other"), manifest("fixed", "2.0.0")])
async def test_name_and_version_cannot_change(stage: Stage, document: dict[str, Any]) -> None:
    await stage.make.job_type("fixed")
    answer = await stage.client.patch("/v6/job-types/fixed/1.0.0/", {"manifest": document})
    assert (answer.status_code, answer.json()["detail"].partition(":")[0]) == (400, "manifest.job")


@pytest.mark.parametrize(
    "path",
    [
        "none/1.0.0/",
        "fixed/9.9.9/",
        "fixed/9.9.9/revisions/",
        "fixed/1.0.0/revisions/9/",
        f"fixed/1.0.0/revisions/{'9' * 30}/",
        "a%00b/",
    ],
)
async def test_a_job_type_that_there_is_not(stage: Stage, path: str) -> None:
    await stage.make.job_type("fixed")
    assert (await stage.client.get(f"/v6/job-types/{path}")).status_code == 404
    assert (await stage.client.patch("/v6/job-types/none/1.0.0/", {})).status_code == 404


@pytest.mark.parametrize("version", ["1.0.0", "1.0.0-rc.1+build.5", f"{'9' * 40}.0.0"])
async def test_any_semantic_version_can_be_addressed(stage: Stage, version: str) -> None:
    job_type = await created(stage, manifest=manifest("addressed", version))
    for path in (f"/v6/job-types/addressed/{version}/", f"/v6/job-types/addressed/{version}"):
        assert (await stage.client.get(path)).json() == job_type


async def test_what_no_process_could_be_started_with_is_refused(stage: Stage) -> None:
    document = manifest("wide", interface={"command": "true", "settings": [{"name": "WIDE"}]})
    configuration = {"settings": {"WIDE": "x" * 131_072}}
    answer = await created(stage, 400, manifest=document, configuration=configuration)
    assert answer["detail"].startswith("configuration.settings.WIDE: is 131077 bytes long")
    await created(stage, manifest=document, configuration={"settings": {"WIDE": "x" * 100_000}})
    patched = await stage.client.patch("/v6/job-types/wide/1.0.0/", {"configuration": configuration})
    assert patched.status_code == 400


@pytest.mark.parametrize("name", ["Path", "ld-preload", "SCALE_JOB_ID"])
async def test_a_name_that_the_system_needs_is_refused(stage: Stage, name: str) -> None:
    document = manifest("greedy", interface={"command": "true", "settings": [{"name": name}]})
    answer = await created(stage, 400, manifest=document)
    assert answer["detail"].startswith("manifest.job.interface.settings[0].name: ")
