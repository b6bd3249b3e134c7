"""The numbers that new rows get: kept beyond the ids that an import brings."""

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.transfer.tables import TABLES
from jobsvc.domain.transfer_lines import Rows

_NAME = "CAST(pg_get_serial_sequence(:table, 'id') AS regclass)"
_LAST = text(f"SELECT COALESCE(pg_sequence_last_value({_NAME}), 0)")
_MOVE = text(f"SELECT setval({_NAME}, :to) WHERE COALESCE(pg_sequence_last_value({_NAME}), 0) < :to")
_GIVE_BACK = text(f"SELECT setval({_NAME}, greatest(:was, 1), :was > 0) WHERE pg_sequence_last_value({_NAME}) = :to")
NUMBERED = tuple(table for table in TABLES if "id" in table.columns)


class Sequences:
    """Moves sequences ahead of the rows, so that a service that runs meanwhile takes no id of them.

    No transaction takes that back; a failed import has to call `give_back` in another one.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.moved: dict[str, tuple[int, int]] = {}
        """From where to where, by table."""

    async def move(self, rows: Rows) -> None:
        """Let new rows get higher ids than these have."""
        for table in NUMBERED:
            if table.name in rows:
                # The line comes first in a row, then the id.
                await self.move_to(table.name, max(row[1] for row in rows[table.name]))

    async def move_to(self, table: str, highest: int) -> None:
        """Let new rows of a table get higher ids than this."""
        last = self.moved[table][1] if table in self.moved else await self._last(table)
        if highest > last:
            first = self.moved[table][0] if table in self.moved else last
            self.moved[table] = first, highest
            await self._connection.execute(_MOVE, {"table": table, "to": highest})

    async def give_back(self, moved: Mapping[str, tuple[int, int]]) -> None:
        """Take moves back, unless new rows got numbers since."""
        for table, (was, to) in moved.items():
            await self._connection.execute(_GIVE_BACK, {"table": table, "was": was, "to": to})

    async def _last(self, table: str) -> int:
        return int((await self._connection.execute(_LAST, {"table": table})).scalar_one())
