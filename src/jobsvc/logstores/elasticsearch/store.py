"""The log store `elasticsearch`."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from jobsvc.domain.errors import InvalidRequest
from jobsvc.logstores.elasticsearch import indices, queries
from jobsvc.logstores.elasticsearch.connection import Options, available, when_ready
from jobsvc.logstores.elasticsearch.mapping import Json, line_of, size_of, template, time_of
from jobsvc.logstores.elasticsearch.writer import Writer
from jobsvc.ports.log_store import LoggedExecution, LogLine, LogQuery, LogSearch
from jobsvc.services.clock import Clock, utc_now

FIRST_PAGE = 200
"""Lines that a reader sees first, at once."""
PAGE = 5000
"""Lines read at a time after that: finding where a page begins costs as much as some thousand lines."""
EXECUTIONS = 200
"""Executions that are named at a time."""
PAGE_BYTES = 8 * 2**20
"""Bytes of long messages that a page holds before its last line."""
SEARCH_SECONDS = 10
RECENT = timedelta(minutes=1)
"""Lines of executions that ended this long ago can be seen without asking for it: an index is refreshed every second."""
REMEMBERED = 1000
"""Executions of which it is known where their last lines went."""
PLACES = ("hits.hits._index", "hits.hits._id", "timed_out")
"""Of an answer, where lines are."""
ANSWER = ("hits.hits._source", "hits.hits.sort", "hits.hits.fields", "timed_out")
LENIENT: Json = {"ignore_unavailable": True, "allow_no_indices": True}
"""Names need not exist; but an index that exists is read whole or not at all."""


class ElasticsearchLogStore:
    """Keeps lines in indices `PREFIX-YYYY.MM.DD`, and reads `logstash-*` too."""

    name = "elasticsearch"

    def __init__(self, options: Options, prefix: str, clock: Clock = utc_now) -> None:
        self._client = options.client()
        self._prefix = prefix
        self._clock = clock
        self._writer = Writer(self._client)
        self._preparing = asyncio.Lock()
        self._is_prepared = False
        self._last_index: dict[int, str] = {}

    async def append(self, execution_id: int, lines: Sequence[LogLine]) -> None:
        """Store lines; those that are there already stay as they are."""
        await self._prepare()
        for index, of_day in groupby(lines, lambda line: indices.index_of(self._prefix, line.time)):
            await self._enter(execution_id, index)
            await self._writer.write(index, of_day)

    async def _prepare(self) -> None:
        """Install the template, once; any number of processes may do so."""
        async with self._preparing:
            if not self._is_prepared:
                with available():
                    await self._client.indices.put_index_template(name=f"jobsvc-{self._prefix}", **template(self._prefix))
                self._is_prepared = True

    async def _enter(self, execution_id: int, index: str) -> None:
        """See to it that nobody finds the first line of a day before the last one of the day before."""
        before = self._last_index.get(execution_id, index)
        if before != index:
            await self._refresh([before])
        self._last_index.pop(execution_id, None)
        self._last_index[execution_id] = index
        if len(self._last_index) > REMEMBERED:
            del self._last_index[next(iter(self._last_index))]

    async def read(self, query: LogQuery) -> AsyncIterator[list[LogLine]]:
        """Pages of lines; nothing is held in Elasticsearch between them."""
        names, body, left, max_size = self._names(query), queries.reading(query), query.limit, FIRST_PAGE
        if _has_just_ended(query.execution, self._clock()):
            await self._refresh([name for name in names if name.startswith(f"{self._prefix}-")])
        while left is None or left > 0:
            size = min(max_size, await self._page_size(names, body))
            size, max_size = size if left is None else min(size, left), PAGE
            hits = await self._hits(names, body | {"size": size})
            lines = _lines(hits)
            if lines:
                yield lines
            if len(hits) < size:
                return
            left = None if left is None else left - len(lines)
            body = body | {"search_after": hits[-1]["sort"]}

    def _names(self, query: LogQuery) -> list[str]:
        """Where the lines are that a query can find."""
        execution = query.execution
        started = max(execution.started - indices.MARGIN, query.started or execution.started - indices.MARGIN)
        last = (execution.ended or self._clock()) + indices.MARGIN
        return indices.patterns(self._prefix, started, min(last, query.ended or last))

    async def _page_size(self, names: list[str], body: Json) -> int:
        """How many lines may come at once, so that memory stays flat."""
        if not await self._hits(names, queries.of_long_lines(body)):
            return PAGE
        total = 0
        hits = await self._hits(names, queries.sizes(body) | {"size": PAGE})
        for number, hit in enumerate(hits, 1):
            total += size_of(hit.get("fields", {}))
            if total >= PAGE_BYTES:
                return number
        return PAGE

    async def search(self, search: LogSearch) -> list[LogLine]:
        """Lines of all executions; InvalidRequest when it takes too long."""
        names = indices.patterns(self._prefix, search.started, search.ended)
        body = queries.searching(search) | {"size": search.limit, "timeout": f"{SEARCH_SECONDS}s"}
        return _lines(await self._hits(names, body))

    async def _hits(self, names: list[str], body: Json, answered: tuple[str, ...] = ANSWER) -> list[Json]:
        options = {"allow_partial_search_results": False, "filter_path": answered, **LENIENT}
        with available():
            answer = await when_ready(lambda: self._client.search(index=names, **options, **body))
        if answer.get("timed_out"):
            raise InvalidRequest("The search takes too long; ask for a shorter time range.")
        hits: list[Json] = answer.get("hits", {}).get("hits", [])
        return hits

    async def _refresh(self, names: list[str]) -> None:
        with available():
            await self._client.indices.refresh(index=names, **LENIENT)

    async def drop_days(self, before: datetime) -> bool:
        """Delete the indices of whole days; a collector's `logstash-*` are not ours to delete."""
        with available():
            result: Any = await self._client.cat.indices(index=f"{self._prefix}-*", h="index", format="json")
            for name in sorted(item["index"] for item in result):
                day = indices.day_of(self._prefix, name)
                if day is not None and day < before.date():
                    await self._client.indices.delete(index=name, ignore_unavailable=True)
        return True

    async def logged_before(self, before: datetime) -> AsyncIterator[list[str]]:
        """Executions that have lines older than a time in our own indices, by their names."""
        after: Json | None = None
        while True:
            names, after = await self._logged(before, after)
            if names:
                yield names
            if after is None:
                return

    async def _logged(self, before: datetime, after: Json | None) -> tuple[list[str], Json | None]:
        """The next names, and behind what to go on."""
        body = queries.names_before(before, after, EXECUTIONS)
        options = {"allow_partial_search_results": False, "filter_path": ("aggregations",), **LENIENT}
        with available():
            answer = await when_ready(lambda: self._client.search(index=f"{self._prefix}-*", **options, **body))
        result: Json = answer.get("aggregations", {}).get(queries.NAMES, {})
        return [bucket["key"][queries.NAMES] for bucket in result.get("buckets", [])], result.get("after_key")

    async def delete(self, executions: Sequence[LoggedExecution]) -> None:
        """Delete all lines of executions in our own indices."""
        if not executions:
            return
        now = self._clock()
        first = min(execution.started for execution in executions) - indices.MARGIN
        last = max(execution.ended or now for execution in executions) + indices.MARGIN
        names = [name for name in indices.patterns(self._prefix, first, last) if name.startswith(f"{self._prefix}-")]
        body = {"query": queries.of_executions(executions), "size": PAGE, "source": False, "sort": ["_doc"]}
        await self._refresh(names)
        # Page by page, as they are read: a small cluster is not to be busy with a million lines at once, and a request that
        # goes on in the cluster when its caller is gone would delete beside the next one.
        while hits := await self._hits(names, body, PLACES):
            await self._writer.delete((hit["_index"], hit["_id"]) for hit in hits)

    async def check(self) -> None:
        """Raise LogsUnavailable when our indices cannot be searched."""
        names = f"{self._prefix}-*"
        with available():
            await when_ready(lambda: self._client.search(index=names, size=0, allow_partial_search_results=False, **LENIENT))

    async def close(self) -> None:
        """Close connections."""
        await self._client.close()


def _has_just_ended(execution: LoggedExecution, now: datetime) -> bool:
    return execution.ended is not None and abs(now - execution.ended) < RECENT


def _lines(hits: list[Json]) -> list[LogLine]:
    result = (line_of(hit["_source"], time_of(hit["sort"][0]), hit["sort"][-2]) for hit in hits)
    return [line for line in result if line is not None]
