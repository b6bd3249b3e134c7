"""Processes that share bulk operations: who did which chunk is recorded by the database, and a gate holds one of them back."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from jobsvc.db.database import Database
from jobsvc.settings import Settings
from tests.db.queue import Queue
from tests.factories import Factory
from tests.gate import gate_before_update
from tests.support import BASE, Client
from tests.waiting import eventually

PROCESS = (sys.executable, "-m", "tests.worker.maintaining_process")
NAMES = ("first", "second")
RECORD = (
    "CREATE TABLE chunk (operation_id bigint, jobs bigint, by text)",
    """CREATE FUNCTION record_chunk() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
           INSERT INTO chunk VALUES (NEW.id, NEW.processed - OLD.processed, current_setting('application_name'));
           RETURN NULL;
       END $$""",
    """CREATE TRIGGER record_chunk AFTER UPDATE ON bulk_operation FOR EACH ROW WHEN (NEW.processed > OLD.processed)
       EXECUTE FUNCTION record_chunk()""",
)
DROP_RECORDER = ("DROP FUNCTION record_chunk() CASCADE", "DROP TABLE chunk")
LISTENERS = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
JOBS = 30


@pytest.fixture
async def queue(db: Database) -> Queue:
    async with db.transaction() as tx:
        return Queue(db, await tx.nodes.ensure("node-1", {}))


@pytest.fixture
async def recorded(db: Database) -> AsyncIterator[None]:
    """A record of the chunks, by the name of the process's connection."""
    await run(db, *RECORD)
    yield
    await run(db, *DROP_RECORDER)


async def run(db: Database, *statements: str) -> None:
    async with db.engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))


@asynccontextmanager
async def two_processes(settings: Settings, database_url: str, queue: Queue) -> AsyncIterator[None]:
    """Both work in the background once they listen."""
    processes = [await asyncio.create_subprocess_exec(*PROCESS, str(settings.data_dir), database_url, name) for name in NAMES]
    try:
        await eventually(lambda: both_listen(queue))
        yield
    finally:
        for process in processes:
            process.kill()
            await process.wait()


async def both_listen(queue: Queue) -> bool:
    return await queue.execute(LISTENERS) == [len(NAMES)]


async def completed(client: Client, path: str) -> bool:
    return bool((await client.get(path)).json()["state"] == "COMPLETED")


async def cancel_all_of(client: Client, job_type_id: int) -> str:
    """The path of an operation that cancels the jobs of a type."""
    answer = await client.post("/v6/jobs/cancel/", {"job_type_ids": [job_type_id]})
    return answer.headers["location"].removeprefix(BASE)


@pytest.mark.usefixtures("recorded")
async def test_two_processes_share_the_work(
    client: Client, settings: Settings, make: Factory, queue: Queue, database_url: str
) -> None:
    """One is held back in its first chunk; what is accepted meanwhile is done by the other one, to the end."""
    types = [await make.job_type(name) for name in NAMES]
    for job_type in types:
        await queue.queued(job_type, JOBS)
    async with two_processes(settings, database_url, queue):
        async with gate_before_update(database_url, "bulk_operation", "NEW.id = 1 AND NEW.processed > OLD.processed") as gate:
            held = await cancel_all_of(client, types[0].item.job_type.id)
            slow = await gate.someone_waits()
            other = await cancel_all_of(client, types[1].item.job_type.id)
            await eventually(lambda: completed(client, other))
            assert not await completed(client, held)
            await gate.open()
        await eventually(lambda: completed(client, held))
    [fast] = set(NAMES) - {slow}
    assert await queue.execute("SELECT operation_id, jobs, by FROM chunk ORDER BY operation_id") == [
        (1, JOBS, slow),
        (2, JOBS, fast),
    ]
    assert await queue.execute("SELECT status, count(*) FROM job GROUP BY status") == [("CANCELED", 2 * JOBS)]
