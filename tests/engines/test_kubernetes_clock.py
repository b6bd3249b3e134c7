"""Hosts whose clocks differ: the cluster dates what happens by its own; and an API server that wants to be left alone."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from jobsvc.engines.kubernetes.cluster import Cluster
from jobsvc.ports.remote_engine import EngineUnavailable

HOUR = timedelta(hours=1)


@pytest_asyncio.fixture
async def dated(tmp_path: Path) -> AsyncIterator[tuple[dict[str, str], Path]]:
    """What a server writes as its time, and the way to it."""
    headers: dict[str, str] = {}

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({}, headers=headers, status=429 if "Retry-After" in headers else 200)

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    [address] = runner.addresses
    way = tmp_path / "kubeconfig"
    names = {
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{address[1]}"}}],
        "users": [{"name": "u", "user": {}}],
    }
    context = {"contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}], "current-context": "x"}
    way.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **names, **context}))
    yield headers, way
    await runner.cleanup()


@pytest.mark.parametrize("ahead", [HOUR, -HOUR, timedelta()])
async def test_the_time_is_that_of_the_cluster(dated: tuple[dict[str, str], Path], ahead: timedelta) -> None:
    headers, way = dated
    cluster = Cluster(way)
    headers["Date"] = format_datetime(datetime.now(UTC) + ahead, usegmt=True)
    await cluster.ask("GET", "/")
    assert abs(cluster.now - datetime.now(UTC) - ahead) < timedelta(minutes=1)
    headers["Date"] = "never"
    await cluster.ask("GET", "/")
    assert abs(cluster.now - datetime.now(UTC) - ahead) < timedelta(minutes=1)
    await cluster.close()


async def test_a_server_that_has_too_much_to_do_is_left_alone_for_as_long_as_it_says(dated: tuple[dict[str, str], Path]) -> None:
    headers, way = dated
    cluster = Cluster(way)
    loop = asyncio.get_running_loop()
    for retry_after, least in (("1", 0.9), ("tomorrow", 0.0)):
        headers["Retry-After"] = retry_after
        with pytest.raises(EngineUnavailable):
            await cluster.ask("GET", "/")
        del headers["Retry-After"]
        since = loop.time()
        await cluster.ask("GET", "/")
        assert loop.time() - since >= least
    await cluster.close()
