"""A service with a job type that ends at once and one that takes its time, and clients of it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from jobsvc.client.aio import AsyncClient
from jobsvc.client.models import Data
from jobsvc.client.sync import Client
from tests.cli.support import environment, running_service
from tests.factories import manifest

SLEEP: dict[str, Any] = {
    "command": "sleep ${SECONDS}",
    "inputs": {"json": [{"name": "SECONDS", "type": "number", "required": True}]},
}
TALK = "talk"
TALKATIVE: dict[str, Any] = {
    "command": "sh -c 'for n in $(seq ${COUNT}); do echo line $n; sleep 0.02; done'",
    "inputs": {"json": [{"name": "COUNT", "type": "integer", "required": True}]},
}
SECONDS: Data = {"files": {}, "json": {"SECONDS": 60}}
NOTHING: Data = {"files": {}, "json": {}}


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a service with one slot."""
    variables = environment(tmp_path_factory.mktemp("client")) | {"JOBSVC_SLOTS": "1"}
    with running_service(variables) as url, Client(url) as client:
        client.job_types.create(manifest("quick"))
        client.job_types.create(manifest("word-count", interface={"command": "echo 42 words"}))
        client.job_types.create(manifest("slow", interface=SLEEP))
        client.job_types.create(manifest(TALK, interface=TALKATIVE))
        yield url


@pytest.fixture
async def client(service: str) -> AsyncIterator[AsyncClient]:
    """A client for asyncio: the other one is generated from it."""
    async with AsyncClient(service) as client:
        yield client


@pytest.fixture
async def quick(client: AsyncClient) -> int:
    """The id of the job type that ends at once."""
    return (await client.job_types.get("quick"))["id"]


@pytest.fixture
async def slow(client: AsyncClient) -> AsyncIterator[int]:
    """The id of the job type that takes its time; what still runs of it is canceled afterwards."""
    yield (await client.job_types.get("slow"))["id"]
    operation_id = await client.bulk.cancel({"job_type_names": ["slow"]})
    async for _ in client.bulk.watch(operation_id, interval=0.05):
        pass
