"""Jobs as they are written: locked, moved from status to status (`submissions` stores new ones).

Every change is made under the job's row lock, and the job is always locked before its queue row, lease or execution,
so that no two writers can wait for each other. Changes of many jobs are single statements.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import cast, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import channels
from jobsvc.db.clauses import JOB_CLAUSES, where
from jobsvc.db.json_text import as_json
from jobsvc.db.queue_rules import PRIORITY, TIMEOUT, sql_of
from jobsvc.db.row_mapper import RowMapper
from jobsvc.db.tables import JobRow, JobTypeRow, QueueRow
from jobsvc.domain.bulk import JobGroup
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.ids import storable_id
from jobsvc.domain.jobs import JobState
from jobsvc.domain.status import JobStatus
from jobsvc.domain.transitions import Enqueue, RetryNeeds
from jobsvc.domain.writes import JobEnd, QueuedJobUpdate

AVOIDED_FOR = timedelta(minutes=10)
"""How long a job waits for another node, when there is one that takes no more jobs, or has not what it needs."""
_CLUSTER_ID = "'scale_job_' || (SELECT framework_id FROM scheduler) || '_' || {job} || 'x' || {exe_num}"

# Claims make executions together with their leases: one without runs elsewhere (it was imported), and nobody will end it.
CLOSE_UNOWNED = """
    UPDATE execution SET status = 'CANCELED', ended = :now,
        task_results = COALESCE(task_results, '{"version": "1.0", "tasks": []}')
    WHERE status = 'RUNNING' AND NOT EXISTS (SELECT FROM lease l WHERE l.execution_id = execution.id) AND
"""

CLOSE_WAITING = text(f"""
    WITH gone AS (DELETE FROM queue WHERE job_id = ANY(:ids) RETURNING *),
         unowned AS ({CLOSE_UNOWNED} job_id = ANY(:ids))
    INSERT INTO execution (job_id, job_type_id, exe_num, cluster_id, priority, timeout, input_file_size, resources,
                           queued, status, ended, task_results)
    SELECT job_id, job_type_id, exe_num, {_CLUSTER_ID.format(job="job_id", exe_num="exe_num")}, priority, timeout,
           input_file_size, '{{"resources": {{"cpus": 0.0, "mem": 0.0, "disk": 0.0, "gpus": 0.0}}}}',
           queued, 'CANCELED', :now, '{{"version": "1.0", "tasks": []}}'
    FROM gone
""")  # noqa: S608 - the only parts put in are column names

STOP_RUNNING = text("""
    UPDATE lease SET cancel_requested = clock_timestamp()
    WHERE execution_id IN (
        SELECT execution_id FROM lease WHERE job_id = ANY(:ids) AND cancel_requested IS NULL ORDER BY execution_id FOR UPDATE)
    RETURNING execution_id
""")

ENQUEUE = text(f"""
    WITH change AS (
        SELECT * FROM unnest(CAST(:ids AS bigint[]), CAST(:exe_nums AS bigint[]), CAST(:max_tries AS bigint[]),
                             CAST(:priorities AS bigint[]), CAST(:has_needs AS boolean[]), CAST(:timeouts AS bigint[]),
                             CAST(:memories AS float8[]), CAST(:avoided_nodes AS bigint[]))
            AS c(job_id, exe_num, max_tries, priority, has_needs, timeout, memory, avoided_node)
    ), moved AS (
        UPDATE job SET status = 'QUEUED', num_exes = c.exe_num, max_tries = c.max_tries, queued = :now,
               last_status_change = :now, last_modified = :now, started = NULL, ended = NULL, node_id = NULL, error_id = NULL
        FROM change c WHERE job.id = c.job_id
    )
    INSERT INTO queue (job_id, job_type_id, exe_num, priority, timeout, input_file_size, queued, not_before,
                       memory, avoided_node, avoided_until, retry_at)
    SELECT job.id, job.job_type_id, c.exe_num, COALESCE(c.priority, {sql_of(PRIORITY)}),
           CASE WHEN c.has_needs THEN c.timeout ELSE {sql_of(TIMEOUT)} END, COALESCE(job.input_file_size, 0), :now,
           CASE WHEN :is_held THEN 'infinity' ELSE clock_timestamp() + CAST(:delay AS interval) END, c.memory, c.avoided_node,
           CASE WHEN c.avoided_node IS NOT NULL
                THEN clock_timestamp() + COALESCE(CAST(:delay AS interval), '0') + CAST(:avoided_for AS interval) END,
           CASE WHEN :is_held THEN clock_timestamp() + COALESCE(CAST(:delay AS interval), '0') END
    FROM change c JOIN job ON job.id = c.job_id JOIN job_type ON job_type.id = job.job_type_id
        LEFT JOIN batch ON batch.id = job.batch_id
    ORDER BY c.job_id
