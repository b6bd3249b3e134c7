"""Recipes and recipe types, as readers see them."""

from jobsvc.db.database import Database
from jobsvc.domain.filters import RecipeFilter, RecipeTypeFilter
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.provenance_records import (
    RecipeDetails,
    RecipeItem,
    RecipeTypeDetails,
    RecipeTypeRevisionItem,
)
from jobsvc.domain.recipes import job_types_of, recipe_types_of
from jobsvc.domain.records import RecipeTypeItem
from jobsvc.domain.sorting import RecipeOrderField
from jobsvc.services.job_types import with_others
from jobsvc.services.reading import ReadService


class RecipeService(ReadService[RecipeFilter, RecipeOrderField, RecipeItem, RecipeDetails]):
    """Use cases around recipes and their types."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, lambda tx: tx.recipes)

    async def types(self, criteria: RecipeTypeFilter, request: PageRequest) -> Page[RecipeTypeItem]:
        """A page of the recipe types that match, by name."""
        async with self._db.reading() as tx:
            return await tx.recipe_types.page(criteria, request)

    async def type(self, name: str) -> RecipeTypeDetails:
        """A recipe type with the types that it names.

        Raises:
            NotFound: There is none.
        """
        async with self._db.reading() as tx:
            item, definition = await tx.recipe_types.by_name(name)
            named = await tx.job_types.named(job_types_of(definition))
            job_types = [await with_others(tx, entry) for entry in named]
            sub_types = await tx.recipe_types.by_names(recipe_types_of(definition))
        return RecipeTypeDetails(item, definition, job_types, sub_types)

    async def revisions(self, name: str, request: PageRequest) -> tuple[RecipeTypeItem, Page[RecipeTypeRevisionItem]]:
        """A recipe type with a page of its revisions, the latest first.

        Raises:
            NotFound: There is none.
        """
        async with self._db.reading() as tx:
            item, _ = await tx.recipe_types.by_name(name)
            return item, await tx.recipe_types.revisions(item.id, request)

    async def revision(self, name: str, revision_num: int) -> tuple[RecipeTypeItem, RecipeTypeRevisionItem]:
        """A recipe type with one of its revisions.

        Raises:
            NotFound: There is none.
        """
        async with self._db.reading() as tx:
            item, _ = await tx.recipe_types.by_name(name)
            return item, await tx.recipe_types.revision(item, revision_num)
