"""A stop acts at once: what is in flight is finished, and nothing begins after it."""

import asyncio

import pytest

from jobsvc.db.database import Database
from jobsvc.domain.records import JobTypeDetails
from jobsvc.services import bulk_work
from jobsvc.settings import Settings
from tests.db.queue import Queue
from tests.factories import Factory
from tests.gate import gate_before_update
from tests.support import BASE, Client
from tests.waiting import eventually
from tests.worker.test_maintenance import maintained

CHUNK = 10
A_CHUNK = "NEW.processed > OLD.processed"


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_work, "CHUNK", CHUNK)


@pytest.fixture
async def queue(db: Database) -> Queue:
    async with db.transaction() as tx:
        return Queue(db, await tx.nodes.ensure("node-1", {}))


@pytest.fixture
async def echo(make: Factory) -> JobTypeDetails:
    return await make.job_type("echo")


async def cancel_everything(client: Client) -> str:
    return (await client.post("/v6/jobs/cancel/", {})).headers["location"].removeprefix(BASE)


@pytest.mark.parametrize("_round", range(5))
async def test_the_chunk_in_flight_is_the_last_one(
    client: Client, db: Database, settings: Settings, queue: Queue, echo: JobTypeDetails, database_url: str, _round: int
) -> None:
    """The stop comes while the chunk is held back, so it is that one, and not the next, whatever the machine does."""
    ids = await queue.queued(echo, 50 * CHUNK)
    async with maintained(settings, db), gate_before_update(database_url, "bulk_operation", A_CHUNK) as gate:
        path = await cancel_everything(client)
        await gate.someone_waits()
        stopping = asyncio.create_task(client.post(f"{path}stop/"))
        await queue.until_someone_waits(2)
        assert not stopping.done()
        await gate.open()
        answer = (await stopping).json()
    after = (await client.get(path)).json()
    assert (answer["state"], answer["processed"]) == ("STOPPED", CHUNK)
    assert (after["processed"], after["matched"]) == (CHUNK, len(ids))
    assert await queue.execute("SELECT count(*) FROM job WHERE status = 'CANCELED'") == [CHUNK]


async def test_nothing_is_done_after_the_answer(
    client: Client, db: Database, settings: Settings, queue: Queue, echo: JobTypeDetails
) -> None:
    """Whatever is going on at this moment: a chunk, the end of one, or nothing."""
    await queue.queued(echo, 1000 * CHUNK)
    async with maintained(settings, db):
        path = await cancel_everything(client)
        await eventually(lambda: begun(client, path), pause=0)
        answer = (await client.post(f"{path}stop/")).json()
        # A second operation is worked off behind it: whoever worked on the first one has let go of it.
        assert (await client.post("/v6/jobs/cancel/", {"job_ids": [1]})).status_code == 202
        await eventually(lambda: all_ended(queue))
    after = (await client.get(path)).json()
    assert answer == after
    assert after["processed"] < after["matched"]
    assert await queue.execute("SELECT count(*) FROM job WHERE status = 'CANCELED'") == [after["processed"]]


async def begun(client: Client, path: str) -> bool:
    return bool((await client.get(path)).json()["processed"])


async def all_ended(queue: Queue) -> bool:
    return await queue.execute("SELECT count(*) FROM bulk_operation WHERE ended IS NULL") == [0]
