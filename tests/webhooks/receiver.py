"""A receiver of webhooks on this host's loopback."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

Answer = tuple[int, dict[str, str]]
OK: Answer = 200, {}


@dataclass
class Message:
    """What came."""

    headers: dict[str, str]
    body: str

    @property
    def event(self) -> dict[str, Any]:
        """The event in it."""
        return dict(json.loads(self.body)["data"])


@dataclass
class Receiver:
    """Keeps all messages; `answer` says what each is answered, and may take its time."""

    url: str
    messages: list[Message] = field(default_factory=list)
    answer: Callable[[Message], Awaitable[Answer]] | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        try:
            _, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
            message = Message(headers, (await reader.readexactly(int(headers["content-length"]))).decode())
            self.messages.append(message)
            status, more = await self.answer(message) if self.answer else OK
            head = "".join(f"{name}: {value}\r\n" for name, value in more.items())
            writer.write(f"HTTP/1.1 {status} Some\r\n{head}Content-Length: 2000\r\n\r\n{'x' * 2000}".encode())
            await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver."""
    receiver = Receiver("")
    async with await asyncio.start_server(receiver.serve, "127.0.0.1", 0) as server:
        receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        yield receiver


@contextmanager
def receiving_in_thread() -> Iterator[Receiver]:
    """A receiver beside a test without an event loop."""
    receivers: list[Receiver] = []
    ready, done, loop = threading.Event(), asyncio.Event(), asyncio.new_event_loop()

    async def receive() -> None:
        async with receiving() as receiver:
            receivers.append(receiver)
            ready.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(receive(),))
    thread.start()
    try:
        ready.wait()
        yield receivers[0]
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()


def answering(*statuses: int, **headers: str) -> Callable[[Message], Awaitable[Answer]]:
    """Answers one after the other; the last one again and again."""
    rest = list(statuses)

    async def answer(_: Message) -> Answer:
        return (rest.pop(0) if len(rest) > 1 else rest[0]), {name.replace("_", "-"): value for name, value in headers.items()}

    return answer
