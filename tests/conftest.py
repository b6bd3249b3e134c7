"""A real PostgreSQL for every test: the server of JOBSVC_TEST_DATABASE_URL, or an embedded one of the test session.

Each pytest process migrates a database of its own once; a test that took it leaves it as empty as a new one.
"""

import asyncio
import os
import signal
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from jobsvc.api.context import Services
from jobsvc.app import bare_app
from jobsvc.db.database import Database
from jobsvc.db.engines import asyncpg_url
from jobsvc.db.migrate import migrate
from jobsvc.db.tables import Base
from jobsvc.embedded import EmbeddedPostgres
from jobsvc.settings import Settings
from jobsvc.wiring import api_services, ensure_defaults
from tests.counts import pytest_terminal_summary
from tests.factories import Factory
from tests.shared_elasticsearch import (
    elasticsearch_url,
    pytest_configure,
    pytest_runtest_makereport,
    pytest_unconfigure,
)
from tests.support import Client
from tests.waiting import eventually

pytest_plugins = ("tests.parts.plugin",)

__all__ = [  # for pytest
    "elasticsearch_url",
    "pytest_configure",
    "pytest_runtest_makereport",
    "pytest_terminal_summary",
    "pytest_unconfigure",
]

# A shell that runs the tests in the background ignores Ctrl-C, and `nohup` the end of the terminal; so would all processes
# that tests start, and send these signals to.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

KEPT = {"scheduler", "error"}
EMPTYING = (
    # The audit is emptied by its retention alone.
    text("SET LOCAL jobsvc.audit_retention = 'on'"),
    text(f"TRUNCATE {', '.join(sorted(set(Base.metadata.tables) - KEPT))} RESTART IDENTITY CASCADE;"),
    text("DELETE FROM error WHERE NOT is_builtin"),
    text("UPDATE scheduler SET is_paused = false, queue_mode = 'FIFO'"),
)
"""Leaves what a migration put there, and nothing else."""


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server on which databases can be made."""
    configured = os.environ.get("JOBSVC_TEST_DATABASE_URL")
    if configured:
        yield configured
        return
    server = EmbeddedPostgres(tmp_path_factory.mktemp("server"), durable=False)
    yield server.start()
    server.stop()


@pytest.fixture(scope="session")
def database_url(server_url: str) -> Iterator[str]:
    """A migrated database of this pytest process."""
    name = f"jobsvc_test_{uuid.uuid4().hex[:12]}"
    asyncio.run(execute_alone(server_url, f"CREATE DATABASE {name}"))
    url = make_url(asyncpg_url(server_url)).set(database=name).render_as_string(hide_password=False)
    asyncio.run(_migrate(url))
    yield url
    asyncio.run(execute_alone(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def new_url(server_url: str) -> Iterator[str]:
    """A database without a schema."""
    name = f"jobsvc_new_{uuid.uuid4().hex[:12]}"
    asyncio.run(execute_alone(server_url, f"CREATE DATABASE {name}"))
    yield make_url(asyncpg_url(server_url)).set(database=name).render_as_string(hide_password=False)
    asyncio.run(execute_alone(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """The database, empty but for what a migration puts there; emptied again afterwards."""
    database = Database.connect(database_url, pool_size=10)
    yield database
    await empty(database)
    await database.close()


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Settings whose files lie in the test's own directory."""
    return Settings(data_dir=tmp_path / "data", database_url=database_url, retry_seconds=0)


@pytest.fixture
async def services(db: Database, settings: Settings) -> AsyncIterator[Services]:
    """The use cases on the test's database."""
    await ensure_defaults(settings, db)
    services = api_services(settings, db)
    yield services
    await services.audit.close()


@pytest.fixture
async def client(services: Services) -> AsyncIterator[Client]:
    """A client of the API, in this process."""
    app = bare_app({})
    app.state.services = services
    async with Client(app) as client:
        yield client


@pytest.fixture
async def make(db: Database, services: Services) -> Factory:
    """Makes things to test with."""
    return Factory(db, services)


BUSY = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend' AND xact_start IS NOT NULL"
)


async def empty(database: Database) -> None:
    """Make a database as it is after its migration, ids included.

    What a process that was killed had asked for is let end: it would hold some of the tables, and want others.
    """
    await eventually(lambda: _is_quiet(database))
    async with database.engine.begin() as connection:
        for statement in EMPTYING:
            await connection.execute(statement)


async def _is_quiet(database: Database) -> bool:
    async with database.engine.begin() as connection:
        return not await connection.scalar(BUSY)


async def execute_alone(url: str, statement: str) -> None:
    """Execute what may not be in a transaction, on a connection of its own."""
    engine = create_async_engine(asyncpg_url(url), isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()


async def _migrate(url: str) -> None:
    database = Database.connect(url)
    await migrate(database.engine)
    await database.close()
