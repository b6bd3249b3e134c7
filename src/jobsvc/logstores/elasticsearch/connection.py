"""How Elasticsearch is reached, and what is said when it is not."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

import elasticsearch
from elasticsearch import AsyncElasticsearch

from jobsvc.domain.errors import LogsUnavailable

REQUEST_SECONDS = 30.0
REASON_CHARACTERS = 300
MAKING_SECONDS = (0.1, 0.2, 0.4, 0.8)
"""Pauses while the shard of a new index starts: each midnight, and with the first line of an installation."""
T = TypeVar("T")
DEFAULT_PORTS = {"http": 9200, "https": 9200}


@dataclass(frozen=True)
class Options:
    """What settings say of the server; `urls` may hold a user and a password, which stand back behind an API key."""

    urls: tuple[str, ...]
    api_key: str | None = None
    ca_certs: Path | None = None

    def client(self) -> AsyncElasticsearch:
        """A client; it connects when it is used."""
        parts = [urlsplit(url) for url in self.urls]
        security: dict[str, Any] = {"api_key": self.api_key} if self.api_key is not None else _basic_auth(parts[0])
        if self.ca_certs is not None:
            security["ca_certs"] = str(self.ca_certs)
        return AsyncElasticsearch(
            [_without_user(part) for part in parts],
            request_timeout=REQUEST_SECONDS,
            # A request goes to another server when one does not answer; whoever called decides about anything more.
            max_retries=len(parts) - 1,
            **security,
        )


def _basic_auth(part: SplitResult) -> dict[str, Any]:
    if part.username is None:
        return {}
    return {"basic_auth": (unquote(part.username), unquote(part.password or ""))}


def _without_user(part: SplitResult) -> str:
    host = part.netloc.rpartition("@")[2]
    return f"{part.scheme}://{host if part.port else f'{host}:{DEFAULT_PORTS[part.scheme]}'}{part.path}"


@contextmanager
def available() -> Iterator[None]:
    """Turn whatever keeps Elasticsearch from doing its part into LogsUnavailable, with the reason in one line."""
    try:
        yield
    except (elasticsearch.ApiError, elasticsearch.TransportError) as exc:
        raise LogsUnavailable(f"Elasticsearch cannot be used: {reason_of(exc)}") from exc


async def when_ready(ask: Callable[[], Awaitable[T]]) -> T:
    """What is asked for, after a moment where need be: an index that was just made cannot be searched at once."""
    for seconds in MAKING_SECONDS:
        try:
            return await ask()
        except elasticsearch.ApiError as exc:
            if exc.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                raise
        await asyncio.sleep(seconds)
    return await ask()


def reason_of(problem: elasticsearch.ApiError | elasticsearch.TransportError) -> str:
    """What went wrong, in one line that is not long."""
    if isinstance(problem, elasticsearch.ApiError):
        text = f"{problem.status_code} {problem.message} {_root_cause(problem.body)}"
    else:
        text = problem.message
    return one_line(text)


def one_line(text: str) -> str:
    """The beginning of a text."""
    return " ".join(text.split())[:REASON_CHARACTERS]


def _root_cause(body: Any) -> str:
    match body:
        case {"error": {"root_cause": [{"reason": str(reason)}, *_]}} | {"error": {"reason": str(reason)}}:
            return reason
        case _:
            return ""
