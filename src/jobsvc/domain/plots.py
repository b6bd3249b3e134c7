"""Plots of job types day by day, as user interfaces of the documented system draw them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from jobsvc.domain.records import JobTypeRef


class Aggregate(StrEnum):
    """What a value of several job types is made by."""

    SUM = "sum"
    MIN = "min"
    MAX = "max"
    AVG = "avg"


@dataclass(frozen=True, slots=True)
class MetricColumn:
    """What can be plotted."""

    name: str
    title: str
    description: str
    units: str
    group: str
    aggregate: Aggregate


@dataclass(frozen=True, slots=True)
class MetricGroup:
    """Columns that belong together."""

    name: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class MetricFilter:
    """A member of the choices, to choose by."""

    param: str
    type: str


@dataclass(frozen=True, slots=True)
class MetricType:
    """What there is to plot."""

    name: str
    title: str
    description: str
    filters: Sequence[MetricFilter]
    groups: Sequence[MetricGroup]
    columns: Sequence[MetricColumn]


@dataclass(frozen=True, slots=True)
class MetricDetails:
    """The same with the job types that can be chosen."""

    type: MetricType
    choices: Sequence[JobTypeRef]


@dataclass(frozen=True, slots=True)
class DayNumbers:
    """The numbers of a job type on a day by the name of their column, and of how many executions the times are."""

    job_type_id: int
    day: date
    values: Mapping[str, float]
    executions: int = 0


@dataclass(frozen=True, slots=True)
class PlotValue:
    """A number of a day; the id is that of the job type where several were chosen."""

    date: date
    value: int
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """A column day by day, the earliest day first, and its ends; None where there is nothing."""

    column: MetricColumn
    values: Sequence[PlotValue]

    @property
    def min_x(self) -> date | None:
        """The first day."""
        return min((item.date for item in self.values), default=None)

    @property
    def max_x(self) -> date | None:
        """The last day."""
        return max((item.date for item in self.values), default=None)

    @property
    def min_y(self) -> int | None:
        """The lowest value."""
        return min((item.value for item in self.values), default=None)

    @property
    def max_y(self) -> int | None:
        """The highest value."""
        return max((item.value for item in self.values), default=None)


def _counts() -> Iterable[MetricColumn]:
    names = {
        "completed": "completed",
        "failed": "failed",
        "canceled": "were canceled",
        "total": "completed, failed or were canceled",
    }
    for name, text in names.items():
        yield MetricColumn(f"{name}_count", f"{name.title()} Count", f"Jobs that {text}.", "count", "overview", Aggregate.SUM)
    for name in ("system", "data", "algorithm"):
        text = f"Jobs that failed with an error of the category {name.upper()}."
        yield MetricColumn(f"error_{name}_count", f"{name.title()} Error Count", text, "count", "errors", Aggregate.SUM)


def _times() -> Iterable[MetricColumn]:
    for name, text in (("queue", "waited in the queue"), ("run", "ran")):
        for kind, word in (("sum", "Total"), ("min", "Shortest"), ("max", "Longest"), ("avg", "Average")):
            title, described = f"{name.title()} Time ({kind.title()})", f"{word} time that completed executions {text}."
            yield MetricColumn(f"{name}_time_{kind}", title, described, "seconds", f"{name}_time", Aggregate(kind))


TIMES = frozenset({"queue_time", "run_time"})
"""The groups that are made of executions."""
JOB_TYPES = MetricType(
    "job-types",
    "Job Types",
    "Numbers of jobs and times of executions by job type and day.",
    (MetricFilter("name", "string"), MetricFilter("version", "string")),
    (
        MetricGroup("overview", "Overview", "What became of jobs."),
        MetricGroup("errors", "Errors", "Why jobs failed."),
        MetricGroup("queue_time", "Queue Time", "How long executions waited."),
        MetricGroup("run_time", "Run Time", "How long executions ran."),
    ),
    (*_counts(), *_times()),
)


def chosen_columns(names: Collection[str], groups: Collection[str]) -> list[MetricColumn]:
    """The columns of these names and groups; all when none is named, names that there are none of are left out."""
    if not names and not groups:
        return list(JOB_TYPES.columns)
    return [column for column in JOB_TYPES.columns if column.name in names or column.group in groups]


def plot(column: MetricColumn, numbers: Iterable[DayNumbers], *, is_by_type: bool) -> Plot:
    """A column of these numbers, of the job types one by one or of all of them together."""
    shown = sorted((item for item in numbers if column.name in item.values), key=lambda item: (item.day, item.job_type_id))
    if is_by_type:
        return Plot(column, [PlotValue(item.day, round(item.values[column.name]), item.job_type_id) for item in shown])
    days: dict[date, list[DayNumbers]] = {}
    for item in shown:
        days.setdefault(item.day, []).append(item)
    return Plot(column, [PlotValue(day, round(_together(column, items))) for day, items in days.items()])


def _together(column: MetricColumn, items: Sequence[DayNumbers]) -> float:
    values = [item.values[column.name] for item in items]
    if column.aggregate is Aggregate.MIN:
        return min(values)
    if column.aggregate is Aggregate.MAX:
        return max(values)
    if column.aggregate is Aggregate.AVG:
        return sum(item.values[column.name] * item.executions for item in items) / sum(item.executions for item in items)
    return sum(values)
