"""Old lines go as the job types of their executions say, and those of jobs that are held stay."""

import pytest

from jobsvc.db.database import Database
from jobsvc.domain.records import JobTypeDetails
from jobsvc.domain.retention import RetentionDefaults, RetentionPolicy
from jobsvc.logstores.postgres import PostgresLogStore
from jobsvc.services.logs.retention import LogRetention
from jobsvc.services.retention import RetentionService
from tests.db.queue import Queue
from tests.db.rows import NOON
from tests.factories import Factory
from tests.services.test_purges import ended

DEFAULTS = RetentionDefaults(log_days=90)


@pytest.fixture
async def echo(make: Factory) -> JobTypeDetails:
    return await make.job_type("echo")


async def purge_lines(db: Database, defaults: RetentionDefaults = DEFAULTS) -> None:
    await LogRetention(db, PostgresLogStore(db), lambda: NOON, defaults, pause_seconds=0).delete_expired()


async def logged(queue: Queue) -> list[int]:
    """The jobs that have lines."""
    return await queue.execute("SELECT DISTINCT e.job_id FROM log_line l JOIN execution e ON e.id = l.execution_id ORDER BY 1")


async def test_lines_go_some_days_after_the_end_of_their_execution(db: Database, queue: Queue, echo: JobTypeDetails) -> None:
    old, young = await ended(queue, echo, 3, days=91), await ended(queue, echo, 2, days=89)
    await purge_lines(db, RetentionDefaults(log_days=0))
    assert await logged(queue) == [*old, *young]
    await purge_lines(db)
    assert await logged(queue) == young
    assert await queue.execute("SELECT id FROM job ORDER BY id") == [*old, *young]


async def test_a_job_type_says_otherwise(db: Database, queue: Queue, echo: JobTypeDetails, make: Factory) -> None:
    service = RetentionService(db, lambda: NOON, DEFAULTS)
    types = {name: await make.job_type(name) for name in ("brief", "kept", "held")}
    for name, policy in {
        "brief": RetentionPolicy(log_days=7),
        "kept": RetentionPolicy(log_days=0),
        "held": RetentionPolicy(log_days=7, is_held=True),
    }.items():
        await service.set_for_type(name, "1.0.0", policy)
    await ended(queue, types["brief"], days=8)
    stay = [
        *await ended(queue, types["brief"], days=6),
        *await ended(queue, types["kept"], days=400),
        *await ended(queue, types["held"], days=400),
        *await ended(queue, echo, days=8),
    ]
    await purge_lines(db)
    assert await logged(queue) == stay


async def test_lines_of_a_job_that_is_held_stay_until_it_is_released(db: Database, queue: Queue, echo: JobTypeDetails) -> None:
    service = RetentionService(db, lambda: NOON, DEFAULTS)
    held, _ = await ended(queue, echo, 2, days=91)
    await service.hold(held, None, "jane")
    await purge_lines(db)
    assert await logged(queue) == [held]
    await service.release(held)
    await purge_lines(db)
    assert await logged(queue) == []


async def test_an_execution_without_a_name_is_known_by_its_id_and_one_that_runs_is_left(
    db: Database, queue: Queue, echo: JobTypeDetails
) -> None:
    unnamed, runs = await ended(queue, echo, 2, days=91)
    await queue.execute("UPDATE execution SET cluster_id = '' WHERE job_id = :id RETURNING 1", id=unnamed)
    await queue.execute("UPDATE execution SET status = 'RUNNING', ended = NULL WHERE job_id = :id RETURNING 1", id=runs)
    await purge_lines(db)
    assert await logged(queue) == [runs]


@pytest.mark.parametrize("count", [1, 3])
async def test_all_pages_of_executions_are_gone_through(
    db: Database, queue: Queue, echo: JobTypeDetails, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr("jobsvc.logstores.postgres.EXECUTIONS", 2)
    for _ in range(count):
        await ended(queue, echo, 2, days=91)
    await purge_lines(db)
    assert await logged(queue) == []
