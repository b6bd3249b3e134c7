"""How long many jobs take to be canceled and queued again, and how the list answers meanwhile: `python -m bench.cancel_jobs`.

Then the same is done by plain statements for all jobs at once, which have the same effect: what changes of many jobs would take
if they held up everybody else, could not be stopped, and began anew when they were broken off.
"""

import argparse
import asyncio
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
from sqlalchemy import text

from bench.service import Running, remove, running
from jobsvc.db.database import Database
from jobsvc.db.job_changes import CLOSE_WAITING, ENQUEUE
from jobsvc.domain.status import JobStatus

CANCEL_ALL = text("""
    UPDATE job SET status = 'CANCELED', last_status_change = :now, last_modified = :now, error_id = NULL, node_id = NULL
""")
EXPECTED = {"cancel": JobStatus.CANCELED, "requeue": JobStatus.QUEUED}


def through_the_service(service: Running, kind: str) -> tuple[int, float]:
    """Cancel or requeue all, watch the list, print; how many jobs it were, and how many a second."""
    with httpx.Client(base_url=service.url, timeout=60) as client:
        client.get("/v6/jobs/")
        before, cpu, begin = service.resident_mib(), service.cpu(), time.monotonic()
        location = client.post(f"/v6/jobs/{kind}/", json={}).raise_for_status().headers["location"]
        waits, peak = [], before
        while (operation := client.get(location).json())["state"] != "COMPLETED":
            asked = time.monotonic()
            client.get("/v6/jobs/", params={"page_size": 20}).raise_for_status()
            waits.append((time.monotonic() - asked) * 1000)
            peak = max(peak, service.resident_mib())
            time.sleep(0.05)
        seconds = time.monotonic() - begin
    api, postgres = (after - start for after, start in zip(service.cpu(), cpu, strict=True))
    print(f"{kind}: {operation['done']:,} jobs in {seconds:.1f} s ({operation['done'] / seconds:,.0f} a second)")
    print(f"  CPU: service {api:.1f} s, PostgreSQL {postgres:.1f} s; memory of the service +{peak - before:.0f} MiB")
    if waits:
        half, late = sorted(waits)[len(waits) // 2], sorted(waits)[int(len(waits) * 0.95)]
        print(f"  a page of the list meanwhile: half {half:.0f} ms, 95 % {late:.0f}, most {max(waits):.0f}")
    return operation["done"], operation["done"] / seconds


def by_plain_statements(service: Running, kind: str, jobs: int) -> float:
    """The same for all jobs in one transaction, print; how many jobs a second."""
    begin = time.monotonic()
    asyncio.run(_change(service, kind))
    seconds = time.monotonic() - begin
    print(f"  plain statements: {seconds:.1f} s ({jobs / seconds:,.0f} a second)")
    return jobs / seconds


async def _change(service: Running, kind: str) -> None:
    database = Database.connect(service.database_url)
    async with database.engine.begin() as connection:
        now = datetime.now(UTC)
        ids = list((await connection.execute(text("SELECT id FROM job ORDER BY id"))).scalars())
        if kind == "cancel":
            await connection.execute(CANCEL_ALL, {"now": now})
            await connection.execute(CLOSE_WAITING, {"ids": ids, "now": now})
        else:
            numbers = list((await connection.execute(text("SELECT num_exes + 1 FROM job ORDER BY id"))).scalars())
            same = {"max_tries": [3] * len(ids), "priorities": [None] * len(ids), "delay": None}
            await connection.execute(ENQUEUE, {"ids": ids, "exe_nums": numbers, "now": now, **same})
    async with database.engine.connect() as connection:
        [status] = (await connection.execute(text("SELECT DISTINCT status FROM job"))).scalars()
    if status != EXPECTED[kind]:
        raise SystemExit(f"{kind}: the jobs are {status}")
    await database.close()


def compare(service: Running) -> None:
    """Both kinds, both ways."""
    results = {kind: through_the_service(service, kind) for kind in EXPECTED}
    for kind, (done, rate) in results.items():
        plain = by_plain_statements(service, kind, done)
        print(f"{kind}: the service's rate is {rate / plain:.2f} of that of plain statements")


def main() -> None:
    """Load anew, for a cancel changes the data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--directory", type=Path, default=Path(tempfile.gettempdir()) / "jobsvc-bench-cancel")
    chosen = parser.parse_args()
    remove(chosen.directory)
    with running(chosen.directory, chosen.jobs, status="QUEUED") as service:
        compare(service)
    remove(chosen.directory)


if __name__ == "__main__":
    main()
