"""What keeps a job from running, as far as the database knows."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.fitting import UNMET
from jobsvc.domain.pending import PendingFacts

OF_TYPE = """
    e.engine, s.is_paused AS is_scheduler_paused, t.is_paused AS is_type_paused, t.max_scheduled,
    CASE WHEN t.max_scheduled IS NULL THEN 0
         ELSE (SELECT count(*) FROM lease r WHERE r.job_type_id = t.id) END AS running,
    EXISTS (SELECT FROM worker) AS has_workers,
    EXISTS (SELECT FROM worker w WHERE e.engine = ANY(w.engines)) AS is_served,
    EXISTS (SELECT FROM worker w JOIN node n ON n.id = w.node_id
            WHERE e.engine = ANY(w.engines) AND n.is_active AND NOT n.is_paused) AS is_served_now
"""
"""What all jobs of a type `t` have in common, of the tables that `BESIDE_TYPE` joins to it."""
BESIDE_TYPE = """
    CROSS JOIN scheduler s
    CROSS JOIN LATERAL (SELECT COALESCE(t.configuration #>> '{engine,name}', :default_engine) AS engine) e
"""

FACTS = text(f"""
    SELECT j.status = 'QUEUED' AS is_queued, {OF_TYPE},
           (SELECT q.not_before FROM queue q WHERE q.job_id = j.id AND q.not_before > now() LIMIT 1) AS not_before,
           l.waits_for, l.execution_id IS NOT NULL AS has_lease,
           (SELECT unmet.names FROM ({UNMET}) unmet) AS unmet,
           CASE WHEN l.expires < clock_timestamp() THEN l.place END AS left_at,
           CASE WHEN l.expires < clock_timestamp() AND isfinite(l.expires) THEN l.expires END AS left_since
    FROM job j JOIN job_type t ON t.id = j.job_type_id {BESIDE_TYPE}
    CROSS JOIN LATERAL (SELECT e.engine AS name) engine CROSS JOIN LATERAL (SELECT COALESCE(j.input_file_size, 0) AS mib) size
    LEFT JOIN lease l ON l.job_id = j.id
    WHERE j.id = :job_id
    LIMIT 1
""")  # noqa: S608 - what is put in is our own


class PendingRepository:
    """Reads what jobs wait for."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def facts(self, job_id: int, default_engine: str) -> PendingFacts:
        """What bears on whether a job runs; `default_engine` is that of types that name none. The job is there."""
        parameters = {"job_id": job_id, "default_engine": default_engine}
        return PendingFacts(**(await self._connection.execute(FACTS, parameters)).mappings().one())
