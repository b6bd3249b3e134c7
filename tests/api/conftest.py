"""A service that is set up once per module, for tests that only read or are refused."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
import structlog

from jobsvc.api.context import Services
from jobsvc.app import bare_app
from jobsvc.db.database import Database
from jobsvc.settings import Settings
from jobsvc.wiring import api_services, ensure_defaults
from tests.conftest import empty
from tests.factories import Factory
from tests.support import Client


@pytest.fixture(scope="session", autouse=True)
def _plain_tracebacks() -> None:
    """The default ones show every variable, which takes a minute for a request that failed."""
    structlog.configure(processors=[structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)])


@dataclass(frozen=True)
class Stage:
    """The service with all that stands around it."""

    db: Database
    services: Services
    make: Factory
    client: Client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """The service on a database that nobody empties between the tests of a module."""
    db = Database.connect(database_url, pool_size=10)
    settings = Settings(data_dir=tmp_path_factory.mktemp("stage"), database_url=database_url)
    await ensure_defaults(settings, db)
    services = api_services(settings, db)
    app = bare_app({})
    app.state.services = services
    async with Client(app) as client:
        yield Stage(db, services, Factory(db, services), client)
    await services.audit.close()
    await empty(db)
    await db.close()
