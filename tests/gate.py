"""A gate in the database: whoever makes some change waits there until the test lets him through.

So a test decides what happens at the same time, and what before what, in whichever process.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from tests.refusing import administrator
from tests.waiting import eventually

KEY = 4711
SET_UP = f"""
    CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_advisory_xact_lock_shared({KEY}); RETURN NEW; END $$
"""
WAITING = f"""
    SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.objid = {KEY} AND NOT l.granted AND a.datname = current_database()
"""  # noqa: S608 - a number of our own


class Gate:
    """A gate that is closed at first."""

    def __init__(self, admin: asyncpg.Connection) -> None:
        self._admin = admin

    async def someone_waits(self) -> str:
        """The application's name of the connection that waits, as soon as one does."""
        return str(await eventually(lambda: self._admin.fetchval(WAITING)))

    async def open(self) -> None:
        """Let everybody through from now on."""
        await self._admin.execute("SELECT pg_advisory_unlock_all()")


@asynccontextmanager
async def gate_before_update(database_url: str, table: str, condition: str) -> AsyncIterator[Gate]:
    """A gate for updates of rows of a table for which the condition (on OLD and NEW) holds."""
    async with administrator(database_url) as admin:
        await admin.execute(SET_UP)
        await admin.execute(
            f"CREATE TRIGGER gate BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION gate()"
        )
        await admin.execute(f"SELECT pg_advisory_lock({KEY})")
        gate = Gate(admin)
        try:
            yield gate
        finally:
            await gate.open()
            await admin.execute("DROP FUNCTION gate() CASCADE")
