"""Real servers, and processes that share them."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from jobsvc.embedded import EmbeddedPostgres

from .support import MakeProcess, MakeServer, Process, Query, wait_until_gone


@pytest.fixture(scope="session")
def query() -> Query:
    """Runs a statement in a connection of its own, commits, and gives the first value if there is one."""

    async def run(url: str, statement: str) -> Any:
        engine = create_async_engine(url, poolclass=NullPool)
        async with engine.begin() as connection:
            result = await connection.execute(text(statement))
            return result.scalar() if result.returns_rows else None

    return lambda url, statement: asyncio.run(run(url, statement))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A private folder with a path that is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="jobsvc-") as path:
        yield Path(path)


@pytest.fixture(scope="session")
def data_dir(query: Query) -> Iterator[Path]:
    """A data directory with a cluster, the same for all tests, whose table `kept` has to outlive them all.

    No server runs in it when a test begins.
    """
    with tempfile.TemporaryDirectory(prefix="jobsvc-") as path:
        server = EmbeddedPostgres(Path(path) / "data", durable=False)
        query(server.start(), "CREATE TABLE kept AS SELECT 42 AS answer")
        server.stop()
        yield Path(path) / "data"


@pytest.fixture(scope="session")
def other_data_dir() -> Iterator[Path]:
    """A data directory that has nothing to do with `data_dir`, where a server runs."""
    with tempfile.TemporaryDirectory(prefix="jobsvc-") as path:
        server = EmbeddedPostgres(Path(path), durable=False)
        server.start()
        yield Path(path)
        server.stop()


@pytest.fixture
def make_server(data_dir: Path) -> Iterator[MakeServer]:
    """Makes servers in this process, by default for `data_dir` and not durable, and stops them in the end."""
    with ExitStack() as stack:

        def make(where: Path = data_dir, *, durable: bool = False) -> EmbeddedPostgres:
            server = EmbeddedPostgres(where, durable=durable)
            stack.callback(server.stop)
            return server

        yield make


@pytest.fixture
def server(make_server: MakeServer) -> EmbeddedPostgres:
    """A server of this process for `data_dir` that was not started."""
    return make_server()


@pytest.fixture
def make_process(data_dir: Path) -> Iterator[MakeProcess]:
    """Makes other processes, by default for `data_dir`; ends them, and sees that no server outlives them."""
    with ExitStack() as stack:

        def make(where: Path = data_dir, **how: Any) -> Process:
            stack.callback(wait_until_gone, where)
            process = Process(where, **how)
            stack.callback(process.close)
            return process

        yield make


@pytest.fixture
def other_process(make_process: Callable[..., Process]) -> Process:
    """Another process that owns the server in `data_dir`."""
    process = make_process()
    assert process.ask("start")["owner"]
    return process
