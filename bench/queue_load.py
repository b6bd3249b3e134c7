"""The backlog of the queue's benchmark: jobs that do nothing, and finished ones that lie there already."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy import text

from jobsvc.db.database import Database
from jobsvc.db.migrate import migrate

T = TypeVar("T")
MAX_WAIT = 300.0
PREPARE = """
INSERT INTO job_type (name, version, title, description, manifest)
SELECT 'nothing', '1.0.0', 'Nothing', 'Does nothing', CAST('{"seedVersion": "1.0.0", "job": {
    "name": "nothing", "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": "Nothing", "description": "Does nothing",
    "maintainer": {"name": "B", "email": "b@example.com"}, "timeout": 60, "interface": {"command": "true"}}}' AS jsonb);
INSERT INTO job_type_revision (job_type_id, revision_num, manifest) SELECT id, 1, manifest FROM job_type;
INSERT INTO job (job_type_id, job_type_rev_id, status, max_tries, num_exes, input, input_file_size, created, queued, started,
                 ended, last_status_change, last_modified)
SELECT 1, 1, 'COMPLETED', 3, 1, '{"files": {}, "json": {}}', 0, t, t, t, t, t, t
FROM (SELECT now() - i * interval '1 second' AS t FROM generate_series(1, CAST(:finished AS int)) i) AS times;
INSERT INTO execution (job_id, job_type_id, exe_num, cluster_id, priority, timeout, queued, started, status, ended, created,
                       last_modified)
SELECT id, 1, 1, 'bench_' || id, 100, 60, queued, started, 'COMPLETED', ended, created, last_modified FROM job
"""
BACKLOG = """
WITH waiting AS (
    INSERT INTO job (job_type_id, job_type_rev_id, status, max_tries, num_exes, input, input_file_size, queued,
                     last_status_change)
    SELECT 1, 1, 'QUEUED', 3, 1, '{"files": {}, "json": {}}', 0, now(), now() FROM generate_series(1, CAST(:jobs AS int))
    RETURNING id, queued)
INSERT INTO queue (job_id, job_type_id, exe_num, priority, timeout, input_file_size, queued)
SELECT id, 1, 1, 100, 60, 0, queued FROM waiting ORDER BY id
"""
LEFT = text("SELECT EXISTS (SELECT FROM queue) OR EXISTS (SELECT FROM lease)")
ENDED = text("SELECT count(*) FROM job WHERE status = 'COMPLETED'")


def prepare(url: str, finished: int) -> None:
    """The schema, a job type, and this many jobs that were completed before."""

    async def load(database: Database) -> None:
        await migrate(database.engine)
        async with database.engine.begin() as connection:
            for statement in PREPARE.split(";"):
                await connection.execute(text(statement), {"finished": finished})

    asyncio.run(_within(url, load))


def add_backlog(url: str, jobs: int) -> None:
    """Queue so many jobs."""

    async def load(database: Database) -> None:
        async with database.engine.begin() as connection:
            await connection.execute(text(BACKLOG), {"jobs": jobs})
        async with database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("VACUUM ANALYZE"))

    asyncio.run(_within(url, load))


def wait_until_done(url: str, pause: float) -> None:
    """Come back when nothing waits and nothing runs."""

    async def wait(database: Database) -> None:
        async with database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            async with asyncio.timeout(MAX_WAIT):
                while (await connection.execute(LEFT)).scalar_one():  # noqa: ASYNC110 - other processes do the work
                    await asyncio.sleep(pause)

    asyncio.run(_within(url, wait))


def completed(url: str) -> int:
    """How many jobs are COMPLETED."""

    async def count(database: Database) -> int:
        async with database.engine.connect() as connection:
            number: int = (await connection.execute(ENDED)).scalar_one()
            return number

    return asyncio.run(_within(url, count))


async def _within(url: str, work: Callable[[Database], Awaitable[T]]) -> T:
    database = Database.connect(url, pool_size=2)
    try:
        return await work(database)
    finally:
        await database.close()
