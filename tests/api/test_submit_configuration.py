"""The `configuration` of POST /v6/jobs/: merged by member with the job type's, secrets dropped.

See docs/spec/behaviour/submit.md#configuration.
"""

from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from jobsvc.db.tables import JobRow, QueueRow
from tests.api.conftest import Stage
from tests.api.submissions import INTERFACE

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOST = {"type": "host", "host_path": "/data/maps"}
DEFAULTS: dict[str, Any] = {
    "mounts": {"maps": HOST},
    "output_workspaces": {"default": "default", "outputs": {}},
    "priority": 50,
    "settings": {"LEVEL": "3"},
}
OF_TYPE = {**DEFAULTS, "settings": {"LEVEL": "3", "PASSWORD": "of the type"}}


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def job_type(stage: Stage) -> int:
    interface = {**INTERFACE, "inputs": {}}
    return (await stage.make.job_type("configured", interface=interface, configuration=OF_TYPE)).item.job_type.id


async def submitted(stage: Stage, job_type: int, configuration: object) -> tuple[dict[str, Any], dict[str, Any] | None, int]:
    """What the details show, what the row holds, and the priority in the queue."""
    answer = await stage.client.post("/v6/jobs/", {"job_type_id": job_type, "configuration": configuration})
    assert answer.status_code == 201, answer.text
    query = select(JobRow.configuration, QueueRow.priority).join(QueueRow, QueueRow.job_id == JobRow.id)
    async with stage.db.engine.connect() as connection:
        row = (await connection.execute(query.where(JobRow.id == answer.json()["id"]))).one()
    return answer.json()["configuration"], row[0], row[1]


@pytest.mark.parametrize("configuration", [None, {}, [], "", 0, False])
async def test_nothing_given_is_all_of_the_type(stage: Stage, job_type: int, configuration: object) -> None:
    assert await submitted(stage, job_type, configuration) == (DEFAULTS, None, 50)


VOLUME = {"type": "volume", "driver": "", "driver_opts": {}}
MEMBERS = [
    ({"priority": 1}, {"priority": 1}),
    ({"settings": {}}, {"settings": {}}),
    ({"settings": {"LEVEL": "9", "UNKNOWN": "x"}}, {"settings": {"LEVEL": "9", "UNKNOWN": "x"}}),
    ({"settings": {"LEVEL": "9", "PASSWORD": "mine"}}, {"settings": {"LEVEL": "9"}}),
    ({"settings": {"PASSWORD": "mine"}}, {"settings": {}}),
    ({"mounts": {}}, {"mounts": {}}),
    ({"mounts": {"other": {"type": "volume"}}}, {"mounts": {"other": VOLUME}}),
    (
        {"output_workspaces": {"outputs": {"OUT": "default", "ERR": "default"}}},
        {"output_workspaces": {"default": "", "outputs": {"OUT": "default", "ERR": "default"}}},
    ),
    ({"output_workspaces": {"default": "default"}}, {"output_workspaces": {"default": "default", "outputs": {}}}),
]


@pytest.mark.parametrize("version", [{}, {"version": "6"}, {"version": "7"}, {"version": "2.0"}])
@pytest.mark.parametrize(("provided", "effect"), MEMBERS)
async def test_a_member_replaces_that_of_the_type_as_a_whole(
    stage: Stage, job_type: int, provided: dict[str, Any], effect: dict[str, Any], version: dict[str, str]
) -> None:
    shown, stored, priority = await submitted(stage, job_type, version | provided)
    assert shown == DEFAULTS | effect
    assert stored == effect
    assert priority == shown["priority"]


async def test_a_job_follows_the_type_in_all_that_it_was_not_given(stage: Stage) -> None:
    kind = (await stage.make.job_type("followed", configuration={"priority": 60})).item.job_type.id
    job = (await stage.client.post("/v6/jobs/", {"job_type_id": kind, "configuration": {"settings": {"A": "b"}}})).json()
    await stage.client.patch("/v6/job-types/followed/1.0.0/", {"configuration": {"priority": 61, "settings": {"C": "d"}}})
    shown = (await stage.client.get(f"/v6/jobs/{job['id']}/")).json()["configuration"]
    assert (shown["priority"], shown["settings"]) == (61, {"A": "b"})
