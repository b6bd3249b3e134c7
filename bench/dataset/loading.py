"""Fills a database that was just migrated, on as many connections as there are processors to use."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import asyncpg

from bench.dataset.indexes import Index, removable
from bench.dataset.size import Size
from bench.dataset.statements import few, fillings, totals

TABLES = ["job", "execution", "job_input_file", "event", "file", "recipe_node", "queue", "lease", "recipe", "batch"]
# Neither foreign keys nor the triggers of tables fire, whatever migrations add: what is loaded is consistent by its making.
_SESSION = {
    "session_replication_role": "replica",
    "synchronous_commit": "off",
    "maintenance_work_mem": "512MB",
    "work_mem": "64MB",
    "jit": "off",
    "timezone": "UTC",
}
_SEQUENCES = """
    SELECT format('SELECT setval(%L, GREATEST(1, (SELECT max(id) FROM %I)))',
                  pg_get_serial_sequence(table_name, 'id'), table_name)
    FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'id' AND is_identity = 'YES'
"""
# Triggers that always run have counted each statement; folding all of that takes longer than counting the rows.
_UNFOLDED = "SELECT format('TRUNCATE %I', relname) FROM pg_class WHERE relkind = 'r' AND relname LIKE '%\\_delta'"
Say = Callable[[str], None]


class Loader:
    """One load, by some connections at the same time."""

    def __init__(self, connections: Sequence[asyncpg.Connection], size: Size, say: Say) -> None:
        self._connections = connections
        self._size = size
        self._say = say

    async def load(self) -> None:
        """All of it."""
        first = self._connections[0]
        if await first.fetchval("SELECT count(*) FROM job_type"):
            raise SystemExit("There are jobs here already; name a --directory of its own.")
        taken = await self._take_indexes()
        await first.execute(few(self._size))
        for group in fillings(self._size):
            await self._all((f"{filling.name} filled", list(filling.statements(self._size))) for filling in group)
        await first.execute(totals(self._size))
        await self._make_indexes(taken)
        for statement in await first.fetch(_UNFOLDED):
            await first.execute(statement[0])
        await first.execute("SELECT recount()")  # what the triggers have counted, by the indexes and without folding it
        for statement in await first.fetch(_SEQUENCES):
            await first.execute(statement[0])
        await self._all((f"{table} vacuumed", [f"VACUUM (FREEZE, ANALYZE) {table}"]) for table in TABLES)
        await first.execute("ANALYZE")

    async def _take_indexes(self) -> list[Index]:
        indexes = await removable(self._connections[0], TABLES)
        for index in indexes:
            await self._connections[0].execute(index.removal)
        return indexes

    async def _make_indexes(self, indexes: Iterable[Index]) -> None:
        indexes = list(indexes)
        await self._all((f"{index.name} made", [index.definition]) for index in indexes)
        for index in indexes:
            if index.attachment:
                await self._connections[0].execute(index.attachment)

    async def _all(self, tasks: Iterable[tuple[str, list[str]]]) -> None:
        """Work off tasks, each on one connection; a connection takes the next one when it is done."""
        remaining = iter(tasks)

        async def work(connection: asyncpg.Connection) -> None:
            for name, statements in remaining:
                begun = time.monotonic()
                for statement in statements:
                    await connection.execute(statement)
                self._say(f"{name} in {time.monotonic() - begun:.0f} s")

        await asyncio.gather(*map(work, self._connections))


async def load(options: dict[str, Any], size: Size, *, processes: int, say: Say) -> None:
    """Load a history into the database that the driver's options lead to; a superuser has to log in there."""
    connections = [await asyncpg.connect(**options, server_settings=_SESSION) for _ in range(processes)]
    try:
        await Loader(connections, size, say).load()
    finally:
        for connection in connections:
            await connection.close()
