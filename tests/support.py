"""What tests share: a client of the API that holds every answer to its contract."""

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx
from fastapi import FastAPI

from tests.api.contract import contract

BASE = "http://service.test"


def stopped_clock(moment: datetime) -> Callable[[], datetime]:
    """A clock at which it is always this moment."""
    return lambda: moment


class Client:
    """An HTTP client of an application in this process."""

    def __init__(self, app: FastAPI, root_path: str = "") -> None:
        self.app = app
        self._root_path = root_path
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._http = httpx.AsyncClient(transport=transport, base_url=BASE)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request."""
        response = await self._http.request(method, path, **options)
        contract().check(response, self._root_path)
        return response

    async def get(self, path: str, **params: Any) -> httpx.Response:
        """GET with query parameters."""
        return await self.request("GET", path, params=params or None)

    async def post(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        """POST a JSON document."""
        return await self.request("POST", path, json=json, **options)

    async def patch(self, path: str, json: Any) -> httpx.Response:
        """PATCH with a JSON document."""
        return await self.request("PATCH", path, json=json)
