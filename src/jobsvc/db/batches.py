"""Batches, as they are read."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from jobsvc.db import column_groups
from jobsvc.db.clauses import BATCH_CLAUSES, MAX_ID, where
from jobsvc.db.sorting import columns_of, page_of, sort
from jobsvc.db.tables import BatchRow, EventRow, RecipeTypeRevisionRow, RecipeTypeRow
from jobsvc.domain.filters import BatchFilter
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.provenance_records import BatchColumns, BatchDetails, BatchItem, JobCounts, NodeMetrics, RecipeTypeRevisionItem
from jobsvc.domain.records import BatchRef, RevisionRef
from jobsvc.domain.sorting import BatchOrderField, SortKey

BATCH_ORDER = columns_of(BatchOrderField, BatchRow, recipe_type=RecipeTypeRow, event=EventRow)

_Root, _Superseded = aliased(BatchRow), aliased(BatchRow)
_BATCH = column_groups.of(BatchColumns, BatchRow)
_JOBS = column_groups.of(JobCounts, BatchRow)
_REVISION = column_groups.of(RevisionRef, RecipeTypeRevisionRow)
_ROOT, _SUPERSEDED = column_groups.of(BatchRef, _Root), column_groups.of(BatchRef, _Superseded)
_PARTS = (_BATCH, _JOBS, column_groups.RECIPE_TYPE, _REVISION, column_groups.EVENT, _ROOT, _SUPERSEDED)
_AT = column_groups.offsets(*_PARTS)
_WIDTH = _AT[-1] + len(_SUPERSEDED.columns)
_REVISION_ITEM = column_groups.of(RecipeTypeRevisionItem, RecipeTypeRevisionRow)
_DOCUMENTS = (*_REVISION_ITEM.columns, EventRow.description, BatchRow.definition, BatchRow.configuration)

# Of sub-recipes nothing is counted, and a job that was taken over from an older recipe counts where it was made.
METRICS = text("""
    SELECT n.node_name, count(*),
           count(*) FILTER (WHERE j.status = 'PENDING'), count(*) FILTER (WHERE j.status = 'BLOCKED'),
           count(*) FILTER (WHERE j.status = 'QUEUED'), count(*) FILTER (WHERE j.status = 'RUNNING'),
           count(*) FILTER (WHERE j.status = 'FAILED'), count(*) FILTER (WHERE j.status = 'COMPLETED'),
           count(*) FILTER (WHERE j.status = 'CANCELED'),
           min(s.seed), avg(s.seed), max(s.seed), min(s.job), avg(s.job), max(s.job)
    FROM recipe r JOIN recipe_node n ON n.recipe_id = r.id AND n.is_original JOIN job j ON j.id = n.job_id
    LEFT JOIN LATERAL (
        SELECT x.ended - x.started AS job,
               CAST(t.main ->> 'ended' AS timestamptz) - CAST(t.main ->> 'started' AS timestamptz) AS seed
        FROM execution x
        CROSS JOIN LATERAL (SELECT jsonb_path_query_first(x.task_results, '$.tasks[*] ? (@.type == "main")') AS main) t
        WHERE x.job_id = j.id AND x.exe_num = j.num_exes AND x.status = 'COMPLETED') s ON TRUE
    WHERE r.batch_id = :batch_id AND r.recipe_id IS NULL
    GROUP BY n.node_name ORDER BY n.node_name
""")


class BatchRepository:
    """Reads batches."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(
        self, criteria: BatchFilter, order: Sequence[SortKey[BatchOrderField]], request: PageRequest
    ) -> Page[BatchItem]:
        """A page of batches; raises InvalidPage beyond the end."""
        query = sort(_query().where(*where(BATCH_CLAUSES, criteria)), order, BATCH_ORDER, BatchRow.id)
        return await page_of(self._connection, query, request, _item)

    async def get(self, batch_id: int) -> BatchDetails | None:
        """A batch by its id."""
        if not 0 < batch_id <= MAX_ID:
            return None
        row = (await self._connection.execute(_query(*_DOCUMENTS).where(BatchRow.id == batch_id))).first()
        if row is None:
            return None
        metrics = await self._connection.execute(METRICS, {"batch_id": batch_id})
        event_description, definition, configuration = row[-3:]
        return BatchDetails(
            _item(row),
            _REVISION_ITEM.optional(row, _WIDTH),
            event_description,
            definition,
            configuration,
            [_metrics(metric) for metric in metrics],
        )


def _query(*more: Any) -> Select[Any]:
    return (
        select(*column_groups.columns(*_PARTS), *more)
        .select_from(BatchRow)
        .outerjoin(RecipeTypeRow, RecipeTypeRow.id == BatchRow.recipe_type_id)
        .outerjoin(RecipeTypeRevisionRow, RecipeTypeRevisionRow.id == BatchRow.recipe_type_rev_id)
        .outerjoin(EventRow, EventRow.id == BatchRow.event_id)
        .outerjoin(_Root, _Root.id == BatchRow.root_batch_id)
        .outerjoin(_Superseded, _Superseded.id == BatchRow.superseded_batch_id)
    )


def _item(row: Sequence[Any]) -> BatchItem:
    batch, jobs, recipe_type, revision, event, root, superseded = _AT
    return BatchItem(
        _BATCH.required(row, batch),
        _JOBS.required(row, jobs),
        column_groups.RECIPE_TYPE.optional(row, recipe_type),
        _REVISION.optional(row, revision),
        column_groups.EVENT.optional(row, event),
        _ROOT.optional(row, root),
        _SUPERSEDED.optional(row, superseded),
    )


def _metrics(row: Sequence[Any]) -> NodeMetrics:
    return NodeMetrics(row[0], JobCounts(*row[1:9]), *row[9:])
