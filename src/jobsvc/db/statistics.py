"""How many jobs of each type do what, and the load over time: each answer is one statement, whatever there is to count.

QUEUED jobs are counted in the queue, which has one row for each of them and an index that covers the counts.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Date, DateTime, Select, Text, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import mappers
from jobsvc.db.clauses import JOB_TYPE_CLAUSES, where
from jobsvc.db.counting.days import LAST, midnight, whole_days
from jobsvc.db.load_steps import load_steps
from jobsvc.db.row_mapper import RowMapper
from jobsvc.db.tables import ErrorRow, JobRow, JobTypeRow, QueueRow
from jobsvc.domain.filters import JobTypeFilter
from jobsvc.domain.load import LoadStep
from jobsvc.domain.operation_records import JobTypeActivity, QueueStatus, StatusCount, SystemFailure
from jobsvc.domain.status import JobStatus

INSTANT = timedelta(microseconds=1)
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
    SELECT s.job_type_id, s.status, e.category, CAST(sum(s.number) AS bigint), max(m.most_recent)
    FROM (
        SELECT job_type_id, status, error_id, sum(n) AS number FROM (
            SELECT c.job_type_id, c.status, c.error_id, c.n
            FROM unnest(:grains, :firsts, :behinds) AS p(grain, first, behind)
            JOIN job_count c ON c.grain = p.grain AND c.day >= p.first AND c.day < p.behind
            UNION ALL SELECT job_type_id, status, error_id, n FROM job_delta WHERE changed_day >= :since AND changed_day < :before
            UNION ALL SELECT j.job_type_id, j.status, COALESCE(j.error_id, 0), 1
            FROM job j WHERE j.last_status_change >= :started AND j.last_status_change <= :first_end
            UNION ALL SELECT j.job_type_id, j.status, COALESCE(j.error_id, 0), 1
            FROM job j WHERE j.last_status_change > :last_begin AND j.last_status_change <= :ended
        ) u
        WHERE job_type_id = ANY(:ids) AND status IN ('FAILED', 'COMPLETED', 'CANCELED') GROUP BY 1, 2, 3 HAVING sum(n) > 0
    ) s LEFT JOIN error e ON e.id = s.error_id
    CROSS JOIN LATERAL (SELECT GREATEST(
        (SELECT max(last_status_change) FROM job j
         WHERE j.job_type_id = s.job_type_id AND j.status = s.status AND j.error_id = s.error_id
           AND last_status_change >= :started AND last_status_change <= :ended),
        -- Sorted by what an index of the change alone does not have.
        (SELECT last_status_change FROM job j
         WHERE s.error_id = 0 AND j.job_type_id = s.job_type_id AND j.status = s.status AND j.error_id IS NULL
           AND last_status_change >= :started AND last_status_change <= :ended
         ORDER BY error_id DESC, last_status_change DESC LIMIT 1)
    ) AS most_recent) m GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
""").bindparams(
    _IDS,
    *(bindparam(name, type_=ARRAY(kind)) for name, kind in {"grains": Text, "firsts": Date, "behinds": Date}.items()),
    *(bindparam(name, type_=Date) for name in ("since", "before")),
    *(bindparam(name, type_=_TIME) for name in ("started", "first_end", "last_begin", "ended")),
)


# The counts say which there are, and the ends of each one's part of an index which are the first and the last.
FAILURES = text("""
    SELECT s.job_type_id, s.error_id, s.number, LEAST(m.first, g.first) AS first, GREATEST(m.last, g.last) AS last
    FROM (
        SELECT job_type_id, error_id, CAST(sum(n) AS bigint) AS number FROM (
            SELECT job_type_id, error_id, n FROM job_count WHERE grain = 'all' AND status = 'FAILED'
            UNION ALL SELECT job_type_id, error_id, n FROM job_delta WHERE status = 'FAILED'
        ) u WHERE error_id IN (SELECT id FROM error WHERE category = 'SYSTEM') GROUP BY 1, 2 HAVING sum(n) > 0
    ) s CROSS JOIN LATERAL (
        SELECT min(last_status_change) AS first, max(last_status_change) AS last FROM job j
        WHERE j.job_type_id = s.job_type_id AND j.status = 'FAILED' AND j.error_id = s.error_id
    ) m CROSS JOIN LATERAL (
        SELECT min(created) AS first, max(created) AS last FROM job j
        WHERE j.job_type_id = s.job_type_id AND j.status = 'FAILED' AND j.error_id = s.error_id AND last_status_change IS NULL
    ) g
""").columns(job_type_id=BigInteger, error_id=BigInteger, number=BigInteger, first=_TIME, last=_TIME)


