"""Waits for a database that is away, instead of giving up what was done."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from jobsvc.domain.errors import DatabaseUnavailable

log = structlog.get_logger(__name__)
T = TypeVar("T")
DELAYS = (0.1, 0.2, 0.5, 1.0, 2.0)


async def patiently(call: Callable[[], Awaitable[T]], what: str) -> T:
    """The result of the call, repeated for as long as the database is away."""
    attempt = 0
    while True:
        try:
            return await call()
        except DatabaseUnavailable as problem:
            if attempt == 0:
                log.warning("database.away", during=what, problem=problem.detail)
            await asyncio.sleep(DELAYS[min(attempt, len(DELAYS) - 1)])
            attempt += 1
