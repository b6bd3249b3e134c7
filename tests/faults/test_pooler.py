"""Services behind PgBouncer in transaction mode, which has fewer connections than they, and goes away."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from jobsvc.db.database import Database
from jobsvc.db.engines import driver_options
from tests.faults.conftest import Begin, StartUp
from tests.faults.ledger import Trial
from tests.pgbouncer import PgBouncer, needs_pgbouncer, pgbouncer
from tests.stack.up import Up
from tests.waiting import eventually, until

pytestmark = needs_pgbouncer
JOBS = 12
CONNECTIONS = 4
DIRECT = "direct"
CONNECTION_COUNTS = """
    SELECT count(*) FILTER (WHERE application_name <> $1),
        count(*) FILTER (WHERE application_name = $1 AND query LIKE 'LISTEN%')
    FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


@pytest.fixture
def pooler(db: Database, tmp_path: Path) -> Iterator[PgBouncer]:
    """A pooler in front of the database of the tests, which is emptied afterwards."""
    with pgbouncer(tmp_path, db.engine.url.render_as_string(hide_password=False), pool_size=CONNECTIONS) as pooler:
        yield pooler


@pytest.fixture
def variables(pooler: PgBouncer, db: Database) -> dict[str, str]:
    """How services find the pooler, and PostgreSQL behind it."""
    direct = f"{db.engine.url.render_as_string(hide_password=False)}&application_name={DIRECT}"
    return {"JOBSVC_DATABASE_URL": pooler.url, "JOBSVC_DATABASE_DIRECT_URL": direct}


@asynccontextmanager
async def counting(db: Database) -> AsyncIterator[list[tuple[int, int]]]:
    """How many connections the server has at any moment: of the pooler, and that listen."""
    connection: Any = await asyncpg.connect(**driver_options(db.engine))
    counts: list[tuple[int, int]] = []

    async def look() -> bool:
        counts.append(tuple(await connection.fetchrow(CONNECTION_COUNTS, DIRECT)))
        return False

    looking = asyncio.create_task(eventually(look, pause=0.1))
    yield counts
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    await connection.close()


async def test_two_services_share_a_few_connections(
    start_up: StartUp, begin: Begin, db: Database, variables: dict[str, str]
) -> None:
    async with counting(db) as counts:
        await asyncio.to_thread(run_everything, start_up, begin, variables)
    assert max(shared for shared, _ in counts) <= CONNECTIONS
    # Each API and each worker is woken for bulk operations, each worker for jobs, too.
    assert max(listening for _, listening in counts) == 6


def run_everything(start_up: StartUp, begin: Begin, variables: dict[str, str]) -> None:
    """Jobs of two workers that are followed, and others that are canceled."""
    first, second = start_up(variables), start_up(variables)
    for up in (first, second):
        up.await_answer()
    trials = [begin(up, seconds=0.5) for up in (first, second)]
    for trial in trials:
        trial.submit(JOBS)
    follow(first, trials[0])
    for trial in trials:
        trial.check()
    cancel_all(begin(first, seconds=30))
    checks = httpx.get(f"{second.url}/readyz").json()["checks"]
    assert {name: check["status"] for name, check in checks.items()} == dict.fromkeys(
        ("database", "schema", "database_direct", "log_store"), "ok"
    )


def follow(up: Up, trial: Trial) -> None:
    """Read the log of the first job, and the events, to what they say last."""
    trial.await_starts(1)
    execution = until(lambda: trial.service.ask("GET", f"/v6/jobs/{trial.accepted[0]}/executions/")["results"])[0]["id"]
    with httpx.stream("GET", f"{up.url}/v6/job-executions/{execution}/logs/stdout/stream/", timeout=60) as answer:
        assert any(f"line {trial.lines}" in line for line in answer.iter_lines())
    with httpx.stream("GET", f"{up.url}/v6/events/stream/?after=0", timeout=60) as answer:
        assert any("completed" in line for line in answer.iter_lines())


def cancel_all(trial: Trial) -> None:
    """Cancel all jobs of a type by one operation, which run or wait."""
    trial.submit(JOBS)
    trial.await_starts(2)
    trial.service.accept("/v6/jobs/cancel/", {"job_type_ids": [trial.job_type_id]})
    trial.service.until(lambda counts: counts == {"CANCELED": JOBS}, 60, job_type_id=trial.job_type_id)


def test_the_pooler_goes_and_comes_back(start_up: StartUp, begin: Begin, pooler: PgBouncer, variables: dict[str, str]) -> None:
    up = start_up(variables)
    up.await_answer()
    trial = begin(up, seconds=1)
    for number in (signal.SIGKILL, signal.SIGINT):
        before = trial.started()
        trial.submit(JOBS // 2)
        trial.await_starts(before + 2)
        pooler.stop(number)
        refused = httpx.post(f"{up.url}/v6/jobs/", json={"job_type_id": trial.job_type_id})
        assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert int(refused.headers["retry-after"]) > 0
        pooler.start()
    trial.check()
