"""What new jobs cost, one at a time and many, with one API process and with more: `python -m bench.submit_jobs`.

All is CPU milliseconds a job, of the API's processes and of PostgreSQL, and jobs a second by the clock. The load comes from this
process, over plain sockets; it is told apart from the service, but runs on the same cores. A request without the database is
measured, too: how fast the cores are at the moment shows in it.
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import text

from bench.service import Running, remove, running
from jobsvc.db.database import Database

JOB = {"job_type_id": 1, "input": {"files": {"IN": [1]}, "json": {}}}
CONFIGURED = {**JOB, "configuration": {"priority": 50, "settings": {"LEVEL": "7"}}}
MANY = 5000
WARM_UP = 50
OPTIONAL_INDEXES = text("""
    SELECT 'DROP INDEX ' || i.indexrelid::regclass FROM pg_index i
    WHERE i.indrelid = 'job'::regclass AND NOT i.indisunique
""")


def request(path: str, body: object, *headers: str) -> bytes:
    """A request as it is sent."""
    content = json.dumps(body).encode()
    head = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*head, *headers, "", ""]).encode() + content


async def send(url: str, message: bytes, count: int, seconds: float = 3600) -> int:
    """Send a request again and again over one connection, for this often or this long; returns how often."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=2**24)
    deadline, done = time.perf_counter() + seconds, 0
    while done < count and time.perf_counter() < deadline:
        writer.write(message)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 20"):
            raise SystemExit(f"the API answers {head.decode()}")
        await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split()[0]))
        done += 1
    writer.close()
    return done


async def measure(service: Running, name: str, message: bytes, count: int, *, clients: int = 1, jobs: int = 1) -> None:
    """Send requests over some connections at a time, and print what a job took."""
    await send(service.url, message, max(WARM_UP // jobs, 1))
    before, began = service.cpu(), time.perf_counter()
    done = sum(await asyncio.gather(*(send(service.url, message, count // clients) for _ in range(clients)))) * jobs
    wall, after = time.perf_counter() - began, service.cpu()
    api, postgres = ((end - start) / done * 1000 for start, end in zip(before, after, strict=True))
    print(f"{name:36} {api:8.3f} {postgres:8.3f} {done / wall:10,.0f}", flush=True)


async def measure_all(service: Running, count: int) -> None:
    """All cases, one after the other."""
    print(f"{'':36} {'API ms':>8} {'PG ms':>8} {'jobs/s':>10}")
    await measure(service, "no database: GET /v6/version/", b"GET /v6/version/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", count)
    await measure(service, "one, after the other", request("/v6/jobs/", JOB), count)
    await measure(service, "one, with a configuration", request("/v6/jobs/", CONFIGURED), count)
    await measure(service, "one, 8 at a time", request("/v6/jobs/", JOB), count * 4, clients=8)
    for mode in ("atomic", "each"):
        message = request("/v6/jobs/bulk/", {"jobs": [JOB] * MANY, "mode": mode})
        await measure(service, f"{MANY:,} in a request, {mode}", message, 4, jobs=MANY)
    await measure(service, "100 in a request", request("/v6/jobs/bulk/", {"jobs": [JOB] * 100}), 50, jobs=100)


async def drop_indexes(service: Running) -> None:
    """Take away what only lists need."""
    database = Database.connect(service.database_url)
    async with database.engine.begin() as connection:
        for statement in (await connection.execute(OPTIONAL_INDEXES)).scalars().all():
            await connection.execute(text(statement))
    await database.close()


def main() -> None:
    """Load, send, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000, help="that are there already")
    parser.add_argument("--count", type=int, default=500, help="requests of each kind")
    parser.add_argument("--processes", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--directory", type=Path, default=Path(tempfile.gettempdir()) / "jobsvc-bench-submit")
    parser.add_argument("--bare", action="store_true", help="without the indexes of `job` that lists need: what do these cost?")
    chosen = parser.parse_args()
    for processes in chosen.processes:
        print(f"\n{processes} API processes")
        with running(chosen.directory, chosen.jobs, processes=processes) as service:
            if chosen.bare:
                asyncio.run(drop_indexes(service))
            asyncio.run(measure_all(service, chosen.count))
        remove(chosen.directory)


if __name__ == "__main__":
    main()
