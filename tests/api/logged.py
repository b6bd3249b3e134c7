"""Executions with logs, and a server for what cannot be seen without a connection."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from fastapi import FastAPI

from jobsvc.server.serving import Server

GRACE_SECONDS = 60
"""How long a server that stops waits for answers that are under way."""


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The application behind a real server; gives a client of it. The server stops at the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            app, http="httptools", log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=5
        )
        server = Server(config, app.state.services.log_tail.close)
        task = asyncio.create_task(server.serve([listening]))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as client:
            try:
                yield client
            finally:
                server.should_exit = True
                await task
