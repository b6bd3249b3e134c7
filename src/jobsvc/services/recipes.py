"""Recipes and recipe types, as readers see them."""

from collections.abc import Sequence

from jobsvc.db.database import Database, Transaction
from jobsvc.domain.errors import NotFound
from jobsvc.domain.filters import RecipeFilter, RecipeTypeFilter
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.provenance_records import (
    DefinedRecipeType,
    RecipeDetails,
    RecipeItem,
    RecipeTypeDetails,
    RecipeTypeRevisionItem,
)
from jobsvc.domain.recipes import job_types_of, recipe_types_of
from jobsvc.domain.records import RecipeTypeItem
from jobsvc.domain.sorting import RecipeOrderField, SortKey
from jobsvc.services.job_types import with_recipe_types


class RecipeService:
    """Use cases around recipes."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def list(
        self, criteria: RecipeFilter, order: Sequence[SortKey[RecipeOrderField]], request: PageRequest
    ) -> Page[RecipeItem]:
        """A page of the recipes that match."""
        async with self._db.transaction() as tx:
            return await tx.recipes.page(criteria, order, request)

    async def get(self, recipe_id: int) -> RecipeDetails:
        """A recipe; raises NotFound."""
        async with self._db.transaction() as tx:
            record = await tx.recipes.get(recipe_id)
        if record is None:
            raise NotFound("Recipe", recipe_id)
        return record

    async def types(self, criteria: RecipeTypeFilter, request: PageRequest) -> Page[RecipeTypeItem]:
        """A page of the recipe types that match, by name."""
        async with self._db.transaction() as tx:
            return await tx.recipe_types.page(criteria, request)

    async def type(self, name: str) -> RecipeTypeDetails:
        """A recipe type with the types that it names; raises NotFound."""
        async with self._db.transaction() as tx:
            item, definition = await _named(tx, name)
            named = await tx.job_types.named(job_types_of(definition))
            job_types = [await with_recipe_types(tx, entry) for entry in named]
            sub_types = await tx.recipe_types.by_names(recipe_types_of(definition))
        return RecipeTypeDetails(item, definition, job_types, sub_types)

    async def revisions(self, name: str, request: PageRequest) -> tuple[RecipeTypeItem, Page[RecipeTypeRevisionItem]]:
        """A recipe type with a page of its revisions, the latest first; raises NotFound."""
        async with self._db.transaction() as tx:
            item, _ = await _named(tx, name)
            return item, await tx.recipe_types.revisions(item.id, request)

    async def revision(self, name: str, revision_num: int) -> tuple[RecipeTypeItem, RecipeTypeRevisionItem]:
        """A recipe type with one of its revisions; raises NotFound."""
        async with self._db.transaction() as tx:
            item, _ = await _named(tx, name)
            result = await tx.recipe_types.revision(item.id, revision_num)
        if result is None:
            raise NotFound("Revision", f"{revision_num} of recipe type {name}")
        return item, result


async def _named(tx: Transaction, name: str) -> DefinedRecipeType:
    result = await tx.recipe_types.by_name(name)
    if result is None:
        raise NotFound("Recipe type", name)
    return result
