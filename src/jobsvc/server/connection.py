"""A connection: what its client sends reaches a handler as it was sent, and nothing of it is kept beyond the limits."""

import asyncio
import urllib.parse
from typing import Any

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from jobsvc.server import refusals
from jobsvc.server.cycle import Cycle
from jobsvc.server.keeping import make_room
from jobsvc.server.limits import PIECE_BYTES, Limits
from jobsvc.server.phase import Phase
from jobsvc.server.refusals import Refused, refusing
from jobsvc.server.replay import parser_of, without_upgrade

HTTP_2 = b"PRI"


class Connection(HttpToolsProtocol):
    """Parses with httptools as uvicorn does. Reads no more of a request than its limits allow, and obeys no upgrade.

    Answers are written through it (`write`, `close`, `is_closing`), so that it can close in such a way that they are read.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: Limits,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # The service has a log of its own.
        self.access_log = False
        self.limits = limits
        self.phase = Phase.IDLE
        self.waiting_since = self.loop.time()
        self.waited_for_body = 0.0
        self.unsent = 0
        self.stalled_since = self.waiting_since
        self.is_refused = False
        self.is_lingering = False
        self.is_ending = False
        self.content = 0
        self._held = b""
        self._raw = 0
        self._head = 0
        self._discarded = 0
        self._refused: Refused | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a request is being answered."""
        return bool(self.cycle) and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, in the place of another one when there are too many."""
        super().connection_made(transport)
        self.write = transport.write
        self.is_closing = transport.is_closing
        if len(self.connections) > self.limits.connections and not make_room(self.connections, self):
            self.refuse(Refused(503, refusals.TOO_MANY))

    def data_received(self, data: bytes) -> None:
        """Parse in pieces, for the limits are looked at in between; no further than to requests that wait for others."""
        self._unset_keepalive_if_required()
        if self._held:
            data, self._held = self._held + data, b""
        for start in range(0, len(data), PIECE_BYTES):
            if self.pipeline and not self.is_refused:
                self._held = data[start:]
                self.flow.pause_reading()
                return
            self._parse(data[start : start + PIECE_BYTES])

    def _parse(self, piece: bytes) -> None:
        if self.is_refused or self.is_lingering:
            self._discard(len(piece))
            return
        self._raw += len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as switch:
            self._parse_once_more(piece[switch.args[0] :])
        except httptools.HttpParserError as exc:
            self.refuse(self._refused or self._what_is_wrong(exc))
        else:
            self._require_bounds()

    def _parse_once_more(self, rest: bytes) -> None:
        """A parser that has seen an upgrade skips the body: let another one read the request without it (RFC 9110, 7.8)."""
        head = without_upgrade(self.parser, self.url, self.headers)
        self.parser = parser_of(self)
        self._parse(head)
        self._parse(rest)

    def _what_is_wrong(self, problem: httptools.HttpParserError) -> Refused:
        if self.parser.get_method() == HTTP_2:
            return Refused(505, refusals.HTTP_2)
        detail = refusals.BROKEN_BODY if self.phase is Phase.BODY else refusals.NOT_HTTP
        # What a callback ran into is an address that is none: all else is said by the parser itself.
        why = "its address cannot be read" if isinstance(problem, httptools.HttpParserCallbackError) else str(problem)
        return Refused(400, detail.format(why))

    def _require_bounds(self) -> None:
        if self.phase is Phase.HEAD and self._raw > self.limits.head_bytes:
            self.refuse(self._long_head())
        elif self.phase is Phase.BODY and self._raw - self.content > self.limits.framing(self.content):
            self.refuse(Refused(400, refusals.LONG_FRAMING))

    def _long_head(self) -> Refused:
        return Refused(431, refusals.LONG_HEAD.format(self.limits.header_bytes))

    def _stop(self, refused: Refused) -> None:
        """Make the parser stop: it passes on that a callback failed, not why."""
        self._refused = refused
        raise refused

    # What the parser calls.

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.phase = Phase.HEAD
        self.waiting_since = self.loop.time()
        self.waited_for_body = 0.0
        self._raw = self._head = self.content = 0

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        super().on_url(url)
        if len(self.url) > self.limits.line_bytes:
            self._stop(Refused(414, refusals.LONG_LINE.format(self.limits.line_bytes)))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header. A trailer is none: who looked at the headers has not seen it."""
        if self.phase is not Phase.HEAD:
            return
        super().on_header(name, value)
        self._head += len(name) + len(value)
        if len(self.headers) > self.limits.headers:
            self._stop(Refused(431, refusals.TOO_MANY_HEADERS.format(self.limits.headers)))
        if self._head > self.limits.header_bytes:
            self._stop(self._long_head())

    def on_headers_complete(self) -> None:
        """Hand the request to the application."""
        method = self.parser.get_method().decode("ascii")
        if method == "CONNECT":
            self._stop(Refused(501, refusals.TUNNEL))
        if self.parser.should_upgrade():
            return
        self._complete_scope(method)
        is_current = self.parser.get_http_version() != "1.0"
        self._enqueue(self._cycle(keep_alive=is_current and self.parser.should_keep_alive()), self.app)
        self.phase = Phase.BODY

    def _complete_scope(self, method: str) -> None:
        address = httptools.parse_url(self.url)
        raw_path = address.path or b"/"
        path = raw_path.decode("ascii")
        self.scope["method"] = method
        self.scope["http_version"] = self.parser.get_http_version()
        self.scope["path"] = urllib.parse.unquote(path) if "%" in path else path
        self.scope["raw_path"] = raw_path
        self.scope["query_string"] = address.query or b""

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self.content += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is here, unless it will be parsed once more."""
        if self.phase is Phase.BODY:
            self.phase = Phase.IDLE
            self.waiting_since = self.loop.time()
            super().on_message_complete()

    # Answers.

    def _cycle(self, *, keep_alive: bool) -> Cycle:
        return Cycle(
            scope=self.scope,
            transport=self,  # type: ignore[arg-type]
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=keep_alive and not self.is_ending,
            on_response=self.on_response_complete,
        )

    def _enqueue(self, cycle: Cycle, app: ASGI3Application) -> None:
        """Answer a request, when those before it are."""
        is_next = not self.is_busy
        self.cycle = cycle
        if is_next:
            self._start_asgi_task(cycle, app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, app))

    def refuse(self, refused: Refused) -> None:
        """Answer what is being read with an error, after the requests before it, and close."""
        if self.is_refused:
            return
        self.is_refused = True
        if self.phase is Phase.BODY and self.is_busy and not self._drop_unread():
            return
        self.scope = {"type": "http", "method": "GET", "http_version": "1.1", "client": self.client}  # type: ignore[typeddict-item]
        self.expect_100_continue = False
        self._enqueue(self._cycle(keep_alive=False), refusing(refused, is_logged=self.config.access_log))

    def _drop_unread(self) -> bool:
        """Let go of a request whose body will not come; whether it can still be answered."""
        cycle = self.cycle
        if cycle.response_started:
            self.transport.close()
            return False
        cycle.disconnected = True
        cycle.message_event.set()
        if self.pipeline:
            self.pipeline.popleft()
        else:
            cycle.response_complete = True
        return True

    def on_response_complete(self) -> None:
        """Go on with the next request; not on a connection that ends."""
        self.waiting_since = self.loop.time()
        if self.is_lingering:
            self.server_state.total_requests += 1
            return
        super().on_response_complete()
        if self._held and not self.pipeline:
            self.data_received(b"")

    def close(self) -> None:
        """Close after an answer. What the client still sends is thrown away for a while.

        Otherwise the system would report to the client that its connection is broken, and it would not read the answer.
        """
        if self.phase is Phase.IDLE and not self.is_refused:
            self.transport.close()
        elif not self.transport.is_closing():
            self.is_lingering = True
            self.pipeline.clear()
            self.waiting_since = self.loop.time()
            self.transport.write_eof()
            self.flow.resume_reading()

    def _discard(self, size: int) -> None:
        self._discarded += size
        if self._discarded > self.limits.linger_bytes:
            self.transport.close()

    def end_after_answer(self) -> None:
        """Answer no more than what is being answered, or else the next request, and say so in the answer."""
        self.is_ending = True
        if self.cycle is not None:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """End after the answers that are under way."""
        if self.is_lingering:
            self.transport.close()
        else:
            super().shutdown()
