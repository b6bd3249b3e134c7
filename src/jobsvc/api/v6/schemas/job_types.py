"""Job types (behaviour.md, section 15)."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from jobsvc.api.v6.schemas.common import Configuration, Document, JobTypeBase, PageOf, Shape
from jobsvc.api.wire import Text

Count = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]


class JobType(JobTypeBase):
    """A job type as its list shows it."""

    docker_image: str | None = Field(description="The image that contains the code to run, if it runs in a container.")
    max_scheduled: int | None = Field(description="How many jobs of the type may run at a time.")
    max_tries: int = Field(description="The number of attempts that a job of the type is allowed in all.")
    created: datetime
    deprecated: datetime | None = Field(description="When the job type was deactivated.")
    paused: datetime | None = Field(description="When the job type was paused.")
    last_modified: datetime


class JobTypeDetails(JobType):
    """A job type with its manifest."""

    manifest: Document = Field(description="The Seed manifest, defaults included.")
    configuration: Configuration = Field(description="How jobs of the type are run, without secret settings.")


class JobTypeRevision(Shape):
    """A revision as the list shows it."""

    id: int
    job_type: JobTypeBase
    revision_num: int
    docker_image: str | None
    created: datetime


class JobTypeRevisionDetails(JobTypeRevision):
    """A revision with its manifest."""

    manifest: Document


class JobTypePage(PageOf[JobType]):
    """A page of job types."""


class JobTypeRevisionPage(PageOf[JobTypeRevision]):
    """A page of revisions."""


class JobTypeChange(Shape):
    """What may change of a job type; a new manifest or image makes a new revision."""

    manifest: Document | None = None
    docker_image: Text | None = None
    configuration: Document | None = None
    icon_code: Text | None = None
    is_published: bool | None = None
    is_active: bool | None = None
    is_paused: bool | None = None
    max_scheduled: Count | None = None
    max_tries: Count | None = None
    auto_update: bool | None = Field(None, description="Accepted for compatibility; there are no recipes to update.")


class NewJobType(JobTypeChange):
    """What a job type is made of."""

    manifest: Document = Field(description="The Seed manifest 1.0.0.")
