"""Jobs that have been kept long enough, and letting go of them with all that is theirs."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import CursorResult, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import advisory_locks
from jobsvc.domain.retention import PURGEABLE, DoomedFile, PurgeBounds, PurgeCount, PurgeLook
from jobsvc.ports.log_store import LoggedExecution, execution_id_of

NEVER = datetime.min.replace(tzinfo=UTC)
FINAL = ", ".join(f"'{status}'" for status in PURGEABLE)
# What a job of a recipe has made may be needed by others of it, and of the recipe that this is a part of, until all have ended.
IN_OPEN_RECIPE = f"""
    SELECT FROM recipe_node n JOIN recipe r ON r.id = n.recipe_id
    JOIN recipe_node m ON m.recipe_id = r.id OR m.recipe_id = r.recipe_id
    JOIN job other ON other.id = m.job_id
    WHERE n.job_id = j.id AND other.status NOT IN ({FINAL})
"""
READ_BY_OTHERS = """
    SELECT FROM file f JOIN job_input_file i ON i.file_id = f.id WHERE f.job_id = j.id AND i.job_id <> j.id
"""
BOUNDS = """
    unnest(CAST(:type_ids AS bigint[]), CAST(:jobs_before AS timestamptz[]), CAST(:failed_before AS timestamptz[]),
           CAST(:products_before AS timestamptz[])) AS b(job_type_id, jobs_before, failed_before, products_before)
"""
# The first condition is that of an index. What was imported without the time of its last change of status is kept.
PURGEABLE_JOBS = f"""
    job j JOIN {BOUNDS} ON b.job_type_id = j.job_type_id
    WHERE j.last_status_change < :latest AND j.status IN ({FINAL})
      AND j.last_status_change < CASE j.status WHEN 'FAILED' THEN b.failed_before ELSE b.jobs_before END
      AND NOT EXISTS (SELECT FROM job_hold h WHERE h.job_id = j.id)
      AND NOT EXISTS (SELECT FROM lease l WHERE l.job_id = j.id)
      AND NOT EXISTS (SELECT FROM queue q WHERE q.job_id = j.id)
      AND NOT EXISTS (SELECT FROM execution e WHERE e.job_id = j.id AND e.status = 'RUNNING')
      AND NOT EXISTS ({IN_OPEN_RECIPE})
      AND (b.products_before IS NULL OR NOT EXISTS (SELECT FROM file f WHERE f.job_id = j.id)
           OR j.last_status_change < b.products_before AND NOT EXISTS ({READ_BY_OTHERS}))
"""  # noqa: S608 - what is put in are expressions of our own
COUNT = text(f"SELECT count(*) FROM {PURGEABLE_JOBS} AND j.id <= :max_id")  # noqa: S608
WINDOW = 5000
"""Jobs that are looked through for the next ones that may go: however many stay, each look takes its milliseconds."""
LAST_LOOKED_AT = text("""
    SELECT max(id), count(*) FROM (
        SELECT id FROM job WHERE id > :after_id AND id <= :max_id ORDER BY id LIMIT :window
    ) AS looked
""")
# By what a row of a job says alone: everything else is asked of these few.
OLD_ENOUGH = text(f"""
    SELECT j.id FROM (
        SELECT id, job_type_id, status, last_status_change FROM job WHERE id > :after_id AND id <= :max_id ORDER BY id OFFSET 0
    ) AS j JOIN {BOUNDS} ON b.job_type_id = j.job_type_id
    WHERE j.status IN ({FINAL})
        AND j.last_status_change < CASE j.status WHEN 'FAILED' THEN b.failed_before ELSE b.jobs_before END
    ORDER BY j.id LIMIT :limit
""")  # noqa: S608
STILL = text(f"SELECT j.id FROM {PURGEABLE_JOBS} AND j.id = ANY(:ids) ORDER BY j.id")  # noqa: S608
LOCK = text(f"{STILL.text} FOR UPDATE OF j")
LOCK_FILES = text("SELECT id FROM file WHERE job_id = ANY(:ids) ORDER BY id FOR UPDATE")
EXECUTIONS = text("""
    SELECT id, cluster_id, COALESCE(started, queued) AS started, ended, log_lines FROM execution
    WHERE job_id = ANY(:ids) ORDER BY id
