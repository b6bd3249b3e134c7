"""Two databases on the tests' server: one to save, and an empty one to restore into."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from jobsvc.db.database import Database
from jobsvc.db.engines import asyncpg_url
from jobsvc.db.migrate import migrate
from jobsvc.settings import Settings

OLDER = "0019"


@asynccontextmanager
async def new_database(server_url: str, template: str = "template1") -> AsyncIterator[str]:
    """The URL of a new database, which is dropped afterwards."""
    name = f"backup_{uuid.uuid4().hex[:12]}"
    engine = create_async_engine(asyncpg_url(server_url), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield make_url(asyncpg_url(server_url)).set(database=name).render_as_string(hide_password=False)
    async with engine.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await engine.dispose()


@pytest.fixture
async def original(server_url: str, database_url: str, tmp_path: Path) -> AsyncIterator[Settings]:
    """The settings of an installation that is saved; its database has nothing but a schema."""
    async with new_database(server_url, make_url(database_url).database or "") as url:
        yield Settings(data_dir=tmp_path / "original", database_url=url, retry_seconds=0)


@pytest.fixture
async def older(server_url: str, tmp_path: Path) -> AsyncIterator[Settings]:
    """The same at an older schema."""
    async with new_database(server_url) as url:
        settings = Settings(data_dir=tmp_path / "original", database_url=url)
        database = Database.connect(url)
        await migrate(database.engine, OLDER)
        await database.close()
        yield settings


@pytest.fixture
async def place(server_url: str, tmp_path: Path) -> AsyncIterator[Settings]:
    """The settings of an empty place."""
    async with new_database(server_url) as url:
        yield Settings(data_dir=tmp_path / "place", database_url=url, retry_seconds=0)
