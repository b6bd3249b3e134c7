"""A service that has a database already: it starts faster."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from jobsvc.db.database import Database
from tests.conftest import empty

from .up import Up, running_up

StartUp = Callable[..., Up]


@pytest.fixture
def start_up(tmp_path: Path, database_url: str) -> Iterator[StartUp]:
    """Start `jobsvc up` on the database of the tests; `options` are those of Up."""
    with ExitStack() as until_end:

        def start(name: str = "up", **options: object) -> Up:
            directory = tmp_path / name
            directory.mkdir()
            options["variables"] = {"JOBSVC_DATABASE_URL": database_url} | dict(options.get("variables", {}))  # type: ignore[call-overload]
            return until_end.enter_context(running_up(directory, **options))

        yield start
    asyncio.run(_leave_nothing(database_url))


async def _leave_nothing(url: str) -> None:
    """What the service wrote would be in the way of whoever comes next."""
    database = Database.connect(url)
    await empty(database)
    await database.close()
