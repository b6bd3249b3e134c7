"""Requests of the pages' scripts for the API: log lines, streams, files. The cookie becomes the token that the API wants."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from jobsvc.api.problems import problem_response
from jobsvc.api.urls import base_url, own_path
from jobsvc.console.session import authorization_of, is_own_page

PREFIX = "/console/api"
SAFE_METHODS = frozenset({"GET", "HEAD"})
OF_CONNECTION = ("type", "asgi", "http_version", "method", "scheme", "query_string", "client", "server", "extensions", "state")
FORBIDDEN = 403


class Passing:
    """Below `/console/api/` everything is what the API has at the rest of the path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403 to a page of others."""
        request = Request(scope)
        if scope["method"] not in SAFE_METHODS and not is_own_page(request, base_url(request)):
            problem: Response = problem_response(scope, "Pages of others may not change anything here.", FORBIDDEN)
            await problem(scope, receive, send)
            return
        path = own_path(scope).removeprefix(PREFIX)
        passed = {name: scope[name] for name in OF_CONNECTION if name in scope}
        headers = _headers(scope["headers"], authorization_of(request))
        await self._app({**passed, "path": path, "raw_path": path.encode(), "root_path": "", "headers": headers}, receive, send)


def _headers(sent: Iterable[tuple[bytes, bytes]], authorization: str) -> list[tuple[bytes, bytes]]:
    others = [(name, value) for name, value in sent if name not in {b"authorization", b"cookie"}]
    return [*others, (b"authorization", authorization.encode())] if authorization else others
