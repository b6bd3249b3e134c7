"""One process and its server: what it gets, and that its data stays."""

import os
from pathlib import Path

import pytest

from jobsvc.embedded import EmbeddedPostgres

from .support import MakeServer, Query

DURABILITY = ("fsync", "full_page_writes", "synchronous_commit")


def test_data_outlives_a_restart(server: EmbeddedPostgres, query: Query) -> None:
    query(server.start(), "CREATE TABLE before_restart AS SELECT 43 AS answer")
    server.stop()
    assert query(server.start(), "SELECT answer FROM before_restart") == 43


def test_starting_again_gives_the_same_url(server: EmbeddedPostgres) -> None:
    assert server.start() == server.start() == server.url


def test_the_url_needs_nothing_of_the_environment(
    server: EmbeddedPostgres, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PGPORT", "PGHOST", "PGUSER", "PGDATABASE", "PGPASSWORD", "PGDATA", "LC_ALL"):
        monkeypatch.setenv(name, "9")
    assert query(server.start(), "SELECT current_database() || '/' || current_user") == "jobsvc/jobsvc"


def test_a_server_that_was_not_started_stays_so(server: EmbeddedPostgres) -> None:
    server.ensure()
    assert not server.is_owner
    with pytest.raises(RuntimeError, match="not started"):
        _ = server.url


def test_a_stopped_server_stays_so(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    server.stop()
    server.ensure()
    assert not server.is_owner


def test_it_is_durable_by_default(data_dir: Path, query: Query) -> None:
    server = EmbeddedPostgres(data_dir)
    try:
        url = server.start()
        assert [query(url, f"SHOW {name}") for name in DURABILITY] == ["on", "on", "on"]
    finally:
        server.stop()


def test_speed_may_be_preferred(make_server: MakeServer, query: Query) -> None:
    url = make_server(durable=False).start()
    assert [query(url, f"SHOW {name}") for name in DURABILITY] == ["off", "off", "off"]


def test_it_listens_on_no_network(server: EmbeddedPostgres, query: Query) -> None:
    assert query(server.start(), "SHOW listen_addresses") == ""


def test_a_large_log_is_put_aside(server: EmbeddedPostgres, data_dir: Path) -> None:
    os.truncate(data_dir / "postgres.log", 10_000_000)
    server.start()
    assert (data_dir / "postgres.log.1").stat().st_size == 10_000_000
    assert (data_dir / "postgres.log").stat().st_size < 10_000


def test_text_is_unicode_in_the_order_of_code_points(server: EmbeddedPostgres, query: Query) -> None:
    assert query(server.start(), "SELECT upper('öl, čaj ') || ('Z' < 'a')") == "ÖL, ČAJ true"
