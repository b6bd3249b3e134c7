"""What can be plotted, and plots (docs/spec/behaviour/siblings.md)."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from jobsvc.api.models import ApiModel, PageOf, Source
from jobsvc.api.v6.schemas.common import JobTypeBase
from jobsvc.domain.plots import Aggregate


class MetricsFilter(ApiModel):
    """A member of the choices, to choose by."""

    param: str = Field(description="The name of the member.")
    type: str = Field(description="The type of its values.")


class MetricsGroup(ApiModel):
    """Columns that belong together."""

    name: str = Field(description="The name, for `group`.")
    title: str = Field(description="The human readable display name.")
    description: str = Field(description="A longer description.")


class MetricsColumn(ApiModel):
    """What can be plotted."""

    name: str = Field(description="The name, for `column`.")
    title: str = Field(description="The human readable display name.")
    description: str = Field(description="A longer description.")
    units: str = Field(description="What the values are: count, seconds.")
    group: str = Field(description="The group that it belongs to.")
    aggregate: Aggregate = Field(description="What a value is made by of those of several job types or executions.")


class MetricsType(ApiModel):
    """What there is to plot of one kind."""

    name: str = Field(description="The name, for paths.")
    title: str = Field(description="The human readable display name.")
    description: str = Field(description="A longer description.")
    filters: list[MetricsFilter] = Field(description="What of the choices they can be chosen by.")
    groups: list[MetricsGroup] = Field(description="The groups of the columns.")
    columns_: Annotated[list[MetricsColumn], Source("columns")] = Field(alias="columns", description="What can be plotted.")


class MetricsTypePage(PageOf[MetricsType]):
    """A page of what there is to plot."""


class MetricsDetails(MetricsType, inherited="type"):
    """The same with the job types that can be chosen."""

    choices: list[JobTypeBase] = Field(description="The job types, for `choice_id`.")


class PlotValue(ApiModel):
    """The number of a day."""

    id: int | None = Field(description="The job type; null unless several were chosen, as the number is that of all together.")
    date: dt.date = Field(description="The day, of UTC.")
    value: int = Field(description="The number.")


class Plot(ApiModel):
    """A column day by day; ends are null when there are no values."""

    column: MetricsColumn = Field(description="What is plotted.")
    min_x: dt.date | None = Field(description="The first day.")
    max_x: dt.date | None = Field(description="The last day.")
    min_y: int | None = Field(description="The lowest value.")
    max_y: int | None = Field(description="The highest value.")
    values: list[PlotValue] = Field(
        description="The values, the earliest day first; days on which nothing became final have none."
    )


class PlotPage(PageOf[Plot]):
    """A page of plots."""
