"""Parts of the server are killed: `ensure` brings it back, with all that was committed."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from jobsvc.embedded import EmbeddedPostgres

from .support import MakeServer, Process, Query, postmaster, wait_until_gone, watcher


@pytest.mark.parametrize("victim", [postmaster, watcher])
def test_a_killed_part_is_replaced(make_server: MakeServer, data_dir: Path, query: Query, victim: Callable[[Path], int]) -> None:
    server = make_server(durable=True)
    query(server.start(), f"CREATE TABLE before_{victim.__name__} AS SELECT 43 AS answer")
    kill_and_ensure(server, data_dir, victim)
    assert query(server.url, f"SELECT answer FROM before_{victim.__name__}") == 43  # noqa: S608


def kill_and_ensure(server: EmbeddedPostgres, data_dir: Path, victim: Callable[[Path], int]) -> None:
    """Kill a process, then call `ensure` over and over, as the service does, until there is a new server."""
    before = postmaster(data_dir)
    os.kill(victim(data_dir), signal.SIGKILL)
    while postmaster(data_dir) == before:
        server.ensure()


def test_the_new_server_ends_with_its_owner_too(server: EmbeddedPostgres, data_dir: Path) -> None:
    server.start()
    kill_and_ensure(server, data_dir, watcher)
    server.stop()
    wait_until_gone(data_dir)


def test_a_server_that_lost_both_its_watcher_and_its_owner_is_replaced(
    other_process: Process, server: EmbeddedPostgres, data_dir: Path, query: Query
) -> None:
    left = postmaster(data_dir)
    os.kill(watcher(data_dir), signal.SIGKILL)
    other_process.kill()
    assert query(server.start(), "SELECT answer FROM kept") == 42
    assert server.is_owner
    assert postmaster(data_dir) != left


@pytest.mark.parametrize("stale", ["postgres/postmaster.pid", "run/.s.PGSQL.5432.lock"])
def test_a_pid_in_a_stale_file_may_be_in_use_again(
    server: EmbeddedPostgres, data_dir: Path, other_data_dir: Path, query: Query, stale: str
) -> None:
    unrelated = postmaster(other_data_dir)
    (data_dir / stale).write_text(f"{unrelated}\n{data_dir}/postgres\n1\n5432\n{data_dir}/run\n")
    assert query(server.start(), "SELECT answer FROM kept") == 42
    os.kill(unrelated, 0)
