"""Followers of one execution's log: how late lines reach them, and what that costs."""

import asyncio
import re
import statistics
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bench import log_lines
from bench.log_lines import Written
from bench.log_stores import Bench
from jobsvc.ports.log_store import LogStore

BATCHES_A_SECOND, LINES_A_BATCH = 5, 20
_SENT = re.compile(rb"sent (\d+\.\d+)")
_MAX_WAIT = 60.0


@dataclass
class Subscriber:
    """One connection: how late each line was, in seconds, and whether the end of the log was told."""

    delays: list[float] = field(default_factory=list)
    has_ended: bool = False

    async def follow(self, url: str, path: str, connected: asyncio.Semaphore) -> None:
        """Read the stream to its end."""
        address = urlsplit(url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=2**20)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n".encode())
        await reader.readuntil(b"retry: ")
        connected.release()
        while not self.has_ended:
            received = await reader.readuntil(b"\n\n")
            self.delays += [time.monotonic() - float(sent) for sent in _SENT.findall(received)]
            self.has_ended = b"event: end" in received
        writer.close()


@dataclass(frozen=True)
class FollowCost:
    """What a number of subscribers took while `seconds` of lines were written: `cpu` of the API, `delays` of all lines."""

    subscribers: int
    complete: int
    delays: list[float]
    queries: float
    cpu: float

    def row(self) -> str:
        """Followers, those that got every line, milliseconds of delay, queries and CPU seconds a second."""
        components = statistics.quantiles(self.delays, n=100)
        delays = [f"{item * 1000:9.0f}" for item in (components[49], components[94], max(self.delays))]
        return f"{self.subscribers:11} {self.complete:9} {' '.join(delays)} {self.queries:10.1f} {self.cpu:9.2f}"


async def measure(bench: Bench, subscribers: int, seconds: float) -> FollowCost:
    """Let subscribers connect to a new execution, write for some seconds, end it, and wait until all have heard of it."""
    execution, connected = await log_lines.begin(bench.database), asyncio.Semaphore(0)
    path = f"/v6/job-executions/{execution.id}/logs/combined/stream/"
    following = [Subscriber() for _ in range(subscribers)]
    tasks = [asyncio.create_task(item.follow(bench.service.url, path, connected)) for item in following]
    async with asyncio.timeout(_MAX_WAIT):
        for _ in following:
            await connected.acquire()
    queries, cpu, began = await bench.queries(), bench.service.cpu()[0], time.monotonic()
    written = await _write(bench.store, execution, seconds)
    wall = time.monotonic() - began
    queries, cpu = await bench.queries() - queries, bench.service.cpu()[0] - cpu
    await log_lines.end(bench.database, execution)
    async with asyncio.timeout(_MAX_WAIT):
        await asyncio.gather(*tasks)
    delays = [delay for item in following for delay in item.delays]
    complete = sum(len(item.delays) == written for item in following)
    return FollowCost(subscribers, complete, delays, queries / wall, cpu / wall)


async def _write(store: LogStore, execution: Written, seconds: float) -> int:
    """Write at a steady pace; gives the number of lines."""
    written, began = 0, time.monotonic()
    while time.monotonic() - began < seconds:
        await store.append(execution.id, log_lines.lines_now(execution, written, LINES_A_BATCH))
        written += LINES_A_BATCH
        await asyncio.sleep(max(0.0, began + written / LINES_A_BATCH / BATCHES_A_SECOND - time.monotonic()))
    return written
