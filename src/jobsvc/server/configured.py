"""uvicorn, configured for connections of our own."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import uvicorn

from jobsvc.server.connection import Connection
from jobsvc.server.limits import Limits

STOP_SECONDS = 3
"""That requests have to end when the service does, after the last ones are waited for: out in 5 s unless settings say more."""


def configured(
    app: Callable[..., Any],
    host: str,
    port: int,
    limits: Limits,
    *,
    logs_refusals: bool = False,
    stop_seconds: int = STOP_SECONDS,
) -> uvicorn.Config:
    """The server of an application.

    `logs_refusals`: whether the log says what never reaches the application. `stop_seconds`: how long requests may take to end.
    """
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        # It is only called, as the class would be.
        http=cast("type[asyncio.Protocol]", partial(Connection, limits=limits)),
        log_config=None,
        access_log=logs_refusals,
        ws="none",
        # Whoever runs the server opens what the application needs, and learns in time what keeps it from that.
        lifespan="off",
        # Whom the service believes about its clients is its own affair: a variable of uvicorn's would set it.
        proxy_headers=False,
        timeout_graceful_shutdown=stop_seconds,
    )
