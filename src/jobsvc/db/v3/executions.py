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
    String,
    Subquery,
    any_,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import mappers
from jobsvc.db.clauses import execution_clauses, where
from jobsvc.db.counting.executions import begun_executions
from jobsvc.db.counting.sums import counted
from jobsvc.db.order_parts import first_of_each, merged, part
from jobsvc.db.paging import WALKED, Window
from jobsvc.db.resolving import resolved, selects_nothing
from jobsvc.db.row_mapper import RowMapper, mapper_of
from jobsvc.db.sorting import columns_of, sort, sortable
from jobsvc.db.tables import BatchRow, ErrorRow, ExecutionRow, JobRow, JobTypeRevisionRow, JobTypeRow, NodeRow, QueueRow
from jobsvc.db.time_limits import time_limit
from jobsvc.db.v3.columns import LATEST, PRIORITY
from jobsvc.db.v3.steps import scheduled, steps
from jobsvc.domain.filters import ExecutionFilter
from jobsvc.domain.ids import storable_id
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.records import Document
from jobsvc.domain.sorting import ExecutionOrderField as Field
from jobsvc.domain.sorting import SortKey
from jobsvc.domain.v3 import tasks
from jobsvc.domain.v3.records import V3Execution, V3Node, V3StoredExecution, V3StoredExecutionItem

HELP = "Ask for a shorter time with `started` and `ended`, or leave out `order`."
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


_COLUMNS = {name: getattr(ExecutionRow, name) for name in (*_KEYS, *_OWN, *_DOCUMENTS)}


def _executions(*conditions: tuple[ColumnElement[bool], ColumnElement[bool]]) -> Subquery:
    """Both kinds, each under its half of the conditions.

    Without any (`WHERE true` would be one), PostgreSQL takes conditions and orders of the whole to the tables' indexes.
    """
    begun = select(*_COLUMNS.values()).where(*(executions for executions, _ in conditions))
    return union_all(begun, _waiting().where(*(waiting for _, waiting in conditions))).subquery()


def _waiting() -> Select[Any]:
    """The rows of the queue as executions."""
    return select(*(_WAITING.get(name, cast(null(), column.type)).label(name) for name, column in _COLUMNS.items()))


_ids = bindparam("ids", type_=ARRAY(BigInteger))
_queue_ids = bindparam("queue_ids", type_=ARRAY(BigInteger))
_ALL = _executions()
_BY_ID = _executions((ExecutionRow.id == any_(_ids), QueueRow.id == any_(_queue_ids)))
_OF_JOBS = _executions((ExecutionRow.job_id == any_(_ids), QueueRow.job_id == any_(_ids)))
V3_EXECUTION_CLAUSES = execution_clauses(_ALL.c)
_WAITS = _waiting().subquery()
_WAITING_CLAUSES = execution_clauses(_WAITS.c)
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
    "status": type_coerce(_ALL.c.status, String),  # capitals only: the index need not be of lower case
}


_LINKS: Mapping[Any, Any] = {JobTypeRow: _ALL.c.job_type_id, NodeRow: _ALL.c.node_id}
"""Tables of few rows, and the column of executions that points to them; there is an index of the executions of each row."""
V3_EXECUTION_ORDER = columns_of(
    Field,
    _ALL.c,
    {Field(name): column for name, column in _COMPUTED.items()},
    job=JobRow,
    job_type=JobTypeRow,
    job__job_type=JobTypeRow,
    node=NodeRow,
    error=ErrorRow,
)


def _execution(*, task_results: Document | None, exit_code: int | None, **columns: Any) -> V3Execution:
    pre, job, post = tasks.steps(task_results, columns["started"])
    exit_code = exit_code if job.exit_code is None else job.exit_code
    return V3Execution(
        **columns,
        pre_started=pre.started,
        pre_completed=pre.completed,
        pre_exit_code=pre.exit_code,
        job_started=job.started,
        job_completed=job.completed,
        job_exit_code=exit_code,
        post_started=post.started,
        post_completed=post.completed,
        post_exit_code=post.exit_code,
    )


def _mapper(table: Subquery) -> RowMapper[V3Execution]:
    return RowMapper(_execution, **{name: table.c[name] for name in ("id", "status", "job_id", "node_id", "error_id", *_OWN)})


_LISTED = RowMapper(
    V3StoredExecutionItem,
    execution=_mapper(_BY_ID),
    node=mapper_of(V3Node, NodeRow, archived=NodeRow.deprecated).optional,
    error=mappers.ERROR.optional,
)
_STORED = mapper_of(
    V3StoredExecution,
    _BY_ID.c,
    execution=_mapper(_BY_ID),
    node=mapper_of(V3Node, NodeRow, archived=NodeRow.deprecated).optional,
    error=mappers.ERROR_ITEM.optional,
    manifest=JobTypeRevisionRow.manifest,
)
_EXECUTION = _mapper(_OF_JOBS)


def _query(mapper: RowMapper[Any]) -> Select[Any]:
    return (
        select(*mapper.columns)
        .select_from(_BY_ID)
        .outerjoin(NodeRow, NodeRow.id == _BY_ID.c.node_id)
        .outerjoin(ErrorRow, ErrorRow.id == _BY_ID.c.error_id)
    )


