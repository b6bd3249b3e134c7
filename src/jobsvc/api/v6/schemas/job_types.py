"""Job types (docs/spec/behaviour/siblings.md)."""

from datetime import datetime
from typing import Annotated, ClassVar, NamedTuple

from pydantic import Field

from jobsvc.api.body import StrictRequestBody
from jobsvc.api.fields import Text
from jobsvc.api.models import ApiModel, Computed, Document, PageOf
from jobsvc.api.v6.schemas.common import JobConfiguration, JobTypeBase, RecipeType
from jobsvc.api.v6.schemas.retry_policies import JobTypeRetryLimits
from jobsvc.domain import records
from jobsvc.domain.retry_policies import TypeRetries
from jobsvc.services.configurations import shown_configuration

Count = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]


def _configuration(details: records.JobTypeDetails) -> Document:
    return shown_configuration(None, details.configuration, details.manifest)


class JobType(JobTypeBase, inherited="job_type"):
    """A job type as its list shows it."""

    docker_image: str | None = Field(description="The image that contains the code to run, if it runs in a container.")
    max_scheduled: int | None = Field(description="How many jobs of the type may run at a time.")
    max_tries: int = Field(description="The maximum number of executions of a job of the type.")
    created: datetime = Field(description="When the associated database model was initially created.")
    deprecated: datetime | None = Field(description="When the job type was deactivated.")
    paused: datetime | None = Field(description="When the job type was paused.")
    last_modified: datetime = Field(description="When the associated database model was last saved.")


class JobTypeDetails(JobType, inherited="item"):
    """A job type with its manifest."""

    manifest: Document = Field(description="The Seed manifest, defaults included.")
    configuration: Annotated[JobConfiguration, Computed(_configuration, is_json=True)] = Field(
        description="How jobs of the type are run, without secret settings."
    )
    recipe_types: list[RecipeType] = Field(description="The recipe types whose definitions use the job type.")
    retry_limits: JobTypeRetryLimits | None = Field(
        description="What limits its retries, and how many are held; null when it names no retry policy."
    )


class RevisionOfType(NamedTuple):
    """A revision with its job type."""

    job_type: records.JobTypeRef
    revision: records.RevisionDetails


class JobTypeRevision(ApiModel, columns="revision"):
    """A revision as the list shows it."""

    id: int = Field(description="The unique identifier of the model.")
    job_type: JobTypeBase = Field(description="The job type.")
    revision_num: int = Field(description="The number of the revision.")
    docker_image: str | None = Field(description="The image that contains the code to run, if it runs in a container.")
    created: datetime = Field(description="When the associated database model was initially created.")


class JobTypeRevisionDetails(JobTypeRevision, columns="revision"):
    """A revision with its manifest."""

    manifest: Document = Field(description="The Seed manifest.")


class JobTypePage(PageOf[JobType]):
    """A page of job types."""


class JobTypeRevisionPage(PageOf[JobTypeRevision]):
    """A page of revisions."""


class JobTypeChange(StrictRequestBody):
    """Changeable members of a job type; a new manifest or image creates a new revision."""

    keeps_null: ClassVar[bool] = True

    manifest: Document | None = Field(None, description="A new Seed manifest.")
    docker_image: Text | None = Field(None, description="A new image.")
    configuration: Document | None = Field(None, description="JSON description of the configuration for running the jobs.")
    retries: TypeRetries | None = Field(
        None, description="What becomes of failures, in place of `retries` of the configuration; null takes it back."
    )
    icon_code: Text | None = Field(None, description="A font-awesome icon code to use when displaying this job type.")
    is_published: bool | None = Field(None, description="Whether the job type's outputs are published.")
    is_active: bool | None = Field(None, description="Whether the job type is active; false deprecates it.")
    is_paused: bool | None = Field(
        None, description="Whether the job type is paused (while paused no jobs of this type will be run)."
    )
    max_scheduled: Count | None = Field(
        None, description="How many jobs of the type may run at a time; null takes the limit back."
    )
    max_tries: Count | None = Field(None, description="The maximum number of executions of a job of the type.")
    auto_update: bool | None = Field(None, description="Accepted for compatibility; there are no recipes to update.")


class JobTypeCreate(JobTypeChange):
    """The definition of a job type."""

    keeps_null: ClassVar[bool] = False

    manifest: Document | None = Field(
        None,
        description="The Seed manifest 1.0.0. Without it, that in the label `com.ngageoint.seed.manifest` of the image is taken: "
        "then `docker_image` is required, and the jobs run in containers unless the configuration names another engine.",
    )
