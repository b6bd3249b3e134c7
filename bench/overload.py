"""More requests than there are connections, and many one after the other: `python -m bench.overload --directory DIR`.

First `--clients` clients ask for a list at the same time, again and again: each is to be served in its turn, or told at once to
come back later. Then `--requests` requests of all kinds follow: the memory of the API's process is to stay as it is.
"""

import argparse
import asyncio
import itertools
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.lists import migrated
from bench.service import Running, serving

TIMEOUT = 60.0
SAMPLES = 10
"""Looks at the memory."""
MIXED = (
    "/v6/jobs/?status=RUNNING",
    "/v6/jobs/?status=FAILED&started=P1D",
    "/v6/jobs/?status=QUEUED&page_size=1000",
    "/v6/jobs/?recipe_id=1000",
    "/v6/jobs/77/",
    "/v6/jobs/77/executions/",
    "/jobs/77/",
    "/job-executions/?status=RUNNING",
    "/v6/job-types/",
    "/v6/nothing/",
)


@dataclass
class Answers:
    """What came back: statuses, seconds by status, refusals that did not say when to come back, and connections that broke."""

    seconds: dict[int, list[float]] = field(default_factory=dict)
    silent: int = 0
    broken: int = 0

    def add(self, response: httpx.Response, seconds: float) -> None:
        """Note an answer."""
        self.seconds.setdefault(response.status_code, []).append(seconds)
        self.silent += response.status_code == httpx.codes.SERVICE_UNAVAILABLE and "Retry-After" not in response.headers


def main() -> None:
    """Ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", type=Path, required=True, help="what `bench.load_jobs` has filled")
    parser.add_argument("--path", default="/v6/jobs/", help="of the list that is asked for at the same time")
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30, help="that they go on")
    parser.add_argument("--requests", type=int, default=50_000, help="of all kinds, of which cheap ones, eight at a time")
    chosen = parser.parse_args()
    with serving(chosen.directory, migrated) as service:
        print(f"{chosen.clients} clients, 10 connections: {chosen.path}")
        _say(asyncio.run(_crowd(service, chosen.path, chosen.clients, chosen.seconds)))
        print(f"memory after that: {service.resident_mib():.0f} MiB")
        asyncio.run(_sequence(service, chosen.requests))


async def _crowd(service: Running, path: str, clients: int, seconds: float) -> Answers:
    answers, end = Answers(), time.monotonic() + seconds

    async def ask(client: httpx.AsyncClient) -> None:
        while time.monotonic() < end:
            begun = time.monotonic()
            try:
                response = await client.get(path)
            except httpx.TransportError:  # closed for having been idle, while the request was on its way
                answers.broken += 1
                continue
            answers.add(response, time.monotonic() - begun)
            # A client that is told to come back later does so, though sooner than it was told.
            await asyncio.sleep(0 if response.is_success else 1)

    async with _client(service, clients) as client:
        await asyncio.gather(*(ask(client) for _ in range(clients)))
    return answers


async def _sequence(service: Running, requests: int) -> None:
    paths = itertools.cycle(MIXED)
    statuses: Counter[int] = Counter()
    async with _client(service, 8) as client:

        async def ask(count: int) -> None:
            for _ in range(count):
                statuses[(await client.get(next(paths))).status_code] += 1

        for number in range(SAMPLES):
            await asyncio.gather(*(ask(requests // SAMPLES // 8) for _ in range(8)))
            print(f"after {(number + 1) * requests // SAMPLES:,} requests: {service.resident_mib():.1f} MiB", flush=True)
    print(", ".join(f"{count:,} x {status}" for status, count in sorted(statuses.items())))


def _client(service: Running, connections: int) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx.AsyncClient(base_url=service.url, timeout=TIMEOUT, limits=limits)


def _say(answers: Answers) -> None:
    print("| status | answers | seconds: half | 95 % | most |\n| --- | ---: | ---: | ---: | ---: |")
    for status, seconds in sorted(answers.seconds.items()):
        ordered = sorted(seconds)
        late = ordered[int(len(ordered) * 0.95)]
        print(f"| {status} | {len(ordered):,} | {statistics.median(ordered):.2f} | {late:.2f} | {ordered[-1]:.2f} |")
    print(f"refusals without `Retry-After`: {answers.silent}; connections that broke: {answers.broken}")


if __name__ == "__main__":
    main()
