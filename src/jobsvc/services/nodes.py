"""Nodes: listed, shown, paused and resumed."""

from collections.abc import Mapping
from typing import Any

from jobsvc.db.database import Database
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.filters import NodeFilter
from jobsvc.domain.operation_records import NodeItem
from jobsvc.domain.sorting import NodeOrderField
from jobsvc.services.clock import Clock
from jobsvc.services.reading import ReadService


class NodeService(ReadService[NodeFilter, NodeOrderField, NodeItem, NodeItem]):
    """Use cases around nodes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, lambda tx: tx.nodes)
        self._clock = clock

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
            await tx.nodes.change(node_id, values)
