"""Everything at a glance."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobsvc.api.context import Services
from jobsvc.api.v6.schemas.system import VERSION
from jobsvc.app import bare_app
from jobsvc.db.database import Database
from jobsvc.domain.errors import LogsUnavailable
from jobsvc.domain.execution_records import LaunchRecord
from jobsvc.domain.records import JobTypeDetails
from jobsvc.ports.log_store import LoggedExecution, LogLine, LogQuery, LogSearch
from jobsvc.services.clock import utc_now
from jobsvc.services.cluster import ClusterService
from tests.api import rows
from tests.db.queue import Queue
from tests.factories import Factory
from tests.support import Client

LEASE = timedelta(seconds=30)


@pytest.fixture
async def worker(db: Database, queue: Queue) -> str:
    """A worker that is alive."""
    async with db.transaction() as tx:
        await tx.nodes.register("worker-1", queue.node_id, pid=7, slots=4, now=datetime.now(UTC))
    return "worker-1"


async def status(client: Client) -> dict[str, Any]:
    result: dict[str, Any] = (await client.get("/v6/status/")).json()
    return result


async def test_a_service_without_nodes(client: Client) -> None:
    result = await status(client)
    assert (result["version"], result["nodes"]) == (VERSION, [])
    nothing = {"total": 0.0, "running": 0.0, "free": 0.0, "unavailable": 0.0, "offered": 0.0}
    assert result["resources"] == dict.fromkeys(("cpus", "disk", "gpus", "mem"), nothing)
    assert {name: item["OK"] for name, item in result["dependencies"].items()} == {"database": True, "logs": True, "nodes": False}
    assert result["dependencies"]["logs"]["detail"] == {"msg": "The log store postgres answers."}
    assert result["dependencies"]["nodes"]["errors"] == [{"NODES_OFFLINE": "No node starts jobs."}]
    assert result["scheduler"]["state"]["name"] == "OFFLINE"


@pytest.mark.usefixtures("worker")
async def test_a_node_with_a_running_job(client: Client, db: Database, queue: Queue, echo: JobTypeDetails) -> None:
    await queue.queued(echo)
    claim = await queue.claimed()
    async with db.transaction() as tx:
        resources = {"version": "1.0", "resources": {"cpus": 1.0, "gpus": 0.0}}
        await tx.claims.record_launches({claim.execution_id: LaunchRecord({}, resources, "")})
    result = await status(client)
    [node] = result["nodes"]
    assert (node["state"]["name"], node["num_workers"], node["num_slots"]) == ("READY", 1, 4)
    assert node["resources"]["cpus"] == {"total": 4.0, "running": 1.0, "free": 3.0, "unavailable": 0.0, "offered": 0.0}
    assert result["resources"] == node["resources"]
    by_job_type = [{"job_type_id": echo.item.job_type.id, "count": 1}]
    assert node["job_executions"]["running"] == {"total": 1, "by_job_type": by_job_type}
    assert [item["name"] for item in result["job_types"]] == ["echo"]
    assert (result["scheduler"]["state"]["name"], result["dependencies"]["nodes"]["OK"]) == ("READY", True)


@pytest.mark.parametrize("own", [{}, {"version": "1.0", "resources": {"cpus": 2, "disk": "much"}}])
async def test_what_an_imported_node_and_its_execution_say_of_resources(
    client: Client, make: Factory, queue: Queue, echo: JobTypeDetails, own: dict[str, Any]
) -> None:
    await queue.execute("UPDATE node SET resources = CAST(:own AS jsonb)", own=json.dumps(own))
    results: list[Any] = [{"resources": {"cpus": 1.5, "gpus": None, "disk": "much"}}, {"resources": []}, {}]
    for resources in results:
        job_id = await rows.job_row(make, echo, **rows.RUNNING)
        running = {"status": "RUNNING", "ended": None, "node_id": queue.node_id, "resources": resources}
        await rows.execution_row(make, job_id, echo, **running)
    result = (await status(client))["resources"]
    total = own.get("resources", {}).get("cpus", 0.0)
    assert (result["cpus"]["total"], result["cpus"]["running"]) == (total, 1.5)
    assert list(result) == ["cpus", "disk", "gpus", "mem"]
    assert {name: result["disk"][name] for name in ("total", "running")} == {"total": 0.0, "running": 0.0}
    assert (await client.get("/v6/nodes/")).status_code == 200


async def test_executions_that_ended_lately_count(client: Client, make: Factory, queue: Queue, echo: JobTypeDetails) -> None:
    now = datetime.now(UTC)
    bad = await rows.error_row(make, "bad", "DATA")
    for outcome, error_id, hours in (("COMPLETED", None, 1), ("COMPLETED", None, 4), ("FAILED", bad, 2), ("FAILED", None, 2)):
        job_id = await rows.job_row(make, echo, **rows.COMPLETED)
        ended = {"status": outcome, "error_id": error_id, "ended": now - timedelta(hours=hours), "node_id": queue.node_id}
        await rows.execution_row(make, job_id, echo, **ended)
    executions = (await status(client))["nodes"][0]["job_executions"]
    one = {"total": 1, "by_job_type": [{"job_type_id": echo.item.job_type.id, "count": 1}]}
    none = {"total": 0, "by_job_type": []}
    assert executions["completed"] == one
    assert executions["failed"] == {"total": 2, "data": one, "algorithm": none, "system": none}


@pytest.mark.usefixtures("worker")
async def test_who_pauses_a_node_is_quoted(client: Client, queue: Queue) -> None:
    await client.patch(f"/v6/nodes/{queue.node_id}/", {"is_paused": True, "pause_reason": "New disk"})
    result = await status(client)
    assert result["nodes"][0]["state"] == {"name": "PAUSED", "title": "Paused", "description": "New disk"}
    assert result["scheduler"]["state"]["name"] == "OFFLINE"
    assert result["resources"]["cpus"]["unavailable"] == 4.0


@pytest.mark.usefixtures("worker")
async def test_a_paused_scheduler(client: Client) -> None:
    await client.patch("/v6/scheduler/", {"is_paused": True})
    assert (await status(client))["scheduler"]["state"]["name"] == "PAUSED"


async def test_a_node_whose_workers_are_silent_is_offline(client: Client, db: Database, queue: Queue) -> None:
    async with db.transaction() as tx:
        await tx.nodes.register("worker-1", queue.node_id, pid=7, slots=4, now=datetime.now(UTC) - 2 * LEASE)
    [node] = (await status(client))["nodes"]
    assert (node["state"]["name"], node["num_workers"]) == ("OFFLINE", 0)
    assert node["errors"] == [node["state"]]


async def test_a_deactivated_node_is_not_there(client: Client, queue: Queue) -> None:
    await client.patch(f"/v6/nodes/{queue.node_id}/", {"is_active": False})
    assert (await status(client))["nodes"] == []


class AwayStore:
    """A log store that cannot be reached."""

    name = "away"

    async def append(self, execution_id: int, lines: Sequence[LogLine]) -> None:
        raise LogsUnavailable(f"Away: {execution_id}, {lines}.")

    async def read(self, query: LogQuery) -> AsyncIterator[list[LogLine]]:
        raise LogsUnavailable(f"Away: {query.limit}.")
        yield []

    async def search(self, search: LogSearch) -> list[LogLine]:
        raise LogsUnavailable(f"Away: {search.limit}.")

    async def drop_days(self, before: datetime) -> bool:
        raise LogsUnavailable(f"Away: {before}.")

    async def logged_before(self, before: datetime) -> AsyncIterator[list[str]]:
        raise LogsUnavailable(f"Away: {before}.")
        yield []

    async def delete(self, executions: Sequence[LoggedExecution]) -> None:
        raise LogsUnavailable(f"Away: {executions}.")

    async def check(self) -> None:
        raise LogsUnavailable("Away.")

    async def close(self) -> None:
        """There is nothing to close."""


async def test_a_log_store_that_is_away_is_said_to_be(services: Services, db: Database) -> None:
    app = bare_app({})
    app.state.services = replace(services, cluster=ClusterService(db, AwayStore(), utc_now, silent_after=LEASE))
    async with Client(app) as client:
        logs = (await status(client))["dependencies"]["logs"]
    assert logs == {"OK": False, "detail": {"msg": "Away."}, "errors": [{"LOGS_OFFLINE": "Away."}], "warnings": []}
