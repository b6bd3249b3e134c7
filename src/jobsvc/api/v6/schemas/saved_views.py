"""Views of lists by name."""

from datetime import datetime

from pydantic import Field

from jobsvc.api.body import StrictRequestBody
from jobsvc.api.fields import Text
from jobsvc.api.models import ApiModel, PageOf


class SavedView(ApiModel):
    """A query of the list of jobs by a name."""

    name: str = Field(description="What it is called.")
    query: str = Field(description="The query of the console's page of jobs, most of which is that of `/jobs/`.")
    created: datetime = Field(description="When it was made.")
    created_by: str = Field(description="Who has made it, and may change it besides operators.")


class SavedViewPage(PageOf[SavedView]):
    """A page of views."""


class SavedViewSet(StrictRequestBody):
    """What a view shows."""

    query: Text = Field(description="The query, without `?`: 4,000 characters at most.")
