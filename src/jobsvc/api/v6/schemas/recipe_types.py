"""Recipe types and their revisions (docs/spec/behaviour/siblings.md)."""

from datetime import datetime

from pydantic import Field

from jobsvc.api.models import ApiModel, Document, PageOf
from jobsvc.api.v6.schemas.common import RecipeType, RecipeTypeBase, Ref
from jobsvc.api.v6.schemas.job_types import JobTypeDetails


class RecipeTypeRevBase(ApiModel):
    """The revision that a recipe or a batch was created from."""

    id: int = Field(description="The unique identifier of the model.")
    recipe_type: Ref = Field(description="The recipe type.")
    revision_num: int = Field(description="The number of the revision.")


class RecipeTypeRevDetails(RecipeTypeRevBase):
    """The same with its definition."""

    created: datetime = Field(description="When the associated database model was initially created.")
    definition: Document = Field(description="The inputs of the recipe and its nodes.")


class RecipeTypeDetails(RecipeType):
    """A recipe type with its definition."""

    definition: Document = Field(description="The inputs of the recipe and its nodes.")
    job_types: list[JobTypeDetails] = Field(description="The job types that the definition names.")
    sub_recipe_types: list[RecipeType] = Field(description="The recipe types that the definition names.")


class RecipeTypeRevision(ApiModel):
    """A revision as the list shows it."""

    id: int = Field(description="The unique identifier of the model.")
    recipe_type: RecipeTypeBase = Field(description="The recipe type.")
    revision_num: int = Field(description="The number of the revision.")
    created: datetime = Field(description="When the associated database model was initially created.")


class RecipeTypeRevisionDetails(RecipeTypeRevision):
    """A revision with its definition."""

    definition: Document = Field(description="The inputs of the recipe and its nodes.")


class RecipeTypePage(PageOf[RecipeType]):
    """A page of recipe types."""


class RecipeTypeRevisionPage(PageOf[RecipeTypeRevision]):
    """A page of revisions."""
