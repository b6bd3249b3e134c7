"""LISTEN: what is committed wakes those whom it concerns, also after the connection broke."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from jobsvc.db import channels
from jobsvc.db.database import Database
from jobsvc.db.listener import Listener
from jobsvc.domain.records import JobTypeDetails
from tests.db.queue import Queue
from tests.waiting import eventually

FIRST_LOOK = ""
BREAK = text("""
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()
""")


@asynccontextmanager
async def listening(db: Database, channel: str) -> AsyncIterator["asyncio.Queue[str]"]:
    """What a listener hears on a channel; the first look is over."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    task = asyncio.create_task(Listener(db, {channel: heard.put_nowait}, retry_seconds=0.01).run())
    assert await soon(heard) == FIRST_LOOK
    yield heard
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def soon(heard: "asyncio.Queue[str]") -> str:
    async with asyncio.timeout(10):
        return await heard.get()


async def notify(db: Database, channel: str, *payloads: str) -> None:
    async with db.engine.begin() as connection:
        await channels.notify(connection, channel, *payloads)


async def test_every_payload_is_heard_once(db: Database) -> None:
    async with listening(db, channels.BULK) as heard:
        await notify(db, channels.BULK, "1", "2")
        await notify(db, channels.CANCEL, "9")
        await notify(db, channels.BULK, "3")
        assert [await soon(heard) for _ in range(3)] == ["1", "2", "3"]


async def test_what_is_rolled_back_is_not_heard(db: Database) -> None:
    async with listening(db, channels.BULK) as heard:
        async with db.engine.connect() as connection:
            await channels.notify(connection, channels.BULK, "undone")
            await connection.rollback()
        await notify(db, channels.BULK, "done")
        assert await soon(heard) == "done"


async def test_a_queued_job_is_announced(db: Database, queue: Queue, echo: JobTypeDetails) -> None:
    async with listening(db, channels.QUEUE) as heard:
        await queue.queued(echo, 5)
        assert await soon(heard) == ""
        assert heard.empty()


async def test_a_cancel_names_the_executions_that_have_to_stop(db: Database, queue: Queue, echo: JobTypeDetails) -> None:
    ids = await queue.queued(echo, 3)
    running = [await queue.claimed() for _ in range(2)]
    async with listening(db, channels.CANCEL) as heard:
        await queue.cancel(ids)
        assert {await soon(heard) for _ in range(2)} == {str(claim.execution_id) for claim in running}
        await queue.cancel(ids)
        await notify(db, channels.CANCEL, "end")
        assert await soon(heard) == "end"


async def test_a_listener_comes_back_and_looks_for_itself(db: Database) -> None:
    async with listening(db, channels.BULK) as heard:
        async with db.engine.begin() as connection:
            assert (await connection.execute(BREAK)).scalars().all() == [True]
        assert await soon(heard) == FIRST_LOOK
        await notify(db, channels.BULK, "after")
        assert await soon(heard) == "after"


async def test_a_listener_waits_for_a_database_that_is_away() -> None:
    tries: list[int] = []

    def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.append(1)
        writer.transport.abort()

    looked: list[str] = []
    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        nowhere = Database.connect(f"postgresql://nobody@127.0.0.1:{server.sockets[0].getsockname()[1]}/nothing")
        task = asyncio.create_task(Listener(nowhere, {channels.BULK: looked.append}, retry_seconds=0.01).run())
        await eventually(lambda: len(tries) >= 3)
        assert not task.done()
        assert looked == []
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
