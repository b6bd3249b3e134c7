"""Errors as clients see them: `{"detail": "..."}` on every path, with the status that says whose fault it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from jobsvc.api.problems import problem_response
from jobsvc.domain import errors

STATUSES: Mapping[type[errors.JobsvcError], int] = {
    errors.InvalidRequest: 400,
    errors.InvalidToken: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.InvalidPage: 404,
    errors.PositionExpired: 410,
    errors.Conflict: 409,
    errors.LeaseLost: 409,
    errors.IdempotencyMismatch: 422,
    errors.StorageFailure: 507,
    errors.StorageUnavailable: 503,
    errors.LogsUnavailable: 503,
    errors.ImagesUnavailable: 503,
    errors.DatabaseUnavailable: 503,
    errors.IdentityUnavailable: 503,
}
RETRY_AFTER = {"Retry-After": "5"}
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(errors.JobsvcError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)


def status_of(error: type[errors.JobsvcError]) -> int:
    """The status of the nearest class that has one."""
    return next(STATUSES[kind] for kind in error.__mro__ if kind in STATUSES)


def _domain(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.JobsvcError)  # noqa: S101 - what the handler is registered for
    status = status_of(type(error))
    members = {"earliest": error.earliest} if isinstance(error, errors.PositionExpired) else {}
    return problem_response(request.scope, error.detail, status, RETRY_AFTER if status == 503 else None, **members)  # noqa: PLR2004


def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what the handler is registered for
    problems = error.errors()
    # A path whose parts do not fit is one that is not there.
    status = 404 if any(problem["loc"][:1] == ("path",) for problem in problems) else 400
    # A value that two parts of an operation read is complained of once.
    sentences = dict.fromkeys(_sentence(problem) for problem in problems)
    return problem_response(request.scope, "; ".join(sentences), status)


def _sentence(problem: Mapping[str, Any]) -> str:
    where: Sequence[Any] = problem["loc"][1:] if problem["loc"][:1] in {("query",), ("body",), ("path",)} else problem["loc"]
    name = ".".join(str(part) for part in where if not isinstance(part, int))
    return f"{name}: {problem['msg'].removeprefix('Value error, ')}"


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what the handler is registered for
    headers = dict(error.headers or {})
    if error.status_code == 405:  # noqa: PLR2004
        headers["Allow"] = ", ".join(sorted(_methods(request)))
        if request.method == "OPTIONS":
            # No route has it, for every path answers it in this way.
            return Response(headers=headers)
    detail = f"There is nothing at {request.url.path}." if error.status_code == 404 else error.detail  # noqa: PLR2004
    return problem_response(request.scope, detail, error.status_code, headers)


def _methods(request: Request) -> set[str]:
    """What all routes of the path together offer."""
    scopes = {method: {**request.scope, "method": method} for method in METHODS}
    routes = request.app.routes
    offered = {name for name, scope in scopes.items() if any(route.matches(scope)[0] is Match.FULL for route in routes)}
    return offered | {"OPTIONS"} | ({"HEAD"} if "GET" in offered else set())


def _gone(request: Request, _error: Exception) -> Response:
    """Nobody reads this answer, and that a client went away is no fault of the service."""
    return problem_response(request.scope, "The client went away before it had sent everything.", 400)
