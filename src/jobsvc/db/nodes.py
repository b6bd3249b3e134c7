"""Hosts and the workers on them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, literal_column, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import channels
from jobsvc.db.clauses import NODE_CLAUSES, where
from jobsvc.db.paging import page_of
from jobsvc.db.row_mapper import RowMapper, mapper_of
from jobsvc.db.sorting import columns_of, sort
from jobsvc.db.tables import NodeRow, WorkerRow
from jobsvc.domain.errors import NotFound
from jobsvc.domain.filters import NodeFilter
from jobsvc.domain.ids import storable_id
from jobsvc.domain.operation_records import NodeItem
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.resources import read_amounts
from jobsvc.domain.sorting import NodeOrderField, SortKey
from jobsvc.domain.writes import NodeUpdate

# A node that was imported has whatever its system wrote of its resources.
NODE = mapper_of(NodeItem, NodeRow, resources=RowMapper(read_amounts, document=NodeRow.resources))
NODE_ORDER = columns_of(NodeOrderField, NodeRow)


class NodeRepository:
    """Reads and writes nodes and workers."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(self, criteria: NodeFilter, order: Sequence[SortKey[NodeOrderField]], request: PageRequest) -> Page[NodeItem]:
        """A page of nodes.

        Raises:
            InvalidPage: Beyond the end.
        """
        query = sort(select(*NODE.columns).where(*where(NODE_CLAUSES, criteria)), order, NODE_ORDER, NodeRow.id)
        return await page_of(self._connection, query, request, NODE.read)

    async def get(self, node_id: int) -> NodeItem:
        """A node by its id.

        Raises:
            NotFound: There is none.
        """
        query = select(*NODE.columns).where(NodeRow.id == storable_id(node_id))
        return await NODE.one(self._connection, query, "Node", node_id)

    async def change(self, node_id: int, change: NodeUpdate) -> None:
        """Change a node and let its workers look at the queue.

        Raises:
            NotFound: There is none.
        """
        statement = update(NodeRow).where(NodeRow.id == storable_id(node_id)).values(**change.columns).returning(NodeRow.id)
        if (await self._connection.execute(statement)).first() is None:
            raise NotFound("Node", node_id)
        await channels.notify(self._connection, channels.QUEUE)

    async def ensure(self, hostname: str, resources: Mapping[str, float]) -> int:
        """The id of a host, made known on its first appearance."""
        statement = postgresql.insert(NodeRow).values(hostname=hostname, resources=dict(resources))
        statement = statement.on_conflict_do_update(
            index_elements=["hostname"], set_={"resources": statement.excluded.resources, "is_active": True, "deprecated": None}
        )
        return (await self._connection.execute(statement.returning(NodeRow.id))).scalar_one()

    async def register(
        self,
        worker_id: str,
        node_id: int,
        *,
        pid: int,
        slots: int,
        now: datetime,
        engines: Sequence[str] = (),
        on_host: Sequence[str] = (),
    ) -> None:
        """A worker has started, or is alive; one that was removed after a long silence is added again.

        `on_host` are those of its engines whose runs take their resources of the node.
        """
        news = {"slots": slots, "engines": list(engines), "engines_on_host": list(on_host), "heartbeat": now}
        statement = postgresql.insert(WorkerRow).values(id=worker_id, node_id=node_id, pid=pid, started=now, **news)
        keyed = statement.on_conflict_do_update(index_elements=["id"], set_=news)
        is_new = await self._connection.scalar(keyed.returning(literal_column("xmax = 0")))
        if is_new:
            active = {"is_active": True, "deprecated": None}
            await self._connection.execute(update(NodeRow).where(NodeRow.id == node_id, ~NodeRow.is_active).values(**active))

    async def unregister_worker(self, worker_id: str) -> None:
        """A worker has stopped, or is known to be dead; with its last worker, a node is active no more."""
        await self._remove_workers(WorkerRow.id == worker_id)

    async def prune_stalled_workers(self, before: datetime) -> None:
        """Remove workers that have not been seen since, as `unregister_worker` does."""
        await self._remove_workers(WorkerRow.heartbeat < before)

    async def _remove_workers(self, condition: ColumnElement[bool]) -> None:
        nodes = select(WorkerRow.node_id).where(condition)
        # Two workers of a node that stop at the same time: the second one sees that the first one is gone.
        locked = select(NodeRow.id).where(NodeRow.id.in_(nodes)).order_by(NodeRow.id).with_for_update()
        ids = list((await self._connection.execute(locked)).scalars())
        await self._connection.execute(delete(WorkerRow).where(condition))
        has_worker = select(WorkerRow.id).where(WorkerRow.node_id == NodeRow.id).exists()
        idle = update(NodeRow).where(NodeRow.id.in_(ids), NodeRow.is_active, ~has_worker)
        await self._connection.execute(idle.values(is_active=False, deprecated=func.now()))
