"""Recipes (docs/spec/behaviour/siblings.md)."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, RootModel

from jobsvc.api.models import ApiModel, Document, PageOf
from jobsvc.api.v6.schemas.batches import EventDetails, JobCounts
from jobsvc.api.v6.schemas.common import Batch, Event, FilesAndJson, JobTypeBase, RecipeBase, RecipeTypeBase, Ref
from jobsvc.api.v6.schemas.recipe_types import RecipeTypeRevBase, RecipeTypeRevDetails
from jobsvc.domain.status import JobStatus


class SubRecipeCounts(ApiModel):
    """How many recipes stand at the nodes of a recipe."""

    sub_recipes_total: int = Field(description="The number of recipes at the nodes.")
    sub_recipes_completed: int = Field(description="The number of completed ones.")


class RecipeShared(JobCounts, SubRecipeCounts):
    """What the list and the details of recipes share."""

    id: int = Field(description="The unique identifier of the model.")
    recipe_type: RecipeTypeBase = Field(description="The recipe type.")
    ingest_event: Event | None = Field(description="The ingest event that is associated with it.")
    recipe: RecipeBase | None = Field(description="The recipe that contains this one.")
    batch: Batch | None = Field(description="The batch that it belongs to.")
    is_superseded: bool = Field(description="Whether this recipe has been replaced and is now obsolete.")
    input_file_size: float | None = Field(description="The disk space in MiB required for input files for this recipe.")
    source_started: datetime | None = Field(description="When collection of the source file started.")
    source_ended: datetime | None = Field(description="When collection of the source file ended.")
    source_sensor_class: str | None = Field(description="The class of sensor used to produce the source file.")
    source_sensor: str | None = Field(description="The specific identifier of the sensor used to produce the source file.")
    source_collection: str | None = Field(description="The collection of the source file.")
    source_task: str | None = Field(description="The task that produced the source file.")
    is_completed: bool = Field(description="Whether every job of the recipe is completed.")
    created: datetime = Field(description="When the associated database model was initially created.")
    completed: datetime | None = Field(description="When every job of the recipe was completed.")
    superseded: datetime | None = Field(description="When the recipe became superseded by another recipe.")
    last_modified: datetime = Field(description="When the associated database model was last saved.")


class RecipeItem(RecipeShared):
    """A recipe as the list shows it."""

    recipe_type_rev: RecipeTypeRevBase = Field(description="The revision of the recipe type.")
    event: Event | None = Field(description="What caused it.")
    superseded_recipe: Ref | None = Field(description="The recipe that this one replaced.")


class JobNode(ApiModel):
    """A job node."""

    node_type: Literal["job"] = Field(description="The kind of node: a job.")
    job_type_name: str = Field(description="The name of the job type.")
    job_type_version: str = Field(description="The version of the job type.")
    job_type_revision: int = Field(description="The revision of the job type.")
    job_id: int = Field(description="The unique identifier of the job.")
    status: JobStatus = Field(description="The current status of the job.")


class RecipeNode(JobCounts, SubRecipeCounts):
    """A recipe node."""

    node_type: Literal["recipe"] = Field(description="The kind of node: a recipe.")
    recipe_type_name: str = Field(description="The name of the recipe type.")
    recipe_type_revision: int = Field(description="The revision of the recipe type.")
    recipe_id: int = Field(description="The unique identifier of the recipe.")
    is_completed: bool = Field(description="Whether every job of the recipe is completed.")


class NodeContent(RootModel[Annotated[JobNode | RecipeNode, Field(discriminator="node_type")]]):
    """The content of a node: a job or a recipe."""


class Dependency(ApiModel):
    """A dependency of a node."""

    name: str = Field(description="The name of the node.")


class RecipeGraphNode(ApiModel):
    """A node of a recipe."""

    dependencies: list[Dependency] = Field(description="The dependencies of the node.")
    node_type: NodeContent = Field(description="The content of the node.")


class RecipeGraph(ApiModel):
    """The nodes of a recipe by name."""

    nodes: dict[str, RecipeGraphNode] = Field(description="The nodes by name.")


class RecipeDetails(RecipeShared):
    """A recipe with all that belongs to it."""

    recipe_type_rev: RecipeTypeRevDetails = Field(description="The revision of the recipe type.")
    event: EventDetails | None = Field(description="What caused it.")
    superseded_recipe: RecipeBase | None = Field(description="The recipe that this one replaced.")
    superseded_by_recipe: RecipeBase | None = Field(description="The recipe that replaced this one.")
    input: FilesAndJson = Field(description="The input data.")
    configuration: Document = Field(description="How the jobs of the recipe are run.")
    details: RecipeGraph = Field(description="The nodes with their content.")
    job_types: list[JobTypeBase] = Field(description="The job types of the jobs at the nodes.")
    sub_recipe_types: list[RecipeTypeBase] = Field(description="The recipe types of the recipes at the nodes.")


class RecipePage(PageOf[RecipeItem]):
    """A page of recipes."""
