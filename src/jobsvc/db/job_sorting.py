"""Order field -> ORDER BY: columns, what has to be joined for them, and how texts and gaps are sorted."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, String, Text, func, type_coerce
from sqlalchemy.orm import aliased

from jobsvc.db.queue_rules import TYPE_PRIORITY, TYPE_TIMEOUT
from jobsvc.db.row_mapper import Column
from jobsvc.db.sorting import columns_of, sort
from jobsvc.db.tables import (
    BatchRow,
    ErrorRow,
    EventRow,
    ExecutionRow,
    IngestEventRow,
    JobRow,
    JobTypeRevisionRow,
    JobTypeRow,
    NodeRow,
    QueueRow,
    RecipeRow,
    RecipeTypeRow,
    TriggerRuleRow,
)
from jobsvc.db.v3 import columns as v3
from jobsvc.domain.job_sorting import JobOrderField as Field
from jobsvc.domain.sorting import SortKey

_Replacement = aliased(JobRow)
_SPECIAL: Mapping[Field, Column] = {
    Field.STATUS: type_coerce(JobRow.status, String),  # capitals only: the index need not be of lower case
    Field.SUPERSEDED_JOB: JobRow.superseded_job_id,
    Field.ROOT_SUPERSEDED_JOB: JobRow.root_superseded_job_id,
    Field.SUPERSEDED_BY_JOB: _Replacement.id,
    Field.PRIORITY: v3.PRIORITY,
    Field.TIMEOUT: v3.TIMEOUT,
    Field.CPUS_REQUIRED: v3.CPUS,
    Field.MEM_REQUIRED: v3.MEM,
    Field.DISK_IN_REQUIRED: v3.DISK_IN,
    Field.DISK_OUT_REQUIRED: v3.DISK_OUT,
    Field.DISK_TOTAL_REQUIRED: v3.DISK_TOTAL,
    Field.DURATION: JobRow.ended - JobRow.started,
    Field.JOB_TYPE_ID: JobRow.job_type_id,
    Field.JOB_TYPE_PRIORITY: TYPE_PRIORITY,
    Field.JOB_TYPE_TIMEOUT: TYPE_TIMEOUT,
    Field.JOB_TYPE_REV_ID: JobTypeRevisionRow.id,
    Field.EVENT_ID: JobRow.event_id,
    Field.INGEST_EVENT_ID: JobRow.ingest_event_id,
    Field.CAUSE_ID: func.coalesce(JobRow.event_id, JobRow.ingest_event_id),
    Field.CAUSE_TYPE: func.coalesce(EventRow.type, IngestEventRow.type, type_=Text),
    Field.CAUSE_OCCURRED: func.coalesce(EventRow.occurred, IngestEventRow.occurred),
    Field.EVENT_RULE_ID: EventRow.rule_id,
    Field.RECIPE_ID: JobRow.recipe_id,
    Field.RECIPE_TYPE_ID: RecipeRow.recipe_type_id,
    Field.RECIPE_TYPE_REV_ID: RecipeRow.recipe_type_rev_id,
    Field.RECIPE_EVENT_ID: RecipeRow.event_id,
    Field.BATCH_ID: JobRow.batch_id,
    Field.NODE_ID: JobRow.node_id,
    Field.ERROR_ID: JobRow.error_id,
}


JOB_ORDER = columns_of(
    Field,
    JobRow,
    _SPECIAL,
    job_type=JobTypeRow,
    job_type_rev=JobTypeRevisionRow,
    event=EventRow,
    event__rule=TriggerRuleRow,
    ingest_event=IngestEventRow,
    recipe__recipe_type=RecipeTypeRow,
    batch=BatchRow,
    node=NodeRow,
    error=ErrorRow,
)

Join = tuple[Any, ColumnElement[bool]]
_EVENT: Join = (EventRow, EventRow.id == JobRow.event_id)
_RECIPE: Join = (RecipeRow, RecipeRow.id == JobRow.recipe_id)
_JOINS: Mapping[Any, Sequence[Join]] = {
    JobTypeRow: [(JobTypeRow, JobTypeRow.id == JobRow.job_type_id)],
    JobTypeRevisionRow: [(JobTypeRevisionRow, JobTypeRevisionRow.id == JobRow.job_type_rev_id)],
    EventRow: [_EVENT],
    TriggerRuleRow: [_EVENT, (TriggerRuleRow, TriggerRuleRow.id == EventRow.rule_id)],
    IngestEventRow: [(IngestEventRow, IngestEventRow.id == JobRow.ingest_event_id)],
    RecipeRow: [_RECIPE],
    RecipeTypeRow: [_RECIPE, (RecipeTypeRow, RecipeTypeRow.id == RecipeRow.recipe_type_id)],
    BatchRow: [(BatchRow, BatchRow.id == JobRow.batch_id)],
    NodeRow: [(NodeRow, NodeRow.id == JobRow.node_id)],
    ErrorRow: [(ErrorRow, ErrorRow.id == JobRow.error_id)],
    QueueRow: [(QueueRow, QueueRow.job_id == JobRow.id)],
    ExecutionRow: [(ExecutionRow, v3.LATEST)],
    _Replacement: [(_Replacement, _Replacement.superseded_job_id == JobRow.id)],
    v3.NEEDS: [(v3.NEEDS, v3.NEEDS.c.id == JobRow.job_type_id)],
}
REFERENCES: Mapping[Any, Any] = {
    JobTypeRow: JobRow.job_type_id,
    JobTypeRevisionRow: JobRow.job_type_rev_id,
    BatchRow: JobRow.batch_id,
    NodeRow: JobRow.node_id,
    ErrorRow: JobRow.error_id,
}
"""Tables of few rows with an index of the jobs of each of them."""
_AMOUNTS = (Field.CPUS_REQUIRED, Field.MEM_REQUIRED, Field.DISK_OUT_REQUIRED, Field.DISK_TOTAL_REQUIRED)
_COMPUTED: Mapping[Field, Sequence[Any]] = {
    Field.PRIORITY: [QueueRow, ExecutionRow, BatchRow, JobTypeRow],
    Field.TIMEOUT: [QueueRow, ExecutionRow, JobTypeRow],
    Field.SUPERSEDED_BY_JOB: [_Replacement],
    Field.JOB_TYPE_PRIORITY: [JobTypeRow],
    Field.JOB_TYPE_TIMEOUT: [JobTypeRow],
    Field.CAUSE_TYPE: [EventRow, IngestEventRow],
    Field.CAUSE_OCCURRED: [EventRow, IngestEventRow],
    **{field: [v3.NEEDS] for field in _AMOUNTS},
}
"""What a field is computed from, where that is not one column."""


GAPS_LAST = {Field.DURATION}
"""Jobs that have not run have no duration: they come last both ways (docs/spec/behaviour/job-list.md#order)."""


def ordered(query: Select[Any], order: Sequence[SortKey[Field]], *, is_reversed: bool = False) -> Select[Any]:
    """Sort a query over jobs; `id` breaks every tie, so that pages never overlap."""
    query = with_joins(query, order)
    return sort(query, order, JOB_ORDER, JobRow.id, gaps_last=GAPS_LAST, is_reversed=is_reversed)


def with_joins(query: Select[Any], order: Sequence[SortKey[Field]]) -> Select[Any]:
    """The query with what an order compares beside columns of jobs."""
    tables = dict.fromkeys(table for key in order for table in _tables(key.field))
    for target, condition in dict.fromkeys(join for table in tables for join in _JOINS.get(table, ())):
        query = query.outerjoin(target, condition)
    return query


def reference_of(field: Field) -> tuple[Any, Any] | None:
    """The small table whose column the field is, and the column of jobs that points to it; None for other fields."""
    tables = _tables(field)
    return (tables[0], REFERENCES[tables[0]]) if len(tables) == 1 and tables[0] in REFERENCES else None


def _tables(field: Field) -> Sequence[Any]:
    return _COMPUTED.get(field) or [getattr(JOB_ORDER[field], "class_", JobRow)]
