"""Plots of job types, as user interfaces of the documented system draw them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date

from jobsvc.db.counting.days import FIRST, LAST
from jobsvc.db.database import Database
from jobsvc.domain.errors import NotFound
from jobsvc.domain.filters import JobTypeFilter, TimeRange
from jobsvc.domain.paging import Page, PageRequest, paginate
from jobsvc.domain.plots import JOB_TYPES, TIMES, MetricDetails, MetricType, Plot, chosen_columns, plot
from jobsvc.services.clock import Clock

ALL = PageRequest(size=1_000_000)
"""All job types: those that a user interface lets choose."""


@dataclass(frozen=True)
class PlotRequest:
    """What is to be plotted: of which job types (none: all together), which columns, and which groups of them."""

    choices: Collection[int]
    columns: Collection[str]
    groups: Collection[str]


class PlotService:
    """Use cases around what can be plotted."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def types(self, request: PageRequest) -> Page[MetricType]:
        """What can be plotted."""
        return paginate([JOB_TYPES], request)

    async def get(self, name: str) -> MetricDetails:
        """What of one kind can be plotted, and of which job types.

        Raises:
            NotFound: There is none of this name.
        """
        _require(name)
        async with self._db.reading() as tx:
            types = await tx.job_types.page(JobTypeFilter(), ALL)
        return MetricDetails(JOB_TYPES, [item.job_type for item in types.items])

    async def plots(self, name: str, chosen: PlotRequest, window: TimeRange, request: PageRequest) -> Page[Plot]:
        """A page of columns, each day by day (of UTC) from the day of the begin to that of the end, by default all days.

        Raises:
            NotFound: There is none of this name.
        """
        _require(name)
        page = paginate(chosen_columns(chosen.columns, chosen.groups), request)
        first = _day(window.started.date()) if window.started else FIRST
        last = _day((window.ended or self._clock()).astimezone(UTC).date())
        with_times = any(column.group in TIMES for column in page.items)
        async with self._db.reading() as tx:
            numbers = await tx.plots.numbers(chosen.choices or None, first, last, with_times=with_times)
        return page.of([plot(column, numbers, is_by_type=len(chosen.choices) > 1) for column in page.items])


def _require(name: str) -> None:
    if name != JOB_TYPES.name:
        raise NotFound("Metrics type", name)


def _day(day: date) -> date:
    return min(max(day, FIRST), LAST)
