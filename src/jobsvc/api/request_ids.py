"""What a request is called in the log, in its answer and in the gateway's own log."""

import re
import secrets
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network

from starlette.types import Scope

from jobsvc.api.hosts import is_trusted
from jobsvc.domain.trace_context import NO_TRACE, PARENT, STATE, TraceContext, trace_context, trace_id

HEADER = b"x-request-id"
TRACE_HEADERS = (PARENT.encode(), STATE.encode())
REQUEST_ID = re.compile(r"[A-Za-z0-9_.:=+/@-]{1,128}")
"""What others may call a request: it is written into logs and headers as it is."""


class RequestRecord:
    """What is known of a request, filled in while it is answered; `jobsvc.request` of its scope.

    `id`: what it is called. `trace`: the one that it is part of, as a gateway says, or that is made of it. `user`: the caller's
    name. `route`: the template of its path; None when there is none. `is_counted`: whether it is traffic of the API.
    """

    __slots__ = ("id", "is_counted", "route", "trace", "user")

    def __init__(self, request_id: str, trace: TraceContext = NO_TRACE) -> None:
        self.id = request_id
        self.trace = trace
        self.user = "Anonymous"
        self.route: str | None = None
        self.is_counted = True


def new_id() -> str:
    """A name that no other request has: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def record_of(scope: Scope, proxies: Sequence[IPv4Network | IPv6Network]) -> RequestRecord:
    """The record of a request that begins: called as a trusted gateway calls it, by its trace, or by a name of its own."""
    sent: dict[bytes, str] = {}
    for name, value in scope["headers"]:
        if name == HEADER or name in TRACE_HEADERS:
            # Said twice, it is not known which is meant.
            sent[name] = "" if name in sent else value.decode("latin-1")
    if not sent or not is_trusted(scope, proxies):
        return RequestRecord(new_id())
    trace = trace_context(*(sent.get(name) for name in TRACE_HEADERS))
    named = REQUEST_ID.fullmatch(sent.get(HEADER, ""))
    return RequestRecord(named[0] if named else trace_id(trace) or new_id(), trace)


def id_in(scope: Scope) -> str:
    """What the request of a scope is called; a new name where nobody has called it anything."""
    record: RequestRecord | None = scope.get("jobsvc.request")
    return new_id() if record is None else record.id
