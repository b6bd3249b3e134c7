"""What a cluster's nodes do for a service: each connection goes to one of its pods that are ready."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path

from tests.cluster.outside import administer
from tests.cluster.pass_on import copy

LATE_SECONDS = 0.5
"""How old what is known of the pods may be: nodes hear of changes a moment later."""


class Way:
    """The way to a service from this machine; `url` leads to it.

    The cluster of the tests has no kube-proxy, which changes the packet filter of its machine.
    """

    def __init__(self, kubeconfig: Path, namespace: str, service: str) -> None:
        self._api = administer(kubeconfig)
        self._path = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
        self._query = {"labelSelector": f"kubernetes.io/service-name={service}"}
        self._connections: set[asyncio.Task[None]] = set()
        self.addresses: set[tuple[str, int]] = set()
        self.url = ""

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Open for the time of the block."""
        self.addresses = await asyncio.to_thread(self._ready)
        looking = asyncio.create_task(self._look())
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield
        finally:
            server.close()
            tasks = [looking, *self._connections]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._api.close()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LATE_SECONDS)
            self.addresses = await asyncio.to_thread(self._ready)

    def _ready(self) -> set[tuple[str, int]]:
        slices = self._api.get(self._path, params=self._query).json()["items"]
        return {
            (endpoint["addresses"][0], item["ports"][0]["port"])
            for item in slices
            for endpoint in item["endpoints"]
            if endpoint["conditions"].get("ready")
        }

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._pass_on(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        await asyncio.wait([task])

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            # No secret is made of this choice.
            their_reader, their_writer = await asyncio.open_connection(*random.choice(sorted(self.addresses)))  # noqa: S311
        except (OSError, IndexError):
            writer.transport.abort()
            return
        try:
            await asyncio.gather(copy(reader, their_writer), copy(their_reader, writer))
        except asyncio.CancelledError:
            for item in (writer, their_writer):
                item.transport.abort()
            raise
