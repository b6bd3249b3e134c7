"""What happens around every request: slashes, HEAD, who may call, and what a browser may send.

Plain ASGI, because the framework's own base class would buffer streams.
"""

import asyncio
import re
from collections.abc import Sequence

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobsvc.api.audited import SAFE_METHODS, AuditedRequest, is_noted, note
from jobsvc.api.hosts import BadHost, Hosts, base_of, is_same_origin
from jobsvc.api.identity import UNAVAILABLE, Identifier, Refusal
from jobsvc.api.permissions import requirement_at
from jobsvc.api.problems import problem_response
from jobsvc.api.rate_limits import TOO_MANY, LimitOptions, RateLimits
from jobsvc.api.urls import own_path
from jobsvc.domain.access import EVERYBODY, Principal, Source, digest_of
from jobsvc.domain.acting import ACTOR
from jobsvc.domain.errors import DatabaseUnavailable

__all__ = ["AccessMiddleware", "FailureMiddleware", "HostMiddleware", "PathMiddleware", "digest_of"]

log = structlog.get_logger(__name__)

SCRIPTS = ("/swagger/swagger-ui-bundle.js", "/swagger/swagger-ui.css", "/swagger/favicon-32x32.png")
IS_HEAD = "jobsvc.is_head"
"""What a scope says of a HEAD that is answered like GET."""
LONGEST_PATH = 4000
"""Characters: more than any path needs, and fewer digits than Python refuses to read as a number."""
OWN_PAGES = re.compile("|".join([r"(/v\d+)?/(openapi\.json|docs)/?", *map(re.escape, SCRIPTS)]))
"""The documentation: no slash is put at the end, and it is served to everybody, for it shows nothing of jobs."""
CLIENT_GONE = 499
"""What stands in the audit for no answer."""
OWN_SITES = frozenset({"same-origin", "none"})
"""Of `Sec-Fetch-Site`: a page of the service, or the user at the address line."""


class PathMiddleware:
    """Answers paths with and without the trailing slash, with and without the prefix of a gateway, and HEAD like GET.

    A redirect would lose the body of a POST in ordinary clients (docs/spec/behaviour/conventions.md#addresses-and-methods).
    """

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root_path = root_path.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rewrite the scope and pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if len(scope["path"]) > LONGEST_PATH:
            await problem_response(scope, "There is nothing at a path of this length.", 404)(scope, receive, send)
            return
        if self._root_path:
            scope = {**scope, "root_path": self._root_path}
        if not scope["path"].endswith("/") and not _is_own_page(own_path(scope)):
            scope = {**scope, "path": scope["path"] + "/"}
        if scope["method"] == "HEAD":
            head = _Head(send)
            await self._app({**scope, "method": "GET", IS_HEAD: True}, head.receive, head.send)
        else:
            await self._app(scope, receive, send)


