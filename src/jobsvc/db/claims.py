"""The leases of running executions; `queue_head` makes them.

Leases are measured with the database's clock alone, so hosts whose clocks differ cannot take work from each other.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import channels
from jobsvc.db.job_changes import CLOSE_UNOWNED
from jobsvc.db.json_text import as_json
from jobsvc.db.tables import ExecutionRow
from jobsvc.domain.errors import NotFound
from jobsvc.domain.execution_records import ExecutionEnd, LaunchRecord
from jobsvc.domain.jobs import JobState
from jobsvc.domain.status import JobStatus

RENEW = text("""
    UPDATE lease SET expires = clock_timestamp() + CAST(:lease AS interval)
    WHERE execution_id IN (
        SELECT execution_id FROM lease
        WHERE worker_id = :worker_id AND (CAST(:only AS bigint[]) IS NULL OR execution_id = ANY(CAST(:only AS bigint[])))
        ORDER BY execution_id FOR UPDATE)
""")

_LEASES_OF = """
    SELECT l.execution_id, l.job_id, l.token, e.exe_num, e.cluster_id, t.name AS job_type, t.version AS job_type_version,
           l.place, l.handle, l.cancel_requested IS NOT NULL AS cancel_requested
    FROM {table} l JOIN execution e ON e.id = l.execution_id JOIN job_type t ON t.id = l.job_type_id
"""
_LEASES = _LEASES_OF.format(table="lease")
# What lives elsewhere is not lost with its worker: it is taken over.
_IS_LOST = """(l.expires < clock_timestamp() AND l.place IS NULL
     OR l.cancel_requested < clock_timestamp() - CAST(:cancel_deadline AS interval))"""
TAKE_OVER = text(f"""
    WITH taken AS (
        UPDATE lease SET worker_id = :worker_id, token = nextval('lease_token'),
                         expires = clock_timestamp() + CAST(:lease AS interval)
        WHERE execution_id = ANY(ARRAY(
            SELECT execution_id FROM lease
            WHERE place = :place AND expires < clock_timestamp() - CAST(:lease AS interval)
            ORDER BY execution_id LIMIT :limit FOR UPDATE SKIP LOCKED))
        RETURNING *)
    {_LEASES_OF.format(table="taken")} ORDER BY l.execution_id
""")  # noqa: S608 - what is put in is a statement of our own
HAND_OVER = text("""
    UPDATE lease SET expires = '-infinity' WHERE execution_id IN (
        SELECT execution_id FROM lease WHERE place IS NOT NULL
            AND (execution_id = :execution_id AND token = :token OR worker_id = ANY(CAST(:workers AS text[])))
        ORDER BY execution_id FOR UPDATE)
