"""Tries again, with growing pauses: the only loops of the service that wait for what is away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential_jitter

from jobsvc.domain.errors import DatabaseUnavailable, LogsUnavailable

log = structlog.get_logger(__name__)
T = TypeVar("T")
FIRST_SECONDS = 0.1
"""The first pause, and how much chance adds to each: who waits for the same thing does not come back at the same moment."""
MOST_SECONDS = 2.0
AWAY = (DatabaseUnavailable, LogsUnavailable)


def trying(on: type[Exception] | tuple[type[Exception], ...], note: Callable[[Exception], None], most: float) -> AsyncRetrying:
    """Calls what it is called with until that raises nothing of this kind; pauses double up to `most` seconds.

    `note` is told each time why.
    """

    def tell(state: RetryCallState) -> None:
        problem = state.outcome.exception() if state.outcome else None
        if isinstance(problem, Exception):
            note(problem)

    wait = wait_exponential_jitter(multiplier=min(FIRST_SECONDS, most), max=most, jitter=min(FIRST_SECONDS, most))
    return AsyncRetrying(retry=retry_if_exception_type(on), wait=wait, before_sleep=tell)


async def patiently(call: Callable[[], Awaitable[T]], what: str, *, most: float = MOST_SECONDS) -> T:
    """The result of the call, repeated for as long as the database is away."""
    is_told = False

    def say_once(problem: Exception) -> None:
        nonlocal is_told
        if not is_told:
            is_told = True
            log.warning("database.away", during=what, problem=str(problem))

    async def once() -> T:
        return await call()

    return await trying(AWAY, say_once, most)(once)


async def regularly(turn: Callable[[], Awaitable[object]], what: str, seconds: float, *, most: float = MOST_SECONDS) -> None:
    """Do something every so many seconds until cancelled, sooner after it could not be done; no fault ends it."""
    failed = f"{what}.failed"
    while True:
        try:
            await patiently(turn, what, most=min(seconds, most))
        except Exception:
            log.exception(failed)
        await asyncio.sleep(seconds)
