"""Log lines in PostgreSQL."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import asyncpg
from sqlalchemy import ColumnElement, func, null, select, text, tuple_
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.log_matching import matching
from jobsvc.db.refusals import sqlstate
from jobsvc.db.row_mapper import RowMapper, mapper_of
from jobsvc.db.tables import ExecutionRow, JobTypeRow, LogLineRow, NodeRow
from jobsvc.domain.errors import DatabaseUnavailable, InvalidRequest
from jobsvc.domain.status import Stream
from jobsvc.ports.log_store import LogLine, LogOrigin, LogQuery, LogSearch, Position

COLUMNS = ("execution_id", "order_num", "time", "stream", "task", "message")
APPEND = text("""
    INSERT INTO log_line (execution_id, order_num, time, stream, task, message)
    SELECT :execution_id, * FROM unnest(CAST(:order_nums AS bigint[]), CAST(:times AS timestamptz[]), CAST(:streams AS text[]),
                                        CAST(:tasks AS bigint[]), CAST(:messages AS text[]))
    ON CONFLICT DO NOTHING
""")
# There is no quicker way to all executions than from each to the next one: PostgreSQL does not skip by itself.
LOGGED_BEFORE = text("""
    WITH RECURSIVE logged (id) AS (
        SELECT min(execution_id) FROM log_line WHERE execution_id > :after
        UNION ALL
        SELECT (SELECT min(execution_id) FROM log_line WHERE execution_id > logged.id) FROM logged WHERE id IS NOT NULL
    )
    SELECT l.id, COALESCE(NULLIF(e.cluster_id, ''), 'scale_' || l.id) AS name
    FROM (
        SELECT id FROM logged WHERE EXISTS (SELECT FROM log_line WHERE execution_id = logged.id AND time < :before) LIMIT :limit
    ) AS l LEFT JOIN execution e ON e.id = l.id ORDER BY l.id
""")
DELETE_LINES = text("""
    DELETE FROM log_line WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM log_line WHERE execution_id = ANY(CAST(:execution_ids AS bigint[])) LIMIT :limit))
