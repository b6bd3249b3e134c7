"""Batches (behaviour.md, section 15)."""

from datetime import datetime

from pydantic import Field

from jobsvc.api.v6.schemas.common import Batch, Document, Event, PageOf, RecipeTypeBase, Shape
from jobsvc.api.v6.schemas.recipe_types import RecipeTypeRevBase, RecipeTypeRevDetails


class JobCounts(Shape):
    """How many jobs there are below something, in all and by status."""

    jobs_total: int
    jobs_pending: int
    jobs_blocked: int
    jobs_queued: int
    jobs_running: int
    jobs_failed: int
    jobs_completed: int
    jobs_canceled: int


class EventDetails(Event):
    """What caused something, and its circumstances."""

    description: Document


class JobMetrics(JobCounts):
    """The jobs at one node of the recipes of a batch; durations are ISO-8601, of the completed ones."""

    min_seed_duration: str | None = Field(description="The shortest run of the job's process.")
    avg_seed_duration: str | None
    max_seed_duration: str | None
    min_job_duration: str | None = Field(description="The shortest execution in all.")
    avg_job_duration: str | None
    max_job_duration: str | None


class BatchBase(Batch, JobCounts):
    """What the list and the details of batches share."""

    recipe_type: RecipeTypeBase | None
    is_superseded: bool = Field(description="Whether this batch has been replaced and is now obsolete.")
    root_batch: Batch | None = Field(description="The first batch of the chain that this one belongs to.")
    superseded_batch: Batch | None = Field(description="The batch that this one replaced.")
    is_creation_done: bool = Field(description="Whether all recipes of the batch have been made.")
    recipes_estimated: int
    recipes_total: int
    recipes_completed: int
    superseded: datetime | None = Field(description="When the batch became superseded by another batch.")
    last_modified: datetime


class BatchItem(BatchBase):
    """A batch as the list shows it."""

    recipe_type_rev: RecipeTypeRevBase | None
    event: Event | None


class BatchDetails(BatchBase):
    """A batch with all that belongs to it."""

    recipe_type_rev: RecipeTypeRevDetails | None
    event: EventDetails | None
    definition: Document = Field(description="What the batch runs.")
    configuration: Document = Field(description="How the jobs of the batch are run.")
    job_metrics: dict[str, JobMetrics] = Field(description="Jobs by the name of their node in the recipes.")


class BatchPage(PageOf[BatchItem]):
    """A page of batches."""
