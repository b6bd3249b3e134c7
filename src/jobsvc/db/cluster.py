"""All nodes at a glance: their workers, what runs on them and what ended on them lately."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, bindparam, cast, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.nodes import NODE
from jobsvc.db.schema_revisions import revision_of
from jobsvc.db.tables import NodeRow, WorkerRow
from jobsvc.domain.operation_records import Amounts, NodeExecutions, NodeStatus

EXECUTIONS = text("""
    SELECT node_id, job_type_id, status, NULL AS category, count(*) AS count
    FROM execution WHERE status = 'RUNNING' GROUP BY 1, 2, 3
    UNION ALL
    SELECT x.node_id, x.job_type_id, x.status, e.category, count(*) FROM execution x LEFT JOIN error e ON e.id = x.error_id
    WHERE x.last_modified >= :since AND x.ended >= :since AND x.status IN ('COMPLETED', 'FAILED') AND x.node_id IS NOT NULL
    GROUP BY 1, 2, 3, 4
    ORDER BY 1, 2, 3, 4
""")
USED = text("""
    SELECT x.node_id, r.key AS name, sum(CAST(r.value AS double precision)) AS amount
    FROM execution x CROSS JOIN LATERAL jsonb_each(
        CASE jsonb_typeof(x.resources -> 'resources') WHEN 'object' THEN x.resources -> 'resources' ELSE '{}' END) AS r
    WHERE x.status = 'RUNNING' AND jsonb_typeof(r.value) = 'number' GROUP BY x.node_id, r.key
""")


class ClusterRepository:
    """Reads what nodes do, and what they do it on."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def schema_revision(self) -> str | None:
        """The revision of the schema; None when there is none."""
        return await revision_of(self._connection)

    async def nodes(self, heard_since: datetime, ended_since: datetime) -> list[NodeStatus]:
        """The active nodes by hostname, with the workers that were heard of and the executions that ended since."""
        used = await self._used()
        executions: dict[int, list[NodeExecutions]] = {}
        for columns in (await self._connection.execute(EXECUTIONS, {"since": ended_since})).mappings():
            executions.setdefault(columns["node_id"], []).append(NodeExecutions(**columns))
        result = []
        for row in await self._connection.execute(_NODES, {"heard_since": heard_since}):
            node = NODE.read(row)
            result.append(NodeStatus(node, row.workers, row.slots, used.get(node.id, {}), executions.get(node.id, [])))
        return result

    async def _used(self) -> dict[int, Amounts]:
        used: dict[int, Amounts] = {}
        for row in await self._connection.execute(USED):
            used.setdefault(row.node_id, {})[row.name] = row.amount
        return used


def _nodes() -> Any:
    heard = (
        select(WorkerRow.node_id, func.count().label("workers"), cast(func.sum(WorkerRow.slots), BigInteger).label("slots"))
        .where(WorkerRow.heartbeat >= bindparam("heard_since"))
        .group_by(WorkerRow.node_id)
        .subquery()
    )
    counts = (func.coalesce(heard.c[name], 0).label(name) for name in ("workers", "slots"))
    query = select(*NODE.columns, *counts).outerjoin(heard, heard.c.node_id == NodeRow.id)
    return query.where(NodeRow.is_active).order_by(NodeRow.hostname)


_NODES = _nodes()
