"""Batches (docs/spec/behaviour/siblings.md)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from jobsvc.api.models import ITSELF, ApiModel, Computed, Document, PageOf
from jobsvc.api.v6.schemas.common import Batch, Event, RecipeTypeBase
from jobsvc.api.v6.schemas.recipe_types import RecipeTypeRevBase, RecipeTypeRevDetails
from jobsvc.domain import provenance_records as records
from jobsvc.domain.iso8601 import write_duration


def _duration(name: str) -> Computed:
    """To the second, as the documented system writes it."""

    def of(metrics: records.NodeMetrics) -> str | None:
        duration: timedelta | None = getattr(metrics, name)
        return None if duration is None else write_duration(timedelta(seconds=round(duration.total_seconds())))

    return Computed(of)


def _with_revision(item: records.BatchItem) -> records.BatchItem | None:
    """The batch when both are known of it: its recipe type and the revision."""
    return None if item.recipe_type is None or item.revision is None else item


def _details_with_revision(details: records.BatchDetails) -> records.BatchDetails | None:
    return None if _with_revision(details.item) is None else details


def _metrics(details: records.BatchDetails) -> Mapping[str, records.NodeMetrics]:
    return {metrics.node_name: metrics for metrics in details.metrics}


class JobCounts(ApiModel, columns="jobs"):
    """How many jobs there are below something, in all and by status."""

    jobs_total: int = Field(description="The number of jobs.")
    jobs_pending: int = Field(description="The number of pending jobs.")
    jobs_blocked: int = Field(description="The number of blocked jobs.")
    jobs_queued: int = Field(description="The number of queued jobs.")
    jobs_running: int = Field(description="The number of running jobs.")
    jobs_failed: int = Field(description="The number of failed jobs.")
    jobs_completed: int = Field(description="The number of completed jobs.")
    jobs_canceled: int = Field(description="The number of canceled jobs.")


class EventDetails(Event, inherited="item.event"):
    """A cause with its circumstances."""

    description: Annotated[Document, Computed(lambda details: details.event_description or {})] = Field(
        description="The circumstances."
    )


class JobMetrics(JobCounts):
    """The jobs at one node of the recipes of a batch; durations are ISO-8601, of the completed ones."""

    min_seed_duration: Annotated[str | None, _duration("min_seed_duration")] = Field(
        description="The shortest run of the job's process."
    )
    avg_seed_duration: Annotated[str | None, _duration("avg_seed_duration")] = Field(
        description="The average run of the job's process."
    )
    max_seed_duration: Annotated[str | None, _duration("max_seed_duration")] = Field(
        description="The longest run of the job's process."
    )
    min_job_duration: Annotated[str | None, _duration("min_job_duration")] = Field(
        description="The shortest total time of an execution."
    )
    avg_job_duration: Annotated[str | None, _duration("avg_job_duration")] = Field(
        description="The average total time of an execution."
    )
    max_job_duration: Annotated[str | None, _duration("max_job_duration")] = Field(
        description="The longest total time of an execution."
    )


class BatchColumns(ApiModel, columns="batch"):
    """What is known of a batch itself."""

    id: int = Field(description="The unique identifier of the model.")
    title: str | None = Field(description="The human readable name of the batch.")
    description: str | None = Field(description="A longer description of the batch.")
    is_superseded: bool = Field(description="Whether this batch has been replaced and is now obsolete.")
    is_creation_done: bool = Field(description="Whether all recipes of the batch have been made.")
    recipes_estimated: int = Field(description="How many recipes the batch will have.")
    recipes_total: int = Field(description="How many recipes the batch has.")
    recipes_completed: int = Field(description="The number of completed ones.")
    created: datetime = Field(description="When the batch was created.")
    superseded: datetime | None = Field(description="When the batch became superseded by another batch.")
    last_modified: datetime = Field(description="When the associated database model was last saved.")


class BatchBase(JobCounts, BatchColumns):
    """What the list and the details of batches share; what both show in forms of their own keeps its place here."""

    recipe_type: RecipeTypeBase | None = Field(description="The recipe type.")
    recipe_type_rev: RecipeTypeRevBase | RecipeTypeRevDetails | None
    event: Event | EventDetails | None
    root_batch: Batch | None = Field(description="The first batch of the chain that this one belongs to.")
    superseded_batch: Batch | None = Field(description="The batch that this one replaced.")


class BatchItem(BatchBase):
    """A batch as the list shows it."""

    recipe_type_rev: Annotated[RecipeTypeRevBase | None, Computed(_with_revision)] = Field(
        description="The revision of the recipe type."
    )
    event: Event | None = Field(description="What caused it.")


class BatchDetails(BatchBase, inherited="item"):
    """A batch with all that belongs to it."""

    recipe_type_rev: Annotated[RecipeTypeRevDetails | None, Computed(_details_with_revision)] = Field(
        description="The revision of the recipe type."
    )
    event: Annotated[EventDetails | None, ITSELF] = Field(description="What caused it.")
    definition: Document = Field(description="What the batch runs.")
    configuration: Document = Field(description="How the jobs of the batch are run.")
    job_metrics: Annotated[dict[str, JobMetrics], Computed(_metrics)] = Field(
        description="Jobs by the name of their node in the recipes."
    )


class BatchPage(PageOf[BatchItem]):
    """A page of batches."""
