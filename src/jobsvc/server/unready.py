"""Answering while a process waits for the schema of its database."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from socket import socket

from jobsvc import wiring
from jobsvc.api.unready import unready_app
from jobsvc.db.database import Database
from jobsvc.opening import Meanwhile
from jobsvc.server.beside import served
from jobsvc.services.health import HealthService
from jobsvc.settings import Settings


def answering(settings: Settings, sockets: Sequence[socket]) -> Meanwhile:
    """Answers on these sockets, if there are any, which stay open afterwards."""

    @asynccontextmanager
    async def answer(database: Database) -> AsyncIterator[None]:
        if not sockets:
            yield
            return
        log_store = wiring.open_log_store(settings, database)
        app = unready_app(HealthService(database, log_store), settings.root_path)
        try:
            # The server closes what it is given; who calls before the next one takes calls waits for that.
            async with served(app, [item.dup() for item in sockets]):
                yield
        finally:
            await log_store.close()

    return answer
