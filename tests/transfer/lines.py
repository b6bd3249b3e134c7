"""Lines to import with all that they need, and the ways in and out of a database."""

import io
import json
from collections.abc import Iterable
from typing import Any

import pytest

from jobsvc.db.database import Database
from jobsvc.db.transfer.importing import Imported
from jobsvc.domain.transfer import ImportRefused
from jobsvc.services.transfer import TransferService
from tests.conftest import EMPTYING
from tests.factories import manifest

Line = dict[str, Any]
NOON = "2026-01-01T12:00:00Z"
BASIS: tuple[Line, ...] = (
    {"table": "workspace", "id": 1, "name": "default", "configuration": {"broker": {"type": "host", "host_path": "/data"}}},
    {"table": "node", "id": 1, "hostname": "node-1"},
    {"table": "job_type", "id": 1, "name": "echo", "version": "1.0.0", "manifest": manifest("echo")},
    {"table": "job_type_revision", "id": 1, "job_type_id": 1, "revision_num": 1, "manifest": manifest("echo")},
)
"""What jobs and files cannot be without."""


def job(number: int, **members: Any) -> Line:
    """A line of a job, PENDING by default."""
    return {"table": "job", "id": number, "job_type_id": 1, "job_type_rev_id": 1, "status": "PENDING", "max_tries": 3, **members}


def execution(number: int, **members: Any) -> Line:
    """A line of an execution, COMPLETED by default; the only one of its job."""
    ended = {} if members.get("status") == "RUNNING" else {"ended": NOON}
    keys = {"table": "execution", "id": number, "job_id": number, "job_type_id": 1, "exe_num": 1, "cluster_id": f"c-{number}"}
    return {**keys, "queued": NOON, "started": NOON, "status": "COMPLETED", **ended, **members}


def file(number: int, **members: Any) -> Line:
    """A line of a file."""
    name = f"file-{number}"
    keys = {"table": "file", "id": number, "workspace_id": 1, "file_name": name, "file_path": name, "file_type": "SOURCE"}
    return {**keys, "file_size": 1, "media_type": "text/plain", **members}


def text_of(lines: Iterable[Line]) -> bytes:
    """Lines as a file."""
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


async def load(db: Database, *lines: Line, keep_running: bool = False) -> dict[str, Imported]:
    """Import lines."""
    return await load_text(db, text_of(lines), keep_running=keep_running)


async def load_text(db: Database, content: bytes, *, keep_running: bool = False) -> dict[str, Imported]:
    """Import the content of a file."""
    service = TransferService(db)
    return dict(await service.load(io.BytesIO(content), lambda _progress: None, keep_running=keep_running))


async def refused(db: Database, *lines: Line) -> list[str]:
    """Why lines are not imported."""
    with pytest.raises(ImportRefused) as refusal:
        await load(db, *lines)
    return [str(issue) for issue in refusal.value.issues]


async def save_text(db: Database, *, logs: bool = False) -> bytes:
    """The content of an export."""
    file = io.BytesIO()
    await TransferService(db).save(file, lambda _progress: None, version="1.2.3", logs=logs)
    return file.getvalue()


async def save(db: Database, *tables: str) -> list[Line]:
    """The exported lines of some tables."""
    lines = [json.loads(line) for line in (await save_text(db)).splitlines()]
    return [line for line in lines if line.get("table") in tables]


async def empty(db: Database) -> None:
    """Leave what a migration put there, and nothing else."""
    async with db.engine.begin() as connection:
        for statement in EMPTYING:
            await connection.execute(statement)
