"""What benchmarks measure with: a history of jobs that holds all constraints, with the indexes of the migrations."""

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from bench.dataset.loading import TABLES, load
from bench.dataset.size import Size, bytes_needed, require_space
from sqlalchemy.engine import make_url

from jobsvc.db.database import Database
from jobsvc.db.engines import asyncpg_url, driver_options
from jobsvc.db.migrate import migrate

SIZE = Size(4000, datetime(2026, 11, 28, tzinfo=UTC))
COUNT = "SELECT count(*) FROM {}"
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
CONSTRAINTS = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1, 2"
FOREIGN_KEYS = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I; ALTER TABLE %1$s ADD CONSTRAINT %2$I %3$s',
                  conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE contype = 'f'
"""


async def load_into(server_url: str, name: str) -> dict[str, Any]:
    """Make a database and load into it; gives the driver's options, and what the catalog said before."""
    url = make_url(asyncpg_url(server_url)).set(database=name).render_as_string(hide_password=False)
    database = Database.connect(url)
    await migrate(database.engine)
    options = driver_options(database.engine)
    await database.close()
    connection = await asyncpg.connect(**options)
    before = [await connection.fetch(query) for query in (INDEXES, CONSTRAINTS)]
    await connection.close()
    await load(options, SIZE, processes=2, say=lambda _: None)
    return {"options": options, "before": before}


async def administer(server_url: str, statement: str) -> None:
    database = Database.connect(server_url)
    connection = await asyncpg.connect(**driver_options(database.engine))
    await connection.execute(statement)
    await connection.close()
    await database.close()


@pytest.fixture
async def loaded(server_url: str) -> AsyncIterator[dict[str, Any]]:
    name = f"jobsvc_dataset_{uuid.uuid4().hex[:12]}"
    await administer(server_url, f"CREATE DATABASE {name}")
    yield await load_into(server_url, name)
    await administer(server_url, f"DROP DATABASE {name} WITH (FORCE)")


async def test_a_history_is_whole(loaded: dict[str, Any]) -> None:
    connection = await asyncpg.connect(**loaded["options"])
    assert [await connection.fetch(query) for query in (INDEXES, CONSTRAINTS)] == loaded["before"]
    for row in await connection.fetch(FOREIGN_KEYS):
        await connection.execute(row[0])
    empty = [table for table in TABLES if not await connection.fetchval(COUNT.format(table))]
    assert empty == []
    await connection.execute("INSERT INTO event (type, occurred) VALUES ('USER', now())")  # its number is not taken
    await connection.close()


CONSISTENT = {
    "executions": """
        SELECT count(*) FROM job j WHERE status <> 'CANCELED' AND num_exes - CAST(status = 'QUEUED' AS int)
            <> (SELECT count(*) FROM execution e WHERE e.job_id = j.id)""",
    "queue": "SELECT count(*) FROM job j FULL JOIN queue q ON q.job_id = j.id WHERE (j.status = 'QUEUED') <> (q.id IS NOT NULL)",
    "leases": """
        SELECT count(*) FROM execution e LEFT JOIN lease l ON l.execution_id = e.id
        WHERE (e.status = 'RUNNING') <> (l.job_id IS NOT DISTINCT FROM e.job_id)""",
    "source": """
        SELECT count(*) FROM job j CROSS JOIN LATERAL (
            SELECT min(f.source_started) AS started, max(f.source_sensor) AS sensor, COALESCE(sum(f.file_size), 0) AS size
            FROM job_input_file i JOIN file f ON f.id = i.file_id WHERE i.job_id = j.id) f
        WHERE (j.source_started, j.source_sensor, j.input_file_size)
            IS DISTINCT FROM (f.started, f.sensor, ceil(f.size / 1048576.0))""",
    "times": """
        SELECT count(*) FROM job WHERE queued < created OR started < queued OR ended < started
            OR last_modified < last_status_change OR superseded < ended OR source_ended > created""",
    "chains": """
        SELECT count(*) FROM job new JOIN job old ON old.id = new.superseded_job_id
        WHERE NOT old.is_superseded OR old.job_type_id <> new.job_type_id OR old.superseded <> new.created""",
    "products": """
        SELECT count(*) FROM job j FULL JOIN (SELECT * FROM file WHERE file_type = 'PRODUCT') f ON f.job_id = j.id
        WHERE CAST(j.output #>> '{files,OUTPUT,0}' AS bigint) IS DISTINCT FROM f.id""",
}


async def test_what_belongs_together_fits(loaded: dict[str, Any]) -> None:
    connection = await asyncpg.connect(**loaded["options"])
    contradictions = {name: await connection.fetchval(query) for name, query in CONSISTENT.items()}
    await connection.close()
    assert contradictions == dict.fromkeys(CONSISTENT, 0)


SHARES = {
    "COMPLETED": ("SELECT avg(CAST(status = 'COMPLETED' AS int)) FROM job WHERE id <= 3760", 0.9),
    "FAILED": ("SELECT avg(CAST(status = 'FAILED' AS int)) FROM job WHERE id <= 3760", 0.03),
    "superseded": ("SELECT avg(CAST(is_superseded AS int)) FROM job", 0.025),
    "three types": ("SELECT avg(CAST(job_type_id <= 3 AS int)) FROM job", 0.85),
    "executions a job": ("SELECT count(*) / 4000.0 FROM execution", 1.2),
    "input files a job": ("SELECT count(*) / 4000.0 FROM job_input_file", 1.5),
}


async def test_shares_are_as_described(loaded: dict[str, Any]) -> None:
    connection = await asyncpg.connect(**loaded["options"])
    shares = {name: float(await connection.fetchval(query)) for name, (query, _) in SHARES.items()}
    await connection.close()
    assert shares == {name: pytest.approx(share, rel=0.2, abs=0.01) for name, (_, share) in SHARES.items()}


async def test_the_same_numbers_give_the_same_rows(loaded: dict[str, Any], server_url: str) -> None:
    name = f"jobsvc_dataset_{uuid.uuid4().hex[:12]}"
    await administer(server_url, f"CREATE DATABASE {name}")
    again = await load_into(server_url, name)
    digests = await asyncio.gather(*(digest(options["options"]) for options in (loaded, again)))
    await administer(server_url, f"DROP DATABASE {name} WITH (FORCE)")
    assert digests[0] == digests[1]


async def digest(options: dict[str, Any]) -> dict[str, str]:
    """A digest of all rows of each table."""
    connection = await asyncpg.connect(**options)
    query = "SELECT md5(string_agg(CAST(t AS text), ',' ORDER BY CAST(t AS text))) FROM {} t"
    digests = {table: await connection.fetchval(query.format(table)) for table in TABLES}
    await connection.close()
    return digests


def test_it_says_what_room_it_needs_and_refuses_when_there_is_less(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "1,000 jobs need" in require_space(tmp_path, 1000)
    usage = shutil.disk_usage(tmp_path)._replace(free=bytes_needed(1000) - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(SystemExit, match=r"where 3\.0 GiB are free\. Name another --directory"):
        require_space(tmp_path, 1000)
