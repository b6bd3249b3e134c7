"""Finds the route of a request by the beginning of its path.

The framework tries one route after the other, and the routes of included routers once more at each level: with six prefixes of
seventy routes that takes longer than everything else that a small answer takes.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from jobsvc.api.permissions import guard, requirement_of
from jobsvc.api.urls import own_path

Key = tuple[str, str]
"""The prefix of a generation, and the first part of a path behind it."""


class Dispatch(BaseRoute):
    """All routes of some routers under prefixes: of the routes with the same beginning the first one that fits is taken.

    Routes are made when a request first comes to their beginning, for most processes never need most of them.
    """

    def __init__(self) -> None:
        self._prefixes: set[str] = set()
        self._original: dict[Key, list[APIRoute]] = defaultdict(list)
        self._made: dict[Key, Sequence[APIRoute]] = {}

    def add(self, router: APIRouter, prefix: str) -> None:
        """Add the routes of a router, whose paths begin with words."""
        self._prefixes.add(prefix)
        for route in router.routes:
            if not isinstance(route, APIRoute) or route.dependencies:
                raise TypeError(f"{route} is no operation, or has dependencies beside its function.")
            requirement_of(route)  # raises TypeError as well, and the service does not start
            self._original[prefix, _first(route.path)].append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The route that fits, or one that does but for the method; a path that is written out is no name of something."""
        partial: tuple[Match, Scope] = (Match.NONE, {})
        is_written_out = False
        for route in self._candidates(own_path(scope)) if scope["type"] == "http" else ():
            if is_written_out and route.param_convertors:
                continue
            match, child = route.matches(scope)
            is_written_out |= match is Match.PARTIAL and not route.param_convertors
            if match is Match.FULL:
                return match, child
            if match is Match.PARTIAL and partial[0] is Match.NONE:
                partial = match, child
        return partial

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request to the route that `matches` chose."""
        scope["jobsvc.request"].route = scope["route"].path_format
        await scope["route"].handle(scope, receive, send)

    def _candidates(self, path: str) -> Iterable[APIRoute]:
        first = _first(path)
        prefix = f"/{first}"
        key = (prefix, _first(path[len(prefix) :])) if prefix in self._prefixes else ("", first)
        if key not in self._made and key in self._original:
            self._made[key] = [_under(key[0], route) for route in self._original[key]]
        return self._made.get(key, ())


def _first(path: str) -> str:
    return path[1:].partition("/")[0]


def _under(prefix: str, route: APIRoute) -> APIRoute:
    """The same operation below a prefix, guarded; what only documents it stays behind."""
    result = APIRoute(
        prefix + route.path,
        route.endpoint,
        methods=route.methods,
        status_code=route.status_code,
        response_model=route.response_model,
        response_class=route.response_class,
        responses=route.responses,
        name=route.name,
        operation_id=route.operation_id,
        include_in_schema=False,
    )
    guard(result)
    return result
