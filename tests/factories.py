"""Makes job types, files and jobs with defaults, through the services and (for states that take work) the tables."""

from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from jobsvc.api.context import Services
from jobsvc.db.database import Database
from jobsvc.db.tables import FileRow, JobRow, JobTypeRow, UnrecordedExecutionRow
from jobsvc.domain.records import FileItem, JobDetails, JobTypeDetails
from jobsvc.domain.writes import FileDetails, JobTypeOptions
from jobsvc.services.files import NewFile
from jobsvc.services.job_types import NewJobType
from jobsvc.services.submission import NewJob


def manifest(name: str = "echo", version: str = "1.0.0", **job: Any) -> dict[str, Any]:
    """A Seed manifest; further members of `job` replace the defaults."""
    defaults = {
        "name": name,
        "jobVersion": version,
        "packageVersion": "1.0.0",
        "title": name.title(),
        "description": f"Runs {name}",
        "maintainer": {"name": "Jane Doe", "email": "jane@example.com"},
        "timeout": 60,
        "interface": {"command": "true"},
    }
    return {"seedVersion": "1.0.0", "job": defaults | job}


class Factory:
    """Makes things in the test's database."""

    def __init__(self, database: Database, services: Services) -> None:
        self.db = database
        self.services = services

    async def job_type(self, name: str = "echo", version: str = "1.0.0", **options: Any) -> JobTypeDetails:
        """A job type; `interface`, `errors`, ... go to the manifest, `configuration` and `options` to the type."""
        configuration = options.pop("configuration", None)
        columns = options.pop("columns", {})
        plain = {name: columns.pop(name) for name in JobTypeOptions.model_fields if name in columns}
        new = NewJobType(manifest(name, version, **options), configuration=configuration, options=JobTypeOptions(**plain))
        job_type = (await self.services.job_types.create(new))[0]
        await self.change(JobTypeRow, job_type.item.job_type.id, **columns)
        return await self.services.job_types.get(name, version)

    async def file(self, name: str = "input.txt", content: bytes = b"hello\n", **details: Any) -> FileItem:
        """An uploaded file of the default workspace."""

        async def chunks() -> Any:
            yield content

        known = {name: details.pop(name) for name in FileDetails.model_fields if name in details}
        file = await self.services.files.upload(NewFile(file_name=name, details=FileDetails(**known)), chunks())
        await self.change(FileRow, file.file.id, **details)
        return await self.services.files.get(file.file.id)

    async def job(self, job_type: JobTypeDetails | None = None, **members: Any) -> JobDetails:
        """A queued job."""
        kind = job_type or await self.job_type()
        return (await self.services.jobs.submit(NewJob(kind.item.job_type.id, **members)))[0]

    async def set(self, job_id: int, **columns: Any) -> None:
        """Put a job into a state."""
        await self.change(JobRow, job_id, **columns)

    async def change(self, table: Any, key: int, **columns: Any) -> None:
        """Put any row into a state."""
        if columns:
            async with self.db.engine.begin() as connection:
                await connection.execute(update(table).where(table.id == key).values(**columns))

    async def row(self, table: Any, **columns: Any) -> int:
        """Any row; gives its id, or what is its key."""
        [key] = table.__table__.primary_key
        async with self.db.engine.begin() as connection:
            return int((await connection.execute(insert(table).values(**columns).returning(key))).scalar_one())

    async def tried_job(self, **columns: Any) -> int:
        """A job that has been tried, of whose tries nothing is known, as imported ones may be; gives its id."""
        job_id = await self.row(JobRow, **columns)
        await self.row(UnrecordedExecutionRow, job_id=job_id)
        return job_id


def script(directory: Path, text: str) -> str:
    """An executable shell script; gives its path."""
    path = directory / "script.sh"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o700)
    return str(path)
