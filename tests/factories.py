"""Makes job types, files and jobs with defaults, through the services and (for states that take work) the tables."""

from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from jobsvc.api.context import Services
from jobsvc.db.database import Database
from jobsvc.db.tables import JobRow
from jobsvc.domain.records import FileItem, JobDetails, JobTypeDetails
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
        new = NewJobType(manifest(name, version, **options), configuration=configuration, options=columns)
        return (await self.services.job_types.create(new))[0]

    async def file(self, name: str = "input.txt", content: bytes = b"hello\n", **details: Any) -> FileItem:
        """An uploaded file of the default workspace."""

        async def chunks() -> Any:
            yield content

        return await self.services.files.upload(NewFile(file_name=name, details=details), chunks())

    async def job(self, job_type: JobTypeDetails | None = None, **members: Any) -> JobDetails:
        """A queued job."""
        kind = job_type or await self.job_type()
        return (await self.services.jobs.submit(NewJob(kind.item.job_type.id, **members)))[0]

    async def set(self, job_id: int, **columns: Any) -> None:
        """Put a job into a state."""
        async with self.db.engine.begin() as connection:
            await connection.execute(update(JobRow).where(JobRow.id == job_id).values(**columns))

    async def row(self, table: Any, **columns: Any) -> int:
        """Any row; gives its id."""
        async with self.db.engine.begin() as connection:
            return int((await connection.execute(insert(table).values(**columns).returning(table.id))).scalar_one())


def script(directory: Path, text: str) -> str:
    """An executable shell script; gives its path."""
    path = directory / "script.sh"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o700)
    return str(path)