""")
CANCELED_STATE = "57014"
LIMIT_TIME = text("SELECT set_config('statement_timeout', :milliseconds, true)")
PAGE_BYTES = 8 * 2**20
"""Bytes of messages that a page holds before its last line: lines can be long, and memory stays flat."""

STREAMS = {stream.value: stream for stream in Stream}
"""By their names: asking the enumeration takes three times as long."""

_ORIGIN = {
    "cluster_id": ExecutionRow.cluster_id,
    "node": NodeRow.hostname,
    "job_id": ExecutionRow.job_id,
    "exe_num": ExecutionRow.exe_num,
    "job_type": JobTypeRow.name,
    "job_type_version": JobTypeRow.version,
}


class StoredLine(NamedTuple):
    """A line of an execution that the reader knows, as it is stored."""

    time: datetime
    order_num: int
    stream: str
    message: str
    task: int | None

    def of(self, origin: LogOrigin) -> LogLine:
        """The line, with where it comes from."""
        return LogLine(self.time, self.order_num, STREAMS[self.stream], self.message, origin)


def _line(stored: StoredLine, **origin: Any) -> LogLine:
    return stored.of(LogOrigin(task=stored.task, **origin))


_STORED = mapper_of(StoredLine, LogLineRow)
_ORIGIN_MAPPER = RowMapper(LogOrigin, **_ORIGIN, task=null())
_LINE = RowMapper(_line, stored=_STORED, **_ORIGIN)


class LogLineRepository:
    """Reads and writes lines."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def append(self, execution_id: int, lines: Sequence[LogLine]) -> None:
        """Store lines; those that are there already stay as they are.

        DatabaseUnavailable also when the database is there but takes nothing, as when its disk is full.
        """
        try:
            async with self._connection.begin_nested():
                await self._copy(execution_id, lines)
        except asyncpg.UniqueViolationError:
            await self._append_new(execution_id, lines)
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError):
            raise
        except asyncpg.PostgresError as exc:
            reason, _, _ = str(exc).partition("\n")
            raise DatabaseUnavailable(f"The database rejects log lines: {reason}") from exc

    async def _copy(self, execution_id: int, lines: Sequence[LogLine]) -> None:
        """Store lines of which none is there, which is twice as fast."""
        raw = await self._connection.get_raw_connection()
        driver: Any = raw.driver_connection
        rows = ((execution_id, x.order_num, x.time, x.stream.value, x.origin.task, x.message) for x in lines)
        await driver.copy_records_to_table(LogLineRow.__tablename__, records=rows, columns=COLUMNS)

    async def _append_new(self, execution_id: int, lines: Sequence[LogLine]) -> None:
        parameters: dict[str, Any] = {
            "execution_id": execution_id,
            "order_nums": [line.order_num for line in lines],
            "times": [line.time for line in lines],
            "streams": [line.stream.value for line in lines],
            "tasks": [line.origin.task for line in lines],
            "messages": [line.message for line in lines],
        }
        await self._connection.execute(APPEND, parameters)

    async def find_origin(self, execution_id: int) -> LogOrigin | None:
        """Where the lines of an execution come from, without the task; None for an unknown execution."""
        query = (
            select(*_ORIGIN_MAPPER.columns).select_from(ExecutionRow).join(JobTypeRow, JobTypeRow.id == ExecutionRow.job_type_id)
        )
        query = query.outerjoin(NodeRow, NodeRow.id == ExecutionRow.node_id).where(ExecutionRow.id == execution_id)
        return await _ORIGIN_MAPPER.first(self._connection, query)

    async def page(self, query: LogQuery, after: Position | None, limit: int) -> list[StoredLine]:
        """The next lines; fewer than `limit` when they are long."""
        sequence = _sequence(query.newest_first, LogLineRow.time, LogLineRow.order_num)
        so_far = func.sum(func.octet_length(LogLineRow.message)).over(order_by=sequence, rows=(None, -1))
        conditions = [LogLineRow.execution_id == query.execution.id, *_conditions(query)]
        if after is not None:
            conditions.append(_beyond(query.newest_first, (LogLineRow.time, LogLineRow.order_num), after))
        numbered = select(*_STORED.columns, so_far.label("so_far")).where(*conditions).order_by(*sequence).limit(limit).subquery()
        fitting = func.coalesce(numbered.c.so_far, 0) < PAGE_BYTES
        statement = select(*(numbered.c[name] for name in StoredLine._fields)).where(fitting)
        statement = statement.order_by(*_sequence(query.newest_first, numbered.c.time, numbered.c.order_num))
        return await _STORED.all(self._connection, statement)

    async def search(self, search: LogSearch, at_most: timedelta) -> list[LogLine]:
        """Lines of all executions; InvalidRequest when they are not found in time. The transaction ends with it."""
        begun = time.monotonic()
        await self._connection.execute(LIMIT_TIME, {"milliseconds": str(max(1, int(at_most.total_seconds() * 1000)))})
        key = (LogLineRow.time, ExecutionRow.cluster_id, LogLineRow.order_num)
        query = select(*_LINE.columns).select_from(LogLineRow).join(ExecutionRow, ExecutionRow.id == LogLineRow.execution_id)
        query = query.join(JobTypeRow, JobTypeRow.id == ExecutionRow.job_type_id)
        query = query.outerjoin(NodeRow, NodeRow.id == ExecutionRow.node_id).where(*_conditions(search))
        if search.job_type_names is not None:
            query = query.where(JobTypeRow.name.in_(search.job_type_names))
        if search.after is not None:
            query = query.where(_beyond(search.newest_first, key, search.after))
        query = query.order_by(*_sequence(search.newest_first, *key)).limit(search.limit)
        try:
            return await _LINE.all(self._connection, query)
        except DBAPIError as exc:
            # It may have been canceled by somebody, too, who did not mean its length.
            if sqlstate(exc) == CANCELED_STATE and time.monotonic() >= begun + at_most.total_seconds():
                raise InvalidRequest("The search takes too long; ask for a shorter time range.") from exc
            raise

    async def logged_before(self, before: datetime, after_id: int, limit: int) -> list[tuple[int, str]]:
        """Ids and names of the next executions, behind an id, that have lines older than a time."""
        parameters = {"before": before, "after": after_id, "limit": limit}
        return [(row.id, row.name) for row in await self._connection.execute(LOGGED_BEFORE, parameters)]

    async def delete(self, execution_ids: Sequence[int], limit: int) -> int:
        """Delete at most so many lines of executions; returns how many there were."""
        parameters = {"execution_ids": list(execution_ids), "limit": limit}
        return (await self._connection.execute(DELETE_LINES, parameters)).rowcount


def _conditions(query: LogQuery | LogSearch) -> list[ColumnElement[bool]]:
    conditions = [] if query.text is None else matching(query.text)
    if query.stream is not None:
        conditions.append(LogLineRow.stream == query.stream)
    if query.started is not None:
        conditions.append(LogLineRow.time >= query.started)
    if query.ended is not None:
        conditions.append(LogLineRow.time <= query.ended)
    return conditions


def _beyond(newest_first: bool, key: Sequence[Any], position: Sequence[Any]) -> ColumnElement[bool]:  # noqa: FBT001
    place = tuple_(*position)
    return tuple_(*key) < place if newest_first else tuple_(*key) > place


def _sequence(newest_first: bool, *key: Any) -> list[ColumnElement[Any]]:  # noqa: FBT001
    return [column.desc() if newest_first else column.asc() for column in key]
