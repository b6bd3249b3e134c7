"""A history of jobs to measure with, kept in a directory: `python -m bench.load_jobs --jobs 1000000 --directory DIR`."""

import argparse
import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from bench.dataset.loading import load
from bench.dataset.size import Size, require_space
from jobsvc.db.database import Database
from jobsvc.db.engines import driver_options
from jobsvc.db.migrate import migrate
from jobsvc.domain.instants import parse_timestamp
from jobsvc.embedded import EmbeddedPostgres

DESCRIPTION = "dataset.json"
_SIZES = text("""
    SELECT relname, CAST(reltuples AS bigint), pg_table_size(oid) >> 20, pg_indexes_size(oid) >> 20
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY pg_total_relation_size(oid) DESC LIMIT 8
""")


def main() -> None:
    """Load, describe, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--directory", type=Path, required=True, help="where the data stay, to be measured again")
    parser.add_argument("--until", type=parse_timestamp, help="ISO-8601: when the history ends (default: now)")
    parser.add_argument("--processes", type=int, default=2, help="of PostgreSQL, at the same time")
    chosen = parser.parse_args()
    until = chosen.until or datetime.now(UTC).replace(microsecond=0)
    size = Size(chosen.jobs, until)
    if (chosen.directory / "postgres").exists():
        raise SystemExit(f"There are data in {chosen.directory} already; remove them, or name another --directory.")
    print(require_space(chosen.directory, size.jobs), flush=True)
    server = EmbeddedPostgres(chosen.directory, durable=False)
    try:
        asyncio.run(_make(server.start(), size, chosen.processes))
    finally:
        server.stop()
    (chosen.directory / DESCRIPTION).write_text(json.dumps({"jobs": size.jobs, "until": size.until.isoformat()}) + "\n")


async def _make(url: str, size: Size, processes: int) -> None:
    begun = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - begun:6.0f} s  {line}", flush=True)

    database = Database.connect(url)
    try:
        await migrate(database.engine)
        async with _without_autovacuum(database):
            await load(driver_options(database.engine), size, processes=processes, say=say)
        async with database.engine.connect() as connection:
            for name, rows, table, indexes in await connection.execute(_SIZES):
                say(f"{name}: {rows:,} rows, {table:,} MiB and {indexes:,} MiB of indexes")
    finally:
        await database.close()
    say("done")


@asynccontextmanager
async def _without_autovacuum(database: Database) -> AsyncIterator[None]:
    """It would work through tables that are half filled, and again; all are vacuumed at the end."""
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in ("ALTER SYSTEM SET autovacuum = off", "SELECT pg_reload_conf()"):
            await connection.execute(text(statement))
        yield
        for statement in ("ALTER SYSTEM RESET autovacuum", "SELECT pg_reload_conf()"):
            await connection.execute(text(statement))


if __name__ == "__main__":
    main()
