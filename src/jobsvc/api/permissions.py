"""What callers need for an operation: each one declares it (`requires`), and the guard of its route asks for it.

The guard stands in front of the operation: nothing of a request that is refused is read.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from jobsvc.api.identity import CHALLENGE, NO_CREDENTIALS, UNAUTHORIZED
from jobsvc.domain.access import Permission, Principal, Source
from jobsvc.domain.errors import Forbidden
from jobsvc.services.visibility import Thing

EndpointT = TypeVar("EndpointT", bound=Callable[..., Any])
_DECLARED = "jobsvc_requirement"
_ALL_TYPES = (
    "{name} may do something with the job types {types} alone, and this operation is about all of them. Ask for it with "
    "credentials that are not limited."
)


class Reach(StrEnum):
    """What an operation is about, where callers are limited to some job types."""

    ALL = "all"
    """All job types, or none in particular: it is refused to them."""
    NARROWED = "narrowed"
    """What it finds by a filter, or is told in its body: its handler leaves out the others."""
    OWN = "own"
    """Nothing of others."""


@dataclass(frozen=True)
class Requirement:
    """What an operation asks of its callers; without a `permission` everybody may call.

    Args:
        permission: What a caller has to have.
        reach: What the operation is about: a thing that a parameter of its path names, or one of the kinds of reach.
        status: What a caller is answered who shows no valid credentials: 401 or 403.

    """

    permission: Permission | None
    reach: Reach | Thing = Reach.ALL
    status: int = 403


def requires(
    permission: Permission | None, reach: Reach | Thing = Reach.ALL, *, status: int = 403
) -> Callable[[EndpointT], EndpointT]:
    """Declare what an operation asks of its callers (see Requirement). It stands next to the function, below its paths."""

    def declare(endpoint: EndpointT) -> EndpointT:
        setattr(endpoint, _DECLARED, Requirement(permission, reach, status))
        return endpoint

    return declare


public = requires(None, Reach.OWN)
"""Everybody may call."""


def requirement_of(route: object) -> Requirement:
    """What a route declares.

    Raises:
        TypeError: It declares nothing.
    """
    requirement = getattr(getattr(route, "endpoint", None), _DECLARED, None)
    if not isinstance(requirement, Requirement):
        raise TypeError(f"{route} does not say who may use it: decorate its function with `requires` or `public`.")
    return requirement


def requirement_at(scope: Scope) -> Requirement | None:
    """What the operation of a request declares; None when there is none."""
    for route in scope["app"].routes:
        match, child = route.matches(scope)
        if match is Match.FULL:
            return requirement_of(child.get("route", route))
    return None


def guard(route: BaseRoute) -> None:
    """Let nobody through to a route who does not have what it declares.

    Raises:
        TypeError: It declares nothing.
    """
    requirement = requirement_of(route)
    assert isinstance(route, Route)  # noqa: S101 - nothing else has an endpoint that is declared
    if requirement.permission is not None:
        route.app = _Guarded(route.app, requirement, requirement.permission)


def guard_all(routes: Iterable[BaseRoute]) -> None:
    """Guard all plain routes; those that choose among others see to it themselves."""
    for route in routes:
        if isinstance(route, Route):
            guard(route)


class _Guarded:
    def __init__(self, app: ASGIApp, requirement: Requirement, permission: Permission) -> None:
        self._app = app
        self._reach = requirement.reach
        self._status = requirement.status
        self._permission = permission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        principal: Principal = scope["jobsvc.principal"]
        if self._permission not in principal.permissions:
            if principal.source is Source.NOBODY and self._status == UNAUTHORIZED:
                raise HTTPException(UNAUTHORIZED, NO_CREDENTIALS, CHALLENGE)
            raise Forbidden(f"{principal.name} is not allowed to do this: it takes the permission {self._permission}.")
        if principal.job_types is not None:
            await self._require_visible(scope, principal, principal.job_types)
        await self._app(scope, receive, send)

    async def _require_visible(self, scope: Scope, principal: Principal, job_types: frozenset[str]) -> None:
        if self._reach is Reach.ALL:
            raise Forbidden(_ALL_TYPES.format(name=principal.name, types=", ".join(sorted(job_types)) or "none"))
        if isinstance(self._reach, Thing):
            key = scope["path_params"][self._reach.parameter]
            await scope["app"].state.services.visibility.require(self._reach, key, principal.name, job_types)
