"""Recipes (behaviour.md, section 15)."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from jobsvc.api.v6.schemas.batches import EventDetails, JobCounts
from jobsvc.api.v6.schemas.common import (
    Batch,
    Document,
    Event,
    FilesAndJson,
    JobTypeBase,
    PageOf,
    RecipeBase,
    RecipeTypeBase,
    Ref,
    Shape,
)
from jobsvc.api.v6.schemas.recipe_types import RecipeTypeRevBase, RecipeTypeRevDetails


class SubRecipeCounts(Shape):
    """How many recipes stand at the nodes of a recipe."""

    sub_recipes_total: int
    sub_recipes_completed: int


class RecipeShared(JobCounts, SubRecipeCounts):
    """What the list and the details of recipes share."""

    id: int = Field(description="The unique identifier of the model.")
    recipe_type: RecipeTypeBase
    ingest_event: Event | None
    recipe: RecipeBase | None = Field(description="The recipe that contains this one.")
    batch: Batch | None
    is_superseded: bool = Field(description="Whether this recipe has been replaced and is now obsolete.")
    input_file_size: float | None = Field(description="The disk space in MiB required for input files for this recipe.")
    source_started: datetime | None
    source_ended: datetime | None
    source_sensor_class: str | None
    source_sensor: str | None
    source_collection: str | None
    source_task: str | None
    is_completed: bool
    created: datetime
    completed: datetime | None = Field(description="When every job of the recipe was completed.")
    superseded: datetime | None = Field(description="When the recipe became superseded by another recipe.")
    last_modified: datetime


class RecipeItem(RecipeShared):
    """A recipe as the list shows it."""

    recipe_type_rev: RecipeTypeRevBase
    event: Event | None
    superseded_recipe: Ref | None = Field(description="The recipe that this one replaced.")


class JobNode(Shape):
    """That a job stands at a node."""

    node_type: Literal["job"]
    job_type_name: str
    job_type_version: str
    job_type_revision: int
    job_id: int
    status: str


class RecipeNode(JobCounts, SubRecipeCounts):
    """That a recipe stands at a node."""

    node_type: Literal["recipe"]
    recipe_type_name: str
    recipe_type_revision: int
    recipe_id: int
    is_completed: bool


class Dependency(Shape):
    """What a node waits for."""

    name: str


class RecipeGraphNode(Shape):
    """A node of a recipe."""

    dependencies: list[Dependency]
    node_type: JobNode | RecipeNode


class RecipeGraph(Shape):
    """The nodes of a recipe by name."""

    nodes: dict[str, RecipeGraphNode]


class RecipeDetails(RecipeShared):
    """A recipe with all that belongs to it."""

    recipe_type_rev: RecipeTypeRevDetails
    event: EventDetails | None
    superseded_recipe: RecipeBase | None = Field(description="The recipe that this one replaced.")
    superseded_by_recipe: RecipeBase | None = Field(description="The recipe that replaced this one.")
    input: FilesAndJson
    configuration: Document
    details: RecipeGraph
    job_types: list[JobTypeBase] = Field(description="The job types of the jobs at the nodes.")
    sub_recipe_types: list[RecipeTypeBase] = Field(description="The recipe types of the recipes at the nodes.")


class RecipePage(PageOf[RecipeItem]):
    """A page of recipes."""
