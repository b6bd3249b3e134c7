"""On which days of their last change the jobs of a page lie, told by the counts: deep pages need not be walked to."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.counting.days import FIRST, LAST, midnight
from jobsvc.db.counting.starts import UNKNOWN, Starts
from jobsvc.db.tables import JobRow
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.ids import MAX_ID

_STATE = """
    (CAST(:statuses AS text[]) IS NULL OR status = ANY(CAST(:statuses AS text[])))
    AND (CAST(:job_type_ids AS bigint[]) IS NULL OR job_type_id = ANY(CAST(:job_type_ids AS bigint[])))
    AND (CAST(:error_ids AS bigint[]) IS NULL OR error_id = ANY(CAST(:error_ids AS bigint[])))
    AND (CAST(:is_superseded AS boolean) IS NULL OR is_superseded = :is_superseded)
"""
_SEEK = """
    WITH month AS (
        SELECT day, sum(n) AS n FROM (
            SELECT day, n FROM job_count WHERE grain = 'modified_month' AND {state}
            UNION ALL
            SELECT CAST(date_trunc('month', CAST(modified_day AS timestamp)) AS date), n FROM job_delta WHERE {state}
        ) m GROUP BY day
    ), by_month AS (
        SELECT day, n, sum(n) OVER (ORDER BY day {direction}) AS up_to FROM month
    ), near AS (
        SELECT min(day) AS first, CAST(max(day) + interval '1 month' AS date) AS behind, min(up_to - n) AS before
        FROM by_month WHERE up_to > :offset AND up_to - n < :offset + :limit
    ), single AS (
        SELECT day, sum(n) AS n FROM (
            SELECT day, n FROM job_count, near WHERE grain = 'modified_day' AND day >= first AND day < behind AND {state}
            UNION ALL
            SELECT modified_day, n FROM job_delta, near WHERE modified_day >= first AND modified_day < behind AND {state}
        ) d GROUP BY day
    ), by_day AS (
        SELECT day, n, (SELECT before FROM near) + sum(n) OVER (ORDER BY day {direction}) AS up_to FROM single
    )
    SELECT min(day) AS first, max(day) AS last, CAST(min(up_to - n) AS bigint) AS before
    FROM by_day WHERE up_to > :offset AND up_to - n < :offset + :limit
"""
_SEEK_BY_DIRECTION = {
    is_descending: text(_SEEK.format(state=_STATE, direction="DESC" if is_descending else "ASC"))
    for is_descending in (False, True)
}
_REACH = text("""
    SELECT min(day) AS first, max(day) AS last FROM (
        SELECT day, latest_started_day, earliest_ended_day FROM job_source_reach
        UNION ALL SELECT modified_day, source_started_day, source_ended_day FROM job_delta WHERE n > 0
    ) r
    WHERE (CAST(:started AS date) IS NULL OR latest_started_day >= CAST(:started AS date))
      AND (CAST(:ended AS date) IS NULL OR earliest_ended_day <= CAST(:ended AS date))
""")

_STARTS = text("""
    SELECT min(source_started_day) AS first, max(source_started_day) AS last, CAST(coalesce(sum(n), 0) AS bigint) AS number,
           min(source_started_day) FILTER (WHERE source_ended_day = CAST(:ended AS date)) AS first_of_last_day
    FROM (
        SELECT source_started_day, source_ended_day, n FROM job_source_count WHERE dimension = '' AND value = '' AND n > 0
        UNION ALL SELECT source_started_day, source_ended_day, n FROM job_delta WHERE n > 0
    ) d
    WHERE source_started_day >= COALESCE(CAST(:started AS date), '-infinity')
      AND source_ended_day <= COALESCE(CAST(:ended AS date), 'infinity')
""")


@dataclass(frozen=True)
class Stretch:
    """Whole days of `last_modified`, and how many of the jobs that match come before them; None: there is no limit."""

    first: date | None = None
    last: date | None = None
    before: int = 0

    def conditions(self) -> list[ColumnElement[bool]]:
        """That jobs changed last on these days."""
        lower = [] if self.first is None or self.first < FIRST else [JobRow.last_modified >= midnight(self.first)]
        if self.last is None or self.last > LAST:
            return lower
        return [*lower, JobRow.last_modified < midnight(self.last + timedelta(days=1))]


async def seek(connection: AsyncConnection, criteria: JobFilter, *, offset: int, limit: int, is_descending: bool) -> Stretch:
    """The days of the rows from `offset` on, for a filter of nothing but states."""
    parameters = {**_state(criteria), "offset": offset, "limit": limit}
    row = (await connection.execute(_SEEK_BY_DIRECTION[is_descending], parameters)).one()
    return Stretch() if row.first is None else Stretch(row.first, row.last, row.before)


async def reach(connection: AsyncConnection, criteria: JobFilter) -> Stretch:
    """The days beyond which there is no job of a range of source times."""
    started, ended = criteria.source_started, criteria.source_ended
    parameters = {"started": started and started.date(), "ended": ended and ended.date()}
    row = (await connection.execute(_REACH, parameters)).one()
    return Stretch(row.first, row.last)


async def starts(connection: AsyncConnection, criteria: JobFilter) -> Starts:
    """When the sources of a range begin: the index goes by that, and the end of a range does not say it."""
    started, ended = criteria.source_started, criteria.source_ended
    if started is None and ended is None:
        return UNKNOWN
    parameters = {"started": started and started.date(), "ended": ended and ended.date()}
    row = (await connection.execute(_STARTS, parameters)).one()
    if started is None or ended is None:
        return Starts(row.number)
    return Starts(row.number, row.first, row.last, row.first_of_last_day)


def _state(criteria: JobFilter) -> dict[str, Any]:
    ids = {name: _storable(getattr(criteria, name)) for name in ("job_type_ids", "error_ids")}
    statuses = None if criteria.statuses is None else sorted(criteria.statuses)
    return {**ids, "statuses": statuses, "is_superseded": criteria.is_superseded}


def _storable(ids: frozenset[int] | None) -> list[int] | None:
    return None if ids is None else [id_ for id_ in ids if 0 <= id_ <= MAX_ID]
