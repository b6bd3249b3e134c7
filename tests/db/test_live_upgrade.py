"""A database is brought to the newest schema while others write: nobody waits for long, and nothing is counted wrongly."""

import asyncio
import random
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from jobsvc.db.clauses import JOB_CLAUSES, where
from jobsvc.db.database import Database
from jobsvc.db.migrate import migrate
from jobsvc.db.tables import JobRow
from jobsvc.domain.filters import JobFilter

NOW = datetime(2026, 5, 1, tzinfo=UTC)
JOBS = 20_000
BEFORE_COUNTS = "0006"
LONGEST_WAIT = 5.0
"""Seconds: half of what a migration waits for a lock, and far more than a change takes."""
TYPE = """
    INSERT INTO job_type (name, version, manifest) VALUES ('a', '1', '{}');
    INSERT INTO job_type_revision (job_type_id, revision_num, manifest) SELECT id, 1, '{}' FROM job_type
"""
ADD = text("""
    INSERT INTO job (job_type_id, job_type_rev_id, status, max_tries, last_modified, source_sensor)
    SELECT r.job_type_id, r.id, 'PENDING', 3, CAST(:now AS timestamptz) - n * interval '1 hour',
           CASE WHEN n % 3 = 0 THEN 'one' END
    FROM job_type_revision r, generate_series(1, CAST(:count AS int)) n
""")
CHANGE = text("""
    UPDATE job SET status = :status, last_status_change = :now,
                   last_modified = CAST(:now AS timestamptz) - id * interval '1 minute'
    WHERE id BETWEEN :first AND CAST(:first AS bigint) + 20
""")
REMOVE = text("DELETE FROM job WHERE id = :first")
FILTERS = [
    JobFilter(),
    JobFilter(statuses=frozenset({"FAILED"})),
    JobFilter(started=NOW - timedelta(days=200, hours=5), ended=NOW - timedelta(days=3)),
    JobFilter(source_sensors=frozenset({"one"})),
]


class Writers:
    """Change, add and remove jobs until they are stopped."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.longest = 0.0
        self.changes = 0

    async def run(self, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311
        while True:
            begun = time.monotonic()
            async with self._database.engine.begin() as connection:
                values = {"first": chance.randrange(JOBS), "now": NOW, "status": chance.choice(["FAILED", "COMPLETED"])}
                await connection.execute(CHANGE, values)
                await connection.execute(ADD, {"now": NOW, "count": 2})
                await connection.execute(REMOVE, {"first": values["first"]})
            self.longest = max(self.longest, time.monotonic() - begun)
            self.changes += 1


@pytest.mark.parametrize("interruptions", [0, 2], ids=["at-once", "interrupted"])
async def test_writers_go_on_while_the_schema_changes(bare_db: Database, interruptions: int) -> None:
    await migrate(bare_db.engine, BEFORE_COUNTS)
    async with bare_db.engine.begin() as connection:
        for statement in TYPE.split(";"):
            await connection.execute(text(statement))
        await connection.execute(ADD, {"now": NOW, "count": JOBS})
    writers = Writers(bare_db)
    # One each, for two that lock the same jobs in another sequence would have to be told apart from those that wait too long.
    writing = asyncio.create_task(writers.run(1))
    for _ in range(interruptions):
        await break_off(bare_db)
    await migrate(bare_db.engine)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    assert writers.changes > 0
    assert writers.longest < LONGEST_WAIT
    for criteria in FILTERS:
        assert await shown(bare_db, criteria) == await truth(bare_db, criteria)


async def break_off(database: Database) -> None:
    """Begin to migrate, and lose the connection when an index is being built."""
    building = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%' AND datname = current_database()"
    migration = asyncio.create_task(migrate(database.engine))
    async with database.engine.connect() as connection:
        observer = await connection.execution_options(isolation_level="AUTOCOMMIT")
        while not migration.done():
            pids = list((await observer.execute(text(building))).scalars())
            for pid in pids:
                await observer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    await asyncio.gather(migration, return_exceptions=True)


async def shown(database: Database, criteria: JobFilter) -> int:
    async with database.reading() as tx:
        return await tx.jobs.count(criteria)


async def truth(database: Database, criteria: JobFilter) -> int:
    query = select(func.count()).select_from(JobRow).where(*where(JOB_CLAUSES, criteria))
    async with database.engine.connect() as connection:
        return (await connection.execute(query)).scalar_one()
