"""What all generations read of batches, recipes and recipe types; see `views` for the conventions."""

from datetime import datetime, timedelta
from typing import NamedTuple

from jobsvc.domain.records import (
    BatchRef,
    Document,
    EventRef,
    JobShort,
    JobTypeDetails,
    RecipeRef,
    RecipeTypeItem,
    RecipeTypeRef,
    RevisionRef,
)


class JobCounts(NamedTuple):
    """How many jobs there are below something, in all and by status."""

    jobs_total: int
    jobs_pending: int
    jobs_blocked: int
    jobs_queued: int
    jobs_running: int
    jobs_failed: int
    jobs_completed: int
    jobs_canceled: int


class BatchColumns(NamedTuple):
    """The columns of a batch itself."""

    id: int
    title: str | None
    description: str | None
    is_superseded: bool
    is_creation_done: bool
    recipes_estimated: int
    recipes_total: int
    recipes_completed: int
    created: datetime
    superseded: datetime | None
    last_modified: datetime


class BatchItem(NamedTuple):
    """A batch as the list shows it."""

    batch: BatchColumns
    jobs: JobCounts
    recipe_type: RecipeTypeRef | None
    revision: RevisionRef | None
    event: EventRef | None
    root_batch: BatchRef | None
    superseded_batch: BatchRef | None


class NodeMetrics(NamedTuple):
    """The jobs at one node of a batch's recipes, and how long the completed ones took: their process alone, and in all."""

    node_name: str
    jobs: JobCounts
    min_seed_duration: timedelta | None
    avg_seed_duration: timedelta | None
    max_seed_duration: timedelta | None
    min_job_duration: timedelta | None
    avg_job_duration: timedelta | None
    max_job_duration: timedelta | None


class RecipeTypeRevisionItem(NamedTuple):
    """A revision of a recipe type; the definition is the whole recipe."""

    id: int
    revision_num: int
    created: datetime
    definition: Document


class StoredBatch(NamedTuple):
    """A batch as it is stored, for its details to be made of."""

    item: BatchItem
    revision: RecipeTypeRevisionItem | None
    event_description: Document | None
    definition: Document
    configuration: Document


class BatchDetails(NamedTuple):
    """A batch with all that belongs to it."""

    item: BatchItem
    revision: RecipeTypeRevisionItem | None
    event_description: Document | None
    definition: Document
    configuration: Document
    metrics: list[NodeMetrics]


class RecipeColumns(NamedTuple):
    """The columns of a recipe itself; `input_file_size` is in MiB."""

    id: int
    is_superseded: bool
    input_file_size: float | None
    source_started: datetime | None
    source_ended: datetime | None
    source_sensor_class: str | None
    source_sensor: str | None
    source_collection: str | None
    source_task: str | None
    is_completed: bool
    created: datetime
    completed: datetime | None
    superseded: datetime | None
    last_modified: datetime


class SubRecipeCounts(NamedTuple):
    """How many recipes stand at the nodes of a recipe."""

    sub_recipes_total: int
    sub_recipes_completed: int


class RecipeItem(NamedTuple):
    """A recipe as the list shows it; `recipe` is the one that contains it, `superseded_recipe` the one that it replaced."""

    columns: RecipeColumns
    jobs: JobCounts
    sub_recipes: SubRecipeCounts
    recipe_type: RecipeTypeRef
    revision: RevisionRef
    event: EventRef | None
    ingest_event: EventRef | None
    recipe: RecipeRef | None
    batch: BatchRef | None
    superseded_recipe: RecipeRef | None


class RecipeNode(NamedTuple):
    """What stands at a node of a recipe: a job with the number of its type's revision, or a recipe."""

    name: str
    job: JobShort | None
    job_type_revision: int | None
    sub_recipe: RecipeItem | None

    @property
    def node_type(self) -> str | None:
        """What stands there, as definitions call it."""
        if self.job is not None:
            return "job"
        return None if self.sub_recipe is None else "recipe"


class StoredRecipe(NamedTuple):
    """A recipe as it is stored, for its details to be made of."""

    item: RecipeItem
    revision: RecipeTypeRevisionItem
    event_description: Document | None
    input: Document | None
    configuration: Document | None


class RecipeDetails(NamedTuple):
    """A recipe with all that belongs to it."""

    item: RecipeItem
    revision: RecipeTypeRevisionItem
    event_description: Document | None
    superseded_by_recipe: RecipeRef | None
    input: Document | None
    configuration: Document | None
    nodes: list[RecipeNode]


class DefinedRecipeType(NamedTuple):
    """A recipe type with its definition."""

    item: RecipeTypeItem
    definition: Document


class RecipeTypeDetails(NamedTuple):
    """A recipe type with its definition and the types that the definition names."""

    item: RecipeTypeItem
    definition: Document
    job_types: list[JobTypeDetails]
    sub_recipe_types: list[RecipeTypeItem]
