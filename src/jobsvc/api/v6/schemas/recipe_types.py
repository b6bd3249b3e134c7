"""Recipe types and their revisions (docs/spec/behaviour/siblings.md)."""

from datetime import datetime
from typing import Annotated, NamedTuple

from pydantic import Field

from jobsvc.api.models import ApiModel, Document, PageOf, Source
from jobsvc.api.v6.schemas.common import RecipeType, RecipeTypeBase, Ref
from jobsvc.api.v6.schemas.job_types import JobTypeDetails
from jobsvc.domain import provenance_records
from jobsvc.domain.records import RecipeTypeItem


class RecipeTypeRevBase(ApiModel, columns="revision"):
    """The revision that a recipe or a batch was created from."""

    id: int = Field(description="The unique identifier of the model.")
    recipe_type: Annotated[Ref, Source("recipe_type.id")] = Field(description="The recipe type.")
    revision_num: int = Field(description="The number of the revision.")


class RecipeTypeRevDetails(RecipeTypeRevBase, inherited="item", columns="revision"):
    """The same with its definition."""

    created: datetime = Field(description="When the associated database model was initially created.")
    definition: Document = Field(description="The inputs of the recipe and its nodes.")


class RecipeTypeDetails(RecipeType, inherited="item"):
    """A recipe type with its definition."""

    definition: Document = Field(description="The inputs of the recipe and its nodes.")
    job_types: list[JobTypeDetails] = Field(description="The job types that the definition names.")
    sub_recipe_types: list[RecipeType] = Field(description="The recipe types that the definition names.")


class RevisionOfType(NamedTuple):
    """A revision with its recipe type."""

    recipe_type: RecipeTypeItem
    revision: provenance_records.RecipeTypeRevisionItem


class RecipeTypeRevision(ApiModel, columns="revision"):
    """A revision as the list shows it."""

    id: int = Field(description="The unique identifier of the model.")
    recipe_type: RecipeTypeBase = Field(description="The recipe type.")
    revision_num: int = Field(description="The number of the revision.")
    created: datetime = Field(description="When the associated database model was initially created.")


class RecipeTypeRevisionDetails(RecipeTypeRevision, columns="revision"):
    """A revision with its definition."""

    definition: Document = Field(description="The inputs of the recipe and its nodes.")


class RecipeTypePage(PageOf[RecipeType]):
    """A page of recipe types."""


class RecipeTypeRevisionPage(PageOf[RecipeTypeRevision]):
    """A page of revisions."""
