"""Batches, as they are read."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, Select, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from jobsvc.db import mappers
from jobsvc.db.clauses import BATCH_CLAUSES, where
from jobsvc.db.paging import page_of
from jobsvc.db.row_mapper import RowMapper, mapper_of
from jobsvc.db.sorting import columns_of, sort
from jobsvc.db.tables import BatchRow, EventRow, RecipeTypeRevisionRow, RecipeTypeRow
from jobsvc.domain.filters import BatchFilter
from jobsvc.domain.ids import storable_id
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.provenance_records import BatchColumns, BatchDetails, BatchItem, JobCounts, NodeMetrics, StoredBatch
from jobsvc.domain.records import BatchRef, RevisionRef
from jobsvc.domain.sorting import BatchOrderField, SortKey

BATCH_ORDER = columns_of(BatchOrderField, BatchRow, recipe_type=RecipeTypeRow, event=EventRow)

_Root, _Superseded = aliased(BatchRow), aliased(BatchRow)
_ITEM = RowMapper(
    BatchItem,
    batch=mapper_of(BatchColumns, BatchRow),
    jobs=mapper_of(JobCounts, BatchRow),
    recipe_type=mappers.RECIPE_TYPE.optional,
    revision=mapper_of(RevisionRef, RecipeTypeRevisionRow).optional,
    event=mappers.EVENT.optional,
    root_batch=mapper_of(BatchRef, _Root).optional,
    superseded_batch=mapper_of(BatchRef, _Superseded).optional,
)
_DETAILS = mapper_of(
    StoredBatch,
    BatchRow,
    item=_ITEM,
    revision=mappers.RECIPE_TYPE_REVISION.optional,
    event_description=EventRow.description,
)

# Of sub-recipes nothing is counted, and a job that was taken over from an older recipe counts where it was made.
METRICS = text("""
    SELECT n.node_name, count(*) AS jobs_total,
           count(*) FILTER (WHERE j.status = 'PENDING') AS jobs_pending,
           count(*) FILTER (WHERE j.status = 'BLOCKED') AS jobs_blocked,
           count(*) FILTER (WHERE j.status = 'QUEUED') AS jobs_queued,
           count(*) FILTER (WHERE j.status = 'RUNNING') AS jobs_running,
           count(*) FILTER (WHERE j.status = 'FAILED') AS jobs_failed,
           count(*) FILTER (WHERE j.status = 'COMPLETED') AS jobs_completed,
           count(*) FILTER (WHERE j.status = 'CANCELED') AS jobs_canceled,
           min(s.seed) AS min_seed_duration, avg(s.seed) AS avg_seed_duration, max(s.seed) AS max_seed_duration,
           min(s.job) AS min_job_duration, avg(s.job) AS avg_job_duration, max(s.job) AS max_job_duration
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
        """A page of batches.

        Raises:
            InvalidPage: Beyond the end.
        """
        query = sort(_query(_ITEM).where(*where(BATCH_CLAUSES, criteria)), order, BATCH_ORDER, BatchRow.id)
        return await page_of(self._connection, query, request, _ITEM.read)

    async def get(self, batch_id: int) -> BatchDetails:
        """A batch by its id.

        Raises:
            NotFound: There is none.
        """
        query = _query(_DETAILS).where(BatchRow.id == storable_id(batch_id))
        stored = await _DETAILS.one(self._connection, query, "Batch", batch_id)
        metrics = (await self._connection.execute(METRICS, {"batch_id": batch_id})).mappings()
        return BatchDetails(*stored, [_metrics(row) for row in metrics])


def _query(mapper: RowMapper[Any]) -> Select[Any]:
    return (
        select(*mapper.columns)
        .select_from(BatchRow)
        .outerjoin(RecipeTypeRow, RecipeTypeRow.id == BatchRow.recipe_type_id)
        .outerjoin(RecipeTypeRevisionRow, RecipeTypeRevisionRow.id == BatchRow.recipe_type_rev_id)
        .outerjoin(EventRow, EventRow.id == BatchRow.event_id)
        .outerjoin(_Root, _Root.id == BatchRow.root_batch_id)
        .outerjoin(_Superseded, _Superseded.id == BatchRow.superseded_batch_id)
    )


def _metrics(row: RowMapping) -> NodeMetrics:
    jobs = {name: row[name] for name in JobCounts._fields}
    return NodeMetrics(jobs=JobCounts(**jobs), **{name: value for name, value in row.items() if name not in jobs})