""")
# Their names are what log stores know executions by.
EXPIRED_EXECUTIONS = text("""
    SELECT e.id, e.cluster_id, COALESCE(e.started, e.queued) AS started, e.ended, e.log_lines
    FROM execution e JOIN unnest(CAST(:type_ids AS bigint[]), CAST(:lines_before AS timestamptz[]))
        AS b(job_type_id, lines_before) ON b.job_type_id = e.job_type_id
    WHERE (e.cluster_id = ANY(:names) OR e.cluster_id = '' AND e.id = ANY(:ids))
        AND e.status <> 'RUNNING' AND e.ended < b.lines_before
        AND NOT EXISTS (SELECT FROM job_hold h WHERE h.job_id = e.job_id)
    ORDER BY e.id
""")
PRODUCTS = text(f"""
    SELECT f.id, w.configuration, f.file_path, f.is_deleted
    FROM file f JOIN job j ON j.id = f.job_id JOIN workspace w ON w.id = f.workspace_id
        JOIN {BOUNDS} ON b.job_type_id = j.job_type_id
    WHERE f.job_id = ANY(:ids) AND b.products_before IS NOT NULL ORDER BY f.id
""")  # noqa: S608
COUNTS = text(f"""
    WITH jobs AS (SELECT j.id, j.job_type_id, b.products_before FROM {PURGEABLE_JOBS} LIMIT :limit)
    SELECT j.job_type_id, count(*), COALESCE(sum(e.executions), 0)::bigint, COALESCE(sum(f.files), 0)::bigint,
           COALESCE(sum(e.lines), 0)::bigint
    FROM jobs j
        CROSS JOIN LATERAL (
            SELECT count(*) AS executions, sum(log_lines) AS lines FROM execution WHERE job_id = j.id) e
        CROSS JOIN LATERAL (
            SELECT count(*) AS files FROM file WHERE job_id = j.id AND j.products_before IS NOT NULL) f
    GROUP BY j.job_type_id ORDER BY j.job_type_id
""")  # noqa: S608
# Jobs are made with the key that they are known by: only keys of about that time are looked through.
DELETE_KEYS_OF_MANY = text("""
    DELETE FROM idempotency_key k USING (
        SELECT min(created) - interval '1 day' AS first, max(created) + interval '1 day' AS last FROM job WHERE id = ANY(:ids)
    ) t
    WHERE k.created BETWEEN t.first AND t.last AND k.job_ids && CAST(:ids AS bigint[])