""")
NOTE_WAITS = text("""
    UPDATE lease l SET waits_for = w.reason
    FROM (SELECT h.execution_id, n.reason FROM lease h
          LEFT JOIN unnest(CAST(:ids AS bigint[]), CAST(:reasons AS text[])) n(id, reason) ON n.id = h.execution_id
          WHERE h.worker_id = :worker_id AND h.waits_for IS DISTINCT FROM n.reason
          ORDER BY h.execution_id FOR UPDATE OF h) w
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
HOLD_FREE = text("""
    SELECT l.execution_id, l.token, j.id, j.status, j.num_exes, j.max_tries, t.max_tries AS type_max_tries,
           j.input IS NOT NULL AS has_input, j.is_superseded, t.is_long_running AS is_endless
    FROM lease l JOIN job j ON j.id = l.job_id JOIN job_type t ON t.id = j.job_type_id
    WHERE l.execution_id = ANY(CAST(:ids AS bigint[]))
    ORDER BY l.execution_id FOR NO KEY UPDATE OF j SKIP LOCKED FOR UPDATE OF l
""")
"""Whoever locks a job waits for none of these locks: the job need not be locked before its lease here."""
END = text("""
    WITH ends AS (
        SELECT * FROM unnest(
            CAST(:ids AS bigint[]), CAST(:statuses AS text[]), CAST(:error_ids AS bigint[]), CAST(:exit_codes AS bigint[]),
            CAST(:outputs AS text[]), CAST(:task_results AS text[]), CAST(:log_lines AS bigint[]))
        AS e(id, status, error_id, exit_code, output, task_results, log_lines)
    ), gone AS (
        DELETE FROM lease WHERE execution_id = ANY(CAST(:ids AS bigint[])) RETURNING job_type_id
    ), ended AS (
        UPDATE execution x SET status = e.status, ended = :now, error_id = e.error_id, exit_code = e.exit_code,
                               output = CAST(e.output AS jsonb), task_results = CAST(e.task_results AS jsonb),
                               log_lines = e.log_lines
        FROM ends e WHERE x.id = e.id AND x.ended IS NULL
        RETURNING x.id, x.priority
    )
    SELECT id, priority,
           (SELECT count(pg_notify(:channel, '')) FROM gone g JOIN job_type t ON t.id = g.job_type_id
            WHERE t.max_scheduled IS NOT NULL) AS notified
    FROM ended
""")
"""A place that gets free in a type with a limit is for any worker."""
RECORD_LAUNCH = (
    update(ExecutionRow)
    .where(ExecutionRow.id == bindparam("execution_id"))
    .values({name: bindparam(name) for name in LaunchRecord._fields})
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
    """The engines for which a worker has room: by name, where their runs live (None: in the worker itself), and how much."""

    default: str
    """The engine of job types that name none."""
    places: Mapping[str, str | None]
    room: Mapping[str, int] = field(default_factory=dict)
    """How many executions more, for those that have room for more than one."""
    on_host: Collection[str] = ()
    """Those whose runs take their resources of the worker's host."""

    def slots(self, name: str) -> int:
        """How many executions more an engine can take."""
        return self.room.get(name, 1)


class ClaimRepository:
    """Heartbeats, take-overs and the ends of leases."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def take_over(self, worker_id: str, place: str, lease: timedelta, limit: int) -> list[Lease]:
        """Take over runs that live at a place and whose workers have not been heard of for a second lease."""
        parameters = {"worker_id": worker_id, "place": place, "lease": lease, "limit": limit}
        return [Lease(**row) for row in (await self._connection.execute(TAKE_OVER, parameters)).mappings()]

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

    async def record_launches(self, records: Mapping[int, LaunchRecord]) -> None:
        """Record what running executions were given, by their ids."""
        if records:
            rows = [{"execution_id": execution_id, **record._asdict()} for execution_id, record in records.items()]
            await self._connection.execute(RECORD_LAUNCH, rows)

    async def hold_free(self, claims: Collection[Claim]) -> dict[int, JobState]:
        """Lock leases with their jobs, and read these, by execution: what is held and can be locked without waiting for a job."""
        keys = {claim.execution_id: (claim.token, claim.job_id) for claim in claims}
        rows = await self._connection.execute(HOLD_FREE, {"ids": list(keys)})
        return {row[0]: _state(*row[2:]) for row in rows if keys[row[0]] == (row[1], row[2])}

    async def end(self, ends: Mapping[int, ExecutionEnd], now: datetime) -> dict[int, int | None]:
        """Close executions, by their ids, and their leases; returns the priorities that they were queued with."""
        parameters = {
            "ids": list(ends),
            "statuses": [end.status for end in ends.values()],
            "error_ids": [end.error_id for end in ends.values()],
            "exit_codes": [end.exit_code for end in ends.values()],
            "outputs": [as_json(end.output) for end in ends.values()],
            "task_results": [as_json(end.task_results) for end in ends.values()],
            "log_lines": [end.log_lines for end in ends.values()],
            "now": now,
            "channel": channels.QUEUE,
        }
        priorities = {row[0]: row[1] for row in await self._connection.execute(END, parameters)}
        if len(priorities) != len(ends):
            raise NotFound("Running execution", min(set(ends) - set(priorities)))
        return priorities


def _state(id_: int, status: str, *facts: Any) -> JobState:
    return JobState(id_, JobStatus(status), *facts)
