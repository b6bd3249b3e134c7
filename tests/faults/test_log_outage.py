"""The whole service with its logs in Elasticsearch, which goes away while jobs write lines."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from jobsvc.client.aio import AsyncClient
from jobsvc.client.errors import ApiError
from jobsvc.client.events import LogEvent
from jobsvc.settings import Settings
from jobsvc.stack import Stack
from tests.cli.support import free_port
from tests.factories import manifest, script
from tests.relay import Relay, relay_to
from tests.waiting import eventually

LINES = 5000
WHOLE = {"status": "COMPLETED", "exit_code": 0, "complete": True}


@pytest.fixture
async def relay(elasticsearch_url: str) -> AsyncIterator[Relay]:
    """The way to Elasticsearch."""
    async with relay_to(elasticsearch_url) as relay:
        yield relay


@pytest.fixture
async def service(tmp_path: Path, relay: Relay, elasticsearch_url: str) -> AsyncIterator[AsyncClient]:
    """A client of a service whose lines go through the relay, into indices that go with it."""
    prefix = f"outage-{uuid4().hex[:8]}"
    settings = Settings(data_dir=tmp_path / "data", port=free_port(), elasticsearch_url=(relay.url,), log_index=prefix)
    async with running(Stack(settings, log_file=tmp_path / "log")) as url, AsyncClient(url) as client:
        yield client
    async with httpx.AsyncClient(base_url=elasticsearch_url) as server:
        for index in (await server.get(f"/_cat/indices/{prefix}-*?format=json")).json():
            await server.delete(f"/{index['index']}")
        await server.delete(f"/_index_template/jobsvc-{prefix}")


@asynccontextmanager
async def running(stack: Stack) -> AsyncIterator[str]:
    """The stack, without holding up the relay."""
    await asyncio.to_thread(stack.__enter__)
    try:
        yield stack.url
    finally:
        await asyncio.to_thread(stack.stop)


async def submit(service: AsyncClient, directory: Path, lines: str) -> int:
    """A job that runs a shell script."""
    directory.mkdir()
    document = manifest(directory.name, interface={"command": script(directory, lines)})
    job_type = await service.job_types.create(document)
    return (await service.jobs.submit(job_type["id"], {"files": {}, "json": {}}))["id"]


async def execution(service: AsyncClient, job_id: int) -> int:
    """The id of the job's execution, as soon as there is one."""

    async def ids() -> list[int]:
        return [item["id"] async for item in service.jobs.executions(job_id)]

    first, *_ = await eventually(ids)
    return int(first)


async def numbers_and_end(events: AsyncIterator[LogEvent]) -> tuple[list[int], object]:
    """The numbers of all lines, and what the last event says."""
    result = [event async for event in events]
    return [event.data["scale_order_num"] for event in result if event.name == "line"], result[-1].data


async def test_an_outage_delays_lines_and_nothing_else(service: AsyncClient, relay: Relay, tmp_path: Path) -> None:
    wait = f"until [ -e {tmp_path}/on ]; do sleep 0.05; done"
    first = await submit(service, tmp_path / "first", f"echo 1; {wait}; seq 2 {LINES}")
    early = await execution(service, first)
    following = service.logs.stream(early)
    line = await anext(following)
    await relay.cut()
    (tmp_path / "on").touch()
    second = await submit(service, tmp_path / "second", f"seq 1 {LINES}")
    for job_id in (first, second):
        assert (await service.jobs.wait(job_id, max_wait=60))["status"] == "COMPLETED"
    late = await execution(service, second)
    with pytest.raises(ApiError) as refused:
        await numbers_and_end(service.logs.stream(late))
    await relay.reconnect()
    assert refused.value.status == 503
    # The worker still has all lines of the second one.
    assert await numbers_and_end(service.logs.stream(late)) == (list(range(1, LINES + 1)), WHOLE)
    assert line.data["scale_order_num"] == 1
    assert await numbers_and_end(following) == (list(range(2, LINES + 1)), WHOLE)
    # The worker's log says once that lines have to wait, and not at every attempt.
    said = (tmp_path / "log").read_text()
    assert ("logs.delayed" in said, "has failed for" in said) == (True, False)
