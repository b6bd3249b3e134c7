"""What callers see who are limited to some job types."""

from enum import StrEnum

from jobsvc.db.database import Database
from jobsvc.domain.errors import NotFound


class Thing(StrEnum):
    """What belongs to a job type: what errors call it."""

    JOB = "Job"
    EXECUTION = "Execution"
    FILE = "File"
    JOB_TYPE = "Job type"
    JOB_TYPE_BY_NAME = "Job types called"
    BULK_OPERATION = "Bulk operation"

    @property
    def parameter(self) -> str:
        """What paths call its id."""
        return {Thing.JOB_TYPE_BY_NAME: "name", Thing.BULK_OPERATION: "operation_id"}.get(
            self, f"{self.lower().replace(' ', '_')}_id"
        )


class VisibilityService:
    """Hides what is of other job types."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def require(self, thing: Thing, key: int | str, user: str, job_types: frozenset[str]) -> None:
        """Go on when a thing is of one of these job types; a bulk operation has to be this user's.

        Raises:
            NotFound: It is not, or there is none.
        """
        if await self._owner(thing, key) not in (job_types if thing is not Thing.BULK_OPERATION else {user}):
            raise NotFound(thing, key)

    async def _owner(self, thing: Thing, key: int | str) -> str | None:
        """The job type that a thing belongs to, or the user."""
        if isinstance(key, str):
            return key
        async with self._db.reading() as tx:
            owners = tx.owners
            return await {
                Thing.JOB: owners.of_job,
                Thing.EXECUTION: owners.of_execution,
                Thing.FILE: owners.of_file,
                Thing.JOB_TYPE: owners.of_job_type,
                Thing.BULK_OPERATION: owners.of_bulk_operation,
            }[thing](key)
