"""How logs are written: chosen by `format` or `Accept`, and streamed, so that memory stays flat (docs/spec/behaviour/logs.md)."""

from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from typing import Any

from fastapi import HTTPException

from jobsvc.api.context import to_json
from jobsvc.api.logs.text import in_html, in_json, in_text
from jobsvc.api.problems import by_preference
from jobsvc.ports.log_store import LogLine
from jobsvc.services.logs.service import LogPage


class Format(StrEnum):
    """How a log is written.

    `json` is an array of records, `ndjson` a record a line, `elasticsearch` the answer of a search for them.
    """

    JSON = "json"
    TXT = "txt"
    HTML = "html"
    NDJSON = "ndjson"
    ELASTICSEARCH = "elasticsearch"


MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.TXT: "text/plain; charset=utf-8",
    Format.HTML: "text/html; charset=utf-8",
    Format.NDJSON: "application/x-ndjson",
    Format.ELASTICSEARCH: "application/json",
}
ACCEPTED = {
    "*/*": Format.JSON,
    "application/*": Format.JSON,
    "application/json": Format.JSON,
    "text/*": Format.TXT,
    "text/plain": Format.TXT,
    "text/html": Format.HTML,
    "application/x-ndjson": Format.NDJSON,
}
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
}
"""Headers of every log: what a job wrote must never run as a page of this service."""
HTML_HEAD = "<html><head><style>.stdout {} .stderr {color: red;}</style></head><body>\n"
HTML_TAIL = "</body></html>"
SEARCH_HEAD = b'{"took":0,"timed_out":false,"_shards":{"total":1,"successful":1,"failed":0},"hits":{"max_score":null,"hits":['
INDEX = "scalelogs"
"""The index that hits name: that of the documented system's own collectors."""


def choose(named: str | None, accept: str, json: Format) -> Format:
    """The format that was asked for, where `json` says which of both JSON forms an installation gives.

    An unknown name is 404, an unacceptable media type 406 (docs/spec/behaviour/conventions.md#content-negotiation).
    """
    if named is not None:
        if named not in set(Format):
            raise HTTPException(404)
        return json if named == Format.JSON else Format(named)
    for media_type in by_preference(accept):
        if media_type in ACCEPTED:
            result = ACCEPTED[media_type]
            return json if result is Format.JSON else result
    raise HTTPException(406, f"Logs are available as {', '.join(name for name in ACCEPTED if '*' not in name)}.")


def record(line: LogLine) -> dict[str, Any]:
    """A line with the documented fields."""
    return {
        "message": in_json(line.message),
        "@timestamp": line.time,
        "scale_order_num": line.order_num,
        "scale_task": line.origin.task,
        "scale_job_exe": line.origin.cluster_id,
        "scale_node": line.origin.node and in_json(line.origin.node),
        "stream": line.stream,
    }


def _hit(line: LogLine) -> dict[str, Any]:
    """A line as a search finds it."""
    return {
        "_index": INDEX,
        "_type": "fluentd",
        "_id": f"{line.origin.cluster_id}_{line.order_num}",
        "_score": None,
        "_source": record(line),
        "sort": [int(line.time.timestamp() * 1000), line.order_num],
    }


async def _pages(log: LogPage) -> AsyncIterator[list[LogLine]]:
    if log.first:
        yield log.first
    async for page in log.rest:
        yield page


async def _json(log: LogPage) -> AsyncIterator[bytes]:
    yield b"["
    separator = b""
    async for page in _pages(log):
        yield separator + to_json([record(line) for line in page])[1:-1]
        separator = b","
    yield b"]"


async def _elasticsearch(log: LogPage) -> AsyncIterator[bytes]:
    # The total comes last, for it is known only then; it is an integer, as clients of the documented system expect.
    yield SEARCH_HEAD
    total, separator = 0, b""
    async for page in _pages(log):
        yield separator + to_json([_hit(line) for line in page])[1:-1]
        total, separator = total + len(page), b","
    yield b'],"total":%d}}' % total


async def _ndjson(log: LogPage) -> AsyncIterator[bytes]:
    async for page in _pages(log):
        yield b"".join(to_json(record(line)) + b"\n" for line in page)


async def _text(log: LogPage) -> AsyncIterator[bytes]:
    separator = b""
    async for page in _pages(log):
        yield separator + in_text("\n".join(line.message for line in page))
        separator = b"\n"


async def _html(log: LogPage) -> AsyncIterator[bytes]:
    yield HTML_HEAD.encode()
    async for page in _pages(log):
        yield "".join(f'<div class="{line.stream}">{in_html(line.message)}</div>\n' for line in page).encode()
    yield HTML_TAIL.encode()


WRITERS: dict[Format, Callable[[LogPage], AsyncIterator[bytes]]] = {
    Format.JSON: _json,
    Format.TXT: _text,
    Format.HTML: _html,
    Format.NDJSON: _ndjson,
    Format.ELASTICSEARCH: _elasticsearch,
}
