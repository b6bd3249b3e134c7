"""What is noted of a request for the audit, on its way to the operation and back."""

import hashlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from jobsvc.api.hosts import Hosts
from jobsvc.api.request_log import client_of
from jobsvc.api.urls import own_path
from jobsvc.domain.access import ANONYMOUS, Principal, Source
from jobsvc.domain.audit import AuditEntry

MOST_HASHED = 10 * 2**20
"""Bytes of a body of which a digest is made."""
LONGEST = 2000
"""Characters of a text that are kept."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FORBIDDEN = frozenset({401, 403})


@dataclass
class AuditedRequest:
    """A request: `filter` is put there by its operation, the rest by what passes."""

    receive_below: Receive
    send_below: Send
    filter: dict[str, Any] | None = None
    status: int = 0
    location: str = ""
    _digest: Any = field(default_factory=hashlib.sha256)
    _size: int = 0

    async def receive(self) -> Message:
        """Pass a part of the body on."""
        message = await self.receive_below()
        body = message.get("body", b"")
        if body:
            self._size += len(body)
            if self._size <= MOST_HASHED:
                self._digest.update(body)
        return message

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.location = Headers(raw=message["headers"]).get("location", "")
        await self.send_below(message)

    @property
    def digest(self) -> str | None:
        """That of the body that was read; None without one, and for one that is too large."""
        return self._digest.hexdigest() if 0 < self._size <= MOST_HASHED else None


def note_filter(request: Request, criteria: BaseModel) -> None:
    """Write down what an operation selects."""
    audited = request.scope.get("jobsvc.audited")
    if audited is not None:
        audited.filter = criteria.model_dump(mode="json", exclude_none=True)


def is_noted(scope: Scope, status: int) -> bool:
    """Whether a request is one for the audit: it was to change something, or was refused."""
    return scope["method"] not in SAFE_METHODS or status in FORBIDDEN


def note(scope: Scope, status: int, hosts: Hosts, audited: AuditedRequest | None = None) -> None:
    """Have a request written down, unless it came to an application that has no services."""
    services = getattr(scope["app"].state, "services", None)
    if services is not None:
        services.audit.note(entry_of(scope, status, hosts, audited))


def entry_of(scope: Scope, status: int, hosts: Hosts, audited: AuditedRequest | None = None) -> AuditEntry:
    """The entry of a request that was answered."""
    principal: Principal | None = scope.get("jobsvc.principal")
    path = own_path(scope)
    made = urlsplit(audited.location).path if audited and audited.location else ""
    return AuditEntry(
        at=scope["app"].state.services.clock(),
        user=_text(principal.name if principal else ANONYMOUS),
        source=(principal.source if principal else Source.NOBODY).value,
        operation=getattr(scope.get("route"), "operation_id", None),
        method=_text(scope["method"]),
        path=_text(path),
        query=_text(scope["query_string"].decode("latin-1")),
        subject=_text(made.removeprefix(_prefix(scope))) if made else _subject(scope, path),
        filter=audited.filter if audited else None,
        digest=audited.digest if audited else None,
        status=status,
        request_id=_text(scope["jobsvc.request"].id),
        address=client_of(scope, hosts) or None,
    )


def _subject(scope: Scope, path: str) -> str | None:
    """The thing that the path names, when it does."""
    return _text(path) if scope.get("path_params") else None


def _prefix(scope: Scope) -> str:
    """The path under which the service is published."""
    return urlsplit(str(scope.get("jobsvc.base", ""))).path.rstrip("/")


def _text(text: str) -> str:
    """A text that PostgreSQL can store, of bounded length."""
    return text[:LONGEST].replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
