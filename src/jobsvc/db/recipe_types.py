"""Recipe types and their revisions, as they are read."""

from collections.abc import Collection

from sqlalchemy import cast, func, select
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.clauses import RECIPE_TYPE_CLAUSES, any_of, where
from jobsvc.db.mappers import RECIPE_TYPE_REVISION
from jobsvc.db.paging import page_of
from jobsvc.db.row_mapper import mapper_of
from jobsvc.db.tables import RecipeTypeRevisionRow, RecipeTypeRow
from jobsvc.domain.filters import RecipeTypeFilter
from jobsvc.domain.ids import storable_id
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.provenance_records import DefinedRecipeType, RecipeTypeRevisionItem
from jobsvc.domain.records import JobTypeRef, RecipeTypeItem

_NODE = "@.nodes.*.node_type ? (@.job_type_name == $name && @.job_type_version == $version)"
_JOB = "@.jobs[*].job_type ? (@.name == $name && @.version == $version)"
_RUNS = cast(f"$ ? (exists({_NODE}) || exists({_JOB}))", JSONPATH)
"""Holds for a definition that names a job type, at a node or, in version 1.0, as one of its jobs."""
_ITEM = mapper_of(RecipeTypeItem, RecipeTypeRow)
_DEFINED = mapper_of(DefinedRecipeType, RecipeTypeRow, item=_ITEM)


class RecipeTypeRepository:
    """Reads recipe types."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(self, criteria: RecipeTypeFilter, request: PageRequest) -> Page[RecipeTypeItem]:
        """A page of recipe types by name.

        Raises:
            InvalidPage: Beyond the end.
        """
        query = select(*_ITEM.columns).where(*where(RECIPE_TYPE_CLAUSES, criteria)).order_by(RecipeTypeRow.name, RecipeTypeRow.id)
        return await page_of(self._connection, query, request, _ITEM.read)

    async def by_name(self, name: str) -> DefinedRecipeType:
        """A recipe type, the newest where an older generation knew several versions of the name.

        Raises:
            NotFound: There is none.
        """
        query = select(*_DEFINED.columns).where(RecipeTypeRow.name == name)
        return await _DEFINED.one(self._connection, query.order_by(RecipeTypeRow.id.desc()).limit(1), "Recipe type", name)

    async def by_names(self, names: Collection[str]) -> list[RecipeTypeItem]:
        """The recipe types of these names that there are, by name."""
        query = select(*_ITEM.columns).where(any_of(RecipeTypeRow.name)(names))
        return await _ITEM.all(self._connection, query.order_by(RecipeTypeRow.name, RecipeTypeRow.id))

    async def using(self, job_type: JobTypeRef) -> list[RecipeTypeItem]:
        """The recipe types whose definitions have a node that runs a job type, by name."""
        is_used = func.jsonb_path_exists(
            RecipeTypeRow.definition, _RUNS, cast({"name": job_type.name, "version": job_type.version}, JSONB)
        )
        query = select(*_ITEM.columns).where(is_used).order_by(RecipeTypeRow.name, RecipeTypeRow.id)
        return await _ITEM.all(self._connection, query)

    async def revisions(self, recipe_type_id: int, request: PageRequest) -> Page[RecipeTypeRevisionItem]:
        """A page of the revisions of a recipe type, the latest first."""
        query = select(*RECIPE_TYPE_REVISION.columns).where(RecipeTypeRevisionRow.recipe_type_id == recipe_type_id)
        latest = query.order_by(RecipeTypeRevisionRow.revision_num.desc())
        return await page_of(self._connection, latest, request, RECIPE_TYPE_REVISION.read)

    async def revision(self, recipe_type: RecipeTypeItem, revision_num: int) -> RecipeTypeRevisionItem:
        """A revision by its number.

        Raises:
            NotFound: There is none.
        """
        query = select(*RECIPE_TYPE_REVISION.columns).where(
            RecipeTypeRevisionRow.recipe_type_id == recipe_type.id,
            RecipeTypeRevisionRow.revision_num == storable_id(revision_num),
        )
        key = f"{revision_num} of recipe type {recipe_type.name}"
        return await RECIPE_TYPE_REVISION.one(self._connection, query, "Revision", key)
