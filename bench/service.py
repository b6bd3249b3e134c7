"""A service of the benchmark's own: embedded PostgreSQL with a load of jobs, the API in a process beside it."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
from sqlalchemy import text

from bench import processors
from bench.processors import TICKS
from jobsvc.db.database import Database
from jobsvc.db.migrate import migrate
from jobsvc.embedded import EmbeddedPostgres
from jobsvc.settings import Settings

TYPES = 20


@dataclass(frozen=True)
class Running:
    """What is measured: the API's process and the PostgreSQL that it asks."""

    url: str
    database_url: str
    api_pid: int
    postmaster_pid: int
    others: frozenset[int] = frozenset()
    """Processes of a PostgreSQL that was there already, and serve somebody else."""

    def cpu(self) -> tuple[float, float]:
        """CPU seconds used so far by the API and by all processes of PostgreSQL."""
        return processors.used_with_children(self.api_pid), processors.used_with_children(self.postmaster_pid, self.others)

    def resident_mib(self) -> float:
        """Resident memory of the API."""
        return processors.resident_mib(self.api_pid)


@contextlib.contextmanager
def running(
    directory: Path, jobs: int, *, status: str | None = None, elasticsearch_url: str | None = None, processes: int = 1
) -> Iterator[Running]:
    """A service with this many jobs, of all statuses or of one; the data stay for a next run with the same number."""
    home = directory / f"{jobs}-{status or 'all'}"
    more = {"JOBSVC_PROCESSES": str(processes)}
    more |= {} if elasticsearch_url is None else {"JOBSVC_ELASTICSEARCH_URL": elasticsearch_url}
    with serving(home, lambda settings: _load(settings, jobs, status), more) as service:
        yield service


@contextlib.contextmanager
def serving(
    home: Path, prepare: Callable[[Settings], Coroutine[Any, Any, None]], environment: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Running]:
    """A service on the data in a directory, after they were prepared."""
    server = EmbeddedPostgres(home)
    settings = Settings(data_dir=home, database_url=server.start(), port=free_port(), log_level="warning")
    api = None
    try:
        asyncio.run(prepare(settings))
        postmaster = int((home / "postgres" / "postmaster.pid").read_text().split()[0])
        others = processors.children(postmaster)
        variables = os.environ | settings.as_environment() | dict(environment)
        api = subprocess.Popen([sys.executable, "-m", "jobsvc", "serve"], env=variables)
        url = f"http://127.0.0.1:{settings.port}"
        wait_for(url)
        yield Running(url, settings.database_url or "", api.pid, postmaster, others)
    finally:
        if api is not None:
            api.terminate()
            api.wait()
        server.stop()


def remove(directory: Path) -> None:
    """Remove what runs left."""
    shutil.rmtree(directory, ignore_errors=True)


async def _load(settings: Settings, jobs: int, status: str | None) -> None:
    database = Database.connect(settings.database_url or "")
    await migrate(database.engine)
    async with database.engine.begin() as connection:
        if (await connection.execute(text("SELECT count(*) FROM job_type"))).scalar_one() == 0:
            for statement in LOAD.split(";"):
                await connection.execute(text(statement), {"jobs": jobs, "status": status, "types": TYPES})
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("VACUUM ANALYZE"))
    await database.close()


LOAD = """
INSERT INTO job_type (name, version, title, description, manifest)
SELECT 'type-' || i, '1.0.0', 'Type ' || i, 'A job type of the benchmark', CAST('{"seedVersion": "1.0.0", "job": {
    "name": "bench", "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": "Bench", "description": "Bench",
    "maintainer": {"name": "B", "email": "b@example.com"}, "timeout": 60,
    "interface": {"command": "true", "inputs": {"files": [
        {"name": "IN", "required": true, "multiple": false, "partial": false, "mediaTypes": []}]}}}}' AS jsonb)
FROM generate_series(1, CAST(:types AS int)) i;
INSERT INTO job_type_revision (job_type_id, revision_num, manifest) SELECT id, 1, manifest FROM job_type ORDER BY id;
INSERT INTO node (hostname) SELECT 'node-' || i || '.example' FROM generate_series(1, 10) i;
INSERT INTO workspace (name, configuration) VALUES ('bench', '{"broker": {"type": "host", "host_path": "/tmp"}}');
INSERT INTO file (workspace_id, file_name, file_path, file_type, file_size, media_type)
SELECT 1, 'input-' || i || '.txt', 'in/' || i, 'SOURCE', 1000, 'text/plain' FROM generate_series(1, 1000) i;
INSERT INTO event (type, occurred) SELECT 'USER', now() FROM generate_series(1, CAST(:jobs AS int));
INSERT INTO job (job_type_id, job_type_rev_id, event_id, status, node_id, error_id, max_tries, num_exes, input,
                 input_file_size, source_started, source_ended, source_sensor, created, queued, started, ended,
                 last_status_change, last_modified)
SELECT 1 + i % :types, 1 + i % :types, i, s, CASE WHEN s IN ('COMPLETED', 'FAILED') THEN 1 + i % 10 END,
       CASE WHEN s = 'FAILED' THEN 1 + i % 26 END, 3, 1,
       jsonb_build_object('files', jsonb_build_object('IN', jsonb_build_array(1 + i % 1000))), 1, t, t, 'sensor-' || i % 10,
       t, t, CASE WHEN s <> 'QUEUED' THEN t END, CASE WHEN s IN ('COMPLETED', 'FAILED') THEN t END, t, t
FROM (SELECT i, now() - i * interval '1 second' AS t,
             COALESCE(CAST(:status AS text),
                      (ARRAY['COMPLETED','COMPLETED','COMPLETED','FAILED','QUEUED','CANCELED'])[1 + i % 6]) AS s
      FROM generate_series(1, CAST(:jobs AS int)) i) AS jobs;
INSERT INTO job_input_file (job_id, job_input, position, file_id) SELECT id, 'IN', 0, 1 + id % 1000 FROM job;
INSERT INTO queue (job_id, job_type_id, exe_num, priority, timeout, input_file_size, queued)
SELECT id, job_type_id, 1, 100, 60, 1, queued FROM job WHERE status = 'QUEUED'
"""


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_of(pid: int, fields: int = 2) -> float:
    """CPU seconds of a process so far; with four fields also those of its children that have ended."""
    try:
        values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(value) for value in values[11 : 11 + fields]) / TICKS


def tree_cpu(pid: int) -> float:
    """CPU seconds of a process and its children so far, ended ones included."""
    return cpu_of(pid, 4) + sum(cpu_of(child) for child in _children(pid))


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str) -> None:
    """Wait until an API answers."""
    deadline = time.monotonic() + 120
    with httpx.Client(base_url=url) as client:
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                if client.get("/v6/version/").is_success:
                    return
            time.sleep(0.05)
    raise SystemExit("the API does not answer")
