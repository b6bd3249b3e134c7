"""The HTTP below the client: one connection pool, JSON in and out, and two kinds of errors."""

import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import httpx

from jobsvc.client.errors import ApiError, ServiceUnreachable

TIMEOUT = httpx.Timeout(60, connect=5, write=None)
"""Seconds; an upload may take as long as it takes."""
PATIENCE_SECONDS = 10.0
RETRY_SECONDS = 0.3
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
Params = Mapping[str, object]


class Transport:
    """Sends requests to one service."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = url.rstrip("/")
        try:
            base = httpx.URL(self.url)
        except httpx.InvalidURL as problem:
            raise ServiceUnreachable(self.url, str(problem)) from problem
        self._has_answered = False
        self._client = httpx.Client(
            base_url=base,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=TIMEOUT,
            # Loading all trusted certificates takes longer than most commands; plain HTTP does without.
            verify=ssl.create_default_context() if base.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            # A proxy of the environment cannot reach this host's own loopback.
            trust_env=base.host not in LOOPBACK,
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, params: Params | None = None) -> Any:
        """The JSON at a path; None when there is no content.

        A service that has answered before is given time to come back: whoever waits for a job outlives its restart.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                found = self.call("GET", path, params=params)
            except (ServiceUnreachable, ApiError) as problem:
                is_away = isinstance(problem, ServiceUnreachable) or problem.status == HTTPStatus.SERVICE_UNAVAILABLE
                if not (is_away and self._has_answered) or time.monotonic() > deadline:
                    raise
                time.sleep(RETRY_SECONDS)
            else:
                self._has_answered = True
                return found

    def call(self, method: str, path: str, *, json: object = None, params: Params | None = None) -> Any:
        """The JSON that any request is answered with."""
        return self.read_json(self.send(method, path, params=params, json=json))

    def read_json(self, response: httpx.Response) -> Any:
        """The JSON of an answer; None when it has no content."""
        if response.status_code == HTTPStatus.NO_CONTENT:
            return None
        try:
            return response.json()
        except ValueError:
            raise ServiceUnreachable(self.url, "what answers there is not jobsvc") from None

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: object = None,
        content: Iterable[bytes] | None = None,
    ) -> httpx.Response:
        """Any request; raises ApiError for what is no success."""
        with self._errors():
            response = self._client.request(method, path, params=_given(params), json=json, content=content)
        return self._checked(response)

    def stream(self, path: str) -> Iterator[bytes]:
        """The body at a path, piece by piece."""
        with self._errors(), self._client.stream("GET", path) as response:
            if not response.is_success:
                response.read()
            yield from self._checked(response).iter_bytes()

    def _checked(self, response: httpx.Response) -> httpx.Response:
        if response.is_success:
            return response
        raise ApiError(response.status_code, _detail(response))

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError as problem:
            raise ServiceUnreachable(self.url, _reason(problem)) from problem


def _given(params: Params | None) -> dict[str, Any]:
    """The parameters that have a value: httpx would send `name=` for None."""
    return {name: value for name, value in (params or {}).items() if value is not None and value != []}


def _detail(response: httpx.Response) -> str:
    """What the service says of an error, else the status in words: a gateway in between may answer in HTML."""
    try:
        document = response.json()
    except ValueError:
        document = None
    detail = document.get("detail") if isinstance(document, dict) else None
    return detail if isinstance(detail, str) else f"{response.url} answers {response.status_code} {response.reason_phrase}"


def _reason(problem: httpx.TransportError) -> str:
    text = str(problem).strip() or type(problem).__name__
    return text.partition("] ")[2] if text.startswith("[Errno") else text
