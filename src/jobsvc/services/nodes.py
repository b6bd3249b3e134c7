"""Nodes: listed, shown, paused and resumed."""

from collections.abc import Mapping, Sequence
from typing import Any

from jobsvc.db.database import Database
from jobsvc.domain.errors import InvalidRequest, NotFound
from jobsvc.domain.filters import NodeFilter
from jobsvc.domain.operation_records import NodeItem
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.sorting import NodeOrderField, SortKey
from jobsvc.services.clock import Clock


class NodeService:
    """Use cases around nodes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    async def list(self, criteria: NodeFilter, order: Sequence[SortKey[NodeOrderField]], request: PageRequest) -> Page[NodeItem]:
        """A page of the nodes that match."""
        async with self._db.transaction() as tx:
            return await tx.nodes.page(criteria, order, request)

    async def get(self, node_id: int) -> NodeItem:
        """A node; raises NotFound."""
        async with self._db.transaction() as tx:
            record = await tx.nodes.get(node_id)
        if record is None:
            raise NotFound("Node", node_id)
        return record

    async def change(self, node_id: int, changes: Mapping[str, Any]) -> None:
        """Change a node's is_paused, pause_reason or is_active; raises InvalidRequest for no change, NotFound.

        What runs on a paused node goes on; nothing more is started there. Whoever resumes it takes the reason back.
        """
        if not changes:
            raise InvalidRequest("At least one of is_paused, pause_reason and is_active is required.")
        values = dict(changes)
        if values.get("is_paused") is False:
            values["pause_reason"] = None
        if "is_active" in values:
            values["deprecated"] = None if values["is_active"] else self._clock()
        async with self._db.transaction() as tx:
            if not await tx.nodes.change(node_id, values):
                raise NotFound("Node", node_id)
