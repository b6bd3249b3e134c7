"""Bulk operations as their users see them: accepted, previewed, watched, stopped. `bulk_work` carries them out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from jobsvc.db.database import Database, Transaction
from jobsvc.domain.bulk import BulkOperation, Preview, preview
from jobsvc.domain.errors import Conflict, InvalidRequest
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.records import JobItem, JobTypeRef
from jobsvc.domain.status import BulkKind
from jobsvc.domain.writes import BulkInsert
from jobsvc.services.clock import Clock

SAMPLE = 10
"""Jobs that a preview shows."""


@dataclass(frozen=True)
class BulkRequest:
    """A command as it was asked for; `job_types` are names and versions, added to the filter's job type ids.

    With `expected_count` it is only accepted when the filter selects this many jobs.
    """

    kind: BulkKind
    filter: JobFilter
    job_types: Sequence[tuple[str, str]] = ()
    priority: int | None = None
    expected_count: int | None = None
    user: str | None = None


@dataclass(frozen=True)
class BulkPreview:
    """What a command would do, the job types that it speaks of, and the first of the jobs that it selects."""

    preview: Preview
    job_types: Mapping[int, JobTypeRef]
    sample: Sequence[JobItem]


class BulkService:
    """Use cases around bulk operations."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    async def accept(self, request: BulkRequest) -> int:
        """Store a command in its own transaction; returns the operation's id. Jobs created later are not touched.

        Raises:
            InvalidRequest: For an unknown job type.
            Conflict: The number of jobs is not the expected one.
        """
        async with self._db.transaction() as tx:
            criteria = await _with_types(tx, request)
            newest = await tx.job_changes.highest_id()
            if request.expected_count is not None:
                await _require_count(tx, criteria, request.expected_count)
            operation = BulkInsert(request.kind, criteria, request.priority, request.user, newest, self._clock())
            return await tx.bulk_operations.add(operation)

    async def preview(self, request: BulkRequest) -> BulkPreview:
        """What a command would do now; changes nothing."""
        async with self._db.reading() as tx:
            criteria = await _with_types(tx, request)
            newest = await tx.job_changes.highest_id()
            groups = await tx.job_changes.groups(criteria, newest)
            sample = await tx.jobs.items(await tx.job_changes.first_ids(criteria, newest, SAMPLE))
            result = preview(request.kind, groups)
            return BulkPreview(result, await tx.job_types.refs(result.by_job_type), sample)

    async def list(self, kinds: Collection[BulkKind], request: PageRequest) -> Page[BulkOperation]:
        """The operations of some kinds, the latest first."""
        async with self._db.reading() as tx:
            return await tx.bulk_operations.page(kinds, request)

    async def get(self, operation_id: int) -> BulkOperation:
        """An operation.

        Raises:
            NotFound: There is none.
        """
        async with self._db.reading() as tx:
            return await tx.bulk_operations.get(operation_id)

    async def stop(self, operation_id: int) -> BulkOperation:
        """End an operation after the chunk that is being worked on; what was done stays.

        Raises:
            NotFound: There is none.
        """
        async with self._db.transaction() as tx:
            await tx.bulk_operations.stop(operation_id, self._clock())
            return await tx.bulk_operations.get(operation_id)


async def _require_count(tx: Transaction, criteria: JobFilter, expected: int) -> None:
    count = await tx.jobs.count(criteria)
    if count != expected:
        raise Conflict(f"expected_count: the filter selects {count} jobs, not {expected}; nothing was changed.")


async def _with_types(tx: Transaction, request: BulkRequest) -> JobFilter:
    if not request.job_types:
        return request.filter
    ids = await ids_of_types(tx, request.job_types) | (request.filter.job_type_ids or frozenset())
    return request.filter.model_copy(update={"job_type_ids": ids})


async def ids_of_types(tx: Transaction, names: Sequence[tuple[str, str]]) -> frozenset[int]:
    """The ids of job types by their names and versions.

    Raises:
        InvalidRequest: There is no such job type.
    """
    result = await tx.job_types.ids_of(names)
    for name, version in names:
        if (name, version) not in result:
            raise InvalidRequest(f"job_types: there is no job type '{name}' of version '{version}'.")
    return frozenset(result.values())
