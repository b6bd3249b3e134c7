"""What both clients say and hear over HTTP, without sending anything."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import httpx

from jobsvc.client.errors import ApiError, ServiceUnreachable

TIMEOUT = httpx.Timeout(60, connect=5, write=None)
"""Seconds; an upload may take as long as it takes."""
SLOW = httpx.Timeout(60, connect=5, read=None)
"""For what the service may have to pull an image; it knows how long that may take."""
MAX_AWAY_SECONDS = 10.0
RETRY_SECONDS = 0.3
MAX_PAGE_SIZE = 1000
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
Params = Mapping[str, object]


def options(url: str, token: str | None) -> dict[str, Any]:
    """The options of httpx for a service; raises ServiceUnreachable for what is no URL, ValueError for what is no token."""
    if token and not (token.isascii() and token.isprintable()):
        raise ValueError("a token consists of printable ASCII characters")
    try:
        base = httpx.URL(url)
    except httpx.InvalidURL as exc:
        raise ServiceUnreachable(url, str(exc)) from exc
    return {
        "base_url": base,
        "headers": {"Authorization": f"Bearer {token}"} if token else {},
        "timeout": TIMEOUT,
        # Loading all trusted certificates takes longer than most commands; plain HTTP does without.
        "verify": ssl.create_default_context() if base.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        # A proxy of the environment cannot reach this host's own loopback.
        "trust_env": base.host not in LOOPBACK,
    }


def without_none(params: Params | None) -> dict[str, Any]:
    """The parameters that have a value: httpx would send `name=` for None."""
    return {name: value for name, value in (params or {}).items() if value is not None and value != []}


def new_key() -> dict[str, str]:
    """The header that makes a request safe to repeat."""
    return {"Idempotency-Key": uuid4().hex}


def is_away(problem: Exception) -> bool:
    """Whether nobody answered, or somebody said that the service is away."""
    return isinstance(problem, ServiceUnreachable) or (
        isinstance(problem, ApiError) and problem.status == HTTPStatus.SERVICE_UNAVAILABLE
    )


def read_json(response: httpx.Response, url: str) -> Any:
    """The JSON of an answer; None when it has no content."""
    if response.status_code in (HTTPStatus.NO_CONTENT, HTTPStatus.ACCEPTED):
        return None
    try:
        return response.json()
    except ValueError:
        raise ServiceUnreachable(url, "the server at this address is not jobsvc") from None


def checked(response: httpx.Response) -> httpx.Response:
    """The answer, when it is a success; raises ApiError."""
    if response.is_success:
        return response
    raise ApiError(response.status_code, _detail(response))


@contextmanager
def errors(url: str) -> Iterator[None]:
    """Turn what httpx says of a connection into ServiceUnreachable."""
    try:
        yield
    except httpx.TransportError as exc:
        raise ServiceUnreachable(url, _reason(exc)) from exc


def _detail(response: httpx.Response) -> str:
    """What the service says of an error, else the name of the status: a gateway in between may answer in HTML."""
    try:
        document = response.json()
    except ValueError:
        document = None
    detail = document.get("detail") if isinstance(document, dict) else None
    return detail if isinstance(detail, str) else f"{response.url} answers {response.status_code} {response.reason_phrase}"


def _reason(problem: httpx.TransportError) -> str:
    text = str(problem).strip() or type(problem).__name__
    return text.partition("] ")[2] if text.startswith("[Errno") else text
