"""A service that is away: whoever may ask again does, for a while."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from jobsvc.client.aio import AsyncClient
from jobsvc.client.errors import ServiceUnreachable
from tests.waiting import eventually

from .conftest import NOTHING


class Switch:
    """Cuts and opens the way to the service, and counts who came in vain."""

    is_open = True
    refused = 0

    def __call__(self, to: str) -> None:
        self.is_open = to == "open"


@pytest.fixture
async def relay(service: str) -> AsyncIterator[tuple[str, Switch]]:
    """A way to the service that can be cut: its URL, and the switch."""
    port = int(service.rpartition(":")[2])
    switch = Switch()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not switch.is_open:
            switch.refused += 1
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, back), pump(there, writer), return_exceptions=True)

    async with await asyncio.start_server(connect, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", switch


async def test_a_submission_outlives_a_service_that_is_away(relay: tuple[str, Switch], quick: int, client: AsyncClient) -> None:
    url, switch = relay
    switch("cut")
    async with AsyncClient(url) as away:
        submitting = asyncio.create_task(away.jobs.submit(quick, NOTHING))
        await eventually(lambda: switch.refused)
        switch("open")
        job = await submitting
    assert (await client.jobs.get(job["id"]))["id"] == job["id"]


async def test_a_service_that_was_never_there_is_said_at_once(relay: tuple[str, Switch]) -> None:
    url, switch = relay
    switch("cut")
    async with AsyncClient(url) as away:
        with pytest.raises(ServiceUnreachable, match="no service answers"):
            await away.version()