class HostMiddleware:
    """Serves requests for hosts that the service may be called by, and writes down what it is called in links."""

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 400 or 421, or pass on."""
        if scope["type"] == "http":
            try:
                scope["jobsvc.base"] = base_of(scope, self._hosts)
            except BadHost as exc:
                await problem_response(scope, exc.detail, exc.status)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class FailureMiddleware:
    """Answers 500 when anything below fails. The framework's own does so and then ends the connection without a word."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; an answer that has begun can only be broken off."""
        is_begun = False

        async def watched(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if scope["type"] != "http" or is_begun:
                raise
            # Its caller reads the error itself, too.
            log.error("request.failed", path=scope["path"], exc_info=error)  # noqa: TRY400
            await problem_response(scope, "The service failed; its log says why.", 500)(scope, receive, send)


class AccessMiddleware:
    """Finds out who calls, and refuses strangers; what callers may do, the guards of the operations know.

    Where nobody needs credentials, everybody on this host may call, but no web page of others in its browser may.
    """

    def __init__(self, app: ASGIApp, identifier: Identifier, hosts: Hosts, limits: LimitOptions) -> None:
        self._app = app
        self._identifier = identifier
        self._hosts = hosts
        self._limits = RateLimits(limits, hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 or 403, or pass on (docs/spec/behaviour/conventions.md#authentication)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = await self._refusal(scope)
        if refusal is not None:
            if refusal.status != TOO_MANY:
                note(scope, refusal.status, self._hosts)
            await refusal.response(scope)(scope, receive, send)
            return
        await self._pass_on(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the operation answer; who asks for a change is known to its events, and what became of it to the audit."""
        audited = AuditedRequest(receive, self._limits.announcing(scope.get("jobsvc.quota"), send))
        scope["jobsvc.audited"] = audited
        is_reading = scope["method"] in SAFE_METHODS
        principal = scope.get("jobsvc.principal")
        before = ACTOR.set(None if is_reading or principal is None else principal.name)
        try:
            await self._app(scope, receive if is_reading else audited.receive, audited.send)
        finally:
            ACTOR.reset(before)
            # Without a status the client has gone, or the service failed: it may have been done all the same.
            status = audited.status or CLIENT_GONE
            if is_noted(scope, status):
                note(scope, status, self._hosts, audited)

    async def _refusal(self, scope: Scope) -> Refusal | None:
        """Why the request is refused; who asks, when it is not, is written down."""
        try:
            principal = await self._known(scope)
        except Refusal as refusal:
            return self._unless_public(scope, refusal)
        except DatabaseUnavailable as exc:
            return self._unless_public(scope, Refusal(exc.detail, UNAVAILABLE))
        scope["jobsvc.principal"] = principal
        scope["jobsvc.request"].user = principal.name
        try:
            # What a page asks the API for is counted there.
            scope["jobsvc.quota"] = None if _is_page(own_path(scope)) else self._limits.count(scope, principal)
        except Refusal as refusal:
            return refusal
        # Who is let in without showing anything with the request is let in as well when a page of others sends it.
        is_unasked = principal is EVERYBODY or principal.source is Source.PROXY
        if is_unasked and scope["method"] not in SAFE_METHODS:
            problem = _foreign_page(Headers(scope=scope), scope["jobsvc.base"], self._hosts.origins)
            return Refusal(problem) if problem else None
        return None

    async def _known(self, scope: Scope) -> Principal:
        """Who asks; raises Refusal, also where that is not even looked at."""
        self._limits.refuse_guesses(scope)
        try:
            principal = await self._identifier.principal_of(scope)
        except Refusal as refusal:
            if refusal.is_about_credentials:
                self._limits.note_wrong(scope)
            raise
        self._limits.note_right(scope)
        return principal

    def _unless_public(self, scope: Scope, refusal: Refusal) -> Refusal | None:
        # The console's pages are made of answers of the API, which asks again who calls.
        if _is_page(own_path(scope)):
            return None
        requirement = requirement_at(scope)
        if requirement is None:
            return refusal
        return None if requirement.permission is None else refusal.with_status(requirement.status)


def _is_page(path: str) -> bool:
    """Whether there is something for people, whose parts the service asks itself for."""
    return path == "/" or path.startswith("/console/") or _is_own_page(path)


def _is_own_page(path: str) -> bool:
    return OWN_PAGES.fullmatch(path) is not None


def _foreign_page(headers: Headers, base: str, origins: Sequence[str]) -> str | None:
    """What is wrong with a change that a page asks for, unless it is of the service or these origins; programs say neither."""
    origin = headers.get("origin")
    if origin in origins:
        return None
    if origin is not None and not is_same_origin(origin, base):
        return f"Pages of {origin} may not change anything here; JOBSVC_CORS_ORIGINS or credentials (JOBSVC_TOKENS) let it."
    if headers.get("sec-fetch-site", "none").strip().lower() not in OWN_SITES:
        return "Pages of other origins may not change anything here; credentials (JOBSVC_TOKENS) let them."
    return None


class _Head:
    """Sends what GET would answer without the body; a stream is stopped, for it would be read to its end."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._is_answered = asyncio.Event()

    async def receive(self) -> Message:
        """Nothing comes from the client; it is as good as gone when it has its headers."""
        await self._is_answered.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Pass on the start, and the end instead of the body."""
        if message["type"] != "http.response.body":
            await self._send(message)
        elif not self._is_answered.is_set():
            self._is_answered.set()
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
