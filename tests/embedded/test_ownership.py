"""Several processes, one server: who owns it, and what happens when the owner goes."""

from pathlib import Path

import pytest

from jobsvc.embedded import EmbeddedPostgres
from tests.waiting import until

from .support import MakeProcess, MakeServer, Process, Query, wait_until_gone

LOADED = "SELECT pg_conf_load_time()"


def test_processes_that_race_share_one_server(make_process: MakeProcess, folder: Path) -> None:
    racers = [make_process(folder / "parent" / "new") for _ in range(3)]
    for racer in racers:
        racer.send("start")
    answers = [racer.answer() for racer in racers]
    assert sorted(answer["owner"] for answer in answers) == [False, False, True]
    assert len({answer["url"] for answer in answers}) == 1


def test_a_joiner_leaves_the_server_running(make_server: MakeServer, query: Query) -> None:
    owner, joiner = make_server(), make_server()
    assert owner.start() == joiner.start()
    joiner.stop()
    assert query(owner.url, "SELECT 1") == 1


@pytest.mark.usefixtures("other_process")
def test_a_joiner_does_not_take_what_is_owned(server: EmbeddedPostgres) -> None:
    server.start()
    server.ensure()
    assert not server.is_owner


def test_the_server_of_a_killed_owner_ends_in_order(other_process: Process, data_dir: Path) -> None:
    log_start = (data_dir / "postgres.log").stat().st_size
    other_process.kill()
    wait_until_gone(data_dir)
    assert b"database system is shut down" in (data_dir / "postgres.log").read_bytes()[log_start:]


def test_a_joiner_takes_over_from_a_killed_owner(other_process: Process, server: EmbeddedPostgres, query: Query) -> None:
    url = server.start()
    other_process.kill()
    server.ensure()
    assert (server.is_owner, server.url) == (True, url)
    assert query(url, "SELECT answer FROM kept") == 42


def test_a_joiner_takes_over_from_an_owner_that_stopped(make_server: MakeServer, query: Query) -> None:
    owner, joiner = make_server(), make_server()
    owner.start()
    joiner.start()
    owner.stop()
    joiner.ensure()
    assert joiner.is_owner
    assert query(joiner.url, "SELECT 1") == 1


def test_children_of_the_owner_do_not_keep_the_server(other_process: Process, data_dir: Path) -> None:
    other_process.ask("fork")
    other_process.kill()
    wait_until_gone(data_dir)


def test_ctrl_c_leaves_the_server_to_its_owner(other_process: Process, server: EmbeddedPostgres, query: Query) -> None:
    loaded = query(server.start(), LOADED)
    other_process.press_ctrl_c()
    # The postmaster would obey Ctrl-C first, and reload its settings after that.
    assert query(server.start(), "SELECT pg_reload_conf()")
    until(lambda: query(server.start(), LOADED) != loaded)
    assert not server.is_owner


def test_a_first_start_that_was_killed_half_way_is_made_up_for(
    folder: Path, make_process: MakeProcess, make_server: MakeServer, query: Query
) -> None:
    starting = make_process(folder / "new")
    starting.send("start")
    until((folder / "new" / "postgres.new" / "base").exists, pause=0.001)
    starting.kill()
    assert query(make_server(folder / "new").start(), "SELECT 1") == 1
    assert not (folder / "new" / "postgres.new").exists()
