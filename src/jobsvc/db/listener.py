"""LISTEN: wakes its owner when something was committed that concerns it."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import asyncpg

from jobsvc.db.database import Database
from jobsvc.db.refusals import connecting, unavailable
from jobsvc.db.retry import run_periodically

Handler = Callable[[str], None]


class Listener:
    """One connection that listens to channels for as long as `run` is awaited, and comes back when it breaks.

    What was sent while it was away is lost, so after each (re)connect every handler is called once with an empty
    payload: "look for yourself".
    """

    def __init__(self, database: Database, handlers: Mapping[str, Handler], *, retry_seconds: float = 0.5) -> None:
        self._database = database
        self._handlers = handlers
        self._retry_seconds = retry_seconds

    async def run(self) -> None:
        """Listen until cancelled."""
        await run_periodically(self._listen, "listener", self._retry_seconds)

    async def _listen(self) -> None:
        with connecting():
            connection = await asyncpg.connect(**self._database.session_options)
        with unavailable():
            await self._hear(connection)

    async def _hear(self, connection: Any) -> None:
        try:
            closed = asyncio.Event()
            connection.add_termination_listener(lambda _: closed.set())
            for channel in self._handlers:
                await connection.add_listener(channel, self._receive)
            for handler in self._handlers.values():
                handler("")
            await closed.wait()
        finally:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=2)

    def _receive(self, _connection: Any, _pid: int, channel: str, payload: object) -> None:
        self._handlers[channel](str(payload))
