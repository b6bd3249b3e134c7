"""Nothing is lost and nothing is done twice while the database ends connections, cancels statements, or takes no changes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from tests.faults.conftest import Begin
from tests.faults.ledger import Trial
from tests.refusing import canceling, read_only, terminate
from tests.stack.up import Up

JOBS = 24
SECONDS = 4.0
"""How long it lasts: longer than a lease."""
Fault = Callable[[str], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def terminating(database_url: str) -> AsyncIterator[None]:
    """Somebody ends all connections again and again."""

    async def go_on() -> None:
        while True:
            await terminate(database_url)
            await asyncio.sleep(0.2)

    storm = asyncio.create_task(go_on())
    yield
    storm.cancel()
    await asyncio.gather(storm, return_exceptions=True)


@pytest.mark.parametrize("fault", [terminating, canceling, read_only])
async def test_a_database_that_says_no(up_on_database: Up, database_url: str, begin: Begin, fault: Fault) -> None:
    trial = await asyncio.to_thread(half_begun, begin, up_on_database)
    async with fault(database_url):
        # Whoever submits meanwhile is told to come back, and comes back.
        submitting = asyncio.create_task(asyncio.to_thread(trial.submit, JOBS // 2))
        await asyncio.sleep(SECONDS)
    await submitting
    await asyncio.to_thread(trial.check)


def half_begun(begin: Begin, up: Up) -> Trial:
    """A trial whose jobs run."""
    trial = begin(up)
    trial.submit(JOBS // 2)
    trial.await_starts(JOBS // 4)
    return trial
