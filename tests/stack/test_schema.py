"""Processes of the service whose database has an older schema: those that wait for `jobsvc migrate`, and those that do not."""

import asyncio
import signal
import subprocess
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import httpx

from jobsvc.db.database import Database
from jobsvc.db.migrate import migrate
from jobsvc.db.schema_revisions import newest
from tests.cli.support import JOBSVC, environment, free_port
from tests.conftest import execute_alone
from tests.waiting import until

from .conftest import StartUp
from .up import Up

SENTENCE = f"The database is at schema none, not at {newest()}: run `jobsvc migrate` of this release."


def waiting(url: str, **more: str) -> Mapping[str, str]:
    """The settings of a process that waits for its schema."""
    return {"JOBSVC_DATABASE_URL": url, "JOBSVC_MIGRATE": "wait"} | more


def run(directory: Path, variables: Mapping[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    """A command, to its end."""
    everything = environment(directory) | dict(variables)
    return subprocess.run([*JOBSVC, *words], env=everything, capture_output=True, text=True, timeout=60, check=False)


def asked(up: Up, port: int, path: str) -> httpx.Response | None:
    """What a process answers; None as long as it does not listen."""
    assert up.process.poll() is None, up.said
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=5)
    except httpx.TransportError:
        return None


def is_ready(up: Up, port: int) -> bool:
    """Whether a process can do its work."""
    answer = asked(up, port, "/readyz")
    return answer is not None and answer.status_code == 200


def test_processes_wait_until_the_schema_is_there(start_up: StartUp, new_url: str, tmp_path: Path) -> None:
    health = free_port()
    api = start_up("api", command="serve", variables=waiting(new_url, JOBSVC_ROOT_PATH="/api", JOBSVC_PROCESSES="2"))
    worker = start_up("worker", command="worker", variables=waiting(new_url, JOBSVC_HEALTH_PORT=str(health)))
    parts = [(api, api.port), (worker, health)]
    for up, port in parts:
        assert until(partial(asked, up, port, "/livez")).json() == {"status": "alive"}
        unready = httpx.get(f"http://127.0.0.1:{port}/readyz")
        assert (unready.status_code, unready.json()["checks"]["schema"]["status"]) == (503, "failed")
        assert until(partial(up.says, "schema.waiting", SENTENCE))
    refused = httpx.get(f"{api.url}/api/v6/jobs/")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert "jobsvc migrate" in refused.json()["detail"]
    assert httpx.get(f"{api.url}/api/livez").status_code == 200

    ended = run(tmp_path / "migrate", waiting(new_url), "migrate")
    assert (ended.returncode, ended.stdout) == (0, "The database is at the newest schema.\n"), ended.stderr
    for up, port in parts:
        until(partial(is_ready, up, port))
        assert until(partial(up.says, "schema.ready"))
    assert httpx.get(f"{api.url}/v6/jobs/").json()["count"] == 0
    assert [up.end(signal.SIGTERM) for up, _ in parts] == [0, 0]


def test_who_waits_is_stopped_as_all_others(start_up: StartUp, new_url: str) -> None:
    parts = [start_up(command, command=command, variables=waiting(new_url)) for command in ("serve", "worker")]
    for up in parts:
        until(partial(up.says, "schema.waiting"))
    assert [up.end(signal.SIGTERM) for up in parts] == [0, 0]


def test_who_may_not_wait_says_what_to_run(new_url: str, tmp_path: Path) -> None:
    never = {"JOBSVC_DATABASE_URL": new_url, "JOBSVC_MIGRATE": "never"}
    for command in ("worker", "up"):
        ended = run(tmp_path, never, command)
        assert (ended.returncode, ended.stderr) == (1, f"jobsvc: {SENTENCE}\n"), command
    # A command of an operator never waits.
    ended = run(tmp_path, waiting(new_url), "tokens", "list")
    assert (ended.returncode, ended.stderr) == (1, f"jobsvc: {SENTENCE}\n")


def test_the_schema_of_a_later_release_is_waited_for_by_nobody(start_up: StartUp, new_url: str) -> None:
    asyncio.run(migrated_later(new_url))
    up = start_up(command="serve", variables=waiting(new_url))
    until(up.answers)
    assert not up.says("schema.waiting")
    assert up.end(signal.SIGTERM) == 0


async def migrated_later(url: str) -> None:
    """Do what a later release does, which lets this one go on."""
    database = Database.connect(url)
    await migrate(database.direct)
    await database.close()
    await execute_alone(url, "UPDATE alembic_version SET version_num = '9999'")