""")
DELETE = (
    text("SELECT set_config('jobsvc.purge', 'on', true)"),
    text("DELETE FROM job_label WHERE job_id = ANY(:ids)"),
    text("DELETE FROM job_input_file WHERE job_id = ANY(:ids)"),
    text("DELETE FROM file WHERE id = ANY(:file_ids)"),
    text("UPDATE file SET job_id = NULL, job_exe_id = NULL WHERE job_id = ANY(:ids)"),
    text("UPDATE file SET job_exe_id = NULL WHERE job_exe_id = ANY(:execution_ids)"),
    text("DELETE FROM idempotency_key WHERE job_id = ANY(:ids)"),
    DELETE_KEYS_OF_MANY,
    text("UPDATE job SET superseded_job_id = NULL WHERE superseded_job_id = ANY(:ids)"),
    text("UPDATE job SET root_superseded_job_id = NULL WHERE root_superseded_job_id = ANY(:ids)"),
    text("DELETE FROM recipe_node WHERE job_id = ANY(:ids)"),
    text("DELETE FROM execution WHERE job_id = ANY(:ids)"),
    text("DELETE FROM job WHERE id = ANY(:ids)"),
    text("SELECT set_config('jobsvc.purge', '', true)"),
)


class PurgeRepository:
    """Looks for jobs that may go, and lets them go; `bounds` say what that is, for all job types of which something may go."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self) -> None:
        """Wait until nobody says what is held, and keep others from it until the end of the transaction."""
        await advisory_locks.lock(self._connection, advisory_locks.RETENTION)

    async def count(self, bounds: Sequence[PurgeBounds], max_id: int) -> int:
        """How many jobs with ids up to `max_id` may go."""
        return int((await self._execute(COUNT, bounds, max_id=max_id)).scalar_one())

    async def counts(self, bounds: Sequence[PurgeBounds], limit: int) -> list[PurgeCount]:
        """What may go by job type, of `limit` jobs at most."""
        return [PurgeCount._make(row) for row in await self._execute(COUNTS, bounds, limit=limit)]

    async def lock_next(self, bounds: Sequence[PurgeBounds], *, after_id: int, max_id: int, limit: int) -> PurgeLook:
        """Look for the next jobs, by id, that may go, among some; lock them, and their products."""
        window = {"after_id": after_id, "max_id": max_id, "window": WINDOW}
        last, count = (await self._connection.execute(LAST_LOOKED_AT, window)).one()
        old = await self._execute(OLD_ENOUGH, bounds, after_id=after_id, max_id=last or after_id, limit=limit)
        candidates = list(old.scalars())
        ids = list((await self._execute(LOCK, bounds, ids=candidates)).scalars())
        await self._connection.execute(LOCK_FILES, {"ids": ids})
        is_full = len(candidates) == limit
        return PurgeLook(ids, candidates[-1] if is_full else last, is_last=not is_full and count < WINDOW)

    async def still(self, bounds: Sequence[PurgeBounds], ids: Sequence[int]) -> list[int]:
        """Those of locked jobs that may go as all stands now: before they were locked somebody may have come between."""
        return list((await self._execute(STILL, bounds, ids=list(ids))).scalars())

    async def executions(self, ids: Sequence[int]) -> list[LoggedExecution]:
        """The executions of jobs."""
        return [LoggedExecution(*row) for row in await self._connection.execute(EXECUTIONS, {"ids": list(ids)})]

    async def expired_executions(self, names: Sequence[str], bounds: Mapping[int, datetime | None]) -> list[LoggedExecution]:
        """Those of executions whose lines may go: `bounds` say by job type before when they ended; None: they stay."""
        parameters = {
            "names": list(names),
            "ids": [number for name in names if (number := execution_id_of(name)) is not None],
            "type_ids": list(bounds),
            "lines_before": list(bounds.values()),
        }
        return [LoggedExecution(*row) for row in await self._connection.execute(EXPIRED_EXECUTIONS, parameters)]

    async def products(self, bounds: Sequence[PurgeBounds], ids: Sequence[int]) -> list[DoomedFile]:
        """The products of jobs that go with them."""
        return [DoomedFile._make(row) for row in await self._execute(PRODUCTS, bounds, ids=list(ids))]

    async def delete(self, ids: Sequence[int], execution_ids: Sequence[int], file_ids: Sequence[int]) -> None:
        """Delete jobs with all that is theirs; what points to them points to nothing."""
        parameters = {"ids": list(ids), "execution_ids": list(execution_ids), "file_ids": list(file_ids)}
        for statement in DELETE:
            names = statement.compile().params
            await self._connection.execute(statement, {name: parameters[name] for name in names})

    async def _execute(self, statement: TextClause, bounds: Sequence[PurgeBounds], **parameters: Any) -> CursorResult[Any]:
        type_ids, jobs, failed, products = ([list(column) for column in zip(*bounds, strict=True)]) if bounds else ([],) * 4
        parameters |= {"type_ids": type_ids, "jobs_before": jobs, "failed_before": failed, "products_before": products}
        if "latest" in statement.compile().params:
            # The last moment for all of them: a range of an index, whatever the job type is.
            parameters["latest"] = max([moment for moment in (*jobs, *failed) if moment is not None], default=NEVER)
        return await self._connection.execute(statement, parameters)
