"""How many jobs of each type do what, and the load over time: each answer is one statement, whatever there is to count.

QUEUED jobs are counted in the queue, which has one row for each of them and an index that covers the counts.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, DateTime, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import mappers
from jobsvc.db.clauses import JOB_TYPE_CLAUSES, where
from jobsvc.db.row_mapper import RowMapper
from jobsvc.db.tables import ErrorRow, JobRow, JobTypeRow, QueueRow
from jobsvc.domain.filters import JobTypeFilter
from jobsvc.domain.load import STEP, LoadStep
from jobsvc.domain.operation_records import JobTypeActivity, QueueStatus, StatusCount, SystemFailure
from jobsvc.domain.status import ErrorCategory, JobStatus

_TIME = DateTime(timezone=True)
_IDS = bindparam("ids", type_=ARRAY(BigInteger))

BY_STATUS = text("""
    SELECT job_type_id, 'QUEUED' AS status, NULL AS category, count(*) AS number, max(queued) AS most_recent FROM queue
    WHERE job_type_id = ANY(:ids) GROUP BY job_type_id
    UNION ALL
    SELECT j.job_type_id, j.status, e.category, count(*), max(COALESCE(j.last_status_change, j.created))
    FROM job j LEFT JOIN error e ON e.id = j.error_id
    WHERE j.job_type_id = ANY(:ids) AND j.status IN ('PENDING', 'BLOCKED', 'RUNNING') GROUP BY 1, 2, 3
    UNION ALL
    SELECT j.job_type_id, j.status, e.category, count(*), max(j.last_status_change)
    FROM job j LEFT JOIN error e ON e.id = j.error_id
    WHERE j.job_type_id = ANY(:ids) AND j.status IN ('FAILED', 'COMPLETED', 'CANCELED')
      AND j.last_status_change >= :started AND j.last_status_change <= :ended GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
""").bindparams(_IDS)

# What begins, or ceases, counts from the next sample on; samples are a step apart, and the last one ends the range. Only
# executions can lie in the past, and those that ended in the range, or after it, were modified since its begin.
LOAD = text("""
    WITH execution_seen AS (
        SELECT queued, started, ended FROM execution
        WHERE (last_modified >= :since OR status = 'RUNNING') AND (CAST(:ids AS bigint[]) IS NULL OR job_type_id = ANY(:ids))
    ), edge AS (
        SELECT v.* FROM execution_seen x CROSS JOIN LATERAL (VALUES
            ('queued', x.queued, 1), ('queued', COALESCE(x.started, x.ended), -1),
            ('running', x.started, 1), ('running', CASE WHEN x.started IS NOT NULL THEN x.ended END, -1)
        ) AS v (state, moment, change)
        UNION ALL SELECT 'queued', queued, 1 FROM queue WHERE CAST(:ids AS bigint[]) IS NULL OR job_type_id = ANY(:ids)
        UNION ALL SELECT 'pending', COALESCE(last_status_change, created), 1 FROM job
        WHERE status = 'PENDING' AND (CAST(:ids AS bigint[]) IS NULL OR job_type_id = ANY(:ids))
    )
    SELECT state, CAST(GREATEST(0, ceil(date_part('epoch', moment - :first) / :step)) AS int) AS sample, sum(change) AS change
    FROM edge WHERE moment <= :last GROUP BY 1, 2
""").bindparams(_IDS, bindparam("first", type_=_TIME), bindparam("last", type_=_TIME))


class StatisticsRepository:
    """Counts jobs."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def by_status(self, job_type_ids: Iterable[int], started: datetime, ended: datetime) -> dict[int, list[StatusCount]]:
        """By job type the jobs that are not final, and of the final ones those that became so within the range."""
        parameters = {"ids": list(job_type_ids), "started": started, "ended": ended}
        counts: dict[int, list[StatusCount]] = {}
        for row in await self._connection.execute(BY_STATUS, parameters):
            count = StatusCount(row.status, row.category, row.number, row.most_recent)
            counts.setdefault(row.job_type_id, []).append(count)
        return counts

    async def active(self, status: JobStatus) -> list[JobTypeActivity]:
        """The job types that have jobs of a status, the one that has had such a job for longest first."""
        began = JobRow.started if status is JobStatus.RUNNING else func.coalesce(JobRow.last_status_change, JobRow.created)
        counts = (
            select(JobRow.job_type_id, func.count().label("number"), func.min(began).label("since"))
            .where(JobRow.status == status)
            .group_by(JobRow.job_type_id)
            .subquery()
        )
        activity = RowMapper(JobTypeActivity, job_type=mappers.JOB_TYPE, count=counts.c.number, since=counts.c.since)
        query = select(*activity.columns).join(counts, counts.c.job_type_id == JobTypeRow.id)
        return await activity.all(self._connection, query.order_by(counts.c.since, JobTypeRow.id))

    async def system_failures(self) -> list[SystemFailure]:
        """The job types with FAILED jobs for which the system is to blame, the latest failure first."""
        at = func.coalesce(JobRow.last_status_change, JobRow.created)
        counts = (
            select(JobRow.job_type_id, JobRow.error_id, func.count().label("number"))
            .add_columns(func.min(at).label("first"), func.max(at).label("last"))
            .where(JobRow.status == JobStatus.FAILED)
            .where(JobRow.error_id.in_(select(ErrorRow.id).where(ErrorRow.category == ErrorCategory.SYSTEM)))
            .group_by(JobRow.job_type_id, JobRow.error_id)
            .subquery()
        )
        failure = RowMapper(
            SystemFailure,
            job_type=mappers.JOB_TYPE,
            error=mappers.ERROR_ITEM,
            count=counts.c.number,
            first_error=counts.c.first,
            last_error=counts.c.last,
        )
        query = (
            select(*failure.columns)
            .select_from(counts)
            .join(JobTypeRow, JobTypeRow.id == counts.c.job_type_id)
            .join(ErrorRow, ErrorRow.id == counts.c.error_id)
            .order_by(counts.c.last.desc(), JobTypeRow.id, ErrorRow.id)
        )
        return await failure.all(self._connection, query)

    async def queue(self) -> list[QueueStatus]:
        """The job types with waiting jobs, the best priority and then the longest wait first."""
        counts = (
            select(QueueRow.job_type_id, func.count().label("number"))
            .add_columns(func.min(QueueRow.queued).label("since"), func.min(QueueRow.priority).label("priority"))
            .group_by(QueueRow.job_type_id)
            .subquery()
        )
        status = RowMapper(
            QueueStatus,
            job_type=mappers.JOB_TYPE,
            count=counts.c.number,
            longest_queued=counts.c.since,
            highest_priority=counts.c.priority,
        )
        query = select(*status.columns).join(counts, counts.c.job_type_id == JobTypeRow.id)
        return await status.all(self._connection, query.order_by(counts.c.priority, counts.c.since, JobTypeRow.id))

    async def load_steps(self, criteria: JobTypeFilter, times: Sequence[datetime]) -> list[LoadStep]:
        """At which samples the numbers of jobs change, of the types that match; the times ascend."""
        conditions = where(JOB_TYPE_CLAUSES, criteria)
        ids = None
        if conditions:
            ids = list((await self._connection.execute(select(JobTypeRow.id).where(*conditions))).scalars())
        parameters = {"since": times[0], "ids": ids, "first": times[0], "last": times[-1], "step": STEP.total_seconds()}
        return [LoadStep(**row) for row in (await self._connection.execute(LOAD, parameters)).mappings()]