class StatisticsRepository:
    """Counts jobs."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def by_status(self, job_type_ids: Iterable[int], started: datetime, ended: datetime) -> dict[int, list[StatusCount]]:
        """By job type the jobs that are not final, and of the final ones those that became so within the range."""
        parameters = {"ids": list(job_type_ids), "started": started, "ended": ended, **_pieces(started, ended)}
        counts: dict[int, list[StatusCount]] = {}
        for row in await self._connection.execute(BY_STATUS, parameters):
            count = StatusCount(row.status, row.category, row.number, row.most_recent)
            counts.setdefault(row.job_type_id, []).append(count)
        return counts

    async def active(self, status: JobStatus) -> list[JobTypeActivity]:
        """The job types that have jobs of a status, the one that has had such a job for longest first."""
        activity, query = _active(status)
        return await activity.all(self._connection, query)

    async def system_failures(self) -> list[SystemFailure]:
        """The job types with FAILED jobs for which the system is to blame, the latest failure first."""
        counts = FAILURES.subquery()
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
        status, query = _queue()
        return await status.all(self._connection, query)

    async def load_steps(self, criteria: JobTypeFilter, times: Sequence[datetime]) -> list[LoadStep]:
        """At which samples the numbers of jobs change, of the types that match; the times ascend."""
        conditions = where(JOB_TYPE_CLAUSES, criteria)
        ids = None
        if conditions:
            ids = list((await self._connection.execute(select(JobTypeRow.id).where(*conditions))).scalars())
        return await load_steps(self._connection, ids, times)


# Both are put together once: that takes as long as to run them.
@cache
def _active(status: JobStatus) -> tuple[RowMapper[JobTypeActivity], Select[Any]]:
    began = JobRow.started if status is JobStatus.RUNNING else func.coalesce(JobRow.last_status_change, JobRow.created)
    counts = (
        select(JobRow.job_type_id, func.count().label("number"), func.min(began).label("since"))
        .where(JobRow.status == status)
        .group_by(JobRow.job_type_id)
        .subquery()
    )
    activity = RowMapper(JobTypeActivity, job_type=mappers.JOB_TYPE, count=counts.c.number, since=counts.c.since)
    query = select(*activity.columns).join(counts, counts.c.job_type_id == JobTypeRow.id)
    return activity, query.order_by(counts.c.since, JobTypeRow.id)


@cache
def _queue() -> tuple[RowMapper[QueueStatus], Select[Any]]:
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
    return status, query.order_by(counts.c.priority, counts.c.since, JobTypeRow.id)


def _pieces(started: datetime, ended: datetime) -> dict[str, Any]:
    """A range as whole days, which are counted, and what is left of a day at either end."""
    days = whole_days(started, ended)
    if days is None or days.since is None or days.before is None or days.is_empty:
        nothing = {name: list[Any]() for name in ("grains", "firsts", "behinds")}
        return {**nothing, "since": LAST, "before": LAST, "first_end": ended, "last_begin": ended}
    segments = list(days.segments("changed"))
    return {
        "grains": [segment.grain for segment in segments],
        "firsts": [segment.since for segment in segments],
        "behinds": [segment.before for segment in segments],
        "since": days.since,
        "before": days.before,
        "first_end": midnight(days.since) - INSTANT,
        "last_begin": midnight(days.before) - INSTANT,
    }
