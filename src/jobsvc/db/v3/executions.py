"""Attempts to run jobs: executions, and the rows of the queue as executions that wait (docs/spec/decisions.md#queued-executions).

An execution has its id once a worker has claimed it. Before that an attempt has the id of its row in the queue, with a
minus, so that the two can never be taken for each other.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import column_groups
from jobsvc.db.clauses import MAX_ID, execution_clauses, where
from jobsvc.db.sorting import sort
from jobsvc.db.tables import BatchRow, ErrorRow, ExecutionRow, JobRow, JobTypeRevisionRow, JobTypeRow, NodeRow, QueueRow
from jobsvc.db.v3.columns import LATEST, PRIORITY
from jobsvc.db.v3.steps import scheduled, steps
from jobsvc.domain.filters import ExecutionFilter
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.records import ErrorItem, ErrorRef
from jobsvc.domain.sorting import ExecutionOrderField as Field
from jobsvc.domain.sorting import SortKey
from jobsvc.domain.v3 import tasks
from jobsvc.domain.v3.records import V3Execution, V3Node, V3StoredExecution

_KEYS = ("id", "job_id", "job_type_id", "exe_num", "status", "node_id", "error_id")
_OWN = ("command_arguments", "timeout", "exit_code", "task_results", "created", "queued", "started", "ended", "last_modified")
_DOCUMENTS = ("configuration", "resources", "input_file_size", "output")
_WAITING: Mapping[str, Any] = {
    "id": -QueueRow.id,
    "job_id": QueueRow.job_id,
    "job_type_id": QueueRow.job_type_id,
    "exe_num": QueueRow.exe_num,
    "status": literal_column("'QUEUED'::text"),
    "command_arguments": literal_column("''::text"),
    "timeout": QueueRow.timeout,
    "created": QueueRow.queued,
    "queued": QueueRow.queued,
    "last_modified": QueueRow.queued,
    "configuration": literal_column("'{}'::jsonb", JSONB),
    "resources": literal_column("'{}'::jsonb", JSONB),
    "input_file_size": QueueRow.input_file_size,
}


def _executions(*conditions: tuple[ColumnElement[bool], ColumnElement[bool]]) -> Subquery:
    """Both kinds, each under its half of the conditions.

    Without any (`WHERE true` would be one), PostgreSQL takes conditions and orders of the whole to the tables' indexes.
    """
    names = (*_KEYS, *_OWN, *_DOCUMENTS)
    tables = {name: getattr(ExecutionRow, name) for name in names}
    begun = select(*tables.values()).where(*(executions for executions, _ in conditions))
    queued = [_WAITING.get(name, cast(null(), column.type)).label(name) for name, column in tables.items()]
    return union_all(begun, select(*queued).where(*(waiting for _, waiting in conditions))).subquery()


_ids = bindparam("ids", type_=ARRAY(BigInteger))
_queue_ids = bindparam("queue_ids", type_=ARRAY(BigInteger))
_ALL = _executions()
_BY_ID = _executions((ExecutionRow.id == any_(_ids), QueueRow.id == any_(_queue_ids)))
_OF_JOBS = _executions((ExecutionRow.job_id == any_(_ids), QueueRow.job_id == any_(_ids)))
V3_EXECUTION_CLAUSES = execution_clauses(_ALL.c)
_RELATED: Mapping[str, Any] = {
    "job": JobRow,
    "job_type": JobTypeRow,
    "job__job_type": JobTypeRow,
    "node": NodeRow,
    "error": ErrorRow,
}
"""The tables that paths lead to: what a path ends with is called like its column there."""
_COMPUTED: Mapping[str, Any] = {
    **steps(_ALL.c.task_results, _ALL.c.started, _ALL.c.exit_code),
    **scheduled(_ALL.c.resources, _ALL.c.input_file_size),
    "job__id": _ALL.c.job_id,
    "job__priority": PRIORITY,
    "job__job_type_rev__id": JobRow.job_type_rev_id,
    "job__event__id": func.coalesce(JobRow.event_id, JobRow.ingest_event_id),
    "job__error__id": JobRow.error_id,
    "job_type__id": _ALL.c.job_type_id,
    "job__job_type__id": _ALL.c.job_type_id,
    "node__id": _ALL.c.node_id,
    "error__id": _ALL.c.error_id,
}


def _column(field: Field) -> Any:
    path, _, name = field.rpartition("__")
    return getattr(_RELATED[path], name) if path else _ALL.c[name]


V3_EXECUTION_ORDER: Mapping[Field, Any] = {field: _COMPUTED[field] if field in _COMPUTED else _column(field) for field in Field}
_NODE = column_groups.ColumnGroup(
    V3Node,
    tuple(NodeRow.deprecated if name == "archived" else getattr(NodeRow, name) for name in V3Node._fields),
)


def _columns(table: Subquery) -> list[ColumnElement[Any]]:
    return [table.c[name] for name in ("id", "status", "job_id", "node_id", "error_id", *_OWN)]


_NODE_AT = len(_columns(_ALL))
_ERROR_AT = _NODE_AT + len(_NODE.columns)
_MORE_AT = _ERROR_AT + len(column_groups.ERROR.columns)
_LISTED = (
    select(*_columns(_BY_ID), *column_groups.columns(_NODE, column_groups.ERROR))
    .select_from(_BY_ID)
    .outerjoin(NodeRow, NodeRow.id == _BY_ID.c.node_id)
    .outerjoin(ErrorRow, ErrorRow.id == _BY_ID.c.error_id)
)
_ONE = (
    _LISTED.add_columns(
        ErrorRow.created, ErrorRow.last_modified, *(_BY_ID.c[name] for name in _DOCUMENTS), JobTypeRevisionRow.manifest
    )
    .join(JobRow, JobRow.id == _BY_ID.c.job_id)
    .join(JobTypeRevisionRow, JobTypeRevisionRow.id == JobRow.job_type_rev_id)
)
_OF_JOB = select(*_columns(_OF_JOBS)).order_by(_OF_JOBS.c.exe_num.desc())
_LATEST = select(*_columns(_OF_JOBS)).ext(distinct_on(_OF_JOBS.c.job_id)).order_by(_OF_JOBS.c.job_id, _OF_JOBS.c.exe_num.desc())

Listed = tuple[V3Execution, V3Node | None, ErrorRef | None]


class V3ExecutionRepository:
    """Reads attempts."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(self, criteria: ExecutionFilter, order: Sequence[SortKey[Field]], request: PageRequest) -> Page[Listed]:
        """A page of attempts, each with its node and its error; raises InvalidPage beyond the end."""
        conditions = where(V3_EXECUTION_CLAUSES, criteria)
        counting = select(func.count()).select_from(_ALL).where(*conditions)
        count = (await self._connection.execute(counting)).scalar_one()
        number = request.locate(count)
        query = _sorted(select(_ALL.c.id).where(*conditions), order)
        rows = await self._connection.execute(query.limit(request.size).offset((number - 1) * request.size))
        ids = rows.scalars().all()
        listed = {row[0]: _listed(row) for row in await self._connection.execute(_LISTED, _keys(ids))} if ids else {}
        # An attempt that was claimed a moment ago has another id now.
        return Page([listed[id_] for id_ in ids if id_ in listed], count, number, request.size)

    async def listed(self, execution_id: int) -> Listed | None:
        """An attempt as the page shows it."""
        row = await self._one(_LISTED, execution_id)
        return _listed(row) if row is not None else None

    async def get(self, execution_id: int) -> V3StoredExecution | None:
        """An attempt with its documents."""
        row = await self._one(_ONE, execution_id)
        if row is None:
            return None
        execution, node, error = _listed(row)
        created, last_modified, *more = row[_MORE_AT:]
        return V3StoredExecution(execution, node, ErrorItem(error, created, last_modified) if error else None, *more)

    async def of_job(self, job_id: int) -> list[V3Execution]:
        """The attempts of a job, the latest first."""
        return [_execution(row) for row in await self._connection.execute(_OF_JOB, {"ids": [job_id]})]

    async def latest(self, job_ids: Sequence[int]) -> dict[int, V3Execution]:
        """By job its latest attempt."""
        if not job_ids:
            return {}
        rows = [_execution(row) for row in await self._connection.execute(_LATEST, {"ids": job_ids})]
        return {execution.job_id: execution for execution in rows}

    async def _one(self, query: Select[Any], execution_id: int) -> Sequence[Any] | None:
        if execution_id == 0 or abs(execution_id) > MAX_ID:
            return None
        row: Sequence[Any] | None = (await self._connection.execute(query, _keys([execution_id]))).first()
        return row


