"""Addresses as the client sees them, also through a gateway (docs/spec/behaviour/conventions.md#paging)."""

from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import Request
from starlette.types import Scope

from jobsvc.domain.paging import Page


def base_url(request: Request) -> str:
    """Scheme, host and path prefix in front of the service's own paths, as `HostMiddleware` put them there."""
    return str(request.scope["jobsvc.base"])


def url_of(request: Request, path: str) -> str:
    """The absolute address of a path of the same generation, by the prefix that the client used: `jobs/1/`."""
    return f"{base_url(request)}{generation_of(request)}/{path}"


def file_url(workspace_url: str | None, file_path: str, content_url: str) -> str:
    """Where a file can be read: in its workspace, or else from the service."""
    return f"{workspace_url.rstrip('/')}/{quote(file_path)}" if workspace_url else content_url


def generation_of(request: Request) -> str:
    """The first part of the path when it names a generation (`/v6`), else nothing."""
    first = own_path(request.scope).split("/")[1]
    return f"/{first}" if first[:1] == "v" and first[1:].isdigit() else ""


def links(request: Request, page: Page[object]) -> dict[str, str | None]:
    """`next` and `previous`: the query sorted by name, repeated names in their sequence, page 1 without a number.

    They go on as the request began: by number or by cursor.
    """
    here = f"{base_url(request)}{own_path(request.scope)}"
    query = parse_qsl(request.url.query, keep_blank_values=True)
    if page.cursors is not None:
        rest = [(name, value) for name, value in query if name != "cursor"]
        return {"next": _by_cursor(here, rest, page.cursors.next), "previous": _by_cursor(here, rest, page.cursors.previous)}
    others = [(name, value) for name, value in query if name != "page"]
    return {
        "next": _link(here, others, page.number + 1) if page.has_next else None,
        "previous": _link(here, others, page.number - 1) if page.number > 1 else None,
    }


def here_with(request: Request, **changes: str) -> str:
    """The absolute address of the request itself, with some parameters replaced."""
    query = parse_qsl(request.url.query, keep_blank_values=True)
    pairs = [(name, value) for name, value in query if name not in changes] + list(changes.items())
    return f"{base_url(request)}{own_path(request.scope)}?{urlencode(sorted(pairs, key=lambda pair: pair[0]))}"


def _link(here: str, query: Iterable[tuple[str, str]], number: int) -> str:
    pairs = [*query, *([("page", str(number))] if number > 1 else [])]
    text = urlencode(sorted(pairs, key=lambda pair: pair[0]))
    return f"{here}?{text}" if text else here


def _by_cursor(here: str, query: Iterable[tuple[str, str]], cursor: str | None) -> str | None:
    return None if cursor is None else f"{here}?{urlencode(sorted([*query, ('cursor', cursor)], key=lambda pair: pair[0]))}"


def own_path(scope: Scope) -> str:
    """The path as the service's routes name it: without the prefix under which it is published."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path[len(root) :] if root and path.startswith(f"{root}/") else path
