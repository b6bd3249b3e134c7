"""Jobs: listed, shown, submitted."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from jobsvc.db.database import Database, Transaction
from jobsvc.domain.dependencies import Parent, waiting_reasons
from jobsvc.domain.errors import Conflict, InvalidRequest
from jobsvc.domain.filters import ExecutionFilter, FileFilter, JobFilter
from jobsvc.domain.job_sorting import JobOrderField
from jobsvc.domain.labels import parse_label_changes
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.pending import Pending, PendingFacts, pending_reasons
from jobsvc.domain.records import Document, ExecutionDetails, ExecutionItem, FileItem, JobColumns, JobDetails, JobItem
from jobsvc.domain.response_shape import ResponseShape
from jobsvc.domain.retry_outlook import RetryFacts, RetryOutlook, retry_outlook
from jobsvc.domain.retry_policies import policy_named
from jobsvc.domain.sorting import FileOrderField, SortKey
from jobsvc.domain.status import WITH_EXECUTION, JobStatus
from jobsvc.domain.writes import QueuedJobUpdate
from jobsvc.services.clock import Clock
from jobsvc.services.dependencies import WAITING
from jobsvc.services.submission import NewJob
from jobsvc.services.submitting import ManyJobs, SubmitService, Submitted

STARTING = frozenset({JobStatus.QUEUED, JobStatus.RUNNING})
"""What runs for the service may wait at its engine."""
FRESH = timedelta(seconds=10)
"""How long nothing is said of a queued job's place and start: nearly all have started by then."""
OLDEST_FIRST = (SortKey(FileOrderField.LAST_MODIFIED),)
"""Of the files that a job reads (docs/spec/behaviour/job-details.md#input-files)."""


