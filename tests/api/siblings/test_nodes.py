"""Nodes: listed, shown, paused and resumed."""

from typing import Any

import pytest

from jobsvc.db.database import Database
from jobsvc.db.tables import NodeRow
from jobsvc.domain.records import JobTypeDetails
from tests.api import rows
from tests.db.queue import Queue
from tests.factories import Factory
from tests.support import Client


@pytest.fixture
async def nodes(make: Factory) -> dict[str, int]:
    """Two nodes by their names."""
    alpha = await make.row(NodeRow, hostname="alpha", last_modified=rows.hour(2), resources={"cpus": 8.0, "mem": 1024.0})
    return {"alpha": alpha, "beta": await make.row(NodeRow, hostname="beta", is_active=False, last_modified=rows.hour(1))}


async def node(client: Client, node_id: int) -> dict[str, Any]:
    result: dict[str, Any] = (await client.get(f"/v6/nodes/{node_id}/")).json()
    return result


async def test_a_node_is_shown(client: Client, nodes: dict[str, int]) -> None:
    result = await node(client, nodes["alpha"])
    assert result | {"created": None} == {
        "id": nodes["alpha"],
        "hostname": "alpha",
        "pause_reason": None,
        "is_paused": False,
        "is_active": True,
        "deprecated": None,
        "created": None,
        "last_modified": "2020-01-01T02:00:00Z",
        "resources": {"cpus": 8.0, "mem": 1024.0},
    }


async def test_who_pauses_a_node_may_say_why_and_who_resumes_it_takes_that_back(client: Client, nodes: dict[str, int]) -> None:
    path = f"/v6/nodes/{nodes['alpha']}/"
    answer = await client.patch(path, {"is_paused": True, "pause_reason": "New disk"})
    assert (answer.status_code, answer.content) == (204, b"")
    paused = await node(client, nodes["alpha"])
    assert (paused["is_paused"], paused["pause_reason"]) == (True, "New disk")
    await client.patch(path, {"is_paused": False})
    resumed = await node(client, nodes["alpha"])
    assert (resumed["is_paused"], resumed["pause_reason"]) == (False, None)
    assert resumed["last_modified"] > paused["last_modified"]


async def test_a_deactivated_node_says_since_when(client: Client, nodes: dict[str, int]) -> None:
    await client.patch(f"/v6/nodes/{nodes['alpha']}/", {"is_active": False})
    assert (await node(client, nodes["alpha"]))["deprecated"] is not None
    await client.patch(f"/v6/nodes/{nodes['alpha']}/", {"is_active": True})
    assert (await node(client, nodes["alpha"]))["deprecated"] is None


async def test_a_change_that_cannot_be_understood_changes_nothing(client: Client, nodes: dict[str, int]) -> None:
    before = await node(client, nodes["alpha"])
    for change in ({}, {"is_paused": None}, {"is_paused": True, "colour": "red"}, {"is_paused": 3}, {"pause_reason": 3}):
        assert (await client.patch(f"/v6/nodes/{nodes['alpha']}/", change)).status_code == 400
    assert await node(client, nodes["alpha"]) == before


async def test_a_node_that_there_is_not(client: Client) -> None:
    assert (await client.patch("/v6/nodes/999999/", {"is_paused": True})).status_code == 404
    assert (await client.patch(f"/v6/nodes/{2**80}/", {"is_paused": True})).status_code == 404


async def test_a_paused_node_claims_nothing_until_it_is_resumed(client: Client, queue: Queue, echo: JobTypeDetails) -> None:
    await queue.queued(echo)
    await client.patch(f"/v6/nodes/{queue.node_id}/", {"is_paused": True})
    assert await queue.claim() is None
    await client.patch(f"/v6/nodes/{queue.node_id}/", {"is_paused": False})
    assert await queue.claim() is not None


async def test_a_node_that_is_back_is_deprecated_no_more(client: Client, db: Database, nodes: dict[str, int]) -> None:
    await client.patch(f"/v6/nodes/{nodes['alpha']}/", {"is_active": False})
    async with db.transaction() as tx:
        await tx.nodes.ensure("alpha", {})
    result = await node(client, nodes["alpha"])
    assert (result["is_active"], result["deprecated"]) == (True, None)
