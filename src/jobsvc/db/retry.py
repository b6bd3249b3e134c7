"""Tries again, with growing pauses: the only loops of the service that wait for what is away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential_jitter

from jobsvc.domain.errors import DatabaseUnavailable, LogsUnavailable

log = structlog.get_logger(__name__)
T = TypeVar("T")
FIRST_PAUSE_SECONDS = 0.1
"""The first pause, and how much chance adds to each: who waits for the same thing does not come back at the same moment."""
MAX_PAUSE_SECONDS = 2.0
UNAVAILABLE = (DatabaseUnavailable, LogsUnavailable)


def retrying(
    on: type[Exception] | tuple[type[Exception], ...], note: Callable[[Exception], None], max_pause: float
) -> AsyncRetrying:
    """Calls what it is called with until that raises nothing of this kind; pauses double up to `max_pause` seconds.

    `note` is called each time with the reason.
    """

    def report(state: RetryCallState) -> None:
        problem = state.outcome.exception() if state.outcome else None
        if isinstance(problem, Exception):
            note(problem)

    wait = wait_exponential_jitter(
        multiplier=min(FIRST_PAUSE_SECONDS, max_pause), max=max_pause, jitter=min(FIRST_PAUSE_SECONDS, max_pause)
    )
    return AsyncRetrying(retry=retry_if_exception_type(on), wait=wait, before_sleep=report)


async def retry_while_unavailable(call: Callable[[], Awaitable[T]], what: str, *, max_pause: float = MAX_PAUSE_SECONDS) -> T:
    """The result of the call, repeated for as long as the database is away."""
    failed = f"{what}.failed"
    is_logged = False

    def log_once(problem: Exception) -> None:
        nonlocal is_logged
        if not is_logged:
            is_logged = True
            log.warning(failed, problem=str(problem), is_retried=True)

    try:
        return await call()
    except UNAVAILABLE as exc:
        # As a rule there is nothing to repeat, and the machinery for it would be made for nothing.
        first: Exception | None = exc

    async def once() -> T:
        nonlocal first
        if first is not None:
            problem, first = first, None
            raise problem
        return await call()

    return await retrying(UNAVAILABLE, log_once, max_pause)(once)


async def run_periodically(
    turn: Callable[[], Awaitable[object]], what: str, seconds: float, *, max_pause: float = MAX_PAUSE_SECONDS
) -> None:
    """Do something every so many seconds until cancelled, sooner after it could not be done; no fault ends it."""
    failed = f"{what}.failed"
    while True:
        try:
            await retry_while_unavailable(turn, what, max_pause=min(seconds, max_pause))
        except Exception:
            log.exception(failed)
        await asyncio.sleep(seconds)
