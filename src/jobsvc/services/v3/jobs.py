"""Jobs as the older generation lists, shows, cancels, submits and requeues them (docs/spec/behaviour/v3-jobs.md)."""

from collections.abc import Sequence

from jobsvc.db.database import Database, Transaction
from jobsvc.domain import transitions
from jobsvc.domain.access import EVERYBODY, Principal
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.filters import FileFilter, JobFilter
from jobsvc.domain.job_data import InputMembers
from jobsvc.domain.job_sorting import JobOrderField
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.response_shape import ResponseShape
from jobsvc.domain.seed import read_manifest
from jobsvc.domain.sorting import SortKey
from jobsvc.domain.status import REQUEUEABLE, BulkKind
from jobsvc.domain.transitions import Cancel
from jobsvc.domain.v3.data import V3Data, read_data, read_properties
from jobsvc.domain.v3.records import V3File, V3Job, V3JobDetails, V3JobWithExecution, V3JobWithFiles
from jobsvc.services.bulk import BulkRequest, BulkService
from jobsvc.services.bulk_work import BulkWork
from jobsvc.services.clock import Clock
from jobsvc.services.jobs import OLDEST_FIRST
from jobsvc.services.submission import NewJob, Submissions
from jobsvc.services.v3.details import job_details

DATA = "job_data"
MEMBERS = InputMembers(f"{DATA}.input_data", f"{DATA}.input_data", f"{DATA}.output_data")


class V3JobService:
    """Use cases around jobs."""

    def __init__(
        self, database: Database, clock: Clock, submissions: Submissions, bulk: BulkService, bulk_work: BulkWork
    ) -> None:
        self._db = database
        self._submissions = submissions
        self._clock = clock
        self._bulk = bulk
        self._bulk_work = bulk_work

    async def list_json(
        self, criteria: JobFilter, order: Sequence[SortKey[JobOrderField]], request: PageRequest, shape: ResponseShape
    ) -> Page[str]:
        """A page of the jobs that match, rendered in a shape."""
        async with self._db.reading() as tx:
            ids = await tx.jobs.ids_of_page(criteria, order, request)
            return ids.of(await tx.v3_jobs.json_items(ids.items, shape))

    async def updates(
        self, criteria: JobFilter, order: Sequence[SortKey[JobOrderField]], request: PageRequest
    ) -> Page[V3JobWithFiles]:
        """The same with the files that the jobs read."""
        async with self._db.reading() as tx:
            page = await _page(tx, criteria, order, request)
            files = await tx.v3_files.inputs([item.job.id for item in page.items])
            return page.of([V3JobWithFiles(item, files.get(item.job.id, [])) for item in page.items])

    async def with_executions(
        self, criteria: JobFilter, order: Sequence[SortKey[JobOrderField]], request: PageRequest
    ) -> Page[V3JobWithExecution]:
        """The same with the jobs' latest executions, which may be waiting."""
        async with self._db.reading() as tx:
            page = await _page(tx, criteria, order, request)
            latest = await tx.v3_executions.latest([item.job.id for item in page.items])
            return page.of([V3JobWithExecution(item, latest.get(item.job.id)) for item in page.items])

    async def get(self, job_id: int) -> V3JobDetails:
        """A job with all that belongs to it.

        Raises:
            NotFound: There is none.
        """
        async with self._db.reading() as tx:
            return await job_details(tx, job_id)

    async def input_files(self, job_id: int, criteria: FileFilter, request: PageRequest) -> Page[V3File]:
        """A page of the files that a job reads.

        Raises:
            NotFound: There is none.
        """
        async with self._db.reading() as tx:
            await tx.jobs.require(job_id)
            page = await tx.files.page(criteria.model_copy(update={"input_of_job": job_id}), OLDEST_FIRST, request)
            files = await tx.v3_files.of_job(0, [item.file.id for item in page.items])
            return page.of([files[item.file.id] for item in page.items])

    async def cancel(self, job_id: int) -> V3JobDetails:
        """Cancel a job and say when it ended; one that is finished stays as it is.

        Raises:
            NotFound: There is none.
        """
        async with self._db.transaction() as tx:
            job = await tx.job_changes.lock(job_id)
            if isinstance(transitions.cancel(job), Cancel):
                await tx.job_changes.cancel([job_id], self._clock(), set_ended=True)
            return await job_details(tx, job_id)

    async def submit(self, job_type_id: int, job_data: object = None, caller: Principal = EVERYBODY) -> V3JobDetails:
        """Create a job from data of version 1.0 and queue it, in one transaction.

        Raises:
            InvalidRequest: The text names the member of `job_data`.
            NotFound: For the job type.
        """
        data = read_data({} if job_data is None else job_data, DATA)
        files = {name: list(ids) for name, ids in data.files.items()}
        async with self._db.transaction() as tx:
            stored = {"files": files, "json": await _properties(tx, job_type_id, data)}
            new = NewJob(job_type_id, stored, await _configuration(tx, data), caller.name, MEMBERS, caller.job_types)
            draft, _ = await self._submissions.checked(tx, new)
            [row] = await tx.submissions.store([draft.insert()], caller.name, self._clock())
            return await job_details(tx, row.id)

    async def requeue(
        self, criteria: JobFilter, priority: int | None, request: PageRequest, user: str | None = None
    ) -> Page[V3Job]:
        """Queue the failed and canceled jobs that match and are not superseded; returns a page of all that match, when done.

        The work is that of a bulk operation: should this process die, another one finishes it.
        """
        statuses = frozenset(REQUEUEABLE) & (REQUEUEABLE if criteria.statuses is None else criteria.statuses)
        narrowed = criteria.model_copy(update={"statuses": frozenset(map(str, statuses)), "is_superseded": False})
        async with self._db.reading() as tx:
            ids = await tx.jobs.ids_of_page(criteria, (), request)
        if ids.count:
            operation = BulkRequest(BulkKind.REQUEUE, narrowed, priority=priority, user=user)
            await self._bulk_work.complete(await self._bulk.accept(operation))
        async with self._db.reading() as tx:
            return ids.of(await tx.v3_jobs.items(ids.items))


async def _page(
    tx: Transaction, criteria: JobFilter, order: Sequence[SortKey[JobOrderField]], request: PageRequest
) -> Page[V3Job]:
    ids = await tx.jobs.ids_of_page(criteria, order, request)
    return ids.of(await tx.v3_jobs.items(ids.items))


async def _properties(tx: Transaction, job_type_id: int, data: V3Data) -> dict[str, object]:
    """The values as the inputs of the job type take them; whether there is such a type is looked at later."""
    job_type = await tx.job_types.find(job_type_id) if data.json else None
    return dict(data.json if job_type is None else read_properties(data.json, read_manifest(job_type.manifest)))


async def _configuration(tx: Transaction, data: V3Data) -> dict[str, object] | None:
    """The output workspaces, which data name by id and a configuration by name; None when the job type's hold."""
    if not data.workspaces:
        return None
    names = await tx.workspaces.names(data.workspaces.values())
    for output, workspace_id in data.workspaces.items():
        if workspace_id not in names:
            raise InvalidRequest(f"{DATA}.output_data.{output}: there is no workspace {workspace_id}.")
    return {"output_workspaces": {"outputs": {output: names[item] for output, item in data.workspaces.items()}}}
