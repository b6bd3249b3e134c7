"""What keeps a job from running, as far as the database knows."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.fitting import UNMET
from jobsvc.domain.pending import Estimate, PendingFacts, Place

OF_TYPE = """
    e.engine, s.is_paused AS is_scheduler_paused, s.last_modified AS scheduler_changed,
    t.is_paused AS is_type_paused, t.paused AS type_paused, t.max_scheduled,
    CASE WHEN t.max_scheduled IS NULL THEN 0
         ELSE (SELECT count(*) FROM lease r WHERE r.job_type_id = t.id) END AS running,
    CASE WHEN t.max_scheduled IS NOT NULL
         THEN (SELECT max(x.started) FROM lease r JOIN execution x ON x.id = r.execution_id
               WHERE r.job_type_id = t.id) END AS full_since,
    EXISTS (SELECT FROM worker) AS has_workers,
    EXISTS (SELECT FROM worker w WHERE e.engine = ANY(w.engines)) AS is_served,
    EXISTS (SELECT FROM worker w JOIN node n ON n.id = w.node_id
            WHERE e.engine = ANY(w.engines) AND n.is_active AND NOT n.is_paused) AS is_served_now,
    (SELECT max(n.last_modified) FROM worker w JOIN node n ON n.id = w.node_id
     WHERE e.engine = ANY(w.engines)) AS nodes_changed
"""
"""What all jobs of a type `t` have in common, of the tables that `BESIDE_TYPE` joins to it."""
BESIDE_TYPE = """
    CROSS JOIN scheduler s
    CROSS JOIN LATERAL (SELECT COALESCE(t.configuration #>> '{engine,name}', :default_engine) AS engine) e
"""

FACTS = text(f"""
    SELECT j.status = 'QUEUED' AS is_queued, {OF_TYPE},
           (SELECT CASE WHEN q.retry_at IS NULL THEN q.not_before ELSE NULLIF(greatest(q.retry_at, now()), now()) END
            FROM queue q WHERE q.job_id = j.id AND q.not_before > now() LIMIT 1) AS not_before,
           (SELECT q.retry_at FROM queue q WHERE q.job_id = j.id LIMIT 1) AS retry_at,
           (SELECT CASE WHEN g.state <> 'closed' THEN COALESCE(g.error, '') END FROM retry_gate g
            WHERE g.job_type_id = j.job_type_id LIMIT 1) AS held_for,
           l.waits_for, l.execution_id IS NOT NULL AS has_lease,
           (SELECT unmet.names FROM ({UNMET}) unmet) AS unmet,
           CASE WHEN l.expires < clock_timestamp() THEN l.place END AS left_at,
           CASE WHEN l.expires < clock_timestamp() AND isfinite(l.expires) THEN l.expires END AS left_since
    FROM job j JOIN job_type t ON t.id = j.job_type_id {BESIDE_TYPE}
    CROSS JOIN LATERAL (SELECT e.engine AS name) engine CROSS JOIN LATERAL (
        SELECT COALESCE(j.input_file_size, 0) AS mib,
               COALESCE((SELECT q.memory FROM queue q WHERE q.job_id = j.id LIMIT 1), 0) AS memory) size
    LEFT JOIN lease l ON l.job_id = j.id
    WHERE j.id = :job_id
    LIMIT 1
""")  # noqa: S608 - what is put in is our own

MOST_PLACES = 10_000
"""Places in the queue that are counted one by one."""
_AHEAD = """
    SELECT FROM queue q WHERE q.job_type_id = t.id AND q.not_before IS NULL AND
"""
PLACE = text(f"""
    SELECT count(ahead.is_ahead) AS ahead, min(own.id) IS NOT NULL AS is_waiting
    FROM (SELECT q.*, COALESCE(t.configuration #>> '{{engine,name}}', :default_engine) AS engine, s.queue_mode
          FROM queue q JOIN job_type t ON t.id = q.job_type_id CROSS JOIN scheduler s
          WHERE q.job_id = :job_id AND q.not_before IS NULL) own
    LEFT JOIN LATERAL (
        SELECT true AS is_ahead FROM job_type t CROSS JOIN LATERAL (
            ({_AHEAD} q.priority < own.priority LIMIT :most)
            UNION ALL ({_AHEAD} q.priority = own.priority AND own.queue_mode = 'FIFO'
                       AND (q.queued, q.id) < (own.queued, own.id) LIMIT :most)
            UNION ALL ({_AHEAD} q.priority = own.priority AND own.queue_mode = 'LIFO'
                       AND (q.queued, q.id) > (own.queued, own.id) LIMIT :most)) first
        WHERE NOT t.is_paused AND t.unmet_resources IS NULL
            AND COALESCE(t.configuration #>> '{{engine,name}}', :default_engine) = own.engine
        LIMIT :most) ahead ON true
""")  # noqa: S608 - what is put in is our own

NOT_KNOWN = (None, None)
LOOKED_AT, KNOWN_RUNS, FEWEST_RUNS = 1000, 200, 30
"""Of the executions of a type that changed last so many are looked at, so many are used, and so many have to be known."""
ESTIMATE = text("""
    SELECT count(*) AS runs,
           percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY wait)
               FILTER (WHERE wait >= date_part('epoch', now() - :queued)) AS waits,
           percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY run) AS lasted
    FROM (SELECT date_part('epoch', started - queued) AS wait,
                 CASE WHEN status = 'COMPLETED' THEN date_part('epoch', ended - started) END AS run
          FROM (SELECT * FROM execution WHERE job_type_id = :job_type_id
                ORDER BY last_modified DESC, id DESC LIMIT :looked_at) last
          WHERE started IS NOT NULL AND ended IS NOT NULL ORDER BY last_modified DESC, id DESC LIMIT :known) recent
""")


class PendingRepository:
    """Reads what jobs wait for."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def facts(self, job_id: int, default_engine: str) -> PendingFacts:
        """What bears on whether a job runs; `default_engine` is that of types that name none. The job is there."""
        parameters = {"job_id": job_id, "default_engine": default_engine}
        return PendingFacts(**(await self._connection.execute(FACTS, parameters)).mappings().one())

    async def place(self, job_id: int, default_engine: str) -> Place | None:
        """Which of the jobs of its engine a job is that could start; None when it does not wait for a worker alone."""
        parameters = {"job_id": job_id, "default_engine": default_engine, "most": MOST_PLACES}
        row = (await self._connection.execute(PLACE, parameters)).one()
        return Place(min(row.ahead + 1, MOST_PLACES), row.ahead < MOST_PLACES) if row.is_waiting else None

    async def estimate(self, job_type_id: int, queued: datetime) -> Estimate | None:
        """When a job starts that waits since then, and how long it runs, by the last ones of its type; None when few are known.

        Those that waited less than the job has already say nothing of when it starts.
        """
        parameters = {"job_type_id": job_type_id, "queued": queued, "looked_at": LOOKED_AT, "known": KNOWN_RUNS}
        row = (await self._connection.execute(ESTIMATE, parameters)).one()
        if row.runs < FEWEST_RUNS:
            return None
        starts = [wait if wait is None else queued + timedelta(seconds=wait) for wait in row.waits or NOT_KNOWN]
        lasted = row.lasted or NOT_KNOWN
        return Estimate(row.runs, starts[0], starts[1], lasted[0], lasted[1])
