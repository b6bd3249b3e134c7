"""Recipes, as they are read."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from jobsvc.db import mappers
from jobsvc.db.clauses import RECIPE_CLAUSES, where
from jobsvc.db.clauses import ids as ids_clause
from jobsvc.db.counting.sums import counted
from jobsvc.db.paging import Window, ids_of_page
from jobsvc.db.row_mapper import RowMapper, mapper_of
from jobsvc.db.sorting import columns_of, sort
from jobsvc.db.tables import (
    BatchRow,
    EventRow,
    IngestEventRow,
    JobRow,
    JobTypeRevisionRow,
    JobTypeRow,
    RecipeNodeRow,
    RecipeRow,
    RecipeTypeRevisionRow,
    RecipeTypeRow,
)
from jobsvc.domain.filters import RecipeFilter
from jobsvc.domain.ids import storable_id
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.provenance_records import (
    JobCounts,
    RecipeColumns,
    RecipeDetails,
    RecipeItem,
    RecipeNode,
    StoredRecipe,
    SubRecipeCounts,
)
from jobsvc.domain.records import JobShort, RecipeRef, RevisionRef
from jobsvc.domain.sorting import RecipeOrderField, SortKey

RECIPE_ORDER = columns_of(
    RecipeOrderField, RecipeRow, recipe_type=RecipeTypeRow, batch=BatchRow, event=EventRow, ingest_event=IngestEventRow
)
_Parent, _ParentType = aliased(RecipeRow), aliased(RecipeTypeRow)
_Older, _OlderType = aliased(RecipeRow), aliased(RecipeTypeRow)
_Node, _Below = aliased(RecipeNodeRow), aliased(RecipeRow)
_below = (
    select(func.count())
    .select_from(_Node)
    .join(_Below, _Below.id == _Node.sub_recipe_id)
    .where(_Node.recipe_id == RecipeRow.id, _Node.sub_recipe_id.is_not(None))
    .correlate(RecipeRow)
)

_SUB_RECIPES = RowMapper(
    SubRecipeCounts,
    sub_recipes_total=_below.scalar_subquery(),
    sub_recipes_completed=_below.where(_Below.is_completed).scalar_subquery(),
)
_ITEM = RowMapper(
    RecipeItem,
    columns=mapper_of(RecipeColumns, RecipeRow),
    jobs=mapper_of(JobCounts, RecipeRow),
    sub_recipes=_SUB_RECIPES,
    recipe_type=mappers.RECIPE_TYPE,
    revision=mapper_of(RevisionRef, RecipeTypeRevisionRow),
    event=mappers.EVENT.optional,
    ingest_event=mappers.INGEST_EVENT.optional,
    recipe=mappers.recipe_ref(_Parent, _ParentType).optional,
    batch=mappers.BATCH.optional,
    superseded_recipe=mappers.recipe_ref(_Older, _OlderType).optional,
)
_DETAILS = mapper_of(
    StoredRecipe, RecipeRow, item=_ITEM, revision=mappers.RECIPE_TYPE_REVISION, event_description=EventRow.description
)


def _job_node(name: str, job_type_revision: int, job: JobShort) -> RecipeNode:
    return RecipeNode(name, job, job_type_revision, None)


def _recipe_node(item: RecipeItem, name: str) -> RecipeNode:
    return RecipeNode(name, None, None, item)


_JOB_NODE = RowMapper(
    _job_node,
    name=RecipeNodeRow.node_name,
    job_type_revision=JobTypeRevisionRow.revision_num,
    job=mapper_of(JobShort, JobRow, job_type=mappers.JOB_TYPE),
)
_RECIPE_NODE = RowMapper(_recipe_node, item=_ITEM, name=RecipeNodeRow.node_name)


class RecipeRepository:
    """Reads recipes."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(
        self, criteria: RecipeFilter, order: Sequence[SortKey[RecipeOrderField]], request: PageRequest
    ) -> Page[RecipeItem]:
        """A page of recipes.

        Raises:
            InvalidPage: Beyond the end.
        """
        conditions = where(RECIPE_CLAUSES, criteria)
        count = (await self._connection.execute(select(counted(RecipeRow, *conditions)))).scalar_one()
        ids = await ids_of_page(self._connection, request, count, lambda window: _ids(conditions, order, window))
        items = await _ITEM.all(self._connection, _query(_ITEM).where(ids_clause(RecipeRow.id)(ids.items))) if ids.items else []
        by_id = {item.columns.id: item for item in items}
        return ids.of([by_id[id_] for id_ in ids.items if id_ in by_id])

    async def get(self, recipe_id: int) -> RecipeDetails:
        """A recipe by its id.

        Raises:
            NotFound: There is none.
        """
        query = _query(_DETAILS).where(RecipeRow.id == storable_id(recipe_id))
        stored = await _DETAILS.one(self._connection, query, "Recipe", recipe_id)
        nodes = [*await self._job_nodes(recipe_id), *await self._recipe_nodes(recipe_id)]
        return RecipeDetails(
            stored.item,
            stored.revision,
            stored.event_description,
            await self._newer(recipe_id),
            stored.input,
            stored.configuration,
            sorted(nodes, key=lambda node: node.name),
        )

    async def _newer(self, recipe_id: int) -> RecipeRef | None:
        query = select(*mappers.RECIPE.columns).join(RecipeTypeRow, RecipeTypeRow.id == RecipeRow.recipe_type_id)
        return await mappers.RECIPE.first(self._connection, query.where(RecipeRow.superseded_recipe_id == recipe_id))

    async def _job_nodes(self, recipe_id: int) -> list[RecipeNode]:
        query = (
            select(*_JOB_NODE.columns)
            .select_from(RecipeNodeRow)
            .join(JobRow, JobRow.id == RecipeNodeRow.job_id)
            .join(JobTypeRevisionRow, JobTypeRevisionRow.id == JobRow.job_type_rev_id)
            .join(JobTypeRow, JobTypeRow.id == JobRow.job_type_id)
            .where(RecipeNodeRow.recipe_id == recipe_id)
        )
        return await _JOB_NODE.all(self._connection, query)

    async def _recipe_nodes(self, recipe_id: int) -> list[RecipeNode]:
        query = _query(_RECIPE_NODE).join(RecipeNodeRow, RecipeNodeRow.sub_recipe_id == RecipeRow.id)
        return await _RECIPE_NODE.all(self._connection, query.where(RecipeNodeRow.recipe_id == recipe_id))


