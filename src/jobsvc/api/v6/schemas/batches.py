"""Batches (docs/spec/behaviour/siblings.md)."""

from datetime import datetime

from pydantic import Field

from jobsvc.api.models import ApiModel, Document, PageOf
from jobsvc.api.v6.schemas.common import Batch, Event, RecipeTypeBase
from jobsvc.api.v6.schemas.recipe_types import RecipeTypeRevBase, RecipeTypeRevDetails


class JobCounts(ApiModel):
    """How many jobs there are below something, in all and by status."""

    jobs_total: int = Field(description="The number of jobs.")
    jobs_pending: int = Field(description="The number of pending jobs.")
    jobs_blocked: int = Field(description="The number of blocked jobs.")
    jobs_queued: int = Field(description="The number of queued jobs.")
    jobs_running: int = Field(description="The number of running jobs.")
    jobs_failed: int = Field(description="The number of failed jobs.")
    jobs_completed: int = Field(description="The number of completed jobs.")
    jobs_canceled: int = Field(description="The number of canceled jobs.")


class EventDetails(Event):
    """A cause with its circumstances."""

    description: Document = Field(description="The circumstances.")


class JobMetrics(JobCounts):
    """The jobs at one node of the recipes of a batch; durations are ISO-8601, of the completed ones."""

    min_seed_duration: str | None = Field(description="The shortest run of the job's process.")
    avg_seed_duration: str | None = Field(description="The average run of the job's process.")
    max_seed_duration: str | None = Field(description="The longest run of the job's process.")
    min_job_duration: str | None = Field(description="The shortest total time of an execution.")
    avg_job_duration: str | None = Field(description="The average total time of an execution.")
    max_job_duration: str | None = Field(description="The longest total time of an execution.")


class BatchBase(Batch, JobCounts):
    """What the list and the details of batches share."""

    recipe_type: RecipeTypeBase | None = Field(description="The recipe type.")
    is_superseded: bool = Field(description="Whether this batch has been replaced and is now obsolete.")
    root_batch: Batch | None = Field(description="The first batch of the chain that this one belongs to.")
    superseded_batch: Batch | None = Field(description="The batch that this one replaced.")
    is_creation_done: bool = Field(description="Whether all recipes of the batch have been made.")
    recipes_estimated: int = Field(description="How many recipes the batch will have.")
    recipes_total: int = Field(description="How many recipes the batch has.")
    recipes_completed: int = Field(description="The number of completed ones.")
    superseded: datetime | None = Field(description="When the batch became superseded by another batch.")
    last_modified: datetime = Field(description="When the associated database model was last saved.")


class BatchItem(BatchBase):
    """A batch as the list shows it."""

    recipe_type_rev: RecipeTypeRevBase | None = Field(description="The revision of the recipe type.")
    event: Event | None = Field(description="What caused it.")


class BatchDetails(BatchBase):
    """A batch with all that belongs to it."""

    recipe_type_rev: RecipeTypeRevDetails | None = Field(description="The revision of the recipe type.")
    event: EventDetails | None = Field(description="What caused it.")
    definition: Document = Field(description="What the batch runs.")
    configuration: Document = Field(description="How the jobs of the batch are run.")
    job_metrics: dict[str, JobMetrics] = Field(description="Jobs by the name of their node in the recipes.")


class BatchPage(PageOf[BatchItem]):
    """A page of batches."""
