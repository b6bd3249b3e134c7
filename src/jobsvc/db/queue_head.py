"""The head of the queue: which jobs a worker takes next, and the executions that begin with that.

A claim takes as many jobs as its worker has room for, in one transaction: they are picked and locked, their launches are
composed, and executions and leases are written together (docs/adr/0017-claims-and-ends-in-batches.md).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import advisory_locks
from jobsvc.db.claims import Claim
from jobsvc.db.fitting import LARGEST_INPUT, MEMORY
from jobsvc.db.json_text import to_json
from jobsvc.db.launch_inputs import LaunchFacts, LaunchInputReader
from jobsvc.domain.execution_records import LaunchInputs, LaunchRecord
from jobsvc.domain.status import QueueMode

LOOK_AHEAD = 32
"""How many more jobs a claim considers than it may take: the head may be locked by other claims at this moment."""

PICK = f"""
    WITH open_types AS (
        SELECT t.id, t.max_scheduled, CASE WHEN :is_on_host THEN {LARGEST_INPUT} ELSE 'Infinity' END AS largest_input,
               CASE WHEN :is_on_host THEN {MEMORY} ELSE 'Infinity' END AS memory
        FROM job_type t CROSS JOIN node n
        WHERE n.id = :node_id AND n.is_active AND NOT n.is_paused AND NOT t.is_paused AND t.id <> ALL(CAST(:full AS bigint[]))
          AND NOT (SELECT is_paused FROM scheduler)
          AND (t.max_scheduled IS NULL OR (SELECT count(*) FROM lease l WHERE l.job_type_id = t.id) < t.max_scheduled)
          AND COALESCE(t.configuration #>> '{{engine,name}}', :default_engine) = :engine
          -- Not EXISTS, and sorted: the index is taken then, however many jobs of other types wait.
          AND (SELECT true FROM queue q WHERE q.job_type_id = t.id AND q.not_before IS NULL
               ORDER BY q.priority, q.queued DIRECTION, q.id DIRECTION LIMIT 1)
    ), others AS (
        SELECT EXISTS (SELECT FROM worker w JOIN node m ON m.id = w.node_id
                       WHERE :engine = ANY(w.engines) AND m.id <> :node_id AND m.is_active AND NOT m.is_paused) AS has_others
    ), best AS (
        SELECT c.id FROM open_types t CROSS JOIN LATERAL (
            SELECT q.id, q.priority, q.queued FROM queue q
            WHERE q.job_type_id = t.id AND NOT EXISTS (SELECT FROM lease l WHERE l.job_id = q.job_id)
              AND q.not_before IS NULL AND q.input_file_size <= t.largest_input
              -- Looked at in the row, which is read for its job anyway: retries that need more than others are few.
              AND q.memory <= t.memory AND (q.avoided_node IS NULL OR q.avoided_node <> :node_id OR q.avoided_until <= now()
                                            OR NOT (SELECT has_others FROM others))
            ORDER BY q.priority, q.queued DIRECTION, q.id DIRECTION
            LIMIT least(:ahead, t.max_scheduled + {LOOK_AHEAD})) c
        WHERE t.largest_input >= 0
        ORDER BY c.priority, c.queued DIRECTION, c.id DIRECTION LIMIT :ahead
    )
    SELECT q.id AS queue_id, q.priority, q.input_file_size AS queued_size, q.queued, t.max_scheduled,
           q.job_id, q.exe_num,
           'scale_job_' || (SELECT framework_id FROM scheduler) || '_' || q.job_id || 'x' || q.exe_num AS cluster_id,
           q.timeout, CAST(j.input AS text) AS input, j.input_file_size, CAST(j.configuration AS text) AS configuration,
           j.recipe_id, j.batch_id, j.job_type_id, j.job_type_rev_id, q.memory,
           (SELECT CAST(v.description -> 'trace' AS text) FROM event v WHERE v.id = j.event_id) AS trace,
           (SELECT x.task_results #>> '{{tasks,0,node}}' FROM execution x
            WHERE q.avoided_until > now() AND x.job_id = q.job_id AND x.exe_num = q.exe_num - 1) AS avoided_node
    FROM queue q JOIN job j ON j.id = q.job_id JOIN open_types t ON t.id = q.job_type_id
    -- Not the bare status: what the server knows of a table is old after a bulk, and by an index that it takes for a handful
    -- of QUEUED jobs it would read all that wait.
    WHERE q.id IN (SELECT id FROM best) AND j.status || '' = 'QUEUED' AND j.num_exes = q.exe_num
    ORDER BY q.priority, q.queued DIRECTION, q.id DIRECTION LIMIT :limit
    FOR NO KEY UPDATE OF j SKIP LOCKED FOR UPDATE OF q SKIP LOCKED
"""  # noqa: S608 - what is put in is our own
PICK_BY_MODE = {
    QueueMode.FIFO: text(PICK.replace("DIRECTION", "ASC")),
    QueueMode.LIFO: text(PICK.replace("DIRECTION", "DESC")),
}
MODE = text("SELECT queue_mode, EXISTS (SELECT FROM queue WHERE not_before <= now()) AS are_due FROM scheduler")
RELEASED = 1000
RELEASE = text("""
    UPDATE queue SET not_before = NULL
    WHERE id IN (SELECT id FROM queue WHERE not_before <= now() ORDER BY not_before LIMIT :limit FOR UPDATE SKIP LOCKED)
""")
"""Jobs whose time has come wait among the others from then on: so claims need not look at those whose time has not."""
RUNNING = text("SELECT job_type_id, count(*) FROM lease WHERE job_type_id = ANY(CAST(:ids AS bigint[])) GROUP BY job_type_id")

START = text("""
    WITH chosen AS (
        SELECT * FROM unnest(
            CAST(:job_ids AS bigint[]), CAST(:job_type_ids AS bigint[]), CAST(:exe_nums AS bigint[]),
            CAST(:cluster_ids AS text[]), CAST(:images AS text[]), CAST(:priorities AS bigint[]),
            CAST(:timeouts AS bigint[]), CAST(:sizes AS float8[]), CAST(:queued AS timestamptz[]),
            CAST(:configurations AS text[]), CAST(:resources AS text[]), CAST(:arguments AS text[]))
        WITH ORDINALITY AS c(job_id, job_type_id, exe_num, cluster_id, image, priority, timeout, size, queued, configuration,
                             resources, arguments, place)
    ), taken AS (
        DELETE FROM queue WHERE id = ANY(CAST(:queue_ids AS bigint[]))
    ), moved AS (
        UPDATE job SET status = 'RUNNING', node_id = :node_id, started = :now, last_status_change = :now, last_modified = :now
        WHERE id = ANY(CAST(:job_ids AS bigint[]))
    ), begun AS (
        INSERT INTO execution (job_id, job_type_id, exe_num, cluster_id, node_id, docker_image, priority, timeout,
                               input_file_size, queued, started, status, configuration, resources, command_arguments)
        SELECT job_id, job_type_id, exe_num, cluster_id, :node_id, image, priority, timeout, size, queued, :now, 'RUNNING',
               CAST(configuration AS jsonb), CAST(resources AS jsonb), arguments
        FROM chosen ORDER BY chosen.place
        RETURNING id, job_id, job_type_id
    )
    INSERT INTO lease (execution_id, job_id, job_type_id, worker_id, token, expires, place, handle)
    SELECT id, job_id, job_type_id, :worker_id, token, clock_timestamp() + CAST(:lease AS interval), CAST(:place AS text),
           CASE WHEN CAST(:place AS text) IS NOT NULL
                THEN 'jobsvc-' || (SELECT framework_id FROM scheduler) || '-' || id || '-' || token END
    FROM (SELECT b.*, nextval('lease_token') AS token FROM (SELECT * FROM begun ORDER BY id) b) AS fenced
    RETURNING execution_id, job_id, token, place, handle
""")


HEAD_COLUMNS = 5
"""Those of `PICK` that are no launch facts."""


class Waiting(NamedTuple):
    """A job of the queue's head, locked, with what running it needs."""

    queue_id: int
    priority: int
    input_file_size: float
    queued: datetime
    inputs: LaunchInputs


@dataclass(frozen=True)
class Owner:
    """Who claims: a worker on a node. `place`: where the runs live that outlive it (None: in the worker itself)."""

    worker_id: str
    node_id: int
    place: str | None


class QueueHead:
    """Picks jobs, and begins their executions."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def pick(
        self, node_id: int, engine: str, default_engine: str, limit: int, *, is_on_host: bool = False
    ) -> list[Waiting]:
        """Lock the best jobs for an engine: priority, then the queue's mode; paused types and full ones wait.

        `default_engine` runs the job types that name none. `is_on_host`: jobs need resources of the node, and those that
        it does not have at all wait. Nothing only when nothing may be claimed.
        """
        mode = await self._mode()
        parameters = {"node_id": node_id, "engine": engine, "default_engine": default_engine, "is_on_host": is_on_host}
        parameters |= {"ahead": limit + LOOK_AHEAD, "limit": limit}
        full: list[int] = []
        while True:
            rows = (await self._connection.execute(PICK_BY_MODE[mode], parameters | {"full": full})).all()
            chosen = await self._within_limits(rows)
            if chosen or not rows:
                facts = [LaunchFacts(*row[HEAD_COLUMNS:]) for row in chosen]
                inputs = await LaunchInputReader(self._connection).complete(facts)
                return [
                    Waiting(row.queue_id, row.priority, row.queued_size, row.queued, own)
                    for row, own in zip(chosen, inputs, strict=True)
                ]
            full += {row.job_type_id for row in rows}

    async def start(
        self, waiting: Sequence[Waiting], records: Sequence[LaunchRecord], owner: Owner, lease: timedelta, now: datetime
    ) -> list[Claim]:
        """Begin an execution, under a lease, of each job that was picked."""
        inputs = [item.inputs for item in waiting]
        parameters = {
            "queue_ids": [item.queue_id for item in waiting],
            "job_ids": [item.job_id for item in inputs],
            "job_type_ids": [item.job_type.job_type_id for item in inputs],
            "exe_nums": [item.exe_num for item in inputs],
            "cluster_ids": [item.cluster_id for item in inputs],
            "images": [item.job_type.docker_image for item in inputs],
            "priorities": [item.priority for item in waiting],
            "timeouts": [item.timeout for item in inputs],
            "sizes": [item.input_file_size for item in waiting],
            "queued": [item.queued for item in waiting],
            "configurations": [to_json(record.configuration) for record in records],
            "resources": [to_json(record.resources) for record in records],
            "arguments": [record.command_arguments for record in records],
            "worker_id": owner.worker_id,
            "node_id": owner.node_id,
            "place": owner.place,
            "lease": lease,
            "now": now,
        }
        rows = {row.job_id: row for row in await self._connection.execute(START, parameters)}
        return [_claim(item, rows[item.job_id]) for item in inputs]

    async def _mode(self) -> QueueMode:
        """How the queue is sorted, after those have joined it whose time has come."""
        mode, are_due = (await self._connection.execute(MODE)).one()
        if are_due:
            await self._connection.execute(RELEASE, {"limit": RELEASED})
        return QueueMode(mode)

    async def _within_limits(self, rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
        """Those for which their types have room, counted while no other claim can take it."""
        limits = {row.job_type_id: row.max_scheduled for row in rows if row.max_scheduled is not None}
        if not limits:
            return rows
        # Two claims could both see room for one; the locks, held to the end of the transaction, let them look in turn.
        # Without room the savepoint gives them back: no claim may wait for one type while it holds up another.
        async with self._connection.begin_nested() as savepoint:
            await advisory_locks.lock_all(self._connection, advisory_locks.MAX_SCHEDULED, list(limits))
            running = {row[0]: row[1] for row in await self._connection.execute(RUNNING, {"ids": list(limits)})}
            room = {job_type_id: limit - running.get(job_type_id, 0) for job_type_id, limit in limits.items()}
            if not any(number > 0 for number in room.values()):
                await savepoint.rollback()
        seen: Counter[int] = Counter()
        chosen = []
        for row in rows:
            seen[row.job_type_id] += 1
            if seen[row.job_type_id] <= room.get(row.job_type_id, len(rows)):
                chosen.append(row)
        return chosen


def _claim(inputs: LaunchInputs, started: Row[Any]) -> Claim:
    return Claim(
        started.execution_id,
        inputs.job_id,
        started.token,
        inputs.exe_num,
        inputs.cluster_id,
        inputs.job_type.name,
        inputs.job_type.version,
        started.place,
        started.handle,
    )
