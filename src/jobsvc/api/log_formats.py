"""How logs are written: chosen by `format` or `Accept`, and streamed, so that memory stays flat (behaviour.md, section 8)."""

from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from html import escape
from typing import Any

from fastapi import HTTPException

from jobsvc.api.parts import to_json
from jobsvc.ports.log_store import LogLine
from jobsvc.services.logs import OpenLog


class Format(StrEnum):
    """How a log is written: `json` is an array of records, `elasticsearch` the answer of a search for them."""

    JSON = "json"
    TXT = "txt"
    HTML = "html"
    ELASTICSEARCH = "elasticsearch"


MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.TXT: "text/plain; charset=utf-8",
    Format.HTML: "text/html; charset=utf-8",
    Format.ELASTICSEARCH: "application/json",
}
ACCEPTED = {
    "*/*": Format.JSON,
    "application/*": Format.JSON,
    "application/json": Format.JSON,
    "text/*": Format.TXT,
    "text/plain": Format.TXT,
    "text/html": Format.HTML,
}
HTML_HEAD = "<html><head><style>.stdout {} .stderr {color: red;}</style></head><body>\n"
HTML_TAIL = "</body></html>"
SEARCH_HEAD = b'{"took":0,"timed_out":false,"_shards":{"total":1,"successful":1,"failed":0},"hits":{"max_score":null,"hits":['
INDEX = "scalelogs"
"""The index that hits name: that of the documented system's own collectors."""


def choose(wanted: str | None, accept: str, json: Format) -> Format:
    """The format that was asked for, where `json` says which of both JSON forms an installation gives.

    An unknown name is 404, an unacceptable media type 406 (behaviour.md, section 2.2).
    """
    if wanted is not None:
        if wanted not in set(Format):
            raise HTTPException(404)
        return json if wanted == Format.JSON else Format(wanted)
    for name in accept.split(",") if accept.strip() else ["*/*"]:
        media_type = name.partition(";")[0].strip().lower()
        if media_type in ACCEPTED:
            found = ACCEPTED[media_type]
            return json if found is Format.JSON else found
    raise HTTPException(406, "Logs can be had as application/json, text/plain and text/html.")


def record(line: LogLine) -> dict[str, Any]:
    """A line with the documented fields."""
    return {
        "message": line.message,
        "@timestamp": line.time,
        "scale_order_num": line.order_num,
        "scale_task": line.task,
        "scale_job_exe": line.cluster_id,
        "scale_node": line.node,
        "stream": line.stream,
    }


def _hit(line: LogLine) -> dict[str, Any]:
    """A line as a search finds it."""
    return {
        "_index": INDEX,
        "_type": "fluentd",
        "_id": f"{line.cluster_id}_{line.order_num}",
        "_score": None,
        "_source": record(line),
        "sort": [int(line.time.timestamp() * 1000), line.order_num],
    }


async def _pages(log: OpenLog) -> AsyncIterator[list[LogLine]]:
    if log.first:
        yield log.first
    async for page in log.rest:
        yield page


async def _json(log: OpenLog) -> AsyncIterator[bytes]:
    separator = b"["
    async for page in _pages(log):
        yield separator + to_json([record(line) for line in page])[1:-1]
        separator = b","
    yield b"]"


async def _elasticsearch(log: OpenLog) -> AsyncIterator[bytes]:
    # The total comes last, for it is known only then; it is an integer, as clients of the documented system expect.
    total, separator = 0, SEARCH_HEAD
    async for page in _pages(log):
        yield separator + to_json([_hit(line) for line in page])[1:-1]
        total, separator = total + len(page), b","
    yield b'],"total":%d}}' % total


async def _text(log: OpenLog) -> AsyncIterator[bytes]:
    separator = ""
    async for page in _pages(log):
        yield (separator + "\n".join(line.message for line in page)).encode()
        separator = "\n"


async def _html(log: OpenLog) -> AsyncIterator[bytes]:
    yield HTML_HEAD.encode()
    async for page in _pages(log):
        yield "".join(f'<div class="{line.stream}">{escape(line.message)}</div>\n' for line in page).encode()
    yield HTML_TAIL.encode()


WRITERS: dict[Format, Callable[[OpenLog], AsyncIterator[bytes]]] = {
    Format.JSON: _json,
    Format.TXT: _text,
    Format.HTML: _html,
    Format.ELASTICSEARCH: _elasticsearch,
}
