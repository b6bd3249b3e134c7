"""The queue's head and the leases of running executions.

Leases are measured with the database's clock alone, so hosts whose clocks differ cannot take work from each other.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import advisory_locks, channels
from jobsvc.db.job_changes import CLOSE_UNOWNED
from jobsvc.db.row_mapper import RowMapper
from jobsvc.db.tables import ExecutionRow, JobRow, JobTypeRevisionRow, JobTypeRow
from jobsvc.domain.execution_records import ExecutionEnd, LaunchInputs, LaunchRecord
from jobsvc.domain.status import QueueMode

LOOK_AHEAD = 32
"""How many of the best jobs a claim considers: the head may be locked by as many other claims at this moment."""

PICK = """
    WITH open_types AS (
        SELECT t.id FROM job_type t
        WHERE NOT t.is_paused AND t.id <> ALL(CAST(:full AS bigint[]))
          AND NOT (SELECT is_paused FROM scheduler) AND (SELECT is_active AND NOT is_paused FROM node WHERE id = :node_id)
          AND (t.max_scheduled IS NULL OR (SELECT count(*) FROM lease l WHERE l.job_type_id = t.id) < t.max_scheduled)
          AND COALESCE(t.configuration #>> '{{engine,name}}', :default_engine) = ANY(CAST(:engines AS text[]))
          AND EXISTS (SELECT FROM queue q WHERE q.job_type_id = t.id)
    ), best AS (
        SELECT c.id FROM open_types t CROSS JOIN LATERAL (
            SELECT q.id, q.priority, q.queued FROM queue q
            WHERE q.job_type_id = t.id AND NOT EXISTS (SELECT FROM lease l WHERE l.job_id = q.job_id)
              AND (q.not_before IS NULL OR q.not_before <= now())
            ORDER BY q.priority, q.queued {direction}, q.id {direction} LIMIT :ahead) c
        ORDER BY c.priority, c.queued {direction}, c.id {direction} LIMIT :ahead
    )
    SELECT q.id, q.job_id, q.job_type_id, (SELECT max_scheduled FROM job_type t WHERE t.id = q.job_type_id) AS max_scheduled,
           (SELECT COALESCE(t.configuration #>> '{{engine,name}}', :default_engine)
            FROM job_type t WHERE t.id = q.job_type_id) AS engine
    FROM queue q JOIN job j ON j.id = q.job_id
    WHERE q.id IN (SELECT id FROM best) AND j.status = 'QUEUED' AND j.num_exes = q.exe_num
    ORDER BY q.priority, q.queued {direction}, q.id {direction} LIMIT 1
    FOR NO KEY UPDATE OF j SKIP LOCKED FOR UPDATE OF q SKIP LOCKED
"""
PICK_BY_MODE = {
    QueueMode.FIFO: text(PICK.format(direction="ASC")),
    QueueMode.LIFO: text(PICK.format(direction="DESC")),
}

RUNNING = text("SELECT count(*) FROM lease WHERE job_type_id = :job_type_id")

START = text("""
    WITH taken AS (
        DELETE FROM queue WHERE id = :queue_id RETURNING *
    ), moved AS (
        UPDATE job SET status = 'RUNNING', node_id = :node_id, started = :now, last_status_change = :now, last_modified = :now
        WHERE id = (SELECT job_id FROM taken)
    ), begun AS (
        INSERT INTO execution (job_id, job_type_id, exe_num, cluster_id, node_id, docker_image, priority, timeout,
                               input_file_size, queued, started, status)
        SELECT k.job_id, k.job_type_id, k.exe_num,
               'scale_job_' || (SELECT framework_id FROM scheduler) || '_' || k.job_id || 'x' || k.exe_num, :node_id,
               r.docker_image, k.priority, k.timeout, k.input_file_size, k.queued, :now, 'RUNNING'
        FROM taken k JOIN job j ON j.id = k.job_id JOIN job_type_revision r ON r.id = j.job_type_rev_id
        RETURNING id, job_id, job_type_id, exe_num, cluster_id
    )
    INSERT INTO lease (execution_id, job_id, job_type_id, worker_id, token, expires, place, handle)
    SELECT id, job_id, job_type_id, :worker_id, nextval('lease_token'), clock_timestamp() + CAST(:lease AS interval),
           CAST(:place AS text),
           CASE WHEN CAST(:place AS text) IS NOT NULL
                THEN 'jobsvc-' || (SELECT framework_id FROM scheduler) || '-' || id || '-' || currval('lease_token') END
    FROM begun
    RETURNING execution_id, job_id, token, place, handle,
              (SELECT exe_num FROM begun) AS exe_num, (SELECT cluster_id FROM begun) AS cluster_id,
              (SELECT name FROM job_type WHERE id = lease.job_type_id) AS job_type,
              (SELECT version FROM job_type WHERE id = lease.job_type_id) AS job_type_version
""")

RENEW = text("""
    UPDATE lease SET expires = clock_timestamp() + CAST(:lease AS interval)
    WHERE execution_id IN (
        SELECT execution_id FROM lease
        WHERE worker_id = :worker_id AND (CAST(:only AS bigint[]) IS NULL OR execution_id = ANY(CAST(:only AS bigint[])))
        ORDER BY execution_id FOR UPDATE)
""")

_LEASES = """
    SELECT l.execution_id, l.job_id, l.token, e.exe_num, e.cluster_id, t.name AS job_type, t.version AS job_type_version,
           l.place, l.handle, l.cancel_requested IS NOT NULL AS cancel_requested
    FROM lease l JOIN execution e ON e.id = l.execution_id JOIN job_type t ON t.id = l.job_type_id
"""
# What lives elsewhere is not lost with its worker: it is taken over.
_IS_LOST = """(l.expires < clock_timestamp() AND l.place IS NULL
     OR l.cancel_requested < clock_timestamp() - CAST(:cancel_deadline AS interval))"""
TAKE_OVER = text("""
    UPDATE lease l SET worker_id = :worker_id, token = nextval('lease_token'),
                       expires = clock_timestamp() + CAST(:lease AS interval)
    FROM execution e JOIN job_type t ON t.id = e.job_type_id
    WHERE e.id = l.execution_id AND l.execution_id = (
        SELECT execution_id FROM lease
        WHERE place = ANY(CAST(:places AS text[])) AND expires < clock_timestamp() - CAST(:lease AS interval)
        ORDER BY execution_id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING l.execution_id, l.job_id, l.token, e.exe_num, e.cluster_id, t.name AS job_type, t.version AS job_type_version,
              l.place, l.handle, l.cancel_requested IS NOT NULL AS cancel_requested
""")
HAND_OVER = text("""
    UPDATE lease SET expires = '-infinity'
    WHERE place IS NOT NULL AND (execution_id = :execution_id AND token = :token OR worker_id = ANY(CAST(:workers AS text[])))
""")
NOTE_WAITS = text("""
    UPDATE lease l SET waits_for = w.reason
    FROM (SELECT h.execution_id, n.reason FROM lease h
          LEFT JOIN unnest(CAST(:ids AS bigint[]), CAST(:reasons AS text[])) n(id, reason) ON n.id = h.execution_id
          WHERE h.worker_id = :worker_id AND h.waits_for IS DISTINCT FROM n.reason) w
    WHERE l.execution_id = w.execution_id AND l.worker_id = :worker_id
""")
KNOWN = text("SELECT handle FROM lease WHERE handle = ANY(CAST(:handles AS text[]))")
LOST = text(f"{_LEASES} WHERE {_IS_LOST} ORDER BY l.execution_id LIMIT :limit")
UNOWNED = text(f"""
    {CLOSE_UNOWNED} id IN (
        SELECT e.id FROM execution e JOIN job j ON j.id = e.job_id
        WHERE e.status = 'RUNNING' AND (j.status = 'CANCELED' OR j.num_exes > e.exe_num)
            AND NOT EXISTS (SELECT FROM lease l WHERE l.execution_id = e.id)
        ORDER BY e.id LIMIT :limit FOR UPDATE OF e SKIP LOCKED)
    RETURNING id
""")  # noqa: S608 - what is put in is a statement of our own
HELD_BY = text(f"{_LEASES} WHERE l.worker_id = ANY(:workers) ORDER BY l.execution_id")
_HOLD = "SELECT 1 FROM lease l WHERE l.execution_id = :execution_id AND l.token = :token"
HOLD = text(f"{_HOLD} FOR UPDATE")
HOLD_LOST = text(f"{_HOLD} AND {_IS_LOST} FOR UPDATE")
LET_GO = text("""
    WITH ended AS (DELETE FROM lease WHERE execution_id = :execution_id RETURNING job_type_id)
    SELECT pg_notify(:channel, '') FROM ended e JOIN job_type t ON t.id = e.job_type_id WHERE t.max_scheduled IS NOT NULL
""")
"""A place that gets free in a type with a limit is for any worker."""

_INPUTS = RowMapper(
    LaunchInputs,
    job_id=JobRow.id,
    exe_num=ExecutionRow.exe_num,
    cluster_id=ExecutionRow.cluster_id,
    timeout=ExecutionRow.timeout,
    input=JobRow.input,
    input_file_size=JobRow.input_file_size,
    configuration=JobRow.configuration,
    recipe_id=JobRow.recipe_id,
    batch_id=JobRow.batch_id,
    job_type_id=JobTypeRow.id,
    job_type_name=JobTypeRow.name,
    job_type_version=JobTypeRow.version,
    type_configuration=JobTypeRow.configuration,
    secrets=JobTypeRow.secrets,
    docker_image=JobTypeRevisionRow.docker_image,
    manifest=JobTypeRevisionRow.manifest,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's right to run an execution; `token` fences it: who cannot show it cannot write."""

    execution_id: int
    job_id: int
    token: int
    exe_num: int
    cluster_id: str
    job_type: str
    job_type_version: str
    place: str | None
    """Where the run lives that outlives its worker; None for a run inside of it."""
    handle: str | None
    """The name of the run there."""


@dataclass(frozen=True, slots=True)
class Lease(Claim):
    """A claim as its owner, or the rescue, finds it later."""

    cancel_requested: bool


@dataclass(frozen=True)
class Engines:
    """The engines for which a worker has room: by name, where their runs live (None: in the worker itself)."""

    default: str
    """The engine of job types that name none."""
    places: Mapping[str, str | None]


class ClaimRepository:
    """Claims, heartbeats and the ends of leases."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def claim(self, worker_id: str, node_id: int, engines: Engines, lease: timedelta, now: datetime) -> Claim | None:
        """Take the best waiting job: priority, then the queue's mode; paused types, full ones and those of other engines wait."""
        mode = QueueMode((await self._connection.execute(text("SELECT queue_mode FROM scheduler"))).scalar_one())
        full: list[int] = []
        while True:
            parameters = {
                "full": full,
                "node_id": node_id,
                "ahead": LOOK_AHEAD,
                "default_engine": engines.default,
                "engines": list(engines.places),
            }
            best = (await self._connection.execute(PICK_BY_MODE[mode], parameters)).first()
            if best is None:
                return None
            if best.max_scheduled is None or await self._has_room(best.job_type_id, best.max_scheduled):
                owner = {"worker_id": worker_id, "node_id": node_id, "place": engines.places[best.engine]}
                return await self._start(best.id, owner, lease, now)
            full.append(best.job_type_id)

    async def take_over(self, worker_id: str, places: Collection[str], lease: timedelta) -> Lease | None:
        """Take over a run that lives at one of these places and whose worker has not been heard of for a second lease."""
        parameters = {"worker_id": worker_id, "places": list(places), "lease": lease}
        row = (await self._connection.execute(TAKE_OVER, parameters)).mappings().first()
        return None if row is None else Lease(**row)

    async def let_go(self, claim: Claim | None = None, workers: Collection[str] = ()) -> None:
        """Let others take over at once what lives elsewhere: one claim's run, or those of workers."""
        key = {"execution_id": claim.execution_id if claim else None, "token": claim.token if claim else None}
        await self._connection.execute(HAND_OVER, {**key, "workers": list(workers)})

    async def note_waits(self, worker_id: str, waits: Mapping[int, str]) -> None:
        """Say of the executions of a worker what they wait for at their engines; those that are not said wait for nothing."""
        parameters = {"worker_id": worker_id, "ids": list(waits), "reasons": list(waits.values())}
        await self._connection.execute(NOTE_WAITS, parameters)

    async def known_handles(self, handles: Collection[str]) -> set[str]:
        """Those of the handles that belong to an execution which has not ended."""
        return set((await self._connection.execute(KNOWN, {"handles": list(handles)})).scalars())

    async def renew(self, worker_id: str, lease: timedelta, only: Collection[int] | None = None) -> list[Lease]:
        """Keep the leases of a worker alive, all or those of some executions; returns those that it still holds."""
        chosen = None if only is None else list(only)
        await self._connection.execute(RENEW, {"worker_id": worker_id, "lease": lease, "only": chosen})
        return await self.held_by([worker_id])

    async def lost(self, cancel_deadline: timedelta, limit: int) -> list[Lease]:
        """Leases that expired, and those whose worker did not confirm a cancel in time."""
        rows = await self._connection.execute(LOST, {"cancel_deadline": cancel_deadline, "limit": limit})
        return [Lease(**row) for row in rows.mappings()]

    async def close_unowned(self, now: datetime, limit: int) -> list[int]:
        """End executions that nobody runs, of jobs that were canceled or have gone on; returns their ids."""
        rows = await self._connection.execute(UNOWNED, {"now": now, "limit": limit})
        return list(rows.scalars())

    async def held_by(self, workers: list[str]) -> list[Lease]:
        """All leases of these workers."""
        rows = await self._connection.execute(HELD_BY, {"workers": workers})
        return [Lease(**row) for row in rows.mappings()]

    async def lock_lease(self, execution_id: int, token: int, *, lost_after: timedelta | None = None) -> bool:
        """Lock a lease; False when it is not the caller's any more, or (with a cancel deadline) when it is not lost."""
        key = {"execution_id": execution_id, "token": token}
        if lost_after is None:
            row = await self._connection.execute(HOLD, key)
        else:
            row = await self._connection.execute(HOLD_LOST, {**key, "cancel_deadline": lost_after})
        return row.first() is not None

    async def record_launch(self, execution_id: int, record: LaunchRecord) -> None:
        """Record what a running execution was given."""
        await self._connection.execute(update(ExecutionRow).where(ExecutionRow.id == execution_id).values(**record._asdict()))

    async def end(self, execution_id: int, end: ExecutionEnd) -> int | None:
        """Close an execution and its lease; returns the priority that it was queued with."""
        await self._connection.execute(LET_GO, {"execution_id": execution_id, "channel": channels.QUEUE})
        statement = update(ExecutionRow).where(ExecutionRow.id == execution_id, ExecutionRow.ended.is_(None))
        return (await self._connection.execute(statement.values(**end._asdict()).returning(ExecutionRow.priority))).scalar_one()

    async def launch_inputs(self, execution_id: int) -> LaunchInputs:
        """What running an execution needs of its job."""
        query = select(*_INPUTS.columns).select_from(ExecutionRow).join(JobRow, JobRow.id == ExecutionRow.job_id)
        query = query.join(JobTypeRow, JobTypeRow.id == JobRow.job_type_id)
        query = query.join(JobTypeRevisionRow, JobTypeRevisionRow.id == JobRow.job_type_rev_id)
        return await _INPUTS.one(self._connection, query.where(ExecutionRow.id == execution_id), "Execution", execution_id)

    async def _has_room(self, job_type_id: int, max_scheduled: int) -> bool:
        # Two claims could both see room for one; the lock, held to the end of the transaction, lets them look in turn.
        # Without room the savepoint gives it back: no claim may wait for one type while it holds up another.
        async with self._connection.begin_nested() as savepoint:
            await advisory_locks.lock(self._connection, advisory_locks.MAX_SCHEDULED, job_type_id)
            running: int = (await self._connection.execute(RUNNING, {"job_type_id": job_type_id})).scalar_one()
            if running >= max_scheduled:
                await savepoint.rollback()
        return running < max_scheduled

    async def _start(self, queue_id: int, owner: Mapping[str, Any], lease: timedelta, now: datetime) -> Claim:
        parameters = {"queue_id": queue_id, **owner, "lease": lease, "now": now}
        return Claim(**(await self._connection.execute(START, parameters)).mappings().one())
