"""Nodes: listed, shown, paused and resumed."""

from jobsvc.db.database import Database
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.filters import NodeFilter
from jobsvc.domain.operation_records import NodeItem
from jobsvc.domain.sorting import NodeOrderField
from jobsvc.domain.writes import NodeUpdate
from jobsvc.services.clock import Clock
from jobsvc.services.reading import ReadService


class NodeService(ReadService[NodeFilter, NodeOrderField, NodeItem, NodeItem]):
    """Use cases around nodes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, lambda tx: tx.nodes)
        self._clock = clock

    async def change(self, node_id: int, change: NodeUpdate) -> None:
        """Change a node's is_paused, pause_reason or is_active.

        What runs on a paused node goes on; nothing more is started there. Whoever resumes it takes the reason back.

        Raises:
            InvalidRequest: For no change.
            NotFound: There is none.
        """
        if not change.model_fields_set:
            raise InvalidRequest("At least one of is_paused, pause_reason and is_active is required.")
        columns = change.columns
        if columns.get("is_paused") is False:
            columns["pause_reason"] = None
        if "is_active" in columns:
            columns["deprecated"] = None if change.is_active else self._clock()
        async with self._db.transaction() as tx:
            await tx.nodes.change(node_id, NodeUpdate(**columns))