def _ids(conditions: Sequence[ColumnElement[bool]], order: Sequence[SortKey[RecipeOrderField]], window: Window) -> Select[Any]:
    """PostgreSQL leaves out what the order does not need."""
    query = (
        select(RecipeRow.id)
        .where(*conditions)
        .outerjoin(RecipeTypeRow, RecipeTypeRow.id == RecipeRow.recipe_type_id)
        .outerjoin(EventRow, EventRow.id == RecipeRow.event_id)
        .outerjoin(IngestEventRow, IngestEventRow.id == RecipeRow.ingest_event_id)
        .outerjoin(BatchRow, BatchRow.id == RecipeRow.batch_id)
    )
    return window.cut(sort(query, order, RECIPE_ORDER, RecipeRow.id, is_reversed=window.is_reversed))


def _query(mapper: RowMapper[Any]) -> Select[Any]:
    return (
        select(*mapper.columns)
        .select_from(RecipeRow)
        .join(RecipeTypeRow, RecipeTypeRow.id == RecipeRow.recipe_type_id)
        .join(RecipeTypeRevisionRow, RecipeTypeRevisionRow.id == RecipeRow.recipe_type_rev_id)
        .outerjoin(EventRow, EventRow.id == RecipeRow.event_id)
        .outerjoin(IngestEventRow, IngestEventRow.id == RecipeRow.ingest_event_id)
        .outerjoin(_Parent, _Parent.id == RecipeRow.recipe_id)
        .outerjoin(_ParentType, _ParentType.id == _Parent.recipe_type_id)
        .outerjoin(BatchRow, BatchRow.id == RecipeRow.batch_id)
        .outerjoin(_Older, _Older.id == RecipeRow.superseded_recipe_id)
        .outerjoin(_OlderType, _OlderType.id == _Older.recipe_type_id)
    )
