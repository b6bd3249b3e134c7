"""Recipes (docs/spec/behaviour/siblings.md)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, RootModel

from jobsvc.api.models import ITSELF, ApiModel, Computed, Document, PageOf, Source
from jobsvc.api.v6.schemas.batches import EventDetails, JobCounts
from jobsvc.api.v6.schemas.common import Batch, Event, FilesAndJson, JobTypeBase, RecipeBase, RecipeTypeBase, Ref
from jobsvc.api.v6.schemas.recipe_types import RecipeTypeRevBase, RecipeTypeRevDetails
from jobsvc.domain import provenance_records as records
from jobsvc.domain.recipes import dependencies_of
from jobsvc.domain.records import JobTypeRef, RecipeTypeRef
from jobsvc.domain.status import JobStatus


class NodeOfRecipe(NamedTuple):
    """A node with the definition of its recipe."""

    node: records.RecipeNode
    definition: Document


def _dependencies(item: NodeOfRecipe) -> list[dict[str, str]]:
    return dependencies_of(item.definition, item.node.name)


def _nodes(details: records.RecipeDetails) -> Mapping[str, NodeOfRecipe]:
    return {node.name: NodeOfRecipe(node, details.revision.definition) for node in details.nodes}


def _job_types(details: records.RecipeDetails) -> list[JobTypeRef]:
    job_types = {node.job.job_type for node in details.nodes if node.job is not None}
    return sorted(job_types, key=lambda job_type: job_type.id)


def _sub_recipe_types(details: records.RecipeDetails) -> list[RecipeTypeRef]:
    recipe_types = {node.sub_recipe.recipe_type for node in details.nodes if node.sub_recipe is not None}
    return sorted(recipe_types, key=lambda recipe_type: recipe_type.id)


class SubRecipeCounts(ApiModel, columns="sub_recipes"):
    """How many recipes stand at the nodes of a recipe."""

    sub_recipes_total: int = Field(description="The number of recipes at the nodes.")
    sub_recipes_completed: int = Field(description="The number of completed ones.")


class RecipeColumns(ApiModel, columns="columns"):
    """What is known of a recipe itself."""

    id: int = Field(description="The unique identifier of the model.")
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


class RecipeShared(SubRecipeCounts, JobCounts, RecipeColumns):
    """What the list and the details of recipes share; what both show in forms of their own keeps its place here."""

    recipe_type: RecipeTypeBase = Field(description="The recipe type.")
    recipe_type_rev: RecipeTypeRevBase | RecipeTypeRevDetails
    event: Event | EventDetails | None
    ingest_event: Event | None = Field(description="The ingest event that is associated with it.")
    recipe: RecipeBase | None = Field(description="The recipe that contains this one.")
    batch: Batch | None = Field(description="The batch that it belongs to.")
    superseded_recipe: Ref | RecipeBase | None


class RecipeItem(RecipeShared):
    """A recipe as the list shows it."""

    recipe_type_rev: Annotated[RecipeTypeRevBase, ITSELF] = Field(description="The revision of the recipe type.")
    event: Event | None = Field(description="What caused it.")
    superseded_recipe: Annotated[Ref | None, Source("superseded_recipe.id")] = Field(
        description="The recipe that this one replaced."
    )


class JobNode(ApiModel, columns="job"):
    """A job node."""

    node_type: Literal["job"] = Field(description="The kind of node: a job.")
    job_type_name: Annotated[str, Source("job.job_type.name")] = Field(description="The name of the job type.")
    job_type_version: Annotated[str, Source("job.job_type.version")] = Field(description="The version of the job type.")
    job_type_revision: Annotated[int, Source("job_type_revision")] = Field(description="The revision of the job type.")
    job_id: Annotated[int, Source("job.id")] = Field(description="The unique identifier of the job.")
    status: JobStatus = Field(description="The current status of the job.")


class SubRecipe(ApiModel, columns="columns"):
    """What is said first of a recipe that stands at a node."""

    node_type: Literal["recipe"] = Field(description="The kind of node: a recipe.")
    recipe_type_name: Annotated[str, Source("recipe_type.name")] = Field(description="The name of the recipe type.")
    recipe_type_revision: Annotated[int, Source("revision.revision_num")] = Field(description="The revision of the recipe type.")
    recipe_id: Annotated[int, Source("columns.id")] = Field(description="The unique identifier of the recipe.")
    is_completed: bool = Field(description="Whether every job of the recipe is completed.")


class RecipeNode(SubRecipeCounts, JobCounts, SubRecipe, inherited="sub_recipe"):
    """A recipe node."""


class NodeContent(RootModel[Annotated[JobNode | RecipeNode, Field(discriminator="node_type")]]):
    """The content of a node: a job or a recipe."""


class Dependency(ApiModel):
    """A dependency of a node."""

    name: str = Field(description="The name of the node.")


class RecipeGraphNode(ApiModel):
    """A node of a recipe."""

    dependencies: Annotated[list[Dependency], Computed(_dependencies, is_json=True)] = Field(
        description="The dependencies of the node."
    )
    node_type: Annotated[NodeContent, Source("node")] = Field(description="The content of the node.")


class RecipeGraph(ApiModel):
    """The nodes of a recipe by name."""

    nodes: Annotated[dict[str, RecipeGraphNode], Computed(_nodes)] = Field(description="The nodes by name.")


class RecipeDetails(RecipeShared, inherited="item"):
    """A recipe with all that belongs to it."""

    recipe_type_rev: Annotated[RecipeTypeRevDetails, ITSELF] = Field(description="The revision of the recipe type.")
    event: Annotated[EventDetails | None, ITSELF] = Field(description="What caused it.")
    superseded_recipe: Annotated[RecipeBase | None, Source("item.superseded_recipe")] = Field(
        description="The recipe that this one replaced."
    )
    superseded_by_recipe: RecipeBase | None = Field(description="The recipe that replaced this one.")
    input: FilesAndJson = Field(description="The input data.")
    configuration: Annotated[Document, Computed(lambda details: details.configuration or {})] = Field(
        description="How the jobs of the recipe are run."
    )
    details: Annotated[RecipeGraph, ITSELF] = Field(description="The nodes with their content.")
    job_types: Annotated[list[JobTypeBase], Computed(_job_types)] = Field(description="The job types of the jobs at the nodes.")
    sub_recipe_types: Annotated[list[RecipeTypeBase], Computed(_sub_recipe_types)] = Field(
        description="The recipe types of the recipes at the nodes."
    )


class RecipePage(PageOf[RecipeItem]):
    """A page of recipes."""
