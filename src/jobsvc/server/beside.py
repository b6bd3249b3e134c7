"""A server beside something else that runs in the same event loop, as the probes of a worker."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

import uvicorn

from jobsvc.server.configured import configured
from jobsvc.server.limits import Limits

LIMITS = Limits(connections=50)
"""Those who ask a worker how it is are few."""


class _Quiet(uvicorn.Server):
    """Leaves the signals to whoever it stands beside."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@contextlib.asynccontextmanager
async def served(app: Callable[..., Any], sockets: Sequence[socket.socket]) -> AsyncIterator[None]:
    """Answer on these sockets, which listen already, until the end of the block; `app` has no lifespan."""
    server = _Quiet(configured(app, "", 0, LIMITS))
    task = asyncio.create_task(server.serve(list(sockets)))
    try:
        yield
    finally:
        server.should_exit = True
        await asyncio.gather(task, return_exceptions=True)
