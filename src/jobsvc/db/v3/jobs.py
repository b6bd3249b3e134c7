"""What the older generation shows of jobs; which jobs, and in what sequence, is said by `jobs`."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Row, Select, any_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from jobsvc.db import column_groups
from jobsvc.db.clauses import MAX_ID
from jobsvc.db.job_statements import joined
from jobsvc.db.tables import (
    ErrorRow,
    EventRow,
    ExecutionRow,
    IngestEventRow,
    JobRow,
    JobTypeRow,
    QueueRow,
    TriggerRuleRow,
)
from jobsvc.db.v3.columns import LATEST, PRIORITY, SCALARS, TIMEOUT, TYPE_PRIORITY, TYPE_TIMEOUT
from jobsvc.domain.records import ErrorItem
from jobsvc.domain.seed import read_resources
from jobsvc.domain.v3.records import (
    V3Columns,
    V3Event,
    V3Job,
    V3JobShort,
    V3JobTypeColumns,
    V3Record,
    V3Rule,
)
from jobsvc.domain.v3.resources import required, type_required

_Newer = aliased(JobRow)
_SUPERSEDED_BY = select(_Newer.id).where(_Newer.superseded_job_id == JobRow.id).correlate(JobRow).scalar_subquery()


def _v3_columns(size: float | None, scalars: Sequence[Any] | None, *columns: Any) -> V3Columns:
    priority, timeout, *superseding = columns
    return V3Columns(priority, timeout, *required(read_resources(scalars or ()), size), *superseding)


def _job_type_columns(scalars: Sequence[Any] | None, *columns: Any) -> V3JobTypeColumns:
    needs: tuple[Any, ...] = type_required(read_resources(scalars or ()))
    return V3JobTypeColumns(*(columns[:7] + needs + columns[7:]))


def _short(*row: Any) -> V3JobShort:
    job_id, revision_id, event_id, error_id, status, priority, num_exes, *job_type = row
    kind = column_groups.JOB_TYPE.required(job_type, 0)
    return V3JobShort(job_id, kind, revision_id, event_id, error_id, status, priority, num_exes)


_MORE = column_groups.ColumnGroup(
    _v3_columns,
    (
        JobRow.input_file_size,
        SCALARS,
        PRIORITY,
        TIMEOUT,
        JobRow.root_superseded_job_id,
        _SUPERSEDED_BY,
        JobRow.delete_superseded,
    ),
)
TYPE_COLUMNS = column_groups.ColumnGroup(
    _job_type_columns,
    (
        SCALARS,
        JobTypeRow.uses_docker,
        JobTypeRow.docker_privileged,
        JobTypeRow.docker_image,
        TYPE_PRIORITY,
        JobTypeRow.max_scheduled,
        TYPE_TIMEOUT,
        JobTypeRow.max_tries,
        JobTypeRow.created,
        JobTypeRow.deprecated,
        JobTypeRow.paused,
        JobTypeRow.last_modified,
    ),
)
_SHORT = column_groups.ColumnGroup(
    _short,
    (
        JobRow.id,
        JobRow.job_type_rev_id,
        func.coalesce(JobRow.event_id, JobRow.ingest_event_id),
        JobRow.error_id,
        JobRow.status,
        PRIORITY,
        JobRow.num_exes,
        *column_groups.JOB_TYPE.columns,
    ),
)
_RULE = column_groups.of(V3Rule, TriggerRuleRow)
_ITEM = (
    column_groups.JOB,
    column_groups.JOB_TYPE,
    column_groups.REVISION,
    column_groups.EVENT,
    column_groups.INGEST_EVENT,
    column_groups.ERROR,
    _MORE,
)
_RECORD = (*_ITEM, TYPE_COLUMNS, column_groups.REVISION_DETAILS, _RULE)
_AT = column_groups.offsets(*_RECORD)
_DOCUMENTS = (JobRow.input, JobRow.output, JobRow.configuration, JobTypeRow.configuration)
_LAST = (
    *_DOCUMENTS,
    func.coalesce(EventRow.description, IngestEventRow.description),
    ErrorRow.created,
    ErrorRow.last_modified,
)


class V3JobRepository:
    """Reads jobs."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def items(self, ids: Sequence[int]) -> list[V3Job]:
        """The jobs with these ids, in this sequence."""
        if not ids:
            return []
        rows = {row[0]: _item(row) for row in await self._connection.execute(_ITEMS, {"ids": ids})}
        return [rows[job_id] for job_id in ids if job_id in rows]

    async def get(self, job_id: int) -> V3Record | None:
        """A job with what its details are made of."""
        if not 0 < job_id <= MAX_ID:
            return None
        row = (await self._connection.execute(_ONE, {"ids": [job_id]})).first()
        return _record(row) if row is not None else None

    async def shorts(self, ids: Collection[int | None]) -> dict[int, V3JobShort]:
        """The jobs with these ids as other things show them; None is the id of nothing."""
        expected = sorted({job_id for job_id in ids if job_id is not None})
        if not expected:
            return {}
        rows = await self._connection.execute(_SHORTS, {"ids": expected})
        return {row[0]: _SHORT.required(row, 0) for row in rows}


def _query(*columns: Any) -> Select[Any]:
    query = joined(select(*columns)).outerjoin(QueueRow, QueueRow.job_id == JobRow.id).outerjoin(ExecutionRow, LATEST)
    return query.where(JobRow.id == any_(bindparam("ids", type_=ARRAY(BigInteger))))


# Statements are built once: building them costs more than running them.
_ITEMS = _query(*column_groups.columns(*_ITEM))
_ONE = _query(*column_groups.columns(*_RECORD), *_LAST).outerjoin(TriggerRuleRow, TriggerRuleRow.id == EventRow.rule_id)
_SHORTS = _query(*_SHORT.columns)


def _item(row: Row[Any]) -> V3Job:
    job, job_type, revision, event, ingest_event, error, more, *_ = _AT
    return V3Job(
        column_groups.JOB.required(row, job),
        column_groups.JOB_TYPE.required(row, job_type),
        column_groups.REVISION.required(row, revision),
        column_groups.EVENT.optional(row, event) or column_groups.INGEST_EVENT.optional(row, ingest_event),
        column_groups.ERROR.optional(row, error),
        _MORE.required(row, more),
    )


def _record(row: Row[Any]) -> V3Record:
    item = _item(row)
    job_type, revision, rule = _AT[-3:]
    *documents, event_description, created, last_modified = row[-len(_LAST) :]
    event, error = item.event, item.error
    result = _RULE.optional(row, rule)
    return V3Record(
        item,
        TYPE_COLUMNS.required(row, job_type),
        column_groups.REVISION_DETAILS.required(row, revision),
        V3Event(event.id, event.type, result, event.occurred, event_description) if event else None,
        ErrorItem(error, created, last_modified) if error else None,
        *documents,
    )
