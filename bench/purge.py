"""What lists cost while jobs are purged: `python -m bench.purge --directory DIR`, on a history that `bench.load_jobs` has made.

The jobs are gone from it afterwards.
"""

import argparse
import asyncio
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import text

from bench.lists import migrated
from bench.service import Running, serving
from jobsvc.db.database import Database

SETTINGS = {"JOBSVC_JOB_RETENTION_DAYS": "0"}
"""Nothing goes by itself: what goes is what is measured."""
TABLES = "job", "execution", "job_input_file", "file", "change_event"
DAYS_BEFORE = 1
"""All jobs that have ended, but those of the last day."""
LISTS = (
    "/v6/jobs/",
    "/v6/jobs/?order=-created",
    "/v6/jobs/?status=FAILED",
    "/v6/jobs/?status=COMPLETED&job_type_id=1&order=-last_modified",
    "/job-executions/?order=-created",
    "/v6/jobs/stats/?group_by=status,job_type_name",
)
SIZES = text("""
    SELECT name, CAST(sum(pg_total_relation_size(part)) AS bigint) >> 20 AS mib FROM (
        SELECT name, COALESCE(t.relid, CAST(name AS regclass)) AS part
        FROM unnest(CAST(:names AS text[])) AS name LEFT JOIN LATERAL pg_partition_tree(CAST(name AS regclass)) t ON true
    ) AS parts
    GROUP BY name ORDER BY name
""")


@dataclass
class Asked:
    """How long lists took, in milliseconds, by path."""

    milliseconds: dict[str, list[float]] = field(default_factory=lambda: {path: [] for path in LISTS})

    def report(self, title: str) -> None:
        """Print them."""
        every = [value for values in self.milliseconds.values() for value in values]
        print(f"{title}: {len(every)} lists, ms: half {_quantile(every, 0.5):.0f}, 95 % {_quantile(every, 0.95):.0f}, ", end="")
        print(f"most {max(every):.0f}")
        for path, values in self.milliseconds.items():
            print(f"  {_quantile(values, 0.5):6.1f} {_quantile(values, 0.95):6.1f} {max(values):8.1f}  {path}")


COPY = (
    """CREATE TEMP TABLE copied AS
       SELECT id AS old_id, nextval(pg_get_serial_sequence('job', 'id')) AS new_id
       FROM (SELECT id FROM job WHERE status = 'COMPLETED' ORDER BY id DESC LIMIT :jobs) AS latest""",
    """INSERT INTO job OVERRIDING SYSTEM VALUE
       SELECT (jsonb_populate_record(j, jsonb_build_object('id', new_id, 'superseded_job_id', NULL))).*
       FROM copied JOIN job j ON j.id = old_id""",
    """INSERT INTO execution OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(e, jsonb_build_object(
           'id', nextval(pg_get_serial_sequence('execution', 'id')), 'job_id', new_id))).*
       FROM copied JOIN execution e ON e.job_id = old_id""",
    "INSERT INTO job_input_file SELECT new_id, job_input, position, file_id FROM copied JOIN job_input_file ON job_id = old_id",
)
"""As many jobs of the latest again, with their executions and inputs."""


def main() -> None:
    """Ask before, purge and ask, vacuum, add as many, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", type=Path, required=True, help="what `bench.load_jobs` was told")
    parser.add_argument("--jobs", type=int, default=100_000, help="so many are purged, and then it is stopped")
    parser.add_argument("--seconds", type=float, default=20, help="how long is asked before")
    parser.add_argument("--pause", type=float, default=0.1, help="JOBSVC_PURGE_PAUSE_SECONDS")
    chosen = parser.parse_args()
    with serving(chosen.directory, migrated, SETTINGS | {"JOBSVC_PURGE_PAUSE_SECONDS": str(chosen.pause)}) as service:
        with _asking(service) as before:
            time.sleep(chosen.seconds)
        before.report("before")
        print("MiB before", _sizes(service))
        with _asking(service) as during:
            purged = _purge(service, chosen.jobs)
        during.report("during")
        print("MiB after", _sizes(service))
        _vacuum(service)
        print("MiB after VACUUM", _sizes(service))
        _add(service, purged)
        print("MiB with as many new ones", _sizes(service))


def _purge(service: Running, jobs: int) -> int:
    """Purge so many jobs at least, by way of the days of all job types, say how fast it was, and how many it were."""
    with httpx.Client(base_url=service.url, timeout=60) as client:
        types = client.get("/v6/job-types/", params={"page_size": 1000}).json()["results"]
        for item in types:
            path = f"/v6/job-types/{item['name']}/{item['version']}/retention/"
            client.put(path, json={"job_days": DAYS_BEFORE}).raise_for_status()
        begun = time.monotonic()
        address = client.post("/v6/retention/purge/", json={}).raise_for_status().headers["Location"]
        while (operation := client.get(address).json())["ended"] is None and operation["done"] < jobs:
            time.sleep(1)
        seconds = time.monotonic() - begun
        client.post(f"{address}stop/")
    print(
        f"{operation['done']:,} of {operation['matched']:,} jobs in {seconds:.0f} s: {operation['done'] / seconds:.0f} a second"
    )
    return int(operation["done"])


@contextmanager
def _asking(service: Running) -> Iterator[Asked]:
    """Ask for one list after the other meanwhile."""
    asked, is_over = Asked(), threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=service.url, timeout=60) as client:
            for path in itertools.cycle(LISTS):
                if is_over.is_set():
                    return
                begun = time.perf_counter()
                client.get(path).raise_for_status()
                asked.milliseconds[path].append((time.perf_counter() - begun) * 1000)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield asked
    finally:
        is_over.set()
        thread.join()


def _sizes(service: Running) -> str:
    async def read() -> str:
        database = Database.connect(service.database_url)
        async with database.engine.connect() as connection:
            rows = (await connection.execute(SIZES, {"names": list(TABLES)})).all()
        await database.close()
        return ", ".join(f"{row.name} {row.mib}" for row in rows)

    return asyncio.run(read())


def _add(service: Running, jobs: int) -> None:
    async def run() -> None:
        database = Database.connect(service.database_url)
        async with database.engine.begin() as connection:
            for statement in COPY:
                await connection.execute(text(statement), {"jobs": jobs} if ":jobs" in statement else {})
        await database.close()

    asyncio.run(run())


def _vacuum(service: Running) -> None:
    async def run() -> None:
        database = Database.connect(service.database_url)
        async with database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("VACUUM ANALYZE"))
        await database.close()

    asyncio.run(run())


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


if __name__ == "__main__":
    main()
