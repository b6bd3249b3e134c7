"""Jobs with their executions, recipes and products.

See docs/spec/services/v3-job-details.md and docs/spec/services/v3-jobs-with-executions.md.
"""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import Field, RootModel, model_validator

from jobsvc.api.body import StrictRequestBody
from jobsvc.api.models import ITSELF, ApiModel, Computed, Document, PageOf, Source
from jobsvc.api.v3.schemas.common import ErrorDetails, Event, EventDetails, JobTypeDetails, JobTypeRevDetails, Ref
from jobsvc.api.v3.schemas.executions import ExecutionOfJob
from jobsvc.api.v3.schemas.files import ProductFile, ScaleFile
from jobsvc.api.v3.schemas.jobs import Job, JobBase, JobShort
from jobsvc.domain.records import JobTypeRef
from jobsvc.domain.status import JobStatus
from jobsvc.domain.v3.records import V3JobDetails, V3JobTypeColumns


class JobWithExecution(Job, inherited="item"):
    """A job with its latest execution."""

    latest_job_exe: ExecutionOfJob | None = Field(description="The most recent execution of the job.")


class JobWithExecutionPage(PageOf[JobWithExecution]):
    """A page of jobs with their latest executions."""


class RecipeType(ApiModel):
    """The type of a recipe."""

    id: int = Field(description="The unique identifier of the model.")
    name: str = Field(description="The stable name of the recipe type.")
    version: str | None = Field(description="The version of the recipe type.")
    title: str | None = Field(description="The human readable name of the recipe type.")
    description: str | None = Field(description="A longer description of the recipe type.")


class RecipeTypeRev(ApiModel):
    """The revision of a recipe type that a recipe follows."""

    id: Annotated[int, Source("revision_id")] = Field(description="The unique identifier of the model.")
    recipe_type: Annotated[Ref, Source("type_id")]
    revision_num: int = Field(description="The number of the revision.")


class Recipe(ApiModel):
    """A recipe that the job belongs to."""

    id: int = Field(description="The unique identifier of the model.")
    recipe_type: Annotated[RecipeType, Source("type_")] = Field(description="The type of the recipe.")
    recipe_type_rev: Annotated[RecipeTypeRev, ITSELF] = Field(description="The revision of that type.")
    event: Event | None = Field(description="The trigger event that is associated with the recipe.")
    is_superseded: bool = Field(description="Whether the recipe has been replaced and is now obsolete.")
    root_superseded_recipe: Annotated[Ref | None, Source("root_superseded_recipe_id")] = Field(
        description="The first recipe in the current chain of superseded recipes."
    )
    superseded_recipe: Annotated[Ref | None, Source("superseded_recipe_id")] = Field(
        description="The recipe that was superseded by this one."
    )
    superseded_by_recipe: Annotated[Ref | None, Source("superseded_by_recipe_id")] = Field(
        description="The recipe that superseded this one."
    )
    created: datetime = Field(description="When the associated database model was initially created.")
    completed: datetime | None = Field(description="When all jobs of the recipe were completed.")
    superseded: datetime | None = Field(description="When the recipe became superseded by another one.")
    last_modified: datetime = Field(description="When the associated database model was last saved.")


NAME = "The name of the {} as defined by the job type interface."
TYPE = "The type of the {} as defined by the job type interface."


class FileInput(ApiModel):
    """An input of the job interface that takes one file."""

    name: str = Field(description=NAME.format("input"))
    type: Literal["file"] = Field(description=TYPE.format("input"))
    value: ScaleFile | None = Field(description="The file; null when it was not given.")


class FilesInput(ApiModel):
    """An input of the job interface that takes several files."""

    name: str = Field(description=NAME.format("input"))
    type: Literal["files"] = Field(description=TYPE.format("input"))
    value: list[ScaleFile] | None = Field(description="The files; null when none were given.")


class PropertyInput(ApiModel):
    """An input of the job interface that takes a simple value."""

    name: str = Field(description=NAME.format("input"))
    type: Literal["property"] = Field(description=TYPE.format("input"))
    value: Any = Field(description="The value; null when it was not given.")


class FileOutput(ApiModel):
    """An output of the job interface that is one file."""

    name: str = Field(description=NAME.format("output"))
    type: Literal["file"] = Field(description=TYPE.format("output"))
    value: ProductFile | None = Field(description="The file; null while there is none.")


class FilesOutput(ApiModel):
    """An output of the job interface that is several files."""

    name: str = Field(description=NAME.format("output"))
    type: Literal["files"] = Field(description=TYPE.format("output"))
    value: list[ProductFile] | None = Field(description="The files; null while there are none.")


class PropertyOutput(ApiModel):
    """An output of the job interface that is a simple value."""

    name: str = Field(description=NAME.format("output"))
    type: Literal["property"] = Field(description=TYPE.format("output"))
    value: Any = Field(description="The value; null while there is none.")


class JobInput(RootModel[Annotated[FileInput | FilesInput | PropertyInput, Field(discriminator="type")]]):
    """An input of the job interface merged with what the job was given for it."""


class JobOutput(RootModel[Annotated[FileOutput | FilesOutput | PropertyOutput, Field(discriminator="type")]]):
    """An output of the job interface merged with what the job made of it."""


class TypeOfJob(NamedTuple):
    """A job type as the details of a job hold it."""

    job_type: JobTypeRef
    columns: V3JobTypeColumns


def _type_of(details: V3JobDetails) -> TypeOfJob:
    return TypeOfJob(details.item.job_type, details.job_type)


class JobDetails(JobBase, inherited="item"):
    """A job with all that belongs to it."""

    job_type: Annotated[JobTypeDetails, Computed(_type_of)] = Field(description="The job type that is associated with the job.")
    job_type_rev: Annotated[JobTypeRevDetails, ITSELF] = Field(
        description="The job type revision: the definition at the time it was scheduled."
    )
    event: EventDetails | None = Field(description="The trigger event that is associated with the job.")
    error: ErrorDetails | None = Field(description="The error that is associated with the job.")
    root_superseded_job: JobShort | None = Field(description="The first job in the current chain of superseded jobs.")
    superseded_job: JobShort | None = Field(description="The previous job in the chain that was superseded by this job.")
    superseded_by_job: JobShort | None = Field(description="The next job in the chain that superseded this job.")
    data: Document = Field(description="An interface description for all the job input and output files.")
    results: Document | None = Field(description="An interface description for all the job results meta-data.")
    recipes: list[Recipe] = Field(description="A list of all recipes associated with the job.")
    job_exes: list[ExecutionOfJob] = Field(description="A list of all job executions associated with the job.")
    inputs: list[JobInput] = Field(description="A list of job interface inputs merged with their respective job data values.")
    outputs: list[JobOutput] = Field(description="A list of job interface outputs merged with their respective result values.")
    input_files: list[ScaleFile] = Field(description="The files that the job reads.")
    products: list[ProductFile] = Field(description="The files that the job made.")


class JobChange(StrictRequestBody):
    """Changeable members of a job."""

    keeps_null: ClassVar[bool] = True

    status: Literal["CANCELED"] = Field(description="The new status: cancels a running, queued, or blocked job.")

    @model_validator(mode="before")
    @classmethod
    def _only_cancels(cls, members: Document) -> Document:
        """The members, if they say to cancel and nothing else (docs/spec/behaviour/v3-jobs.md#update)."""
        if unexpected := sorted(set(members) - {"status"}):
            raise ValueError(f"Unexpected fields: {', '.join(unexpected)}")
        if members.get("status") != JobStatus.CANCELED:
            raise ValueError("status: must be CANCELED")
        return members
