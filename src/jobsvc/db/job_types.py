"""Job types, their revisions and the errors that their manifests declare."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import channels, mappers
from jobsvc.db.clauses import JOB_TYPE_CLAUSES, where
from jobsvc.db.paging import page_of
from jobsvc.db.row_mapper import mapper_of
from jobsvc.db.tables import ErrorRow, JobTypeRevisionRow, JobTypeRow
from jobsvc.db.versions import newest_first, oldest_first
from jobsvc.domain.filters import JobTypeFilter
from jobsvc.domain.ids import storable_id
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.records import ErrorItem, JobTypeDetails, JobTypeItem, JobTypeRef, RevisionDetails
from jobsvc.domain.writes import ErrorInsert, JobTypeUpdate, RevisionInsert

_ITEM = mapper_of(JobTypeItem, JobTypeRow, job_type=mappers.JOB_TYPE)
DETAILS = mapper_of(JobTypeDetails, JobTypeRow, item=_ITEM)
DIGITS = 18
"""Of any bigint."""


class JobTypeRepository:
    """Reads and writes job types."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(self, criteria: JobTypeFilter, request: PageRequest) -> Page[JobTypeItem]:
        """Job types by name and version."""
        query = (
            select(*_ITEM.columns).where(*where(JOB_TYPE_CLAUSES, criteria)).order_by(JobTypeRow.name, *oldest_first(JobTypeRow))
        )
        return await page_of(self._connection, query, request, _ITEM.read)

    async def versions(self, name: str, request: PageRequest) -> Page[JobTypeItem]:
        """All versions of a job type, the newest first."""
        query = select(*_ITEM.columns).where(JobTypeRow.name == name).order_by(*newest_first(JobTypeRow))
        return await page_of(self._connection, query, request, _ITEM.read)

    async def find(self, job_type_id: int) -> JobTypeDetails | None:
        """A job type by its id, None when there is none."""
        return await DETAILS.first(self._connection, _details().where(JobTypeRow.id == storable_id(job_type_id)))

    async def get(self, job_type_id: int) -> JobTypeDetails:
        """A job type by its id.

        Raises:
            NotFound: There is none.
        """
        query = _details().where(JobTypeRow.id == storable_id(job_type_id))
        return await DETAILS.one(self._connection, query, "Job type", job_type_id)

    async def by_name(self, name: str, version: str, *, lock: bool = False) -> JobTypeDetails:
        """A job type by its name and version, locked against other writers when it will be changed.

        Raises:
            NotFound: There is none.
        """
        query = _details().where(JobTypeRow.name == name, JobTypeRow.version == version)
        query = query.with_for_update() if lock else query
        return await DETAILS.one(self._connection, query, "Job type", f"{name} {version}")

    async def ids_of(self, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """The ids of the (name, version) pairs that there are."""
        names = {name for name, _ in pairs}
        query = select(JobTypeRow.name, JobTypeRow.version, JobTypeRow.id).where(JobTypeRow.name.in_(names))
        rows = {(row.name, row.version): row.id for row in await self._connection.execute(query)}
        return {pair: rows[pair] for pair in pairs if pair in rows}

    async def named(self, pairs: Collection[tuple[str, str]]) -> list[JobTypeDetails]:
        """The job types with these names and versions that there are, by name and version."""
        query = _details().where(tuple_(JobTypeRow.name, JobTypeRow.version).in_(sorted(pairs)))
        return await DETAILS.all(self._connection, query.order_by(JobTypeRow.name, *oldest_first(JobTypeRow)))

    async def refs(self, ids: Collection[int]) -> dict[int, JobTypeRef]:
        """The job types with these ids, as other things show them."""
        query = select(*mappers.JOB_TYPE.columns).where(JobTypeRow.id.in_(sorted(ids)))
        return {job_type.id: job_type for job_type in await mappers.JOB_TYPE.all(self._connection, query)}

    async def add(self, job_type: JobTypeUpdate) -> int | None:
        """Store a new job type; None when its name and version are taken."""
        statement = postgresql.insert(JobTypeRow).values(**job_type.columns).on_conflict_do_nothing()
        return (await self._connection.execute(statement.returning(JobTypeRow.id))).scalar_one_or_none()

    async def change(self, job_type_id: int, change: JobTypeUpdate) -> None:
        """Change a job type; workers look at the queue after the commit, for it may have been paused or full."""
        await self._connection.execute(update(JobTypeRow).where(JobTypeRow.id == job_type_id).values(**change.columns))
        await channels.notify(self._connection, channels.QUEUE)

    async def secrets(self, job_type_id: int) -> Mapping[str, str]:
        """The values of a job type's secret settings, which are for nobody but its jobs."""
        query = select(JobTypeRow.secrets).where(JobTypeRow.id == job_type_id)
        values: Mapping[str, str] = (await self._connection.execute(query)).scalar_one()
        return values

    async def revision(self, job_type_id: int, revision_num: int) -> RevisionDetails:
        """A revision by its number.

        Raises:
            NotFound: There is none.
        """
        query = _revisions(job_type_id).where(JobTypeRevisionRow.revision_num == storable_id(revision_num))
        return await mappers.REVISION_DETAILS.one(self._connection, query, "Revision", revision_num)

    async def revisions(self, job_type_id: int, request: PageRequest) -> Page[RevisionDetails]:
        """All revisions of a job type, the latest first."""
        query = _revisions(job_type_id).order_by(JobTypeRevisionRow.revision_num.desc())
        return await page_of(self._connection, query, request, mappers.REVISION_DETAILS.read)

    async def add_revision(self, revision: RevisionInsert) -> int:
        """Store a snapshot of a job type; returns the revision's id."""
        statement = insert(JobTypeRevisionRow).values(**revision._asdict()).returning(JobTypeRevisionRow.id)
        return (await self._connection.execute(statement)).scalar_one()

    async def declare_errors(self, errors: Sequence[ErrorInsert]) -> None:
        """Store errors that a manifest declares; those that the name has already get the new texts."""
        if not errors:
            return
        statement = postgresql.insert(ErrorRow)
        texts = {name: getattr(statement.excluded, name) for name in ("title", "description", "category")}
        keyed = statement.on_conflict_do_update(index_elements=["job_type_name", "name"], set_=texts)
        await self._connection.execute(keyed, [error._asdict() for error in errors])

    async def find_error(self, job_type_name: str, name: str) -> ErrorItem | None:
        """The error of this name that a job type may end with: its own first, then the builtin one."""
        query = (
            select(*mappers.ERROR_ITEM.columns)
            .where(ErrorRow.name == name, (ErrorRow.job_type_name == job_type_name) | ErrorRow.is_builtin)
            .order_by(ErrorRow.is_builtin)
            .limit(1)
        )
        return await mappers.ERROR_ITEM.first(self._connection, query)


def _details() -> Select[Any]:
    return select(*DETAILS.columns)


def _revisions(job_type_id: int) -> Select[Any]:
    return select(*mappers.REVISION_DETAILS.columns).where(JobTypeRevisionRow.job_type_id == job_type_id)


def version_numbers(version: str) -> list[int] | None:
    """`1.10.2-rc1` -> [1, 10, 2], so that versions sort as people expect; None for what is no version."""
    numbers = version.partition("+")[0].partition("-")[0].split(".")
    return [int(number) for number in numbers] if all(part.isdecimal() and len(part) <= DIGITS for part in numbers) else None
