"""Recipes, as they are read."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from jobsvc.db import column_groups
from jobsvc.db.clauses import MAX_ID, RECIPE_CLAUSES, where
from jobsvc.db.sorting import columns_of, page_of, sort
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
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.provenance_records import (
    JobCounts,
    RecipeColumns,
    RecipeDetails,
    RecipeItem,
    RecipeNode,
    RecipeTypeRevisionItem,
    SubRecipeCounts,
)
from jobsvc.domain.records import JobShort, RecipeRef, RevisionRef
from jobsvc.domain.sorting import RecipeOrderField, SortKey

RECIPE_ORDER = columns_of(
    RecipeOrderField, RecipeRow, recipe_type=RecipeTypeRow, batch=BatchRow, event=EventRow, ingest_event=IngestEventRow
)


def _ref(recipe: Any, recipe_type: Any) -> column_groups.ColumnGroup[RecipeRef]:
    kind = (recipe_type.id, recipe_type.name, recipe_type.title, recipe_type.description, recipe_type.revision_num)
    return column_groups.ColumnGroup(RecipeRef, (recipe.id, recipe.recipe_type_rev_id, recipe.event_id, *kind))


_Parent, _ParentType = aliased(RecipeRow), aliased(RecipeTypeRow)
_Older, _OlderType = aliased(RecipeRow), aliased(RecipeTypeRow)
_Node, _Below = aliased(RecipeNodeRow), aliased(RecipeRow)
_below = (
    select(func.count())
    .select_from(_Node)
    .join(_Below, _Below.id == _Node.sub_recipe_id)
    .where(_Node.recipe_id == RecipeRow.id)
    .correlate(RecipeRow)
)

_RECIPE = column_groups.of(RecipeColumns, RecipeRow)
_JOBS = column_groups.of(JobCounts, RecipeRow)
_SUB_RECIPES = column_groups.ColumnGroup(
    SubRecipeCounts, (_below.scalar_subquery(), _below.where(_Below.is_completed).scalar_subquery())
)
_REVISION = column_groups.of(RevisionRef, RecipeTypeRevisionRow)
_PARENT, _OLDER = _ref(_Parent, _ParentType), _ref(_Older, _OlderType)
_PARTS = (
    _RECIPE,
    _JOBS,
    _SUB_RECIPES,
    column_groups.RECIPE_TYPE,
    _REVISION,
    column_groups.EVENT,
    column_groups.INGEST_EVENT,
    _PARENT,
    column_groups.BATCH,
    _OLDER,
)
_AT = column_groups.offsets(*_PARTS)
_WIDTH = _AT[-1] + len(_OLDER.columns)
_REVISION_ITEM = column_groups.of(RecipeTypeRevisionItem, RecipeTypeRevisionRow)
_DOCUMENTS = (*_REVISION_ITEM.columns, EventRow.description, RecipeRow.input, RecipeRow.configuration)


class RecipeRepository:
    """Reads recipes."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(
        self, criteria: RecipeFilter, order: Sequence[SortKey[RecipeOrderField]], request: PageRequest
    ) -> Page[RecipeItem]:
        """A page of recipes; raises InvalidPage beyond the end."""
        query = sort(_query().where(*where(RECIPE_CLAUSES, criteria)), order, RECIPE_ORDER, RecipeRow.id)
        return await page_of(self._connection, query, request, _item)

    async def get(self, recipe_id: int) -> RecipeDetails | None:
        """A recipe by its id."""
        if not 0 < recipe_id <= MAX_ID:
            return None
        row = (await self._connection.execute(_query(*_DOCUMENTS).where(RecipeRow.id == recipe_id))).first()
        if row is None:
            return None
        event_description, input_, configuration = row[-3:]
        return RecipeDetails(
            _item(row),
            _REVISION_ITEM.required(row, _WIDTH),
            event_description,
            await self._newer(recipe_id),
            input_,
            configuration,
            sorted([*await self._job_nodes(recipe_id), *await self._recipe_nodes(recipe_id)], key=lambda node: node.name),
        )

    async def _newer(self, recipe_id: int) -> RecipeRef | None:
        query = select(*column_groups.RECIPE.columns).join(RecipeTypeRow, RecipeTypeRow.id == RecipeRow.recipe_type_id)
        row = (await self._connection.execute(query.where(RecipeRow.superseded_recipe_id == recipe_id))).first()
        return column_groups.RECIPE.required(row, 0) if row is not None else None

    async def _job_nodes(self, recipe_id: int) -> list[RecipeNode]:
        query = (
            select(
                RecipeNodeRow.node_name,
                JobTypeRevisionRow.revision_num,
                JobRow.id,
                JobRow.status,
                *column_groups.JOB_TYPE.columns,
            )
            .join(JobRow, JobRow.id == RecipeNodeRow.job_id)
            .join(JobTypeRevisionRow, JobTypeRevisionRow.id == JobRow.job_type_rev_id)
            .join(JobTypeRow, JobTypeRow.id == JobRow.job_type_id)
            .where(RecipeNodeRow.recipe_id == recipe_id)
        )
        rows = await self._connection.execute(query)
        return [
            RecipeNode(row[0], JobShort(row[2], row[3], column_groups.JOB_TYPE.required(row, 4)), row[1], None) for row in rows
        ]

    async def _recipe_nodes(self, recipe_id: int) -> list[RecipeNode]:
        query = _query(RecipeNodeRow.node_name).join(RecipeNodeRow, RecipeNodeRow.sub_recipe_id == RecipeRow.id)
        rows = await self._connection.execute(query.where(RecipeNodeRow.recipe_id == recipe_id))
        return [RecipeNode(row[-1], None, None, _item(row)) for row in rows]


def _query(*more: Any) -> Select[Any]:
    return (
        select(*column_groups.columns(*_PARTS), *more)
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


def _item(row: Sequence[Any]) -> RecipeItem:
    recipe, jobs, below, recipe_type, revision, event, ingest, parent, batch, older = _AT
    return RecipeItem(
        _RECIPE.required(row, recipe),
        _JOBS.required(row, jobs),
        _SUB_RECIPES.required(row, below),
        column_groups.RECIPE_TYPE.required(row, recipe_type),
        _REVISION.required(row, revision),
        column_groups.EVENT.optional(row, event),
        column_groups.INGEST_EVENT.optional(row, ingest),
        _PARENT.optional(row, parent),
        column_groups.BATCH.optional(row, batch),
        _OLDER.optional(row, older),
    )
