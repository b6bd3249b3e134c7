"""Figures of jobs: by group, and over time."""

from collections.abc import Sequence

from jobsvc.db.database import Database
from jobsvc.domain.figures import GroupBy, Histogram, HistogramBar, Interval, JobGroup, Split, bars, begins, histogram_range
from jobsvc.domain.filters import JobFilter, TimeRange
from jobsvc.domain.paging import Page, PageRequest, paginate
from jobsvc.services.clock import Clock


class FigureService:
    """Use cases that show jobs as numbers."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    async def stats(self, criteria: JobFilter, by: Sequence[GroupBy], request: PageRequest) -> Page[JobGroup]:
        """The groups of the jobs that match, the largest first."""
        async with self._db.reading() as tx:
            page = paginate(await tx.figures.groups(criteria, tuple(by)), request)
            return page.of(await tx.figures.with_times(page.items) if page.items else [])

    async def histogram(self, criteria: JobFilter, interval: Interval, split: Split | None) -> Histogram:
        """How many of the jobs that match changed last in which interval.

        Raises:
            InvalidRequest: The time has too many of these.
        """
        started, ended = histogram_range(TimeRange(started=criteria.started, ended=criteria.ended), interval, self._clock())
        at = begins(started, ended, interval)
        if not at:
            return Histogram(interval, split, [])
        bounded = criteria.model_copy(update={"started": started, "ended": ended})
        async with self._db.reading() as tx:
            numbers = await tx.figures.over_time(bounded, interval, split)
        counts: dict[object, dict[str, int]] = {}
        for moment, value, number in numbers:
            counts.setdefault(moment, {})[value] = number
        results = [
            HistogramBar(bar.started, bar.ended, sum(own.values()), own if split else {})
            for moment, bar in zip(at, bars(started, ended, at), strict=True)
            for own in [counts.get(moment, {})]
        ]
        return Histogram(interval, split, results)
