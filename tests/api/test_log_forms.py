"""The log as the answer of a search, by `?format=elasticsearch` and by the installation's setting."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jobsvc.api.context import ApiOptions
from jobsvc.db.tables import ExecutionRow, NodeRow
from jobsvc.domain.status import Stream
from jobsvc.ports.log_store import LogLine, LogOrigin
from tests.factories import Factory
from tests.support import Client

START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


@pytest.fixture
async def path(make: Factory) -> str:
    """Where the log of an execution of two lines is."""
    job = (await make.job()).item
    node_id = await make.row(NodeRow, hostname="node.example")
    columns = {"job_id": job.job.id, "job_type_id": job.job_type.id, "exe_num": 1, "cluster_id": "scale_job_x_1x1"}
    execution_id = await make.row(ExecutionRow, **columns, node_id=node_id, queued=START, started=START, status="RUNNING")
    origin = LogOrigin("scale_job_x_1x1", execution_id, "node.example")
    lines = [
        LogLine(START, 1, Stream.STDOUT, "one", origin),
        LogLine(START + timedelta(seconds=1), 2, Stream.STDERR, "two", origin),
    ]
    async with make.db.transaction() as tx:
        await tx.log_lines.append(execution_id, lines)
    return f"/v6/job-executions/{execution_id}/logs/combined/"


async def test_a_search_finds_the_records(client: Client, path: str) -> None:
    records = (await client.get(path)).json()
    hits = (await client.get(path, format="elasticsearch")).json()["hits"]
    assert [hit["_source"] for hit in hits["hits"]] == records
    assert hits["total"] == 2
    assert hits["hits"][0]["sort"] == [int(START.timestamp() * 1000), 1]


async def test_an_installation_may_prefer_that_form(client: Client, path: str) -> None:
    services = client.app.state.services
    client.app.state.services = replace(services, options=ApiOptions(v6_log_json="elasticsearch"))
    assert (await client.get(path)).json()["hits"]["total"] == 2
    assert (await client.get(path, format="json")).json()["hits"]["total"] == 2
    assert (await client.get(path, format="txt")).text == "one\ntwo"


async def test_no_lines_are_no_content_in_every_form(client: Client, path: str) -> None:
    for form in ("json", "txt", "html", "elasticsearch"):
        assert (await client.get(path, format=form, started="2030-01-01T00:00:00Z")).status_code == 204
