"""Calls every request by an id, says it in the answer and in all that is logged meanwhile, and logs how it was answered."""

import re
import time
from enum import StrEnum

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobsvc import metrics, tracing
from jobsvc.api.hosts import Hosts, is_address, is_among, is_trusted
from jobsvc.api.request_ids import HEADER, RequestRecord, record_of
from jobsvc.domain.trace_context import TRACE, trace_id

log = structlog.get_logger(__name__)
FORWARDING = frozenset({b"x-forwarded-for", b"forwarded"})
FOR = re.compile(r'for=("[^"]*"|[^;,"\s]*)', re.IGNORECASE)
ADDRESS = re.compile(r'"?(?:\[([0-9a-fA-F:.]+)\](?::\d+)?|([0-9.]+)(?::\d+)?|([0-9a-fA-F:]+))"?')
"""An address as gateways write it, with or without a port."""
FIRST_ERROR = 400
FIRST_FAULT = 500


class AccessLog(StrEnum):
    """Which requests are logged."""

    OFF = "off"
    ERRORS = "errors"
    ALL = "all"


class RequestMiddleware:
    """Stands around everything else, so that no answer goes by without its id."""

    def __init__(self, app: ASGIApp, hosts: Hosts, access_log: AccessLog) -> None:
        self._app = app
        self._hosts = hosts
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and note how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        record = record_of(scope, self._hosts.proxies)
        scope["jobsvc.request"] = record
        # The task of a request may be made by that of the one before it.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=record.id)
        answer = _Answer(send, record.id)
        with tracing.span_of(record.trace, scope["method"], tracing.Kind.SERVER, http__request__method=scope["method"]) as span:
            _carry_on(record, span)
            try:
                await self._app(scope, receive, answer.send)
            finally:
                if record.is_counted:
                    metrics.count_request(scope["method"], record.route, answer.status, answer.seconds_to_begin)
                    self._log(scope, record, answer)
                if span is not tracing.NOTHING:
                    self._describe(span, scope, record, answer)

    def _describe(self, span: tracing.Span, scope: Scope, record: RequestRecord, answer: "_Answer") -> None:
        """Say in its span what became of a request; probes are none."""
        if not record.is_counted:
            span.drop()
            return
        if record.route:
            span.rename(f"{scope['method']} {record.route}")
        span.note(
            http__route=record.route,
            http__response__status_code=answer.status or None,
            url__path=scope["path"],
            client__address=client_of(scope, self._hosts),
            jobsvc__request_id=record.id,
            jobsvc__user=record.user,
        )
        if answer.status >= FIRST_FAULT or not answer.is_complete:
            span.fail("the answer was broken off" if answer.status < FIRST_FAULT else f"status {answer.status}")

    def _log(self, scope: Scope, record: RequestRecord, answer: "_Answer") -> None:
        lowest = FIRST_ERROR if self._access_log is AccessLog.ERRORS else 0
        if self._access_log is AccessLog.OFF or (answer.is_complete and answer.status < lowest):
            return
        facts = {
            "method": scope["method"],
            "path": scope["path"],
            "route": record.route,
            "status": answer.status,
            "ms": round(answer.seconds * 1000, 1),
            "bytes": answer.size,
            "user": record.user,
            "client": client_of(scope, self._hosts),
        }
        if not answer.is_complete:
            log.warning("request.answered", **facts, broken_off=True)
        elif answer.status >= FIRST_FAULT:
            log.warning("request.answered", **facts)
        else:
            log.info("request.answered", **facts)


def _carry_on(record: RequestRecord, span: tracing.Span) -> None:
    """Let what a request leads to belong to its trace, and the log say so."""
    if span is not tracing.NOTHING:
        record.trace = span.context
    TRACE.set(record.trace)
    if record.trace:
        structlog.contextvars.bind_contextvars(trace_id=trace_id(record.trace))


class _Answer:
    """Passes an answer on and looks at it: status (0 before there is one), bytes of the body, seconds."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._header = (HEADER, request_id.encode())
        self._begun = time.perf_counter()
        self.status = 0
        self.size = 0
        self.is_complete = False
        self.seconds_to_begin = 0.0

    @property
    def seconds(self) -> float:
        """Since the request began."""
        return time.perf_counter() - self._begun

    async def send(self, message: Message) -> None:
        """Take a message of the application."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.seconds_to_begin = self.seconds
            message = {**message, "headers": [*message["headers"], self._header]}
        elif message["type"] == "http.response.body":
            self.size += len(message.get("body", b""))
            self.is_complete = not message.get("more_body", False)
        await self._send(message)


def client_of(scope: Scope, hosts: Hosts) -> str:
    """The address of who asked: behind trusted gateways, the nearest one that is none of them."""
    address = str((scope.get("client") or ("",))[0])
    if not is_trusted(scope, hosts.proxies):
        return address
    sent = {name: value.decode("latin-1") for name, value in scope["headers"] if name in FORWARDING}
    named = sent.get(b"x-forwarded-for", "").split(",") if b"x-forwarded-for" in sent else FOR.findall(sent.get(b"forwarded", ""))
    for item in reversed(named):
        match = ADDRESS.fullmatch(item.strip())
        if match is None or not is_address(text := match[1] or match[2] or match[3]):
            break
        address = text
        if not is_among(address, hosts.proxies):
            break
    return address
