"""Jobs: listed, shown, submitted."""

from collections.abc import Sequence

from jobsvc.db.database import Database, Transaction
from jobsvc.domain.errors import NotFound
from jobsvc.domain.filters import ExecutionFilter, FileFilter, JobFilter
from jobsvc.domain.job_sorting import OrderBy
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.records import ExecutionDetails, ExecutionItem, FileItem, JobDetails, JobItem, RevisionDetails
from jobsvc.domain.response_shape import ResponseShape
from jobsvc.domain.status import WITH_EXECUTION
from jobsvc.services.clock import Clock
from jobsvc.services.submission import NewJob, create_job, known_job


class JobService:
    """Use cases around jobs."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    async def list(self, criteria: JobFilter, order: Sequence[OrderBy], request: PageRequest) -> Page[JobItem]:
        """A page of the jobs that match."""
        async with self._db.reading() as tx:
            return await tx.jobs.page(criteria, order, request)

    async def list_json(
        self, criteria: JobFilter, order: Sequence[OrderBy], request: PageRequest, shape: ResponseShape
    ) -> Page[str]:
        """The same page, each job rendered in a layout: fast enough for users who look at nothing else."""
        async with self._db.reading() as tx:
            return await tx.jobs.json_page(criteria, order, request, shape)

    async def get(self, job_id: int) -> JobDetails:
        """A job with all that belongs to it; raises NotFound."""
        async with self._db.reading() as tx:
            return await self._details(tx, job_id)

    async def executions(self, job_id: int, criteria: ExecutionFilter, request: PageRequest) -> Page[ExecutionItem]:
        """The executions of a job, the latest first; none for an unknown job."""
        async with self._db.reading() as tx:
            return await tx.executions.page(job_id, criteria, request)

    async def execution(self, job_id: int, exe_num: int) -> ExecutionDetails:
        """An execution by its number within the job; raises NotFound."""
        async with self._db.reading() as tx:
            record = await tx.executions.get(job_id, exe_num)
        if record is None:
            raise NotFound("Execution", f"{exe_num} of job {job_id}")
        return record

    async def input_files(self, job_id: int, criteria: FileFilter, request: PageRequest) -> Page[FileItem]:
        """The files that a job reads; raises NotFound for an unknown job."""
        async with self._db.reading() as tx:
            if not await tx.jobs.exists(job_id):
                raise NotFound("Job", job_id)
            return await tx.files.page(criteria.model_copy(update={"input_of_job": job_id}), request)

    async def submit(self, new: NewJob, idempotency_key: str | None = None) -> tuple[JobDetails, bool]:
        """Create a job and queue it, in one transaction; says whether an earlier request with this key has made it.

        Raises InvalidRequest naming the member, NotFound for the job type, IdempotencyMismatch when the key came with
        something else before (docs/spec/services/v6-submit-job.md and docs/spec/behaviour/submit.md).
        """
        async with self._db.transaction() as tx:
            known = await known_job(tx, new, idempotency_key)
            job_id = known if known is not None else await create_job(tx, new, self._clock(), idempotency_key)
            return await self._details(tx, job_id), known is not None

    async def _details(self, tx: Transaction, job_id: int) -> JobDetails:
        record = await tx.jobs.get(job_id)
        if record is None:
            raise NotFound("Job", job_id)
        item, more = record
        has_neighbours = item.job.superseded_job_id is not None or more["superseded_by"] is not None
        near = await tx.jobs.neighbours(job_id, item.job.superseded_job_id) if has_neighbours else {}
        shown = item.job.status in WITH_EXECUTION and item.job.num_exes > 0
        return JobDetails(
            item=item,
            revision=RevisionDetails(*item.revision, more["rev_docker_image"], more["rev_created"], more["rev_manifest"]),
            num_versions=more["num_versions"],
            latest_version=more["latest_version"],
            superseded_job=near.get("superseded_job"),
            superseded_by_job=near.get("superseded_by_job"),
            execution=await tx.executions.get(job_id, item.job.num_exes) if shown else None,
            **{name: more[name] for name in ("input", "output", "configuration", "manifest", "type_configuration")},
        )