def _keys(ids: Sequence[int]) -> dict[str, list[int]]:
    return {"ids": [id_ for id_ in ids if id_ > 0], "queue_ids": [-id_ for id_ in ids if id_ < 0]}


def _sorted(query: Select[Any], order: Sequence[SortKey[Field]]) -> Select[Any]:
    """PostgreSQL leaves out the joins that the order does not need: none of them can add or drop a row."""
    query = (
        query.outerjoin(JobRow, JobRow.id == _ALL.c.job_id)
        .outerjoin(JobTypeRow, JobTypeRow.id == _ALL.c.job_type_id)
        .outerjoin(NodeRow, NodeRow.id == _ALL.c.node_id)
        .outerjoin(ErrorRow, ErrorRow.id == _ALL.c.error_id)
        .outerjoin(QueueRow, QueueRow.job_id == JobRow.id)
        .outerjoin(ExecutionRow, LATEST)
        .outerjoin(BatchRow, BatchRow.id == JobRow.batch_id)
    )
    return sort(query, order, V3_EXECUTION_ORDER, _ALL.c.id)


def _listed(row: Sequence[Any]) -> Listed:
    return _execution(row), _NODE.optional(row, _NODE_AT), column_groups.ERROR.optional(row, _ERROR_AT)


def _execution(row: Sequence[Any]) -> V3Execution:
    execution_id, status, job_id, node_id, error_id, arguments, timeout, exit_code, results, *times = row[:_NODE_AT]
    created, queued, started, ended, last_modified = times
    pre, job, post = tasks.steps(results, started)
    return V3Execution(
        *(execution_id, status, arguments, timeout),
        *pre,
        *job._replace(exit_code=exit_code if job.exit_code is None else job.exit_code),
        *post,
        *(created, queued, started, ended, last_modified),
        *(job_id, node_id, error_id),
    )
