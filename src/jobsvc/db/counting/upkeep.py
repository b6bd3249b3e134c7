"""Keeping the counts: deltas are folded into them, and once in a while all is counted again."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

FOLD = text("SELECT fold_counts()")
RECOUNT = text("SELECT recount()")


class CountRepository:
    """Keeps the counts of jobs and executions (see `tables/counts.py`)."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def fold(self) -> int:
        """Move all deltas into the counts; says how many there were, 0 also while another process does it."""
        return int((await self._connection.execute(FOLD)).scalar_one())

    async def recount(self) -> int:
        """Compare the counts with the rows and put right what differs, while others write; says how many lines differed."""
        return int((await self._connection.execute(RECOUNT)).scalar_one())
