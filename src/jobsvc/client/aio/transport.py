"""The HTTP below the client: one connection pool, JSON in and out, and two kinds of errors."""

import time
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

import httpx

from jobsvc.client import http
from jobsvc.client.aio import waiting
from jobsvc.client.errors import ApiError, ServiceUnreachable
from jobsvc.client.http import Params


class Transport:
    """Sends requests to one service."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = url.rstrip("/")
        self._has_answered = False
        self._client = httpx.AsyncClient(**http.options(self.url, token))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def get(self, path: str, params: Params | None = None) -> Any:
        """The JSON at a path; None when there is no content."""
        return self.read_json(await self.fetch(path, params))

    async def fetch(self, path: str, params: Params | None = None) -> httpx.Response:
        """The answer at a path.

        A service that has answered before is given time to come back: whoever waits for a job outlives its restart.
        """
        max_wait = http.MAX_AWAY_SECONDS if self._has_answered else 0.0
        result = await self._retrying("GET", path, max_wait, params=params)
        self._has_answered = True
        return result

    async def create(self, path: str, json: object, key: str | None = None) -> Any:
        """The JSON that a POST is answered with. With a key it is sent again while the service is away: that makes one thing."""
        headers = {"Idempotency-Key": key} if key else http.new_key()
        return self.read_json(await self._retrying("POST", path, http.MAX_AWAY_SECONDS, json=json, headers=headers))

    async def call(
        self, method: str, path: str, *, json: object = None, params: Params | None = None, is_slow: bool = False
    ) -> Any:
        """The JSON that any request is answered with; sent once. A slow answer is waited for as long as the service is there."""
        timeout = http.SLOW if is_slow else http.TIMEOUT
        with http.errors(self.url):
            response = await self._client.request(method, path, params=http.without_none(params), json=json, timeout=timeout)
        return self.read_json(http.checked(response))

    def read_json(self, response: httpx.Response) -> Any:
        """The JSON of an answer; None when it has no content."""
        return http.read_json(response, self.url)

    async def send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: object = None,
        content: AsyncIterable[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Any request.

        Raises:
            ApiError: For what is no success.
        """
        with http.errors(self.url):
            response = await self._client.request(
                method, path, params=http.without_none(params), json=json, content=content, headers=headers
            )
        return http.checked(response)

    async def stream(
        self, path: str, params: Params | None = None, headers: dict[str, str] | None = None
    ) -> AsyncIterator[bytes]:
        """The body at a path, piece by piece."""
        with http.errors(self.url):
            async with self._client.stream("GET", path, params=http.without_none(params), headers=headers) as response:
                if not response.is_success:
                    await response.aread()
                async for piece in http.checked(response).aiter_bytes():
                    yield piece

    async def items(self, path: str, params: Params | None = None) -> AsyncIterator[Any]:
        """Every result of a list, one page at a time."""
        number = 1
        while True:
            page = await self.get(path, {"page_size": http.MAX_PAGE_SIZE, **(params or {}), "page": number})
            for item in page["results"]:
                yield item
            if page["next"] is None:
                return
            number += 1

    async def _retrying(self, method: str, path: str, max_wait: float, **options: Any) -> httpx.Response:
        deadline = time.monotonic() + max_wait
        while True:
            try:
                return await self.send(method, path, **options)
            except (ServiceUnreachable, ApiError) as exc:
                if not http.is_away(exc) or time.monotonic() >= deadline:
                    raise
                await waiting.sleep(http.RETRY_SECONDS)