""")  # noqa: S608 - what is put in are expressions of our own


CLOSE = text("""
    UPDATE job SET status = e.status, last_status_change = :now, last_modified = :now, ended = :now,
                   error_id = CASE WHEN e.status = 'COMPLETED' THEN job.error_id ELSE e.error_id END,
                   output = CASE WHEN e.status = 'COMPLETED' THEN CAST(e.output AS jsonb) ELSE job.output END
    FROM unnest(CAST(:ids AS bigint[]), CAST(:statuses AS text[]), CAST(:error_ids AS bigint[]), CAST(:outputs AS text[]))
        AS e(id, status, error_id, output)
    WHERE job.id = e.id
""")


def _needs(needs: Sequence[RetryNeeds | None]) -> dict[str, Any]:
    return {
        "has_needs": [item is not None for item in needs],
        "timeouts": [item and item.timeout for item in needs],
        "memories": [item.memory if item else 0.0 for item in needs],
        "avoided_nodes": [item and item.avoided_node for item in needs],
        "avoided_for": AVOIDED_FOR,
    }


def _state(*, status: str, **facts: Any) -> JobState:
    return JobState(status=JobStatus(status), **facts)


def _group(*, job_type_id: int, count: int, never_ran: bool, **facts: Any) -> JobGroup:
    state = _state(id=0, num_exes=0 if never_ran else 1, max_tries=1, type_max_tries=1, **facts)
    return JobGroup(state, job_type_id, count)


_STATE = RowMapper(
    _state,
    id=JobRow.id,
    status=JobRow.status,
    num_exes=JobRow.num_exes,
    max_tries=JobRow.max_tries,
    type_max_tries=JobTypeRow.max_tries,
    has_input=JobRow.input.is_not(None),
    is_superseded=JobRow.is_superseded,
    is_endless=JobTypeRow.is_long_running,
)
_LOCKED = select(*_STATE.columns).join(JobTypeRow, JobTypeRow.id == JobRow.job_type_id).with_for_update(of=JobRow, key_share=True)
_FACTS: Mapping[str, Any] = {
    "status": JobRow.status,
    "never_ran": (JobRow.num_exes == 0).label("never_ran"),
    "has_input": JobRow.input.is_not(None).label("has_input"),
    "is_superseded": JobRow.is_superseded,
    "job_type_id": JobRow.job_type_id,
}
"""What cancel and requeue look at."""
_GROUP = RowMapper(_group, **_FACTS, count=func.count())


class JobChanges:
    """Writes jobs."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def highest_id(self) -> int:
        """The id of the newest job, 0 when there is none."""
        return (await self._connection.execute(select(func.coalesce(func.max(JobRow.id), 0)))).scalar_one()

    async def lock(self, job_id: int) -> JobState:
        """Lock one job and read what transitions look at.

        Raises:
            NotFound: There is none.
        """
        return await _STATE.one(self._connection, _LOCKED.where(JobRow.id == storable_id(job_id)), "Job", job_id)

    async def find_and_lock(self, job_id: int) -> JobState | None:
        """The same; None when there is no such job."""
        return await _STATE.first(self._connection, _LOCKED.where(JobRow.id == job_id))

    async def lock_all(self, ids: Collection[int]) -> list[JobState]:
        """Lock those of some jobs that there are, by id."""
        return await _STATE.all(self._connection, _LOCKED.where(JobRow.id.in_(ids)).order_by(JobRow.id))

    async def lock_chunk(self, criteria: JobFilter, *, after_id: int, max_id: int, limit: int) -> list[JobState]:
        """Lock the next jobs, by id, that a filter selects among those with ids in (after_id, max_id]."""
        query = _LOCKED.where(*where(JOB_CLAUSES, criteria), JobRow.id > after_id, JobRow.id <= max_id)
        return await _STATE.all(self._connection, query.order_by(JobRow.id).limit(limit))

    async def count(self, criteria: JobFilter, max_id: int) -> int:
        """How many jobs a filter selects among those with ids up to `max_id`."""
        query = select(func.count()).select_from(JobRow).where(*where(JOB_CLAUSES, criteria), JobRow.id <= max_id)
        return (await self._connection.execute(query)).scalar_one()

    async def groups(self, criteria: JobFilter, max_id: int) -> list[JobGroup]:
        """All jobs that a filter selects, counted by the facts that cancel and requeue look at."""
        query = select(*_GROUP.columns).where(*where(JOB_CLAUSES, criteria), JobRow.id <= max_id)
        return await _GROUP.all(self._connection, query.group_by(*_FACTS.values()))

    async def first_ids(self, criteria: JobFilter, max_id: int, limit: int) -> list[int]:
        """The lowest ids among the jobs that a filter selects."""
        query = select(JobRow.id).where(*where(JOB_CLAUSES, criteria), JobRow.id <= max_id).order_by(JobRow.id).limit(limit)
        return list((await self._connection.execute(query)).scalars())

    async def cancel(self, ids: Collection[int], now: datetime, *, set_ended: bool = False) -> None:
        """Make jobs CANCELED; waiting attempts and those that nobody runs become CANCELED executions, others have to stop.

        `ended` moves only for the generation that documents it (docs/spec/decisions.md#cancel-ended).
        """
        if not ids:
            return
        values: dict[str, Any] = {"ended": now} if set_ended else {}
        await self._move(ids, JobStatus.CANCELED, now, error_id=None, node_id=None, **values)
        await self._connection.execute(CLOSE_WAITING, {"ids": list(ids), "now": now})
        stopping = (await self._connection.execute(STOP_RUNNING, {"ids": list(ids)})).scalars()
        running = [str(execution_id) for execution_id in stopping]
        if running:
            await channels.notify(self._connection, channels.CANCEL, *running)

    async def enqueue(
        self,
        changes: Sequence[Enqueue],
        now: datetime,
        priority: int | None = None,
        *,
        delay: timedelta | None = None,
        is_held: bool = False,
    ) -> None:
        """Queue jobs, to be claimed after a delay; without a priority that of their batch, their own or their type holds.

        Those that are held go on when the limits of their type let them.
        """
        if not changes:
            return
        parameters = {
            "ids": [change.job_id for change in changes],
            "exe_nums": [change.exe_num for change in changes],
            "max_tries": [change.max_tries for change in changes],
            "priorities": [priority] * len(changes),
            **_needs([change.needs for change in changes]),
            "now": now,
            "delay": delay or None,
            "is_held": is_held,
        }
        await self._connection.execute(ENQUEUE, parameters)
        await channels.notify(self._connection, channels.QUEUE)

    async def change_queued(self, job_id: int, change: QueuedJobUpdate, now: datetime) -> None:
        """Change the place of a job in the queue; the job is locked.

        Its priority becomes part of its own configuration, so that it holds when the job is tried again.
        """
        # Who says when it starts says that it need not wait for the limits of its type.
        freed = {"retry_at": None} if "not_before" in change.columns else {}
        await self._connection.execute(update(QueueRow).where(QueueRow.job_id == job_id).values(**change.columns, **freed))
        values: dict[str, Any] = {"last_modified": now}
        if "priority" in change.columns:
            values["configuration"] = func.coalesce(JobRow.configuration, cast({}, JSONB)).op("||")(
                cast({"priority": change.priority}, JSONB)
            )
        await self._connection.execute(update(JobRow).where(JobRow.id == job_id).values(**values))
        await self.notify_workers()

    async def notify_workers(self) -> None:
        """Have the workers look at the queue after the commit."""
        await channels.notify(self._connection, channels.QUEUE)

    async def wait(self, ids: Collection[int], status: JobStatus, now: datetime) -> None:
        """Make jobs PENDING or BLOCKED that wait for others."""
        if ids:
            await self._move(ids, status, now)

    async def uncancel(self, ids: Collection[int], now: datetime) -> None:
        """Make jobs PENDING that were canceled before they were ever queued."""
        if ids:
            await self._move(ids, JobStatus.PENDING, now)

    async def close(self, ends: Sequence[JobEnd], now: datetime) -> None:
        """Set jobs to their final status: those that are COMPLETED with what they produced, others with the reason."""
        if not ends:
            return
        parameters = {
            "ids": [end.job_id for end in ends],
            "statuses": [end.status for end in ends],
            "error_ids": [end.error_id for end in ends],
            "outputs": [as_json(end.output) for end in ends],
            "now": now,
        }
        await self._connection.execute(CLOSE, parameters)

    async def _move(self, ids: Collection[int], status: JobStatus, now: datetime, **columns: Any) -> None:
        changed = {"status": status, "last_status_change": now, "last_modified": now, **columns}
        await self._connection.execute(update(JobRow).where(JobRow.id.in_(ids)).values(**changed))
