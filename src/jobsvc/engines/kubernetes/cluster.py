"""The API of the cluster: requests and streams by the client library, whose models are left out, for they cost more than JSON."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import orjson
from kubernetes_asyncio.client import ApiClient, Configuration
from kubernetes_asyncio.config import ConfigException, load_incluster_config, load_kube_config

from jobsvc.engines.kubernetes.options import Json
from jobsvc.ports.remote_engine import EngineUnavailable

ANSWER_SECONDS = 20.0
MOST_QUIET_SECONDS = 30.0
NOTICED = timedelta(seconds=5)
"""Answers have the time in whole seconds, and take theirs."""
JSON, MERGE_PATCH = "application/json", "application/merge-patch+json"
JSON_PATCH, STRATEGIC_PATCH = "application/json-patch+json", "application/strategic-merge-patch+json"
Body = Json | list[Json]
AWAY = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
"""Answers that may be others once somebody gives rights, or when there is less to do; as those of 500 and more."""


class Refused(Exception):
    """The API server does not do what it is asked: `status` and what it says of that."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class _Request(NamedTuple):
    method: str
    path: str
    params: Mapping[str, object]
    body: Body | None = None
    content_type: str = JSON


class Cluster:
    """Connections to one API server. What cannot be asked at this moment is EngineUnavailable, what is refused is Refused."""

    def __init__(self, kubeconfig: Path | None) -> None:
        self._kubeconfig = kubeconfig
        self._api: ApiClient | None = None
        self._connecting = asyncio.Lock()
        self._ahead = timedelta()
        self._quiet_until = 0.0
        """Before that time of the event loop, nothing is asked: the API server said so."""

    @property
    def now(self) -> datetime:
        """The time of the API server, by which the cluster dates what happens; that of this host until it has answered."""
        return datetime.now(UTC) + self._ahead

    async def ask(
        self,
        method: str,
        path: str,
        params: Mapping[str, object] | None = None,
        body: Body | None = None,
        content_type: str = JSON,
    ) -> Json:
        """The JSON of an answer."""
        within = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with self._requested(_Request(method, path, params or {}, body, content_type), within) as response:
            answer: Json = orjson.loads(await response.read())
            return answer

    @contextlib.asynccontextmanager
    async def stream(
        self, path: str, params: Mapping[str, object], silence_seconds: float
    ) -> AsyncIterator[aiohttp.StreamReader]:
        """The bytes of an answer while they come; none for so long is EngineUnavailable."""
        within = aiohttp.ClientTimeout(total=None, sock_connect=ANSWER_SECONDS, sock_read=silence_seconds)
        async with self._requested(_Request("GET", path, params), within) as response:
            yield response.content

    async def close(self) -> None:
        """Close all connections; a later request makes new ones. Idempotent."""
        api, self._api = self._api, None
        if api is not None:
            await api.close()

    @contextlib.asynccontextmanager
    async def _requested(self, request: _Request, within: aiohttp.ClientTimeout) -> AsyncIterator[aiohttp.ClientResponse]:
        await asyncio.sleep(self._quiet_until - asyncio.get_running_loop().time())
        api = await self._connected()
        try:
            response: aiohttp.ClientResponse = await api.call_api(
                request.path,
                request.method,
                query_params=list(request.params.items()),
                header_params={"Accept": JSON, "Content-Type": request.content_type},
                body=request.body,
                auth_settings=["BearerToken"],
                _preload_content=False,
                _request_timeout=within,
            )
            async with response:
                self._compare(response.headers.get("Date"))
                if not response.ok:
                    self._be_quiet(response.headers.get("Retry-After", ""))
                    content = await response.read()
                    if response.status == HTTPStatus.UNAUTHORIZED and self._api is api:
                        # A token that was renewed is read with the next connection.
                        await self.close()
                    raise _problem(response.status, content)
                yield response
        except (aiohttp.ClientError, OSError, TimeoutError, ConfigException, RuntimeError) as exc:
            if isinstance(exc, RuntimeError) and api is self._api:
                # Not one of a connection that was closed meanwhile.
                raise
            raise EngineUnavailable(f"the cluster cannot be reached: {str(exc) or type(exc).__name__}") from exc

    def _compare(self, date: str | None) -> None:
        with contextlib.suppress(ValueError):
            ahead = parsedate_to_datetime(date) - datetime.now(UTC) if date else self._ahead
            self._ahead = ahead if abs(ahead) > NOTICED else timedelta()

    def _be_quiet(self, retry_after: str) -> None:
        """Heed what an API server says that has too much to do, or is just starting; it says so in seconds."""
        if retry_after.isdecimal():
            seconds = min(float(retry_after), MOST_QUIET_SECONDS)
            self._quiet_until = max(self._quiet_until, asyncio.get_running_loop().time() + seconds)

    async def _connected(self) -> ApiClient:
        async with self._connecting:
            if self._api is None:
                # Each log that is followed is a connection.
                configuration = Configuration()
                configuration.connection_pool_maxsize = 0
                try:
                    await _configure(configuration, self._kubeconfig)
                    self._api = ApiClient(configuration)
                except (ConfigException, OSError, ValueError) as exc:
                    raise EngineUnavailable(f"the way to the cluster is not known: {exc}") from exc
            return self._api


async def _configure(configuration: Configuration, kubeconfig: Path | None) -> None:
    """As a kubeconfig says, or as the pod of this worker does."""
    if kubeconfig is None and "KUBERNETES_SERVICE_HOST" in os.environ:
        load_incluster_config(configuration)  # type: ignore[no-untyped-call]
    else:
        await load_kube_config(str(kubeconfig) if kubeconfig else None, client_configuration=configuration)


def _problem(status: int, content: bytes) -> Exception:
    message = _message(content) or f"it answers {status}"
    if status in AWAY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return EngineUnavailable(f"the cluster refuses for now: {message}")
    return Refused(status, message)


def _message(content: bytes) -> str:
    try:
        answer: Any = orjson.loads(content)
    except orjson.JSONDecodeError:
        return content.decode(errors="replace").strip()
    return str(answer.get("message") or "") if isinstance(answer, dict) else ""
