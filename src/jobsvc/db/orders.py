"""Order field -> ORDER BY: columns, what has to be joined for them, and how texts and gaps are sorted."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, UnaryExpression, func
from sqlalchemy.orm import InstrumentedAttribute

from jobsvc.db import legacy_columns as legacy
from jobsvc.db.tables import (
    BatchRow,
    ErrorRow,
    EventRow,
    ExecutionRow,
    JobRow,
    JobTypeRevisionRow,
    JobTypeRow,
    NodeRow,
    QueueRow,
    RecipeRow,
    RecipeTypeRow,
)
from jobsvc.domain.ordering import JobOrderField as Field
from jobsvc.domain.ordering import OrderBy

Column = InstrumentedAttribute[Any] | ColumnElement[Any]

_OWN = {
    Field(name): getattr(JobRow, name)
    for name in [
        "id",
        "status",
        "num_exes",
        "max_tries",
        "input_file_size",
        "is_superseded",
        "delete_superseded",
        "source_started",
        "source_ended",
        "source_sensor_class",
        "source_sensor",
        "source_collection",
        "source_task",
        "created",
        "queued",
        "started",
        "ended",
        "last_status_change",
        "superseded",
        "last_modified",
    ]
}
JOB_ORDER: Mapping[Field, Column] = _OWN | {
    Field.SUPERSEDED_JOB: JobRow.superseded_job_id,
    Field.ROOT_SUPERSEDED_JOB: JobRow.root_superseded_job_id,
    Field.PRIORITY: legacy.PRIORITY,
    Field.TIMEOUT: legacy.TIMEOUT,
    Field.CPUS_REQUIRED: legacy.CPUS,
    Field.MEM_REQUIRED: legacy.MEM,
    Field.DISK_OUT_REQUIRED: legacy.DISK_OUT,
    Field.DURATION: JobRow.ended - JobRow.started,
    Field.JOB_TYPE_ID: JobRow.job_type_id,
    Field.JOB_TYPE_NAME: JobTypeRow.name,
    Field.JOB_TYPE_VERSION: JobTypeRow.version,
    Field.JOB_TYPE_TITLE: JobTypeRow.title,
    Field.JOB_TYPE_CATEGORY: JobTypeRow.category,
    Field.JOB_TYPE_REV_NUM: JobTypeRevisionRow.revision_num,
    Field.EVENT_ID: JobRow.event_id,
    Field.EVENT_TYPE: EventRow.type,
    Field.EVENT_OCCURRED: EventRow.occurred,
    Field.RECIPE_ID: JobRow.recipe_id,
    Field.RECIPE_TYPE_NAME: RecipeTypeRow.name,
    Field.RECIPE_TYPE_TITLE: RecipeTypeRow.title,
    Field.BATCH_ID: JobRow.batch_id,
    Field.BATCH_TITLE: BatchRow.title,
    Field.NODE_ID: JobRow.node_id,
    Field.NODE_HOSTNAME: NodeRow.hostname,
    Field.ERROR_ID: JobRow.error_id,
    Field.ERROR_NAME: ErrorRow.name,
    Field.ERROR_TITLE: ErrorRow.title,
    Field.ERROR_CATEGORY: ErrorRow.category,
}

_JOINS: Mapping[Any, Sequence[tuple[Any, ColumnElement[bool]]]] = {
    JobTypeRow: [(JobTypeRow, JobTypeRow.id == JobRow.job_type_id)],
    JobTypeRevisionRow: [(JobTypeRevisionRow, JobTypeRevisionRow.id == JobRow.job_type_rev_id)],
    EventRow: [(EventRow, EventRow.id == JobRow.event_id)],
    RecipeTypeRow: [
        (RecipeRow, RecipeRow.id == JobRow.recipe_id),
        (RecipeTypeRow, RecipeTypeRow.id == RecipeRow.recipe_type_id),
    ],
    BatchRow: [(BatchRow, BatchRow.id == JobRow.batch_id)],
    NodeRow: [(NodeRow, NodeRow.id == JobRow.node_id)],
    ErrorRow: [(ErrorRow, ErrorRow.id == JobRow.error_id)],
    QueueRow: [(QueueRow, QueueRow.job_id == JobRow.id)],
    ExecutionRow: [(ExecutionRow, legacy.LATEST)],
    legacy.NEEDS: [(legacy.NEEDS, legacy.NEEDS.c.id == JobRow.job_type_id)],
}
_COMPUTED: Mapping[Field, Sequence[Any]] = {
    Field.PRIORITY: [QueueRow, ExecutionRow, BatchRow, JobTypeRow],
    Field.TIMEOUT: [QueueRow, ExecutionRow, JobTypeRow],
    **{field: [legacy.NEEDS] for field in (Field.CPUS_REQUIRED, Field.MEM_REQUIRED, Field.DISK_OUT_REQUIRED)},
}
"""What a field is computed from, where that is not one column."""


def ordered(query: Select[Any], order: Sequence[OrderBy]) -> Select[Any]:
    """Sort a query over jobs; `id` breaks every tie, so that pages never overlap."""
    for table in dict.fromkeys(table for key in order for table in _tables(key.field)):
        for target, condition in _JOINS.get(table, ()):
            query = query.outerjoin(target, condition)
    return query.order_by(*(_key(key) for key in order), JobRow.id)


def _tables(field: Field) -> Sequence[Any]:
    return _COMPUTED.get(field) or [getattr(JOB_ORDER[field], "class_", JobRow)]


def _key(key: OrderBy) -> UnaryExpression[Any]:
    column = JOB_ORDER[key.field]
    sortable: Any = func.lower(column) if isinstance(column.type, Text) else column
    direction: UnaryExpression[Any] = sortable.desc() if key.descending else sortable.asc()
    # Jobs that have not run have no duration: they come last both ways (behaviour.md, section 3.2).
    return direction.nulls_last() if key.field is Field.DURATION else direction
