"""What caused jobs."""

from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.tables import EventRow
from jobsvc.domain.records import Document


class EventRepository:
    """Writes events."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, kind: str, description: Document, occurred: datetime) -> int:
        """Record an event that no rule made; returns its id."""
        statement = insert(EventRow).values(type=kind, description=description, occurred=occurred).returning(EventRow.id)
        return (await self._connection.execute(statement)).scalar_one()
