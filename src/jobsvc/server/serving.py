"""The server of the API, which ends so that nobody who calls meanwhile notices."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Any

import structlog
import uvicorn

from jobsvc.server.keeping import LOOK_SECONDS, look_after_all

log = structlog.get_logger(__name__)
LOOK_TICKS = round(LOOK_SECONDS / 0.1)
"""Of the server, between two looks at its connections."""
LAST_REQUEST_SECONDS = 1.0
"""That connections without a request are kept open when the server stops: a request may be on its way already, and a gateway
cannot send it to somebody else, for it may have had an effect. The answer says that the connection ends."""
POLL_SECONDS = 0.05


class Server(uvicorn.Server):
    """Looks after its connections, and ends in order once `should_exit` is set; signals are the affair of whoever runs it."""

    def __init__(self, config: uvicorn.Config, begin_stopping: Callable[[], None]) -> None:
        """`begin_stopping` fails readiness, and ends streams, which would not end by themselves."""
        super().__init__(config)
        self._begin_stopping = begin_stopping

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    def stop(self) -> None:
        """End soon."""
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Look after the connections; whether the server ends."""
        if counter % LOOK_TICKS == 0:
            look_after_all(self.server_state.connections, asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to take calls."""
        await super().startup(sockets)
        places = [item.getsockname() for server in self.servers for item in server.sockets]
        log.info("api.listening", addresses=[_address(*place[:2]) for place in places])

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, answer what is under way or comes at this moment, and close; those who follow a log come back."""
        self._begin_stopping()
        log.info("api.stopping", connections=len(self.server_state.connections), requests=self.server_state.total_requests)
        # Calls that the system has taken already would be broken off with the socket that they wait at.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for listener in self.servers:
            listener.close()
        await self._wait_for_last_requests()
        await super().shutdown(sockets)

    async def _wait_for_last_requests(self) -> None:
        for connection in list(self.server_state.connections):
            _let_end(connection)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_REQUEST_SECONDS):
                # The connections are those of uvicorn, which tells nobody that one has ended.
                while any(_may_ask(connection) for connection in self.server_state.connections):  # noqa: ASYNC110
                    await asyncio.sleep(POLL_SECONDS)


def _let_end(connection: Any) -> None:
    """Make the next answer of a connection its last one."""
    if hasattr(connection, "end_after_answer"):
        connection.end_after_answer()


def _may_ask(connection: Any) -> bool:
    """Whether a request may come on a connection that has none."""
    return hasattr(connection, "is_busy") and not connection.is_busy and not connection.transport.is_closing()


def _address(host: str, port: int) -> str:
    """As it stands in a URL: the colons of IPv6 are not those before a port."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
