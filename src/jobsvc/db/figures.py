"""Figures of jobs: numbers by group and over time, and how long the last executions waited and ran.

What is counted by state is there at once; else the rows are counted, within the time that a list may take.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Integer, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.counting.groups import groups_of, histogram_of, is_counted
from jobsvc.db.resolving import resolved, selects_nothing
from jobsvc.db.seeking import starts
from jobsvc.db.time_limits import time_limit
from jobsvc.domain.figures import GroupBy, Interval, JobGroup, Percentiles, Split
from jobsvc.domain.filters import JobFilter

HELP = (
    "Ask for a shorter time with `started` and `ended`, or by `status`, `job_type_name`, `error_id`, `is_superseded` and "
    "`batch_id` alone, which are counted."
)
LOOKED_AT, KNOWN_RUNS, KNOWN_TYPES = 200, 50, 40
"""Of the executions of a type that changed last so many are looked at, so many are used, and of so many types in one answer."""
# Types that stand in several groups are read once; groups of the same types have the same figures.
LASTED = text("""
    WITH recent AS MATERIALIZED (
        SELECT t.id, r.wait, r.run FROM unnest(:ids) AS t(id) CROSS JOIN LATERAL (
            SELECT date_part('epoch', started - queued) AS wait, date_part('epoch', ended - started) AS run
            FROM (SELECT queued, started, ended, last_modified, id FROM execution WHERE job_type_id = t.id
                  ORDER BY last_modified DESC, id DESC LIMIT :looked_at) last
            WHERE started IS NOT NULL AND ended IS NOT NULL ORDER BY last_modified DESC, id DESC LIMIT :known
        ) r
    )
    SELECT g.place, count(*) AS executions,
           percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY wait) AS waits,
           percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY run) AS runs
    FROM unnest(:places, :types) AS g(place, id) JOIN recent USING (id) GROUP BY g.place
""").bindparams(
    *(bindparam(name, type_=ARRAY(BigInteger)) for name in ("ids", "types")), bindparam("places", type_=ARRAY(Integer))
)


class FigureRepository:
    """Counts jobs by what they have in common."""

    def __init__(self, connection: AsyncConnection, list_seconds: float) -> None:
        """`list_seconds` is how long it may take to count what no count knows."""
        self._connection = connection
        self._list_seconds = list_seconds

    async def groups(self, criteria: JobFilter, by: tuple[GroupBy, ...]) -> list[tuple[JobGroup, Sequence[int]]]:
        """The groups of the jobs that match, the largest first, and the ids of the job types of each.

        Raises:
            DatabaseBusy: It takes too long; the text says what would help.
        """
        criteria = await resolved(self._connection, criteria)
        if selects_nothing(criteria):
            return []
        starting = await starts(self._connection, criteria)
        async with self._limit(is_counted=is_counted(criteria)):
            rows = (await self._connection.execute(groups_of(criteria, by, starting))).mappings().all()
        return [(JobGroup(**{name: value for name, value in row.items() if name != "types"}), row["types"]) for row in rows]

    async def with_times(self, groups: Sequence[tuple[JobGroup, Sequence[int]]]) -> list[JobGroup]:
        """The same groups, with what the last executions of their job types waited and ran.

        Of so many types at most, those of the first groups: who asks for more shows it page by page.
        """
        ids = list(dict.fromkeys(job_type_id for _, types in groups for job_type_id in types))[:KNOWN_TYPES]
        known = set(ids)
        sets = [frozenset(types) & known for _, types in groups]
        places = {types: place for place, types in enumerate(dict.fromkeys(sets))}
        members = [(place, job_type_id) for types, place in places.items() for job_type_id in types]
        parameters = {"ids": ids, "places": [place for place, _ in members], "types": [id_ for _, id_ in members]}
        rows = await self._connection.execute(LASTED, {**parameters, "looked_at": LOOKED_AT, "known": KNOWN_RUNS})
        lasted: dict[int, dict[str, Any]] = {
            row.place: {"executions": row.executions, "waiting": Percentiles(*row.waits), "running": Percentiles(*row.runs)}
            for row in rows
        }
        return [replace(group, **lasted.get(places[types], {})) for (group, _), types in zip(groups, sets, strict=True)]

    async def over_time(self, criteria: JobFilter, interval: Interval, split: Split | None) -> list[tuple[datetime, str, int]]:
        """How many jobs of a filter with both times changed last in an interval, by its begin and the value of the split.

        Raises:
            DatabaseBusy: It takes too long; the text says what would help.
        """
        criteria = await resolved(self._connection, criteria)
        if selects_nothing(criteria):
            return []
        starting = await starts(self._connection, criteria)
        async with self._limit():
            rows = await self._connection.execute(histogram_of(criteria, interval, split, starting))
        return [(row.bucket, row.value, row.number) for row in rows]

    def _limit(self, *, is_counted: bool = False) -> AbstractAsyncContextManager[None]:
        return nullcontext() if is_counted else time_limit(self._connection, self._list_seconds, HELP)
