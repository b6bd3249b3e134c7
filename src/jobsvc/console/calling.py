"""The pages' calls of the service's own API, within the process.

A page is what one or a few requests of the API answer. So it shows what every client can have, costs what that costs, and what a
user may do is decided in one place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

import httpx
import orjson
from starlette.requests import Request

from jobsvc.api.identity import identity_headers_of
from jobsvc.api.urls import base_url
from jobsvc.console.session import authorization_of

Params = Sequence[tuple[str, str]]
PASSED_ON = frozenset({"host", "forwarded", "x-request-id", "traceparent", "tracestate"})
"""Headers of the page's request that hold for its calls as well, with those by which a gateway says who calls."""
PREFIXES = ("x-forwarded-",)


class Refused(Exception):
    """The API has answered a call with a problem."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


@dataclass(frozen=True)
class Call:
    """A request that a page was made of, for whoever wants to send it without the page."""

    method: str
    path: str
    params: Params
    json: Any = None

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{urlencode(self.params)}" if self.params else self.path


class Api:
    """Calls the API as the one who asked for the page."""

    def __init__(self, request: Request) -> None:
        self.base = base_url(request)
        self.calls: list[Call] = []
        client = request.client
        transport = httpx.ASGITransport(request.app, client=(client.host, client.port) if client else ("127.0.0.1", 0))
        self._http = httpx.AsyncClient(transport=transport, base_url=_origin(request), headers=_headers(request), trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._http.aclose()

    def as_who_has(self, token: str) -> Self:
        """The same for the owner of a token, whoever asked for the page."""
        self._http.headers["authorization"] = f"Bearer {token}"
        return self

    async def get(self, path: str, params: Params = ()) -> Any:
        """The answer of a GET; raises Refused."""
        return orjson.loads((await self._call(Call("GET", path, params))).content)

    async def text(self, path: str, params: Params = ()) -> str:
        """The same as text, empty where there is none; raises Refused."""
        return (await self._call(Call("GET", path, params))).text

    async def send(self, method: str, path: str, content: Mapping[str, Any]) -> httpx.Response:
        """The answer of a request that changes something; raises Refused."""
        return await self._call(Call(method, path, (), content))

    async def _call(self, call: Call) -> httpx.Response:
        self.calls.append(call)
        response = await self._http.request(call.method, call.path, params=list(call.params) or None, json=call.json)
        if response.is_error:
            raise Refused(response.status_code, _detail(response))
        return response


def _origin(request: Request) -> str:
    return f"{request.scope['scheme']}://{request.headers.get('host', 'localhost')}"


def _headers(request: Request) -> list[tuple[bytes, bytes]]:
    """As they came, twice what came twice: that is what the API has to judge."""
    names = PASSED_ON | identity_headers_of(request)
    sent = [(name.decode("latin-1"), name, value) for name, value in request.headers.raw]
    passed = [(name, value) for text, name, value in sent if text in names or text.startswith(PREFIXES)]
    authorization = authorization_of(request)
    return [*passed, (b"authorization", authorization.encode())] if authorization else passed


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return response.text
