"""Writing, reading and following logs in both stores: `python -m bench.logs`."""

import argparse
import asyncio
import contextlib
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench import log_lines, log_subscribers
from bench.log_lines import Written
from bench.log_stores import Bench, opened
from bench.service import Running, running
from scripts import elasticsearch

JOBS = 100
FIRST_BYTES = 5  # requests of which the median counts
STATISTICS_SECONDS = 11  # an idle connection of PostgreSQL counts its queries ten seconds late
HEAD = f"{'subscribers':>11} {'complete':>9} {'ms: 50 %':>9} {'95 %':>9} {'most':>9} {'queries/s':>10} {'API CPU':>9}"


@dataclass(frozen=True)
class ReadCost:
    """What reading a whole log took: seconds to the first byte and to the last, and MiB that the API grew by meanwhile."""

    first: float
    wall: float
    mib: float
    grown_mib: float
    lines: int

    def row(self) -> str:
        """A sentence."""
        whole = f"{self.lines} lines ({self.mib:.0f} MiB) after {self.wall:.1f} s: {self.lines / self.wall:.0f} lines/s"
        return f"first byte after {self.first * 1000:.0f} ms, {whole}; the API grew by {self.grown_mib:.1f} MiB"


def main() -> None:
    """Measure both stores, or the one of PostgreSQL where there is no Elasticsearch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--subscribers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=15, help="how long the followed log is written")
    parser.add_argument("--store", choices=["postgres", "elasticsearch"], help="only this one")
    chosen = parser.parse_args()
    for store in ("postgres", "elasticsearch") if chosen.store is None else (chosen.store,):
        try:
            _measure(store, chosen)
        except elasticsearch.ElasticsearchUnavailable as error:
            print(f"{store} was left out: {error}")


def _measure(store: str, chosen: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="jobsvc-logs-") as directory, contextlib.ExitStack() as stack:
        place, url = Path(directory), None
        if store == "elasticsearch":
            url = stack.enter_context(elasticsearch.running(place / "elasticsearch"))
        service = stack.enter_context(running(place, JOBS, elasticsearch_url=url))
        asyncio.run(_report(store, service, url, chosen))


async def _report(name: str, service: Running, url: str | None, chosen: argparse.Namespace) -> None:
    async with opened(service, url) as bench:
        execution = await log_lines.begin(bench.database)
        print(name, (await log_lines.write(bench, execution, chosen.lines)).row(), flush=True)
        await log_lines.end(bench.database, execution)
        print(name, await _read_measured(bench, execution), flush=True)
        await asyncio.sleep(STATISTICS_SECONDS)
        print(HEAD)
        for subscribers in (1, chosen.subscribers):
            print((await log_subscribers.measure(bench, subscribers, chosen.seconds)).row(), flush=True)


async def _read_measured(bench: Bench, execution: Written) -> str:
    api, store = bench.service.cpu()[0], await bench.store_cpu()
    cost = await asyncio.to_thread(_read, bench.service, execution)
    api, store = bench.service.cpu()[0] - api, await bench.store_cpu() - store
    item = 1e6 / cost.lines
    return f"{cost.row()}; CPU us a line {api * item:.1f} of the API, {store * item:.1f} of the store"


def _read(service: Running, execution: Written) -> ReadCost:
    path = f"/v6/job-executions/{execution.id}/logs/combined/"
    with httpx.Client(base_url=service.url, timeout=120) as client:
        client.get(path, params={"format": "txt", "tail": 10}).raise_for_status()
        first = statistics.median(_first_byte(client, path) for _ in range(FIRST_BYTES))
        before, began = service.resident_mib(), time.monotonic()
        size = lines = 0
        most = before
        with client.stream("GET", path, params={"format": "txt"}, headers={"Accept-Encoding": "identity"}) as response:
            for chunk in response.iter_raw():
                size, lines, most = size + len(chunk), lines + chunk.count(b"\n"), max(most, service.resident_mib())
        return ReadCost(first, time.monotonic() - began, size / 2**20, most - before, lines)


def _first_byte(client: httpx.Client, path: str) -> float:
    began = time.monotonic()
    with client.stream("GET", path, params={"format": "txt"}) as response:
        next(response.iter_raw())
        return time.monotonic() - began


if __name__ == "__main__":
    main()
