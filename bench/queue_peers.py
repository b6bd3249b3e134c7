"""The same backlog through other queues on PostgreSQL: `python -m bench.queue_peers NAME URL JOBS SLOTS`.

Runs in an environment of its own (`make queues`), and so knows nothing of the service. It says `ready` when the jobs wait, works
from the first line of its input until none is left, and says how many CPU seconds that took.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

import asyncpg
import pgqueuer
import procrastinate
import uvloop
from pgqueuer.types import QueueExecutionMode

CHUNK = 1000


def run_procrastinate(url: str, jobs: int, slots: int) -> None:
    """As its command `procrastinate worker --one-shot --concurrency SLOTS` does."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, min_size=4, max_size=10))

    @app.task(name="nothing")  # type: ignore[untyped-decorator]
    async def nothing() -> None:
        """Do nothing."""

    async def work() -> None:
        async with app.open_async():
            await app.schema_manager.apply_schema_async()
            for _ in range(jobs // CHUNK):
                await nothing.batch_defer_async(*[{}] * CHUNK)
            await _measured(lambda: app.run_worker_async(concurrency=slots, wait=False, install_signal_handlers=False))

    asyncio.run(work())


def run_pgqueuer(url: str, jobs: int, slots: int) -> None:
    """As its command `pgq run --batch-size SLOTS --mode drain` does, with the event loop that it takes."""

    async def work() -> None:
        connection = await asyncpg.connect(url)
        queue = pgqueuer.PgQueuer.from_asyncpg_connection(connection)
        queries = pgqueuer.Queries.from_asyncpg_connection(connection)
        await queries.install()

        @queue.entrypoint("nothing")  # type: ignore[untyped-decorator]
        async def nothing(job: pgqueuer.Job) -> None:
            """Do nothing."""

        for _ in range(jobs // CHUNK):
            await queries.enqueue(["nothing"] * CHUNK, [None] * CHUNK, [0] * CHUNK)
        await _measured(lambda: queue.run(batch_size=slots, mode=QueueExecutionMode.drain))
        await connection.close()

    uvloop.run(work())


async def _measured(work: Callable[[], Awaitable[None]]) -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.process_time()
    await work()
    print(time.process_time() - began, flush=True)


PEERS = {"procrastinate": run_procrastinate, "pgqueuer": run_pgqueuer}

if __name__ == "__main__":
    PEERS[sys.argv[1]](sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