_SELECT_LISTED = _query(_LISTED)
_SELECT_STORED = (
    _query(_STORED)
    .join(JobRow, JobRow.id == _BY_ID.c.job_id)
    .join(JobTypeRevisionRow, JobTypeRevisionRow.id == JobRow.job_type_rev_id)
)
_OF_JOB = select(*_EXECUTION.columns).order_by(_OF_JOBS.c.exe_num.desc())
_LATEST = select(*_EXECUTION.columns).ext(distinct_on(_OF_JOBS.c.job_id)).order_by(_OF_JOBS.c.job_id, _OF_JOBS.c.exe_num.desc())


class V3ExecutionRepository:
    """Reads attempts."""

    def __init__(self, connection: AsyncConnection, list_seconds: float) -> None:
        """`list_seconds` is how long a list may take that no index serves."""
        self._connection = connection
        self._list_seconds = list_seconds

    async def page(
        self, criteria: ExecutionFilter, order: Sequence[SortKey[Field]], request: PageRequest
    ) -> Page[V3StoredExecutionItem]:
        """A page of executions, each with its node and its error.

        Raises:
            InvalidPage: Beyond the end.
            DatabaseBusy: It takes too long, which no index can help; the text says what would.
        """
        async with time_limit(self._connection, self._list_seconds, HELP):
            ids = await self._ids(await resolved(self._connection, criteria), order, request)
        if not ids.items:
            return ids.of([])
        items = await _LISTED.all(self._connection, _SELECT_LISTED, _keys(ids.items))
        by_id = {item.execution.id: item for item in items}
        # An attempt that was claimed a moment ago has another id now.
        return ids.of([by_id[id_] for id_ in ids.items if id_ in by_id])

    async def _ids(self, criteria: ExecutionFilter, order: Sequence[SortKey[Field]], request: PageRequest) -> Page[int]:
        counting = select(begun_executions(criteria) + counted(_WAITS, *where(_WAITING_CLAUSES, criteria)))
        count = 0 if selects_nothing(criteria) else (await self._connection.execute(counting)).scalar_one()
        number = request.locate(count)
        if count == 0:
            return Page([], count, number, request.size)
        window = Window.of(request, number, count)
        rows = await self._connection.execute(_in_sequence(where(V3_EXECUTION_CLAUSES, criteria), order, window))
        return Page(window.forwards([row.id for row in rows]), count, number, request.size)

    async def listed(self, execution_id: int) -> V3StoredExecutionItem:
        """An execution as the page shows it.

        Raises:
            NotFound: There is none.
        """
        keys = _keys([storable_id(execution_id)])
        return await _LISTED.one(self._connection, _SELECT_LISTED, "Execution", execution_id, keys)

    async def get(self, execution_id: int) -> V3StoredExecution:
        """An execution with its documents.

        Raises:
            NotFound: There is none.
        """
        keys = _keys([storable_id(execution_id)])
        return await _STORED.one(self._connection, _SELECT_STORED, "Execution", execution_id, keys)

    async def of_job(self, job_id: int) -> list[V3Execution]:
        """The attempts of a job, the latest first."""
        return await _EXECUTION.all(self._connection, _OF_JOB, {"ids": [job_id]})

    async def latest(self, job_ids: Sequence[int]) -> dict[int, V3Execution]:
        """By job its latest attempt."""
        if not job_ids:
            return {}
        return {execution.job_id: execution for execution in await _EXECUTION.all(self._connection, _LATEST, {"ids": job_ids})}


def _keys(ids: Sequence[int]) -> dict[str, list[int]]:
    return {"ids": [id_ for id_ in ids if id_ > 0], "queue_ids": [-id_ for id_ in ids if id_ < 0]}


def _in_sequence(matching: Sequence[ColumnElement[bool]], order: Sequence[SortKey[Field]], window: Window) -> Select[Any]:
    """The ids of some executions."""
    columns = [V3_EXECUTION_ORDER[key.field] for key in order]
    tables = {getattr(column, "class_", None) for column in columns}
    if window.depth <= WALKED and len(tables) == 1 and (table := tables.pop()) in _LINKS:
        return _of_each(table, [sortable(column) for column in columns], matching, order, window)
    query = select(_ALL.c.id).where(*matching)
    return window.cut(_sorted(query, order, is_reversed=window.is_reversed))


def _of_each(
    table: Any, values: Sequence[Any], matching: Sequence[ColumnElement[bool]], order: Sequence[SortKey[Field]], window: Window
) -> Select[Any]:
    """By a job type or a node: the first executions of each, and those that have none."""
    directions = [key.descending != window.is_reversed for key in order]
    of_row = [_LINKS[table] == table.id, *matching]
    parts = [first_of_each(values, table, _ALL.c.id, of_row, depth=window.depth, is_descending=directions[-1])]
    if table is NodeRow:
        gaps = part([literal(None, value.type) for value in values], _ALL.c.id)
        parts.append(gaps.where(*matching, _ALL.c.node_id.is_(None)))
    return merged(parts, window, directions)


def _sorted(query: Select[Any], order: Sequence[SortKey[Field]], *, is_reversed: bool) -> Select[Any]:
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
    return sort(query, order, V3_EXECUTION_ORDER, _ALL.c.id, is_reversed=is_reversed)
