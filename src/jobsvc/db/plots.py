"""What became of jobs, and how long executions took, by job type and day."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import ARRAY, BigInteger, Date, DateTime, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.counting.days import midnight
from jobsvc.db.time_limits import time_limit
from jobsvc.domain.ids import storable_id
from jobsvc.domain.plots import DayNumbers

HELP = "Ask for a shorter time with `started` and `ended`, for fewer job types, or for the groups `overview` and `errors` alone."
_IDS = bindparam("ids", type_=ARRAY(BigInteger))
_OF_TYPES = "(CAST(:ids AS bigint[]) IS NULL OR job_type_id = ANY(:ids))"
COUNTS = text(f"""
    SELECT c.job_type_id, c.day,
           CAST(sum(n) FILTER (WHERE status = 'COMPLETED') AS bigint) AS completed_count,
           CAST(sum(n) FILTER (WHERE status = 'FAILED') AS bigint) AS failed_count,
           CAST(sum(n) FILTER (WHERE status = 'CANCELED') AS bigint) AS canceled_count,
           CAST(sum(n) AS bigint) AS total_count,
           CAST(sum(n) FILTER (WHERE status = 'FAILED' AND e.category = 'SYSTEM') AS bigint) AS error_system_count,
           CAST(sum(n) FILTER (WHERE status = 'FAILED' AND e.category = 'DATA') AS bigint) AS error_data_count,
           CAST(sum(n) FILTER (WHERE status = 'FAILED' AND e.category = 'ALGORITHM') AS bigint) AS error_algorithm_count
    FROM (
        SELECT job_type_id, status, error_id, day, n FROM job_count
        WHERE grain = 'changed_day' AND day >= :first AND day <= :last AND {_OF_TYPES}
        UNION ALL SELECT job_type_id, status, error_id, changed_day, n FROM job_delta
        WHERE changed_day >= :first AND changed_day <= :last AND {_OF_TYPES}
    ) c LEFT JOIN error e ON e.id = c.error_id
    WHERE status IN ('COMPLETED', 'FAILED', 'CANCELED')
    GROUP BY 1, 2 HAVING sum(n) > 0
""").bindparams(_IDS, bindparam("first", type_=Date), bindparam("last", type_=Date))  # noqa: S608 - what is put in is our own
# What ended in a range was changed since its begin.
TIMES = text(f"""
    SELECT job_type_id, day, count(*) AS executions,
           sum(wait) AS queue_time_sum, min(wait) AS queue_time_min, max(wait) AS queue_time_max, avg(wait) AS queue_time_avg,
           sum(run) AS run_time_sum, min(run) AS run_time_min, max(run) AS run_time_max, avg(run) AS run_time_avg
    FROM (
        SELECT job_type_id, CAST(ended AT TIME ZONE 'UTC' AS date) AS day,
               GREATEST(date_part('epoch', started - queued), 0) AS wait, GREATEST(date_part('epoch', ended - started), 0) AS run
        FROM execution
        WHERE status = 'COMPLETED' AND last_modified >= :since AND ended >= :since AND ended < :before AND {_OF_TYPES}
    ) x GROUP BY 1, 2
""").bindparams(_IDS, *(bindparam(name, type_=DateTime(timezone=True)) for name in ("since", "before")))  # noqa: S608
_OF_LINE = frozenset({"job_type_id", "day", "executions"})


class PlotRepository:
    """Reads numbers by job type and day."""

    def __init__(self, connection: AsyncConnection, list_seconds: float) -> None:
        """`list_seconds` is how long it may take to read the executions of a time."""
        self._connection = connection
        self._list_seconds = list_seconds

    async def numbers(self, job_type_ids: Iterable[int] | None, first: date, last: date, *, with_times: bool) -> list[DayNumbers]:
        """The numbers of the days from the first to the last one, both included; None: of all job types.

        Raises:
            DatabaseBusy: It takes too long; the text says what would help.
        """
        ids = None if job_type_ids is None else sorted(map(storable_id, job_type_ids))
        rows = await self._connection.execute(COUNTS, {"ids": ids, "first": first, "last": last})
        result = {
            (row["job_type_id"], row["day"]): DayNumbers(
                row["job_type_id"], row["day"], {name: value or 0 for name, value in row.items() if name not in _OF_LINE}
            )
            for row in rows.mappings()
        }
        if with_times:
            bounds = {"since": midnight(first), "before": midnight(last + timedelta(days=1))}
            async with time_limit(self._connection, self._list_seconds, HELP):
                times = (await self._connection.execute(TIMES, {"ids": ids, **bounds})).mappings().all()
            for row in times:
                key = row["job_type_id"], row["day"]
                counted = result.get(key, DayNumbers(*key, {}))
                values = {**counted.values, **{name: value for name, value in row.items() if name not in _OF_LINE}}
                result[key] = replace(counted, values=values, executions=row["executions"])
        return list(result.values())
