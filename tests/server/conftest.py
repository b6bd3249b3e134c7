"""The server that the tests talk to."""

from collections.abc import AsyncIterator

import pytest_asyncio

from jobsvc.server.limits import Limits
from tests.api.conftest import Stage, stage
from tests.server.wire import Port, application, listening

__all__ = ["stage"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def port(stage: Stage) -> AsyncIterator[Port]:
    """The API with the limits that it has."""
    async with listening(application(stage.services), Limits()) as listens:
        yield listens
