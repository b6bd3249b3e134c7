"""Brings lines into an index: many in one request, each once, and none silently left out."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import orjson
import structlog
from elasticsearch import ApiError, AsyncElasticsearch

from jobsvc.domain.errors import LogsUnavailable
from jobsvc.logstores.elasticsearch.connection import available, one_line
from jobsvc.logstores.elasticsearch.mapping import cut_document, document, document_id
from jobsvc.ports.log_store import LogLine

log = structlog.get_logger(__name__)
REQUEST_BYTES = 2**20
"""Some thousand lines: more is not quicker, and the client sends more than that without letting others go on."""
STORED = {200, 201, 409}
"""409: the line is there already."""
TOO_LARGE = 413
REFUSED = {
    "document_parsing_exception",
    "illegal_argument_exception",
    "mapper_parsing_exception",
    "strict_dynamic_mapping_exception",
}
"""What is wrong with a document itself; all other problems are over some time, and the document is sent again."""
ANSWER = ("errors", "items.*.status", "items.*.error.type", "items.*.error.reason")


class Entry(NamedTuple):
    """A line and its part of a request."""

    line: LogLine
    text: bytes


class RejectedDocument(NamedTuple):
    """A line that Elasticsearch does not take as it is, and why."""

    line: LogLine
    reason: str


class Writer:
    """Writes into indices."""

    def __init__(self, client: AsyncElasticsearch) -> None:
        self._client = client

    async def write(self, index: str, lines: Iterable[LogLine]) -> None:
        """Store lines; what is refused is cut, for it must not stand in the way of all that comes after it."""
        for entries in _requests(_entry(line, document(line)) for line in lines):
            refused = await self._send(index, entries)
            if refused:
                await self._send_cut(index, refused)

    async def delete(self, places: Iterable[tuple[str, str]]) -> None:
        """Delete documents, by their indices and ids, and have nobody find them afterwards.

        Raises:
            LogsUnavailable: Some are still there.
        """
        operations = [{"delete": {"_index": index, "_id": id_}} for index, id_ in places]
        with available():
            answer = await self._client.bulk(operations=operations, refresh=True, filter_path=ANSWER)
        if answer["errors"]:
            problem = next(result["error"] for item in answer["items"] for result in item.values() if "error" in result)
            raise LogsUnavailable(f"Elasticsearch does not delete log lines: {problem['type']} {one_line(problem['reason'])}")

    async def _send_cut(self, index: str, refused: list[RejectedDocument]) -> None:
        for line, reason in refused:
            log.warning("logs.truncated", index=index, line=document_id(line), reason=reason)
        for line, reason in await self._send(index, [_entry(item.line, cut_document(item.line)) for item in refused]):
            log.error("logs.rejected", index=index, line=document_id(line), reason=reason, message=one_line(line.message))

    async def _send(self, index: str, entries: list[Entry]) -> list[RejectedDocument]:
        """Send lines.

        Returns:
            Those that are refused.

        Raises:
            LogsUnavailable: Some have to be sent again.
        """
        operations: list[Any] = [entry.text for entry in entries]
        try:
            with available():
                answer = await self._client.bulk(index=index, operations=operations, filter_path=ANSWER)
        except LogsUnavailable as exc:
            if isinstance(exc.__cause__, ApiError) and exc.__cause__.status_code == TOO_LARGE:
                return await self._send_halves(index, entries)
            raise
        return _refusals(entries, answer["items"]) if answer["errors"] else []

    async def _send_halves(self, index: str, entries: list[Entry]) -> list[RejectedDocument]:
        if len(entries) == 1:
            return [RejectedDocument(entries[0].line, "it is larger than a request may be")]
        half = len(entries) // 2
        return [*await self._send(index, entries[:half]), *await self._send(index, entries[half:])]


def _entry(line: LogLine, document: bytes) -> Entry:
    return Entry(line, orjson.dumps({"create": {"_id": document_id(line)}}) + b"\n" + document)


def _requests(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """The entries of each request."""
    gathered: list[Entry] = []
    size = 0
    for entry in entries:
        if gathered and size + len(entry.text) >= REQUEST_BYTES:
            yield gathered
            gathered, size = [], 0
        gathered.append(entry)
        size += len(entry.text) + 1
    if gathered:
        yield gathered


def _refusals(entries: list[Entry], items: list[dict[str, Any]]) -> list[RejectedDocument]:
    refused = []
    for entry, item in zip(entries, items, strict=True):
        (result,) = item.values()
        if result["status"] in STORED:
            continue
        kind, reason = result["error"]["type"], one_line(result["error"]["reason"])
        if kind not in REFUSED:
            raise LogsUnavailable(f"Elasticsearch rejects log lines: {result['status']} {kind} {reason}")
        refused.append(RejectedDocument(entry.line, reason))
    return refused
