"""What caused jobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.tables import EventRow


class EventRepository:
    """Writes events."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, kind: str, description: dict[str, Any], occurred: datetime) -> int:
        """Record an event that no rule made; returns its id."""
        statement = insert(EventRow).values(type=kind, description=description, occurred=occurred).returning(EventRow.id)
        return (await self._connection.execute(statement)).scalar_one()
