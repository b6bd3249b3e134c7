"""What a claim costs behind jobs that cannot run: `python -m bench.claims`.

One job waits that can run, of the worst priority; in front of it more and more that cannot, for each reason there is. The whole
claim is made, as a worker makes it, and rolled back.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import text

from bench import processors
from bench.service import remove
from jobsvc.db.database import Database
from jobsvc.db.migrate import migrate
from jobsvc.embedded import EmbeddedPostgres

CLAIMS = 50
ENGINE = "subprocess"
RESOURCES: Mapping[str, float] = MappingProxyType({"cpus": 2.0, "mem": 1000.0, "disk": 5000.0, "gpus": 0.0})
TYPE = text("""
    WITH made AS (
        INSERT INTO job_type (name, version, manifest, configuration, is_paused, max_scheduled)
        VALUES (:name, '1.0.0', jsonb_build_object('job', jsonb_build_object(
                    'timeout', 60, 'interface', CAST('{"command": "true"}' AS jsonb),
                    'resources', jsonb_build_object('scalar', CAST(:scalars AS jsonb)))),
                CAST(:configuration AS jsonb), :paused, :most)
        RETURNING id, manifest)
    INSERT INTO job_type_revision (job_type_id, revision_num, manifest) SELECT id, 1, manifest FROM made RETURNING job_type_id
""")
FILL = text("""
    WITH new AS (
        INSERT INTO job (job_type_id, job_type_rev_id, status, num_exes, max_tries, input, input_file_size)
        SELECT r.job_type_id, r.id, 'QUEUED', 1, 3, '{}', :size FROM job_type_revision r, generate_series(1, :count)
        WHERE r.job_type_id = :id RETURNING id)
    INSERT INTO queue (job_id, job_type_id, exe_num, priority, input_file_size, queued, not_before)
    SELECT id, :id, 1, :priority, :size, now(), CAST(CAST(:not_before AS text) AS timestamptz) FROM new
""")
SIZED = '[{"name": "mem", "value": 100, "inputMultiplier": 2}]'
PLAIN = {"scalars": "[]", "configuration": "{}", "paused": False, "most": None}
REASONS: Mapping[str, tuple[Mapping[str, object], Mapping[str, object]]] = {
    "nothing": ({}, {}),
    "resources of the type": ({"scalars": '[{"name": "cpus", "value": 99}]'}, {}),
    "size of the input": ({"scalars": SIZED}, {"size": 4000.0}),
    "not before a time": ({}, {"not_before": "infinity"}),
    "paused type": ({"paused": True}, {}),
    "engine not served": ({"configuration": '{"engine": {"name": "slurm"}}'}, {}),
}


async def measure(database: Database, postmaster: int, counts: list[int]) -> None:
    """Print a line for each reason and number."""
    print("| cannot run because of | jobs | ms | ms of CPU of PostgreSQL |\n| --- | ---: | ---: | ---: |")
    for reason, (kind, jobs) in REASONS.items():
        for count in counts if reason != "nothing" else [0]:
            seconds, cpu = await _claims(database, postmaster, kind, jobs, count)
            print(f"| {reason} | {count:,} | {seconds * 1000:.2f} | {cpu * 1000:.2f} |", flush=True)


async def _claims(
    database: Database, postmaster: int, kind: Mapping[str, object], jobs: Mapping[str, object], count: int
) -> tuple[float, float]:
    async with database.engine.begin() as connection:
        await connection.execute(text("TRUNCATE job_type, job, node RESTART IDENTITY CASCADE"))
        plain = {"size": 0.0, "not_before": None, "priority": 1}
        for name, columns, more in (
            ("unfit", kind, {**plain, **jobs, "count": count}),
            ("fit", {}, {**plain, "count": 1, "priority": 9}),
        ):
            type_id = (await connection.execute(TYPE, {"name": name, **PLAIN, **columns})).scalar_one()
            await connection.execute(FILL, {"id": type_id, **more})
            if name == "unfit":
                # One of the same type that can run, where a job is the reason.
                await connection.execute(FILL, {"id": type_id, **plain, "count": 1, "priority": 8})
    async with database.transaction() as tx:
        node_id = await tx.nodes.ensure("bench", RESOURCES)
    async with database.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(
            text("VACUUM ANALYZE queue, job, job_type")
        )
    for _ in range(5):
        await _claim(database, node_id)
    cpu, begin = processors.used_with_children(postmaster), time.perf_counter()
    for _ in range(CLAIMS):
        await _claim(database, node_id)
    seconds = time.perf_counter() - begin
    return seconds / CLAIMS, (processors.used_with_children(postmaster) - cpu) / CLAIMS


class _RollBack(Exception):
    pass


async def _claim(database: Database, node_id: int) -> None:
    with suppress(_RollBack):
        async with database.transaction() as tx:
            if not await tx.queue_head.pick(node_id, ENGINE, ENGINE, 4, is_on_host=True):
                raise RuntimeError("a job that can run was not claimed")
            raise _RollBack


async def _main(directory: Path, counts: list[int]) -> None:
    server = EmbeddedPostgres(directory)
    database = Database.connect(server.start(), pool_size=2)
    try:
        await migrate(database.engine)
        await measure(database, int((directory / "postgres" / "postmaster.pid").read_text().split()[0]), counts)
    finally:
        await database.close()
        server.stop()


def main() -> None:
    """Measure on a database of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--directory", type=Path, default=Path(tempfile.gettempdir()) / "jobsvc-bench-claims")
    chosen = parser.parse_args()
    remove(chosen.directory)
    asyncio.run(_main(chosen.directory, chosen.jobs))
    remove(chosen.directory)


if __name__ == "__main__":
    main()
