"""Rows in any state, put into the tables without the services that would lead there."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from jobsvc.db.database import Database
from jobsvc.db.tables import (
    Base,
    BatchRow,
    ErrorRow,
    ExecutionRow,
    JobLabelRow,
    JobRow,
    LeaseRow,
    NodeRow,
    RecipeRow,
    RecipeTypeRevisionRow,
    RecipeTypeRow,
)
from jobsvc.domain.records import JobTypeDetails
from tests.factories import Factory

T0 = datetime(2020, 1, 1, tzinfo=UTC)
QUEUED = {"status": "QUEUED", "num_exes": 1, "queued": T0}
RUNNING = {**QUEUED, "status": "RUNNING", "started": T0}
FAILED = {**RUNNING, "status": "FAILED", "ended": T0}
COMPLETED = {**FAILED, "status": "COMPLETED"}
CANCELED = {**QUEUED, "status": "CANCELED"}
EMPTY_INPUT: dict[str, Any] = {"files": {}, "json": {}}


def hour(number: float) -> datetime:
    """So many hours after the beginning of 2020."""
    return T0 + timedelta(hours=number)


async def job_row(make: Factory, job_type: JobTypeDetails, **columns: Any) -> int:
    """A job that waits for its input, unless `columns` say otherwise."""
    kind = job_type.item.job_type
    _, revision = await make.services.job_types.revision(kind.name, kind.version, kind.revision_num)
    defaults = {"job_type_id": kind.id, "job_type_rev_id": revision.id, "status": "PENDING", "max_tries": 3, "input": EMPTY_INPUT}
    return await make.row(JobRow, **defaults | columns)


async def execution_row(make: Factory, job_id: int, job_type: JobTypeDetails, **columns: Any) -> int:
    """A completed first execution, unless `columns` say otherwise."""
    exe_num = columns.get("exe_num", 1)
    times = {"queued": T0, "started": hour(1), "ended": hour(2)}
    ids = {"job_id": job_id, "job_type_id": job_type.item.job_type.id, "cluster_id": f"scale_job_test_{job_id}x{exe_num}"}
    return await make.row(ExecutionRow, **{"exe_num": 1, "status": "COMPLETED", **times, **ids} | columns)


async def label_row(make: Factory, job_id: int, key: str, value: str) -> None:
    """A label of a job."""
    async with make.db.engine.begin() as connection:
        await connection.execute(insert(JobLabelRow).values(job_id=job_id, key=key, value=value))


async def lease_row(make: Factory, execution_id: int, job_id: int, job_type: JobTypeDetails) -> None:
    """A worker that runs an execution."""
    kind = {"execution_id": execution_id, "job_id": job_id, "job_type_id": job_type.item.job_type.id}
    async with make.db.engine.begin() as connection:
        await connection.execute(insert(LeaseRow).values(**kind, worker_id="w", token=1, expires=func.now()))


async def node_row(make: Factory, hostname: str = "node1.example.com") -> int:
    return await make.row(NodeRow, hostname=hostname)


async def error_row(make: Factory, name: str, category: str, **columns: Any) -> int:
    return await make.row(ErrorRow, name=name, category=category, job_type_name="echo", **columns)


async def batch_row(make: Factory, title: str | None = "A batch") -> int:
    return await make.row(BatchRow, title=title, description="Of recipes", created=T0)


async def recipe_row(make: Factory, title: str = "A recipe", **columns: Any) -> int:
    """A recipe of a type of its own."""
    kind = await make.row(RecipeTypeRow, name=title.lower().replace(" ", "-"), title=title, description="Of jobs")
    revision = await make.row(RecipeTypeRevisionRow, recipe_type_id=kind, revision_num=1)
    return await make.row(RecipeRow, recipe_type_id=kind, recipe_type_rev_id=revision, **columns)


async def counts(db: Database, *tables: type[Base]) -> list[int]:
    """How many rows each table has."""
    async with db.engine.connect() as connection:
        return [(await connection.execute(select(func.count()).select_from(table))).scalar_one() for table in tables]
