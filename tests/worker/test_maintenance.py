"""The background loops that every process runs."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from sqlalchemy import text

from jobsvc import wiring
from jobsvc.db.database import Database
from jobsvc.settings import Settings
from tests.factories import Factory
from tests.support import Client
from tests.waiting import eventually

LISTENERS = text("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()")


@asynccontextmanager
async def maintained(settings: Settings, db: Database) -> AsyncIterator[None]:
    """The loops of one process, once they listen."""
    task = asyncio.create_task(wiring.maintenance(settings, db).run())

    async def listens() -> bool:
        async with db.engine.connect() as connection:
            return bool((await connection.execute(LISTENERS)).scalar_one())

    await eventually(listens)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def are_canceled(client: Client, ids: list[int]) -> bool:
    return bool((await client.get("/v6/jobs/", job_id=ids, status="CANCELED")).json()["count"] == len(ids))


async def test_a_handful_of_jobs_is_canceled_within_200_ms(
    client: Client, db: Database, settings: Settings, make: Factory
) -> None:
    kind = await make.job_type()
    waits = []
    async with maintained(settings, db):
        for _ in range(5):
            ids = [(await make.job(kind)).item.job.id for _ in range(5)]
            asked = time.monotonic()
            assert (await client.post("/v6/jobs/cancel/", {"job_ids": ids})).status_code == 202
            await eventually(partial(are_canceled, client, ids), pause=0.005)
            waits.append(time.monotonic() - asked)
    assert sorted(waits)[2] < 0.2, waits
