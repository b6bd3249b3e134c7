"""Log lines in PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.tables import ExecutionRow, LogLineRow, NodeRow
from jobsvc.domain.status import Stream
from jobsvc.ports.log_store import LogLine, LogQuery

APPEND = text("""
    INSERT INTO log_line (execution_id, order_num, time, stream, task, message)
    SELECT :execution_id, * FROM unnest(CAST(:order_nums AS bigint[]), CAST(:times AS timestamptz[]), CAST(:streams AS text[]),
                                        CAST(:tasks AS bigint[]), CAST(:messages AS text[]))
    ON CONFLICT DO NOTHING
""")


class LogLineRepository:
    """Reads and writes lines."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def append(self, execution_id: int, lines: Sequence[LogLine]) -> None:
        """Store lines; those that are there already stay as they are."""
        parameters: dict[str, Any] = {
            "execution_id": execution_id,
            "order_nums": [line.order_num for line in lines],
            "times": [line.time for line in lines],
            "streams": [line.stream.value for line in lines],
            "tasks": [line.task for line in lines],
            "messages": [line.message for line in lines],
        }
        await self._connection.execute(APPEND, parameters)

    async def page(self, query: LogQuery, after: int, limit: int) -> list[LogLine]:
        """The next lines after a number; numbers of one execution ascend with time."""
        conditions = [LogLineRow.execution_id == query.execution_id, LogLineRow.order_num > after]
        if query.stream is not None:
            conditions.append(LogLineRow.stream == query.stream)
        if query.started is not None:
            conditions.append(LogLineRow.time >= query.started)
        statement = (
            select(
                LogLineRow.time,
                LogLineRow.order_num,
                LogLineRow.stream,
                LogLineRow.message,
                ExecutionRow.cluster_id,
                LogLineRow.task,
                NodeRow.hostname,
            )
            .join(ExecutionRow, ExecutionRow.id == LogLineRow.execution_id)
            .join(NodeRow, NodeRow.id == ExecutionRow.node_id)
            .where(*conditions)
            .order_by(LogLineRow.order_num)
            .limit(limit)
        )
        rows = await self._connection.execute(statement)
        return [LogLine(row[0], row[1], Stream(row[2]), *row[3:]) for row in rows]
