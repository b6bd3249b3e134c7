"""What writing events costs a job: the same backlog with and without their triggers, in turns: `python -m bench.events`."""

import argparse
import asyncio
import statistics

import asyncpg

from bench import queue, queue_load

RECORDED = "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'record\\_%' AND NOT tgisinternal"


def switch(url: str, state: str) -> None:
    """ENABLE or DISABLE the triggers that write events."""

    async def change() -> None:
        connection = await asyncpg.connect(url)
        for name, table in await connection.fetch(RECORDED):
            await connection.execute(f"ALTER TABLE {table} {state} TRIGGER {name}")
        await connection.close()

    asyncio.run(change())


def cost(run: queue.Run) -> float:
    """Milliseconds of CPU a job."""
    return (run.worker + run.postgres) / run.jobs * 1e3


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slots", type=int, default=64)
    arguments = parser.parse_args()
    costs: dict[str, list[float]] = {"DISABLE": [], "ENABLE": []}
    with queue.started_server() as server:
        url = server.new_database("events")
        queue_load.prepare(url, 0)
        queue.ours(server, url, arguments.jobs, arguments.slots)
        for number in range(arguments.rounds):
            for state in sorted(costs, reverse=bool(number % 2)):
                switch(url, state)
                run = queue.ours(server, url, arguments.jobs, arguments.slots)
                costs[state].append(cost(run))
                print(f"{state:8}{run}", flush=True)
    without, with_ = (statistics.median(costs[state]) for state in ("DISABLE", "ENABLE"))
    print(f"CPU a job: {without:.3f} ms without events, {with_:.3f} ms with them: {(with_ / without - 1) * 100:+.1f} %")


if __name__ == "__main__":
    main()
