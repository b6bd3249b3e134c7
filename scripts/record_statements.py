"""`python -m scripts.record_statements VERSION`: keep the SQL of a release, for the releases after it to be held to.

Plays a scenario on a database of its own: submit, claim, start, finish, cancel, requeue, list, details and logs of both
generations. What the code asked of the database goes to `tests/data/statements/VERSION.jsonl.gz`.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import event

from jobsvc import wiring
from jobsvc.app import bare_app
from jobsvc.db.claims import Claim
from jobsvc.db.database import Database
from jobsvc.db.migrate import migrate
from jobsvc.domain.outcome import CapturedOutput, Completed, Failed
from jobsvc.domain.status import Stream
from jobsvc.embedded import EmbeddedPostgres
from jobsvc.logstores.postgres import PostgresLogStore
from jobsvc.ports.log_store import LogLine, LogOrigin
from jobsvc.services.clock import utc_now
from jobsvc.services.completion import ExecutionResult
from jobsvc.settings import Settings
from scripts.statements import Statement, write

ROOT = Path(__file__).parents[1]
MANIFEST = {
    "seedVersion": "1.0.0",
    "job": {
        "name": "recorded",
        "jobVersion": "1.0.0",
        "packageVersion": "1.0.0",
        "title": "Recorded",
        "description": "A job whose statements are kept",
        "maintainer": {"name": "Jane Doe", "email": "jane@example.com"},
        "timeout": 60,
        "interface": {"command": "true"},
        "errors": [{"code": 3, "name": "bad-data", "category": "data"}],
    },
}
READ = (
    "/v6/jobs/?order=-created&status=QUEUED&status=FAILED&job_type_id=1&is_superseded=false",
    "/v6/jobs/1/",
    "/v6/jobs/1/input_files/",
    "/v6/jobs/1/executions/",
    "/v6/jobs/1/executions/1/",
    "/v6/job-executions/1/logs/combined/",
    "/v6/queue/status/",
    "/v6/load/",
    "/v6/status/",
    "/v6/job-types/status/",
    "/v3/jobs/?status=FAILED",
    "/v3/jobs/1/",
    "/v3/jobs/executions/",
    "/v3/jobs/updates/",
    "/v3/job-executions/",
    "/v3/job-executions/1/",
    "/v3/job-executions/1/logs/",
)


async def record(url: str, directory: Path) -> list[Statement]:
    """The statements of the scenario, in their sequence."""
    database = Database.connect(url, pool_size=1)
    await migrate(database.engine)
    statements: list[Statement] = []

    def note(_connection: Any, cursor: Any, sql: str, parameters: Any, _context: Any, many: bool) -> None:  # noqa: FBT001
        rows = -1 if many else cursor.rowcount
        statements.extend(Statement(sql, tuple(values), rows) for values in (parameters if many else [parameters]))

    event.listen(database.engine.sync_engine, "after_cursor_execute", note)
    settings = Settings(data_dir=directory, database_url=url)
    await wiring.ensure_defaults(settings, database)
    await _play(settings, database)
    await database.close()
    return statements


async def _play(settings: Settings, database: Database) -> None:
    app = bare_app({})
    app.state.services = services = wiring.api_services(settings, database)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        await _ask(client, "POST", "/v6/job-types/", json={"manifest": MANIFEST})
        await _ask(client, "POST", "/v6/files/upload/?file_name=words.txt", content=b"to be or not to be")
        for number in range(4):
            headers = {"Idempotency-Key": str(number)}
            await _ask(client, "POST", "/v6/jobs/", json={"job_type_id": 1}, headers=headers)
        await _run(settings, database)
        for command in ("cancel", "requeue"):
            await _ask(client, "POST", f"/v6/jobs/{command}/", json={"job_ids": [1, 2, 3, 4]})
            await services.bulk_work.run_open()
        for path in READ:
            await _ask(client, "GET", path)


async def _run(settings: Settings, database: Database) -> None:
    """What a worker does: it runs a job to its end, and one to a failure; a third one keeps its lease."""
    worker = await wiring.open_worker(settings, database)
    queue = wiring.queue_service(settings, database)
    claims = [claimed.claim for _ in range(3) for claimed in await queue.claim(worker.worker)]
    first, second, _ = claims
    for claim in claims:
        await queue.launch(claim)
        await queue.renew(worker.worker, {claim.execution_id})
    await PostgresLogStore(database).append(first.execution_id, [_line(first)])
    await queue.finish(first, ExecutionResult(Completed(CapturedOutput())))
    await queue.finish(second, ExecutionResult(Failed("algorithm-unknown", exit_code=1)))
    await queue.rescue()
    await wiring.close_worker(database, worker)


def _line(claim: Claim) -> LogLine:
    origin = LogOrigin(claim.cluster_id, claim.execution_id, "node-1", claim.job_id, claim.exe_num)
    return LogLine(utc_now(), 1, Stream.STDOUT, "10", origin)


async def _ask(client: httpx.AsyncClient, method: str, path: str, **options: Any) -> None:
    answer = await client.request(method, path, **options)
    if not answer.is_success:
        sys.exit(f"{method} {path}: {answer.status_code} {answer.text}")


def main(version: str) -> None:
    """Record, and write the file."""
    with tempfile.TemporaryDirectory(prefix="statements-") as place:
        server = EmbeddedPostgres(Path(place) / "server", durable=False)
        try:
            statements = asyncio.run(record(server.start(), Path(place) / "data"))
        finally:
            server.stop()
    path = ROOT / "tests" / "data" / "statements" / f"{version}.jsonl.gz"
    write(path, statements)
    print(f"{len(statements)} statements in {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1])
