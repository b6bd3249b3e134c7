"""How many jobs wait and run at full hours and at a last moment: from counts by hour, and by the rows behind the last full hour.

Samples are a step apart, and the last one ends the range. What begins, or ceases, counts from the next sample on. Only executions
can lie in the past: all that happened to them until the first sample is a sum over months, days and hours.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, DateTime, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.domain.load import STEP, LoadStep

ALL_TYPES = 0
"""The job type under which all are counted together."""
_TIME = DateTime(timezone=True)
_TIMES = ("first", "last", "month", "day", "full")
_OF_TYPES = "(CAST(:ids AS bigint[]) IS NULL OR job_type_id = ANY(:ids))"
_COUNTED = "state IN ('queued', 'running') AND job_type_id = ANY(:counted)"
LOAD = text(f"""
    WITH edge AS (
        SELECT state, moment, n FROM load_count WHERE {_COUNTED} AND grain = 'month' AND moment < :month
        UNION ALL
        SELECT state, moment, n FROM load_count WHERE {_COUNTED} AND grain = 'day' AND moment >= :month AND moment < :day
        UNION ALL
        SELECT state, moment, n FROM load_count WHERE {_COUNTED} AND grain = 'hour' AND moment >= :day AND moment <= :full
        UNION ALL
        SELECT e.state, e.hour, n * e.change FROM execution_delta CROSS JOIN LATERAL (VALUES
            ('queued', queued_hour, 1), ('queued', COALESCE(started_hour, ended_hour), -1), ('running', started_hour, 1),
            ('running', CASE WHEN started_hour IS NOT NULL THEN ended_hour END, -1)
        ) AS e(state, hour, change) WHERE {_OF_TYPES} AND e.hour <= :full
        UNION ALL SELECT 'queued', queued, 1 FROM execution WHERE queued > :full AND queued <= :last AND {_OF_TYPES}
        UNION ALL
        SELECT e.state, started, e.change FROM execution CROSS JOIN (VALUES ('queued', -1), ('running', 1)) AS e(state, change)
        WHERE started > :full AND started <= :last AND {_OF_TYPES}
        UNION ALL
        SELECT CASE WHEN started IS NULL THEN 'queued' ELSE 'running' END, ended, -1 FROM execution
        WHERE ended > :full AND ended <= :last AND {_OF_TYPES}
        UNION ALL SELECT 'queued', queued, 1 FROM queue WHERE queued <= :last AND {_OF_TYPES}
        UNION ALL
        SELECT 'pending', COALESCE(last_status_change, created), 1 FROM job WHERE status = 'PENDING' AND {_OF_TYPES}
    )
    SELECT state, CAST(GREATEST(0, ceil(date_part('epoch', moment - :first) / :step)) AS int) AS sample,
           CAST(sum(n) AS bigint) AS change
    FROM edge WHERE moment <= :last GROUP BY 1, 2 HAVING sum(n) <> 0
""").bindparams(  # noqa: S608 - what is put in is a condition of our own
    *(bindparam(name, type_=ARRAY(BigInteger)) for name in ("ids", "counted")),
    *(bindparam(name, type_=_TIME) for name in _TIMES),
)


async def load_steps(
    connection: AsyncConnection, job_type_ids: Sequence[int] | None, times: Sequence[datetime]
) -> list[LoadStep]:
    """At which samples the numbers of jobs change, of some types or of all; the times ascend."""
    rows = await connection.execute(LOAD, _parameters(job_type_ids, times))
    return [LoadStep(**row) for row in rows.mappings()]


def _parameters(job_type_ids: Sequence[int] | None, times: Sequence[datetime]) -> dict[str, Any]:
    day = times[0].astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "ids": job_type_ids,
        "counted": [ALL_TYPES] if job_type_ids is None else job_type_ids,
        "first": times[0],
        "last": times[-1],
        "month": day.replace(day=1),
        "day": day,
        "full": times[-1].astimezone(UTC).replace(minute=0, second=0, microsecond=0),
        "step": STEP.total_seconds(),
    }