class JobService:
    """Use cases around jobs."""

    def __init__(self, database: Database, clock: Clock, submitting: SubmitService, default_engine: str) -> None:
        """`default_engine` is that of job types that name none."""
        self._db = database
        self._clock = clock
        self._submitting = submitting
        self._default_engine = default_engine

    async def list_json(
        self, criteria: JobFilter, order: Sequence[SortKey[JobOrderField]], request: PageRequest, shape: ResponseShape
    ) -> Page[str]:
        """A page of the jobs that match, each rendered in a shape: fast enough for users who look at nothing else."""
        async with self._db.reading() as tx:
            return await tx.jobs.json_page(criteria, order, request, shape)

    async def get(self, job_id: int) -> JobDetails:
        """A job with all that belongs to it.

        Raises:
            NotFound: There is none.
        """
        async with self._db.reading() as tx:
            return await self._details(tx, job_id)

    async def change(self, job_id: int, change: QueuedJobUpdate, labels: object = None) -> JobDetails:
        """Change labels of any job, all else of one that waits in the queue; its details as they are then.

        All that is asked for is done, or nothing.

        Raises:
            InvalidRequest: For no change, and for labels that cannot be.
            NotFound: There is none.
            Conflict: It does not wait in the queue, or not any more.
        """
        changes = {} if labels is None else parse_label_changes(labels)
        if not change.model_fields_set and labels is None:
            raise InvalidRequest("At least one of priority, timeout, not_before and labels is required.")
        async with self._db.transaction() as tx:
            job = await tx.job_changes.lock(job_id)
            if change.model_fields_set:
                if job.status is not JobStatus.QUEUED:
                    raise Conflict(f"The job is {job.status}; only labels can be changed of jobs that do not wait in the queue.")
                await tx.job_changes.change_queued(job_id, change, self._clock())
            if changes:
                await tx.job_labels.change(job_id, changes, self._clock())
            return await self._details(tx, job_id)

    async def executions(self, job_id: int, criteria: ExecutionFilter, request: PageRequest) -> Page[ExecutionItem]:
        """The executions of a job, the latest first; none for an unknown job."""
        async with self._db.reading() as tx:
            return await tx.executions.page(job_id, criteria, request)

    async def execution(self, job_id: int, exe_num: int) -> ExecutionDetails:
        """An execution by its number within the job.

        Raises:
            NotFound: There is none.
        """
        async with self._db.reading() as tx:
            return await tx.executions.get(job_id, exe_num)

    async def input_files(self, job_id: int, criteria: FileFilter, request: PageRequest) -> Page[FileItem]:
        """The files that a job reads.

        Raises:
            NotFound: For an unknown job.
        """
        async with self._db.reading() as tx:
            await tx.jobs.require(job_id)
            return await tx.files.page(criteria.model_copy(update={"input_of_job": job_id}), OLDEST_FIRST, request)

    async def submit(self, new: NewJob, idempotency_key: str | None = None) -> tuple[JobDetails, bool]:
        """Create a job and queue it; says whether an earlier request with this key has made it (see SubmitService)."""
        result = await self._submitting.one(new, idempotency_key)
        return (await self.get(result), True) if isinstance(result, int) else (result, False)

    async def submit_many(self, new: ManyJobs, idempotency_key: str | None = None) -> Submitted:
        """Create jobs and queue them (see SubmitService)."""
        return await self._submitting.many(new, idempotency_key)

    async def _details(self, tx: Transaction, job_id: int) -> JobDetails:
        stored = await tx.jobs.get(job_id)
        job = stored.item.job
        has_neighbours = job.superseded_job_id is not None or stored.superseded_by_job_id is not None
        older, newer = await tx.jobs.neighbours(job_id, job.superseded_job_id) if has_neighbours else (None, None)
        shown = job.status in WITH_EXECUTION and job.num_exes > 0
        facts = await tx.pending.facts(job_id, self._default_engine) if job.status in STARTING else None
        noted = await _noted(tx, job)
        parents = (await tx.dependencies.parents([job_id])).get(job_id, ())
        return JobDetails(
            item=stored.item,
            revision=stored.revision,
            num_versions=stored.num_versions,
            latest_version=stored.latest_version,
            superseded_job=older,
            superseded_by_job=newer,
            execution=await tx.executions.find(job_id, job.num_exes) if shown else None,
            input=stored.input,
            output=stored.output,
            configuration=stored.configuration,
            labels=stored.labels,
            manifest=stored.manifest,
            type_configuration=stored.type_configuration,
            pending=_waiting(job, parents) if facts is None else await self._pending(tx, stored.item, facts),
            retry=_retry(stored.item, facts and facts.not_before, stored.type_configuration, noted),
            after=parents,
        )

    async def _pending(self, tx: Transaction, item: JobItem, facts: PendingFacts) -> Pending:
        job = item.job
        reasons = pending_reasons(facts, job.queued)
        if job.status != JobStatus.QUEUED or job.queued is None or self._clock() - job.queued < FRESH:
            return Pending(reasons)
        place = await tx.pending.place(job.id, self._default_engine)
        return Pending(reasons, place, await tx.pending.estimate(item.job_type.id, job.queued))


def _waiting(job: JobColumns, parents: Sequence[Parent]) -> Pending:
    return Pending(waiting_reasons(parents, job.last_status_change) if job.status in WAITING else ())


async def _noted(tx: Transaction, job: JobColumns) -> Document | None:
    """What a retry policy decided of the last execution that ended, where it was not completed."""
    if job.status == JobStatus.FAILED:
        return await tx.retry_policies.noted(job.id, job.num_exes)
    is_retried = job.status == JobStatus.QUEUED and job.num_exes > 1
    return await tx.retry_policies.noted(job.id, job.num_exes - 1) if is_retried else None


def _retry(item: JobItem, not_before: datetime | None, configuration: Document, noted: Document | None) -> RetryOutlook:
    job, error = item.job, item.error
    facts = RetryFacts(
        JobStatus(job.status),
        job.num_exes,
        job.max_tries,
        job.is_superseded,
        error.name if error else None,
        error is not None and error.should_be_retried,
        not_before,
        policy_named(configuration),
        noted,
    )
    return retry_outlook(facts)
